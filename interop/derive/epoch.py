"""EPOCH: the stretch of the study in which a date lies, from SE or from the reference dates of DM."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built
from interop.derive.dates import date_of
from interop.lineage import SRC
from interop.study import Study

UNKNOWN = -1
METHOD = (
    "The last epoch that has begun on the date: by SE or, where the study definition has no elements, by the "
    "day of the DM date that begins it; empty where the date is missing, lies before the first epoch, or is "
    "too partial to tell"
)


def with_epoch(rows: pl.DataFrame, study: Study, date: str, se: Built | None = None) -> pl.DataFrame:
    """`rows` with `epoch.name` and with `since.date`, the date of SE, or of DM where no `se` is given, that
    began the epoch.

    `rows` need `usubjid` and, without `se`, `DM.*` and `_src:DM`; `date` is one of their columns, ISO 8601,
    possibly partial.
    """
    if se is not None:
        return _by_elements(rows, se, date)
    place = pl.lit(None, pl.Int32)
    for n, epoch in enumerate(study.epochs):
        if epoch.start is None:
            begun, unclear = col(date).is_not_null(), pl.lit(False)
        else:
            start = f"DM.{epoch.start}"
            wait = pl.duration(days=1 if epoch.after else 0)
            begun = first_day(date) >= last_day(start) + wait
            unclear = ~begun & (last_day(date) >= first_day(start) + wait)
        place = pl.when(begun).then(n).when(unclear).then(UNKNOWN).otherwise(place)
    found = rows.with_columns(place.alias("_place"))

    def chosen(values: list[pl.Expr]) -> pl.Expr:
        return pl.coalesce(
            pl.lit(None, pl.String), *(pl.when(col("_place") == n).then(v) for n, v in enumerate(values))
        )

    starts = [e.start for e in study.epochs]
    nothing = pl.lit(None, pl.String)
    return found.with_columns(
        chosen([pl.lit(e.name) for e in study.epochs]).alias("epoch.name"),
        chosen([pl.lit(f"study.yaml#epochs/{e.name}") for e in study.epochs]).alias(f"{SRC}:epoch"),
        chosen([nothing if s is None else col(f"DM.{s}") for s in starts]).alias("since.date"),
        chosen([nothing if s is None else col(f"{SRC}:DM") for s in starts]).alias(f"{SRC}:since"),
        chosen([nothing if s is None else pl.lit(s) for s in starts]).alias("_field:since"),
    ).drop("_place")


def _by_elements(rows: pl.DataFrame, se: Built, date: str) -> pl.DataFrame:
    """As `with_epoch`, by the subject's elements; those of one epoch that follow one another count as one."""
    previous = col("EPOCH").shift(1).over("USUBJID")
    first = se.rows.sort("USUBJID", "SESEQ").filter(col("EPOCH").ne_missing(previous) | (col("SESEQ") == 1))
    several = first.group_by("USUBJID", maintain_order=True).agg(
        col("SESTDTC").alias("_starts"), col("EPOCH").alias("_epochs"), col(SRC).alias("_elements")
    )
    most = max(several["_starts"].list.len(), default=0)
    wide = rows.join(several, left_on="usubjid", right_on="USUBJID", how="left", maintain_order="left")
    wide = wide.with_columns(
        col("_starts").list.get(n, null_on_oob=True).alias(f"_start{n}") for n in range(most)
    )
    place = pl.lit(None, pl.Int32)
    for n in range(most):
        begun = first_day(date) >= last_day(f"_start{n}")
        unclear = ~begun & (last_day(date) >= first_day(f"_start{n}"))
        place = pl.when(begun).then(n).when(unclear).then(UNKNOWN).otherwise(place)
    wide = wide.with_columns(place.alias("_place"))
    known = col("_place") >= 0

    def at(column: str) -> pl.Expr:
        return pl.when(known).then(col(column).list.get(col("_place"), null_on_oob=True))

    return wide.with_columns(
        at("_epochs").alias("epoch.name"),
        at("_elements").alias(f"{SRC}:epoch"),
        pl.when(known).then(pl.lit("EPOCH")).alias("_field:epoch"),
        at("_starts").alias("since.date"),
        at("_elements").alias(f"{SRC}:since"),
        pl.when(known).then(pl.lit("SESTDTC")).alias("_field:since"),
    ).drop("_place", "_starts", "_epochs", "_elements", *(f"_start{n}" for n in range(most)))


def epoch(date: str) -> pl.Expr:
    """EPOCH of rows that `with_epoch` has seen; `date` as there, or the variable that holds it."""
    begun = col("since.date").is_null() | (first_day(date) >= last_day("since.date"))
    return pl.when(col(date).is_not_null() & begun).then(col("epoch.name"))


def first_day(date: str) -> pl.Expr:
    """The first day that a date, as partial as it is, may be."""
    text = col(date).str.slice(0, 10)
    padded = text + pl.when(text.str.len_chars() == 4).then(pl.lit("-01-01")).otherwise(pl.lit("-01"))
    return date_of(pl.when(text.str.len_chars() == 10).then(text).otherwise(padded))


def last_day(date: str) -> pl.Expr:
    """The last day that a date, as partial as it is, may be."""
    length = col(date).str.slice(0, 10).str.len_chars()
    whole = (
        pl.when(length == 4).then(pl.lit("1y")).when(length == 7).then(pl.lit("1mo")).otherwise(pl.lit("1d"))
    )
    return first_day(date).dt.offset_by(whole) - pl.duration(days=1)
