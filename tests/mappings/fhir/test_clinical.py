"""MedicationAdministration and Observation: a row in, a resource out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from interop.fhir import Resource
from interop.fhir.ucum import UCUM_OF
from interop.fhir.write import to_json
from mappings.fhir.medication_administration import MEDICATION_ADMINISTRATION
from mappings.fhir.observation_blood_pressure import OBSERVATION_BLOOD_PRESSURE
from mappings.fhir.observation_response import OBSERVATION_RESPONSE
from mappings.fhir.observation_vital_sign import OBSERVATION_VITAL_SIGN
from tests.fhir.samples import DOSE, MEASURED, PRESSURE, RESPONSE, VITAL, Row, made, one, rules

NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"


def dose(**over: str | None) -> dict[str, Any]:
    return one(MEDICATION_ADMINISTRATION, administration=[{**DOSE, **over}])


def test_an_administration() -> None:
    given = dose(end="2024-01-31", frequency="Q3W")
    assert given["status"] == "completed"
    assert given["medicationCodeableConcept"]["coding"][0]["code"] == "X1"
    assert given["effectivePeriod"] == {"start": "2024-01-10", "end": "2024-01-31"}
    assert given["context"]["display"] == "BASELINE"
    assert json.loads(to_json(given["dosage"]), parse_float=str) == {
        "text": "200.0 mg Q3W INTRAVENOUS",
        "route": {
            "coding": [
                {"system": NCIT, "code": "C38276", "display": "Intravenous Route of Administration"},
                {"system": "http://snomed.info/sct", "code": "47625008", "display": "Intravenous route"},
            ],
            "text": "INTRAVENOUS",
        },
        "dose": {"value": "200.0", "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"},
    }


def test_one_not_done() -> None:
    given = dose(status="not-done", reason_not_done="ill", dose=None, start=None)
    assert (given["status"], given["statusReason"]) == ("not-done", [{"text": "ill"}])
    assert "effectiveDateTime" not in given
    assert given["effectivePeriod"]["extension"][0]["valueCode"] == "unknown"
    assert given["dosage"]["dose"]["extension"][0]["valueCode"] == "not-performed"


@pytest.mark.parametrize("date", ["2024", "2024-02", "2024-02-29"])
def test_a_partial_date_stays_partial(date: str) -> None:
    assert dose(start=date)["effectiveDateTime"] == date


def test_a_time_without_its_zone_is_kept_where_fhir_allows_it() -> None:
    found = made(MEDICATION_ADMINISTRATION, administration=[{**DOSE, "start": "2024-02-20T09:30"}])
    assert found.items[0]["effectiveDateTime"] == "2024-02-20"
    assert found.items[0]["_effectiveDateTime"]["extension"] == [
        {"url": "http://hl7.org/fhir/StructureDefinition/rendered-value", "valueString": "2024-02-20T09:30"}
    ]
    assert rules(found.issues) == [("info", "LOCAL-TIME", "effective[x]")]


def test_local_times_are_said_once_a_file_with_their_number() -> None:
    local = {**DOSE, "start": "2024-02-20T09:30"}
    other = {**local, "_src": "IV.csv#2"}
    doses: list[Mapping[str, str | None]] = [
        local,
        {**local, "end": "2024-02-20T10:30"},
        other,
        {**DOSE, "start": "2024-02-20"},
    ]
    found = made(MEDICATION_ADMINISTRATION, administration=doses).issues.filter(rule="LOCAL-TIME")
    assert found.select("source", "value").rows() == [("IV.csv", "1"), ("administration.csv", "2")]
    assert [m.split(":")[0] for m in found["message"]] == ["1 local times", "2 local times"]


def test_a_lot_makes_a_medication_of_its_own() -> None:
    given = dose(lot="L-7", dose_form="INJECTION")
    assert given["medicationReference"] == {"reference": "#medication"}
    assert "medicationCodeableConcept" not in given
    assert given["contained"][0]["batch"] == {"lotNumber": "L-7"}


@pytest.mark.parametrize(
    ("over", "rule"),
    [
        ({"dose_unit": "VIAL"}, ("warning", "NO-UCUM", "dosage.dose.code")),
        ({"route": "BY CANNON"}, ("warning", "NO-CODE", "dosage.route")),
        ({"end": "2023-12-31"}, ("error", "END-BEFORE-START", "effectivePeriod.end")),
    ],
)
def test_what_has_no_code_or_place_costs_only_itself(over: Row, rule: tuple[str, str, str]) -> None:
    found = made(MEDICATION_ADMINISTRATION, administration=[{**DOSE, **over}])
    assert len(found.items) == 1
    assert rules(found.issues) == [rule]


def test_an_unknown_unit_is_text() -> None:
    given = dose(dose_unit="VIAL")["dosage"]["dose"]
    assert (given["unit"], "code" in given, "system" in given) == ("VIAL", False, False)


def test_an_administration_of_nothing_is_set_aside() -> None:
    found = made(MEDICATION_ADMINISTRATION, administration=[{**DOSE, "treatment": None}])
    assert (found.items, rules(found.issues)) == ([], [("error", "REQUIRED", "treatment")])


def test_rows_that_are_alike_are_each_kept_and_a_correction_keeps_the_id() -> None:
    alike = made(MEDICATION_ADMINISTRATION, administration=[DOSE, DOSE]).items
    assert len({i["id"] for i in alike}) == 2
    assert dose(dose="250")["id"] == dose()["id"]


def vital(**over: str | None) -> dict[str, Any]:
    return one(OBSERVATION_VITAL_SIGN, vital_sign=[{**VITAL, **over}])


def test_a_vital_sign() -> None:
    temperature = vital()
    assert temperature["meta"]["profile"] == ["http://hl7.org/fhir/StructureDefinition/bodytemp"]
    assert [c["code"] for c in temperature["code"]["coding"]] == ["8310-5", "C174446"]
    assert to_json(temperature["valueQuantity"]) == (
        '{"value":37.0,"unit":"C","system":"http://unitsofmeasure.org","code":"Cel"}'
    )


@pytest.mark.parametrize(("test", "result", "unit"), MEASURED[:-1])
def test_every_vital_sign_of_hl7_has_its_profile(test: str, result: str, unit: str) -> None:
    assert vital(test=test, result=result, unit=unit)["meta"]["profile"]


def test_another_measurement_has_its_ncit_code_and_claims_no_profile() -> None:
    area = vital(test="BSA", result="1.80", unit="m2")
    assert "profile" not in area["meta"]
    assert [c["system"] for c in area["code"]["coding"]] == [NCIT]


@pytest.mark.parametrize(
    "over",
    [{"date": "2024-01"}, {"date": None}, {"unit": "K"}, {"unit": None}, {"result": "warm"}],
)
def test_what_the_profile_does_not_allow_claims_neither_profile_nor_loinc(over: Row) -> None:
    found = made(OBSERVATION_VITAL_SIGN, vital_sign=[{**VITAL, **over}])
    assert "profile" not in found.items[0]["meta"]
    assert [c["system"] for c in found.items[0]["code"]["coding"]] == [NCIT]
    assert ("warning", "VITAL-SIGNS", "meta.profile") in rules(found.issues)


def test_a_result_that_is_no_number_is_a_string() -> None:
    assert vital(result="warm")["valueString"] == "warm"


def test_a_result_with_a_comparator() -> None:
    assert to_json(vital(result="< 35.0")["valueQuantity"]).startswith('{"value":35.0,"comparator":"<"')


def test_a_measurement_not_done() -> None:
    missing = vital(result=None, unit=None, status="NOT DONE", reason_not_done="no device")
    assert missing["status"] == "cancelled"
    assert missing["dataAbsentReason"]["coding"][0]["code"] == "not-performed"
    assert missing["dataAbsentReason"]["text"] == "no device"
    assert "valueQuantity" not in missing


def test_where_and_how_it_was_measured() -> None:
    there = vital(
        location="EAR", laterality="LEFT", position="SUPINE", timepoint="BEFORE", timepoint_number="1"
    )
    assert there["bodySite"]["text"] == "EAR, LEFT"
    assert there["extension"][1]["valueCodeableConcept"]["coding"][0]["code"] == "C62167"
    assert there["note"] == [{"text": "Planned time point: BEFORE, number 1"}]


DIASTOLIC = {**PRESSURE, "test": "DIABP", "result": "80"}


def values(panel: dict[str, Any]) -> list[str]:
    """What the two components of a panel say."""
    return [
        str(c["valueQuantity"]["value"])
        if "valueQuantity" in c
        else c["dataAbsentReason"]["coding"][0]["code"]
        for c in panel["component"]
    ]


def pressures(*rows: Row) -> list[list[str]]:
    return [values(item) for item in made(OBSERVATION_BLOOD_PRESSURE, vital_sign=list(rows)).items]


def test_a_blood_pressure_is_one_observation() -> None:
    panel = one(OBSERVATION_BLOOD_PRESSURE, vital_sign=[PRESSURE, DIASTOLIC])
    assert panel["meta"]["profile"] == ["http://hl7.org/fhir/StructureDefinition/bp"]
    assert panel["code"]["coding"][0]["code"] == "85354-9"
    assert [c["code"]["coding"][0]["code"] for c in panel["component"]] == ["8480-6", "8462-4"]
    assert values(panel) == ["120", "80"]


def test_its_lineage_leads_to_both_records() -> None:
    found = made(OBSERVATION_BLOOD_PRESSURE, vital_sign=[PRESSURE, DIASTOLIC]).lineage.rows
    assert dict(found.select("via", "src").iter_rows()) == {
        "": "vital_sign.csv#2",
        "SYSBP": "vital_sign.csv#2",
        "DIABP": "vital_sign.csv#3",
    }


def test_pressures_in_other_positions_are_other_measurements() -> None:
    standing = [
        {**row, "position": "STANDING", "result": "1" + str(row["result"])} for row in (PRESSURE, DIASTOLIC)
    ]
    supine = [{**row, "position": "SUPINE"} for row in (PRESSURE, DIASTOLIC)]
    assert pressures(*supine, *standing) == [["1120", "180"], ["120", "80"]]


def test_several_at_one_time_point_pair_only_on_one_source_line() -> None:
    rows = [
        {**row, "result": result, "_src": f"VS.csv#{line}:{row['test']}"}
        for line, pair in ((2, ("120", "80")), (3, ("110", "90")))
        for row, result in zip((PRESSURE, DIASTOLIC), pair, strict=True)
    ]
    assert sorted(pressures(*rows)) == [["110", "90"], ["120", "80"]]


def test_several_on_lines_of_their_own_are_not_paired_by_guess() -> None:
    rows = [{**PRESSURE, "result": "120"}, {**PRESSURE, "result": "130"}, DIASTOLIC]
    assert sorted(pressures(*rows)) == [["120", "unknown"], ["130", "unknown"], ["unknown", "80"]]


def test_a_pressure_half_done_is_final_and_one_not_done_is_cancelled() -> None:
    not_done = {"result": None, "status": "NOT DONE"}
    half = one(OBSERVATION_BLOOD_PRESSURE, vital_sign=[PRESSURE, {**DIASTOLIC, **not_done}])
    assert (half["status"], values(half)) == ("final", ["120", "not-performed"])
    none = one(OBSERVATION_BLOOD_PRESSURE, vital_sign=[{**DIASTOLIC, **not_done}])
    assert (none["status"], values(none)) == ("cancelled", ["unknown", "not-performed"])


@pytest.mark.parametrize("page", [OBSERVATION_VITAL_SIGN, OBSERVATION_BLOOD_PRESSURE])
def test_each_vital_sign_is_on_one_page(page: Resource) -> None:
    tests = {r["code"]["text"] for r in made(page, vital_sign=[VITAL, PRESSURE, DIASTOLIC]).items}
    assert tests == ({"Body Temperature"} if page is OBSERVATION_VITAL_SIGN else {"Blood Pressure"})


def test_a_response() -> None:
    response = one(
        OBSERVATION_RESPONSE,
        response_assessment=[
            {
                **RESPONSE,
                "criteria": "RECIST 1.1",
                "method": "CT SCAN",
                "evaluator": "INVESTIGATOR",
                "accepted": "Y",
                "identifier": "12",
            }
        ],
    )
    assert (response["code"]["coding"][0]["code"], response["code"]["text"]) == ("C96613", "Overall Response")
    assert response["valueCodeableConcept"]["coding"][0]["system"] == NCIT
    assert response["valueCodeableConcept"]["text"] == "CR"
    assert response["method"]["coding"][0]["code"] == "C124415"
    assert response["performer"] == [{"display": "INVESTIGATOR"}]
    assert response["component"][0]["valueCodeableConcept"]["text"] == "CT SCAN"
    assert response["component"][1]["valueBoolean"] is True
    assert response["identifier"][0]["value"] == "12"


def test_a_response_not_assessed() -> None:
    missing = one(
        OBSERVATION_RESPONSE,
        response_assessment=[
            {**RESPONSE, "result": None, "status": "NOT DONE", "reason_not_done": "no scan"}
        ],
    )
    assert missing["status"] == "cancelled"
    assert missing["dataAbsentReason"]["text"] == "no scan"


def test_a_response_of_no_codelist_is_text() -> None:
    found = made(OBSERVATION_RESPONSE, response_assessment=[{**RESPONSE, "result": "rather good"}])
    assert found.items[0]["valueCodeableConcept"] == {"text": "rather good"}
    assert rules(found.issues) == [("warning", "NO-CODE", "valueCodeableConcept")]


@pytest.mark.parametrize("unit", UCUM_OF)
def test_every_unit_of_the_table_is_a_cdisc_term_and_found(unit: str) -> None:
    assert dose(dose_unit=unit)["dosage"]["dose"]["code"] == UCUM_OF[unit]
