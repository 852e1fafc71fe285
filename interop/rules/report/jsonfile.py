"""The report as JSON (`schemas/validation-report.schema.json`), with the names of CORE's JSON report where it
has them; what CORE does not have stands beside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from polars import col

if TYPE_CHECKING:
    from interop.rules.report.model import Report

# As CORE says what became of a rule (cdisc_rules_engine/enums/execution_status.py); for a rule that cannot be
# carried out it has no word of its own.
STATUS: Mapping[str, str] = {
    "issues": "ISSUE REPORTED",
    "passed": "SUCCESS",
    "skipped": "SKIPPED",
    "not executed": "NOT EXECUTED",
}


def write_json(report: Report, path: Path) -> None:
    """Write UTF-8 JSON: one key a line, one finding after the other without a break."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for n, (key, text) in enumerate(_parts(report)):
            file.write(f"{',' if n else '{'}\n{json.dumps(key)}: {text}")
        file.write("\n}\n")


def _parts(report: Report) -> Iterator[tuple[str, str]]:
    yield "Conformance_Details", _said(conformance(report))
    yield "Dataset_Details", _rows(datasets(report))
    yield "Issue_Summary", _rows(issue_summary(report))
    yield "Issue_Details", _rows(issue_details(report))
    yield "Rules_Report", _rows(rules_report(report))
    yield "Rule_Outcomes", _rows(rule_outcomes(report))
    yield "Suppressions", _rows(report.suppressions)
    yield "Notes", _said(list(report.notes))


def conformance(report: Report) -> dict[str, Any]:
    about, rules = report.about, report.rules["status"]
    return {
        "Engine": about.program,
        "Report_Generation": about.created.isoformat(),
        "Total_Runtime": f"{about.seconds:.2f} seconds",
        "Standard": ", ".join(name for name, _ in about.standards),
        "Version": ", ".join(f"V{version}" for _, version in about.standards),
        "Standards": about.judged_by,
        "CT_Version": ", ".join(about.terminology),
        "Define_XML_Version": about.define_version,
        "Run": str(about.run) if about.run is not None else None,
        "Suppressions_File": about.suppressions_file or None,
        "Failed": report.failed,
        "Errors": report.open.filter(severity="error").height,
        "Warnings": report.open.filter(severity="warning").height,
        "Suppressed": report.explained,
        "Rules": rules.len(),
        **{f"Rules_{n}": int((rules == s).sum()) for s, n in _COUNTED.items()},
    }


_COUNTED = {
    "issues": "With_Issues",
    "passed": "Passed",
    "skipped": "Skipped",
    "not executed": "Not_Executed",
}


def datasets(report: Report) -> pl.DataFrame:
    counts = report.summary.drop("records")
    return report.datasets.join(counts, on="dataset", how="left", maintain_order="left").select(
        col("file").alias("filename"),
        "label",
        (col("size") / 1000).alias("size_kb"),
        col("records").alias("length"),
        "dataset",
        "variables",
        "error",
        "warning",
        "suppressed",
        "rules_passed",
        "rules_not_executed",
    )


def issue_summary(report: Report) -> pl.DataFrame:
    """A row a dataset and rule, by dataset."""
    return (
        report.findings.group_by("dataset", col("rule").alias("core_id"), maintain_order=True)
        .agg(
            col("message").first(),
            pl.len().alias("issues"),
            col("severity").first(),
            col("suppressed").is_not_null().sum(),
        )
        .sort("dataset", "core_id")
    )


def issue_details(report: Report) -> pl.DataFrame:
    return report.findings.select(
        col("rule").alias("core_id"),
        "message",
        "executability",
        "dataset",
        "USUBJID",
        col("record").alias("row"),
        "SEQ",
        "variables",
        "values",
        "finding",
        "severity",
        "domain",
        "sensitivity",
        "suppressed",
        "suppression",
        "sources",
        "sources_left_out",
        "trace",
    )


def rules_report(report: Report) -> pl.DataFrame:
    return report.rules.select(
        col("rule").alias("core_id"),
        "cdisc_rule_id",
        "fda_rule_id",
        "message",
        col("status").replace_strict(STATUS, return_dtype=pl.String),
        "severity",
        "description",
        "citation",
        "executability",
        "type",
        col("findings").alias("issues"),
        "suppressed",
        "datasets_issues",
        "datasets_passed",
        "datasets_skipped",
        "datasets_not_executed",
        "reason",
    )


def rule_outcomes(report: Report) -> pl.DataFrame:
    return report.outcomes.select(
        col("rule").alias("core_id"),
        "dataset",
        col("status").replace_strict(STATUS, return_dtype=pl.String),
        "reason",
        col("findings").alias("issues"),
        "seconds",
    )


def _said(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _rows(frame: pl.DataFrame) -> str:
    return frame.write_json()
