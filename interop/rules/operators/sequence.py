"""Records in their order within a group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from interop.rules import isodate
from interop.rules.language import Condition
from interop.rules.operand import Frame, Mask, Operand, kind_of, target
from interop.rules.outcome import MissingColumnError, NotExecutableError
from interop.rules.regex import compiled_by_re, found_in


def _columns(frame: Frame, names: Any) -> list[str]:
    listed = names if isinstance(names, list) else [names]
    found = [frame.name(str(n)) for n in listed if n]
    for name in found:
        if name not in frame.schema:
            raise MissingColumnError(name)
    if not found:
        raise NotExecutableError("the condition does not say within what")
    return found


def _last(groups: Sequence[str], order: Sequence[str]) -> pl.Expr:
    place = pl.int_range(1, pl.len() + 1).over(groups, order_by=list(order) or None)
    return place == pl.len().over(groups)


def empty_within_except_last_row(frame: Frame, condition: Condition) -> Mask:
    name = target(frame, condition).name
    groups = _columns(frame, condition.value)
    order = _columns(frame, condition.options["ordering"]) if condition.options.get("ordering") else []
    return pl.col(name).is_null() & ~_last(groups, order)


def non_empty_within_except_last_row(frame: Frame, condition: Condition) -> Mask:
    name = target(frame, condition).name
    groups = _columns(frame, condition.value)
    order = _columns(frame, condition.options["ordering"]) if condition.options.get("ordering") else []
    return pl.col(name).is_not_null() & ~_last(groups, order)


def has_next_corresponding_record(frame: Frame, condition: Condition) -> Mask:
    """The target is the comparator of the group's next record; a last record has none to differ from."""
    name = target(frame, condition).name
    other = _columns(frame, condition.value)[0]
    groups = _columns(frame, condition.options.get("within"))
    order = _columns(frame, condition.options.get("ordering"))
    following = pl.col(other).shift(-1).over(groups, order_by=order)
    return pl.col(name).eq_missing(following) | _last(groups, order)


def is_ordered_set(frame: Frame, condition: Condition) -> Mask:
    """The target stands in ascending order within the group, as the records lie."""
    name = target(frame, condition).name
    groups = _columns(frame, condition.value)
    ordered = pl.col(name).sort(nulls_last=True).over(groups)
    return pl.col(name).eq_missing(ordered)


def is_ordered_by(frame: Frame, condition: Condition) -> Mask:
    name = target(frame, condition).name
    down = condition.options.get("order", "asc") == "dsc"
    return pl.col(name).eq_missing(pl.col(name).sort(descending=down, nulls_last=True))


def target_is_sorted_by(frame: Frame, condition: Condition) -> Mask:
    """In the order of the target, each of the comparators stands in its `sort_order`.

    `regex` finds the part of the target that has the order, as the number in VISIT 10.
    Dates that cannot be told apart (2020 and 2020-03) are out of order; so is an empty comparator that does
    not stand where `null_position` has it.
    """
    name = target(frame, condition).name
    groups = _columns(frame, condition.options.get("within"))
    place = _place(frame, name, str(condition.options.get("regex") or ""))
    bad: set[int] = set()
    for key in condition.value:
        other = _columns(frame, key["name"])[0]
        down = str(key.get("sort_order", "asc")).lower() == "desc"
        first = str(key.get("null_position", "last")) == "first"
        bad |= _out_of_order(frame, place, other, groups, down=down, nulls_first=first)
    mask = pl.Series([n not in bad for n in range(frame.data.height)], dtype=pl.Boolean)
    return pl.lit(mask)


def _place(frame: Frame, name: str, pattern: str) -> pl.Series:
    """What orders the records: the target, or the first group of `pattern` in it, a number where all are."""
    values = frame.data[name]
    if not pattern:
        return values
    if compiled_by_re(pattern).groups == 0:
        raise NotExecutableError(f"the regular expression {pattern!r} has no group to order by")
    text = Operand(Operand(pl.col(name), kind_of(values.dtype)).text, "text")
    part = frame.data.select(found_in(frame, text, pattern).alias(name))[name]
    number = part.cast(pl.Float64, strict=False)
    return number if number.null_count() == part.null_count() else part


def _out_of_order(
    frame: Frame, place: pl.Series, other: str, groups: list[str], *, down: bool, nulls_first: bool
) -> set[int]:
    data = frame.data.select(*groups, place.alias("_t"), pl.col(other).alias("_c")).with_row_index("_i")
    data = data.filter(pl.all_horizontal(pl.col(g).is_not_null() for g in groups)).sort("_t", nulls_last=True)
    text = kind_of(frame.schema[other]) == "text"
    suspicious = (
        data.group_by(groups, maintain_order=True)
        .agg("_i", "_t", "_c")
        .filter(~_clean(pl.col("_c"), down=down, text=text))
    )
    bad: set[int] = set()
    for rows, targets, values in suspicious.select("_i", "_t", "_c").iter_rows():
        bad |= _bad_rows(rows, targets, values, down=down, nulls_first=nulls_first, text=text)
    return bad


def _clean(values: pl.Expr, *, down: bool, text: bool) -> pl.Expr:
    """Nothing to look at: no empty value, in order, and texts of one length."""
    ordered = values == values.list.sort(descending=down)
    clean = ordered & (values.list.drop_nulls().list.len() == values.list.len())
    if text:
        lengths = values.list.eval(pl.element().str.len_chars().n_unique())
        clean = clean & (lengths.list.first() <= 1)
    return clean


def _bad_rows(
    rows: list[int], targets: list[Any], values: list[Any], *, down: bool, nulls_first: bool, text: bool
) -> set[int]:
    bad = _misplaced_nulls(rows, values, nulls_first=nulls_first)
    overlapping = _overlaps(values) if text else set()
    bad |= {rows[n] for n in overlapping}
    rest = [n for n, v in enumerate(values) if v is not None and n not in overlapping]
    ordered = sorted(rest, key=lambda n: values[n], reverse=down)
    bad |= {rows[a] for a, b in zip(rest, ordered, strict=True) if targets[a] != targets[b]}
    present = [n for n, v in enumerate(values) if v is not None]
    for at, n in enumerate(present):
        before = values[present[at - 1]] if at else None
        after = values[present[at + 1]] if at + 1 < len(present) else None
        if rows[n] in bad or (text and not isodate.is_valid(values[n])):
            continue
        low, high = (after, before) if down else (before, after)
        if (low is not None and values[n] < low) or (high is not None and values[n] > high):
            bad.add(rows[n])
    return bad


def _misplaced_nulls(rows: list[int], values: list[Any], *, nulls_first: bool) -> set[int]:
    nulls = [n for n, v in enumerate(values) if v is None]
    present = [n for n, v in enumerate(values) if v is not None]
    if not nulls or not present:
        return set()
    wrong = max(nulls) > min(present) if nulls_first else min(nulls) < max(present)
    return {rows[n] for n in nulls} if wrong else set()


def _overlaps(values: list[Any]) -> set[int]:
    """Dates of which one is the beginning of another: 2020-03 and 2020-03-05."""
    dates = [(n, v) for n, v in enumerate(values) if v is not None and isodate.is_valid(v)]
    found: set[int] = set()
    for n, one in dates:
        for m, other in dates:
            if len(other) > len(one) and other.startswith(one):
                found |= {n, m}
    return found
