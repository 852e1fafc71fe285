"""DD: why a subject died."""

from __future__ import annotations

from tests.mappings.sdtm.small import said, sdtm


def test_the_cause_of_death_is_dated_by_when_it_was_told() -> None:
    made = sdtm(death=[{"date": "2024-02-03", "cause": "Lymphoma", "collected": "2024-02-10"}])
    columns = ("DDSEQ", "DDTESTCD", "DDTEST", "DDORRES", "DDSTRESC", "DDDTC", "DDDY")
    assert made["DD"].table.select(columns).rows() == [
        (1, "PRCDTH", "Primary Cause of Death", "Lymphoma", "Lymphoma", "2024-02-10", 32)
    ]
    assert made["DM"].table.select("DTHDTC", "DTHFL").row(0) == ("2024-02-03", "Y")


def test_a_death_without_a_cause_is_in_dm_alone() -> None:
    made = sdtm(death=[{"date": "2024-02-03"}])
    assert made["DD"].table.is_empty()
    assert said(made["DD"]) == []
    assert made["DM"].table["DTHFL"].item() == "Y"
