"""Results of hand-made analysis datasets."""

from __future__ import annotations

import polars as pl
import pytest

from interop.report.results import ALL, NO_GROUP, adverse_events, disposition, response_rates, survival

A, B = "Cohort A", "Cohort B"


def adrs(*rows: tuple[str, str | None, str]) -> pl.DataFrame:
    """PARAMCD, TRT01P, AVALC."""
    frame = pl.DataFrame(rows, schema=["PARAMCD", "TRT01P", "AVALC"], orient="row")
    return frame.with_columns(
        PARAM=pl.format("Parameter {}", "PARAMCD"), PARCAT1=pl.lit("Tumor Response"), PARCAT2=pl.lit("After")
    )


def test_rates_have_a_line_a_group_and_those_without_one() -> None:
    found = response_rates(adrs(("CR", A, "Y"), ("CR", A, "N"), ("CR", B, "Y"), ("CR", None, "N")), [B, A])
    assert found.select("GROUP", "N", "n", "rate").rows() == [
        (ALL, 4, 2, 0.5),
        (B, 1, 1, 1.0),
        (A, 2, 1, 0.5),
        (NO_GROUP, 1, 0, 0.0),
    ]
    assert found.row(0)[-2:] == pytest.approx((0.067586, 0.932414), abs=1e-6)  # R: binom.test(2, 4)


def test_rates_of_the_endpoints_come_first_and_alone() -> None:
    rows = adrs(("BOR", A, "CR"), ("PD", A, "N"), ("RSP", A, "Y"), ("CRS", A, "N"))
    assert response_rates(rows)["PARAMCD"].to_list() == ["RSP", "CRS"]
    assert response_rates(rows, wanted=["PFS", "CRS"])["PARAMCD"].to_list() == ["CRS"]


def adtte(*rows: tuple[str | None, float, int]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["TRT01P", "AVAL", "CNSR"], orient="row")
    return frame.with_columns(PARAMCD=pl.lit("PFS"), PARAM=pl.lit("PFS (days)"))


def test_survival_is_split_where_all_subjects_have_a_group() -> None:
    curves, times = survival(adtte((A, 100, 0), (A, 400, 0), (B, 500, 1)))
    assert times.select("GROUP", "N", "events", "censored", "median").rows() == [
        (ALL, 3, 2, 1, 400.0),
        (A, 2, 2, 0, 100.0),
        (B, 1, 0, 1, None),
    ]
    assert times["year"].to_list() == pytest.approx([2 / 3, 0.5, 1.0])
    assert curves["GROUP"].unique(maintain_order=True).to_list() == [ALL, A, B]


def test_survival_is_not_split_by_a_group_that_comes_later() -> None:
    _, times = survival(adtte((A, 100, 0), (B, 400, 0), (None, 30, 0)))
    assert times["GROUP"].to_list() == [ALL]


def test_survival_at_a_year_is_not_told_by_those_who_left_before() -> None:
    _, times = survival(adtte((A, 100, 0), (A, 200, 1)))
    assert times.select("year", "year_lower", "year_upper").row(0) == (None, None, None)


def adsl(*rows: tuple[str | None, bool, bool, str | None, str | None]) -> pl.DataFrame:
    """TRT01P, in phase 1, in phase 2, EOSSTT, DCTREAS."""
    frame = pl.DataFrame(rows, schema=["TRT01P", "one", "two", "EOSSTT", "DCTREAS"], orient="row")
    day = pl.date(2024, 1, 1)
    return frame.with_columns(
        pl.when("one").then(day).alias("PH1SDT"),
        pl.when("two").then(day).alias("PH2SDT"),
        APHASE1=pl.lit("Salvage"),
        APHASE2=pl.lit("Cells"),
        DCSREAS=pl.when(pl.col("EOSSTT") == "DISCONTINUED").then(pl.lit("DEATH")),
    )


def test_flow_counts_everyone_at_each_step() -> None:
    flow = disposition(
        adsl(
            (A, True, True, "COMPLETED", None),
            (A, True, True, "DISCONTINUED", None),
            (B, True, True, "ONGOING", None),
            (None, True, False, "DISCONTINUED", "PROGRESSIVE DISEASE"),
            (None, True, False, "ONGOING", None),
            (None, False, False, "DISCONTINUED", None),
        )
    )
    assert flow.drop("step").rows() == [
        ("reached", "In the study", ALL, 6),
        ("reached", "Salvage", ALL, 5),
        ("left", "Death", ALL, 1),
        ("reached", "Cells", ALL, 3),
        ("left", "Progressive disease", ALL, 1),
        ("left", "Still in it", ALL, 1),
        ("group", A, A, 2),
        ("state", "Completed", A, 1),
        ("state", "Discontinued, death", A, 1),
        ("group", B, B, 1),
        ("state", "Ongoing", B, 1),
    ]


def test_adverse_events_count_a_subject_once_by_the_worst_grade() -> None:
    subjects = pl.DataFrame({"USUBJID": ["1", "2", "3"], "SAFFL": ["Y", "Y", "N"]})
    events = pl.DataFrame(
        [
            ("1", 1, "CRS", "1"),
            ("1", 2, "CRS", "3"),
            ("2", 1, "CRS", "2"),
            ("2", 2, "Nausea", "1"),
            ("3", 1, "CRS", "4"),
        ],
        schema=["USUBJID", "AESEQ", "AEDECOD", "AETOXGR"],
        orient="row",
    ).with_columns(AETERM="AEDECOD")
    marked = pl.DataFrame(
        {"USUBJID": ["2"], "IDVAR": ["AESEQ"], "IDVARVAL": ["1"], "QNAM": ["AEAESI"], "QVAL": ["Y"]}
    )
    found = adverse_events(subjects, events, marked)
    assert found.rows() == [("CRS", True, "2", 2, 1), ("CRS", True, "3", 2, 1), ("Nausea", False, "1", 2, 1)]


def test_nothing_comes_of_nothing() -> None:
    none = pl.DataFrame()
    assert response_rates(none).is_empty()
    assert survival(none)[1].is_empty()
    assert disposition(none).is_empty()
    assert adverse_events(none, none, none).is_empty()
