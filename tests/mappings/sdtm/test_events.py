"""EX, DS, AE, CM, MH and SUPP--."""

from __future__ import annotations

import pytest

from tests.mappings.sdtm.small import CONSENT, DOSE, END, EVENT, SUBJECT, said, sdtm


def test_an_exposure() -> None:
    ex = sdtm(administration=[{**DOSE, "dose": "10.50", "visit": "BASELINE", "route": "Intravenous"}])["EX"]
    row = ex.table.row(0, named=True)
    expected = {
        "STUDYID": "AB1",
        "DOMAIN": "EX",
        "USUBJID": "AB1-7-1",
        "EXSEQ": 1,
        "EXTRT": "XELTUMAB",
        "EXDOSE": 10.5,
        "EXROUTE": "INTRAVENOUS",
        "VISITNUM": 2.0,
        "EPOCH": "TREATMENT",
        "EXSTDTC": "2024-01-10",
        "EXSTDY": 1,
        "EXENDY": 15,
    }
    assert {k: row[k] for k in expected} == expected


def test_what_was_not_given_is_explained() -> None:
    ex = sdtm(
        administration=[DOSE, {**DOSE, "status": "not-done"}, {**DOSE, "status": "stopped", "dose": "1"}]
    )["EX"]
    assert ex.table["EXDOSE"].to_list() == [1.0, 10.0]
    assert said(ex) == [("info", "administration.csv#3", "", "SCOPE")]


def test_milestones_stand_with_the_disposition_events() -> None:
    ds = sdtm(subject=[{**SUBJECT, "randomised": "2024-01-09"}], consent=[CONSENT])["DS"].table
    assert ds.select("DSSEQ", "DSDECOD", "DSCAT", "DSSTDTC", "EPOCH").rows() == [
        (1, "INFORMED CONSENT OBTAINED", "PROTOCOL MILESTONE", "2024-01-02", "SCREENING"),
        (2, "RANDOMIZED", "PROTOCOL MILESTONE", "2024-01-09", "SCREENING"),
        (3, "COMPLETED", "DISPOSITION EVENT", "2024-02-01", "FOLLOW-UP"),
    ]


def test_a_milestone_that_the_disposition_form_has_is_not_told_twice() -> None:
    told = {
        **END,
        "term": "Consent",
        "standard_term": "Informed Consent Obtained",
        "category": "PROTOCOL MILESTONE",
    }
    ds = sdtm(disposition=[told], consent=[CONSENT])["DS"].table
    assert ds.select("DSTERM", "DSDECOD", "DSSTDTC").rows() == [
        ("Consent", "INFORMED CONSENT OBTAINED", "2024-02-01")
    ]


@pytest.mark.parametrize(
    ("start", "epoch"),
    [
        ("2024-01-01", None),  # before the consent
        ("2024-01-02", "SCREENING"),
        ("2024-01-09T23:59", "SCREENING"),
        ("2024-01-10", "TREATMENT"),
        ("2024-01-24", "TREATMENT"),  # the day of the last dose
        ("2024-01-25", "FOLLOW-UP"),
        ("2024-01", None),  # all of January: not told
        ("2024-02", "FOLLOW-UP"),
        ("2023", None),
        (None, None),
    ],
)
def test_epoch(start: str | None, epoch: str | None) -> None:
    assert sdtm(adverse_event=[{**EVENT, "start": start}])["AE"].table["EPOCH"].to_list() == [epoch]


def test_an_event_of_a_subject_never_treated_lies_in_the_screening() -> None:
    ae = sdtm(administration=[], disposition=[], adverse_event=[EVENT])["AE"].table
    assert ae.select("EPOCH", "AESTDY").row(0) == ("SCREENING", None)


def test_lineage_of_the_epoch_leads_to_the_study_and_to_the_date_that_began_it() -> None:
    ae = sdtm(adverse_event=[EVENT])["AE"]
    rows = {(via, src, field) for _, _, via, src, field in ae.lineage.rows.rows()}
    assert ("epoch", "study.yaml#epochs/TREATMENT", None) in rows
    assert ("since", "DM|AB1-7-1", "RFSTDTC") in rows


def test_an_event_that_goes_on_says_since_when_that_is_known() -> None:
    ae = sdtm(
        adverse_event=[
            {**EVENT, "ongoing": "Y", "collected": "2024-01-15"},
            {**EVENT, "start": "2024-01-13", "ongoing": "Y"},
            {**EVENT, "start": "2024-01-14", "ongoing": "N"},
        ]
    )["AE"].table
    assert ae.select("AEENRTPT", "AEENTPT").rows() == [
        ("ONGOING", "2024-01-15"),
        ("ONGOING", "2024-02-01"),  # DM.RFPENDTC
        (None, None),
    ]


