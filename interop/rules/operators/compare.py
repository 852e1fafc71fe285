"""Presence, equality and order of values.

Of two values of which one is empty, none equals the other; two empty values are neither equal nor unequal.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from interop.rules.language import Condition
from interop.rules.operand import Frame, Mask, Operand, column, comparator, number_text, target
from interop.rules.outcome import NotExecutableError
from interop.rules.regex import found_in

Comparison = Callable[[pl.Expr, pl.Expr], pl.Expr]


def exists(frame: Frame, condition: Condition) -> Mask:
    """The variable is in the dataset (or is named in a list that an operation found)."""
    name = frame.name(condition.target)
    if frame.has(name):
        return True
    return any(isinstance(v, list) and name in v for v in frame.constants.values())


def empty(frame: Frame, condition: Condition) -> Mask:
    operand = target(frame, condition)
    if operand.constant:
        return operand.value is None or operand.value == []
    return operand.null


def equal_to(frame: Frame, condition: Condition) -> Mask:
    return _over_values(frame, condition, _equal)


def not_equal_to(frame: Frame, condition: Condition) -> Mask:
    return _over_values(frame, condition, _unequal)


def equal_to_case_insensitive(frame: Frame, condition: Condition) -> Mask:
    return _over_values(frame, condition, lambda a, b: _equal(_lower(a), _lower(b)))


def not_equal_to_case_insensitive(frame: Frame, condition: Condition) -> Mask:
    return _over_values(frame, condition, lambda a, b: _unequal(_lower(a), _lower(b)))


def _over_values(frame: Frame, condition: Condition, compare: Callable[[Operand, Operand], pl.Expr]) -> Mask:
    given = target(frame, condition)
    if condition.reference:
        return _by_reference(frame, condition, _prepared(given, condition), compare)
    other = comparator(frame, condition)
    if condition.options.get("type_insensitive") and compare in (_equal, _unequal):
        if (given.kind, other.kind) == ("text", "number"):
            return _folded(_as_numbers(given, other, compare), given, other)
        if (given.kind, other.kind) == ("number", "text"):
            return _folded(_as_numbers(other, given, compare), given, other)
    left, right = _prepared(given, condition), _prepared(other, condition)
    if (
        left.constant
        and right.constant
        and left.kind == right.kind == "text"
        and left.value is not None
        and right.value is not None
        and compare in (_equal, _unequal)
    ):
        return (left.value == right.value) is (compare is _equal)
    return _folded(compare(left, right), left, right)


def _as_numbers(text: Operand, number: Operand, compare: Callable[[Operand, Operand], pl.Expr]) -> pl.Expr:
    """A text equals a number if it is one and the same; to write numbers as text takes far longer."""
    if compare is _equal:
        return (text.number == number.number).fill_null(False)
    return text.number.ne_missing(number.number) | (text.expr.is_not_null() & text.number.is_null())


def _folded(answer: pl.Expr, left: Operand, right: Operand) -> Mask:
    """Of two constants there is one answer for all rows, known now."""
    if left.constant and right.constant:
        return bool(pl.select(answer).item())
    return answer


def _by_reference(
    frame: Frame, condition: Condition, left: Operand, compare: Callable[[Operand, Operand], pl.Expr]
) -> pl.Expr:
    """The comparator holds, row by row, the name of the variable to compare with."""
    names = column(frame, str(condition.value))
    nothing = Operand(pl.lit(None, dtype=pl.String), "null", True)
    answer = compare(left, nothing)
    if names.kind != "text" or names.constant:
        raise NotExecutableError(f"{condition.value} does not hold names of variables")
    for name in frame.data[names.name].unique().drop_nulls().to_list():
        if name in frame.schema:
            other = _prepared(column(frame, name), condition)
            answer = pl.when(names.expr == name).then(compare(left, other)).otherwise(answer)
    return answer.fill_null(False)


def _prepared(operand: Operand, condition: Condition) -> Operand:
    if condition.options.get("round_values"):
        return Operand(operand.number.round(0), "number", operand.constant)
    if condition.options.get("type_insensitive") and operand.kind in ("text", "number"):
        number = operand.number
        said = pl.coalesce(number_text(number), operand.text.str.strip_chars())
        return Operand(said, "text", operand.constant)
    return operand


def _lower(operand: Operand) -> Operand:
    if operand.kind != "text":
        return operand
    return Operand(operand.expr.str.to_lowercase(), "text", operand.constant, operand.value, operand.name)


def _equal(a: Operand, b: Operand) -> pl.Expr:
    if "null" in (a.kind, b.kind):
        return pl.lit(False)
    if a.kind == b.kind:
        return (a.expr == b.expr).fill_null(False)
    if {a.kind, b.kind} == {"number", "flag"}:
        return (a.number == b.number).fill_null(False)
    return pl.lit(False)


def _unequal(a: Operand, b: Operand) -> pl.Expr:
    if a.kind == b.kind and a.kind != "null":
        return a.expr.ne_missing(b.expr)
    if {a.kind, b.kind} == {"number", "flag"}:
        return a.number.ne_missing(b.number)
    return ~(a.null & b.null)


def equals_string_part(frame: Frame, condition: Condition) -> Mask:
    """The target equals the part of the comparator that a regular expression finds."""
    pattern = str(condition.options.get("regex") or "")
    right = comparator(frame, condition)
    part = found_in(frame, right, pattern)
    left = _prepared(target(frame, condition), condition)
    return _equal(left, _prepared(Operand(part, "text"), condition))


def less_than(frame: Frame, condition: Condition) -> Mask:
    return _ordered(frame, condition, lambda a, b: a < b)


def less_than_or_equal_to(frame: Frame, condition: Condition) -> Mask:
    return _ordered(frame, condition, lambda a, b: a <= b)


def greater_than(frame: Frame, condition: Condition) -> Mask:
    return _ordered(frame, condition, lambda a, b: a > b)


def greater_than_or_equal_to(frame: Frame, condition: Condition) -> Mask:
    return _ordered(frame, condition, lambda a, b: a >= b)


def _ordered(frame: Frame, condition: Condition, compare: Comparison) -> Mask:
    """As numbers; what is no number is neither less nor more."""
    left, right = target(frame, condition), comparator(frame, condition)
    if "list" in (left.kind, right.kind):
        raise NotExecutableError(f"{condition.operator} compares numbers, not lists")
    return _folded(compare(left.number, right.number).fill_null(False), left, right)


def is_numeric(frame: Frame, condition: Condition) -> Mask:
    return target(frame, condition).kind == "number"
