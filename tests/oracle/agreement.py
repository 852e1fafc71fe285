"""Two datasets laid side by side, row by natural key, variable by variable."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl
from polars import col


class Rows(NamedTuple):
    matched: int
    only_ours: int
    only_theirs: int


class Cells(NamedTuple):
    """Of the matched rows: values that agree (both empty counts), differ, or are there on one side alone."""

    agree: int
    differ: int = 0
    only_ours: int = 0
    only_theirs: int = 0


class Agreement(NamedTuple):
    rows: Rows
    cells: dict[str, Cells]
    variables_only_ours: set[str]
    variables_only_theirs: set[str]
    sides: pl.DataFrame  # the matched rows: our variables, and theirs with the suffix `_theirs`


def agreement(ours: pl.DataFrame, theirs: pl.DataFrame, key: list[str]) -> Agreement:
    """Compare on `key`; rows that share one are paired in their order. --SEQ is not compared."""
    left, right = _plain(ours, key), _plain(theirs, key)
    on = [*key, "_n"]
    sides = left.join(right, on=on, how="inner", nulls_equal=True, suffix="_theirs")
    rows = Rows(sides.height, left.height - sides.height, right.height - sides.height)
    both = [c for c in left.columns if c in right.columns and c not in on and not c.endswith("SEQ")]
    cells = {c: _cells(sides, c) for c in both}
    said_ours = {c for c in left.columns if left[c].null_count() < left.height} - set(right.columns)
    said_theirs = {c for c in right.columns if right[c].null_count() < right.height} - set(left.columns)
    return Agreement(rows, cells, said_ours, said_theirs, sides)


def _plain(frame: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Numbers to 12 digits, empty texts as nulls, and `_n`, which tells rows with one key apart.

    A number that has been through the floats of an XPT file differs in its last bits from the same number
    read from text.
    """
    texts = [c for c, t in frame.schema.items() if t == pl.String]
    numbers = [c for c, t in frame.schema.items() if t.is_numeric()]
    plain = frame.with_columns(
        *(pl.when(col(c) != "").then(col(c)).alias(c) for c in texts),
        *(col(c).cast(pl.Float64).round_sig_figs(12) for c in numbers),
    )
    return plain.with_columns(pl.int_range(pl.len()).over(key).alias("_n"))


def _cells(sides: pl.DataFrame, name: str) -> Cells:
    a, b = col(name), col(f"{name}_theirs")
    found = sides.select(
        a.eq_missing(b).sum().alias("agree"),
        (a.is_not_null() & b.is_not_null() & (a != b)).sum().alias("differ"),
        (a.is_not_null() & b.is_null()).sum().alias("only_ours"),
        (a.is_null() & b.is_not_null()).sum().alias("only_theirs"),
    )
    return Cells(*found.row(0))
