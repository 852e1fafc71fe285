from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from interop.derive.tte import COLUMNS, Missed, Source, Tte, Until, Window, derive_tte, excluded
from interop.errors import SpecError

DAY0 = date(2024, 1, 1)
Visit = tuple[str, int, str]  # subject, days after day 0, value

PROGRESSED = Source("ADRS", "ADT", "Progressive disease", {"AVALC": ["PD"]}, seq="ASEQ")
DIED = Source("ADSL", "DTHDT", "Death", {"DTHFL": ["Y"]})
ASSESSED = Source("ADRS", "ADT", "Last assessment", {"AVALC": ["CR", "PR", "SD"]}, seq="ASEQ")
ALIVE = Source("ADSL", "LSTALVDT", "Alive", censor_desc="Alive during study", persists=True)
RANDOMISED = Source("ADSL", "RANDDT", "Randomisation")
THERAPY = Source("ADSL", "NACTDT", "New anticancer therapy")
RESPONDED = Source("ADRS", "ADT", "First response", {"AVALC": ["CR", "PR"]}, seq="ASEQ")

PFS = Tte("PFS", "Progression-Free Survival", "RANDDT", (PROGRESSED, DIED), (ASSESSED, RANDOMISED))
OS = Tte("OS", "Overall Survival", "RANDDT", (DIED,), (ALIVE, RANDOMISED))
RSD = Tte("RSD", "Duration of Response", RESPONDED, (PROGRESSED, DIED), (ASSESSED,))

DATES = ("RANDDT", "TRTSDT", "CARTDT", "DTHDT", "LSTALVDT", "NACTDT")


def day(n: int) -> date:
    return DAY0 + timedelta(n)


def subject(name: str = "1", **dates: int) -> dict[str, object]:
    """An ADSL row, randomised on day 0 unless told; dates in days after day 0."""
    known = {"RANDDT": 0, **dates}
    row: dict[str, object] = {k: day(known[k]) if k in known else None for k in DATES}
    return row | {"USUBJID": name, "DTHFL": "Y" if "DTHDT" in known else None, "_src": f"dm#{name}"}


def study(subjects: Sequence[dict[str, object]], visits: Sequence[Visit] = ()) -> dict[str, pl.DataFrame]:
    adrs = [
        {"USUBJID": s, "ADT": day(n), "AVALC": value, "ASEQ": number, "_src": f"rs#{number}"}
        for number, (s, n, value) in enumerate(visits, 1)
    ]
    return {
        "ADSL": pl.DataFrame(
            list(subjects),
            schema={
                "USUBJID": pl.String,
                **dict.fromkeys(DATES, pl.Date),
                "DTHFL": pl.String,
                "_src": pl.String,
            },
        ),
        "ADRS": pl.DataFrame(
            adrs,
            schema={
                "USUBJID": pl.String,
                "ADT": pl.Date,
                "AVALC": pl.String,
                "ASEQ": pl.Int64,
                "_src": pl.String,
            },
        ),
    }


def only(tte: Tte, data: dict[str, pl.DataFrame]) -> dict[str, object]:
    (row,) = derive_tte(tte, data).rows(named=True)
    return row


def told(tte: Tte, data: dict[str, pl.DataFrame]) -> tuple[object, ...]:
    row = only(tte, data)
    return row["AVAL"], row["CNSR"], row["EVNTDESC"]


def test_the_earliest_event_with_its_computed_source() -> None:
    row = only(PFS, study([subject(DTHDT=90)], [("1", 30, "PR"), ("1", 60, "PD"), ("1", 80, "PD")]))
    assert (row["STARTDT"], row["ADT"], row["AVAL"], row["CNSR"]) == (day(0), day(60), 61, 0)
    assert (row["EVNTDESC"], row["CNSDTDSC"]) == ("Progressive disease", None)
    assert (row["SRCDOM"], row["SRCVAR"], row["SRCSEQ"]) == ("ADRS", "ADT", 2)
    assert (row["_src:event"], row["_field:event"]) == ("rs#2", "ADT")
    assert (row["_src:start"], row["_field:start"]) == ("dm#1", "RANDDT")


