"""Records among records: unique, one to one, consistent. Empty values are a value of their own in keys."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from interop.rules.language import Condition
from interop.rules.operand import Frame, Mask, columns, kind_of, target
from interop.rules.outcome import MissingColumnError, NotExecutableError
from interop.rules.regex import compiled_by_re


def is_unique_set(frame: Frame, condition: Condition) -> Mask:
    """No other record has the same values; with `regex`, texts that match are cut to what it finds."""
    names = columns(frame, [condition.target, *_listed(condition.value)])
    if not names:
        raise MissingColumnError(frame.name(condition.target))
    pattern = condition.options.get("regex")
    keys = [_cut(frame, n, str(pattern)) if pattern else pl.col(n) for n in names]
    return pl.len().over(keys) <= 1


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _cut(frame: Frame, name: str, pattern: str) -> pl.Expr:
    if kind_of(frame.schema[name]) != "text":
        return pl.col(name)
    compiled = compiled_by_re(pattern)
    first = next(iter(frame.data[name].drop_nulls().head(1)), None)
    if first is None or not compiled.match(first):
        return pl.col(name)
    return pl.col(name).str.extract(pattern if compiled.groups else f"({pattern})", 1)


def is_unique_relationship(frame: Frame, condition: Condition) -> Mask:
    """Each value of the target goes with one of the comparator, and the other way round.

    A value that goes with a value and with none is not unique either; empty values are not judged.
    """
    left = [target(frame, condition).name]
    right = [frame.name(str(n)) for n in _listed(condition.value)]
    for name in (*left, *right):
        if name not in frame.schema:
            raise MissingColumnError(name)
    return ~(_several(left, right) | _several(right, left))


def _several(keys: Sequence[str], others: Sequence[str]) -> pl.Expr:
    """Records whose key, empty in no part, goes with more than one of the others."""
    whole = pl.all_horizontal(pl.col(n).is_not_null() for n in others)
    value = pl.when(whole).then(pl.struct(others))
    count = value.drop_nulls().n_unique().over(keys)
    without = (~whole).any().over(keys)
    present = pl.all_horizontal(pl.col(n).is_not_null() for n in keys)
    return present & ((count > 1) | ((count >= 1) & without))


def is_inconsistent_across_dataset(frame: Frame, condition: Condition) -> Mask:
    """Within the same values of the comparators, the target is not what most have."""
    name = target(frame, condition).name
    keys = columns(frame, _listed(condition.value))
    if not keys:
        raise NotExecutableError(f"{condition.operator} finds none of {condition.value} in the dataset")
    if name in keys:
        return False
    data = frame.data.select(*keys, name)
    pattern = condition.options.get("regex")
    if pattern:
        regex = str(pattern[0] if isinstance(pattern, list) else pattern)
        part = f"({regex})" if compiled_by_re(regex).groups == 0 else regex
        text = pl.col(name).cast(pl.String)
        data = data.with_columns(pl.coalesce(text.str.extract(part, 1), text).alias(name))
    counts = data.group_by(*keys, name).len("_n")
    most = counts.group_by(keys).agg(
        pl.len().alias("_values"),
        pl.col("_n").max().alias("_most"),
        (pl.col("_n") == pl.col("_n").max()).sum().alias("_ties"),
    )
    judged = counts.join(most, on=keys, nulls_equal=True).select(
        *keys,
        name,
        ((pl.col("_values") > 1) & ((pl.col("_ties") > 1) | (pl.col("_n") < pl.col("_most")))).alias("_odd"),
    )
    answer = data.join(judged, on=[*keys, name], how="left", nulls_equal=True, maintain_order="left")
    return pl.lit(answer["_odd"].fill_null(False))


def has_different_values(frame: Frame, condition: Condition) -> Mask:
    operand = target(frame, condition)
    if operand.constant:
        return False
    return frame.data[operand.name].n_unique() > 1


def present_on_multiple_rows_within(frame: Frame, condition: Condition) -> Mask:
    """The target's value stands on more than `value` (default 1) records of the group."""
    name = target(frame, condition).name
    groups = [frame.name(str(n)) for n in _listed(condition.options.get("within"))]
    for group in groups:
        if group not in frame.schema:
            raise MissingColumnError(group)
    least = condition.value or 1
    if not isinstance(least, int):
        raise NotExecutableError(f"{condition.operator} needs a whole number, not {least!r}")
    return pl.len().over([*groups, name]) > int(least)


def inconsistent_enumerated_columns(frame: Frame, condition: Condition) -> Mask:
    """Of TSVAL, TSVAL1, TSVAL2, … one has a value and the one before has none."""
    name = frame.name(condition.target)
    pattern = re.compile(rf"{re.escape(name)}\d*")
    found = sorted((c for c in frame.schema if pattern.fullmatch(c)), key=lambda c: (len(c), c))
    steps = [pl.col(b).is_not_null() & pl.col(a).is_null() for a, b in pairwise(found)]
    return pl.any_horizontal(steps) if steps else False
