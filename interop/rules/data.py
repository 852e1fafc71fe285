"""The datasets under test, read once: each a frame of the values that rules compare, and its metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from interop.package.table import SAS_EPOCH_DAYS, SAS_EPOCH_SECONDS, Column, Table

RECORD, SOURCE = "_record", "_dataset"
"""Columns of every frame: number of the record in its dataset (from 1), and the dataset's name."""
OWN = (RECORD, SOURCE)
# Classes of analysis datasets (ADaMIG 1.3); their names begin with AD.
ADSL, BDS = "SUBJECT LEVEL ANALYSIS DATASET", "BASIC DATA STRUCTURE"
OCCDS, OTHER = "OCCURRENCE DATA STRUCTURE", "ADAM OTHER"
ANALYSIS_CLASSES = frozenset({ADSL, BDS, OCCDS, OTHER})
DOMAIN_SEQUENCE = re.compile(r"([A-Z][A-Z0-9])SEQ")
"""The --SEQ of a domain."""
# Tabulations that have neither DOMAIN nor RDOMAIN (SDTMIG 3.4, SENDIG 3.1.1).
_PLAIN_TABULATIONS = frozenset({"POOLDEF", "RELSPEC", "RELSUB"})


@dataclass(frozen=True)
class VariableMeta:
    """What the file says of a variable: type is Char or Num, `length` in bytes."""

    name: str
    label: str
    type: str
    length: int | None
    format: str = ""


@dataclass(frozen=True)
class DataSet:
    """A dataset under test. Text is null where it is empty; numbers and SAS dates are floats."""

    name: str
    label: str
    data: pl.DataFrame
    variables: tuple[VariableMeta, ...]
    location: str = ""
    size: int = 0
    cls: str = ""
    subclass: str = ""

    @cached_property
    def domain(self) -> str | None:
        """None for an analysis dataset: a DOMAIN in it is a copy, and it is no part of that domain."""
        return None if self.is_analysis else _first(self.data, "DOMAIN")

    @property
    def is_analysis(self) -> bool:
        """An ADaM dataset, by its class where that is stated, else by its name."""
        if self.cls:
            return self.cls in ANALYSIS_CLASSES
        return names_analysis(self.name)

    @property
    def is_tabulation(self) -> bool:
        """A dataset of SDTM or SEND."""
        if self.is_analysis:
            return False
        return bool({"DOMAIN", "RDOMAIN"} & set(self.data.columns)) or self.name in _PLAIN_TABULATIONS

    @property
    def is_supp(self) -> bool:
        return self.name.startswith(("SUPP", "SQ"))

    @cached_property
    def rdomain(self) -> str | None:
        return _first(self.data, "RDOMAIN") if self.is_supp else None

    @cached_property
    def unsplit(self) -> str:
        """The dataset that this is a part of: QS of QSCG."""
        if self.domain:
            return self.domain
        for start in ("SUPP", "SQ"):
            if self.name.startswith(start):
                return f"{start}{self.rdomain or ''}"
        return self.name

    @property
    def is_split(self) -> bool:
        return self.name != self.unsplit

    @cached_property
    def is_ap(self) -> bool:
        if self.is_supp:
            return bool(self.rdomain and len(self.rdomain) == 4 and self.rdomain.startswith("AP"))
        return ("APID" in self.data.columns and self.data.height > 0) or self.name.startswith("AP")

    @property
    def ap_suffix(self) -> str:
        return (
            self.domain[2:]
            if self.is_ap and not self.is_supp and self.domain and len(self.domain) > 3
            else ""
        )

    @property
    def wildcard(self) -> str:
        """What `--` stands for; a dataset without DOMAIN is called by its own name of two letters."""
        named = self.name if len(self.name) == 2 else ""
        return self.ap_suffix or self.domain or named

    def named(self, name: str) -> str:
        """A variable's name with what `--` stands for in the place of a leading one."""
        return self.wildcard + name[2:] if name.startswith("--") else name

    @cached_property
    def frame(self) -> pl.DataFrame:
        """`data` with the number of each record and the dataset's name."""
        # In one piece: a column added to a frame in pieces costs a copy of the whole frame.
        return self.data.rechunk().with_columns(
            pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(RECORD), pl.lit(self.name).alias(SOURCE)
        )


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that is no dataset to judge: its name, that of the dataset that it should hold, and why."""

    file: str
    dataset: str
    reason: str


@dataclass
class Package:
    """The datasets of a study, and the files of it that could not be read."""

    datasets: tuple[DataSet, ...]
    notes: tuple[str, ...] = ()
    unread: tuple[Unread, ...] = ()
    _joined: dict[str, pl.DataFrame] = field(default_factory=dict)
    _bare: dict[str, pl.DataFrame] = field(default_factory=dict)
    _names: dict[str, frozenset[str]] = field(default_factory=dict)

    def find(self, name: str) -> DataSet | None:
        """The dataset that rules call `name`; SUPP-- is the first of them."""
        start = name[:-2] if name.endswith("--") else None
        return next(
            (d for d in self.datasets if d.unsplit == name or (start and d.unsplit.startswith(start))), None
        )

    def copied_sequence(self, name: str) -> DataSet | None:
        """The tabulation whose --SEQ a variable of an analysis dataset is a copy of: AE of AESEQ."""
        found = DOMAIN_SEQUENCE.fullmatch(name)
        dataset = self.find(found.group(1)) if found else None
        return dataset if dataset is not None and dataset.is_tabulation else None

    def parts(self, dataset: DataSet) -> list[DataSet]:
        """All parts of a split dataset."""
        return [d for d in self.datasets if d.unsplit == dataset.unsplit]

    def whole(self, dataset: DataSet) -> pl.DataFrame:
        """The records of all parts of a dataset."""
        parts = self.parts(dataset)
        if len(parts) < 2:
            return dataset.frame
        if dataset.unsplit not in self._joined:
            self._joined[dataset.unsplit] = stacked([p.frame for p in parts])
        return self._joined[dataset.unsplit]

    def names(self, dataset: DataSet) -> frozenset[str]:
        """The columns of all parts of a dataset."""
        if dataset.unsplit not in self._names:
            self._names[dataset.unsplit] = frozenset(self.whole(dataset).columns)
        return self._names[dataset.unsplit]

    def bare(self, dataset: DataSet) -> pl.DataFrame:
        """The same without the columns of ours."""
        if dataset.unsplit not in self._bare:
            self._bare[dataset.unsplit] = self.whole(dataset).drop(OWN)
        return self._bare[dataset.unsplit]


def names_analysis(dataset: str) -> bool:
    """Whether a dataset of that name is one of ADaM, which no other begins like."""
    return dataset.startswith("AD") and len(dataset) > 2


def stacked(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One frame under the other; a variable that is text in one and a number in another becomes text."""
    kinds: dict[str, set[pl.DataType]] = {}
    for frame in frames:
        for name, dtype in frame.schema.items():
            kinds.setdefault(name, set()).add(dtype)
    mixed = [n for n, k in kinds.items() if len(k - {pl.Null()}) > 1]
    return pl.concat(
        [f.with_columns(pl.col(n).cast(pl.String) for n in mixed if n in f.columns) for f in frames],
        how="diagonal_relaxed",
    )


