"""Visits of the study beside what was collected at them, planned or not."""

from __future__ import annotations

import polars as pl
from polars import col

from interop import issues
from interop.lineage import SRC, attach
from interop.study import Study, Visit

SCHEMA = {"name": pl.String, "number": pl.Float64, "day": pl.Int64, "planned": pl.String, SRC: pl.String}


def planned(study: Study) -> pl.DataFrame:
    """The visits of the study: name, number, day, whether it is planned (Y or null) and `_src`."""
    rows = [(v.name, v.number, v.day, _planned(v), f"study.yaml#visits/{v.name}") for v in study.visits]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _planned(visit: Visit) -> str | None:
    return "Y" if visit.day is not None or visit.since is not None else None


def with_visit(rows: pl.DataFrame, study: Study, target: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with `visit.number` and `visit.day` of the visit that their `visit` names, and issues.

    A visit that the study does not plan keeps its name and has no number.
    """
    found = attach(rows, planned(study), "visit", on="visit", to="name")
    said = issues.issues(
        found.filter(col("visit").is_not_null() & col("visit.number").is_null()),
        severity="warning",
        target=target,
        variable="VISITNUM",
        rule="UNPLANNED VISIT",
        value=col("visit"),
        message="the study has no visit of this name, so VISITNUM stays empty: add it to `visits` of "
        "study.yaml, or map the name in the source mapping",
    )
    return found, said


def apart(rows: pl.DataFrame, *, target: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Visits, each with a number of its own, whether it is the planned one (`visit.planned`), and issues.

    SDTMIG 3.4, 5.5 (SV) allows one record a VISITNUM: where a subject has several visits of a name, the
    second by date counts on by 0.01, the third by 0.02. Rows that say the same are one visit.
    """
    said = ("date", "end", "reason_unscheduled")
    later = pl.struct(col(c).fill_null("") for c in said).rank("dense").over("usubjid", "visit") - 1
    found = rows.with_columns(later.alias("_later"))
    repeated = (col("_later") > 0) & (col("visit.planned") == "Y")
    issue = issues.issues(
        found.filter(repeated),
        severity="warning",
        target=target,
        variable="VISITNUM",
        rule="REPEATED VISIT",
        value=col("visit"),
        message="the subject has an earlier visit of this name, so this one counts as unplanned: correct "
        "name or date at the source",
    )
    numbered = found.with_columns(
        (col("visit.number") + col("_later") / 100).round(2).alias("visit.number"),
        pl.when(~repeated).then(col("visit.planned")).alias("visit.planned"),
    )
    return numbered.drop("_later"), issue


def like_sv(rows: pl.DataFrame, sv: pl.DataFrame, date: str) -> pl.DataFrame:
    """`rows` with the number that SV gives the visit of their name and day, where it has it."""
    visits = sv.select("USUBJID", "VISIT", "VISITNUM", day=col("SVSTDTC").str.slice(0, 10))
    several = visits.filter(pl.len().over("USUBJID", "VISIT") > 1)
    seen = several.unique(["USUBJID", "VISIT", "day"], keep="first", maintain_order=True)
    found = rows.with_columns(_day=col(date).str.slice(0, 10)).join(
        seen,
        left_on=("usubjid", "visit", "_day"),
        right_on=("USUBJID", "VISIT", "day"),
        how="left",
        maintain_order="left",
    )
    return found.with_columns(pl.coalesce("VISITNUM", "visit.number").alias("visit.number")).drop(
        "_day", "VISITNUM"
    )
