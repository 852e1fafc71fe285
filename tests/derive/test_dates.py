"""Dates as ISO 8601 text: study days, comparison and choice, where parts may be missing."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interop.derive.dates import after, before, date_of, earliest, earliest_of, latest, latest_of, study_day

PARTIAL = st.builds(
    lambda day, size: f"{day.isoformat()}T12:30:00"[:size],
    st.dates(date(1990, 1, 1), date(2030, 12, 31)),
    st.sampled_from([4, 7, 10, 13, 16, 19]),
)


def one(expr: pl.Expr, **row: str | None) -> object:
    return (
        pl.DataFrame({k: [v] for k, v in row.items()}, schema=dict.fromkeys(row, pl.String))
        .select(expr)
        .item()
    )


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2014-01-02", 1),
        ("2014-01-02T23:59", 1),
        ("2014-01-03", 2),
        ("2014-01-01", -1),
        ("2013-12-31", -2),
        ("2014-01", None),
        ("2014", None),
        (None, None),
    ],
)
def test_study_day_has_no_zero_and_needs_whole_dates(day: str | None, expected: int | None) -> None:
    assert one(study_day("a", since="b"), a=day, b="2014-01-02T08:00") == expected
    assert one(study_day("a", since="b"), a="2014-01-02", b=None) is None


def test_study_day_names_what_it_reads() -> None:
    assert set(study_day("AESTDTC", since="DM.RFSTDTC").meta.root_names()) == {"AESTDTC", "DM.RFSTDTC"}


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.integers(-4000, 4000))
def test_study_days_count_every_day_once(since: date, days: int) -> None:
    counted = one(study_day("a", since="b"), a=str(since + timedelta(days)), b=str(since))
    assert counted == (days + 1 if days >= 0 else days)


def test_date_of_is_null_where_the_day_is_not_known() -> None:
    texts = pl.DataFrame({"a": ["2014-01-02", "2014-01-02T10:30", "2014-01", "2014", None]})
    assert texts.select(date_of("a"))["a"].to_list() == [date(2014, 1, 2), date(2014, 1, 2), None, None, None]


@pytest.mark.parametrize(
    ("a", "b", "earlier", "later"),
    [
        ("2014-01-01", "2014-01-02", True, False),
        ("2014-01-02", "2014-01-02", False, False),
        ("2013", "2014-01-02", True, False),
        ("2014-02", "2014-01-02", False, True),
        ("2014-01", "2014-01-02", None, None),
        ("2014-01-02", "2014-01-02T10:00", None, None),
        (None, "2014", None, None),
    ],
)
def test_what_is_not_known_is_null(a: str | None, b: str, earlier: bool | None, later: bool | None) -> None:
    assert one(before("a", "b"), a=a, b=b) is earlier
    assert one(after("a", "b"), a=a, b=b) is later


@given(PARTIAL, PARTIAL)
def test_before_and_after_mirror_each_other(a: str, b: str) -> None:
    assert one(before("a", "b"), a=a, b=b) == one(after("b", "a"), a=a, b=b)


@pytest.mark.parametrize(
    ("dates", "first", "last"),
    [
        (["2014-01-05", "2014-02-01", None], "2014-01-05", "2014-02-01"),
        (
            ["2014-01", "2014-01-05", "2014-01-20"],
            "2014-01-05",
            "2014-01-20",
        ),  # January alone decides nothing
        (["2013-12", "2014-01-05"], "2013-12", "2014-01-05"),
        (["2014", "2013-05-05"], "2013-05-05", "2014"),
        ([None], None, None),
    ],
)
def test_of_dates_in_doubt_the_more_complete_one_is_taken(
    dates: list[str | None], first: str | None, last: str | None
) -> None:
    frame = pl.DataFrame({"d": dates}, schema={"d": pl.String})
    assert frame.select(earliest("d")).item() == first
    assert frame.select(latest("d")).item() == last


@given(st.lists(PARTIAL, min_size=1, max_size=6))
def test_the_choice_is_never_after_another_and_not_by_order(dates: list[str]) -> None:
    frame = pl.DataFrame({"d": dates})
    first = frame.select(earliest("d")).item()
    last = frame.select(latest("d")).item()
    assert not any(one(before("a", "b"), a=d, b=first) for d in dates)
    assert not any(one(after("a", "b"), a=d, b=last) for d in dates)
    assert frame.sort("d", descending=True).select(earliest("d")).item() == first
    row = {f"d{n}": d for n, d in enumerate(dates)}
    assert one(earliest_of(*row), **row) == first
    assert one(latest_of(*row), **row) == last
