"""Which rows, and how long: the two small notations that derivations take from a study."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import polars as pl
from polars import col

from interop.errors import SpecError

Where = pl.Expr | Mapping[str, Sequence[object]]
"""Which rows: an expression, or `{column: [values]}`, all columns met; None stands for null."""


def condition(where: Where | None) -> pl.Expr:
    """The filter that `where` stands for; never null, so a null value is simply not met."""
    if where is None:
        return pl.lit(True)
    if isinstance(where, pl.Expr):
        return where.fill_null(False)
    met = pl.lit(True)
    for column, values in where.items():
        listed = [values] if isinstance(values, str) else list(values)
        some = col(column).is_in([v for v in listed if v is not None]).fill_null(False)
        met = met & (some | col(column).is_null() if None in listed else some)
    return met


def columns_of(where: Where | None) -> list[str]:
    """The columns that `where` reads."""
    if where is None:
        return []
    return where.meta.root_names() if isinstance(where, pl.Expr) else list(where)


def check_length(length: str) -> None:
    """Raise SpecError unless `length` is a number and `d`, `w`, `mo` or `y`, like `730d`, `2y`."""
    if not re.fullmatch(r"[1-9]\d*(d|w|mo|y)", length):
        raise SpecError(f"the length {length!r} is not a number and d, w, mo or y, like 730d or 2y")
