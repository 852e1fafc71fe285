"""Dataset-JSON: exact values in three forms, and errors that say the line."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import fields, replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interop.errors import InputError, UsageError
from interop.package.datasetjson import SUFFIXES, read_dataset_json, write_dataset_json
from interop.package.table import Column, Table, table_of
from tests.package.samples import MOMENT, adverse_events, any_text

HEAD = (
    '{"datasetJSONCreationDateTime":"2026-11-22T08:30:05","datasetJSONVersion":"1.1.0","itemGroupOID":"IG.XX",'
    '"records":2,"name":"XX","label":"","columns":[{"itemOID":"I","name":"A","label":"","dataType":"%s"}]}\n'
)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_everything_comes_back(tmp_path: Path, suffix: str) -> None:
    table = replace(
        adverse_events(),
        study_oid="S",
        source_system=("interop", "0.1"),
        db_last_modified="2026-01-01T00:00:00",
    )
    path = tmp_path / f"ae{suffix}"
    write_dataset_json(table, path, created=MOMENT)
    again = read_dataset_json(path)
    assert again.data.equals(table.data)
    assert [replace(c, item_oid=None) for c in again.columns] == list(table.columns)
    rest = replace(again, columns=table.columns, item_group_oid=None)
    others = [f.name for f in fields(table) if f.name != "data"]  # frames have no truth of their own
    assert [getattr(rest, name) for name in others] == [getattr(table, name) for name in others]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(any_text, max_size=5),
    st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False), max_size=5),
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=5),
)
def test_any_value_comes_back(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str | None], floats: list[float], ints: list[int]
) -> None:
    height = min(len(texts), len(floats), len(ints))
    columns = {"T": pl.String, "F": pl.Float64, "I": pl.Int64}
    data = pl.DataFrame({"T": texts[:height], "F": floats[:height], "I": ints[:height]}, schema=columns)
    path = tmp_path_factory.mktemp("json") / "xx.ndjson"
    write_dataset_json(table_of(data, "XX"), path, created=MOMENT)
    assert read_dataset_json(path).data.equals(data)


def test_the_bytes_are_those_of_the_specification(tmp_path: Path) -> None:
    data = pl.DataFrame({"A": ['x"\n', None], "N": [1, None], "D": ["1.20", "0.10"]})
    columns = (
        Column("A", "a", length=3),
        Column("N", "n", "integer"),
        Column("D", "d", "decimal", target_data_type="decimal"),
    )
    table = Table("XX", "Test", columns, data)
    write_dataset_json(table, tmp_path / "xx.ndjson", created=MOMENT)
    head, *rows = (tmp_path / "xx.ndjson").read_text("utf-8").splitlines()
    assert list(json.loads(head)) == [
        "datasetJSONCreationDateTime",
        "datasetJSONVersion",
        "itemGroupOID",
        "records",
        "name",
        "label",
        "columns",
    ]
    assert rows == ['["x\\"\\u000a",1,"1.20"]', '[null,null,"0.10"]']
    write_dataset_json(table, tmp_path / "xx.json", created=MOMENT)
    assert (tmp_path / "xx.json").read_text("utf-8") == f'{head[:-1]},"rows":[{rows[0]},{rows[1]}]}}'


def test_dsjc_is_a_bare_zlib_stream_of_the_ndjson(tmp_path: Path) -> None:
    for suffix in (".ndjson", ".dsjc"):
        write_dataset_json(adverse_events(), tmp_path / f"ae{suffix}", created=MOMENT)
    assert zlib.decompress((tmp_path / "ae.dsjc").read_bytes()) == (tmp_path / "ae.ndjson").read_bytes()


def test_gzip_is_read_as_cdisc_publishes_it(tmp_path: Path) -> None:
    write_dataset_json(adverse_events(), tmp_path / "ae.ndjson", created=MOMENT)
    (tmp_path / "ae.dsjc").write_bytes(gzip.compress((tmp_path / "ae.ndjson").read_bytes()))
    assert read_dataset_json(tmp_path / "ae.dsjc").data.equals(adverse_events().data)


def test_a_decimal_keeps_the_digits_it_was_sent_with(tmp_path: Path) -> None:
    path = tmp_path / "xx.ndjson"
    path.write_text(HEAD % "decimal" + '["4.20"]\n[0.10]\n', "utf-8")
    assert read_dataset_json(path).data["A"].to_list() == ["4.20", "0.10"]


@pytest.mark.parametrize(
    ("kind", "rows", "said"),
    [
        ("integer", '[1]\n["2"]\n', "line 3, A: the value is not of the column's type integer"),
        ("integer", "[1]\n[2.5]\n", "line 3, A: the value is not of the column's type integer"),
        ("integer", "[1]\n[true]\n", "line 3, A: the value is not of the column's type integer"),
        ("string", '["x"]\n[2]\n', "line 3, A: the value is not of the column's type string"),
        ("string", '["x"]\n["y"\n', "line 3: this is not valid JSON"),
        ("string", '["x"]\n["y","z"]\n', "line 3: a row is an array of 1 values"),
        ("string", '["x"]\n', "records: the metadata says 2 records, the file has 1"),
        ("float", "[1]\n[NaN]\n", "line 3: this is not valid JSON (NaN is no number)"),
        ("text", '["x"]\n["y"]\n', "A: text is no dataType"),
    ],
)
def test_a_contradiction_is_told_with_its_line(tmp_path: Path, kind: str, rows: str, said: str) -> None:
    path = tmp_path / "xx.ndjson"
    path.write_text(HEAD % kind + rows, "utf-8")
    with pytest.raises(InputError) as raised:
        read_dataset_json(path)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.json", b'{"a": 1', "not valid JSON"),
        ("x.json", b"[1]", "no Dataset-JSON object"),
        ("x.json", b'{"name": "AE"}', "datasetJSONCreationDateTime: a required attribute is missing"),
        ("x.json", "é".encode("cp1252"), "Dataset-JSON is UTF-8, byte 0 is not"),
        ("x.dsjc", b"nothing", "not a zlib or gzip stream"),
        ("x.dsjc", zlib.compress(b"x" * 999)[:-6], "the compressed file is cut short"),
        ("x.ndjson", (HEAD % "string").replace("1.1.0", "1.0").encode(), "Dataset-JSON 1.0 is not 1.1"),
    ],
)
def test_what_is_no_dataset_json_is_refused(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as raised:
        read_dataset_json(tmp_path / name)
    assert said in str(raised.value)


def test_nan_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    table = table_of(pl.DataFrame({"N": [1.0, float("inf")]}), "XX")
    with pytest.raises(InputError, match=r"XX\.N: NaN or infinity is no number in JSON \(row 2\)"):
        write_dataset_json(table, tmp_path / "xx.json", created=MOMENT)
    assert list(tmp_path.iterdir()) == []


def test_another_suffix_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"end in \.json, \.ndjson, \.dsjc"):
        write_dataset_json(adverse_events(), tmp_path / "ae.txt", created=MOMENT)
