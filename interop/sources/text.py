"""Text files (CSV, TSV, TXT): encoding, delimiter, and cells that keep the physical line they stand in."""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
from charset_normalizer import from_bytes
from polars import col

from interop import issues
from interop.errors import InputError
from interop.sources.mapping import Form
from interop.sources.table import Table, table_of

SUFFIXES = (".csv", ".txt", ".tsv")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NAMES = {"\t": "tab"}
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
CHUNK = 20_000  # rows held as Python objects at a time: they take many times the memory of columns


def read_text(path: Path, name: str, form: Form, mapping: str) -> Table:
    """The cells of a text file. `mapping` is the file that declares the form, for the mends.

    A row with more or fewer cells than the header is set aside with an issue; InputError where the file as a
    whole cannot be read as declared.
    """
    raw = path.read_bytes()
    text, encoding = decode(raw, name, form, mapping)
    digest = hashlib.sha256(raw).hexdigest()
    del raw
    delimiter = form.delimiter or ("\t" if path.suffix.lower() == ".tsv" else ",")
    rows = _rows(text, delimiter, name)
    header, _ = next(rows, ([], 0))
    if not header:
        raise InputError(
            "the file is empty, not even a header line",
            file=name,
            mend=f"Export the form again, or write `required: false` for the form {form.name} in {mapping}",
        )
    _check_delimiter(header, delimiter, name, form, mapping)
    cells, ragged = _cells(name, form, header, rows)
    said = [ragged]
    if form.encoding is None and encoding not in ("utf-8", "utf-8-sig", "utf-16"):
        said.append(_guessed(name, encoding, form))
    return Table(name, path, cells, digest, encoding, issues.concat(said))


def decode(raw: bytes, name: str, form: Form, mapping: str) -> tuple[str, str]:
    """(text, encoding): as declared; else by byte order mark, as UTF-8, as cp1252, or as detected."""
    bom = next((enc for mark, enc in _BOMS if raw.startswith(mark)), None)
    if form.encoding is not None:
        declared = codecs.lookup(form.encoding).name
        if declared == "utf-8" and bom == "utf-8-sig":
            declared = bom
        try:
            return raw.decode(declared), form.encoding
        except UnicodeDecodeError as error:
            raise _misfit(raw, error, name, form, mapping) from None
    if bom is not None:
        try:
            return raw.decode(bom), bom
        except UnicodeDecodeError as error:
            raise _misfit(raw, error, name, form, mapping) from None
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue  # the next candidate; cp1252 leaves five bytes undefined, so it can fail
    best = from_bytes(raw).best()
    if best is None:
        raise InputError(
            "no encoding fits the file",
            file=name,
            mend=f"Declare it: `encoding:` of the form {form.name} in {mapping}",
        )
    return str(best), best.encoding


def _misfit(raw: bytes, error: UnicodeDecodeError, name: str, form: Form, mapping: str) -> InputError:
    before = raw[: error.start]
    line = before.count(b"\n") + 1
    column = error.start - (before.rfind(b"\n") + 1) + 1
    return InputError(
        f"byte {column} of the line (0x{raw[error.start]:02X}) is not {form.encoding or error.encoding}",
        file=name,
        line=line,
        mend=f"Declare the encoding it has (often cp1252): `encoding:` of the form {form.name} in {mapping}",
    )


def _guessed(name: str, encoding: str, form: Form) -> pl.DataFrame:
    return issues.issues(
        pl.DataFrame({"_src": [name]}),
        severity="warning",
        target=form.name,
        rule="ENCODING",
        value=pl.lit(encoding),
        message=f"the file is not UTF-8 and was read as {encoding}: declare `encoding:` if that is right",
    )


def lines_of(text: str) -> Iterator[str]:
    """The physical lines with their ends as they are, which inside quoted cells belong to the value."""
    return (found[0] for found in _LINE.finditer(text))


def _rows(text: str, delimiter: str, name: str) -> Iterator[tuple[list[str], int]]:
    """Rows that are not blank lines, each with the physical line on which it begins."""
    reader = csv.reader(lines_of(text), delimiter=delimiter, strict=True)
    last = 0
    try:
        for row in reader:
            if row:
                yield row, last + 1
            last = reader.line_num
    except csv.Error:
        raise InputError(
            "the quotes of a cell that begins here do not match",
            file=name,
            line=last + 1,
            mend='Put a cell that holds " in quotes and write each " in it twice',
        ) from None


def _check_delimiter(header: list[str], delimiter: str, name: str, form: Form, mapping: str) -> None:
    if len(header) > 1:
        return
    other = max((d for d in ",;\t|" if d != delimiter), key=header[0].count)
    if header[0].count(other):
        wanted, found = _NAMES.get(delimiter, delimiter), _NAMES.get(other, other)
        raise InputError(
            f"the columns are separated by `{found}`, not by `{wanted}`",
            file=name,
            line=1,
            mend=f'Write `delimiter: "{found}"` for the form {form.name} in {mapping}',
        )


def _cells(
    name: str, form: Form, header: list[str], rows: Iterator[tuple[list[str], int]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    width = len(header)
    whole: list[list[str]] = []
    at, ragged, parts = [], [], [_columns([], width)]
    for row, line in rows:
        if len(row) > width and not any(c.strip() for c in row[width:]):
            row = row[:width]  # spreadsheets end their lines with separators
        if len(row) == width:
            whole.append(row)
            at.append(line)
            if len(whole) == CHUNK:
                parts.append(_columns(whole, width))
                whole = []
        else:
            ragged.append((f"{name}#{line}", len(row)))
    if ragged and not at:
        raise InputError(
            f"{ragged[0][1]} cells where the header has {width} columns, as in every row",
            file=name,
            line=int(ragged[0][0].rpartition("#")[2]),
            mend="Give every column a name in the first line",
        )
    columns = pl.concat([*parts, _columns(whole, width)]).get_columns()
    found = issues.issues(
        pl.DataFrame(ragged, schema={"_src": pl.String, "cells": pl.Int64}, orient="row"),
        severity="error",
        target=form.name,
        rule="RAGGED ROW",
        value=col("cells").cast(pl.String),
        message=pl.format(
            f"{{}} cells where the header has {width} columns: the row is left out; look for a separator or "
            "line end that is not in quotes",
            "cells",
        ),
        kept=False,
    )
    return table_of(name, header, columns, at), found


def _columns(rows: Sequence[Sequence[str]], width: int) -> pl.DataFrame:
    values = zip(*rows, strict=True) if rows else ([] for _ in range(width))
    return pl.DataFrame([pl.Series(str(n), v, dtype=pl.String) for n, v in enumerate(values)])
