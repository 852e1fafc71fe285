"""Dates and durations. Plain dates are compared as texts, by column; the rest one unique pair at a time."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import polars as pl

from interop.rules import isodate
from interop.rules.language import Condition
from interop.rules.operand import Frame, Mask, Operand, comparator, target

# Between the two dates of a pair; no date has it.
_BETWEEN = "\x1f"


def is_complete_date(frame: Frame, condition: Condition) -> Mask:
    text = _text(target(frame, condition))
    return isodate.whole(text).fill_null(False) | _odd_ones(text, isodate.is_complete)


def valid_date(frame: Frame, condition: Condition) -> Mask:
    text = _text(target(frame, condition))
    return isodate.plain(text).fill_null(False) | _odd_ones(text, isodate.is_valid)


def valid_duration(frame: Frame, condition: Condition) -> Mask:
    text = _text(target(frame, condition))
    negative = condition.options.get("negative") is not False
    return _one_by_one(text, partial(isodate.is_duration, negative=negative))


def _text(operand: Operand) -> pl.Expr:
    """Dates are texts; a number is no ISO date."""
    return operand.expr if operand.kind == "text" else pl.lit(None, dtype=pl.String)


def _odd_ones(text: pl.Expr, test: Callable[[str], bool]) -> pl.Expr:
    """The test on what is no plain date, which is little."""
    return _one_by_one(pl.when(~isodate.plain(text)).then(text), test)


def _one_by_one(text: pl.Expr, test: Callable[[str], bool]) -> pl.Expr:
    """The test on each different text, as Python has it; false for none."""
    return text.map_batches(partial(_those, test=test), return_dtype=pl.Boolean)


def _those(texts: pl.Series, *, test: Callable[[str], bool]) -> pl.Series:
    hits = [t for t in texts.drop_nulls().unique().to_list() if test(t)]
    if not hits:
        return pl.Series(texts.name, [False], dtype=pl.Boolean).new_from_index(0, len(texts))
    return texts.is_in(pl.Series(hits, dtype=pl.String).implode()).fill_null(False)


def date_equal_to(frame: Frame, condition: Condition) -> Mask:
    return _compare(frame, condition, operator.eq, "eq")


def date_not_equal_to(frame: Frame, condition: Condition) -> Mask:
    return _compare(frame, condition, operator.ne, "ne")


def date_less_than(frame: Frame, condition: Condition) -> Mask:
    return _compare(frame, condition, operator.lt, "lt")


def date_less_than_or_equal_to(frame: Frame, condition: Condition) -> Mask:
    return _compare(frame, condition, operator.le, "le")


def date_greater_than(frame: Frame, condition: Condition) -> Mask:
    return _compare(frame, condition, operator.gt, "gt")


def date_greater_than_or_equal_to(frame: Frame, condition: Condition) -> Mask:
    return _compare(frame, condition, operator.ge, "ge")


def _compare(frame: Frame, condition: Condition, test: Callable[[Any, Any], Any], kind: str) -> Mask:
    left, right = target(frame, condition), comparator(frame, condition)
    a, b = _text(left), _text(right)
    component = str(condition.options.get("date_component") or "")
    if component not in ("", "auto"):
        return _pairs(a, b, pl.lit(True), test, kind, component)
    both = (isodate.plain(a) & isodate.plain(b)).fill_null(False)
    width = pl.min_horizontal(_width(a), _width(b))
    answer: pl.Expr = test(a.str.head(width), b.str.head(width))
    if kind in ("eq", "ne") and component != "auto":
        same = _width(a) == _width(b)
        answer = (same & answer) if kind == "eq" else (~same | answer)
    odd = ~both & a.is_not_null() & b.is_not_null()
    return (both & answer).fill_null(False) | _pairs(a, b, odd, test, kind, component)


def _width(text: pl.Expr) -> pl.Expr:
    """Characters as far as whole units go: fractions of seconds are one unit."""
    return pl.min_horizontal(text.str.len_chars(), pl.lit(26, dtype=pl.UInt32))


def _pairs(
    a: pl.Expr, b: pl.Expr, where: pl.Expr, test: Callable[[Any, Any], Any], kind: str, component: str
) -> pl.Expr:
    """The answer for the rows of `where`, found once for each pair of texts."""
    pairs = pl.when(where & a.is_not_null() & b.is_not_null()).then(pl.concat_str(a, pl.lit(_BETWEEN), b))

    def judge(text: str) -> bool:
        left, right = text.split(_BETWEEN)
        return isodate.compare(left, right, test, kind, component)

    return _one_by_one(pairs, judge)
