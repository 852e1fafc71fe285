"""Value level metadata: what a define.xml says of the values of a variable in the records that it names.

A value list has an item for each kind of record. A condition (WhereClauseDef) holds where all its range
checks do; an item that refers to several conditions is for the records where one of them holds (Define-XML
2.1). The columns are those of CDISC's engine: `define_vlm_…` beside `variable_name`, `variable_value`,
`variable_value_length`. That engine reads the first range check of the first condition alone; we read all.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import polars as pl

from interop.rules.context import Context
from interop.rules.data import RECORD, DataSet
from interop.rules.define.metadata import RangeCheck, ValueLevel
from interop.rules.frames.rows import Built, Rows
from interop.rules.language import Rule
from interop.rules.operand import Operand, kind_of
from interop.rules.outcome import NotExecutableError, SkippedError

LENGTH = "variable_value_length"


def values_against_value_level(_rule: Rule, dataset: DataSet, context: Context) -> Built:
    """Each item of the dataset's value lists in turn, with the records that it is for."""
    levels = context.need_define().value_level.get(dataset.name)
    if levels is None:
        raise NotExecutableError(f"the define.xml has no dataset {dataset.name}")
    if not levels:
        raise SkippedError(f"the define.xml has no value level metadata for {dataset.name}")
    for level in levels:
        if level.variable not in dataset.data.columns:
            continue
        data = dataset.frame.filter(applies(level, dataset))
        length = _length(dataset.data, level.variable, str(level.row["define_vlm_data_type"]))
        yield Rows(
            data.with_columns(length.alias(LENGTH)),
            {"variable_name": level.variable, "define_variable_name": level.variable, **level.row},
            {"variable_value": level.variable, "row_number": RECORD},
        )


def applies(level: ValueLevel, dataset: DataSet) -> pl.Expr:
    """In which records the item is meant; an item without a condition is meant in all."""
    if not level.conditions:
        return pl.lit(True)
    return reduce(lambda a, b: a | b, [_all(c, dataset) for c in level.conditions])


def _all(checks: Sequence[RangeCheck], dataset: DataSet) -> pl.Expr:
    return reduce(lambda a, b: a & b, [_check(c, dataset) for c in checks])


def _check(check: RangeCheck, dataset: DataSet) -> pl.Expr:
    """A range check as an expression, never null: an empty value is unequal to every value."""
    dtype = dataset.data.schema.get(check.variable)
    if dtype is None:
        raise NotExecutableError(
            f"a condition of the define.xml asks for {check.variable}, which {dataset.name} does not have"
        )
    column, values = pl.col(check.variable), _values(check, kind_of(dtype) == "number")
    if check.comparator in ("EQ", "IN"):
        return column.is_in(values).fill_null(False)
    if check.comparator in ("NE", "NOTIN"):
        return ~column.is_in(values).fill_null(False)
    if not values:
        raise NotExecutableError(f"a condition of the define.xml on {check.variable} has no value")
    compared = {
        "LT": column < values[0],
        "LE": column <= values[0],
        "GT": column > values[0],
        "GE": column >= values[0],
    }.get(check.comparator)
    if compared is None:
        raise NotExecutableError(f"{check.comparator!r} is no comparator of Define-XML")
    return compared.fill_null(False)


def _values(check: RangeCheck, number: bool) -> list[str] | list[float]:
    if not number:
        return list(check.values)
    try:
        return [float(v) for v in check.values]
    except ValueError:
        raise NotExecutableError(
            f"a condition of the define.xml compares the number {check.variable} with {check.values}"
        ) from None


def _length(data: pl.DataFrame, name: str, data_type: str) -> pl.Expr:
    """The length that Define-XML counts: digits of a number, characters of a text; null for other types."""
    text = Operand(pl.col(name), kind_of(data.schema[name])).text
    if data_type in ("integer", "float"):
        digits = text.str.strip_chars_start("0")
        return (
            digits.str.replace_all(".", "", literal=True) if data_type == "float" else digits
        ).str.len_chars()
    return text.str.len_chars() if data_type == "text" else pl.lit(None, dtype=pl.UInt32)
