"""Operators of ours for analysis data: arithmetic as far as it is written, dates as far as both are known.

All hold only where both sides have a value.
"""

from __future__ import annotations

import polars as pl

from interop.rules import isodate
from interop.rules.language import Condition
from interop.rules.operand import Frame, Mask, Operand, columns, comparator, target
from interop.rules.outcome import MissingColumnError, NotExecutableError

# Binary arithmetic of numbers as written in decimals: an error of this share of the larger is none.
_FLOAT = 1e-9


def not_equal_when_rounded(frame: Frame, condition: Condition) -> Mask:
    """The target is not the comparator, rounded to the decimals that the target is written with.

    `decimals` (default 1) are the fewest that count as rounding, so that 3 is 3.04 and not 3.4; `tolerance`
    is a share of the comparator that is let pass besides.
    """
    given, exact = target(frame, condition).number, comparator(frame, condition).number
    fewest = int(condition.options.get("decimals", 1))
    share = float(condition.options.get("tolerance", 0.0))
    written = given.cast(pl.String).str.extract(r"\.(\d*[1-9])0*$", 1).str.len_chars().fill_null(0)
    # 1e-07 and the like: as small as they are, they are not rounded.
    digits = pl.when(given.cast(pl.String).str.contains("e")).then(15).otherwise(written.cast(pl.Int64))
    half = 0.5 * pl.lit(10.0).pow(-digits.clip(lower_bound=fewest))
    allowed = half + exact.abs() * share + pl.max_horizontal(given.abs(), exact.abs(), pl.lit(1.0)) * _FLOAT
    return ((given - exact).abs() > allowed).fill_null(False)


def is_not_one_to_one_within(frame: Frame, condition: Condition) -> Mask:
    """Within equal `within`, a value of the target goes with several of the comparator, or the reverse.

    Unlike `is_not_unique_relationship`, records that lack one of the two are not judged.
    """
    left, right = target(frame, condition), comparator(frame, condition)
    if left.constant or right.constant:
        raise MissingColumnError(str(condition.value if right.constant else condition.target))
    listed = condition.options.get("within") or []
    within = columns(frame, listed if isinstance(listed, list) else [listed])
    for name in listed if isinstance(listed, list) else [listed]:
        if not str(name).startswith("$") and frame.name(str(name)) not in frame.schema:
            raise MissingColumnError(str(name))
    both = pl.col(left.name).is_not_null() & pl.col(right.name).is_not_null()
    return (both & (_many(left, right, within, both) | _many(right, left, within, both))).fill_null(False)


def _many(key: Operand, other: Operand, within: list[str], both: pl.Expr) -> pl.Expr:
    value = pl.when(both).then(pl.col(other.name))
    return value.drop_nulls().n_unique().over([*within, key.name]) > 1


def date_disagrees_with(frame: Frame, condition: Condition) -> Mask:
    """Two dates differ, as far as both are known: ISO 8601 texts, or SAS dates and (of -DTM) datetimes."""
    left, right = _as_far_as_known(frame, condition)
    return (left != right).fill_null(False)


def is_later_date_than(frame: Frame, condition: Condition) -> Mask:
    """The target is a later date than the comparator, as far as both are known; either may be a SAS date."""
    left, right = _as_far_as_known(frame, condition)
    return (left > right).fill_null(False)


def _as_far_as_known(frame: Frame, condition: Condition) -> tuple[pl.Expr, pl.Expr]:
    left, right = _iso(target(frame, condition)), _iso(comparator(frame, condition))
    known = pl.min_horizontal(left.str.len_chars(), right.str.len_chars())
    return left.str.head(known), right.str.head(known)


def _iso(operand: Operand) -> pl.Expr:
    """Without seconds: a source that has them, and a copy that has not, agree."""
    if operand.kind == "text":
        # What is unknown in between (2020---05) is unknown from there on.
        return operand.expr.str.extract(r"^(\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d)?)?)?)(?:$|\D)", 1)
    if operand.kind == "number":
        return isodate.sas(operand.expr, operand.name).str.head(16)
    if operand.kind == "null":
        return pl.lit(None, dtype=pl.String)
    raise NotExecutableError(f"{operand.name} is no date")
