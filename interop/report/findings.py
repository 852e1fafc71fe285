"""Adverse events and issues as tables."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.issues import SEVERITIES
from interop.report.markup import Markup, el, join, table

TERMS = 15  # as many other terms as the page shows
RULES = 40


def events_section(events: pl.DataFrame) -> Markup:
    """`Results.events`: CRS and ICANS by worst grade, then the other events by how many subjects had them."""
    total = events["N"][0]
    other = "Other adverse events" if events["interest"].any() else "Adverse events"
    parts = []
    for interest, caption in (
        (
            True,
            f"Cytokine release syndrome and ICANS by ASTCT consensus, worst grade of {total} subjects",
        ),
        (False, f"{other}, worst grade of {total} treated subjects"),
    ):
        of = events.filter(col("interest") == interest)
        if len(of):
            parts.append(_grades(of, caption, total))
    return join(parts)


def _grades(events: pl.DataFrame, caption: str, total: int) -> Markup:
    grades = sorted(events["GRADE"].unique().to_list())
    counts = events.group_by("AEDECOD").agg(col("n").sum()).sort("n", "AEDECOD", descending=[True, False])
    cells = {(term, grade): n for term, grade, n in events.select("AEDECOD", "GRADE", "n").iter_rows()}
    rows = [
        (term, f"{n} ({n / total * 100:.0f} %)", *(cells.get((term, g), 0) or "–" for g in grades))
        for term, n in counts.head(TERMS).iter_rows()
    ]
    more = f"; {len(counts) - TERMS} further terms are in AE" if len(counts) > TERMS else ""
    head = ("Preferred term", "Subjects", *(f"Grade {g}" if g.isdigit() else g.capitalize() for g in grades))
    return table(caption + more, head, rows, range(1, len(head)))


def issues_section(issues: pl.DataFrame) -> Markup:
    """Issues by source file and severity, and by rule with an example each; without values of the source."""
    if issues.is_empty():
        return el("p", "Every value and every row of the sources arrived.")
    counts = issues.with_columns(file=col("source").str.split("#").list.first().str.split("|").list.first())
    by_file = counts.pivot("severity", index="file", values="rule", aggregate_function="len").sort("file")
    there = [s for s in SEVERITIES if s in by_file.columns]
    rows = [
        (r["file"] or "(no source)", *(r[s] or "–" for s in there)) for r in by_file.iter_rows(named=True)
    ]
    what = "Issues by source: a form of the source data, or a dataset where a derivation found it"
    files = table(what, ("Source", *(s.capitalize() for s in there)), rows, range(1, len(there) + 1))
    order = col("severity").replace_strict(list(SEVERITIES), range(len(SEVERITIES)), return_dtype=pl.Int8)
    rules = (
        counts.group_by("severity", "target", "variable", "rule")
        .agg(pl.len(), col("message").first(), col("source").first())
        .sort(order, "len", "target", "variable", "rule", descending=[False, True, False, False, False])
    )
    listed = [
        (
            el("span", r["severity"], class_=r["severity"]),
            ".".join(filter(None, (r["target"], r["variable"]))),
            r["rule"],
            r["len"],
            join([r["message"], " ", el("code", r["source"])]),
        )
        for r in rules.head(RULES).iter_rows(named=True)
    ]
    more = f" The first {RULES} of {len(rules)}; issues.csv has all." if len(rules) > RULES else ""
    head = ("Severity", "Place", "Rule", "Count", "Example")
    said = (
        "error: a value or a row was lost; warning: kept, and a person should look; info: left out "
        "on purpose or changed as said. Nothing of the source is dropped without a line here."
    )
    return join(
        [
            el("p", said, class_="soft"),
            files,
            el(
                "details",
                el("summary", f"{len(rules)} rules with examples"),
                table(f"Issues by rule.{more}", head, listed, (3,)),
                open="",
            ),
        ]
    )
