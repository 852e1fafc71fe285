"""The report as one CSV table: a row a finding, then a row for whatever was not judged or is stale."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from polars import col

from interop.rules.operand import number_text

if TYPE_CHECKING:
    from interop.rules.report.model import Report

COLUMNS = (
    "status",
    "severity",
    "rule",
    "dataset",
    "record",
    "USUBJID",
    "SEQ",
    "variables",
    "values",
    "message",
    "reason",
    "sources",
)


def write_csv(report: Report, path: Path) -> None:
    """Write UTF-8 without a byte-order mark.

    `status` says what a row is: `issue`, `suppressed` (`reason` why), `not executed` and `skipped` (a rule on
    a dataset, `reason` why), `stale suppression`. `values` is a JSON list, so that it can be read back.
    """
    table(report).write_csv(path, float_precision=None)


def table(report: Report) -> pl.DataFrame:
    findings = report.findings.select(
        pl.when(col("suppressed").is_null())
        .then(pl.lit("issue"))
        .otherwise(pl.lit("suppressed"))
        .alias("status"),
        "severity",
        "rule",
        "dataset",
        "record",
        "USUBJID",
        number_text(col("SEQ")).alias("SEQ"),
        col("variables").list.join(", "),
        json_list("values"),
        "message",
        col("suppressed").alias("reason"),
        source_text().alias("sources"),
    )
    unjudged = report.unjudged.select("status", "rule", "dataset", "reason")
    stale = report.suppressions.filter("stale").select(
        pl.lit("stale suppression").alias("status"),
        "rule",
        "dataset",
        pl.concat_str("why", pl.lit(". The entry says: "), "reason").alias("reason"),
    )
    return pl.concat([findings, unjudged, stale], how="diagonal").select(COLUMNS)


def json_list(name: str) -> pl.Expr:
    """A list of texts as a JSON list."""
    whole = pl.struct(name).struct.json_encode()  # {"name":[…]}
    start = len(name) + 4
    return whole.str.slice(start, whole.str.len_chars() - start - 1).alias(name)


def source_text() -> pl.Expr:
    """`DM.csv line 3 AGE; DM.csv line 3 SEX; and 4 more`; null where nothing is known."""
    place = pl.element().struct
    one = pl.concat_str(
        place["file"],
        pl.concat_str(pl.lit("line "), place["line"].cast(pl.String)),
        place["column"],
        separator=" ",
        ignore_nulls=True,
    )
    more = pl.when(col("sources_left_out") > 0).then(pl.format("and {} more", "sources_left_out"))
    listed = col("sources").list.eval(one).list.unique(maintain_order=True).list.join("; ")
    return pl.when(col("sources").list.len() > 0).then(
        pl.concat_str(listed, more, separator="; ", ignore_nulls=True)
    )
