"""Lists that operations found, of variables mostly, against lists."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from interop.rules.language import Condition
from interop.rules.operand import Frame, Mask, Operand, column, comparator, target
from interop.rules.outcome import NotExecutableError


def shares_at_least_one_element_with(frame: Frame, condition: Condition) -> Mask:
    return _shared(frame, condition) > 0


def shares_exactly_one_element_with(frame: Frame, condition: Condition) -> Mask:
    return _shared(frame, condition) == 1


def shares_no_elements_with(frame: Frame, condition: Condition) -> Mask:
    return _shared(frame, condition) == 0


def _shared(frame: Frame, condition: Condition) -> int | pl.Expr:
    left, right = target(frame, condition), comparator(frame, condition)
    if left.constant and right.constant:
        return len(set(_items(left)) & set(_items(right)))
    return _list(left).list.set_intersection(_list(right)).list.len().fill_null(0)


def _items(operand: Operand) -> list[object]:
    return operand.value if isinstance(operand.value, list) else [operand.value]


def _list(operand: Operand) -> pl.Expr:
    if operand.kind == "list":
        return operand.expr.cast(pl.List(pl.String))
    return pl.concat_list(operand.text)


def is_ordered_subset_of(frame: Frame, condition: Condition) -> Mask:
    """Every element is in the other list, and in its order; row by row where one of them is a column."""
    left, right = target(frame, condition), comparator(frame, condition)
    if left.constant and right.constant:
        return _in_order(_items(left), _items(right))
    sides = [_list(side).first() if side.constant else _list(side) for side in (left, right)]
    pairs = frame.data.select(side.alias(name) for side, name in zip(sides, "ab", strict=True))
    found = [_in_order(one or (), other or ()) for one, other in pairs.iter_rows()]
    return pl.lit(pl.Series(found, dtype=pl.Boolean))


def _in_order(part: Sequence[object], whole: Sequence[object]) -> bool:
    places = {item: n for n, item in enumerate(whole)}
    found = [places.get(item) for item in part]
    known = [n for n in found if n is not None]
    return len(known) == len(found) and known == sorted(known)


def value_has_multiple_references(frame: Frame, condition: Condition) -> Mask:
    """The comparator counts values; the target's occurs more than once."""
    counts = column(frame, str(condition.value))
    if not isinstance(counts.value, dict):
        raise NotExecutableError(f"{condition.value} is no count of values")
    several = [str(k) for k, n in counts.value.items() if n > 1]
    return target(frame, condition).text.is_in(pl.Series(several, dtype=pl.String).implode()).fill_null(False)
