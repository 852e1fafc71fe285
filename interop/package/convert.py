"""Convert a dataset between XPT v5, Dataset-JSON (json, ndjson, dsjc), Parquet and CSV."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from interop.errors import InputError, UsageError
from interop.package.csvfile import LOST, read_csv, write_csv
from interop.package.datasetjson import SUFFIXES as JSON_SUFFIXES
from interop.package.datasetjson import read_dataset_json, write_dataset_json
from interop.package.files import replacing
from interop.package.limits import check_limits
from interop.package.parquet import read_parquet, write_parquet
from interop.package.table import Table
from interop.package.xpt import read_xpt, write_xpt

SUFFIXES = (".xpt", *JSON_SUFFIXES, ".csv", ".parquet")
# How a file begins, what it then is, and the suffixes that may hold it.
_SIGNATURES: tuple[tuple[bytes, str, tuple[str, ...]], ...] = (
    (b"HEADER RECORD***", "SAS XPT", (".xpt",)),
    (b"PAR1", "Parquet", (".parquet",)),
    (b"\x1f\x8b", "compressed Dataset-JSON", (".dsjc",)),
    (b"x\x01", "compressed Dataset-JSON", (".dsjc",)),
    (b"x\x9c", "compressed Dataset-JSON", (".dsjc",)),
    (b"x\xda", "compressed Dataset-JSON", (".dsjc",)),
    (b"PK\x03\x04", "an Excel or zip", ()),
    (b"{", "JSON", (".json", ".ndjson")),
)


@dataclass(frozen=True, slots=True)
class Converted:
    """What was read and written, and what its user should know."""

    source: Path
    target: Path
    rows: int
    columns: int
    notes: tuple[str, ...]


def convert(source: Path, target: Path, *, created: datetime | None = None) -> Converted:
    """Read `source` and write `target`, each in the format of its suffix, whole or not at all.

    `created` (default: now) goes into formats that carry the time of their creation.
    Raises UsageError for a suffix that is no format, InputError for a file that cannot be read as what its
    suffix says, or whose data the target format cannot hold.
    """
    _suffix(target)
    if source.resolve() == target.resolve():
        raise UsageError(f"{source} is both input and output; name another output")
    table = read_table(source)
    write_table(table, target, created=created or datetime.now(UTC).replace(microsecond=0))
    notes = (*table.notes, *_notes(table, target))
    return Converted(source, target, table.data.height, len(table.columns), notes)


def read_table(path: Path) -> Table:
    """Read a dataset in the format of its suffix; its content must be what the suffix says."""
    suffix = _suffix(path)
    if not path.is_file():
        raise InputError("there is no such file", file=path, mend="Check the path.")
    _check_content(path, suffix)
    if suffix == ".xpt":
        return read_xpt(path)
    if suffix in JSON_SUFFIXES:
        return read_dataset_json(path)
    return read_csv(path) if suffix == ".csv" else read_parquet(path)


def write_table(table: Table, path: Path, *, created: datetime) -> None:
    """Write a dataset in the format of the path's suffix, whole or not at all."""
    suffix = _suffix(path)
    if not path.parent.is_dir():
        raise UsageError(f"{path.parent} is no folder; make it first")
    if suffix == ".xpt":
        modified = None if table.db_last_modified else created.replace(tzinfo=None)
        write_xpt(table, path, modified=modified)
    elif suffix in JSON_SUFFIXES:
        write_dataset_json(table, path, created=created)
    else:
        with replacing(path) as temporary:
            if suffix == ".csv":
                write_csv(table, temporary)
            else:
                write_parquet(table, temporary, created=created)


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(f"{path.name}: the suffix must be one of {', '.join(SUFFIXES)}")
    return suffix


def _check_content(path: Path, suffix: str) -> None:
    with path.open("rb") as file:
        head = file.read(16).removeprefix(b"\xef\xbb\xbf").lstrip(b" \r\n\t")
    for start, name, suffixes in _SIGNATURES:
        if head.startswith(start) and suffix not in suffixes:
            mend = f"Rename it to {' or '.join(suffixes)}." if suffixes else f"Save it as {suffix}."
            raise InputError(f"the content is {name}, not what {suffix} says", file=path, mend=mend)


def _notes(table: Table, target: Path) -> list[str]:
    if target.suffix.lower() == ".csv":
        return [LOST]
    if target.suffix.lower() != ".xpt":
        return []
    said = [str(p) for p in check_limits(table) if p.level == "warning"]
    if any(c.key_sequence or c.data_type in ("boolean", "decimal") for c in table.columns):
        said.append("XPT has Char and Num alone: key sequence and finer types are not in it.")
    return said
