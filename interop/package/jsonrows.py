"""Rows of Dataset-JSON: JSON arrays out of Polars columns and back, no digit changed on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from math import isinf
from typing import Any

import polars as pl

from interop.errors import InputError
from interop.package.table import Column, Table

CHUNK = 20_000  # rows encoded at a time
_CONTROL = r"[\x00-\x1f]"
# %.f is nothing for whole seconds, else as many digits as it takes (3, 6 or 9).
_ISO: Mapping[str, str] = {"date": "%Y-%m-%d", "datetime": "%Y-%m-%dT%H:%M:%S%.f", "time": "%H:%M:%S%.f"}


def encoded_rows(table: Table) -> Iterator[list[str]]:
    """Each row as a JSON array, `CHUNK` rows at a time.

    Raises InputError for a NaN or an infinity, which JSON has not.
    """
    refuse_not_finite(table)
    row = pl.concat_str(
        pl.lit("["),
        pl.concat_str([_encoded(table.data, c) for c in table.columns], separator=","),
        pl.lit("]"),
    )
    for chunk in table.data.iter_slices(CHUNK):
        yield chunk.select(row.alias("row"))["row"].to_list()


def refuse_not_finite(table: Table) -> None:
    names = [n for n, t in table.data.schema.items() if t.is_float()]
    for name in names:
        broken = ~table.data[name].fill_null(0.0).is_finite()
        if broken.any():
            raise InputError(
                f"NaN or infinity is no number in JSON (row {int(broken.arg_true()[0]) + 1})",
                field=f"{table.name}.{name}",
                mend="Make it null.",
            )


def _encoded(data: pl.DataFrame, column: Column) -> pl.Expr:
    value = pl.col(column.name)
    if column.dtype == pl.String:
        text = value.str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
        if data[column.name].str.contains(_CONTROL).any():
            for code in range(0x20):
                text = text.str.replace_all(chr(code), f"\\u{code:04x}", literal=True)
    elif column.data_type in _ISO:
        text = value.dt.strftime(_ISO[column.data_type])
    else:
        return value.cast(pl.String).fill_null("null")
    return pl.concat_str(pl.lit('"'), text, pl.lit('"')).fill_null("null")


def columns_of(
    rows: Sequence[Sequence[Any]], columns: tuple[Column, ...], locate: Callable[[int], dict[str, Any]]
) -> pl.DataFrame:
    """Decoded rows as typed columns. `locate(row)` is where an InputError says that the row is."""
    for i, row in enumerate(rows):
        if type(row) is not list or len(row) != len(columns):
            raise InputError(f"a row is an array of {len(columns)} values", **locate(i), mend="Mend the row.")
    values = zip(*rows, strict=True) if rows else (() for _ in columns)
    return pl.DataFrame([_series(c, v, locate) for c, v in zip(columns, values, strict=True)])


_TYPES: Mapping[str, frozenset[type]] = {
    "integer": frozenset({int, float, Decimal}),
    "float": frozenset({int, float, Decimal}),
    "double": frozenset({int, float, Decimal}),
    "decimal": frozenset({str, int, float, Decimal}),
    "boolean": frozenset({bool}),
}


def _series(column: Column, values: Sequence[Any], locate: Callable[[int], dict[str, Any]]) -> pl.Series:
    """Typed values; a value of another JSON type, or no value of its type at all, is an InputError."""
    allowed = _TYPES.get(column.data_type, frozenset({str})) | {type(None)}
    if not set(map(type, values)) <= allowed:
        raise _unfit(column, next(i for i, v in enumerate(values) if type(v) not in allowed), locate)
    if column.is_text or column.data_type == "boolean":
        return pl.Series(column.name, values, dtype=column.dtype)
    if column.data_type in _ISO:
        return _moments(column, values, locate)
    convert = _CONVERT[column.data_type]
    converted = []
    for i, value in enumerate(values):
        try:
            converted.append(None if value is None else convert(value))
        except (ValueError, OverflowError):
            raise _unfit(column, i, locate) from None
    return pl.Series(column.name, converted, dtype=column.dtype)


def _whole(value: Any) -> int:
    if value != int(value) or not -(2**63) <= value < 2**63:
        raise ValueError
    return int(value)


def _finite(value: Any) -> float:
    number = float(value)
    if isinf(number):  # 1e400
        raise OverflowError
    return number


_CONVERT: Mapping[str, Callable[[Any], Any]] = {
    "integer": _whole,
    "decimal": str,
    "float": _finite,
    "double": _finite,
}


def _moments(column: Column, values: Sequence[Any], locate: Callable[[int], dict[str, Any]]) -> pl.Series:
    texts = pl.Series(column.name, values, dtype=pl.String)
    texts = texts.set(texts == "", None)
    parse = texts.to_frame().select(_parsed(column))[column.name]
    lost = parse.is_null() & texts.is_not_null()
    if lost.any():
        raise _unfit(column, int(lost.arg_true()[0]), locate)
    return parse


def _parsed(column: Column) -> pl.Expr:
    text, shape = pl.col(column.name).str, _ISO[column.data_type]
    if column.data_type == "date":
        return text.to_date(shape, strict=False)
    if column.data_type == "datetime":
        return text.to_datetime(shape, time_unit="us", strict=False)
    return text.to_time(shape, strict=False)


def _unfit(column: Column, row: int, locate: Callable[[int], dict[str, Any]]) -> InputError:
    place = {**locate(row), "field": column.name}
    return InputError(
        f"the value is not of the column's type {column.data_type}",
        **place,
        mend="Mend the value or the type.",
    )
