"""The workbook: its sheets, and that nothing in it is interpreted, cut in silence or lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interop.rules.report import Report, Suppression, Suppressions
from interop.rules.report.xlsxfile import TEXT, write_xlsx
from tests.rules.reportsupport import UNEXECUTED, findings, report

DETAILS = (
    "CORE-ID",
    "Message",
    "Executability",
    "Dataset",
    "USUBJID",
    "Record",
    "Sequence",
    "Variable(s)",
    "Value(s)",
)
"""The columns of Issue Details in CDISC's own workbook, in its order."""


def sheets(made: Report, path: Path, **options: int) -> dict[str, list[list[Any]]]:
    write_xlsx(made, path, **options)
    book = openpyxl.load_workbook(path)
    return {s.title: [[c.value for c in row] for row in s.iter_rows()] for s in book}


def records(sheet: list[list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(sheet[0], row, strict=True)) for row in sheet[1:]]


def test_sheets_that_users_of_core_know_and_ours(tmp_path: Path) -> None:
    entries = (Suppression("R-ERROR", "known", subjects=("S-2",)), Suppression("R-PASSED", "long ago"))
    book = sheets(report(suppressions=Suppressions(entries)), tmp_path / "r.xlsx")
    assert list(book) == [
        "Conformance Details",
        "Dataset Details",
        "Issue Summary",
        "Issue Details",
        "Rules Report",
        "Not Judged",
        "Suppressions",
    ]
    assert tuple(book["Issue Details"][0][: len(DETAILS)]) == DETAILS
    first = records(book["Issue Details"])[0]
    assert (first["CORE-ID"], first["USUBJID"], first["Record"]) == ("R-ERROR", "S-2", 2)
    assert (first["Variable(s)"], first["Value(s)"]) == ("SEX, AGE, RACE", "null, 41, Not in dataset")
    assert first["Suppressed Because"] == "known"
    summary = [
        (r["Dataset"], r["CORE-ID"], r["Issues"], r["Suppressed"]) for r in records(book["Issue Summary"])
    ]
    assert summary == [("DM", "R-ERROR", 2, 1), ("DM", "R-WARNING", 1, 0)]
    unjudged = [(r["Status"], r["CORE-ID"], r["Reason"]) for r in records(book["Not Judged"])]
    assert unjudged[0] == ("not executed", "R-UNKNOWN", UNEXECUTED)
    assert {r["CORE-ID"]: r["Status"] for r in records(book["Rules Report"])}["R-UNKNOWN"] == "NOT EXECUTED"
    assert [r["Stale"] for r in records(book["Suppressions"])] == ["N", "Y"]


def test_header_is_frozen_and_filtered(tmp_path: Path) -> None:
    write_xlsx(report(), tmp_path / "r.xlsx")
    for sheet in openpyxl.load_workbook(tmp_path / "r.xlsx"):
        assert sheet.freeze_panes == "A2"
        assert str(sheet.auto_filter.ref).startswith("A1:")


@pytest.mark.parametrize(
    "value", ["=1+1", "+1", "-1", "@SUM(A1)", "{=1}", "http://x.y", "0012", "1E5", "\ttab", "_x0041_"]
)
def test_a_value_is_text_whatever_it_looks_like(tmp_path: Path, value: str) -> None:
    rows = [{"rule": "R-ERROR", "dataset": "DM", "USUBJID": value, "variables": ["X"], "values": [value]}]
    write_xlsx(report(found=findings(rows)), tmp_path / "r.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx")["Issue Details"]
    for column in (5, 9):
        cell = sheet.cell(2, column)
        assert (cell.data_type, cell.hyperlink) == ("s", None)
        assert unescaped(str(cell.value)) == value


def unescaped(text: str) -> str:
    """openpyxl leaves Excel's own escape of `_x0041_` as it stands in the file."""
    return text.replace("_x005F_", "_")


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20))
def test_every_text_makes_a_workbook_that_can_be_read(
    tmp_path_factory: pytest.TempPathFactory, value: str
) -> None:
    path = tmp_path_factory.mktemp("xlsx") / "r.xlsx"
    rows = [{"rule": "R-ERROR", "dataset": "DM", "variables": ["X"], "values": [value]}]
    found = records(sheets(report(found=findings(rows)), path)["Issue Details"])[0]["Value(s)"]
    assert unescaped(found or "") == value


def test_a_text_too_long_for_a_cell_says_so(tmp_path: Path) -> None:
    long = "x" * (TEXT + 1)
    rows = [{"rule": "R-ERROR", "dataset": "DM", "variables": ["X"], "values": [long]}]
    shown = records(sheets(report(found=findings(rows)), tmp_path / "r.xlsx")["Issue Details"])[0]["Value(s)"]
    assert shown.endswith(f" … ({TEXT + 1} characters; whole in the JSON report)")


def test_rows_that_a_sheet_cannot_hold_go_on_in_the_next(tmp_path: Path) -> None:
    rows = [
        {"rule": "R-ERROR", "dataset": "DM", "record": n, "variables": [], "values": []} for n in range(1, 8)
    ]
    book = sheets(report(found=findings(rows)), tmp_path / "r.xlsx", rows=4)
    parts = [book[n] for n in ("Issue Details", "Issue Details 2", "Issue Details 3")]
    assert [len(p) for p in parts] == [4, 4, 2]
    assert [r["Record"] for p in parts for r in records(p)] == list(range(1, 8))


def test_the_time_in_the_file_is_that_of_the_report(tmp_path: Path) -> None:
    write_xlsx(report(), tmp_path / "r.xlsx")
    created = openpyxl.load_workbook(tmp_path / "r.xlsx").properties.created
    assert created is not None
    assert created.isoformat().startswith("2026-11-22T12:00:00")
