"""The findings of the HTML page: a block a rule, a row a finding, a bar to filter them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import polars as pl
from polars import col

from interop.report.markup import Markup, Value, el, join
from interop.rules.findings import ABSENT
from interop.rules.report.severity import SEVERITIES

if TYPE_CHECKING:
    from interop.rules.report.model import Report

LONG = 300  # characters of a value; more are counted
Row = dict[str, Any]


def findings_section(report: Report) -> Markup:
    """The bar, and a block for each rule with findings: errors first, those that are all explained last."""
    if report.findings.is_empty():
        return el("p", "No rule found anything.")
    shown = report.findings.filter("shown").partition_by("rule", as_dict=True)
    totals = report.findings.group_by("rule").agg(
        col("dataset").unique().sort(),
        col("message").first().alias("said"),
        col("suppressed").null_count().alias("open"),
    )
    rank = col("severity").replace_strict(list(SEVERITIES), range(len(SEVERITIES)), return_dtype=pl.Int8)
    rules = report.rules.join(totals, on="rule").sort(col("open") == 0, rank, "rule")
    blocks = [_block(rule, shown[(rule["rule"],)]) for rule in rules.iter_rows(named=True)]
    return join(
        [
            _bar(report, rules),
            el("div", blocks, id="blocks"),
            el("p", "No finding shown has all of that.", id="nothing", hidden=""),
        ]
    )


def _bar(report: Report, rules: pl.DataFrame) -> Markup:
    """Choices to filter by; hidden where no script runs."""
    datasets = report.findings["dataset"].unique().sort().to_list()
    states = [*SEVERITIES, "explained"]
    text = el(
        "input", type="search", name="text", placeholder="Text in any field", aria_label="Text in any field"
    )
    return el(
        "form",
        _choice("dataset", "All datasets", datasets),
        _choice("state", "All severities", states),
        _choice("rule", "All rules", rules["rule"].sort().to_list()),
        text,
        el("button", "Clear", type="reset"),
        el("output", "", aria_live="polite"),
        class_="bar",
        id="bar",
        hidden="",
    )


def _choice(name: str, every: str, values: Sequence[str]) -> Markup:
    options = [el("option", every, value=""), *(el("option", v, value=v) for v in values)]
    return el("select", options, name=name, aria_label=every)


def _block(rule: Row, found: pl.DataFrame) -> Markup:
    """What the rule says, and the findings of it that are shown."""
    total, rows = rule["findings"], found.to_dicts()
    state = rule["severity"] if rule["open"] else "explained"
    # Of a rule on one dataset the message names the variable; of several it would name that of the first.
    message = rule["said"] if len(rule["dataset"]) == 1 else rule["message"]
    title = el(
        "summary",
        el("span", state, class_=f"tag {state}"),
        el("b", rule["rule"]),
        el("span", f"{rule['open'] or total:,}", class_="many"),
        el("span", _datasets(rule["dataset"]), class_="where"),
        el("span", message, _more(rule), class_="said"),
    )
    return el(
        "details",
        title,
        _text(rule),
        _reasons(found),
        _left_out(total, len(rows)),
        _table(rows),
        class_="rule",
        data_rule=rule["rule"],
    )


def _more(rule: Row) -> Markup | None:
    explained = rule["findings"] - rule["open"]
    return el("span", f" and {explained:,} explained", class_="soft") if rule["open"] and explained else None


def _datasets(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{', '.join(names[:3])} and {len(names) - 3} more"


def _text(rule: Row) -> Markup:
    parts = [el("p", rule["description"])]
    if rule["severity"] == "warning":
        parts.append(el("p", f"{rule['executability']}: what it finds is to be looked at.", class_="soft"))
    ids = ", ".join(i for i in (rule["cdisc_rule_id"], rule["fda_rule_id"]) if i and i != rule["rule"])
    cited = [el("li", line) for line in (rule["citation"] or "").split("\n") if line]
    if ids or cited:
        parts.append(
            el("div", el("p", f"Cited as {ids}" if ids else "Cites"), el("ul", cited), class_="cited")
        )
    return join(parts)


def _reasons(found: pl.DataFrame) -> Markup:
    reasons = found["suppressed"].drop_nulls().unique(maintain_order=True).to_list()
    return join(el("p", el("b", "Explained: "), reason, class_="reason") for reason in reasons)


def _left_out(total: int, shown: int) -> Markup:
    if shown == total:
        return Markup("")
    return el(
        "p",
        f"{shown:,} of {total:,} findings are shown; the JSON, CSV and XLSX reports have all.",
        class_="soft left-out",
    )


def _table(rows: Sequence[Row]) -> Markup:
    """A column stands where a finding has something for it."""
    columns = [c for c in _COLUMNS if c[0] == "Dataset" or any(c[1](r) is not None for r in rows)]
    messages = len({r["message"] for r in rows}) > 1
    heads = [*((title, kind) for title, _, kind in columns), ("Values", None)]
    sources = any(r["sources"] is not None or r["trace"] for r in rows)
    if sources:
        heads.append(("Source cells", None))
    head = [el("th", title, scope="col", class_="n" if kind == "n" else None) for title, kind in heads]
    body = [
        el(
            "tr",
            [el("td", "–" if (value := get(r)) is None else value, class_=kind) for _, get, kind in columns],
            el("td", _said(r, messages)),
            el("td", list(_sources(r))) if sources else None,
            data_dataset=r["dataset"],
            data_state=r["severity"] if r["suppressed"] is None else "explained",
        )
        for r in rows
    ]
    return el("div", el("table", el("thead", el("tr", head)), el("tbody", body)), class_="wide")


_COLUMNS: Sequence[tuple[str, Callable[[Row], Value], str | None]] = (
    ("Dataset", lambda r: r["dataset"], None),
    ("Record", lambda r: r["record"], "n"),
    ("USUBJID", lambda r: r["USUBJID"], "subject"),
    ("SEQ", lambda r: None if r["SEQ"] is None else f"{r['SEQ']:.12g}", "n"),
)


def _said(row: Row, message: bool) -> list[Value]:
    values = [_value(n, v) for n, v in zip(row["variables"], row["values"], strict=True)]
    said: list[Value] = [el("p", row["message"])] if message else []
    if row["suppressed"] is not None:
        said.append(el("span", "explained", class_="tag explained", title=row["suppressed"]))
    return [*said, el("dl", values, class_="values")]


def _value(name: str, value: str | None) -> Markup:
    if value is None:
        shown = el("i", "empty")
    elif value == ABSENT:
        shown = el("i", "not in the dataset")
    elif len(value) > LONG:
        shown = join([value[:LONG], el("i", f" … {len(value):,} characters")])
    else:
        shown = join([value])
    return el("div", el("dt", name), el("dd", shown))


def _sources(row: Row) -> Iterator[Markup]:
    """The cells by line (`AE.csv line 25: AEDECOD, AESTDAT`), and the command that follows them further."""
    cells = row["sources"] or []
    for (file, line), same in groupby(cells, key=lambda c: (c["file"], c["line"])):
        columns = ", ".join(dict.fromkeys(c["column"] for c in same if c["column"]))
        place = file if line is None else f"{file} line {line}"
        yield el("div", el("span", place, class_="place"), f": {columns}" if columns else None)
    if row["sources_left_out"]:
        yield el("div", f"and {row['sources_left_out']:,} more")
    if row["trace"]:
        yield el("code", row["trace"], class_="command")
