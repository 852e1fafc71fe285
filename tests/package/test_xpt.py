"""XPT v5: what is written is read, in the declared lengths, and what cannot be written is refused clearly."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import polars as pl
import pyreadstat
import pytest
from hypothesis import given, settings

from interop.errors import InputError
from interop.package.table import Column, Table, table_of
from interop.package.xpt import read_xpt, write_xpt
from tests.package.samples import MOMENT, adverse_events, stored_tables


def _text_table(*values: str | None, length: int | None = None, name: str = "AETERM") -> Table:
    return Table(
        "AE", "", (Column(name, length=length),), pl.DataFrame({name: pl.Series(values, dtype=pl.String)})
    )


def test_names_labels_types_lengths_formats_and_values_come_back(tmp_path: Path) -> None:
    table = adverse_events()
    write_xpt(table, tmp_path / "ae.xpt", modified=MOMENT)
    again = read_xpt(tmp_path / "ae.xpt")
    assert (again.name, again.label) == ("AE", "Adverse Events")
    assert again.columns == table.columns
    assert again.data.equals(table.data)
    assert again.db_last_modified == "2026-11-22T08:30:05"


@settings(max_examples=60, deadline=None)
@given(stored_tables())
def test_any_table_comes_back(tmp_path_factory: pytest.TempPathFactory, table: Table) -> None:
    path = tmp_path_factory.mktemp("xpt") / "xx.xpt"
    write_xpt(table, path)
    again = read_xpt(path)
    assert again.label == table.label
    assert again["TEXT"] == table["TEXT"]
    assert again.data.cast(dict(table.data.schema)).equals(table.data)  # type: ignore[arg-type]


def test_declared_length_is_the_stored_length(tmp_path: Path) -> None:
    write_xpt(_text_table("short", length=120), tmp_path / "ae.xpt")
    _, meta = pyreadstat.read_xport(str(tmp_path / "ae.xpt"))
    assert meta.variable_storage_width == {"AETERM": 120}


def test_same_input_gives_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_xpt(adverse_events(), tmp_path / f"{name}.xpt", modified=MOMENT)
    first, second = ((tmp_path / f"{n}.xpt").read_bytes() for n in ("a", "b"))
    assert first == second
    assert first.count(b"22NOV26:08:30:05") == 4


def test_records_are_whole_and_hold_no_row_of_ours(tmp_path: Path) -> None:
    write_xpt(_text_table("abc", "de", length=5), tmp_path / "ae.xpt")
    content = (tmp_path / "ae.xpt").read_bytes()
    assert len(content) % 80 == 0
    assert content.endswith((b"abc  " + b"de   ").ljust(80))


def test_nulls_are_blank_and_missing(tmp_path: Path) -> None:
    data = pl.DataFrame({"A": [None, "x"], "N": [None, 1.5]}, schema={"A": pl.String, "N": pl.Float64})
    write_xpt(table_of(data, "XX"), tmp_path / "xx.xpt")
    assert (tmp_path / "xx.xpt").read_bytes()[-80:].startswith(b" ." + bytes(7) + b"xA\x18")
    assert read_xpt(tmp_path / "xx.xpt").data.rows() == [("", None), ("x", 1.5)]


def test_a_table_without_rows_keeps_its_variables(tmp_path: Path) -> None:
    table = replace(adverse_events(), data=adverse_events().data.clear())
    write_xpt(table, tmp_path / "ae.xpt")
    again = read_xpt(tmp_path / "ae.xpt")
    assert again.data.height == 0
    assert [(c.name, c.label, c.length) for c in again.columns] == [
        (c.name, c.label, c.length) for c in table.columns
    ]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (_text_table("x", name="AETERMLONG"), "AE.AETERMLONG: a name of 10 characters is over the 8"),
        (_text_table("x", name="AE TERM"), "AE.AE TERM: a name is a letter or _ followed"),
        (replace(_text_table("x"), name="AEAEAEAEAE"), "AEAEAEAEAE: a name of 10 characters"),
        (replace(_text_table("x"), label="y" * 41), "AE: a label of 41 bytes is over the 40"),
        (
            replace(_text_table("x"), columns=(Column("AETERM", "y" * 41),)),
            "AE.AETERM: a label of 41 bytes is over the 40 of XPT v5. Shorten the label.",
        ),
        (_text_table("ok", "x" * 201), "AE.AETERM: text over the 200 bytes of XPT v5 (row 2)"),
        (_text_table("ok", "é" * 101), "AE.AETERM: text over the 200 bytes of XPT v5 (row 2)"),
        (
            _text_table("ok", "abcdef", length=5),
            "AE.AETERM: text over the declared length of 5 bytes (row 2)",
        ),
        (_text_table("a\0b"), "AE.AETERM: text with a NUL byte (row 1)"),
        (_text_table("a", " "), "AE: the last row is all blank"),
        (table_of(pl.DataFrame({"N": [1.0, float("nan")]}), "XX"), "XX.N: a number is expected, not NaN"),
        (table_of(pl.DataFrame({"N": [1e80]}), "XX"), "XX.N: the number is outside the range of XPT (row 1)"),
        (table_of(pl.DataFrame({"N": [2**53 + 1]}), "XX"), "XX.N: an integer over 2**53 loses digits"),
        (table_of(pl.DataFrame({"N": [1], "n": [2]}), "XX"), "XX.N: the name occurs twice"),
        (table_of(pl.DataFrame(), "XX"), "XX: a dataset without variables"),
    ],
)
def test_what_xpt_cannot_hold_is_one_sentence_and_no_file(tmp_path: Path, table: Table, said: str) -> None:
    with pytest.raises(InputError) as raised:
        write_xpt(table, tmp_path / "out.xpt")
    assert said in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_cp1252_is_read_and_said(tmp_path: Path) -> None:
    path = tmp_path / "ae.xpt"
    write_xpt(_text_table("na?ve", "plain"), path)
    path.write_bytes(path.read_bytes().replace(b"na?ve", "naïve".encode("cp1252")))
    table = read_xpt(path)
    assert table.data["AETERM"].to_list() == ["naïve", "plain"]
    assert table.notes == ("The text is not UTF-8 and was read as cp1252: AETERM of record 1.",)


@pytest.mark.parametrize("kept", [0, 100, 640, 900, 1500, -1, -80])
def test_a_cut_file_is_refused(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "ae.xpt"
    data = pl.DataFrame({"A": ["x" * 150] * 3, "N": [1.0, 2.0, 3.0]})
    write_xpt(table_of(data, "AE"), path)
    path.write_bytes(path.read_bytes()[: kept or None] if kept else b"")
    with pytest.raises(InputError, match=r"cut short|empty"):
        read_xpt(path)


def test_two_datasets_in_a_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ae.xpt"
    write_xpt(adverse_events(), path)
    content = path.read_bytes()
    path.write_bytes(content + content[240:])
    with pytest.raises(InputError, match="more than one dataset"):
        read_xpt(path)


def test_version_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ae.xpt"
    pyreadstat.write_xport(pl.DataFrame({"A": [1.0]}), str(path), file_format_version=8)
    with pytest.raises(InputError, match="XPT version 8, not 5"):
        read_xpt(path)


@pytest.mark.parametrize(
    ("sas", "value", "expected"),
    [
        ("DATE9.", 24432.0, "2026-11-22"),
        ("DATE9.", 24432.5, None),
        ("TIME8.", 90000.0, None),
        ("DATETIME20.", 0.25, "1960-01-01 00:00:00.250000"),
    ],
)
def test_a_number_is_a_date_only_where_it_is_one(
    tmp_path: Path, sas: str, value: float, expected: str | None
) -> None:
    path = tmp_path / "xx.xpt"
    data = pl.DataFrame({"N": [value, None]})
    pyreadstat.write_xport(data, str(path), file_format_version=5, variable_format={"N": sas})
    table = read_xpt(path)
    if expected is None:
        assert table.data["N"].to_list() == [value, None]
        assert table.notes[0].startswith("N has values that are no ")
    else:
        assert table.data["N"].cast(pl.String).to_list() == [expected, None]
    assert table["N"].display_format == sas


def test_modified_falls_back_to_the_tables_own(tmp_path: Path) -> None:
    table = replace(adverse_events(), db_last_modified=datetime(2020, 8, 21, 9, 14, 25).isoformat())
    write_xpt(table, tmp_path / "ae.xpt")
    assert read_xpt(tmp_path / "ae.xpt").db_last_modified == "2020-08-21T09:14:25"
