"""A dataset with the metadata that files carry: names, labels, types, lengths, formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import polars as pl

from interop.errors import UsageError

DataType = Literal[
    "string", "integer", "float", "double", "decimal", "boolean", "date", "datetime", "time", "URI"
]
DATA_TYPES: tuple[str, ...] = get_args(DataType)
TEMPORAL = ("date", "datetime", "time")
SAS_EPOCH_DAYS = 3653  # 1960-01-01 to 1970-01-01
SAS_EPOCH_SECONDS = SAS_EPOCH_DAYS * 86400


@dataclass(frozen=True, slots=True)
class Column:
    """One variable, in the terms of Dataset-JSON 1.1.

    `length` is the longest text in bytes that the variable may hold; numbers have none. A date,
    time or datetime is text (ISO 8601, possibly partial) unless `target_data_type` is "integer":
    then it is a number to SAS, and a Polars Date, Time or Datetime here. A decimal is kept as its
    digits.
    """

    name: str
    label: str = ""
    data_type: DataType = "string"
    length: int | None = None
    display_format: str | None = None
    target_data_type: Literal["integer", "decimal"] | None = None
    key_sequence: int | None = None
    item_oid: str | None = None

    @property
    def is_text(self) -> bool:
        """Char to SAS; what is not Char is Num."""
        if self.data_type in TEMPORAL:
            return self.target_data_type is None
        return self.data_type in ("string", "URI")

    @property
    def dtype(self) -> pl.DataType:
        """The Polars type of the column's data."""
        if self.is_text or self.data_type == "decimal":
            return pl.String()
        return _DTYPES[self.data_type]


_DTYPES: Mapping[str, pl.DataType] = {
    "integer": pl.Int64(),
    "float": pl.Float64(),
    "double": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
    "time": pl.Time(),
}


@dataclass(frozen=True, slots=True)
class Table:
    """A dataset: `data` has exactly `columns`, in their order and of their types.

    The rest is what Dataset-JSON says of a whole dataset; `db_last_modified` is ISO 8601 and is
    also the date in an XPT header. `notes` are what a reader wants its user to know.
    """

    name: str
    label: str
    columns: tuple[Column, ...]
    data: pl.DataFrame
    study_oid: str | None = None
    meta_data_version_oid: str | None = None
    meta_data_ref: str | None = None
    item_group_oid: str | None = None
    file_oid: str | None = None
    originator: str | None = None
    source_system: tuple[str, str] | None = None
    db_last_modified: str | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [c.name for c in self.columns]
        if self.data.columns != names:
            raise UsageError(
                f"{self.name}: the data has the columns {self.data.columns}, its metadata {names}"
            )
        for column, dtype in zip(self.columns, self.data.dtypes, strict=True):
            if dtype != column.dtype:
                raise UsageError(
                    f"{self.name}.{column.name}: a column of {column.data_type} is "
                    f"{column.dtype}, not {dtype}"
                )

    def __getitem__(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)


def table_of(
    data: pl.DataFrame, name: str, label: str = "", *, labels: Mapping[str, str] | None = None
) -> Table:
    """A table of any frame: data types and text lengths are those of the data.

    Dates and datetimes become numeric SAS dates (DATE9., DATETIME20.); Decimals keep their digits.
    """
    columns = tuple(_column(data[n], (labels or {}).get(n, ""), n) for n in data.columns)
    return Table(name, label, columns, conform(data, columns))


def conform(data: pl.DataFrame, columns: tuple[Column, ...]) -> pl.DataFrame:
    """`data` in the order and types of `columns`; a value that does not fit its type raises."""
    return data.select(pl.col(c.name).cast(c.dtype) for c in columns)


def text_lengths(data: pl.DataFrame) -> dict[str, int]:
    """Longest value of each text column in bytes, at least 1 as SAS has no text of length 0."""
    longest = data.select(pl.selectors.string().str.len_bytes().max().fill_null(1).clip(1))
    return dict(zip(longest.columns, longest.row(0), strict=True)) if longest.columns else {}


def _column(series: pl.Series, label: str, name: str) -> Column:
    dtype = series.dtype
    if dtype == pl.Date:
        return Column(name, label, "date", None, "DATE9.", "integer")
    if dtype == pl.Datetime:
        return Column(name, label, "datetime", None, "DATETIME20.", "integer")
    if dtype == pl.Time:
        return Column(name, label, "time", None, "TIME8.", "integer")
    if dtype.is_integer():
        return Column(name, label, "integer")
    if dtype.is_float():
        return Column(name, label, "float")
    if dtype.is_decimal():
        return Column(name, label, "decimal", target_data_type="decimal")
    if dtype == pl.Boolean:
        return Column(name, label, "boolean")
    if dtype in (pl.String, pl.Categorical, pl.Null) or isinstance(dtype, pl.Enum):
        return Column(name, label, "string", text_lengths(series.cast(pl.String).to_frame())[series.name])
    raise UsageError(f"{name}: {dtype} is not a type that a dataset can hold")
