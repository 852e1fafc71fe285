"""RS: ECOG, and overall responses where only readings were collected."""

from __future__ import annotations

from dataclasses import replace

import pytest

from interop.trialdesign import ReadingRule, ResponseTable
from tests.mappings.sdtm.small import STUDY, Made, said, sdtm

Row = dict[str, str | None]
READ: Row = {"criteria": "LUGANO CLASSIFICATION", "evaluator": "INVESTIGATOR"}
FIRST: Row = {"date": "2024-01-31", "link_group": "A1"}
SECOND: Row = {"date": "2024-03-31", "link_group": "A2"}


def pet(result: str | None, when: Row = FIRST, **more: str | None) -> Row:
    return {**READ, **when, "test": "METBRESP", "method": "PET/CT SCAN", "result": result, **more}


def ct(result: str | None, when: Row = FIRST, **more: str | None) -> Row:
    return {**READ, **when, "test": "ANATRESP", "method": "CT SCAN", "result": result, **more}


def rs(*rows: Row) -> Made:
    return sdtm(response_assessment=list(rows))


def overall(made: Made) -> list[tuple[object, ...]]:
    rows = made["RS"].table.filter(RSTESTCD="OVRLRESP")
    return rows.select("RSDTC", "RSLNKGRP", "RSORRES", "RSSTRESC", "RSDRVFL").rows()


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ((pet("CMR"), ct("PR")), "CR"),
        ((pet("NMR"), ct("SD")), "SD"),  # NCI's synonym of SMD
        ((pet("PR"), ct("CR")), "PR"),
        ((pet("NE"), ct("PD")), "PD"),
        ((pet(None, status="NOT DONE"), ct("PR")), "PR"),
        ((ct("SD"),), "SD"),
        ((pet("PMD"),), "PD"),
    ],
)
def test_readings_make_an_overall_response(read: tuple[Row, ...], expected: str) -> None:
    made = rs(*read)
    assert overall(made) == [("2024-01-31", "A1", None, expected, "Y")]
    assert said(made["RS"]) == []


def test_an_earlier_pet_is_carried_forward_and_named_as_the_source() -> None:
    made = rs(pet("PMR"), pet("NE", SECOND), ct("CR", SECOND))
    assert overall(made)[1] == ("2024-03-31", "A2", None, "PR", "Y")
    row = made["RS"].data.filter(RSTESTCD="OVRLRESP", RSLNKGRP="A2")["_row"].item()
    sources = made["RS"].lineage.rows.filter(row=row).select("via", "src", "field").rows()
    assert ("derived", "response_assessment.csv#2", "result") in sources
    assert ("", "response_assessment.csv#3", None) in sources


OWN = (
    ReadingRule("CT not done", "NE", ct=(None, "NE", "ND")),
    ReadingRule("worse of the two, by CT", "CT", pet=("NE", "ND"), ct=("PAD", "SAD")),
    ReadingRule("stable until PET-CT is repeated", "SD", pet=("NE", "ND", None)),
)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (ResponseTable(), "PR"),  # the PET-CT before is carried forward
        (ResponseTable("LUGANO 2014 DRAFT"), "CR"),  # CT, for nothing is carried forward for one not done
        (ResponseTable(rules=OWN), "SD"),
    ],
)
def test_the_table_of_the_study_makes_the_overall_response(table: ResponseTable, expected: str) -> None:
    read = [pet("PMR"), pet(None, SECOND, status="NOT DONE"), ct("CR", SECOND)]
    made = sdtm(study=replace(STUDY, response=table), response_assessment=read)
    assert {r[1]: r[3] for r in overall(made)}["A2"] == expected


def test_readings_that_no_rule_of_the_study_knows_make_no_response() -> None:
    study = replace(STUDY, response=ResponseTable(rules=OWN[1:]))
    assert overall(sdtm(study=study, response_assessment=[pet("CMR"), ct("CR")])) == []


def test_a_collected_overall_response_stands() -> None:
    collected = {**READ, **FIRST, "test": "OVRLRESP", "result": "SD"}
    made = rs(pet("CMR"), collected, ct("CR", SECOND))
    assert overall(made) == [
        ("2024-01-31", "A1", "SD", "SD", None),
        ("2024-03-31", "A2", None, "CR", "Y"),
    ]


def test_nothing_is_made_of_what_was_not_done_or_by_other_criteria() -> None:
    assert overall(rs(pet(None, status="NOT DONE"), ct(None, status="NOT DONE"))) == []
    assert overall(rs(pet("CMR", criteria="RECIST 1.1"))) == []


def test_each_evaluator_has_his_own_overall_response() -> None:
    other: Row = {"evaluator": "INDEPENDENT ASSESSOR", "evaluator_id": "RADIOLOGIST 1"}
    rows = rs(pet("CMR"), pet("PMD", FIRST, **other))["RS"].table.filter(RSTESTCD="OVRLRESP")
    assert rows.select("RSEVAL", "RSEVALID", "RSSTRESC").rows() == [
        ("INDEPENDENT ASSESSOR", "RADIOLOGIST 1", "PD"),
        ("INVESTIGATOR", None, "CR"),
    ]


def test_performance_status_is_a_clinical_classification() -> None:
    status = {"grade": "1", "date": "2024-01-09", "evaluator": "INVESTIGATOR"}
    built = sdtm(performance_status=[status])["RS"]
    row = built.table.row(0, named=True)
    expected = {
        "RSTESTCD": "ECOG101",
        "RSTEST": "ECOG1-Performance Status",
        "RSCAT": "ECOG",
        "RSORRES": "1",
        "RSSTRESC": "1",
        "RSSTRESN": 1.0,
        "RSDRVFL": None,
        "RSLOBXFL": "Y",
    }
    assert {k: row[k] for k in expected} == expected
    assert said(built) == []


@pytest.mark.parametrize(("test", "result"), [("NEWLIND", "CR"), ("METBRESP", "Y"), ("OVRLRESP", "N")])
def test_a_term_of_another_test_is_no_result(test: str, result: str) -> None:
    built = rs({**READ, **FIRST, "test": test, "result": result})["RS"]
    assert [(v, r) for _, _, v, r in said(built)] == [("RSSTRESC", "RESULT OF TEST")]


def test_a_new_lesion_is_y_or_n() -> None:
    built = rs({**READ, **FIRST, "test": "NEWLIND", "result": "Y"})["RS"]
    assert built.table.select("RSTEST", "RSSTRESC").row(0) == ("New Lesion Indicator", "Y")
    assert said(built) == []
