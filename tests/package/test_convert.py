"""`interop convert`: every pair of formats, and nothing half-written."""

from __future__ import annotations

import shutil
from itertools import permutations
from pathlib import Path

import polars as pl
import pytest

from interop.errors import InputError, UsageError
from interop.package.convert import SUFFIXES, convert, read_table, write_table
from interop.package.csvfile import LOST
from interop.package.table import Column, Table, table_of
from tests.package.samples import MOMENT, adverse_events

KEEPS_METADATA = tuple(s for s in SUFFIXES if s != ".csv")


@pytest.mark.parametrize(("first", "second"), list(permutations(KEEPS_METADATA, 2)))
def test_there_and_back_loses_nothing(tmp_path: Path, first: str, second: str) -> None:
    table = adverse_events()
    write_table(table, tmp_path / f"a{first}", created=MOMENT)
    done = convert(tmp_path / f"a{first}", tmp_path / f"b{second}", created=MOMENT)
    assert (done.rows, done.columns) == (3, 7)
    convert(tmp_path / f"b{second}", tmp_path / f"c{first}", created=MOMENT)
    again = read_table(tmp_path / f"c{first}")
    assert again.data.equals(table.data)
    assert (again.name, again.label) == ("AE", "Adverse Events")
    wanted = [(c.name, c.label, c.data_type, c.length, c.display_format) for c in table.columns]
    assert [(c.name, c.label, c.data_type, c.length, c.display_format) for c in again.columns] == wanted


def test_csv_tells_what_it_loses_and_keeps_text_text(tmp_path: Path) -> None:
    data = pl.DataFrame(
        {"SITEID": ["701", "007", None, ""], "AESEQ": [1, 2, 3, None], "DOSE": [4.5, None, 1e22, 2.0]}
    )
    write_table(table_of(data, "AE", "Adverse Events"), tmp_path / "ae.parquet", created=MOMENT)
    assert convert(tmp_path / "ae.parquet", tmp_path / "ae.csv").notes == (LOST,)
    assert (tmp_path / "ae.csv").read_text("utf-8").splitlines()[:2] == [
        '"SITEID","AESEQ","DOSE"',
        '"701",1,4.5',
    ]
    again = read_table(tmp_path / "ae.csv")
    assert again.data.equals(data)
    assert again.notes == ("Read as numbers, because unquoted: AESEQ, DOSE. Quote a column to keep it text.",)


def test_csv_numbers_keep_their_digits(tmp_path: Path) -> None:
    (tmp_path / "lb.csv").write_text("LBORRES,SITE,VISIT\n4.20,007,1\n10.0,008,1.5\n", "utf-8")
    table = read_table(tmp_path / "lb.csv")
    assert [c.data_type for c in table.columns] == ["decimal", "string", "float"]
    assert table.data["LBORRES"].to_list() == ["4.20", "10.0"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"A,B\n1,2\n1\n", "line 3: the row has 1 fields, the header 2"),
        (b"A,B\n1,2,3\n", "line 2: the row has 3 fields, the header 2"),
        (b"A;B\n1;2\n", "line 1: the columns are separated by ';'. Export it with commas."),
        (b"A,A\n1,2\n", "line 1, A: a name occurs twice"),
        (b'A,B\n"x,2\n', "line 2: this is not CSV"),
        (b"", "line 1: the header needs a name for each column"),
        (b"A\n\x81\n", "neither UTF-8 nor cp1252"),
    ],
)
def test_csv_that_would_lose_values_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(InputError) as raised:
        convert(tmp_path / "x.csv", tmp_path / "x.xpt")
    assert said in str(raised.value)


def test_cp1252_csv_is_read_and_said(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("A\nnaïve\n".encode("cp1252"))
    done = convert(tmp_path / "x.csv", tmp_path / "x.json")
    assert done.notes == ("The text is not UTF-8 and was read as cp1252: line 2.",)
    assert read_table(tmp_path / "x.json").data["A"].to_list() == ["naïve"]


@pytest.mark.parametrize(
    ("real", "named", "said"),
    [
        (".xpt", ".json", "the content is SAS XPT, not what .json says. Rename it to .xpt."),
        (".json", ".xpt", "the content is JSON, not what .xpt says. Rename it to .json or .ndjson."),
        (".parquet", ".csv", "the content is Parquet, not what .csv says"),
        (".dsjc", ".ndjson", "the content is compressed Dataset-JSON, not what .ndjson says"),
        (".csv", ".xpt", "this is not an XPT file"),
        (".csv", ".parquet", "the Parquet file cannot be read"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, real: str, named: str, said: str) -> None:
    write_table(adverse_events(), tmp_path / f"ae{real}", created=MOMENT)
    shutil.copy(tmp_path / f"ae{real}", tmp_path / f"wrong{named}")
    with pytest.raises(InputError) as raised:
        convert(tmp_path / f"wrong{named}", tmp_path / "out.parquet")
    assert said in str(raised.value)
    assert not (tmp_path / "out.parquet").exists()


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    table = Table("AE", "", (Column("AETERM"),), pl.DataFrame({"AETERM": ["x" * 201]}))
    write_table(table, tmp_path / "ae.json", created=MOMENT)
    (tmp_path / "ae.xpt").write_text("old", "utf-8")
    with pytest.raises(InputError, match="text over the 200 bytes"):
        convert(tmp_path / "ae.json", tmp_path / "ae.xpt")
    assert (tmp_path / "ae.xpt").read_text("utf-8") == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ae.json", "ae.xpt"]


def test_upper_case_suffixes_are_understood(tmp_path: Path) -> None:
    write_table(adverse_events(), tmp_path / "AE.XPT", created=MOMENT)
    assert convert(tmp_path / "AE.XPT", tmp_path / "AE.JSON").rows == 3


def test_usage_errors(tmp_path: Path) -> None:
    write_table(adverse_events(), tmp_path / "ae.xpt", created=MOMENT)
    with pytest.raises(UsageError, match="the suffix must be one of"):
        convert(tmp_path / "ae.xpt", tmp_path / "ae.sas7bdat")
    with pytest.raises(UsageError, match="both input and output"):
        convert(tmp_path / "ae.xpt", tmp_path / "ae.xpt")
    with pytest.raises(UsageError, match="is no folder"):
        convert(tmp_path / "ae.xpt", tmp_path / "none" / "ae.json")
    with pytest.raises(InputError, match="there is no such file"):
        convert(tmp_path / "no.xpt", tmp_path / "ae.json")
