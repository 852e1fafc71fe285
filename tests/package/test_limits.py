"""All breaches are told at once, with the first row of each, and no value is quoted."""

from __future__ import annotations

import polars as pl

from interop.package.limits import check_limits
from interop.package.table import Column, Table, table_of


def test_every_breach_is_told_with_its_first_row() -> None:
    data = pl.DataFrame({"AETERM": ["ok", "secret" * 40, "x" * 300], "AENOTEXT1": ["é", "b ", "c"]})
    columns = (Column("AETERM", "z" * 50), Column("AENOTEXT1"))
    found = check_limits(Table("AE", "Adverse Events", columns, data))
    assert [(p.level, p.variable, p.row, p.message) for p in found] == [
        ("error", "AETERM", None, "a label of 50 bytes is over the 40 of XPT v5"),
        ("error", "AENOTEXT1", None, "a name of 9 characters is over the 8 of XPT v5"),
        ("error", "AETERM", 2, "text over the 200 bytes of XPT v5"),
        ("warning", "AENOTEXT1", 1, "text with letters outside ASCII may be misread"),
        ("warning", "AENOTEXT1", 2, "XPT drops trailing blanks"),
    ]
    assert all(p.mend for p in found)
    assert "secret" not in " ".join(map(str, found))


def test_a_decimal_that_is_no_number_is_an_error() -> None:
    columns = (Column("AVAL", data_type="decimal", target_data_type="decimal"),)
    found = check_limits(Table("XX", "", columns, pl.DataFrame({"AVAL": ["4.20", None, "high"]})))
    assert [(p.level, p.row) for p in found] == [("error", 3)]


def test_a_clean_table_has_no_problems() -> None:
    assert check_limits(table_of(pl.DataFrame({"A": ["x", None], "N": [0.0, -1.5]}), "XX")) == []


def test_lower_case_is_a_warning() -> None:
    found = check_limits(table_of(pl.DataFrame({"aval": [1.0]}), "XX"))
    assert [(p.level, p.variable) for p in found] == [("warning", "aval")]
