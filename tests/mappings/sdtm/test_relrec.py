"""RELREC: which datasets belong together by what, and what lacks its partner."""

from __future__ import annotations

from tests.mappings.sdtm.small import DOSE, said, sdtm
from tests.mappings.sdtm.test_be import APHERESIS, YIELD
from tests.mappings.sdtm.test_tu import LESION

MEASURED = {
    "lesion": "T01",
    "test": "LDIAM",
    "result": "20",
    "unit": "mm",
    "evaluator": "INVESTIGATOR",
    "date": "2024-02-20",
    "link_group": "A1",
}
RESPONSE = {
    "test": "OVRLRESP",
    "result": "PR",
    "criteria": "LUGANO CLASSIFICATION",
    "evaluator": "INVESTIGATOR",
    "date": "2024-02-20",
    "link_group": "A1",
}


def test_datasets_are_related_without_a_subject() -> None:
    built = sdtm(
        administration=[{**DOSE, "identifier": "1"}],
        procedure=[APHERESIS],
        collection_yield=[YIELD],
        lesion=[LESION],
        lesion_measurement=[MEASURED],
        response_assessment=[RESPONSE],
    )["RELREC"]
    assert built.table.select("RELID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "RELTYPE").rows() == [
        ("BEBS", "BE", None, "BEREFID", None, "MANY"),
        ("BEBS", "BS", None, "BSREFID", None, "MANY"),
        ("ECEX", "EC", None, "ECLNKID", None, "ONE"),
        ("ECEX", "EX", None, "EXLNKID", None, "ONE"),
        ("PRBE", "BE", None, "BELNKID", None, "MANY"),
        ("PRBE", "PR", None, "PRLNKID", None, "ONE"),
        ("TRRS", "RS", None, "RSLNKGRP", None, "MANY"),
        ("TRRS", "TR", None, "TRLNKGRP", None, "MANY"),
        ("TUTR", "TR", None, "TRLNKID", None, "MANY"),
        ("TUTR", "TU", None, "TULNKID", None, "ONE"),
    ]
    assert said(built) == []


def test_a_dose_of_cells_is_related_to_what_was_measured_of_them() -> None:
    built = sdtm(
        administration=[{**DOSE, "product_id": "CT-1"}],
        collection_yield=[{"product": "CAR-T CELLS", "product_id": "CT-1", "test": "VIABLE", "result": "91"}],
    )["RELREC"]
    assert built.table.select("RELID", "RDOMAIN", "IDVAR").rows() == [
        ("BEBS", "BE", "BEREFID"),
        ("BEBS", "BS", "BSREFID"),
        ("ECBE", "BE", "BEREFID"),
        ("ECBE", "EC", "ECREFID"),
    ]


def test_datasets_that_share_no_value_are_not_related() -> None:
    assert sdtm(lesion=[LESION], lesion_measurement=[{**MEASURED, "lesion": "T02"}])[
        "RELREC"
    ].table.is_empty()


def test_what_has_no_partner_is_said() -> None:
    built = sdtm(lesion=[LESION], lesion_measurement=[MEASURED, {**MEASURED, "lesion": "T02"}])["RELREC"]
    assert said(built) == [
        ("warning", "lesion_measurement.csv#2", "TRLNKGRP", "NOT RELATED"),
        ("warning", "lesion_measurement.csv#3", "TRLNKGRP", "NOT RELATED"),
        ("warning", "lesion_measurement.csv#3", "TRLNKID", "NOT RELATED"),
    ]


def test_lesions_at_baseline_need_no_response() -> None:
    baseline = {**MEASURED, "date": "2024-01-08", "link_group": "A0"}
    built = sdtm(lesion=[LESION], lesion_measurement=[baseline, MEASURED], response_assessment=[RESPONSE])[
        "RELREC"
    ]
    assert said(built) == []


def test_one_side_is_one() -> None:
    twice = [{**DOSE, "identifier": "1"}, {**DOSE, "identifier": "1", "start": "2024-01-17"}]
    rules = [(v, r) for _, _, v, r in said(sdtm(administration=twice)["RELREC"])]
    assert rules == [("ECLNKID", "RELATED TWICE"), ("EXLNKID", "RELATED TWICE")] * 2
