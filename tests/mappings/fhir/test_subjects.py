"""Patient, ResearchSubject, ResearchStudy and CarePlan: what is said of a subject, and on what evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mappings.fhir.care_plan import CARE_PLAN
from mappings.fhir.patient import PATIENT
from mappings.fhir.research_study import RESEARCH_STUDY
from mappings.fhir.research_subject import RESEARCH_SUBJECT
from tests.fhir.samples import DOSE, END, STUDY, SUBJECT, SUBJECT_ID, VITAL, Row, made, one, rules

CLOSED = replace(STUDY, status="completed")


def test_a_patient_is_a_pseudonym() -> None:
    patient = one(PATIENT, subject=[SUBJECT])
    assert patient == {
        "resourceType": "Patient",
        "id": patient["id"],
        "meta": {"source": "subject.csv#2"},
        "identifier": [
            {"type": {"text": "USUBJID"}, "system": patient["identifier"][0]["system"], "value": "AB1-7-01"}
        ],
        "gender": "female",
    }
    assert patient["identifier"][0]["system"].startswith("urn:uuid:")


@pytest.mark.parametrize(
    ("sex", "gender"),
    [
        ("F", "female"),
        ("m", "male"),
        ("Female", "female"),
        ("INTERSEX", "other"),
        ("U", "unknown"),
        (None, None),
    ],
)
def test_gender(sex: str | None, gender: str | None) -> None:
    assert one(PATIENT, subject=[{**SUBJECT, "sex": sex}]).get("gender") == gender


def test_a_sex_of_no_codelist_is_left_out_and_said() -> None:
    found = made(PATIENT, subject=[{**SUBJECT, "sex": "X"}])
    assert "gender" not in found.items[0]
    assert rules(found.issues) == [("warning", "NO-CODE", "gender")]


@pytest.mark.parametrize(
    ("death", "element"),
    [
        ({"date": "2024-12"}, {"deceasedDateTime": "2024-12"}),
        ({}, {"deceasedBoolean": True}),
    ],
)
def test_a_death(death: Row, element: dict[str, Any]) -> None:
    patient = one(PATIENT, subject=[SUBJECT], death=[{**SUBJECT_ID, **death}])
    assert {k: v for k, v in patient.items() if k.startswith("deceased")} == element


def test_the_same_subject_twice_is_one_patient() -> None:
    found = made(PATIENT, subject=[SUBJECT, SUBJECT])
    assert len(found.items) == 1
    assert found.issues.is_empty()


def test_subject_records_that_contradict_each_other_stand_for_none() -> None:
    found = made(PATIENT, subject=[SUBJECT, {**SUBJECT, "sex": "M"}])
    assert [item.get("gender") for item in found.items] == [None]
    assert rules(found.issues) == [("error", "DUPLICATE", "")] * 2


def test_the_study() -> None:
    study = one(RESEARCH_STUDY)
    assert (study["title"], study["status"]) == ("A study", "active")
    assert study["phase"]["coding"][0]["code"] == "phase-2"
    assert [arm["name"] for arm in study["arm"]] == ["Arm A", "Placebo"]
    assert study["focus"][0] == {
        "coding": [{"system": "urn:example:drugs", "code": "X1", "display": "Xeltumab"}],
        "text": "XELTUMAB",
    }


def test_a_phase_that_hl7_has_no_word_for_is_text() -> None:
    assert one(RESEARCH_STUDY, replace(STUDY, phase="PHASE IIA TRIAL"))["phase"] == {
        "text": "PHASE IIA TRIAL"
    }


def test_a_study_without_phase_condition_or_arms() -> None:
    bare = one(RESEARCH_STUDY, replace(STUDY, phase="", condition="", arms=(), treatments=()))
    assert set(bare) == {"resourceType", "id", "meta", "identifier", "title", "status"}


CONSENT = {**SUBJECT_ID, "date": "2024-01-02"}
TREATMENT_END = {**END, "subcategory": "STUDY TREATMENT"}
EVIDENCE: list[tuple[dict[str, list[Row]], str, str]] = [
    ({}, "candidate", "not-registered"),
    ({"consent": [CONSENT]}, "screening", "not-registered"),
    ({"disposition": [{**END, "standard_term": "INFORMED CONSENT OBTAINED"}]}, "screening", "not-registered"),
    ({"administration": [DOSE]}, "on-study-intervention", "off-study"),
    ({"administration": [{**DOSE, "status": "not-done"}]}, "candidate", "not-registered"),
    ({"administration": [DOSE], "disposition": [TREATMENT_END]}, "follow-up", "off-study"),
    ({"administration": [DOSE], "disposition": [END]}, "off-study", "off-study"),
    ({"disposition": [{**END, "category": "OTHER EVENT"}]}, "candidate", "not-registered"),
    ({"disposition": [{**END, "standard_term": "Screen Failure"}]}, "ineligible", "ineligible"),
    ({"death": [SUBJECT_ID]}, "off-study", "off-study"),
]


@pytest.mark.parametrize(("tables", "open_study", "closed_study"), EVIDENCE)
def test_the_status_follows_the_evidence(
    tables: dict[str, list[Row]], open_study: str, closed_study: str
) -> None:
    assert one(RESEARCH_SUBJECT, STUDY, subject=[SUBJECT], **tables)["status"] == open_study
    assert one(RESEARCH_SUBJECT, CLOSED, subject=[SUBJECT], **tables)["status"] == closed_study


def test_a_randomised_subject_is_on_study() -> None:
    subject = one(RESEARCH_SUBJECT, subject=[{**SUBJECT, "randomised": "2024-01-09"}])
    assert subject["status"] == "on-study"


def test_participation_runs_from_consent_to_the_last_disposition() -> None:
    later = {**END, "standard_term": "LOST TO FOLLOW-UP", "date": "2024-09-01"}
    subject = one(RESEARCH_SUBJECT, subject=[SUBJECT], consent=[CONSENT], disposition=[later, END])
    assert subject["period"] == {"start": "2024-01-02", "end": "2024-09-01"}


def test_an_end_before_the_start_is_left_out_and_said() -> None:
    found = made(
        RESEARCH_SUBJECT, subject=[SUBJECT], consent=[CONSENT], disposition=[{**END, "date": "2023"}]
    )
    assert found.items[0]["period"] == {"start": "2024-01-02"}
    assert rules(found.issues) == [("error", "END-BEFORE-START", "period.end")]


@pytest.mark.parametrize("end", ["2024-01", "2024"])
def test_an_end_that_may_be_the_start_is_kept_where_fhir_allows_it(end: str) -> None:
    """That 2024-01-02 is not after 2024-01 cannot be told, and what FHIR cannot tell breaks its rule."""
    subject = one(RESEARCH_SUBJECT, subject=[SUBJECT], consent=[CONSENT], disposition=[{**END, "date": end}])
    assert subject["period"]["start"] == "2024-01-02"
    assert "end" not in subject["period"]
    assert subject["period"]["_end"]["extension"][0]["valueString"] == end


def test_an_end_known_worse_than_the_start_but_surely_after_it_is_one() -> None:
    subject = one(
        RESEARCH_SUBJECT, subject=[SUBJECT], consent=[CONSENT], disposition=[{**END, "date": "2024-02"}]
    )
    assert subject["period"] == {"start": "2024-01-02", "end": "2024-02"}


def test_arms_as_assigned_and_as_given() -> None:
    subject = one(RESEARCH_SUBJECT, subject=[{**SUBJECT, "arm": "P"}], administration=[DOSE])
    assert (subject["assignedArm"], subject["actualArm"]) == ("Placebo", "Arm A")


def plan(tables: dict[str, list[Row]], status: str = "active") -> dict[str, tuple[str, str | None]]:
    """Activity ─▶ status and reason."""
    found = one(CARE_PLAN, replace(STUDY, status=status), subject=[SUBJECT], **tables)
    details = [a["detail"] for a in found["activity"]]
    return {
        (d.get("code") or d["productCodeableConcept"])["text"]: (
            d["status"],
            d.get("statusReason", {}).get("text"),
        )
        for d in details
    }


def test_the_plan_of_a_subject_on_treatment() -> None:
    assert plan({"administration": [DOSE]}) == {
        "SCREENING": ("not-started", None),
        "BASELINE": ("completed", None),
        "WEEK 3": ("not-started", None),
        "XELTUMAB": ("in-progress", None),
    }


def test_the_plan_of_a_subject_who_left() -> None:
    left = {**END, "standard_term": "WITHDRAWAL BY SUBJECT"}
    assert plan({"administration": [DOSE], "disposition": [left]}) == {
        "SCREENING": ("cancelled", "WITHDRAWAL BY SUBJECT"),
        "BASELINE": ("completed", None),
        "WEEK 3": ("cancelled", "WITHDRAWAL BY SUBJECT"),
        "XELTUMAB": ("stopped", "WITHDRAWAL BY SUBJECT"),
    }


def test_a_visit_without_a_planned_day_is_in_the_plan_only_where_it_took_place() -> None:
    assert "UNSCHEDULED" in plan({"vital_sign": [{**VITAL, "visit": "UNSCHEDULED"}]})
    assert "UNSCHEDULED" not in plan(
        {"vital_sign": [{**VITAL, "visit": "UNSCHEDULED", "status": "NOT DONE"}]}
    )


def test_an_activity_leads_to_what_was_done() -> None:
    found = one(CARE_PLAN, subject=[SUBJECT], administration=[DOSE])
    baseline = next(a for a in found["activity"] if a["detail"].get("code") == {"text": "BASELINE"})
    assert baseline["progress"] == [{"time": "2024-01-10", "text": "Took place"}]
    assert [r["reference"].partition("/")[0] for r in baseline["outcomeReference"]] == ["Encounter"]
    dose = next(a for a in found["activity"] if "productCodeableConcept" in a["detail"])
    assert [r["reference"].partition("/")[0] for r in dose["outcomeReference"]] == [
        "MedicationAdministration"
    ]


@pytest.mark.parametrize(
    ("tables", "study_status", "status"),
    [
        ({}, "active", "active"),
        ({}, "completed", "unknown"),
        ({"disposition": [END]}, "active", "completed"),
        ({"disposition": [{**END, "standard_term": "ADVERSE EVENT"}]}, "active", "revoked"),
    ],
)
def test_the_status_of_the_plan(tables: dict[str, list[Row]], study_status: str, status: str) -> None:
    found = one(CARE_PLAN, replace(STUDY, status=study_status), subject=[SUBJECT], **tables)
    assert found["status"] == status
