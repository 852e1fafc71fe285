"""Dates and durations. Plain dates are compared as texts, by column; the rest one unique pair at a time."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import polars as pl

from interop.rules import isodate
from interop.rules.language import Condition
from interop.rules.operand import Frame, Mask, Operand, comparator, target


def is_complete_date(frame: Frame, condition: Condition) -> Mask:
    operand = target(frame, condition)
    text = _text(operand)
    whole = isodate.plain(text) & (text.str.len_chars() >= 10)
    return whole.fill_null(False) | _odd_ones(frame, operand, isodate.is_complete)


def valid_date(frame: Frame, condition: Condition) -> Mask:
    operand = target(frame, condition)
    return isodate.plain(_text(operand)).fill_null(False) | _odd_ones(frame, operand, isodate.is_valid)


def valid_duration(frame: Frame, condition: Condition) -> Mask:
    operand = target(frame, condition)
    negative = condition.options.get("negative") is not False
    return _one_by_one(frame, operand, _text(operand), lambda v: isodate.is_duration(v, negative=negative))


def _text(operand: Operand) -> pl.Expr:
    """Dates are texts; a number is no ISO date."""
    return operand.expr if operand.kind == "text" else pl.lit(None, dtype=pl.String)


def _odd_ones(frame: Frame, operand: Operand, test: Callable[[str], bool]) -> pl.Expr:
    text = _text(operand)
    odd = pl.when(~isodate.plain(text)).then(text)
    return _one_by_one(frame, operand, odd, test)


def _one_by_one(frame: Frame, operand: Operand, text: pl.Expr, test: Callable[[str], bool]) -> pl.Expr:
    if operand.kind != "text":
        return pl.lit(False)
    source = pl.select(text) if operand.constant else frame.data.select(text.unique())
    hits = isodate.those(source.to_series().drop_nulls().to_list(), test)
    if not hits:
        return pl.lit(False)
    return text.is_in(pl.Series(hits, dtype=pl.String).implode()).fill_null(False)


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
        return _pairs(frame, a, b, pl.lit(True), test, kind, component)
    both = (isodate.plain(a) & isodate.plain(b)).fill_null(False)
    width = pl.min_horizontal(_width(a), _width(b))
    answer: pl.Expr = test(a.str.head(width), b.str.head(width))
    if kind in ("eq", "ne") and component != "auto":
        same = _width(a) == _width(b)
        answer = (same & answer) if kind == "eq" else (~same | answer)
    odd = ~both & a.is_not_null() & b.is_not_null()
    return (both & answer).fill_null(False) | _pairs(frame, a, b, odd, test, kind, component)


def _width(text: pl.Expr) -> pl.Expr:
    """Characters as far as whole units go: fractions of seconds are one unit."""
    return pl.min_horizontal(text.str.len_chars(), pl.lit(26, dtype=pl.UInt32))


def _pairs(
    frame: Frame,
    a: pl.Expr,
    b: pl.Expr,
    where: pl.Expr,
    test: Callable[[Any, Any], Any],
    kind: str,
    component: str,
) -> pl.Expr:
    """The answer for the rows of `where`, found once for each pair of texts."""
    chosen = frame.data.select(a=a, b=b, where=where)
    pairs = chosen.filter("where").drop_nulls().unique().select("a", "b")
    if pairs.is_empty():
        return pl.lit(False)
    hits = [isodate.compare(x, y, test, kind, component) for x, y in pairs.iter_rows()]
    judged = pairs.with_columns(hit=pl.Series(hits, dtype=pl.Boolean))
    answer = chosen.join(judged, on=["a", "b"], how="left", maintain_order="left")
    return pl.lit((answer["hit"].fill_null(False) & answer["where"].fill_null(False)).alias("pairs"))