def dataset_of(table: Table, location: str = "", size: int = 0) -> DataSet:
    """A table as rules see it."""
    return DataSet(
        table.name.upper(),
        table.label,
        values(table.data),
        tuple(_meta(c) for c in table.columns),
        location,
        size,
    )


def values(data: pl.DataFrame) -> pl.DataFrame:
    """Text null where empty, numbers floats, dates the numbers that SAS has for them."""
    return data.select(_value(n, t) for n, t in data.schema.items())


def _value(name: str, dtype: pl.DataType) -> pl.Expr:
    value = pl.col(name)
    if dtype == pl.String:
        return pl.when(value != "").then(value).alias(name)
    if dtype == pl.Date:
        return value.cast(pl.Int32).cast(pl.Float64) + SAS_EPOCH_DAYS
    if isinstance(dtype, pl.Datetime):
        return value.dt.epoch("us").cast(pl.Float64) / 1e6 + SAS_EPOCH_SECONDS
    if dtype == pl.Time:
        return value.cast(pl.Int64).cast(pl.Float64) / 1e9
    if dtype == pl.Boolean or isinstance(dtype, pl.List):
        return value
    return value.cast(pl.Float64).fill_nan(None)


def _meta(column: Column) -> VariableMeta:
    kind = "Char" if column.is_text else "Num"
    return VariableMeta(
        column.name,
        column.label,
        kind,
        column.length or (None if column.is_text else 8),
        column.display_format or "",
    )


def _first(data: pl.DataFrame, name: str) -> str | None:
    if name not in data.columns or data.is_empty():
        return None
    value = data[name][0]
    return str(value) if value is not None else None


def package_of(
    datasets: Iterable[DataSet], notes: Iterable[str] = (), unread: Iterable[Unread] = ()
) -> Package:
    return Package(tuple(datasets), tuple(notes), tuple(unread))


def folder_files(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    return sorted(
        p
        for p in folder.iterdir()
        if p.suffix.lower() in suffixes and not p.name.startswith(("_", ".")) and p.is_file()
    )
