"""LB: results in standard units with their range, and ctDNA."""

from __future__ import annotations

from dataclasses import replace

import pytest

from interop.study import StandardUnit
from tests.mappings.sdtm.small import STUDY, said, sdtm

WANTED = replace(
    STUDY,
    units=(StandardUnit("HGB", "g/L", 0), StandardUnit("WBC", "10^9/L"), StandardUnit("GLUC", "mmol/L")),
)
HGB = {
    "test": "HGB",
    "category": "HEMATOLOGY",
    "specimen": "Whole Blood",
    "result": "10.25",
    "unit": "g/dL",
    "low": "12.0",
    "high": "16.0",
    "date": "2024-01-10T08:00",
    "visit": "BASELINE",
}


def test_result_and_range_are_converted_together() -> None:
    built = sdtm(study=WANTED, laboratory_result=[HGB])["LB"]
    row = built.table.row(0, named=True)
    expected = {
        "LBTEST": "Hemoglobin",
        "LBCAT": "HEMATOLOGY",
        "LBSPEC": "BLOOD",
        "LBORRES": "10.25",
        "LBORRESU": "g/dL",
        "LBORNRLO": "12.0",
        "LBSTRESC": "103",
        "LBSTRESN": 103.0,
        "LBSTRESU": "g/L",
        "LBSTNRLO": 120.0,
        "LBSTNRHI": 160.0,
        "LBNRIND": "LOW",
        "LBLOBXFL": "Y",
        "LBBLFL": "Y",
    }
    assert {k: row[k] for k in expected} == expected
    assert said(built) == []


@pytest.mark.parametrize(
    ("over", "indicator"),
    [
        ({"result": "12.0"}, "NORMAL"),
        ({"result": "16.0"}, "NORMAL"),
        ({"result": "16.1"}, "HIGH"),
        ({"result": "16.1", "indicator": "Normal"}, "NORMAL"),  # the laboratory said so
        ({"result": "11", "high": None}, "LOW"),
        ({"result": "13", "high": None}, None),
        ({"result": "<5"}, None),
        ({"result": None, "status": "NOT DONE"}, None),
    ],
)
def test_where_a_result_stands_to_its_range(over: dict[str, str | None], indicator: str | None) -> None:
    built = sdtm(study=WANTED, laboratory_result=[{**HGB, **over}])["LB"]
    assert built.table["LBNRIND"].to_list() == [indicator]
    assert said(built) == []


def test_a_synonym_of_a_unit_is_the_unit() -> None:
    count = {**HGB, "test": "WBC", "result": "6.1", "unit": "10^3/uL", "low": None, "high": None}
    row = sdtm(study=WANTED, laboratory_result=[count])["LB"].table.row(0, named=True)
    assert (row["LBORRESU"], row["LBSTRESC"], row["LBSTRESU"]) == ("10^9/L", "6.1", "10^9/L")


def test_a_mass_is_not_made_a_substance() -> None:
    glucose = {**HGB, "test": "GLUC", "result": "99", "unit": "mg/dL", "low": None, "high": None}
    built = sdtm(study=WANTED, laboratory_result=[glucose])["LB"]
    row = built.table.row(0, named=True)
    assert (row["LBSTRESC"], row["LBSTRESU"]) == ("99", "mg/dL")
    assert said(built) == [("warning", "laboratory_result.csv#2", "LBSTRESU", "UNIT")]


def test_circulating_tumour_dna_is_a_test_of_the_sponsor() -> None:
    dna = {"test": "CTDNA", "specimen": "PLASMA", "result": "Positive", "date": "2024-01-09"}
    built = sdtm(laboratory_result=[dna])["LB"]
    row = built.table.row(0, named=True)
    assert (row["LBTEST"], row["LBSPEC"], row["LBSTRESC"]) == ("Circulating Tumor DNA", "PLASMA", "POSITIVE")
    assert said(built) == []
    other = sdtm(laboratory_result=[{**dna, "test": "CTDNB"}])["LB"]
    assert [(v, r) for _, _, v, r in said(other)] == [
        ("LBTEST", "CODELIST C67154"),
        ("LBTESTCD", "CODELIST C65047"),
    ]
