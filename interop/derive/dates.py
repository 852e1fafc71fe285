"""Dates as ISO 8601 text, as partial as they were collected, as Polars expressions.

A partial date is a stretch of time (`2014-01` is all of January). Two dates are compared on the parts that
both have; where these are equal and one has more, the order is not known, and null says so. Nothing is
imputed here.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from polars import col

Text = str | pl.Expr
"""A column name, or an expression over text columns."""


def date_of(text: Text) -> pl.Expr:
    """The day as `pl.Date`; null where the day is not known."""
    return _expr(text).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)


def study_day(date: Text, *, since: Text) -> pl.Expr:
    """Day counted from `since`, which is day 1; the day before is -1, there is no day 0 (SDTMIG 3.4, 4.4.4).

    Int64; null where either day is not known.
    """
    days = (date_of(date) - date_of(since)).dt.total_days()
    return days + (days >= 0).cast(pl.Int64)


def before(date: Text, other: Text) -> pl.Expr:
    """Whether `date` lies before `other`; null where that is not known."""
    return _known(date, other, lambda a, b: a < b)


def after(date: Text, other: Text) -> pl.Expr:
    """Whether `date` lies after `other`; null where that is not known."""
    return _known(date, other, lambda a, b: a > b)


def earliest(date: Text) -> pl.Expr:
    """The earliest date of a column or group. Of dates whose order is not known, the more complete one."""
    return _last_marked(date).min().str.strip_suffix("~")


def latest(date: Text) -> pl.Expr:
    """The latest date of a column or group. Of dates whose order is not known, the more complete one."""
    return _expr(date).max()  # a prefix sorts before whatever begins with it


def earliest_of(*dates: Text) -> pl.Expr:
    """The earliest of several columns, row by row; as `earliest`."""
    return pl.min_horizontal(_last_marked(d) for d in dates).str.strip_suffix("~")


def latest_of(*dates: Text) -> pl.Expr:
    """The latest of several columns, row by row; as `latest`."""
    return pl.max_horizontal(_expr(d) for d in dates)


def _expr(text: Text) -> pl.Expr:
    return col(text) if isinstance(text, str) else text


def _last_marked(date: Text) -> pl.Expr:
    # `~` follows every character of a date, so that a partial date sorts behind what may lie within it.
    return _expr(date) + pl.lit("~")


def _known(date: Text, other: Text, holds: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> pl.Expr:
    a, b = _expr(date), _expr(other)
    common = pl.min_horizontal(a.str.len_chars(), b.str.len_chars())
    first, second = a.str.slice(0, common), b.str.slice(0, common)
    undecided = (first == second) & (a.str.len_chars() != b.str.len_chars())
    return pl.when(a.is_not_null() & b.is_not_null() & ~undecided).then(holds(first, second))