def test_without_an_event_the_latest_censoring_date() -> None:
    row = only(PFS, study([subject(LSTALVDT=99)], [("1", 30, "PR"), ("1", 60, "SD"), ("1", 70, "NE")]))
    assert (row["AVAL"], row["CNSR"], row["CNSDTDSC"], row["_src:event"]) == (
        61,
        1,
        "Last assessment",
        "rs#2",
    )
    row = only(OS, study([subject(LSTALVDT=99)]))
    assert (row["EVNTDESC"], row["CNSDTDSC"], row["SRCVAR"]) == ("Alive", "Alive during study", "LSTALVDT")


def test_on_equal_dates_the_first_event_source_and_the_last_censoring_source_win() -> None:
    data = study([subject(DTHDT=60, LSTALVDT=0)], [("1", 60, "PD")])
    assert told(PFS, data) == (61, 0, "Progressive disease")
    assert told(replace(PFS, events=(DIED, PROGRESSED)), data) == (61, 0, "Death")
    alive = study([subject(LSTALVDT=0)])
    assert told(OS, alive) == (1, 1, "Randomisation")
    assert told(replace(OS, censors=(RANDOMISED, ALIVE)), alive) == (1, 1, "Alive")


def test_no_date_lies_before_the_start() -> None:
    data = study([subject(RANDDT=10, LSTALVDT=20)], [("1", 5, "PD"), ("1", 30, "PD")])
    assert told(PFS, data) == (1, 0, "Progressive disease")
    assert told(replace(PFS, after_start=True), data) == (21, 0, "Progressive disease")


def test_the_start_may_be_any_date_of_adsl_or_a_record() -> None:
    data = study([subject(CARTDT=40)], [("1", 30, "SD"), ("1", 60, "PR"), ("1", 100, "PD")])
    assert only(replace(PFS, start="CARTDT"), data)["AVAL"] == 61
    row = only(RSD, data)
    assert (row["STARTDT"], row["AVAL"], row["_src:start"]) == (day(60), 41, "rs#2")


def test_who_has_no_record_is_explained() -> None:
    data = study(
        [subject("1"), subject("2"), subject("3"), subject("4")],
        [("1", 30, "PR"), ("1", 40, "SD"), ("2", 30, "SD"), ("3", 50, "CR")],
    )
    rsd = replace(RSD, population=~pl.col("USUBJID").is_in(["3"]), censors=(DIED,))
    frame = derive_tte(rsd, data)
    assert frame.select("USUBJID", "ADT", "AVAL", "CNSR").rows() == [("1", None, None, None)]
    assert excluded(rsd, data).rows() == [
        ("1", "no event and no censoring date"),
        ("2", "no start date: ADRS.ADT"),
        ("3", "not in the population of the parameter"),
        ("4", "no start date: ADRS.ADT"),
    ]


def test_new_therapy_ends_follow_up_that_day_included() -> None:
    nact = replace(PFS, paramcd="PFSNACT", until=Until(THERAPY, "New anticancer therapy"))
    visits = [("1", 30, "SD"), ("1", 60, "PR"), ("1", 90, "PD")]
    assert told(nact, study([subject(NACTDT=70)], visits)) == (61, 1, "New anticancer therapy")
    assert only(nact, study([subject(NACTDT=70)], visits))["CNSDTDSC"] == "Last assessment"
    assert told(nact, study([subject(NACTDT=90)], visits)) == (91, 0, "Progressive disease")
    assert told(nact, study([subject()], visits)) == (91, 0, "Progressive disease")
    assert told(nact, study([subject(NACTDT=10)], visits)) == (1, 1, "New anticancer therapy")
    before = study([subject(RANDDT=20, NACTDT=10)], visits)
    assert told(nact, before) == (71, 0, "Progressive disease")


def test_events_after_the_window_do_not_count_its_last_day_does() -> None:
    two_years = Window("2y", describe="End of the window")
    pfst = replace(PFS, window=two_years)
    last = (date(2026, 1, 1) - DAY0).days
    visits = [("1", 700, "SD")]
    assert told(pfst, study([subject()], [*visits, ("1", last, "PD")]))[1:] == (0, "Progressive disease")
    later = study([subject()], [*visits, ("1", last + 1, "PD")])
    assert told(pfst, later) == (701, 1, "End of the window")
    assert told(pfst, study([subject()], visits)) == (701, 1, "Last assessment")
    assert told(replace(pfst, window=Window("699d")), later) == (1, 1, "Randomisation")


