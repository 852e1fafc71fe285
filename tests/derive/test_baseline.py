"""The last record before treatment: one a group, by date."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from interop.derive.baseline import last_before

DATES = st.sampled_from(
    [
        None,
        "2024",
        "2024-01",
        "2024-01-09",
        "2024-01-10",
        "2024-01-10T08:00",
        "2024-01-10T10:00",
        "2024-01-11",
    ]
)
ROWS = st.lists(st.tuples(st.sampled_from("AB"), DATES, st.sampled_from([None, "1", "2"])), max_size=12)
EARLY = ("2024-01-09", "2024-01-10", "2024-01-10T08:00")


def flagged(rows: list[tuple[str, str | None, str | None]], since: str | None) -> list[int]:
    frame = pl.DataFrame(rows, schema=["test", "date", "value"], orient="row").with_columns(
        pl.col("test", "date", "value").cast(pl.String), since=pl.lit(since, pl.String)
    )
    rule = last_before(date="date", value="value", since="since", by=("test",), method="")
    return frame.select(rule.value.eq("Y").fill_null(False).arg_true()).to_series().to_list()


@given(ROWS)
def test_each_group_has_the_latest_of_its_early_results(
    rows: list[tuple[str, str | None, str | None]],
) -> None:
    expected = []
    for test in "AB":
        early = [(d, n) for n, (t, d, v) in enumerate(rows) if t == test and v is not None and d in EARLY]
        expected += [max(early)[1]] if early else []
    assert sorted(flagged(rows, "2024-01-10T09:00")) == sorted(expected)


@given(ROWS)
def test_without_treatment_there_is_none(rows: list[tuple[str, str | None, str | None]]) -> None:
    assert flagged(rows, None) == []
