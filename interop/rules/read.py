"""Read the datasets of a folder once: XPT, Dataset-JSON, Parquet, CSV (also that of CDISC's open rules)."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import StringIO
from pathlib import Path

import polars as pl

from interop.errors import InputError, InteropError, UsageError
from interop.outputfiles import RUN
from interop.package.convert import SUFFIXES, read_table
from interop.package.texts import NEITHER, decoded, told_lines
from interop.rules.data import DataSet, Package, Unread, VariableMeta, dataset_of, folder_files, package_of

DATASETS, VARIABLES = "_datasets.csv", "_variables.csv"
HEAD = 65_536
_NUMBERS = frozenset({"num", "number", "float", "integer"})
# Of one dataset in several formats, the one that a regulator gets is judged.
_ORDER = (".xpt", ".json", ".ndjson", ".dsjc", ".parquet", ".csv")


def read_package(source: Path | Sequence[Path]) -> Package:
    """The datasets of a folder, or of several folders and files: SDTM and ADaM together.

    A folder with `_variables.csv` is read as a case of CDISC's open rules. A file that cannot be read, or
    holds a dataset that another file holds already, is in `unread` and costs none of the others. Raises
    UsageError where there is nothing to read, InputError where nothing of it can be.
    """
    if not isinstance(source, Path) and any(p.is_dir() for p in source):
        read = [(f"{p.name}/", _read(p)) for p in source]
    else:
        read = [("", _read(source))]
    parts = [part for _, part in read]
    found, twice = _one_a_name((f"{folder}{d.location}", d) for folder, part in read for d in part.datasets)
    unread = [*(u for part in parts for u in part.unread), *twice]
    if not found and unread:
        more = f" (and {len(unread) - 1} more files that cannot be read)" if len(unread) > 1 else ""
        raise InputError(f"{unread[0].reason.rstrip('.')}{more}", file=unread[0].file)
    return package_of(found, [note for part in parts for note in part.notes], unread)


def _read(source: Path | Sequence[Path]) -> Package:
    if isinstance(source, Path) and source.is_dir():
        if (source / VARIABLES).is_file():
            return read_case(source)
        paths = one_each(folder_files(source, SUFFIXES))
    else:
        paths = [source] if isinstance(source, Path) else list(source)
    others = [p for p in paths if _other_json(p)]
    paths = [p for p in paths if p not in others]
    if not paths:
        raise UsageError(f"{source} has no datasets ({', '.join(_ORDER)})")
    notes = [f"{p.name} is JSON, but no Dataset-JSON, and was passed by" for p in others]

    def read(path: Path) -> DataSet:
        table = read_table(path)
        notes.extend(f"{path.name}: {note}" for note in table.notes)
        return dataset_of(table, path.name, path.stat().st_size)

    found, unread = _each(paths, read)
    return package_of(found, notes, unread)


def _other_json(path: Path) -> bool:
    """A whole JSON file that does not even say that it is Dataset-JSON: a report, a resource."""
    if path.suffix.lower() != ".json":
        return False
    try:
        with path.open("rb") as file:
            if b'"datasetJSONVersion"' in file.read(HEAD):
                return False
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return not (isinstance(found, dict) and "datasetJSONVersion" in found)


def _each(paths: Iterable[Path], read: Callable[[Path], DataSet]) -> tuple[list[DataSet], list[Unread]]:
    """What can be read, and why the rest cannot."""
    found: list[DataSet] = []
    unread: list[Unread] = []
    for path in paths:
        try:
            found.append(read(path))
        except Exception as error:  # whatever a damaged file does, it must not cost the user the others
            unread.append(Unread(path.name, path.stem.upper(), _reason(error)))
    return found, unread


def _reason(error: Exception) -> str:
    """What is wrong, without the path; of errors not ours the kind alone, for they may show values."""
    if isinstance(error, InputError):
        return str(InputError(error.message, line=error.line, field=error.field, mend=error.mend))
    if isinstance(error, InteropError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"it cannot be read ({type(error).__name__})"


def one_each(paths: Iterable[Path]) -> list[Path]:
    """Of a dataset in several formats the one that a regulator gets."""
    best: dict[str, Path] = {}
    for path in sorted(paths, key=lambda p: _ORDER.index(p.suffix.lower())):
        if path.name.lower() != RUN:
            best.setdefault(path.stem.lower(), path)
    return [best[n] for n in sorted(best)]


def _one_a_name(datasets: Iterable[tuple[str, DataSet]]) -> tuple[list[DataSet], list[Unread]]:
    """The first dataset of each name, and the files of the others; each comes with its file."""
    first: dict[str, tuple[str, DataSet]] = {}
    twice: list[Unread] = []
    for file, dataset in datasets:
        other, one = first.setdefault(dataset.name, (file, dataset))
        if one is not dataset:
            reason = f"its dataset is {dataset.name}, as that of {other} is; leave one out"
            twice.append(Unread(file, dataset.name, reason))
    return [dataset for _, dataset in first.values()], twice


def read_case(folder: Path) -> Package:
    """A case of CDISC's open rules: CSV files, their labels in `_datasets.csv`, types in `_variables.csv`.

    `_datasets.csv` is the list of the case's datasets: another file in the folder is none of them.
    """
    about = {row.get("Filename", "").strip().lower(): row for row in _records(folder / DATASETS)}
    declared: dict[str, list[Mapping[str, str]]] = {}
    for row in _records(folder / VARIABLES):
        declared.setdefault(Path(row.get("dataset", "")).stem.lower(), []).append(row)
    files = folder_files(folder, (".csv",))
    if not files:
        raise UsageError(f"{folder} has no datasets")
    order = list(about)
    listed = [p for p in files if p.stem.lower() in about] or files
    others = [f"{p.name} is not in {DATASETS} and was passed by" for p in files if p not in listed]
    files = sorted(listed, key=lambda p: order.index(p.stem.lower()) if p.stem.lower() in about else 0)
    full = [p for p in files if p.read_bytes().strip()]
    notes = [*others, *(f"{p.name} is empty and was passed by" for p in files if p not in full)]

    def read(path: Path) -> DataSet:
        stem = path.stem.lower()
        text, said = _text(path)
        notes.extend(said)
        return _csv_dataset(path, text, about.get(stem, {}), declared.get(stem, []))

    found, unread = _each(full, read)
    return package_of(found, notes, unread)


def _csv_dataset(
    path: Path, text: str, about: Mapping[str, str], declared: Sequence[Mapping[str, str]]
) -> DataSet:
    names, columns = _columns(path, text)
    kinds = {row.get("variable", ""): row.get("type", "") for row in declared}
    series = [_typed(n, c, kinds.get(n)) for n, c in zip(names, columns, strict=True)]
    name = (about.get("Dataset Name") or path.stem).upper()
    return DataSet(
        name,
        about.get("Label", ""),
        pl.DataFrame(series),
        tuple(_variable(row) for row in declared),
        path.name,
        int(about.get("Size") or path.stat().st_size),  # a case may have a dataset too large to keep
        (about.get("Class") or "").upper(),
        (about.get("Subclass") or "").upper(),
    )


def _typed(name: str, column: list[str | None], kind: str | None) -> pl.Series:
    """A column in the type declared for it; where none is, numbers if all its values are."""
    text = pl.Series(name, column, dtype=pl.String)
    if kind is not None and kind.lower() == "boolean":
        lowered = text.str.to_lowercase()
        flags = (
            pl.when(lowered.is_in(["true", "1"])).then(True).when(lowered.is_in(["false", "0"])).then(False)
        )
        return pl.select(flags.alias(name)).to_series()
    if kind is not None and kind.lower() not in _NUMBERS:
        return text
    bare = text.str.strip_chars()
    bare = bare.set(bare.is_in(["", "."]), None) if kind else bare  # how SAS writes a missing number
    number = bare.cast(pl.Float64, strict=False)
    return number if number.null_count() == bare.null_count() and (kind or number.count()) else text


def _variable(row: Mapping[str, str]) -> VariableMeta:
    length = row.get("length") or ""
    whole = length.removesuffix(".0")
    return VariableMeta(
        row.get("variable", ""),
        row.get("label", ""),
        row.get("type", ""),
        int(whole) if whole.isdigit() else None,
        row.get("format") or "",
    )


def _columns(path: Path, text: str) -> tuple[list[str], list[list[str | None]]]:
    rows = _rows(path, text)
    names = _unique(rows[0]) if rows else []
    width = len(names)
    padded = [[*(v or None for v in row[:width]), *[None] * (width - len(row))] for row in rows[1:]]
    return names, [list(c) for c in zip(*padded, strict=True)] if padded else [[] for _ in names]


def _unique(names: Sequence[str]) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, -1) + 1
        result.append(f"{name}.{seen[name]}" if seen[name] else name)
    return result


def _records(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    rows = _rows(path, _text(path)[0])
    return [dict(zip(rows[0], r, strict=False)) for r in rows[1:]] if rows else []


def _text(path: Path) -> tuple[str, list[str]]:
    """The text of a case's file, and notes on what is not UTF-8; what is not cp1252 either is U+FFFD."""
    raw = path.read_bytes()
    try:
        text, other = decoded(raw)
    except UnicodeDecodeError as error:
        return raw.decode("utf-8-sig", "replace"), [f"{path.name}: {NEITHER} ({error.reason})"]
    where = told_lines(other) if other else ""
    return text, [f"{path.name}: the text is not UTF-8 and was read as cp1252: {where}"] if other else []


def _rows(path: Path, text: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(StringIO(text, newline="")) if row]
    except csv.Error as error:
        raise InputError(f"this is not CSV ({error})", file=path.name) from None
