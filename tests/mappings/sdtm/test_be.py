"""BE: the collections of which a yield is stated."""

from __future__ import annotations

from tests.mappings.sdtm.small import said, sdtm

APHERESIS = {
    "name": "LYMPHOCYTE APHERESIS",
    "identifier": "LA1",
    "status": "completed",
    "start": "2024-01-05T09:00",
    "end": "2024-01-05T12:30",
}
YIELD = {
    "procedure": "LA1",
    "product": "LYMPHOCYTE",
    "test": "MNC",
    "result": "4.2",
    "unit": "10^8/kg",
    "date": "2024-01-05",
}


def test_a_collection_is_one_event_however_many_yields_it_has() -> None:
    viable = {**YIELD, "test": "VIABLE", "result": "97", "unit": "%"}
    built = sdtm(procedure=[APHERESIS], collection_yield=[YIELD, viable])["BE"]
    assert built.table.select(
        "BESEQ", "BEREFID", "BETERM", "BEDECOD", "BECAT", "BESTDTC", "BEENDTC", "BESTDY"
    ).rows() == [
        (
            1,
            "LA1",
            "LYMPHOCYTE APHERESIS",
            "COLLECTING",
            "COLLECTION",
            "2024-01-05T09:00",
            "2024-01-05T12:30",
            -5,
        )
    ]
    assert said(built) == []


def test_no_collection_without_a_yield_or_of_a_procedure_not_done() -> None:
    assert sdtm(procedure=[APHERESIS])["BE"].table.is_empty()
    assert sdtm(collection_yield=[YIELD])["BE"].table.is_empty()
    undone = {**APHERESIS, "status": "not-done"}
    assert sdtm(procedure=[undone], collection_yield=[YIELD])["BE"].table.is_empty()


def test_the_same_identifier_of_another_subject_is_another_collection() -> None:
    built = sdtm(
        subject=[{"sex": "F"}, {"sex": "M", "subject": "2"}],
        procedure=[APHERESIS, {**APHERESIS, "subject": "2"}],
        collection_yield=[YIELD],
    )["BE"]
    assert built.table["USUBJID"].to_list() == ["AB1-7-1"]