def state(collected: str, **more: str) -> dict[str, str]:
    return {
        **EVENT,
        "identifier": "E1",
        "collected": collected,
        "outcome": "NOT RECOVERED/NOT RESOLVED",
        **more,
    }


def test_of_the_states_of_an_event_the_last_counts() -> None:
    ae = sdtm(
        adverse_event=[
            state("2024-01-15"),
            state("2024-01-22", outcome="RECOVERED/RESOLVED"),
            state("2024-01-18"),
        ]
    )["AE"]
    assert ae.table.select("AEDTC", "AEOUT").rows() == [("2024-01-22", "RECOVERED/RESOLVED")]
    assert said(ae) == [
        ("info", "adverse_event.csv#2", "", "EARLIER STATE"),
        ("info", "adverse_event.csv#4", "", "EARLIER STATE"),
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"severity": "SEVERE"},
        {"end": "2024-01-20"},
        {"identifier": "E2"},
        {"subject": "2"},
        {"supp.AEIMMUNE": "Y"},
        {"collected": "2024-01-15"},  # one day: neither is the later
        {"collected": "2024-01"},
    ],
)
def test_rows_that_differ_in_more_than_their_outcome_are_all_kept(other: dict[str, str]) -> None:
    ae = sdtm(
        subject=[SUBJECT, {**SUBJECT, "subject": "2"}],
        adverse_event=[
            state("2024-01-15"),
            {**state("2024-01-22", outcome="RECOVERED/RESOLVED"), **other},
        ],
    )["AE"]
    assert ae.table.height == 2


def test_qualifiers_go_to_the_supplement_of_their_record() -> None:
    built = sdtm(adverse_event=[{**EVENT, "supp.AEIMMUNE": "Y"}, {**EVENT, "start": "2024-01-11"}])
    row = built["SUPPAE"].table.rows(named=True)
    assert row == [
        {
            "STUDYID": "AB1",
            "RDOMAIN": "AE",
            "USUBJID": "AB1-7-1",
            "IDVAR": "AESEQ",
            "IDVARVAL": "2",
            "QNAM": "AEIMMUNE",
            "QLABEL": "Immune-Related",
            "QVAL": "Y",
            "QORIG": "Collected",
            "QEVAL": "INVESTIGATOR",
        }
    ]


def test_a_medication_and_a_history() -> None:
    built = sdtm(
        concomitant_medication=[
            {
                "name": "ASPIRIN",
                "dose": "0.5",
                "dose_unit": "TABLET",
                "frequency": "Every Morning",
                "start": "2003",
                "end": "2024-01-11",
            },
            {"name": "OIL", "dose_text": "some", "start": "2024-01-12"},
        ],
        medical_history=[{"term": "Fracture", "lowest_level_term": "Fracture of hand", "severity": "MILD"}],
    )
    cm = built["CM"].table.select(
        "CMTRT", "CMDOSE", "CMDOSTXT", "CMDOSU", "CMDOSFRQ", "CMSTDY", "CMENDY", "EPOCH"
    )
    assert cm.rows() == [
        ("ASPIRIN", 0.5, None, "TABLET", "QAM", None, 2, None),
        ("OIL", None, "some", None, None, 3, None, "TREATMENT"),
    ]
    mh = built["MH"].table
    assert mh.select("MHTERM", "MHLLT", "MHSEV").row(0) == ("Fracture", "Fracture of hand", "MILD")


def test_visits_that_took_place() -> None:
    sv = sdtm(
        visit=[
            {"visit": "WEEK 2", "date": "2024-01-23"},
            {"visit": "BASELINE", "date": "2024-01-10", "reason_unscheduled": "says nothing here"},
            {"visit": "BASELINE", "date": "2024-01-10", "reason_unscheduled": "says nothing here"},
            {"visit": "WEEK 3", "date": "2024-01-30"},
        ]
    )["SV"]
    assert sv.table.select("VISITNUM", "VISIT", "SVPRESP", "SVSTDTC", "SVSTDY", "SVUPDES").rows() == [
        (2.0, "BASELINE", "Y", "2024-01-10", 1, None),
        (3.0, "WEEK 2", "Y", "2024-01-23", 14, None),
    ]
    assert [(rule, kept) for rule, kept in sv.issues.select("rule", "kept").rows()] == [
        ("COPY", False),
        ("REQUIRED", False),
        ("UNPLANNED VISIT", True),
    ]
