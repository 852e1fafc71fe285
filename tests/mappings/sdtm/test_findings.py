"""VS and RS: results, units, names of tests, baselines."""

from __future__ import annotations

from dataclasses import replace

from interop.records import Records
from tests.mappings.sdtm.small import STUDY, records, said, sdtm

VITAL = {"test": "WEIGHT", "result": "154.5", "unit": "LB", "date": "2024-01-10", "visit": "BASELINE"}
RESPONSE = {
    "test": "OVRLRESP",
    "result": "Complete Response",
    "criteria": "RECIST 1.1",
    "evaluator": "INVESTIGATOR",
    "date": "2024-01-09",
}


def test_a_result_as_collected_and_in_the_standard_unit() -> None:
    row = sdtm(vital_sign=[VITAL])["VS"].table.row(0, named=True)
    expected = {
        "VSTESTCD": "WEIGHT",
        "VSTEST": "Weight",
        "VSORRES": "154.5",
        "VSORRESU": "LB",
        "VSSTRESC": "70.1",
        "VSSTRESN": 70.1,
        "VSSTRESU": "kg",
        "VISITNUM": 2.0,
        "VISIT": "BASELINE",
        "VISITDY": 1,
        "EPOCH": "TREATMENT",
        "VSDY": 1,
        "VSLOBXFL": "Y",
        "VSBLFL": "Y",
    }
    assert {k: row[k] for k in expected} == expected


def test_an_unknown_unit_costs_the_unit_and_not_the_record() -> None:
    vs = sdtm(vital_sign=[{**VITAL, "unit": "stone"}])["VS"]
    assert vs.table.select("VSORRES", "VSORRESU", "VSSTRESC", "VSSTRESU").row(0) == (
        "154.5",
        "stone",
        "154.5",
        "stone",
    )
    assert [(s, v, r) for s, _, v, r in said(vs)] == [
        ("warning", "VSORRESU", "CODELIST C66770"),
        ("warning", "VSSTRESU", "CODELIST C66770"),
        ("warning", "VSSTRESU", "UNIT"),
    ]
    assert set(vs.issues["source"]) == {"vital_sign.csv#2"}


def test_what_was_not_done_has_a_record_and_no_result() -> None:
    row = sdtm(vital_sign=[{**VITAL, "result": None, "unit": None, "status": "NOT DONE"}])["VS"].table
    assert row.select("VSORRES", "VSSTRESC", "VSSTRESU", "VSSTAT", "VSLOBXFL").row(0) == (
        None,
        None,
        None,
        "NOT DONE",
        None,
    )


def test_a_test_of_the_sponsor_is_named_by_its_code() -> None:
    vs = sdtm(vital_sign=[{**VITAL, "test": "GRIP", "unit": "kg"}])["VS"]
    assert vs.table.select("VSTESTCD", "VSTEST").row(0) == ("GRIP", "GRIP")


def test_the_baseline_is_the_last_result_before_the_first_dose_of_each_position() -> None:
    def sign(date: str, result: str | None, position: str, **more: str) -> dict[str, str | None]:
        return {
            "test": "SYSBP",
            "unit": "mmHg",
            "date": date,
            "result": result,
            "position": position,
            **more,
        }

    vs = sdtm(
        vital_sign=[
            sign("2024-01-03", "120", "SUPINE"),
            sign("2024-01-10", "121", "SUPINE"),
            sign("2024-01-11", "122", "SUPINE"),
            sign("2024-01-03", "130", "STANDING"),
            sign("2024-01-10", None, "STANDING", status="NOT DONE"),
            sign("2024", "140", "SITTING"),
        ]
    )["VS"].table
    assert vs.filter(vs["VSLOBXFL"] == "Y").select("VSPOS", "VSORRES").sort("VSPOS").rows() == [
        ("STANDING", "130"),
        ("SUPINE", "121"),
    ]


def test_a_time_tells_what_came_before_the_dose_on_its_day() -> None:
    dose = [{"treatment": "XELTUMAB", "dose": "10", "start": "2024-01-10T09:00"}]
    vitals = [
        {**VITAL, "date": f"2024-01-10T{time}", "result": r} for time, r in (("08:30", "1"), ("09:30", "2"))
    ]
    vs = sdtm(administration=dose, vital_sign=vitals)["VS"].table
    assert vs.select("VSORRES", "VSLOBXFL").sort("VSORRES").rows() == [("1", "Y"), ("2", None)]


def test_an_unplanned_visit_keeps_its_name_and_has_no_number() -> None:
    vs = sdtm(vital_sign=[{**VITAL, "visit": "WEEK 3"}])["VS"]
    assert vs.table.select("VISIT", "VISITNUM", "VISITDY").row(0) == ("WEEK 3", None, None)
    assert said(vs) == [("warning", "vital_sign.csv#2", "VISITNUM", "UNPLANNED VISIT")]


def test_a_response_in_the_words_of_the_source_and_in_those_of_the_codelist() -> None:
    rs = sdtm(response_assessment=[RESPONSE])["RS"]
    row = rs.table.row(0, named=True)
    expected = {
        "RSTESTCD": "OVRLRESP",
        "RSTEST": "Overall Response",
        "RSCAT": "RECIST 1.1",
        "RSORRES": "Complete Response",
        "RSSTRESC": "CR",
        "RSEVAL": "INVESTIGATOR",
        "RSLOBXFL": "Y",
        "EPOCH": "SCREENING",
        "RSDY": -1,
    }
    assert {k: row[k] for k in expected} == expected
    assert said(rs) == []


def test_each_evaluator_has_a_last_assessment_before_treatment() -> None:
    readers = [
        {**RESPONSE, "evaluator": "INDEPENDENT ASSESSOR", "evaluator_id": f"RADIOLOGIST {n}"} for n in (1, 2)
    ]
    rs = sdtm(response_assessment=[RESPONSE, *readers])["RS"].table
    assert rs["RSLOBXFL"].to_list() == ["Y", "Y", "Y"]


def test_without_standard_units_results_stay_as_numbers() -> None:
    vs = sdtm(records_with_zero(), study=replace(STUDY, units=()))["VS"].table
    assert vs.select("VSORRES", "VSSTRESC", "VSSTRESN", "VSSTRESU").row(0) == ("058.0", "58", 58.0, "LB")


def records_with_zero() -> Records:
    return records(subject=[{"sex": "F", "country": "USA"}], vital_sign=[{**VITAL, "result": "058.0"}])
