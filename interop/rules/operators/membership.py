"""Values in lists, in other variables, in other values."""

from __future__ import annotations

from typing import Any

import polars as pl

from interop.rules.language import Condition
from interop.rules.operand import Frame, Mask, Operand, column, comparator, target
from interop.rules.outcome import NotExecutableError


def is_contained_by(frame: Frame, condition: Condition) -> Mask:
    return within(target(frame, condition), comparator(frame, condition), frame)


def is_contained_by_case_insensitive(frame: Frame, condition: Condition) -> Mask:
    left, right = target(frame, condition), comparator(frame, condition)
    lowered = _lower(right)
    if left.kind != "text":
        return False
    return within(Operand(left.expr.str.to_lowercase(), "text"), lowered, frame)


def prefix_is_contained_by(frame: Frame, condition: Condition) -> Mask:
    left = part(target(frame, condition), condition, "prefix")
    return within(left, comparator(frame, condition), frame)


def suffix_is_contained_by(frame: Frame, condition: Condition) -> Mask:
    left = part(target(frame, condition), condition, "suffix")
    return within(left, comparator(frame, condition), frame)


def part(operand: Operand, condition: Condition, which: str) -> Operand:
    """The first (last) characters of a text."""
    length = int(condition.options.get(which) or 0)
    if length < 1:
        raise NotExecutableError(f"{condition.operator} needs `{which}`")
    taken = operand.text.str.head(length) if which == "prefix" else operand.text.str.tail(length)
    return Operand(taken, "text", operand.constant)


def within(left: Operand, right: Operand, frame: Frame) -> Mask:
    """`left` is one of `right`: of a list, of a row's own list, or of the values of a whole variable."""
    if right.constant:
        values = right.value if right.kind == "list" else [] if right.value is None else [right.value]
        return _one_of(left, values)
    if right.kind == "list":
        if left.kind == "list":
            return (left.expr.list.set_intersection(right.expr).list.len() > 0).fill_null(False)
        inner = frame.schema[right.name].inner  # type: ignore[attr-defined]
        value = left.text if inner == pl.String else left.number
        return value.is_in(right.expr).fill_null(False)
    if left.kind != right.kind:
        return False
    return left.expr.is_in(right.expr.implode()).fill_null(False)


def _one_of(left: Operand, values: list[Any]) -> Mask:
    if left.constant and left.name:
        items = left.value if left.kind == "list" else [left.value]
        return any(i in values for i in items if i is not None)
    if left.kind == "list":
        texts = pl.Series([str(v) for v in values], dtype=pl.String)
        return (
            left.expr.list.eval(pl.element().cast(pl.String).is_in(texts.implode()))
            .list.any()
            .fill_null(False)
        )
    wanted = _series(left, values)
    if wanted is None or wanted.is_empty():
        return False
    return left.expr.is_in(wanted.implode()).fill_null(False)


def _series(left: Operand, values: list[Any]) -> pl.Series | None:
    """The values of the same kind; text is never equal to a number."""
    if left.kind == "text":
        return pl.Series([v for v in values if isinstance(v, str)], dtype=pl.String)
    if left.kind == "number":
        return pl.Series([float(v) for v in values if isinstance(v, int | float)], dtype=pl.Float64)
    if left.kind == "flag":
        return pl.Series([bool(v) for v in values if isinstance(v, bool)], dtype=pl.Boolean)
    return None


def _lower(operand: Operand) -> Operand:
    if operand.constant:
        values = operand.value if isinstance(operand.value, list) else [operand.value]
        lowered = [v.lower() if isinstance(v, str) else v for v in values]
        return Operand(operand.expr, "list", True, lowered, operand.name)
    if operand.kind == "text":
        return Operand(operand.expr.str.to_lowercase(), "text", name=operand.name)
    if operand.kind == "list":
        return Operand(operand.expr.list.eval(pl.element().str.to_lowercase()), "list", name=operand.name)
    return operand


def contains(frame: Frame, condition: Condition) -> Mask:
    """The target (a list, or a text) has the comparator in it."""
    return _has(target(frame, condition), comparator(frame, condition))


def contains_case_insensitive(frame: Frame, condition: Condition) -> Mask:
    left, right = _lower(target(frame, condition)), comparator(frame, condition)
    if right.constant:
        right = Operand(right.expr.str.to_lowercase(), "text", True, str(right.value).lower())
    else:
        right = _lower(right)
    return _has(left, right)


def _has(left: Operand, right: Operand) -> Mask:
    if left.constant and isinstance(left.value, list) and right.constant:
        return right.value in left.value
    if left.kind == "list":
        return left.expr.list.contains(right.expr).fill_null(False)
    if left.kind == "text" and right.kind == "text":
        return left.expr.str.contains(right.expr, literal=True).fill_null(False)
    if left.kind == right.kind == "number":
        return (left.expr == right.expr).fill_null(False)
    return False


def contains_all(frame: Frame, condition: Condition) -> Mask:
    """Every value asked for is among the target's, row by row in lists, over the dataset otherwise."""
    left = target(frame, condition)
    if (
        isinstance(condition.value, str)
        and not condition.literal
        and not left.constant
        and left.kind == "list"
    ):
        right = column(frame, condition.value)
        if not right.constant and right.kind == "list":
            return (right.expr.list.set_difference(left.expr).list.len() == 0).fill_null(False)
    wanted = _opened(frame, condition.value)
    if left.constant:
        present = set(left.value if isinstance(left.value, list) else [left.value])
    else:
        present = set(frame.data[left.name].unique().drop_nulls().to_list())
    return wanted <= present


def not_contains_all(frame: Frame, condition: Condition) -> Mask:
    """One finding for the dataset (its first row), as it is the dataset that lacks a value."""
    answer = contains_all(frame, condition)
    if isinstance(answer, pl.Expr):
        return ~answer
    return False if answer else pl.int_range(pl.len()) == 0


def _opened(frame: Frame, value: Any) -> set[Any]:
    """The values asked for: operations are opened, variables give their values."""
    if isinstance(value, list):
        return {v for item in value for v in _item(frame, item)}
    operand = column(frame, str(value))
    if operand.constant:
        return set(operand.value if isinstance(operand.value, list) else [operand.value])
    return set(frame.data[operand.name].unique().drop_nulls().to_list())


def _item(frame: Frame, item: Any) -> list[Any]:
    found = frame.constants.get(frame.name(str(item)))
    return found if isinstance(found, list) else [item]
