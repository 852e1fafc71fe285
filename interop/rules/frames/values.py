"""Values as rows: what the frames of ours share.

A rule of ours about values gets only the records whose value is out of order, found on the different values
of a variable: 600,000 records of a laboratory dataset have some hundred. A dataset in which nothing is out of
order gives its records without what the check asks for, so that the rule passes it and is not skipped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from interop.rules.data import DataSet
from interop.rules.frames.rows import Rows

VALUE = "_value"
"""Of a table of values that are out of order: the value."""


def texts(part: DataSet) -> list[str]:
    """The variables of the part that hold text."""
    return [n for n, t in part.data.schema.items() if t == pl.String]


def distinct(part: DataSet, names: Sequence[str]) -> dict[str, pl.Series]:
    """The different values of each variable, without empty ones."""
    if not names:
        return {}
    row = part.data.select(pl.col(n).drop_nulls().unique().sort().implode() for n in names)
    return {n: row[n][0].alias(VALUE) for n in names}


def records_with(part: DataSet, name: str, wrong: pl.DataFrame) -> pl.DataFrame:
    """The records whose `name` is one of the values of `wrong`, with its other columns.

    `value_records` is the number of records with the same value.
    """
    kept = part.frame.filter(pl.col(name).is_in(wrong[VALUE].implode()))
    kept = kept.with_columns(pl.len().over(name).cast(pl.Float64).alias("value_records"))
    return kept.join(wrong, left_on=name, right_on=VALUE, how="left", maintain_order="left")


def rows_of(
    part: DataSet,
    wrong: Mapping[str, pl.DataFrame],
    facts: Sequence[str],
    said: Mapping[str, object] | None = None,
) -> Iterable[Rows]:
    """The records with values of `wrong` (variable ─▶ `_value`, `facts`); all records where there are none.

    `said` are values that hold for the whole dataset.
    """
    held = dict(said or {})
    found = {n: w for n, w in wrong.items() if w.height}
    if not found:
        yield Rows(part.frame, {**held, "variable_name": None, **dict.fromkeys(facts)})
    for name, values in found.items():
        aliases = {"variable_value": name}
        yield Rows(records_with(part, name, values), {**held, "variable_name": name}, aliases)
