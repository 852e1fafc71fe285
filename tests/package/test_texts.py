"""Text in more than one encoding: each value as it was meant, and the place of what is not UTF-8."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interop.errors import InputError
from interop.package.csvfile import read_csv
from interop.package.datasetjson import read_dataset_json
from interop.package.table import Column, Table
from interop.package.texts import decoded, told_lines
from interop.package.xpt import read_xpt, write_xpt


@pytest.fixture
def xpt(tmp_path: Path) -> Path:
    path = tmp_path / "ae.xpt"
    data = pl.DataFrame({"AESEQ": [1, 2, 3], "AETERM": ["Übelkeit", "F######", "Kopf"]})
    columns = (Column("AESEQ", "Number", "integer"), Column("AETERM", "T#rm", "string"))
    write_xpt(Table("AE", "Adverse Events", columns, data), path)
    return path


def damaged(path: Path, find: bytes, by: bytes) -> Path:
    content = path.read_bytes()
    assert content.count(find) == 1
    path.write_bytes(content.replace(find, by))
    return path


def test_one_letter_of_cp1252_leaves_the_others_utf8(xpt: Path) -> None:
    table = read_xpt(damaged(xpt, b"F######", "Fièvre ".encode("cp1252")))
    assert table.data["AETERM"].to_list() == ["Übelkeit", "Fièvre", "Kopf"]
    assert table.notes == ("The text is not UTF-8 and was read as cp1252: AETERM of record 2.",)


def test_a_label_of_cp1252_is_said_to_be_one(xpt: Path) -> None:
    table = read_xpt(damaged(xpt, b"T#rm", "Tèrm".encode("cp1252")))
    assert [c.label for c in table.columns] == ["Number", "Tèrm"]
    assert table.data["AETERM"].to_list()[0] == "Übelkeit"
    assert table.notes == ("The text is not UTF-8 and was read as cp1252: the label of AETERM.",)


def test_what_is_neither_is_refused_with_its_place(xpt: Path) -> None:
    with pytest.raises(InputError, match=r"neither UTF-8 nor cp1252 \(AETERM of record 2\)"):
        read_xpt(damaged(xpt, b"F######", b"F\x81\x81####"))


def test_a_text_that_ends_at_a_nul_is_said(xpt: Path) -> None:
    table = read_xpt(damaged(xpt, b"F######", b"F\0eber\0"))
    assert table.data["AETERM"].to_list() == ["Übelkeit", "F", "Kopf"]
    assert table.notes == ("A text ends at its NUL byte, though it goes on: AETERM of record 2.",)
    assert read_xpt(damaged(xpt, b"F\0eber\0", b"F\0\0\0\0\0\0")).notes == ()  # nothing is lost


def test_a_csv_is_decoded_by_line(tmp_path: Path) -> None:
    path = tmp_path / "ae.csv"
    path.write_bytes(
        b"\xef\xbb\xbfAETERM\n" + "Übelkeit\n".encode() + "Fièvre\n".encode("cp1252") + b"a\0b\n"
    )
    table = read_csv(path)
    assert table.data["AETERM"].to_list() == ["Übelkeit", "Fièvre", "a\0b"]
    assert table.notes == (
        "The text is not UTF-8 and was read as cp1252: line 3. A text holds a NUL byte: line 4.",
    )
    path.write_bytes("AETERM\nx\n".encode("utf-16"))
    with pytest.raises(InputError, match="the text is UTF-16"):
        read_csv(path)


@given(st.lists(st.tuples(st.text("aéü \t", max_size=4), st.booleans()), max_size=5))
def test_every_line_is_as_it_was_meant(lines: list[tuple[str, bool]]) -> None:
    content = b"\n".join(t.encode("cp1252" if foreign else "utf-8") for t, foreign in lines)
    text, other = decoded(content)
    # cp1252 that happens to be UTF-8 (`Ã©`) cannot be told from it; of these letters none is.
    assert text == "\n".join(t for t, _ in lines)
    assert other == [n for n, (t, foreign) in enumerate(lines, 1) if foreign and not t.isascii()]


def test_many_lines_are_counted() -> None:
    assert told_lines([1]) == "line 1"
    assert told_lines([1, 2]) == "lines 1 and 2"
    assert told_lines(range(1, 2001)) == "lines 1, 2, 3, 4, 5 and 1,995 more"


@pytest.mark.parametrize("at", [54, 56, 57])
def test_a_damaged_number_of_variables_is_damage(xpt: Path, at: int) -> None:
    content = bytearray(xpt.read_bytes())
    content[560 + at] = ord("K")
    xpt.write_bytes(bytes(content))
    with pytest.raises(InputError, match="cut short or damaged"):
        read_xpt(xpt)


HEAD = (
    '{"datasetJSONCreationDateTime": "2026-01-01T00:00:00", "datasetJSONVersion": "1.1.0", '
    '"itemGroupOID": "IG", "name": "AE", "label": "Adverse Events", "records": 1, '
    '"columns": [{"itemOID": "IT", "name": "AESEQ", "label": "Number", "dataType": "float"}], "rows": [ROW]}'
)


@pytest.mark.parametrize(
    ("row", "other", "said"),
    [
        ("[1e400]", (), "not of the column's type float"),
        ("[NaN]", (), "NaN is no number"),
        ("[" * 100_000, (), "nested too deeply"),
        ("[1]", ('"AE"', "5"), "name: the value is text"),
        ("[1]", ('"AESEQ"', "null"), "label of a column are text"),
        ("[1]", ('"records"', '"sourceSystem": 5, "records"'), "sourceSystem: it has a name and a version"),
    ],
)
def test_dataset_json_that_is_none_is_said(
    tmp_path: Path, row: str, other: tuple[str, str] | tuple[()], said: str
) -> None:
    path = tmp_path / "ae.json"
    path.write_text((HEAD.replace(*other) if other else HEAD).replace("ROW", row))
    with pytest.raises(InputError, match=said):
        read_dataset_json(path)
