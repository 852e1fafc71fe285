"""Typed columns (DataFrames, SAS, Excel) to the text that records are made from."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    import pandas as pd


def texts(frame: pl.DataFrame) -> list[pl.Series]:
    """Every column as text: whole numbers without `.0`, dates and times as ISO 8601, nothing for NaN."""
    return [text(frame[c]) for c in frame.columns]


def text(values: pl.Series) -> pl.Series:
    """One column as text. A date-time column whose every time is midnight holds dates."""
    kind = values.dtype
    if kind == pl.String:
        return values
    if kind.is_float():
        return pl.Series(values.name, [number(v) for v in values], dtype=pl.String)
    if isinstance(kind, pl.Datetime):
        format_ = "%Y-%m-%d" if (values.dt.time() == time(0)).all() else "%Y-%m-%dT%H:%M:%S"
        return values.dt.strftime(format_)
    if kind == pl.Time:
        return values.dt.strftime("%H:%M:%S")
    if kind == pl.Object or kind.is_nested() or kind == pl.Binary:
        return pl.Series(values.name, [written(v) for v in values], dtype=pl.String)
    return values.cast(pl.String)


def number(value: float | None) -> str | None:
    """A double as decimal text: 63.0 is 63, 96.9 is 96.9; nothing for NaN."""
    if value is None or value != value:
        return None
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def written(value: Any) -> str | None:
    """Any cell as text."""
    match value:
        case None:
            return None
        case bool():
            return "true" if value else "false"
        case float():
            return number(value)
        case datetime():
            midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
            return value.strftime("%Y-%m-%d" if midnight else "%Y-%m-%dT%H:%M:%S")
        case date():
            return value.isoformat()
        case time():
            return value.strftime("%H:%M:%S")
    return str(value)


def from_pandas(frame: pd.DataFrame) -> pl.DataFrame:
    """A pandas frame column by column: objects of mixed types keep each its own text."""
    import pandas as pd

    made: dict[str, pl.Series] = {}
    for n in range(len(frame.columns)):
        values = frame.iloc[:, n]
        if values.dtype == object or isinstance(values.dtype, pd.CategoricalDtype):
            cells = [None if v is None or v is pd.NA or v is pd.NaT else written(v) for v in values]
            series = pl.Series(cells, dtype=pl.String)
        else:
            series = pl.from_pandas(values.reset_index(drop=True))
        made[f"{n}"] = series
    whole = pl.DataFrame(made)
    return whole.rename({f"{n}": str(name) for n, name in enumerate(frame.columns)})
