"""What a rule judges: rows with the values and names that come with them, and frames made of such rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from interop.rules.context import Context
from interop.rules.data import RECORD, SOURCE, DataSet
from interop.rules.language import Rule

STUDY = "STUDY"
Row = dict[str, Any]


class Rows(NamedTuple):
    """What a rule judges: rows, values that hold for all of them, other names of their columns."""

    data: pl.DataFrame
    constants: Mapping[str, Any] = {}
    aliases: Mapping[str, str] = {}


Built = Iterable[Rows]
Builder = Callable[[Rule, DataSet, Context], Built]


def judged_parts(rule: Rule, dataset: DataSet, context: Context) -> list[DataSet]:
    """The parts of a split dataset, or the one part where the rule asks for them one by one."""
    return [dataset] if rule.judges_parts else context.package.parts(dataset)


def keys_of(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(k for r in rows for k in r))


def own(name: str, record: int) -> Row:
    return {SOURCE: name, RECORD: record}


# Columns of nothing, and of empty lists, are of text.
_OF_NOTHING: Mapping[pl.DataType, pl.DataType] = {
    pl.Null(): pl.String(),
    pl.List(pl.Null): pl.List(pl.String),
}


def table(rows: Iterable[Row]) -> pl.DataFrame:
    """Rows as a frame: empty texts null, a column of nothing is text."""
    listed: Sequence[Row] = list(rows)
    names = keys_of(listed)
    series = [pl.Series(n, [_blank(r.get(n)) for r in listed], strict=False) for n in names]
    return pl.DataFrame([s.cast(_OF_NOTHING.get(s.dtype, s.dtype)) for s in series])


def _blank(value: Any) -> Any:
    return None if value == "" else value
