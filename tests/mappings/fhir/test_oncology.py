"""Lesions, imaging, cells, laboratory, events and therapies: rows to resources, with rows written here."""

from __future__ import annotations

from typing import Any

import pytest

from interop.fhir.codes import MEDDRA, NCIT, SNOMED, UCUM
from mappings.fhir.adverse_event import ADVERSE_EVENT
from mappings.fhir.body_structure import BODY_STRUCTURE
from mappings.fhir.condition import CONDITION
from mappings.fhir.consent import CONSENT
from mappings.fhir.diagnostic_report import DIAGNOSTIC_REPORT
from mappings.fhir.encounter import ENCOUNTER
from mappings.fhir.medication_administration import MEDICATION_ADMINISTRATION
from mappings.fhir.medication_statement import MEDICATION_STATEMENT
from mappings.fhir.observation_cell_yield import OBSERVATION_CELL_YIELD
from mappings.fhir.observation_eligibility import OBSERVATION_ELIGIBILITY
from mappings.fhir.observation_laboratory import OBSERVATION_LABORATORY
from mappings.fhir.observation_lesion import OBSERVATION_LESION
from mappings.fhir.observation_lesion_size import OBSERVATION_LESION_SIZE
from mappings.fhir.observation_performance_status import OBSERVATION_PERFORMANCE_STATUS
from mappings.fhir.observation_response import OBSERVATION_RESPONSE
from mappings.fhir.observation_survival import OBSERVATION_SURVIVAL
from mappings.fhir.observation_vital_sign import OBSERVATION_VITAL_SIGN
from mappings.fhir.procedure import PROCEDURE
from mappings.fhir.specimen import SPECIMEN
from tests.fhir import oncology as rows
from tests.fhir.samples import DOSE, STUDY, VITAL, Row, made, one, rules


def codes(concept: dict[str, Any]) -> list[tuple[str, str]]:
    return [(c["system"], c["code"]) for c in concept.get("coding", ())]


# Lesions and imaging


def test_a_lesion() -> None:
    lesion = one(BODY_STRUCTURE, lesion=[rows.LESION])
    assert lesion["identifier"][0]["value"] == "T01"
    assert lesion["patient"]["reference"].startswith("Patient/")
    assert codes(lesion["morphology"]) == [(NCIT, "C94520")]
    assert codes(lesion["locationQualifier"][0]) == [(NCIT, "C25229"), (SNOMED, "419161000")]
    assert (lesion["locationQualifier"][1], lesion["description"]) == (
        {"text": "Lymph node"},
        "below the jaw",
    )


def measured(*measurements: Row, **tables: list[Row]) -> list[dict[str, Any]]:
    found = made(OBSERVATION_LESION, STUDY, lesion_measurement=list(measurements), **tables).items
    return [item for item in found if item["code"]["text"] != "Tumor Identification"]


def test_an_identification_is_an_observation_of_its_own() -> None:
    (seen,) = made(OBSERVATION_LESION, lesion=[rows.LESION]).items
    assert codes(seen["code"]) == [(NCIT, "C94523")]
    assert codes(seen["valueCodeableConcept"]) == [(NCIT, "C94520")]
    assert (seen["effectiveDateTime"], seen["focus"][0]["display"]) == ("2024-01-04", "T01")


def test_a_size_has_its_two_diameters() -> None:
    perpendicular = {**rows.MEASURED, "test": "LPERP", "result": "18.50"}
    size = one(
        OBSERVATION_LESION_SIZE, lesion=[rows.LESION], lesion_measurement=[rows.MEASURED, perpendicular]
    )
    assert codes(size["code"]) == [("http://loinc.org", "21889-1")]
    assert [codes(c["code"])[0][1] for c in size["component"]] == ["33728-7", "33729-5"]
    assert [str(c["valueQuantity"]["value"]) for c in size["component"]] == ["32.0", "18.50"]
    assert size["focus"][0]["reference"].startswith("BodyStructure/")


def test_a_size_of_one_diameter_has_no_other() -> None:
    size = one(OBSERVATION_LESION_SIZE, lesion=[rows.LESION], lesion_measurement=[rows.MEASURED])
    assert len(size["component"]) == 1


@pytest.mark.parametrize(("point", "code"), [("1", "C99728"), ("4", "C99749"), ("5", "C99750")])
def test_deauville_as_mcode_has_it(point: str, code: str) -> None:
    (item,) = measured({**rows.PET, "test": "FDP5PS", "result": point}, lesion=[rows.LESION])
    assert codes(item["code"]) == [(SNOMED, "708895006"), (NCIT, "C99723")]
    assert item["valueInteger"] == int(point)
    assert codes(item["interpretation"][0]) == [(NCIT, code)]


