"""BS: what was collected, in cells."""

from __future__ import annotations

from dataclasses import replace

from interop.study import StandardUnit
from tests.mappings.sdtm.small import STUDY, said, sdtm
from tests.mappings.sdtm.test_be import APHERESIS, YIELD

CELLS = replace(STUDY, units=(StandardUnit("MNC", "10^6/kg"),))


def test_a_yield_belongs_to_the_collection_and_is_in_a_unit_of_the_terminology() -> None:
    built = sdtm(study=CELLS, procedure=[APHERESIS], collection_yield=[YIELD])["BS"]
    columns = (
        "BSREFID",
        "BSTESTCD",
        "BSTEST",
        "BSORRES",
        "BSORRESU",
        "BSSTRESN",
        "BSSTRESU",
        "BSSPEC",
        "BSDY",
    )
    assert built.table.select(columns).rows() == [
        ("LA1", "MNC", "Mononuclear Cells", "4.2", "10^8/kg", 420.0, "10^6/kg", "LYMPHOCYTE", -5)
    ]
    assert said(built) == []


def test_a_product_without_a_collection_is_a_specimen_of_its_own() -> None:
    product = {
        "identifier": "P1",
        "product": "CAR-T CELLS",
        "test": "VIABLE",
        "result": "91",
        "unit": "%",
        "date": "2024-03-01",
    }
    positive = {**product, "identifier": "P2", "test": "CARPOS", "result": "2.6", "unit": "10^6/kg"}
    built = sdtm(collection_yield=[product, positive])["BS"]
    assert built.table.select("BSREFID", "BSSPID", "BSTESTCD", "BSTEST", "BSSTRESC").rows() == [
        ("P1", "P1", "VBLSPCT", "Sample Viability Percent", "91"),
        ("P2", "P2", "CARPOS", "CAR-Positive T Cells", "2.6"),
    ]
    assert said(built) == []


def test_all_that_was_measured_of_one_product_has_its_identifier() -> None:
    viable = {"product": "CAR-T CELLS", "product_id": "CT-1", "test": "VIABLE", "result": "91", "unit": "%"}
    positive = {**viable, "test": "CARPOS", "result": "2.6", "unit": "10^6/kg"}
    built = sdtm(collection_yield=[{**viable, "identifier": "1"}, {**positive, "identifier": "2"}])["BS"]
    assert built.table.select("BSREFID", "BSTESTCD").rows() == [("CT-1", "CARPOS"), ("CT-1", "VBLSPCT")]


def test_the_product_may_be_named_by_its_collection_alone() -> None:
    bag = {**APHERESIS, "product_collected": "BAG-1"}
    built = sdtm(study=CELLS, procedure=[bag], collection_yield=[YIELD])
    assert built["BS"].table["BSREFID"].to_list() == ["BAG-1"] == built["BE"].table["BEREFID"].to_list()


def test_what_is_neither_cdiscs_nor_ours_is_said() -> None:
    built = sdtm(collection_yield=[{**YIELD, "test": "CD3", "unit": "10^6/mouse"}])["BS"]
    assert sorted({(v, r) for _, _, v, r in said(built)}) == [
        ("BSORRESU", "CODELIST C71620"),
        ("BSSTRESU", "CODELIST C71620"),
        ("BSTEST", "CODELIST C124299"),
        ("BSTESTCD", "CODELIST C124300"),
    ]