def test_a_window_may_run_from_another_date_than_the_start() -> None:
    pfsc = replace(PFS, start="CARTDT", window=Window("100d", start="TRTSDT"), after_start=True)
    visits = [("1", 60, "PR"), ("1", 110, "PD")]
    assert told(pfsc, study([subject(TRTSDT=0, CARTDT=40)], visits)) == (21, 1, "Last assessment")
    assert told(pfsc, study([subject(TRTSDT=10, CARTDT=40)], visits)) == (71, 0, "Progressive disease")


def test_known_alive_later_is_known_alive_at_the_end_of_the_window() -> None:
    os = replace(OS, window=Window("100d"))
    assert told(os, study([subject(LSTALVDT=150)])) == (101, 1, "Alive")
    assert told(os, study([subject(DTHDT=101, LSTALVDT=101)])) == (101, 1, "Alive")
    assert told(os, study([subject(DTHDT=100)])) == (101, 0, "Death")


def test_an_event_after_missed_assessments_is_censored_at_the_last_one() -> None:
    pfs = replace(PFS, missed=Missed(ASSESSED, 119, "Two or more missed assessments"))
    seen = [("1", 30, "SD"), ("1", 60, "PR")]
    assert told(pfs, study([subject()], [*seen, ("1", 179, "PD")])) == (180, 0, "Progressive disease")
    late = study([subject()], [*seen, ("1", 100, "NE"), ("1", 180, "PD"), ("1", 190, "SD")])
    assert told(pfs, late) == (61, 1, "Two or more missed assessments")
    row = only(pfs, late)
    assert (row["CNSDTDSC"], row["_src:event"], row["SRCSEQ"]) == ("Last assessment", "rs#2", 2)
    assert told(pfs, study([subject(DTHDT=300)], seen)) == (61, 1, "Two or more missed assessments")
    assert told(pfs, study([subject(DTHDT=119)])) == (120, 0, "Death")
    assert told(pfs, study([subject(DTHDT=120)])) == (1, 1, "Two or more missed assessments")
    assert told(pfs, study([subject()], seen)) == (61, 1, "Last assessment")


def test_the_event_itself_is_not_the_assessment_before_it() -> None:
    evaluable = replace(ASSESSED, where={"AVALC": ["CR", "PR", "SD", "PD"]})
    pfs = replace(PFS, missed=Missed(evaluable, 100))
    assert told(pfs, study([subject()], [("1", 30, "SD"), ("1", 200, "PD")])) == (31, 1, "Last assessment")


def test_the_last_assessment_censors_though_no_censoring_source_names_it() -> None:
    pfs = replace(PFS, censors=(RANDOMISED,), missed=Missed(ASSESSED, 100, "Missed"))
    row = only(pfs, study([subject(DTHDT=300)], [("1", 30, "SD")]))
    assert (row["AVAL"], row["EVNTDESC"], row["_src:event"]) == (31, "Missed", "rs#1")


def test_rows_of_one_date_without_a_sequence_are_told_apart_by_their_reference() -> None:
    data = study([subject()], [("1", 30, "PD"), ("1", 30, "PD")])
    unnumbered = replace(PFS, events=(replace(PROGRESSED, seq=None),))
    for rows in (data["ADRS"], data["ADRS"].reverse()):
        assert only(unnumbered, data | {"ADRS": rows})["_src:event"] == "rs#1"


