"""Results in standard units."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interop.derive.units import UNITS, standard_result, standard_unit, with_standard_unit
from tests.mappings.sdtm.small import STUDY, records


def converted(
    result: str | None, unit: str | None, to: str | None, decimals: str | None = None
) -> str | None:
    rows = pl.DataFrame(
        {"r": [result], "u": [unit], "t": [to], "d": [decimals]}, schema=dict.fromkeys("rutd", pl.String)
    )
    found: str | None = rows.select(standard_result("r", "u", "t", "d")).item()
    return found


@pytest.mark.parametrize(
    ("result", "unit", "to", "decimals", "expected"),
    [
        ("63", "in", "cm", "2", "160.02"),
        ("75.0", "in", "cm", "2", "190.5"),
        ("206.0", "LB", "kg", "2", "93.44"),
        ("96.9", "F", "C", "2", "36.06"),
        ("32", "F", "C", "2", "0"),
        ("-40", "F", "C", "1", "-40"),
        ("31.99", "F", "C", "1", "0"),  # not -0
        ("37", "C", "K", "2", "310.15"),
        ("1", "oz", "g", "4", "28.3495"),
        ("0.5", "kg", "kg", "0", "1"),  # half away from zero, not to the even 0
        ("-0.5", "kg", "kg", "0", "-1"),
        ("2.675", "kg", "kg", "2", "2.68"),  # 2.67 in binary floats
        ("1", "F", "C", None, "-17.2222222222"),
        ("058", "mmHg", None, None, "58"),
        ("148.0", "cm", "cm", None, "148"),
        ("1.10", "mmHg", None, "0", "1.1"),  # no standard unit, so no decimals of one either
        ("100", None, "kg", "0", "100"),  # its unit is not known, so it stays
        ("70", "stone", "kg", "2", "70"),
        ("70", "mmHg", "kg", "2", "70"),  # another dimension
        ("NEGATIVE", None, "kg", "2", "NEGATIVE"),
        ("NaN", "LB", "kg", "2", "NaN"),
        (None, "LB", "kg", "2", None),
    ],
)
def test_result(
    result: str | None, unit: str | None, to: str | None, decimals: str | None, expected: str | None
) -> None:
    assert converted(result, unit, to, decimals) == expected


def test_rows_keep_their_order_and_repetitions() -> None:
    rows = pl.DataFrame({"r": ["2", "1", "2"], "u": ["in"] * 3, "t": ["cm"] * 3, "d": ["1"] * 3})
    assert rows.select(standard_result("r", "u", "t", "d")).to_series().to_list() == ["5.1", "2.5", "5.1"]


def test_unit_is_the_standard_one_only_where_it_can_be_told() -> None:
    rows = pl.DataFrame(
        {"u": ["LB", "kg", "stone", None, "beats/min"], "t": ["kg", "kg", "kg", "kg", None]},
        schema=dict.fromkeys("ut", pl.String),
    )
    found = rows.select(standard_unit("u", "t")).to_series().to_list()
    assert found == ["kg", "kg", "stone", None, "beats/min"]


@given(
    st.decimals(-500, 500, places=2),
    st.sampled_from([(a, b) for a in UNITS for b in UNITS if UNITS[a].dimension == UNITS[b].dimension]),
)
def test_there_and_back_is_the_same(value: Decimal, units: tuple[str, str]) -> None:
    there = converted(str(value), *units)
    back = converted(there, units[1], units[0], "2")
    # Ten decimals of the larger unit are at worst a millionth of the smaller one.
    assert back is not None
    assert abs(Decimal(back) - value) <= Decimal("0.01")


def test_the_study_says_which_unit() -> None:
    rows = with_standard_unit(
        records(vital_sign=[{"test": "WEIGHT"}, {"test": "PULSE"}])["vital_sign"], STUDY
    )
    assert rows.select("test", "standard.unit", "standard.decimals", "_src:standard").rows() == [
        ("WEIGHT", "kg", "1", "study.yaml#units/WEIGHT"),
        ("PULSE", None, None, None),
    ]