def test_deauville_x_is_no_integer() -> None:
    (item,) = measured({**rows.PET, "test": "FDP5PS", "result": "X"}, lesion=[rows.LESION])
    assert codes(item["valueCodeableConcept"]) == [(NCIT, "C136879")]
    assert "valueInteger" not in item
    assert "valueString" not in item


def test_suvmax() -> None:
    (item,) = measured({**rows.PET, "test": "SUVMAX", "result": "7.20", "unit": "g/mL"}, lesion=[rows.LESION])
    assert codes(item["code"]) == [(NCIT, "C95012")]
    assert str(item["valueQuantity"]["value"]) == "7.20"
    assert (item["valueQuantity"]["system"], item["valueQuantity"]["code"]) == (UCUM, "g/mL")


@pytest.mark.parametrize(
    ("imaging", "method", "found"),
    [
        ([rows.IMAGE], "PET/CT SCAN", True),
        ([rows.IMAGE], "CT SCAN", True),  # the CT of the PET-CT
        ([{**rows.IMAGE, "modality": "CT"}], "CT SCAN", True),
        ([{**rows.IMAGE, "modality": "CT"}], "PET/CT SCAN", False),
        ([{**rows.IMAGE, "date": "2024-03-02"}], "PET/CT SCAN", False),
        ([{**rows.IMAGE, "status": "NOT DONE"}], "PET/CT SCAN", False),
        ([rows.IMAGE, {**rows.IMAGE, "identifier": "I2"}], "PET/CT SCAN", False),  # which of two?
        ([rows.IMAGE, {**rows.IMAGE, "modality": "CT"}], "CT SCAN", True),
    ],
)
def test_a_reading_is_part_of_its_examination(imaging: list[Row], method: str, found: bool) -> None:
    (item,) = measured(
        {**rows.PET, "test": "SUVMAX", "method": method}, imaging=imaging, lesion=[rows.LESION]
    )
    assert ("partOf" in item) == found


def test_a_modality_is_part_of_its_examination_and_the_overall_response_of_none() -> None:
    assessed: list[Row] = [rows.READ, {**rows.READ, "test": "METBRESP", "method": "PET/CT SCAN"}]
    items = made(OBSERVATION_RESPONSE, imaging=[rows.IMAGE], response_assessment=assessed).items
    assert {i["code"]["text"]: "partOf" in i for i in items} == {
        "Overall Response": False,
        "Metabolic Response": True,
    }


def test_the_lesion_is_that_of_the_same_evaluator() -> None:
    other = {"evaluator": "INDEPENDENT ASSESSOR", "evaluator_id": "R 1"}
    lesions: list[Row] = [rows.LESION, {**rows.LESION, **other}]
    readings: list[Row] = [{**rows.PET, "test": "SUVMAX"}, {**rows.PET, "test": "SUVMAX", **other}]
    items = measured(*readings, lesion=lesions)
    assert len({i["focus"][0]["reference"] for i in items}) == 2


def test_a_lesion_that_nobody_identified_is_named_and_said() -> None:
    found = made(OBSERVATION_LESION, lesion_measurement=[{**rows.PET, "test": "SUVMAX"}])
    assert found.items[0]["focus"] == [{"display": "T01"}]
    assert ("warning", "NO-LESION", "focus") in rules(found.issues)


def test_a_report_holds_a_reading_and_its_conclusion() -> None:
    tables: dict[str, list[Row]] = {
        "lesion": [rows.LESION],
        "lesion_measurement": [
            rows.MEASURED,
            {**rows.PET, "test": "FDP5PS", "result": "4"},
            {**rows.PET, "test": "SUVMAX", "result": None, "status": "NOT DONE"},
        ],
        "response_assessment": [rows.READ, {**rows.READ, "link_group": "R2", "result": "CR"}],
    }
    first, second = sorted(
        made(DIAGNOSTIC_REPORT, STUDY, **tables).items, key=lambda r: r["conclusion"], reverse=True
    )
    assert (first["conclusion"], len(first["result"])) == ("Overall response: PR", 3)
    assert (second["conclusion"], len(second["result"])) == ("Overall response: CR", 1)
    assert first["resultsInterpreter"] == [{"display": "INVESTIGATOR"}]


