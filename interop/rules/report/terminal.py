"""The report on a terminal: counts, the kinds of findings, what was not executed, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
from polars import col

from interop.rules.report.model import Report
from interop.rules.report.severity import SEVERITIES
from interop.sentence import counted, some

KINDS = 20  # as many as a person reads; the report has all
WIDTH = 110


def summary(report: Report, written: Sequence[Path] = (), *, hint: str = "") -> str:
    """Lines of text; `written` are the files of the report, `hint` is said before them."""
    about, records = report.about, int(report.datasets["records"].sum())
    judged = report.rules.filter(~col("status").is_in(["skipped"])).height
    lines = [
        f"{about.judged_by}: {counted(report.datasets.height, 'dataset')}, "
        f"{counted(records, 'record')}; {counted(report.rules.height, 'rule')}, "
        f"{judged:,} with data to judge; {about.seconds:.1f} s",
        "",
        f"Findings: {verdict(report)}",
        *_kinds(report),
        *_not_executed(report),
        *(f"Note: {note}" for note in report.notes),
        *_stale(report),
    ]
    if hint:
        lines += ["", hint]
    if written:
        lines += ["", *(f"Report: {path}" for path in written)]
    return "\n".join(lines)


def verdict(report: Report) -> str:
    """Errors, warnings, and how many findings the study explains."""
    counts = {s: report.open.filter(severity=s).height for s in SEVERITIES}
    said = [counted(counts[s], s) for s in SEVERITIES]
    return ", ".join([*said, f"{report.explained:,} explained"])


def _kinds(report: Report) -> Iterator[str]:
    rank = col("severity").replace_strict(list(SEVERITIES), range(len(SEVERITIES)), return_dtype=pl.Int8)
    kinds = (
        report.open.group_by("severity", "rule")
        .agg(pl.len(), col("dataset").unique().sort(), col("message").first())
        .sort(rank, "rule")
    )
    listed = []
    for severity, rule, number, datasets, message in kinds.head(KINDS).iter_rows():
        more = f" +{len(datasets) - 3}" if len(datasets) > 3 else ""
        listed.append((severity, rule, f"{number:,}", f"{', '.join(datasets[:3])}{more}", message))
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)] if listed else []
    for severity, rule, number, place, message in listed:
        start = (
            f"  {severity:<{widths[0]}}  {rule:<{widths[1]}}  {number:>{widths[2]}}  {place:<{widths[3]}}  "
        )
        room = max(WIDTH - len(start), 20)
        said = " ".join(message.split())
        yield start + (said if len(said) <= room else f"{said[: room - 1].rstrip()}…")
    if kinds.height > KINDS:
        yield f"  and {counted(kinds.height - KINDS, 'rule')} more with findings"


def _not_executed(report: Report) -> Iterator[str]:
    rules = report.rules.filter(col("datasets_not_executed") > 0)
    if rules.is_empty():
        return
    yield f"Not executed: {counted(rules.height, 'rule')}, on some datasets or all"
    reasons = rules.group_by("reason", maintain_order=True).agg(col("rule"))
    for reason, ids in reasons.head(5).iter_rows():
        yield f"  {some(ids, 3)}: {reason}"
    if reasons.height > 5:
        yield f"  and {counted(reasons.height - 5, 'reason')} more"


def _stale(report: Report) -> Iterator[str]:
    for row in report.suppressions.filter("stale").iter_rows(named=True):
        yield f"Note: {report.about.suppressions_file}, line {row['line']}: {row['rule']}: {row['why']}"
