"""TU: a row for each lesion that an evaluator identified."""

from __future__ import annotations

from tests.mappings.sdtm.small import said, sdtm

LESION = {
    "lesion": "T01",
    "kind": "TARGET",
    "location": "Axillary lymph node",
    "location_detail": "level II, deep",
    "laterality": "LEFT",
    "nodal": "Y",
    "method": "CT scan",
    "evaluator": "INVESTIGATOR",
    "date": "2024-01-08",
    "visit": "SCREENING",
}


def test_a_lesion_is_identified_in_the_words_of_the_terminology() -> None:
    built = sdtm(lesion=[LESION])["TU"]
    row = built.table.row(0, named=True)
    expected = {
        "TUSEQ": 1,
        "TULNKID": "T01",
        "TUTESTCD": "TUMIDENT",
        "TUTEST": "Tumor Identification",
        "TUORRES": "TARGET",
        "TUSTRESC": "TARGET",
        "TULOC": "AXILLARY LYMPH NODE",
        "TULAT": "LEFT",
        "TUMETHOD": "CT SCAN",
        "TUEVAL": "INVESTIGATOR",
        "VISITNUM": 1.0,
        "EPOCH": "SCREENING",
        "TUDY": -2,
        "TULOBXFL": "Y",
    }
    assert {k: row[k] for k in expected} == expected
    assert said(built) == []


def test_detail_and_node_are_supplemental_and_lead_to_their_fields() -> None:
    made = sdtm(lesion=[LESION])
    supp = made["SUPPTU"]
    assert supp.table.select("IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL").rows() == [
        ("TUSEQ", "1", "TULOCDTL", "Location Detail", "level II, deep"),
        ("TUSEQ", "1", "TUNODIND", "Lymph Node Indicator", "Y"),
    ]
    found = supp.lineage.rows.filter(via="qualifier").select("src", "field").rows()
    assert found == [("lesion.csv#2", "location_detail"), ("lesion.csv#2", "nodal")]


def test_a_new_lesion_after_the_first_dose_is_no_baseline() -> None:
    new = {**LESION, "lesion": "N01", "kind": "NEW", "date": "2024-02-20", "visit": None}
    rows = sdtm(lesion=[new, LESION])["TU"].table.select("TULNKID", "TUSTRESC", "TULOBXFL").rows()
    assert rows == [("N01", "NEW", None), ("T01", "TARGET", "Y")]