def test_readings_without_a_group_belong_together_by_day_and_evaluator() -> None:
    alone: Row = {**rows.READ, "link_group": None}
    assessed: list[Row] = [
        alone,
        {**alone, "test": "NEWLIND", "result": "N"},
        {**alone, "evaluator": "ONCOLOGIST"},
    ]
    reports = made(DIAGNOSTIC_REPORT, response_assessment=assessed).items
    assert sorted(len(r["result"]) for r in reports) == [1, 2]


def test_a_conclusion_that_is_not_one_is_none() -> None:
    """Two overall responses in one reading: neither is picked."""
    assessed: list[Row] = [rows.READ, {**rows.READ, "result": "CR", "identifier": "2"}]
    report = one(DIAGNOSTIC_REPORT, response_assessment=assessed)
    assert "conclusion" not in report
    assert len(report["result"]) == 2


# Procedures, cells, laboratory


def test_a_procedure_not_done_says_why() -> None:
    item = one(PROCEDURE, procedure=[{**rows.PROCEDURE, "status": "not-done", "reason_not_done": "refused"}])
    assert (item["status"], item["statusReason"]) == ("not-done", {"text": "refused"})


def test_imaging_is_a_procedure_with_the_code_of_its_method() -> None:
    item = one(PROCEDURE, imaging=[rows.IMAGE])
    assert (item["status"], codes(item["code"]), item["code"]["text"]) == (
        "completed", [(NCIT, "C103512")], "PET-CT",
    )  # fmt: skip


def test_a_yield_is_part_of_its_collection_and_of_its_specimen() -> None:
    item = one(OBSERVATION_CELL_YIELD, procedure=[rows.PROCEDURE], collection_yield=[rows.YIELD])
    assert item["partOf"][0]["reference"].startswith("Procedure/")
    assert item["specimen"]["reference"].startswith("Specimen/")
    assert (str(item["valueQuantity"]["value"]), item["valueQuantity"]["code"]) == ("3.4", "10*8/kg")


def test_all_that_was_measured_of_one_product_is_of_one_specimen_that_the_infusion_names() -> None:
    product = {**rows.YIELD, "procedure": None, "product_id": "CT-1", "test": "CARPOS"}
    viable = {**product, "test": "VIABLE", "date": "2024-02-20"}
    (specimen,) = made(SPECIMEN, collection_yield=[product, viable]).items
    seen = made(OBSERVATION_CELL_YIELD, collection_yield=[product, viable]).items
    assert {o["specimen"]["reference"] for o in seen} == {f"Specimen/{specimen['id']}"}
    infusion = one(MEDICATION_ADMINISTRATION, administration=[{**DOSE, "product_id": "CT-1"}])
    (named,) = infusion["contained"][0]["identifier"]
    assert named == specimen["identifier"][0]
    assert named["value"] == "CT-1"


def test_results_of_one_sample_share_a_specimen() -> None:
    results: list[Row] = [
        rows.LAB,
        {**rows.LAB, "test": "WBC"},
        {**rows.LAB, "test": "LDH", "specimen": "SERUM"},
        {**rows.LAB, "test": "ALB", "specimen": "URINE", "status": "NOT DONE", "result": None},
    ]
    specimens = made(SPECIMEN, laboratory_result=results).items
    assert sorted(s["type"]["text"] for s in specimens) == ["BLOOD", "SERUM"]
    named = [o.get("specimen") for o in made(OBSERVATION_LABORATORY, laboratory_result=results).items]
    assert sorted(r["reference"] for r in named if r) == sorted(
        [f"Specimen/{s['id']}" for s in specimens]
        + [f"Specimen/{s['id']}" for s in specimens if s["type"]["text"] == "BLOOD"]
    )


def test_a_laboratory_result_with_its_range() -> None:
    item = one(OBSERVATION_LABORATORY, laboratory_result=[rows.LAB])
    assert codes(item["code"]) == [(NCIT, "C64848")]
    assert str(item["valueQuantity"]["value"]) == "9.80"
    assert [str(item["referenceRange"][0][end]["value"]) for end in ("low", "high")] == ["12.0", "16.0"]
    assert [c[1] for c in codes(item["interpretation"][0])] == ["L"]


def test_a_result_in_words_has_no_range() -> None:
    item = one(OBSERVATION_LABORATORY, laboratory_result=[{**rows.LAB, "result": "POSITIVE"}])
    assert item["valueString"] == "POSITIVE"
    assert "referenceRange" not in item


@pytest.mark.parametrize(
    ("unit", "code"),
    [("10^9/L", "10*9/L"), ("10^3/uL", "10*3/uL"), ("ng/mL", "ng/mL"), ("U/L", "U/L"), ("mg/dL", "mg/dL")],
)
def test_laboratory_units(unit: str, code: str) -> None:
    item = one(OBSERVATION_LABORATORY, laboratory_result=[{**rows.LAB, "unit": unit}])
    assert item["valueQuantity"]["code"] == code


