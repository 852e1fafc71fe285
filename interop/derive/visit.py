"""Planned visits beside what was collected at them."""

from __future__ import annotations

import polars as pl
from polars import col

from interop import issues
from interop.lineage import SRC, attach
from interop.study import Study

SCHEMA = {"name": pl.String, "number": pl.Float64, "day": pl.Int64, SRC: pl.String}


def planned(study: Study) -> pl.DataFrame:
    """The visits of the study: name, number, day and `_src`."""
    rows = [(v.name, v.number, v.day, f"study.yaml#visits/{v.name}") for v in study.visits]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


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
