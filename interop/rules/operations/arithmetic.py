"""Arithmetic of analysis values: differences, ratios, study days, elapsed time. CDISC's language has none.

A result is empty where a value that it is made of is. SAS dates are days, datetimes seconds since 1960-01-01.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from interop.rules.operand import Frame, column, columns
from interop.rules.operations.base import Work, need
from interop.rules.outcome import NotExecutableError

# Mean lengths in the Gregorian calendar: 365.25 days a year, a twelfth of it a month.
DAYS: Mapping[str, float] = {"DAYS": 1.0, "WEEKS": 7.0, "MONTHS": 30.4375, "YEARS": 365.25}
# The unit alone (AVALU), or in brackets (PARAM: "Overall Survival (days)").
_UNIT = r"(?i)(?:^|[(\[])\s*(day|week|month|year)s?\s*(?:$|[)\]])"


def difference(work: Work) -> Frame:
    """`name` - `subtract`."""
    return work.expression(_number(work, "name") - _number(work, "subtract"))


def ratio(work: Work) -> Frame:
    """`name` / `divide_by`, times `times` (default 1); none where it would divide by 0.

    With `absolute` the sign of `divide_by` does not count.
    """
    by = _number(work, "divide_by")
    if work.option("absolute", False):
        by = by.abs()
    times = float(work.option("times", 1))
    return work.expression(pl.when(by != 0).then(_number(work, "name") / by * times))


def study_day(work: Work) -> Frame:
    """The day of `name` counted from `reference`, which is day 1; the day before is -1."""
    days = _number(work, "name") - _number(work, "reference")
    return work.expression(days + (days >= 0).cast(pl.Float64))


def elapsed(work: Work) -> Frame:
    """Time from `since` to `name` in `unit` (DAYS, WEEKS, MONTHS, YEARS, or what holds one of these).

    With `inclusive` both days count. None where the unit is not known.
    """
    days = _number(work, "name") - _number(work, "since") + float(bool(work.option("inclusive", False)))
    unit = work.option("unit")
    if unit is None or unit in DAYS:
        return work.expression(days / DAYS[unit or "DAYS"])
    length = column(work.frame, str(unit)).text.replace_strict(DAYS, default=None, return_dtype=pl.Float64)
    return work.expression(days / length)


def time_unit(work: Work) -> Frame:
    """DAYS, WEEKS, MONTHS or YEARS, as the first of `names` says it that does: alone, or in brackets."""
    names = columns(work.frame, work.option("names") or ())
    said = [pl.col(n).cast(pl.String).str.extract(_UNIT, 1).str.to_uppercase() + "S" for n in names]
    unit = pl.coalesce(said) if said else pl.lit(None, dtype=pl.String)
    return work.expression(unit)


def _number(work: Work, option: str) -> pl.Expr:
    operand = column(work.frame, need(work, option))
    if operand.kind in ("list", "flag"):
        raise NotExecutableError(f"{work.operation.operator} is for numbers, and {operand.name} is none")
    return operand.number
