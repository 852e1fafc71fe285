"""The rows of an XPT file are, byte for byte, those that pyreadstat (ReadStat) writes."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pyreadstat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from interop.package import xpt_rows
from interop.package.limits import MAX_NUM, MIN_NUM
from interop.package.table import Table, table_of, text_lengths
from interop.package.xpt import read_xpt, write_xpt
from interop.package.xpt_header import data_start
from tests.package.samples import adverse_events, stored_tables

# From 2**248 on ReadStat writes the largest number there is, though the format holds up to 2**252.
LARGE = 2.0**248
numbers = (
    st.none()
    | st.floats(MIN_NUM, LARGE, exclude_max=True)
    | st.floats(-LARGE, -MIN_NUM, exclude_min=True)
    | st.sampled_from([0.0, -0.0, 1.0, 16.0])
)


def oracle(table: Table, path: Path) -> bytes:
    """The data of the file that pyreadstat writes, without what fills the last record."""
    values = table.data.select(
        xpt_rows.sas_value(c).fill_null("") if c.is_text else xpt_rows.sas_value(c) for c in table.columns
    )
    pyreadstat.write_xport(values, str(path), file_format_version=5)
    return path.read_bytes()[data_start(len(table.columns)) :]


def ours(table: Table) -> bytes:
    return b"".join(xpt_rows.encoded(table, text_lengths(table.data)))


def assert_same(table: Table, folder: Path) -> None:
    content, expected = ours(table), oracle(table, folder / "xx.xpt")
    assert expected.startswith(content)
    assert expected[len(content) :].strip(b" ") == b""
    assert len(expected) - len(content) < 80


@settings(max_examples=200, deadline=None)
@given(stored_tables())
@example(adverse_events())
def test_rows_are_those_of_readstat(tmp_path_factory: pytest.TempPathFactory, table: Table) -> None:
    assert_same(table, tmp_path_factory.mktemp("xpt"))


@settings(max_examples=200, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=50))
@example([MIN_NUM, -MIN_NUM, LARGE / 2, 1 / 3, 2.0**53 - 1, -0.0, None])
def test_numbers_of_the_whole_range_are_those_of_readstat(
    tmp_path_factory: pytest.TempPathFactory, values: list[float | None]
) -> None:
    data = pl.DataFrame({"N": pl.Series(values, dtype=pl.Float64)})
    assert_same(table_of(data, "XX"), tmp_path_factory.mktemp("xpt"))


@given(st.lists(st.floats(LARGE, MAX_NUM) | st.floats(-MAX_NUM, -LARGE), min_size=1))
def test_the_largest_numbers_come_back(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    path = tmp_path_factory.mktemp("xpt") / "xx.xpt"
    write_xpt(table_of(pl.DataFrame({"N": values}), "XX"), path)
    assert read_xpt(path).data["N"].cast(pl.Float64).to_list() == values


def test_rows_do_not_depend_on_how_many_are_encoded_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [None, "é", "abc", "", None, "日本"]
    table = table_of(pl.DataFrame({"A": texts, "N": [1.5, None, -2.0, 0.0, 3.0, 1e9]}), "XX")
    whole = ours(table)
    monkeypatch.setattr(xpt_rows, "CHUNK", 2)
    assert ours(table) == whole
    assert whole[:14] == b"      " + bytes.fromhex("4118000000000000")
    assert whole[14:28] == "é".encode() + b"    ." + bytes(7)
