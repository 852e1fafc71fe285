"""What Define-XML is written from: the study, its datasets as built, and what holds for some rows only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

import polars as pl
from polars import col

from interop.package.table import Column, Table
from interop.spec import Dataset, Origin

Source = Literal["Investigator", "Sponsor", "Subject", "Vendor"]


@dataclass(frozen=True, slots=True)
class DefineStudy:
    """The study as GlobalVariables has it; `oid` is the studyOID of the Dataset-JSON files too."""

    oid: str
    name: str
    description: str
    protocol: str


@dataclass(frozen=True, slots=True)
class Shape:
    """Define-XML's DataType, Length and SignificantDigits of some values."""

    data_type: str
    length: int | None = None
    significant_digits: int | None = None


@dataclass(frozen=True, slots=True)
class ValueLevel:
    """What holds for `variable` in the rows where each variable of `where` has one of the given values."""

    variable: str
    where: Mapping[str, tuple[str, ...]]
    label: str
    shape: Shape
    origin: Origin
    method: str = ""
    codelists: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dictionary:
    """An external dictionary, such as MedDRA, and the version that the study coded with."""

    name: str
    version: str
    href: str = ""


@dataclass(frozen=True)
class DefineDataset:
    """A dataset as it is in the package. `comments` and `dictionaries` are by variable.

    `collected_by` is the Source of Origin "Collected"; `subclass` is ADaM's, such as "TIME-TO-EVENT".
    """

    spec: Dataset
    table: Table
    value_level: tuple[ValueLevel, ...] = ()
    comment: str = ""
    comments: Mapping[str, str] = field(default_factory=dict)
    dictionaries: Mapping[str, Dictionary] = field(default_factory=dict)
    collected_by: Source = "Investigator"
    subclass: str = ""

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def oid(self) -> str:
        """ItemGroupDef/@OID, which the Dataset-JSON file of the dataset refers to."""
        return self.table.item_group_oid or f"IG.{self.name}"

    def item_oid(self, variable: str) -> str:
        return self.table[variable].item_oid or f"IT.{self.name}.{variable}"


_DATE = r"^\d{4}-\d{2}-\d{2}$"
_TIME = r"\d{2}:\d{2}:\d{2}(\.\d+)?"
_ZONE = r"(Z|[+-]\d{2}:\d{2})?"
# In order: the first that all values match. Source: ODM 1.3.2, "Data Formats".
_ISO: tuple[tuple[str, str], ...] = (
    ("date", _DATE),
    ("datetime", rf"^\d{{4}}-\d{{2}}-\d{{2}}T{_TIME}{_ZONE}$"),
    ("time", rf"^{_TIME}{_ZONE}$"),
    ("partialDate", r"^\d{4}(-\d{2}(-\d{2})?)?$"),
    ("partialTime", r"^\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?$"),
    ("partialDatetime", r"^\d{4}(-\d{2}(-\d{2}(T\d{2}(:\d{2}(:\d{2}(\.\d+)?)?)?)?)?)?$"),
)


def shape_of(values: pl.Series, column: Column, kind: str) -> Shape:
    """The shape of a variable's values; `kind` is the specification's (`interop.spec.Kind`).

    Numeric dates are integers to Define-XML, told by their display format. ISO 8601 text has the narrowest
    type that all its values fit.
    """
    if kind == "duration":
        return Shape("durationDatetime")
    if kind == "isodate":
        return Shape(iso_type(values))
    if column.is_text:
        return Shape("text", column.length or _longest(values))
    if column.data_type in ("date", "datetime", "time"):
        return Shape("integer", 8)
    digits, decimals = _digits(values)
    if column.data_type in ("integer", "boolean"):
        return Shape("integer", digits)
    return Shape("float", digits, decimals)


def iso_type(values: pl.Series) -> str:
    present = _present(values)
    if present.is_empty():
        return "datetime"
    return next((t for t, p in _ISO if present.str.contains(p).all()), "incompleteDatetime")


def text_shape(values: pl.Series) -> Shape:
    """The shape of text that holds results or answers: integer or float where all its values are."""
    present = _present(values)
    if present.is_empty() or not present.str.contains(r"^-?(0|[1-9]\d*)(\.\d+)?$").all():
        return Shape("text", _longest(values))
    digits, decimals = _digits(present)
    if present.str.contains(".", literal=True).any():
        return Shape("float", digits, decimals)
    return Shape("integer", digits)


def value_levels(
    dataset: Table, variable: str, by: str, *, label: str | None = None, origin: str
) -> tuple[ValueLevel, ...]:
    """One value level of `variable` for each value of `by`, shaped by the data.

    `label` names the variable that describes `by` (default: its value). `origin` is an origin, or names the
    variable that holds it (QORIG).
    """
    found = []
    read = [c for c in dataset.data.columns if c in (variable, by, label, origin)]
    for value, rows in sorted(_groups(dataset.data.select(read), by).items()):
        said = rows[label][0] if label else value
        where_from: Origin = rows[origin][0] if origin in rows.columns else origin  # type: ignore[assignment]
        shape = text_shape(rows[variable])
        found.append(ValueLevel(variable, {by: (value,)}, said, shape, where_from))
    return tuple(found)


def supplemental_levels(dataset: Table) -> tuple[ValueLevel, ...]:
    """The value levels of QVAL by QNAM in a SUPP-- dataset."""
    return value_levels(dataset, "QVAL", "QNAM", label="QLABEL", origin="QORIG")


def domain_of(name: str) -> str:
    """The domain that a dataset belongs to: SUPPAE belongs to AE."""
    return re.sub(r"^SUPP(?=..$)", "", name)


def _groups(data: pl.DataFrame, by: str) -> dict[str, pl.DataFrame]:
    present = data.filter(col(by).is_not_null() & (col(by) != ""))
    return {str(key[0]): rows for key, rows in present.partition_by(by, as_dict=True).items()}


def _present(values: pl.Series) -> pl.Series:
    return values.drop_nulls().filter(values.drop_nulls() != "").unique()


def _longest(values: pl.Series) -> int:
    return max((len(str(v).encode()) for v in values.drop_nulls().unique()), default=1) or 1


def _digits(values: pl.Series) -> tuple[int, int]:
    """Most digits in all, and most digits after the point."""
    before, after = 1, 0
    for value in values.drop_nulls().unique():
        _, digits, exponent = Decimal(str(value if not isinstance(value, bool) else int(value))).as_tuple()
        point = int(exponent)
        if isinstance(value, float) and value.is_integer():
            digits, point = Decimal(int(value)).as_tuple().digits, 0
        before, after = max(before, len(digits) + point), max(after, -point)
    return before + after, after
