"""The report as an Excel workbook: the sheets of CORE's own (Conformance Details, Dataset Details, Issue
Summary, Issue Details, Rules Report) with its columns first, and two of ours: Not Judged, Suppressions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import xlsxwriter
from polars import col

from interop.rules.report.csvfile import source_text
from interop.rules.report.jsonfile import STATUS, conformance, issue_summary

if TYPE_CHECKING:
    from interop.rules.report.model import Report

ROWS = 1_048_576
"""Rows of a sheet in Excel, its header among them."""

TEXT = 32_767
"""Characters of a cell in Excel."""

Columns = Sequence[tuple[str, int, pl.Expr]]
"""Title, width in characters, value."""


@dataclass(frozen=True)
class Sheet:
    name: str
    titles: tuple[str, ...]
    widths: tuple[int, ...]
    rows: pl.DataFrame


def write_xlsx(report: Report, path: Path, *, rows: int = ROWS) -> None:
    """Write the workbook.

    What one sheet cannot hold (`rows`) goes on in further sheets of the name with a number; a text too long
    for a cell ends with a statement of its length. Texts are written as texts: what looks like a formula, a
    number or a link stays what it is.
    """
    options = {"constant_memory": True, "in_memory": False, "strings_to_urls": False, "remove_timezone": True}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties(
            {"title": "Validation report", "created": report.about.created.replace(tzinfo=None)}
        )
        head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "valign": "top"})
        for sheet in _sheets(report):
            for name, part in _parts(sheet, rows - 1):
                _write(book.add_worksheet(name), sheet, part, head)


def _parts(sheet: Sheet, most: int) -> Iterator[tuple[str, pl.DataFrame]]:
    for n, start in enumerate(range(0, max(sheet.rows.height, 1), most), 1):
        yield (sheet.name if n == 1 else f"{sheet.name} {n}"), sheet.rows.slice(start, most)


def _write(page: Any, sheet: Sheet, rows: pl.DataFrame, head: Any) -> None:
    for n, (title, width) in enumerate(zip(sheet.titles, sheet.widths, strict=True)):
        page.set_column(n, n, width)
        page.write_string(0, n, title, head)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(rows.height, 1), len(sheet.titles) - 1)
    text = [t == pl.String for t in rows.dtypes]
    put_text, put_number = page.write_string, page.write_number
    for r, row in enumerate(rows.iter_rows(), 1):  # constant_memory wants cells row by row
        for c, value in enumerate(row):
            if value is not None:
                (put_text if text[c] else put_number)(r, c, value)


def _sheet(name: str, frame: pl.DataFrame, columns: Columns) -> Sheet:
    rows = frame.select(e.alias(t) for t, _, e in columns)
    flags = [c for c, t in rows.schema.items() if t == pl.Boolean]
    rows = rows.with_columns(pl.when(c).then(pl.lit("Y")).otherwise(pl.lit("N")).alias(c) for c in flags)
    texts = [c for c, t in rows.schema.items() if t == pl.String]
    return Sheet(
        name,
        tuple(t for t, _, _ in columns),
        tuple(w for _, w, _ in columns),
        rows.with_columns(_fitting(c) for c in texts),
    )


def _fitting(name: str) -> pl.Expr:
    """A text that Excel can hold. Excel counts UTF-16 units, of which a character is two at most."""
    value = col(name)
    length = value.str.len_chars()
    note = pl.format(" … ({} characters; whole in the JSON report)", length)
    cut = pl.concat_str(value.str.slice(0, TEXT // 2 - 100), note)
    return pl.when(length <= TEXT // 2).then(value).otherwise(cut).alias(name)


def _sheets(report: Report) -> Iterator[Sheet]:
    said = pl.DataFrame(
        [(k.replace("_", " "), _value(v)) for k, v in conformance(report).items()]
        + [("Note", note) for note in report.notes],
        schema={"Key": pl.String, "Value": pl.String},
        orient="row",
    )
    yield _sheet("Conformance Details", said, (("Item", 24, col("Key")), ("Value", 90, col("Value"))))
    yield _sheet(
        "Dataset Details", report.datasets.join(report.summary.drop("records"), on="dataset"), _DATASETS
    )
    yield _sheet("Issue Summary", issue_summary(report), _SUMMARY)
    yield _sheet("Issue Details", report.findings, _details())
    yield _sheet("Rules Report", report.rules, _RULES)
    yield _sheet("Not Judged", report.unjudged, _UNJUDGED)
    yield _sheet("Suppressions", report.suppressions, _SUPPRESSIONS)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "Y" if value else "N"
    return "" if value is None else str(value)


_DATASETS: Columns = (
    ("Filename", 16, col("file")),
    ("Label", 42, col("label")),
    ("Size (kB)", 12, col("size") / 1000),
    ("Total Records", 14, col("records")),
    ("Dataset", 12, col("dataset")),
    ("Variables", 10, col("variables")),
    ("Errors", 10, col("error")),
    ("Warnings", 10, col("warning")),
    ("Suppressed", 12, col("suppressed")),
    ("Rules Passed", 14, col("rules_passed")),
    ("Rules Not Executed", 20, col("rules_not_executed")),
)
_SUMMARY: Columns = (
    ("Dataset", 12, col("dataset")),
    ("CORE-ID", 14, col("core_id")),
    ("Message", 90, col("message")),
    ("Issues", 10, col("issues")),
    ("Severity", 10, col("severity")),
    ("Suppressed", 12, col("suppressed")),
)


def _details() -> Columns:
    values = col("values").list.eval(pl.element().fill_null("null")).list.join(", ")
    return (
        ("CORE-ID", 14, col("rule")),
        ("Message", 60, col("message")),
        ("Executability", 18, col("executability")),
        ("Dataset", 10, col("dataset")),
        ("USUBJID", 24, col("USUBJID")),
        ("Record", 9, col("record")),
        ("Sequence", 9, col("SEQ")),
        ("Variable(s)", 30, col("variables").list.join(", ")),
        ("Value(s)", 40, values),
        ("Severity", 10, col("severity")),
        ("Suppressed Because", 30, col("suppressed")),
        ("Source Cells", 50, source_text()),
        ("Trace", 60, col("trace")),
        ("Finding", 9, col("finding")),
    )


_RULES: Columns = (
    ("CORE-ID", 14, col("rule")),
    ("CDISC RuleID", 16, col("cdisc_rule_id")),
    ("FDA RuleID", 12, col("fda_rule_id")),
    ("Message", 60, col("message")),
    ("Status", 16, col("status").replace_strict(STATUS, return_dtype=pl.String)),
    ("Severity", 10, col("severity")),
    ("Issues", 10, col("findings")),
    ("Suppressed", 12, col("suppressed")),
    ("Datasets With Issues", 20, col("datasets_issues")),
    ("Datasets Passed", 16, col("datasets_passed")),
    ("Datasets Skipped", 16, col("datasets_skipped")),
    ("Datasets Not Executed", 20, col("datasets_not_executed")),
    ("Not Executed Because", 50, col("reason")),
    ("Description", 60, col("description")),
    ("Citation", 60, col("citation")),
    ("Executability", 24, col("executability")),
)
_UNJUDGED: Columns = (
    ("Status", 14, col("status")),
    ("CORE-ID", 14, col("rule")),
    ("Dataset", 12, col("dataset")),
    ("Reason", 100, col("reason")),
)
_SUPPRESSIONS: Columns = (
    ("Entry", 8, col("entry")),
    ("CORE-ID", 14, col("rule")),
    ("Dataset", 12, col("dataset")),
    ("Variable", 14, col("variable")),
    ("Subjects", 30, col("subjects").list.join(", ")),
    ("Records", 20, col("records").cast(pl.List(pl.String)).list.join(", ")),
    ("Reason", 80, col("reason")),
    ("Findings", 10, col("findings")),
    ("Stale", 8, col("stale")),
    ("Why Stale", 40, col("why")),
    ("Line", 8, col("line")),
)
