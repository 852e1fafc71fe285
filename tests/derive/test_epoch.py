"""EPOCH as a function of a date and of the subject's reference dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from interop.derive.epoch import epoch, with_epoch
from interop.study import Epoch
from tests.mappings.sdtm.small import STUDY

NAMES = [None, "SCREENING", "TREATMENT", "FOLLOW-UP"]
DAYS = st.dates(date(2024, 1, 1), date(2024, 3, 31))


def epochs(dates: list[str | None], **dm: str | None) -> list[str | None]:
    reference = {"RFICDTC": None, "RFSTDTC": None, "RFXENDTC": None, **dm}
    rows = pl.DataFrame({"date": pl.Series(dates, dtype=pl.String)}).with_columns(
        *(pl.lit(v, pl.String).alias(f"DM.{k}") for k, v in reference.items()),
        pl.lit("DM|1").alias("_src:DM"),
    )
    found: list[str | None] = with_epoch(rows, STUDY, "date").select(epoch("date")).to_series().to_list()
    return found


@given(DAYS, DAYS, DAYS, st.lists(DAYS, min_size=1))
def test_time_runs_through_the_epochs_in_their_order(a: date, b: date, c: date, days: list[date]) -> None:
    consent, first, last = sorted((a, b, c))
    found = epochs(
        [str(d) for d in sorted(days)], RFICDTC=str(consent), RFSTDTC=str(first), RFXENDTC=str(last)
    )
    places = [NAMES.index(name) for name in found]
    assert places == sorted(places)
    for day, name in zip(sorted(days), found, strict=True):
        assert (name == "TREATMENT") == (first <= day <= last)
        assert (name is None) == (day < consent)


@given(DAYS, st.integers(0, 60), DAYS)
def test_a_month_is_in_an_epoch_only_if_all_of_its_days_are(first: date, length: int, day: date) -> None:
    dm = {"RFICDTC": "2023-12-01", "RFSTDTC": str(first), "RFXENDTC": str(first + timedelta(length))}
    month = [d for n in range(31) if (d := day.replace(day=1) + timedelta(n)).month == day.month]
    each = set(epochs([str(d) for d in month], **dm))
    [whole] = epochs([str(day)[:7]], **dm)
    assert whole == (each.pop() if len(each) == 1 else None)


def test_an_epoch_that_no_date_begins_takes_everything_before_the_next() -> None:
    study = replace(STUDY, epochs=(Epoch("SCREENING"), Epoch("TREATMENT", "RFSTDTC")))
    rows = pl.DataFrame(
        {
            "date": ["1950", "2024-01-10", None],
            "DM.RFSTDTC": ["2024-01-10"] * 3,
            "_src:DM": ["DM|1"] * 3,
        }
    )
    found = with_epoch(rows, study, "date")
    assert found.select(epoch("date")).to_series().to_list() == ["SCREENING", "TREATMENT", None]
    assert found["_src:epoch"].to_list() == [
        "study.yaml#epochs/SCREENING",
        "study.yaml#epochs/TREATMENT",
        None,
    ]


def test_the_time_of_a_day_does_not_part_it() -> None:
    dm = {"RFSTDTC": "2024-01-10T10:00", "RFXENDTC": "2024-01-20T10:00"}
    assert epochs(["2024-01-10", "2024-01-10T08:00", "2024-01-20T23:00", "2024-01-21"], **dm) == [
        "TREATMENT",
        "TREATMENT",
        "TREATMENT",
        "FOLLOW-UP",
    ]
