"""Excel workbooks: a file a form, or a sheet a form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import fastexcel
import polars as pl

from interop import issues
from interop.errors import InputError
from interop.sources.mapping import Form
from interop.sources.table import Table, table_of
from interop.yamlcheck import suggest

# How the reader writes a date-time cell; a time alone lies on the day before Excel's epoch.
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$"
_NO_DAY = r"^1899-12-3[01] "


def read_excel(path: Path, form: Form, mapping: str) -> Table:
    """The cells of a sheet as text: dates as ISO 8601, whole numbers without decimals.

    The first row that is not blank names the columns; every row keeps its number in the sheet.
    """
    try:
        book = fastexcel.read_excel(str(path))
        sheet = _sheet(book.sheet_names, path, form, mapping)
        # skip_rows=0 and no header: blank rows above the header count, and row numbers are the sheet's
        loaded = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
        batch, failed = loaded.to_arrow_with_errors()
    except fastexcel.FastExcelError as error:
        said = str(error).splitlines()[0]
        raise InputError(
            f"not a readable Excel file: {said}", file=path.name, mend="Save it again as .xlsx"
        ) from None
    rows = pl.DataFrame(pl.from_arrow(batch))
    # A sheet that was asked for is part of the name: a workbook may hold several forms.
    name = f"{path.name}/{sheet}" if len(book.sheet_names) > 1 else path.name
    cells = _cells(rows, name)
    broken = [] if failed is None else [e.position[0] + 1 for e in failed.errors]
    return Table(
        name,
        path,
        cells,
        hashlib.sha256(path.read_bytes()).hexdigest(),
        issues=issues.issues(
            pl.DataFrame({"_src": [f"{name}#{row}" for row in broken]}, schema={"_src": pl.String}),
            severity="error",
            target=form.name,
            rule="CELL ERROR",
            message="a cell of the row holds an error of Excel (such as #N/A), read as empty: correct it",
        ),
    )


def has_sheet(path: Path, form: Form) -> bool:
    """Whether the workbook has the sheet of the form."""
    names = [n.casefold() for n in fastexcel.read_excel(str(path)).sheet_names]
    return (form.sheet or form.name).casefold() in names or (form.sheet is None and len(names) == 1)


def unread_sheets(path: Path, read: Iterable[str]) -> pl.DataFrame:
    """An issue for each sheet that no form reads; `read` are the names of tables (`book.xlsx/DM`)."""
    names = fastexcel.read_excel(str(path)).sheet_names
    left = [f"{path.name}/{n}" for n in names if len(names) > 1 and f"{path.name}/{n}" not in set(read)]
    return issues.issues(
        pl.DataFrame({"_src": left}, schema={"_src": pl.String}),
        severity="warning",
        target="",
        rule="UNUSED SHEET",
        message="no form of sources.yaml reads this sheet: add a form, or remove the sheet",
        kept=False,
    )


def _sheet(names: list[str], path: Path, form: Form, mapping: str) -> str:
    wanted = form.sheet or form.name
    found = next((n for n in names if n.casefold() == wanted.casefold()), None)
    if found is not None:
        return found
    if form.sheet is None and len(names) == 1:
        return names[0]
    raise InputError(
        f"there is no sheet {wanted}",
        file=path.name,
        mend=f"Set `sheet:` of the form {form.name} in {mapping}. {suggest(wanted, names, 'The sheets are')}",
    )


def _cells(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    rows = rows.with_row_index("_line", offset=1)
    blank = pl.all_horizontal(pl.exclude("_line").is_null())
    used = rows.filter(~blank)
    if used.is_empty():
        raise InputError("the sheet is empty, not even a header row", file=name, mend="Export the form again")
    top, bottom = used["_line"].min(), used["_line"].max()
    header = [h or "" for h in used.drop("_line").row(0)]
    data = rows.filter(pl.col("_line") > top, pl.col("_line") <= bottom)
    columns = [moments(data[c]) for c in data.columns if c != "_line"]
    return table_of(name, header, columns, data["_line"].to_list())


def moments(values: pl.Series) -> pl.Series:
    """Date-times as ISO 8601; as dates where every time of the column is midnight."""
    values = values.str.replace(_NO_DAY, "")
    times = values.filter(values.str.contains(_MOMENT).fill_null(False))
    if times.is_empty():
        return values
    if times.str.ends_with(" 00:00:00").all():
        return values.str.replace(r"^([0-9-]{10}) 00:00:00$", "${1}")
    return values.str.replace(r"^([0-9-]{10}) ([0-9:]{8})$", "${1}T${2}")