def test_ecog() -> None:
    item = one(OBSERVATION_PERFORMANCE_STATUS, performance_status=[rows.STATUS])
    assert ("http://loinc.org", "89247-1") in codes(item["code"])
    assert item["valueInteger"] == 1
    assert codes(item["interpretation"][0]) == [(NCIT, "C180256")]


def test_survival_and_eligibility() -> None:
    alive = one(OBSERVATION_SURVIVAL, survival_followup=[{**rows.ONE, "status": "ALIVE", "date": "2024-12"}])
    assert (codes(alive["valueCodeableConcept"]), alive["effectiveDateTime"]) == (
        [(NCIT, "C37987")],
        "2024-12",
    )
    met = one(OBSERVATION_ELIGIBILITY, eligibility=[{**rows.ONE, "criterion": "INCL01", "met": "N"}])
    assert met["valueBoolean"] is False


# Events, conditions, therapies, consent


def extension(item: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [e for e in item["extension"] if e["url"].endswith(f"/{name}")]


def test_an_event_graded_by_consensus() -> None:
    graded: Row = {**rows.EVENT, "toxicity_grade": "3", "supp.AEGRSYS": "ASTCT CONSENSUS"}
    item = one(ADVERSE_EVENT, adverse_event=[graded])
    (grade,) = extension(item, "ae-grade")
    assert codes(grade["valueCodeableConcept"]) == [(NCIT, "C41340")]
    assert grade["valueCodeableConcept"]["text"] == "Grade 3 (ASTCT CONSENSUS)"
    assert [e["valueDateTime"] for e in extension(item, "resolve-date")] == ["2024-02-05"]
    assert item["seriousness"]["coding"][0]["code"] == "Serious"


def test_a_grade_that_is_none_is_text() -> None:
    (grade,) = extension(
        one(ADVERSE_EVENT, adverse_event=[{**rows.EVENT, "toxicity_grade": "9"}]), "ae-grade"
    )
    assert grade["valueCodeableConcept"] == {"text": "Grade 9"}


def test_an_event_in_meddra_and_in_words() -> None:
    told: Row = {
        **rows.EVENT,
        "preferred_term": "Cytokine release syndrome",
        "preferred_term_code": "10052015",
    }
    assert codes(one(ADVERSE_EVENT, adverse_event=[told])["event"]) == [(MEDDRA, "10052015")]
    words = one(ADVERSE_EVENT, adverse_event=[{**told, "preferred_term_code": None}])["event"]
    assert words["coding"][0]["system"].startswith("urn:uuid:")
    assert words["text"] == "CRS"


@pytest.mark.parametrize(
    ("outcome", "code"),
    [("RECOVERED/RESOLVED", "resolved"), ("FATAL", "fatal"), ("NOT RECOVERED/NOT RESOLVED", "ongoing")],
)
def test_outcomes(outcome: str, code: str) -> None:
    item = one(ADVERSE_EVENT, adverse_event=[{**rows.EVENT, "outcome": outcome}])
    assert [c[1] for c in codes(item["outcome"])] == [code]


def test_what_fhirs_required_codes_lack_is_a_note() -> None:
    item = one(ADVERSE_EVENT, adverse_event=[{**rows.EVENT, "outcome": "SO SO", "severity": "HEAVY"}])
    assert not {"outcome", "severity"} & set(item)
    (note,) = extension(item, "note")
    assert note["valueAnnotation"] == {"text": "Severity: HEAVY; Outcome: SO SO"}


def test_comments_are_notes() -> None:
    event = one(ADVERSE_EVENT, adverse_event=[{**rows.EVENT, "outcome": "SO SO", "comment": "Known before"}])
    assert [n["valueAnnotation"]["text"] for n in extension(event, "note")] == [
        "Outcome: SO SO",
        "Known before",
    ]
    response = one(OBSERVATION_RESPONSE, response_assessment=[{**rows.READ, "comment": "CT was read alone"}])
    assert response["note"] == [{"text": "CT was read alone"}]


def test_criteria_of_seriousness_are_those_that_were_asked() -> None:
    item = one(ADVERSE_EVENT, adverse_event=[{**rows.EVENT, "serious_death": "N", "serious_overdose": "Y"}])
    told = {
        e["extension"][0]["valueCodeableConcept"]["text"]: e["extension"][1]["valueBoolean"]
        for e in extension(item, "seriousness-criteria")
    }
    assert told == {"Death Related to Adverse Event": False, "Occurred with overdose": True}


@pytest.mark.parametrize(
    ("over", "status"),
    [
        ({}, "active"),
        ({"ongoing": "N"}, "resolved"),
        ({"ongoing": None, "end": "2012"}, "resolved"),
        ({"ongoing": None}, None),
    ],
)
def test_the_status_of_a_condition(over: Row, status: str | None) -> None:
    item = one(CONDITION, medical_history=[{**rows.HISTORY, **over}])
    assert item.get("clinicalStatus", {"coding": [{"code": None}]})["coding"][0]["code"] == status


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Relapsed", "relapse"),
        ("Refractory", "active"),
        ("relapsed or refractory", "active"),
        (None, "active"),
    ],
)
def test_the_disease_under_study(said: str | None, code: str) -> None:
    item = one(CONDITION, diagnosis=[{**rows.DIAGNOSIS, "status": said, "histology": "GCB"}])
    assert item["clinicalStatus"]["coding"][0]["code"] == code
    assert (item["onsetDateTime"], item["note"]) == ("2022-05", [{"text": "Histology: GCB"}])


