"""DM: reference dates, arms and death."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from interop.study import Reference
from tests.mappings.sdtm.small import CONSENT, DOSE, END, STUDY, SUBJECT, Row, records, said, sdtm

ARMS = ("ARMCD", "ACTARMCD", "ARMNRS", "ACTARMUD")


def test_dates_of_a_treated_subject_come_from_their_own_records() -> None:
    dm = sdtm(
        administration=[DOSE, {**DOSE, "start": "2024-01-25", "end": None}],
        death=[{"date": "2024-03"}],
    )["DM"]
    row = dm.table.row(0, named=True)
    dates = {k: v for k, v in row.items() if k.startswith(("RF", "DTH"))}
    assert dates == {
        "RFSTDTC": "2024-01-10",
        "RFENDTC": "2024-02-01",
        "RFXSTDTC": "2024-01-10",
        "RFXENDTC": "2024-01-25",  # the start of an interval without end
        "RFICDTC": "2024-01-02",
        "RFPENDTC": "2024-03",
        "DTHDTC": "2024-03",
        "DTHFL": "Y",
    }
    assert (row["DMDTC"], row["DMDY"]) == ("2024-01-02", -8)


def test_lineage_of_a_date_leads_to_the_record_and_field_that_it_stands_in() -> None:
    dm = sdtm(administration=[{**DOSE, "end": None}])["DM"]
    rows = dm.lineage.rows.filter(pl.col("via").is_in(["first_dose", "last_dose", "informed_consent"]))
    assert rows.select("via", "src", "field").sort("via").rows() == [
        ("first_dose", "administration.csv#2", "start"),
        ("informed_consent", "consent.csv#2", "date"),
        ("last_dose", "administration.csv#2", "start"),
    ]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("first administration", "2024-01-10"),
        ("last administration", "2024-01-24"),
        ("randomisation", "2024-01-09"),
        ("consent", "2024-01-02"),
        ("disposition", "2024-02-01"),
    ],
)
def test_the_study_says_how_the_reference_is_found(how: str, expected: str) -> None:
    study = replace(STUDY, reference=Reference(how, how))
    row = sdtm(study=study, subject=[{**SUBJECT, "randomised": "2024-01-09"}])["DM"].table.row(0, named=True)
    assert (row["RFSTDTC"], row["RFENDTC"]) == (expected, expected)


def test_of_dates_whose_order_is_not_known_the_complete_one_is_the_reference() -> None:
    doses: list[Row] = [{**DOSE, "start": "2024-01"}, DOSE, {**DOSE, "start": None}]
    assert sdtm(administration=doses)["DM"].table["RFXSTDTC"].to_list() == ["2024-01-10"]


def test_what_was_not_given_is_no_exposure_and_no_contact() -> None:
    row = sdtm(
        administration=[{**DOSE, "status": "not-done", "start": "2024-09-09"}], disposition=[], vital_sign=[]
    )["DM"].table.row(0, named=True)
    assert [row[v] for v in ("RFXSTDTC", "RFSTDTC", "RFENDTC", "RFPENDTC", "ACTARMCD")] == [
        None,
        None,
        None,
        "2024-01-02",
        None,
    ]


@pytest.mark.parametrize(
    ("arm", "doses", "ended", "expected"),
    [
        (None, [("XELTUMAB", "10")], None, ("LO", "LO", None, None)),
        (None, [("XELTUMAB", "10"), ("XELTUMAB", "20.0")], None, ("HI", "HI", None, None)),
        ("HI", [("XELTUMAB", "10")], None, ("HI", "LO", None, None)),
        (None, [("XELTUMAB", "20"), ("YELTUMAB", "3")], None, ("COMBI", "COMBI", None, None)),
        ("HI", [], None, ("HI", None, "ASSIGNED, NOT TREATED", None)),
        (None, [], "SCREEN FAILURE", (None, None, "SCREEN FAILURE", None)),
        (None, [], "WITHDRAWAL BY SUBJECT", (None, None, "NOT ASSIGNED", None)),
        (None, [("YELTUMAB", "3")], None, (None, None, "UNPLANNED TREATMENT", "YELTUMAB")),
        ("HI", [("YELTUMAB", "3")], None, ("HI", None, "UNPLANNED TREATMENT", "YELTUMAB")),
    ],
)
def test_arms(
    arm: str | None, doses: list[tuple[str, str]], ended: str | None, expected: tuple[str | None, ...]
) -> None:
    dm = sdtm(
        subject=[{**SUBJECT, "arm": arm}],
        administration=[{**DOSE, "treatment": t, "dose": d} for t, d in doses],
        disposition=[{**END, "term": ended, "standard_term": ended}] if ended else [],
    )["DM"]
    assert dm.table.select(ARMS).row(0) == expected


def test_an_arm_that_the_study_lacks_is_an_error_and_a_treatment_of_no_arm_a_warning() -> None:
    dm = sdtm(subject=[{**SUBJECT, "arm": "MID"}], administration=[{**DOSE, "treatment": "ZELTUMAB"}])["DM"]
    assert said(dm) == [
        ("warning", "subject.csv#2", "ACTARMCD", "ARM"),
        ("error", "subject.csv#2", "ARMCD", "ARM"),
    ]


def test_a_subject_told_twice_with_different_content_is_set_aside_with_all_its_records() -> None:
    built = sdtm(
        subject=[SUBJECT, {**SUBJECT, "sex": "M"}, {**SUBJECT, "subject": "2"}],
        consent=[CONSENT],
        administration=[DOSE, {**DOSE, "subject": "2"}],
    )
    assert built["DM"].table["USUBJID"].to_list() == ["AB1-7-2"]
    assert built["EX"].table["USUBJID"].to_list() == ["AB1-7-2"]
    assert said(built["EX"]) == [("error", "administration.csv#2", "USUBJID", "NO SUBJECT")]
    assert not built["EX"].issues["kept"].any()


def test_the_order_of_the_records_changes_nothing() -> None:
    doses = [DOSE, {**DOSE, "treatment": "YELTUMAB", "dose": "20"}, {**DOSE, "dose": "20"}]
    one = records(subject=[SUBJECT], administration=doses, consent=[CONSENT, {"date": "2024-01"}])
    other = replace(one, tables={n: t.reverse() for n, t in one.tables.items()})
    for name in ("DM", "EX", "DS"):
        a, b = sdtm(one)[name], sdtm(other)[name]
        assert a.table.equals(b.table)
        assert a.lineage.rows.sort(pl.all()).equals(b.lineage.rows.sort(pl.all()))


def test_where_the_study_does_not_tell_arms_by_treatment_the_stated_arm_is_the_actual_one() -> None:
    study = replace(STUDY, arms=tuple(replace(a, given={}) for a in STUDY.arms))
    rows = [{**SUBJECT, "arm": "HI"}, {**SUBJECT, "arm": "HI", "subject": "2"}]
    dm = sdtm(study=study, subject=rows, disposition=[])["DM"]
    assert dm.table.select(ARMS).rows() == [
        ("HI", "HI", None, None),
        ("HI", None, "ASSIGNED, NOT TREATED", None),
    ]
    assert said(dm) == []
