"""SAS: transport files (XPT v5, v8) and sas7bdat."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pyreadstat

from interop.errors import InputError
from interop.sources.frames import from_pandas, texts
from interop.sources.mapping import Form
from interop.sources.table import Table, table_of


def read_sas(path: Path, form: Form, mapping: str) -> Table:
    """The cells of a SAS dataset as text. Row n is line n + 1, as if a header stood above it.

    Dates, times and date-times are told by their SAS format. Transport files do not say their encoding:
    without a declared one, UTF-8 is tried, then cp1252.
    """
    reader = pyreadstat.read_xport if path.suffix.lower() == ".xpt" else pyreadstat.read_sas7bdat
    frame, encoding = _read(reader, path, form, mapping)
    cells = table_of(path.name, frame.columns, texts(frame), range(2, frame.height + 2))
    return Table(path.name, path, cells, hashlib.sha256(path.read_bytes()).hexdigest(), encoding)


def _read(reader: Callable[..., Any], path: Path, form: Form, mapping: str) -> tuple[pl.DataFrame, str]:
    tried = [form.encoding] if form.encoding else [None, "WINDOWS-1252"]
    for encoding in tried:
        try:
            frame, meta = reader(str(path), encoding=encoding)
        except UnicodeDecodeError:
            continue
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
            if "onver" in str(error):  # readstat: "Unable to convert string to the requested encoding"
                continue
            raise InputError(
                f"not a readable SAS file: {error}", file=path.name, mend="Export the form again"
            ) from None
        return from_pandas(frame), encoding or meta.file_encoding or "utf-8"
    raise InputError(
        f"its text is not {form.encoding or 'UTF-8 or cp1252'}",
        file=path.name,
        mend=f"Declare the encoding it has: `encoding:` of the form {form.name} in {mapping}",
    )