def test_therapies_that_are_not_of_the_study() -> None:
    found = made(
        MEDICATION_STATEMENT,
        concomitant_medication=[{**rows.MEDICATION, "ongoing": "Y"}],
        prior_therapy=[{**rows.ONE, "regimen": "R-CHOP", "line": "1", "end": "2022"}],
        subsequent_therapy=[{**rows.ONE, "name": "RADIOTHERAPY", "start": "2024-08"}],
    ).items
    assert {(i["category"]["text"], i["status"]) for i in found} == {
        ("Concomitant medication", "active"),
        ("Prior therapy", "completed"),
        ("Subsequent therapy", "unknown"),
    }


def test_a_consent_names_its_version() -> None:
    item = one(CONSENT, consent=[{**rows.ONE, "date": "2024-01-02", "version": "2.0"}])
    assert (item["dateTime"], item["policyRule"]["text"]) == (
        "2024-01-02", "Informed consent to take part in study AB1, version 2.0",
    )  # fmt: skip


# Encounters


def encounters(**tables: list[Row]) -> list[tuple[str, str, str | None]]:
    found = made(ENCOUNTER, STUDY, **tables).items
    return [(i["type"][0]["text"], i["status"], i.get("period", {}).get("start")) for i in found]


VISIT = {**rows.ONE, "visit": "WEEK 3", "date": "2024-01-31"}


def test_a_visit_tells_its_own_date() -> None:
    dose: Row = {**DOSE, "visit": "WEEK 3", "start": "2024-01-30"}
    assert encounters(visit=[VISIT], administration=[dose]) == [("WEEK 3", "finished", "2024-01-31")]
    assert encounters(administration=[dose]) == [("WEEK 3", "finished", "2024-01-30")]


def test_a_visit_of_which_only_what_was_not_done_is_told() -> None:
    assert encounters(vital_sign=[{**VITAL, "visit": "WEEK 3", "status": "NOT DONE"}]) == [
        ("WEEK 3", "unknown", None)
    ]


def test_a_visit_entered_twice_is_one_and_comes_from_both_rows() -> None:
    found = made(ENCOUNTER, visit=[VISIT, VISIT])
    assert len(found.items) == 1
    assert set(found.lineage.rows["src"]) == {"visit.csv#2", "visit.csv#3"}


def test_visits_of_one_name_are_told_apart_by_their_day() -> None:
    later: Row = {**VISIT, "date": "2024-02-09"}
    vital: Row = {**VITAL, "visit": "WEEK 3", "date": "2024-02-09T08:00"}
    tables: dict[str, list[Row]] = {"visit": [VISIT, later], "vital_sign": [vital]}
    found = made(ENCOUNTER, STUDY, **tables)
    assert len(found.items) == 2
    measured = one(OBSERVATION_VITAL_SIGN, STUDY, **tables)
    second = next(i for i in found.items if i["period"]["start"] == "2024-02-09")
    assert measured["encounter"]["reference"] == f"Encounter/{second['id']}"


def test_what_is_of_none_of_several_visits_is_said() -> None:
    tables: dict[str, list[Row]] = {
        "visit": [VISIT, {**VISIT, "date": "2024-02-09"}],
        "vital_sign": [{**VITAL, "visit": "WEEK 3", "date": "2024-05-05"}],
    }
    assert ("warning", "VISIT-DAY", "period") in rules(made(ENCOUNTER, STUDY, **tables).issues)
