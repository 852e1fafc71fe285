"""CSV: values alone. Text is quoted and numbers are not, so that a reader can tell SITEID "701" from 701."""

from __future__ import annotations

import csv
import re
from io import StringIO
from itertools import islice
from pathlib import Path

import polars as pl

from interop.errors import InputError
from interop.package.table import Column, Table, table_of
from interop.package.texts import NEITHER, decoded, told_lines

LOST = "CSV keeps values alone: labels, lengths, formats and dataset metadata are not in it."
SNIFFED_ROWS = 10_000
_FIELD = re.compile(r'("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)')
_INTEGER = r"^-?(0|[1-9][0-9]{0,17})$"
_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$"


def write_csv(table: Table, path: Path) -> None:
    """UTF-8, a header line, RFC 4180 quotes round every text; null is empty and "" is an empty text."""
    table.data.write_csv(path, quote_style="non_numeric", datetime_format="%Y-%m-%dT%H:%M:%S%.f")


def read_csv(path: Path) -> Table:
    """Read a CSV file with commas and a header. The dataset's name is the file's.

    A column is of numbers where all its values are bare (unquoted) and plain numbers; numbers whose digits a
    float would not keep (4.20) are decimals, all else is text. Raises InputError with the line.
    """
    text, note = _text(path)
    names = _check_rows(path, text)
    try:
        raw = pl.read_csv(text.encode(), infer_schema=False, has_header=True)
    except pl.exceptions.PolarsError as error:
        raise InputError(f"this is not CSV ({str(error).splitlines()[0]})", file=path) from None
    bare = _bare(text, len(names))
    series, numbers = [], []
    for name, is_bare in zip(names, bare, strict=True):
        values, column = _typed(raw[name], is_bare)
        series.append(values)
        numbers += [column] if column is not None else []
    table = table_of(pl.DataFrame(series), path.stem.upper())
    kinds = {c.name: c for c in numbers}
    return Table(
        table.name,
        "",
        tuple(kinds.get(c.name, c) for c in table.columns),
        table.data,
        notes=tuple(n for n in (note, _said(list(kinds))) if n),
    )


def _text(path: Path) -> tuple[str, str]:
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("the text is UTF-16", file=path, mend="Export it as UTF-8.")
    try:
        text, other = decoded(content)
    except UnicodeDecodeError as error:
        raise InputError(f"{NEITHER} ({error.reason})", file=path, mend="Export it as UTF-8.") from None
    notes = [f"The text is not UTF-8 and was read as cp1252: {told_lines(other)}."] if other else []
    if "\0" in text:
        lines = [n for n, line in enumerate(text.split("\n"), 1) if "\0" in line]
        notes.append(f"A text holds a NUL byte: {told_lines(lines)}.")
    return text, " ".join(notes)


def _check_rows(path: Path, text: str) -> list[str]:
    """The header; every row must have as many fields, or values have moved to another variable."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        names = next(reader, [])
        if not names or "" in names:
            raise InputError("the header needs a name for each column", file=path, line=1)
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise InputError("a name occurs twice", file=path, line=1, field=twice[0], mend="Rename one.")
        if len(names) == 1 and (other := re.search(r"[;\t|]", names[0])):
            raise InputError(
                f"the columns are separated by {other[0]!r}", file=path, line=1, mend="Export it with commas."
            )
        short = (len(names), 0) if len(names) == 1 else (len(names),)
        for row in reader:
            if len(row) not in short:
                raise InputError(
                    f"the row has {len(row)} fields, the header {len(names)}",
                    file=path,
                    line=reader.line_num,
                    mend="Quote a value that holds a comma.",
                )
    except csv.Error as error:
        raise InputError(f"this is not CSV ({error})", file=path, line=reader.line_num) from None
    return names


def _bare(text: str, width: int) -> list[bool]:
    """For each column, whether its first value stands without quotes."""
    found: list[bool | None] = [None] * width
    fields = islice(_FIELD.finditer(text), width, width * (SNIFFED_ROWS + 1))
    for i, field in enumerate(fields):
        at = i % width
        if found[at] is None and field[1]:
            found[at] = not field[1].startswith('"')
            if None not in found:
                break
    return [bool(f) for f in found]


def _typed(values: pl.Series, bare: bool) -> tuple[pl.Series, Column | None]:
    present = values.drop_nulls()
    if not bare or not present.str.contains(_NUMBER).all():
        return values, None
    if present.str.contains(_INTEGER).all():
        return values.cast(pl.Int64), Column(values.name, "", "integer")
    number = values.cast(pl.Float64)
    again = number.cast(pl.String)
    kept = (again == values) | (again == values + ".0") | values.is_null()
    if kept.all() and number.drop_nulls().is_finite().all():
        return number, Column(values.name, "", "float")
    return values, Column(values.name, "", "decimal", target_data_type="decimal")


def _said(numbers: list[str]) -> str:
    if not numbers:
        return ""
    return f"Read as numbers, because unquoted: {', '.join(numbers)}. Quote a column to keep it text."
