"""Excel, SAS and DataFrames: typed cells become the text that a person would have written."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pandas as pd
import polars as pl
import pyreadstat
import pytest

from interop.errors import InputError
from interop.records import Records, load_records
from interop.sources import read_cell
from interop.sources.mapping import Form
from interop.sources.read import frame_table, read_form
from interop.studyfile import load_sources, load_study
from tests.sources.small import SOURCES, said, write_study

HEADER = ["SITEID", "SUBJID", "AGE", "DMDAT"]
ROWS = [["701", "001", 63, dt.date(2013, 12, 26)], [701, "002", 64.5, "UN-JUL-2012"]]
EXPECTED = [("701", "001", "63", "2013-12-26"), ("701", "002", "64.5", "2012-07")]
FORM = Form(name="DM", records=(), file="DM")


def workbook(path: Path, sheets: dict[str, list[Any]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path.parent.mkdir(exist_ok=True)
    book.save(path)
    return path


def load(folder: Path, source: Path, *, sources: str = SOURCES) -> Records:
    trial = load_study(write_study(folder / "study", sources=sources))
    return load_records(trial, load_sources(trial), source)


def values(made: Records) -> list[tuple[object, ...]]:
    return made["subject"].select("site", "subject", "age", "collected").rows()


def test_a_workbook_keeps_its_row_numbers_and_writes_dates_as_iso(tmp_path: Path) -> None:
    path = workbook(tmp_path / "source" / "DM.xlsx", {"Sheet1": [[], HEADER, ROWS[0], [], ROWS[1]]})
    made = load(tmp_path, path.parent)
    assert values(made) == EXPECTED
    assert made["subject"]["_src"].to_list() == ["DM.xlsx#3", "DM.xlsx#5"]
    assert said(made, "severity", "source", "message") == [("info", "DM.xlsx#4", "the row has no value")]
    (file,) = made.files
    assert file.path is not None
    assert read_cell(file.path, file.sha256, 5, "AGE") == "64.5"


@pytest.mark.parametrize("whole", [True, False], ids=["the book is the source", "the book lies in a folder"])
def test_a_workbook_may_hold_a_sheet_a_form(tmp_path: Path, whole: bool) -> None:
    path = workbook(tmp_path / "source" / "export.xlsx", {"Read me": [["x"]], "dm": [HEADER, *ROWS]})
    sources = SOURCES if whole else SOURCES.replace("  DM:\n", "  DM:\n    file: export.xlsx\n")
    made = load(tmp_path, path if whole else path.parent, sources=sources)
    assert values(made) == EXPECTED
    assert made["subject"]["_src"].to_list() == ["export.xlsx/dm#2", "export.xlsx/dm#3"]
    assert said(made, "severity", "source", "rule") == [("warning", "export.xlsx/Read me", "UNUSED SHEET")]
    (file,) = made.files
    assert file.path is not None
    assert read_cell(file.path, file.sha256, 3, "AGE", name=file.name) == "64.5"


def test_a_missing_sheet_names_those_that_are_there(tmp_path: Path) -> None:
    path = workbook(tmp_path / "source" / "DM.xlsx", {"Demography": [HEADER], "Dosing": [HEADER]})
    with pytest.raises(InputError) as error:
        load(tmp_path, path.parent)
    assert str(error.value).replace(f"{tmp_path}/", "") == (
        "DM.xlsx: there is no sheet DM. Set `sheet:` of the form DM in study/sources.yaml. "
        "The sheets are: Demography, Dosing"
    )


def test_times_and_date_times_of_excel(tmp_path: Path) -> None:
    moments = [dt.time(9, 5), dt.datetime(2014, 1, 2, 3, 4, 5), dt.datetime(2014, 1, 2)]
    path = workbook(tmp_path / "DM.xlsx", {"DM": [["T", "M", "D"], moments, [None, "", "2014-01"]]})
    table = read_form(path, FORM, "sources.yaml")
    assert table is not None
    assert table.cells.row(0)[:3] == ("09:05:00", "2014-01-02T03:04:05", "2014-01-02")


def test_an_error_cell_of_excel_is_said(tmp_path: Path) -> None:
    path = tmp_path / "DM.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["A", "B"])
    book.active.append(["#N/A", 1])
    book.active["A2"].data_type = "e"
    book.save(path)
    table = read_form(path, FORM, "sources.yaml")
    assert table is not None
    assert table.issues.select("severity", "source", "rule").rows() == [("error", "DM.xlsx#2", "CELL ERROR")]


def test_what_is_no_workbook_is_said(tmp_path: Path) -> None:
    (tmp_path / "DM.xlsx").write_text("SITEID,SUBJID\n")
    with pytest.raises(InputError, match=r"DM\.xlsx: not a readable Excel file: .*Save it again as \.xlsx"):
        read_form(tmp_path / "DM.xlsx", FORM, "sources.yaml")


def sas(path: Path) -> Path:
    frame = pd.DataFrame(
        {
            "SITEID": [701.0, 702.0],
            "SUBJID": ["001", "Zoë"],
            "AGE": [63.0, 64.5],
            "DMDAT": [dt.date(2013, 12, 26), None],
        }
    )
    path.parent.mkdir(exist_ok=True)
    pyreadstat.write_xport(frame, str(path), file_format_version=5, table_name="DM")
    return path


def test_sas_numbers_and_dates_become_text(tmp_path: Path) -> None:
    made = load(tmp_path, sas(tmp_path / "source" / "DM.xpt").parent)
    assert values(made) == [("701", "001", "63", "2013-12-26"), ("702", "Zoë", "64.5", None)]
    assert made["subject"]["_src"].to_list() == ["DM.xpt#2", "DM.xpt#3"]


def test_a_transport_file_in_cp1252_is_read(tmp_path: Path) -> None:
    path = sas(tmp_path / "source" / "DM.xpt")
    path.write_bytes(path.read_bytes().replace("Zoë".encode(), "Zoë ".encode("cp1252")))
    made = load(tmp_path, path.parent)
    assert made["subject"]["subject"].to_list() == ["001", "Zoë"]
    assert made.files[0].encoding == "WINDOWS-1252"


def test_what_is_no_sas_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "DM.sas7bdat").write_bytes(b"no")
    with pytest.raises(InputError, match=r"DM\.sas7bdat: not a readable SAS file: .*Export the form again"):
        read_form(tmp_path / "DM.sas7bdat", FORM, "sources.yaml")


def test_every_kind_of_column_becomes_text() -> None:
    frame = pl.DataFrame(
        {
            "i": [1, None],
            "f": [1.0, float("nan")],
            "g": [0.1, 1e16],
            "b": [True, False],
            "d": [dt.date(2014, 1, 2), None],
            "m": [dt.datetime(2014, 1, 2), dt.datetime(2014, 1, 3, 4, 5)],
            "t": [dt.time(9, 5), None],
            "s": [" x ", None],
        }
    )
    assert frame_table(frame, "X").cells.drop("_line").rows() == [
        ("1", "1", "0.1", "true", "2014-01-02", "2014-01-02T00:00:00", "09:05:00", " x "),
        (None, None, "1e+16", "false", None, "2014-01-03T04:05:00", None, None),
    ]


def test_pandas_objects_keep_each_its_own_text() -> None:
    frame = pd.DataFrame(
        {
            "mixed": [1, "a", 2.0, None, pd.NA],
            "category": pd.Categorical(["x", None, "y", "x", "x"]),
            "nullable": pd.array([1, None, 3, 4, 5], dtype="Int64"),
            "moment": pd.Series(
                ["2014-01-01", None, "2014-01-03", "2014-01-04", "2014-01-05"], dtype="datetime64[ns]"
            ).values,
        },
        index=[7, 7, 7, 7, 7],
    )
    assert frame_table(frame, "X").cells.head(2).rows() == [
        ("1", "x", "1", "2014-01-01", 2),
        ("a", None, None, None, 3),
    ]
    assert frame_table(frame, "X").cells["mixed"].to_list() == ["1", "a", "2", None, None]
