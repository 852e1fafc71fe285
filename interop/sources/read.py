"""One reader a format: files and DataFrames to `Table`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from interop.sources.find import EXCEL, SAS
from interop.sources.mapping import Form
from interop.sources.table import Table, table_of
from interop.sources.text import read_text

if TYPE_CHECKING:
    import pandas as pd


def read_form(path: Path, form: Form, mapping: str) -> Table | None:
    """The cells of a form in its file; None where a sheet is absent and may be.

    InputError where the file cannot be read as the mapping declares.
    """
    suffix = path.suffix.lower()
    if suffix in EXCEL:
        from interop.sources.excel import has_sheet, read_excel

        if not form.required and not has_sheet(path, form):
            return None
        return read_excel(path, form, mapping)
    if suffix in SAS:
        from interop.sources.sas import read_sas

        return read_sas(path, form, mapping)
    return read_text(path, path.name, form, mapping)


def frame_table(frame: pd.DataFrame | pl.DataFrame, name: str) -> Table:
    """The cells of a DataFrame, as text. Its first row is line 2, as if a header stood above it."""
    from interop.sources.frames import texts

    if not isinstance(frame, pl.DataFrame):
        from interop.sources.frames import from_pandas

        frame = from_pandas(frame)
    columns = texts(frame)
    cells = table_of(name, frame.columns, columns, range(2, frame.height + 2))
    digest = hashlib.sha256(cells.write_csv().encode()).hexdigest()
    return Table(name, None, cells, digest)
