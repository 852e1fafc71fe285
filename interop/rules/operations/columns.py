"""Columns made of other columns."""

from __future__ import annotations

import polars as pl

from interop.rules import isodate
from interop.rules.operand import Frame
from interop.rules.operations.base import Work, need
from interop.rules.outcome import MissingColumnError, NotExecutableError, SkippedError
from interop.rules.regex import replaced


def dy(work: Work) -> Frame:
    """Study day: days from DM.RFSTDTC, which is day 1; none where a date is not whole."""
    dm = work.context.package.find("DM")
    if dm is None:
        raise SkippedError("DM is not in the study")
    data, name = work.frame.data, work.target
    for column, frame in ((name, data), ("USUBJID", data), ("RFSTDTC", dm.data)):
        if column not in frame.columns:
            raise MissingColumnError(column)
    first = work.context.package.whole(dm).group_by("USUBJID").agg(_start=pl.col("RFSTDTC").first())
    start = first.select("USUBJID", _day(pl.col("_start").cast(pl.String)).alias("_start"))
    rows = data.select("USUBJID", _day(pl.col(name).cast(pl.String)).alias("_date")).join(
        start, on="USUBJID", how="left", maintain_order="left"
    )
    days = (rows["_date"] - rows["_start"]).dt.total_days()
    return work.series((days + (days >= 0).cast(pl.Int64)).cast(pl.Float64))


def _day(text: pl.Expr) -> pl.Expr:
    return pl.when(isodate.whole(text)).then(text.str.head(10).str.to_date("%Y-%m-%d", strict=False))


def split_by(work: Work) -> Frame:
    delimiter, data = need(work, "delimiter"), work.frame.data
    return work.series(data[work.column(data)].cast(pl.String).str.split(delimiter))


def mapped(work: Work) -> Frame:
    """A value for each combination of others, from the rule's own table."""
    table = pl.DataFrame(work.option("map") or [])
    if "output" not in table.columns:
        raise NotExecutableError("the operation map needs rows with `output`")
    keys = [c for c in table.columns if c != "output"]
    if not keys:
        return work.constant(table["output"][0])
    result = table.rename({"output": work.operation.id})
    return work.by_group(result, keys)


def minus(work: Work) -> Frame:
    """The elements of one list that another lacks."""
    left = work.frame.constants.get(str(work.option("name")), [])
    right = work.frame.constants.get(str(work.option("subtract")), [])
    left, right = (v if isinstance(v, list) else [v] for v in (left, right))
    if not work.option("order_insensitive", True):
        raise NotExecutableError("minus in order is not known")
    return work.constant([v for v in left if v not in set(right)])


def regex_find_replace(work: Work) -> Frame:
    """Each text with what a pattern finds replaced; a text in which it finds nothing gives none."""
    data = work.frame.data
    pattern, by = need(work, "find"), str(work.option("replace") or "")
    texts = data[work.column(data)].cast(pl.String)
    unique = texts.unique().drop_nulls().to_list()
    table = dict(zip(unique, replaced(unique, pattern, by), strict=True))
    return work.series(pl.Series([table.get(t) for t in texts.to_list()], dtype=pl.String))
