"""The endpoints that ADaM finds in simulated forms against what truly happened to each subject.

They agree but where the study definition decides otherwise: follow-up ends 2 years after the first study
treatment, and on the day of a new anticancer therapy. That is done to the truth here, apart from the product.
"""

from __future__ import annotations

import polars as pl
import pytest
from polars import col

from interop.pipeline import Run
from tests.simulatedtrial import simulated

DATES = {
    "TRTSDT": "first_treatment",
    "GLFSDT": "first_glofitamab",
    "PRECTDT": "lymphodepletion",
    "ASCTDT": "reinfusion",
    "CARTDT": "car_t",
    "CTSDT": "cellular_therapy",
    "CONSSDT": "consolidation",
    "NACTDT": "new_therapy",
    "EOSDT": "end_of_study",
}
EVALUABLE = ("CR", "PR", "SD", "PD")


@pytest.fixture(scope="module")
def whole() -> tuple[Run, pl.DataFrame]:
    return simulated(False)


def joined(found: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    return truth.join(found, left_on="usubjid", right_on="USUBJID", how="left", validate="1:1")


def differing(both: pl.DataFrame, found: str, true: str | pl.Expr) -> list[tuple[object, ...]]:
    expected = col(true) if isinstance(true, str) else true
    different = both.filter(col(found).ne_missing(expected))
    return different.select("usubjid", found, expected.alias("truth")).rows()


def test_the_simulation_has_every_course(whole: tuple[Run, pl.DataFrame]) -> None:
    """What is compared below is there to be compared."""
    truth = whole[1]
    for met in (
        col("screen_failure"),
        col("cohort") == "CART",
        col("cohort") == "ASCTCART",
        col("first_treatment").is_not_null() & col("cellular_therapy").is_null(),
        col("consolidation").is_not_null(),
        col("new_therapy").is_not_null(),
        col("death").is_not_null(),
        col("response_before") == "CR",
        col("best_after") == "CR",
        col("progression") > col("first_treatment").dt.offset_by("2y"),
    ):
        assert truth.filter(met).height > 0, str(met)


@pytest.mark.parametrize(("variable", "true"), DATES.items())
def test_dates_of_adsl(whole: tuple[Run, pl.DataFrame], variable: str, true: str) -> None:
    run, truth = whole
    assert differing(joined(run.built["ADSL"].table, truth), variable, true) == []


def test_deaths(whole: tuple[Run, pl.DataFrame]) -> None:
    run, truth = whole
    assert differing(joined(run.built["ADSL"].table, truth), "DTHDT", "death") == []


def test_dates_of_administrations_survive_untidy_forms() -> None:
    """No planted defect moves the date of a milestone of treatment."""
    run, truth = simulated(True)
    both = joined(run.built["ADSL"].table, truth)
    for variable in ("TRTSDT", "GLFSDT", "PRECTDT", "CARTDT", "CTSDT", "CONSSDT"):
        assert differing(both, variable, DATES[variable]) == [], variable


@pytest.mark.parametrize(
    ("paramcd", "true", "population"),
    [("BORBEF", "best_before", "first_glofitamab"), ("BORAFT", "best_after", "cellular_therapy")],
)
def test_best_response(whole: tuple[Run, pl.DataFrame], paramcd: str, true: str, population: str) -> None:
    run, truth = whole
    adrs = run.built["ADRS"].table.filter(col("PARAMCD") == paramcd)
    both = joined(adrs.select("USUBJID", "AVALC"), truth.filter(col(population).is_not_null()))
    assert len(both) > 40
    assert differing(both, "AVALC", _best(true)) == []


def _best(true: str) -> pl.Expr:
    return pl.when(col(true).is_not_null()).then(col(true)).otherwise(pl.lit("MISSING"))


@pytest.mark.parametrize(
    ("paramcd", "true", "values", "population"),
    [
        ("CRBEF", "response_before", ["CR"], "first_glofitamab"),
        ("RSPBEF", "response_before", ["CR", "PR"], "first_glofitamab"),
        ("CRAFT", "best_after", ["CR"], "cellular_therapy"),
        ("RSPAFT", "best_after", ["CR", "PR"], "cellular_therapy"),
    ],
)
def test_responders(
    whole: tuple[Run, pl.DataFrame], paramcd: str, true: str, values: list[str], population: str
) -> None:
    run, truth = whole
    adrs = run.built["ADRS"].table.filter(col("PARAMCD") == paramcd)
    subjects = truth.filter(col(population).is_not_null())
    assert len(adrs) == len(subjects)
    if true == "response_before":
        subjects = _without_cells(run, subjects)
    yes = pl.when(col(true).is_in(values)).then(pl.lit("Y")).otherwise(pl.lit("N"))
    assert differing(joined(adrs.select("USUBJID", "AVALC"), subjects), "AVALC", yes) == []


def _without_cells(run: Run, truth: pl.DataFrame) -> pl.DataFrame:
    """By design the last assessment of a subject who never came to cellular therapy is the one before it,
    where the truth has none: here it is the last of RS before a new therapy."""
    rs = _assessments(run, (*EVALUABLE, "NE")).join(truth, on="usubjid")
    before = col("new_therapy").is_null() | (col("day") < col("new_therapy"))
    seen = rs.filter(col("lymphodepletion").is_null(), col("day") >= col("first_glofitamab"), before)
    last = seen.sort("day").group_by("usubjid").agg(last=col("RSSTRESC").last())
    return truth.join(last, on="usubjid", how="left").with_columns(
        response_before=pl.coalesce("response_before", "last")
    )


def _assessments(run: Run, values: tuple[str, ...]) -> pl.DataFrame:
    """usubjid, day and RSSTRESC of the overall responses by the investigator."""
    overall = (col("RSTESTCD") == "OVRLRESP") & (col("RSEVAL") == "INVESTIGATOR")
    day = col("RSDTC").str.slice(0, 10).str.to_date()
    rs = run.built["RS"].table.filter(overall, col("RSSTRESC").is_in(values))
    return rs.select("RSSTRESC", usubjid="USUBJID", day=day)


@pytest.mark.parametrize(
    ("paramcd", "start", "progression"),
    [("PFST", "first_glofitamab", "progression"), ("PFSC", "cellular_therapy", "progression_after")],
)
def test_progression_free_survival(
    whole: tuple[Run, pl.DataFrame], paramcd: str, start: str, progression: str
) -> None:
    """Of the truth: the first event, if it lies in the window and not after a new therapy; else the last
    evaluable assessment by then."""
    run, truth = whole
    subjects = truth.filter(col(start).is_not_null())
    over = pl.min_horizontal(
        pl.when(col("new_therapy") >= col(start)).then("new_therapy"),
        col("first_treatment").dt.offset_by("2y"),
    )
    event = pl.min_horizontal(progression, "death")
    seen = event.is_not_null() & (event <= over)
    expected = subjects.select("usubjid", start, over=over, event=pl.when(seen).then(event))
    censored = _last_assessment(run, expected, start)
    expected = expected.join(censored, on="usubjid", how="left").select(
        "usubjid",
        days=(pl.coalesce("event", "last", start) - col(start)).dt.total_days().cast(pl.Float64) + 1,
        cnsr=col("event").is_null().cast(pl.Int64),
    )
    adtte = run.built["ADTTE"].table.filter(col("PARAMCD") == paramcd).select("USUBJID", "AVAL", "CNSR")
    assert len(adtte) == len(expected)
    both = joined(adtte, expected)
    assert differing(both, "AVAL", "days") == []
    assert differing(both, "CNSR", "cnsr") == []


def _last_assessment(run: Run, subjects: pl.DataFrame, start: str) -> pl.DataFrame:
    """The last evaluable overall response of RS from the start to the end of follow-up."""
    rs = _assessments(run, EVALUABLE)
    within = subjects.join(rs, on="usubjid").filter(col("day") >= col(start), col("day") <= col("over"))
    return within.group_by("usubjid").agg(last=col("day").max())


def test_overall_survival(whole: tuple[Run, pl.DataFrame]) -> None:
    run, truth = whole
    subjects = truth.filter(col("first_treatment").is_not_null())
    over = col("first_treatment").dt.offset_by("2y")
    died = col("os_event") & (col("death") <= over)
    limit = (over - col("first_treatment")).dt.total_days() + 1
    expected = subjects.with_columns(
        days=pl.when(died).then("os_days").otherwise(pl.min_horizontal("os_days", limit)).cast(pl.Float64),
        cnsr=pl.when(died).then(0).otherwise(1).cast(pl.Int64),
    )
    adtte = run.built["ADTTE"].table.filter(col("PARAMCD") == "OS").select("USUBJID", "AVAL", "CNSR")
    both = joined(adtte, expected)
    assert differing(both, "CNSR", "cnsr") == []
    assert differing(both, "AVAL", "days") == []


def test_ds_adsl_and_dm_tell_the_same_story(whole: tuple[Run, pl.DataFrame]) -> None:
    run, _ = whole
    adsl, dm = run.built["ADSL"].table, run.built["DM"].table
    assert adsl["USUBJID"].to_list() == dm["USUBJID"].to_list()
    assert (adsl["DTHDT"].is_not_null() == (dm["DTHFL"] == "Y").fill_null(False)).all()
    cohort = dict(dm.select("USUBJID", "ARMCD").iter_rows())
    reached = adsl.filter(col("CTSDT").is_not_null())
    assert all(cohort[s] for s in reached["USUBJID"])
    assert adsl.filter(col("ASCTDT").is_not_null())["ARMCD"].unique().to_list() == ["ASCTCART"]


def test_every_analysis_value_leads_to_a_source_cell(whole: tuple[Run, pl.DataFrame]) -> None:
    run, _ = whole
    adsl = run.built["ADSL"].table.filter(col("CTSDT").is_not_null(), col("NACTDT").is_not_null())
    subject = adsl["USUBJID"][0]
    for variable, file in (("CARTDT", "EX.csv"), ("NACTDT", "ST.csv"), ("CTSDT", "EX.csv"), ("PH2EDT", "")):
        cells = list(run.trace("ADSL", {"USUBJID": subject}, variable).cells())
        assert any(file in cell.place and cell.how == "source cell" for cell in cells), variable