def test_where_reads_nulls_and_expressions() -> None:
    unknown = Source("ADSL", "DTHDT", "Death", {"DTHFL": ["Y", None]})
    data = study([subject(DTHDT=9) | {"DTHFL": None}])
    assert told(replace(PFS, events=(unknown,)), data) == (10, 0, "Death")
    assert told(replace(PFS, events=(DIED,)), data) == (1, 1, "Randomisation")
    assert told(replace(PFS, events=(replace(DIED, where=pl.col("DTHFL") == "Y"),)), data)[1] == 1


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (replace(PFS, start="TRT01DT"), r"PFS reads ADSL\.TRT01DT"),
        (replace(PFS, start="DTHFL"), r"ADSL\.DTHFL is String, not a date"),
        (replace(PFS, events=(replace(DIED, dataset="ADDTH"),)), "PFS reads ADDTH, which is not among"),
        (replace(PFS, events=(replace(DIED, where={"DTHFLAG": ["Y"]}),)), r"ADSL\.DTHFLAG"),
        (replace(PFS, censors=(replace(ASSESSED, seq="RSSEQ"),)), r"ADRS\.RSSEQ"),
        (replace(PFS, events=()), "at least one event"),
        (replace(PFS, population={"ITTFL": ["Y"]}), r"ADSL\.ITTFL"),
    ],
)
def test_a_name_that_is_not_there_is_said(broken: Tte, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        derive_tte(broken, study([subject()]))


def test_a_length_is_a_number_and_a_unit() -> None:
    with pytest.raises(SpecError, match="'2 years'"):
        Window("2 years")


names = st.sampled_from("abc")
visits_ = st.lists(
    st.tuples(names, st.integers(0, 40), st.sampled_from(["CR", "PR", "SD", "PD", "NE"])), max_size=10
)
deaths = st.dictionaries(names, st.integers(0, 45), max_size=3)
parameters = st.sampled_from(
    [
        PFS,
        OS,
        RSD,
        replace(PFS, after_start=True, window=Window("20d")),
        replace(PFS, until=Until(THERAPY, "NACT")),
        replace(PFS, events=(replace(PROGRESSED, seq=None), DIED), censors=(replace(ASSESSED, seq=None),)),
        replace(PFS, missed=Missed(ASSESSED, 14, "Missed")),
    ]
)


def cohort(dead: dict[str, int], therapy: int) -> list[dict[str, object]]:
    """Subjects a, b and c with their deaths; last known alive then, or on day 45."""
    return [
        subject(s, LSTALVDT=dead.get(s, 45), NACTDT=therapy, **({"DTHDT": dead[s]} if s in dead else {}))
        for s in "abc"
    ]


@settings(max_examples=80, deadline=None)
@given(visits_, deaths, st.integers(0, 40), parameters, st.integers(0, 99))
def test_row_order_and_other_subjects_change_nothing(
    visits: list[Visit], dead: dict[str, int], therapy: int, tte: Tte, seed: int
) -> None:
    data = study(cohort(dead, therapy), visits)
    whole = derive_tte(tte, data)
    shuffled = {k: f.sample(fraction=1, shuffle=True, seed=seed) for k, f in data.items()}
    assert_frame_equal(whole, derive_tte(tte, shuffled))
    alone = {k: f.filter(USUBJID="a") for k, f in data.items()}
    assert_frame_equal(whole.filter(USUBJID="a"), derive_tte(tte, alone))
    assert whole.schema == pl.Schema(COLUMNS)
    if tte is not RSD:
        assert whole["USUBJID"].to_list() == ["a", "b", "c"]
    assert set(whole.drop_nulls("ADT")["USUBJID"]) | set(excluded(tte, data)["USUBJID"]) == set("abc")
    assert (whole["AVAL"].drop_nulls() >= 1).all()
    assert whole.filter(CNSR=1)["CNSDTDSC"].null_count() == 0


@settings(max_examples=80, deadline=None)
@given(visits_, deaths)
def test_progression_free_survival_never_ends_after_death(visits: list[Visit], dead: dict[str, int]) -> None:
    data = study(cohort(dead, 0), visits)
    death = derive_tte(OS, data).filter(CNSR=0).select("USUBJID", DEATH="AVAL")
    both = derive_tte(PFS, data).join(death, on="USUBJID")
    assert both.height == len(dead)
    assert (both["AVAL"] <= both["DEATH"]).all()
    assert both["CNSR"].to_list() == [0] * len(dead)


@settings(max_examples=80, deadline=None)
@given(visits_, deaths)
def test_progression_as_counted_by_hand(visits: list[Visit], dead: dict[str, int]) -> None:
    for row in derive_tte(PFS, study(cohort(dead, 0), visits)).iter_rows(named=True):
        mine = [(n, value) for s, n, value in visits if s == row["USUBJID"]]
        events = [n for n, value in mine if value == "PD"] + [dead[s] for s in dead if s == row["USUBJID"]]
        free = [n for n, value in mine if value in ("CR", "PR", "SD")]
        expected = (min(events), 0) if events else (max([0, *free]), 1)
        assert (row["AVAL"] - 1, row["CNSR"]) == expected
