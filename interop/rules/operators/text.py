"""Texts: patterns, beginnings, endings, lengths. An empty text matches no pattern and begins with nothing."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from interop.rules.language import Condition
from interop.rules.operand import Frame, Mask, Operand, comparator, target, text_of
from interop.rules.operators.membership import part
from interop.rules.regex import matches


def matches_regex(frame: Frame, condition: Condition) -> Mask:
    return _regex(frame, target(frame, condition), condition, start=True, wanted=True)


def not_matches_regex(frame: Frame, condition: Condition) -> Mask:
    return _regex(frame, target(frame, condition), condition, start=True, wanted=False)


def prefix_matches_regex(frame: Frame, condition: Condition) -> Mask:
    return _regex(
        frame, part(target(frame, condition), condition, "prefix"), condition, start=False, wanted=True
    )


def not_prefix_matches_regex(frame: Frame, condition: Condition) -> Mask:
    return _regex(
        frame, part(target(frame, condition), condition, "prefix"), condition, start=False, wanted=False
    )


def suffix_matches_regex(frame: Frame, condition: Condition) -> Mask:
    return _regex(
        frame, part(target(frame, condition), condition, "suffix"), condition, start=False, wanted=True
    )


def not_suffix_matches_regex(frame: Frame, condition: Condition) -> Mask:
    return _regex(
        frame, part(target(frame, condition), condition, "suffix"), condition, start=False, wanted=False
    )


def _regex(frame: Frame, operand: Operand, condition: Condition, *, start: bool, wanted: bool) -> Mask:
    text = operand.text
    found = matches(frame, operand, text, str(condition.value), start=start)
    answer = found if wanted else text.is_not_null() & ~found
    # Of a constant (in checks of values, the variable's name) there is one answer for all rows, known now.
    return bool(pl.select(answer).item()) if operand.constant else answer


def starts_with(frame: Frame, condition: Condition) -> Mask:
    return _at_end(frame, condition, lambda text, part: text.str.starts_with(part))


def ends_with(frame: Frame, condition: Condition) -> Mask:
    return _at_end(frame, condition, lambda text, part: text.str.ends_with(part))


def _at_end(frame: Frame, condition: Condition, test: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Mask:
    """Against a variable, any of its values will do."""
    text = text_of(target(frame, condition), condition.operator)
    right = comparator(frame, condition)
    if not right.constant and right.name:
        values = frame.data[right.name].unique().drop_nulls().cast(pl.String).to_list()
    else:
        values = right.value if isinstance(right.value, list) else [right.value]
    tests = [test(text, pl.lit(str(v))) for v in values if v is not None]
    return pl.any_horizontal(tests).fill_null(False) if tests else False


def prefix_equal_to(frame: Frame, condition: Condition) -> Mask:
    left = part(target(frame, condition), condition, "prefix")
    if condition.value == "DOMAIN" and not condition.literal:
        return (left.expr == pl.lit(frame.wildcard)).fill_null(False)
    return _equal(left, comparator(frame, condition))


def suffix_equal_to(frame: Frame, condition: Condition) -> Mask:
    return _equal(part(target(frame, condition), condition, "suffix"), comparator(frame, condition))


def _equal(left: Operand, right: Operand) -> Mask:
    return (left.expr == right.text).fill_null(False)


def has_equal_length(frame: Frame, condition: Condition) -> Mask:
    return _length(frame, condition, lambda a, b: a == b)


def longer_than(frame: Frame, condition: Condition) -> Mask:
    return _length(frame, condition, lambda a, b: a > b)


def longer_than_or_equal_to(frame: Frame, condition: Condition) -> Mask:
    return _length(frame, condition, lambda a, b: a >= b)


def _length(frame: Frame, condition: Condition, compare: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Mask:
    """In characters, against a number or the length of another text."""
    length = text_of(target(frame, condition), condition.operator).str.len_chars().cast(pl.Float64)
    right = comparator(frame, condition)
    if right.kind == "text" and not right.constant:
        other = right.expr.str.len_chars().cast(pl.Float64)
    else:
        other = right.number
    return compare(length, other).fill_null(False)


def split_parts_have_equal_length(frame: Frame, condition: Condition) -> Mask:
    """The two parts round a separator are of one length (a text of one part is well)."""
    separator = str(condition.options.get("separator") or "/")
    text = text_of(target(frame, condition), condition.operator)
    parts = text.str.split(separator)
    count = parts.list.len()
    same = parts.list.get(0).str.len_chars() == parts.list.get(1, null_on_oob=True).str.len_chars()
    return ((count == 1) | ((count == 2) & same)).fill_null(True)
