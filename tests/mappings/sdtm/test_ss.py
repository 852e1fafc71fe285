"""SS: whether a subject lives, and how that is known."""

from __future__ import annotations

from tests.mappings.sdtm.small import said, sdtm


def test_a_contact_has_a_status_and_a_source() -> None:
    contacts = [
        {"date": "2024-06-01", "status": "Alive", "source": "Telephone call"},
        {"date": "2024-09-01", "status": "DEAD"},
    ]
    built = sdtm(survival_followup=contacts)["SS"]
    assert built.table.select("SSSEQ", "SSTESTCD", "SSTEST", "SSORRES", "SSSTRESC", "SSDTC").rows() == [
        (1, "INFOSCSS", "Information Source for Survival Status", *["Telephone call"] * 2, "2024-06-01"),
        (2, "SURVSTAT", "Survival Status", "Alive", "ALIVE", "2024-06-01"),
        (3, "SURVSTAT", "Survival Status", "DEAD", "DEAD", "2024-09-01"),
    ]
    assert said(built) == []


def test_a_status_that_is_none_is_said() -> None:
    built = sdtm(survival_followup=[{"date": "2024-06-01", "status": "well"}])["SS"]
    assert [(v, r) for _, _, v, r in said(built)] == [("SSSTRESC", "CODELIST C124304")]
