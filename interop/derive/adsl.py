"""Subject-level picks for ADSL: the first or last record of a subject, and the last day known alive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl
from polars import col

from interop.build import Built
from interop.derive.assessments import analysis_date
from interop.errors import SpecError

# What `analysis.populations` may say, over the columns that `mappings/adam/adsl.py` attaches.
POPULATIONS: Mapping[str, pl.Expr] = {
    "all": pl.lit(True),
    "consented": col("DM.RFICDTC").is_not_null(),
    "randomised": col("RAND.DSSTDTC").is_not_null(),
    "assigned": col("DM.ARMCD").is_not_null(),
    "treated": col("FIRST.EXSTDTC").is_not_null(),
}


def first_of(rows: pl.DataFrame, date: str) -> pl.DataFrame:
    """The row of each subject with the earliest complete `date`; on a tie, the one that sorts first."""
    return _pick(rows, analysis_date(date, None)[0], "first")


def last_of(rows: pl.DataFrame, date: str, other: str | None = None) -> pl.DataFrame:
    """The row of each subject with the latest complete `date`, or `other` where it is missing; that date
    stands in `date`."""
    if other is not None:
        rows = rows.with_columns(pl.coalesce(date, other).alias(date))
    return _pick(rows, analysis_date(date, None)[0], "last")


def alive_until(datasets: Mapping[str, Built], sources: Iterable[tuple[str, str]]) -> pl.DataFrame:
    """USUBJID, `date`: the latest complete date of `sources`, with `_src` and `_field` of the record."""
    parts = []
    for name, variable in sources:
        if name not in datasets:
            raise SpecError(f"analysis.last_alive names {name}, which is not among {', '.join(datasets)}")
        rows = datasets[name].rows
        if variable not in rows.columns:
            raise SpecError(f"analysis.last_alive names {name}.{variable}, which is not there")
        alive = rows.filter(col("DSDECOD") != "DEATH") if name == "DS" else rows
        dated = analysis_date(variable, None)[0].alias("date")
        parts.append(alive.select("USUBJID", dated, "_src", field=pl.lit(variable)))
    found = pl.concat(parts).drop_nulls("date").sort("USUBJID", "date", "_src", "field")
    return found.unique("USUBJID", keep="last", maintain_order=True)


def with_populations(rows: pl.DataFrame, populations: Mapping[str, str]) -> pl.DataFrame:
    """`flag.SAFFL` … = Y or N by the study's definition of each population."""
    for flag, definition in populations.items():
        if definition not in POPULATIONS:
            known = ", ".join(POPULATIONS)
            raise SpecError(f"analysis.populations: {flag} is {definition!r}, which is not one of {known}")
    yes = {flag: POPULATIONS[definition] for flag, definition in populations.items()}
    return rows.with_columns(
        pl.when(met).then(pl.lit("Y")).otherwise(pl.lit("N")).alias(f"flag.{flag}")
        for flag, met in {"SAFFL": pl.lit(False), "ITTFL": pl.lit(False), **yes}.items()
    )


def _pick(rows: pl.DataFrame, date: pl.Expr, keep: str) -> pl.DataFrame:
    order = [c for c in rows.columns if c not in ("USUBJID", "_src")]
    dated = rows.with_columns(date.alias("_date")).drop_nulls("_date")
    ordered = dated.sort("USUBJID", "_date", *order, "_src", nulls_last=True)
    kept = ordered.unique("USUBJID", keep="first" if keep == "first" else "last", maintain_order=True)
    return kept.drop("_date")
