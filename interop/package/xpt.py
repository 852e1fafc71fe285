"""SAS XPORT v5, the format regulators take: pyreadstat reads it, and writes the header.

What it does not do is done here: a text variable has the length that its metadata declares, not that of
its longest value; an argument, not the clock, says when the file was modified; rows are written by column.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyreadstat

from interop.errors import InputError
from interop.package.files import replacing
from interop.package.limits import MAX_INT, check_limits
from interop.package.table import SAS_EPOCH_DAYS, SAS_EPOCH_SECONDS, Column, DataType, Table, text_lengths
from interop.package.texts import NEITHER
from interop.package.xpt_header import STAMPS, data_start, padded, read_header, stamp
from interop.package.xpt_rows import encoded
from interop.package.xpt_text import cut_at_nul, mend

# SAS formats that make a number a date; the rest of a format is its width.
DATE_FORMATS = ("DATE", "YYMMDD", "MMDDYY", "DDMMYY", "E8601DA", "B8601DA", "IS8601DA")
DATETIME_FORMATS = ("DATETIME", "E8601DT", "B8601DT", "IS8601DT")
TIME_FORMATS = ("TIME", "TOD", "E8601TM", "B8601TM", "IS8601TM")


def write_xpt(table: Table, path: Path, *, modified: datetime | None = None) -> None:
    """Write `table` as XPT v5, whole or not at all.

    Text is UTF-8 in the declared lengths (else those of the data), nulls are blanks; numbers are
    8 bytes, nulls '.'; dates are SAS numbers with their display format. The header says `modified`,
    else the table's `db_last_modified`, else now.
    Raises InputError at the first breach of a limit that XPT has (`check_limits` tells them all).
    """
    for problem in check_limits(table):
        if problem.level == "error":
            raise problem.as_error()
    if not table.columns:
        raise InputError("a dataset without variables cannot be written", field=table.name)
    widths = _widths(table)
    _refuse_lost_row(table)
    with replacing(path) as temporary:
        pyreadstat.write_xport(
            _of_declared_lengths(table, widths),
            str(temporary),
            file_label=table.label,
            column_labels=[c.label for c in table.columns],
            table_name=table.name,
            file_format_version=5,
            variable_format={c.name: c.display_format for c in table.columns if c.display_format},
        )
        _finish(temporary, table, widths, modified)


def _widths(table: Table) -> dict[str, int]:
    """Declared lengths; where there is none, that of the data, or of a whole date (2026-11-22)."""
    measured = text_lengths(table.data)
    return {
        c.name: c.length or max(measured[c.name], 10 if c.data_type == "date" else 1)
        for c in table.columns
        if c.is_text
    }


def _of_declared_lengths(table: Table, widths: dict[str, int]) -> pl.DataFrame:
    """A row whose texts have the declared lengths: pyreadstat gives a variable that of its longest value."""
    return pl.DataFrame({c.name: ["x" * widths[c.name] if c.is_text else 0.0] for c in table.columns})


def _finish(path: Path, table: Table, widths: dict[str, int], modified: datetime | None) -> None:
    """The rows, in the place of the one that pyreadstat wrote."""
    row_length = sum(widths.get(c.name, 8) for c in table.columns)
    start = data_start(len(table.columns))
    if path.stat().st_size != start + padded(row_length):
        raise RuntimeError(f"{table.name}: pyreadstat wrote a layout that is not XPT v5's")
    size = row_length * table.data.height
    moment = modified or _moment(table.db_last_modified)
    with path.open("r+b") as file:
        file.truncate(start)
        file.seek(start)
        for rows in encoded(table, widths):
            file.write(rows)
        file.write(b" " * (padded(size) - size))
        if moment is not None:
            for at in STAMPS:
                file.seek(at)
                file.write(stamp(moment))


def _moment(iso: str | None) -> datetime | None:
    return datetime.fromisoformat(iso) if iso else None


def _refuse_lost_row(table: Table) -> None:
    """A last row of blanks is not to be told from the blanks that fill the last record."""
    if table.data.is_empty() or not all(c.is_text for c in table.columns):
        return
    if not any(value and value.strip(" ") for value in table.data.row(-1)):
        raise InputError(
            "the last row is all blank, which XPT cannot keep", field=table.name, mend="Remove it."
        )


def read_xpt(path: Path) -> Table:
    """Read an XPT v5 file: values, names, labels, lengths, formats, and its modification date.

    A text that is not UTF-8 is read as cp1252, and one with a NUL up to that: `notes` say where. A blank
    text is "". A number is an integer where all its values are; with a SAS date format it becomes a date, or
    is left a number (and noted) where it has values that no date has.
    Raises InputError for a file that is no XPT v5 or was cut.
    """
    if not path.is_file():
        raise InputError("there is no such file", file=path, mend="Check the path.")
    header = read_header(path)
    data, meta, notes = _read(path)
    notes += cut_at_nul(path, header, meta)
    if data.height != header.rows:
        raise InputError(f"the file has room for {header.rows} rows, {data.height} could be read", file=path)
    columns, series = [], []
    for name in meta.column_names:
        column, values, note = _describe(data[name], meta)
        columns.append(column)
        series.append(values)
        notes += [note] if note else []
    if any(length < 8 for length in header.num_lengths):
        notes.append("Num variables shorter than 8 bytes are in the file; written again they have 8.")
    return Table(
        meta.table_name or path.stem.upper(),
        meta.file_label or "",
        tuple(columns),
        pl.DataFrame(series),
        db_last_modified=meta.modification_time.isoformat() if meta.modification_time else None,
        notes=tuple(notes),
    )


def _read(path: Path) -> tuple[pl.DataFrame, Any, list[str]]:
    try:
        try:
            return *_pyreadstat(path, None), []
        except UnicodeDecodeError:
            data, meta = _pyreadstat(path, "ISO-8859-1")
    except UnicodeDecodeError:  # formats and names of datasets are UTF-8 in any case
        raise InputError("a name or format in its header is no text", file=path) from None
    except pyreadstat.ReadstatError as error:
        raise InputError(f"the XPT file cannot be read: {error}", file=path) from None
    try:
        data, note = mend(data, meta)
    except UnicodeDecodeError as error:
        raise InputError(f"{NEITHER} ({error.reason})", file=path, mend="Export it as UTF-8.") from None
    return data, meta, [note]


def _pyreadstat(path: Path, encoding: str | None) -> tuple[pl.DataFrame, Any]:
    data, meta = pyreadstat.read_xport(
        str(path), output_format="polars", disable_datetime_conversion=True, encoding=encoding
    )
    return data, meta


def _describe(values: pl.Series, meta: Any) -> tuple[Column, pl.Series, str | None]:
    name = values.name
    label = meta.column_names_to_labels.get(name) or ""
    sas = meta.original_variable_types.get(name)
    shown = None if sas is None else sas if "." in sas else f"{sas}."
    if meta.readstat_variable_types[name] == "string":
        length = meta.variable_storage_width[name]
        return Column(name, label, "string", length, shown), values.cast(pl.String), None
    number = values.cast(pl.Float64)
    whole = bool((number.is_null() | ((number == number.floor()) & (number.abs() <= MAX_INT))).all())
    temporal = _temporal(number, (shown or "").rstrip(".0123456789"))
    if temporal is not None:
        data_type, moments = temporal
        lost = moments.null_count() != number.null_count()
        if not lost:
            return Column(name, label, data_type, None, shown, "integer"), moments, None
        note = f"{name} has values that are no {data_type} and is left a number."
        return Column(name, label, "float", None, shown), number, note
    if whole and number.null_count() < len(number):
        return Column(name, label, "integer", None, shown), number.cast(pl.Int64), None
    return Column(name, label, "float", None, shown), number, None


def _temporal(number: pl.Series, sas_format: str) -> tuple[DataType, pl.Series] | None:
    """The values as dates, datetimes or times; null where a value is none."""
    if sas_format in DATE_FORMATS:
        days = number.set(number != number.floor(), None).cast(pl.Int64) - SAS_EPOCH_DAYS
        return "date", days.cast(pl.Int32, strict=False).cast(pl.Date)
    if sas_format in DATETIME_FORMATS:
        micros = ((number - SAS_EPOCH_SECONDS) * 1e6).round()
        exact = micros / 1e6 + SAS_EPOCH_SECONDS == number
        return "datetime", micros.set(~exact, None).cast(pl.Int64).cast(pl.Datetime("us"))
    if sas_format in TIME_FORMATS:
        inside = (number >= 0) & (number < 86400)
        nanos = (number.set(~inside, None) * 1e9).round().cast(pl.Int64)
        return "time", nanos.cast(pl.Time)
    return None
