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


def apart(rows: pl.DataFrame, date: str) -> pl.DataFrame:
    """`rows` of visits whose second, third, ... unplanned visit of a name and subject has a number of its
    own.

    SDTMIG 3.4, 5.5 (SV) allows one record a VISITNUM: 99, 99.01, 99.02 in the order of `date`.
    """
    later = pl.struct(date, SRC).rank("ordinal").over("usubjid", "visit") - 1
    number = (col("visit.number") + pl.when(_unplanned()).then(later).otherwise(0) / 100).round(2)
    return rows.with_columns(number.alias("visit.number"))


def like_sv(rows: pl.DataFrame, sv: pl.DataFrame, date: str) -> pl.DataFrame:
    """`rows` that name an unplanned visit with the number that SV gives the one of their day, where it has
    it.
    """
    seen = sv.select("USUBJID", "VISIT", "VISITNUM", day=col("SVSTDTC").str.slice(0, 10)).unique(
        ["USUBJID", "VISIT", "day"], keep="first", maintain_order=True
    )
    found = rows.with_columns(_day=col(date).str.slice(0, 10)).join(
        seen,
        left_on=("usubjid", "visit", "_day"),
        right_on=("USUBJID", "VISIT", "day"),
        how="left",
        maintain_order="left",
    )
    number = pl.when(_unplanned()).then(pl.coalesce("VISITNUM", "visit.number")).otherwise("visit.number")
    return found.with_columns(number.alias("visit.number")).drop("_day", "VISITNUM")


def _unplanned() -> pl.Expr:
    return col("visit.number").is_not_null() & col("visit.planned").is_null()
