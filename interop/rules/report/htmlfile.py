"""The report as one HTML page that needs nothing but itself: no network, no other file, no foreign script."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from polars import col

from interop.report.markup import Markup, Value, el, join, table
from interop.rules.report.htmlfindings import findings_section
from interop.rules.report.jsonfile import conformance
from interop.sentence import counted

if TYPE_CHECKING:
    from interop.rules.report.model import Report

Section = tuple[str, str, Markup]  # id, title, content


def write_html(report: Report, path: Path) -> None:
    path.write_text(page(report), encoding="utf-8", newline="\n")


def page(report: Report) -> str:
    """The page as text. Every text of data or rules is escaped, and the page's policy allows no script but
    its own, so that a value which is markup stays a value."""
    here, shared = files(__package__), files("interop.report")
    style = shared.joinpath("report.css").read_text("utf-8") + here.joinpath("report.css").read_text("utf-8")
    script = here.joinpath("report.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:"
    sections = [s for s in _sections(report) if s[2]]
    links = [el("li", el("a", title, href=f"#{name}")) for name, title, _ in sections]
    body = [el("section", el("h2", title), content, id=name) for name, title, content in sections]
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", f"Conformance report: {report.about.judged_by}"),
        el("style", Markup(style)),
    )
    shown = el(
        "body",
        el("header", el("div", _header(report), el("nav", el("ul", links), aria_label="Sections"))),
        el("main", _cards(report), body),
        el("footer", f"Made {report.about.created:%d %B %Y, %H:%M} UTC by {report.about.program}."),
        el("script", Markup(script)),
    )
    return f'<!DOCTYPE html>\n<html lang="en">{head}{shown}</html>\n'


def _sections(report: Report) -> Iterator[Section]:
    yield "summary", "Datasets", _summary(report)
    yield "findings", "Findings", findings_section(report)
    yield "not-executed", "Not executed", _not_executed(report)
    yield "explanations", "Explanations", _suppressions(report)
    yield "rules", "Rules", _rules(report)
    yield "details", "Details of this report", _details(report)


def _header(report: Report) -> Markup:
    errors = report.open.filter(severity="error").height
    if errors:
        verdict, kind = f"{counted(errors, 'finding')} of level error without an explanation.", "failed"
    elif report.open.height:
        verdict, kind = "No finding of level error without an explanation.", "passed"
    elif report.explained:
        verdict, kind = "Every finding is explained.", "passed"
    else:
        verdict, kind = "No finding.", "passed"
    return join(
        [
            el("p", report.about.judged_by, class_="id"),
            el("h1", "Conformance report"),
            el("p", verdict, class_=f"verdict {kind}"),
        ]
    )


def _cards(report: Report) -> Markup:
    status = report.rules["status"]
    rules = report.rules.height
    partly = report.rules.filter(col("datasets_not_executed") > 0).height
    records = int(report.datasets["records"].sum())
    stale = report.suppressions.filter("stale").height
    cards = [
        ("Errors", report.open.filter(severity="error").height, "not explained"),
        ("Warnings", report.open.filter(severity="warning").height, "the rule may report too much"),
        (
            "Explained",
            report.explained,
            f"{stale} stale" if stale else "known, with a reason",
        ),
        (
            "Rules with findings",
            (status == "issues").sum(),
            f"of {rules:,}; {(status == 'passed').sum():,} passed",
        ),
        ("Rules not executed", partly, "on some datasets or all"),
        ("Records", records, counted(report.datasets.height, "dataset")),
    ]
    shown = [el("div", el("dt", t), el("dd", f"{int(v):,}", el("small", more))) for t, v, more in cards]
    return el("dl", shown, class_="cards")


def _summary(report: Report) -> Markup:
    rows: list[list[Value]] = []
    labels = dict(report.datasets.select("dataset", "label").iter_rows())
    for row in report.summary.iter_rows(named=True):
        name = row["dataset"]
        link = el("a", name, href="#findings", data_dataset=name) if _any(row) else name
        rows.append(
            [
                link,
                labels.get(name, "The study as a whole"),
                row["records"],
                _count(row["error"], "error"),
                _count(row["warning"], "warning"),
                _count(row["suppressed"]),
                _count(row["rules_passed"]),
                _count(row["rules_not_executed"]),
            ]
        )
    head = ("Dataset", "Label", "Records", "Errors", "Warnings", "Explained", "Rules passed", "Not executed")
    return table("Findings by dataset and severity, and how many rules it passed", head, rows, range(2, 8))


def _any(row: dict[str, int]) -> bool:
    return bool(row["error"] or row["warning"] or row["suppressed"])


def _count(number: int, kind: str | None = None) -> Value:
    if not number:
        return el("span", "0", class_="none")
    return el("span", f"{number:,}", class_=kind) if kind else number


def _grouped(outcomes: pl.DataFrame) -> pl.DataFrame:
    """rule, reason, datasets (null where it is the rule as a whole)."""
    named = col("dataset").filter(col("dataset") != "").sort().str.join(", ").alias("datasets")
    return outcomes.group_by("rule", "reason", maintain_order=True).agg(named)


def _not_executed(report: Report) -> Markup:
    said = dict(report.rules.select("rule", "description").iter_rows())
    missing = _grouped(report.outcomes.filter(status="not executed"))
    if missing.is_empty():
        return el("p", "Every rule that applies was executed.")
    rows = [
        (rule, datasets or "all", reason, said.get(rule)) for rule, reason, datasets in missing.iter_rows()
    ]
    what = "What could not be judged, wholly or on these datasets: it counts neither as passed nor as failed"
    return table(what, ("Rule", "Datasets", "Because", "What it asks"), rows)


def _suppressions(report: Report) -> Markup:
    if report.suppressions.is_empty():
        return Markup("")
    rows: list[list[Value]] = []
    for entry in report.suppressions.iter_rows(named=True):
        narrowed = [
            entry["dataset"],
            entry["variable"],
            ", ".join(entry["subjects"]),
            f"records {', '.join(map(str, entry['records']))}" if entry["records"] else None,
        ]
        stale: Value = entry["why"] or entry["findings"]
        if entry["stale"]:
            stale = el("span", f"stale: {entry['why']}", class_="warning")
        rows.append([entry["rule"], ", ".join(n for n in narrowed if n) or "all", stale, entry["reason"]])
    file = f" ({report.about.suppressions_file})" if report.about.suppressions_file else ""
    what = f"Findings that are known and why they may stand{file}"
    return table(what, ("Rule", "Only", "Findings", "Reason"), rows)


def _rules(report: Report) -> Markup:
    rows = [
        (
            r["rule"],
            ", ".join(i for i in (r["cdisc_rule_id"], r["fda_rule_id"]) if i),
            r["status"],
            _count(r["findings"]),
            r["description"],
        )
        for r in report.rules.iter_rows(named=True)
    ]
    listed = table(
        "What became of each rule", ("Rule", "Cited as", "Status", "Findings", "What it asks"), rows, (3,)
    )
    skipped = _grouped(report.outcomes.filter(status="skipped"))
    reasons = [(rule, datasets or "all", reason) for rule, reason, datasets in skipped.iter_rows()]
    parts = [el("details", el("summary", f"All {counted(len(rows), 'rule')}"), listed)]
    if reasons:
        many = skipped["rule"].n_unique()
        what = "The data do not have what the rule is about: it is neither passed nor failed"
        why = table(what, ("Rule", "Datasets", "Because"), reasons)
        parts.append(
            el("details", el("summary", f"{counted(many, 'rule')} skipped on some datasets or all"), why)
        )
    return join(parts)


def _details(report: Report) -> Markup:
    left_out = ("Failed", "Errors", "Warnings", "Suppressed")
    rows = [
        (k.replace("_", " "), str(v))
        for k, v in conformance(report).items()
        if v not in (None, "") and k not in left_out and not k.startswith("Rules_")
    ]
    parts = [table("How these findings were made", ("Item", "Value"), rows)]
    if report.notes:
        parts.append(el("h3", "Notes"))
        parts.append(el("ul", [el("li", note) for note in report.notes]))
    return join(parts)
