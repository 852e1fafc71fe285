"""One cell of a source file, for a trace."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from polars import col

from interop.errors import InputError
from interop.sources.find import EXCEL, SAS
from interop.sources.mapping import Form
from interop.sources.odmfiles import SUFFIXES as ODM
from interop.sources.odmtables import read_odm_cell
from interop.sources.read import read_form
from interop.sources.table import LINE, Table


def read_cell(path: Path, sha256: str, line: int, column: str, *, name: str = "") -> str | None:
    """See `interop.sources.read_cell`."""
    if path.suffix.lower() in ODM:
        return read_odm_cell(path, sha256, name, line, column)
    if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        return None
    table = _table(path, sha256, name.partition("/")[2])
    if table is None or column not in table.columns:
        return None
    found = table.cells.filter(col(LINE) == line)
    value = found[column].item() if found.height == 1 else None
    return None if value is None else str(value)


@lru_cache(maxsize=8)
def _table(path: Path, _sha256: str, sheet: str) -> Table | None:
    """The file, read by what it shows of itself: the encoding detected, the delimiter that its header has."""
    header = b""
    if path.suffix.lower() not in (*EXCEL, *SAS):
        with path.open("rb") as file:
            header = file.readline()
    delimiter = max(",;\t|", key=lambda d: header.count(d.encode()))
    form = Form(name=path.stem, records=(), file=path.name, sheet=sheet or None, delimiter=delimiter)
    try:
        return read_form(path, form, "sources.yaml")
    except InputError:
        return None
