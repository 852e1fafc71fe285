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


BAG = {**APHERESIS, "name": "STEM CELL COLLECTION", "identifier": "SC1", "product_collected": "BAG-1"}
OF_BAG = {**YIELD, "procedure": "SC1", "product_id": "BAG-1"}
PRODUCT = {
    "product": "CAR-T CELLS",
    "product_id": "CT-1",
    "test": "VIABLE",
    "result": "91",
    "unit": "%",
    "date": "2024-02-28",
}
CELLS = {"treatment": "CAR-T CELLS", "dose": "2.6", "dose_unit": "10^6/kg", "start": "2024-03-01"}


def test_a_bag_has_one_identifier_from_its_collection_to_its_reinfusion() -> None:
    back = {
        "name": "STEM CELL REINFUSION",
        "identifier": "RI1",
        "start": "2024-02-01",
        "product_given": "BAG-1",
    }
    built = sdtm(procedure=[BAG, back], collection_yield=[OF_BAG])
    columns = ("BEREFID", "BELNKID", "BETERM", "BEDECOD", "BECAT", "BEDTC", "BESTDTC")
    assert built["BE"].table.select(columns).rows() == [
        (
            "BAG-1",
            "SC1",
            "STEM CELL COLLECTION",
            "COLLECTING",
            "COLLECTION",
            "2024-01-05",
            "2024-01-05T09:00",
        ),
        ("BAG-1", "RI1", "STEM CELL REINFUSION", "CONSUMING", "INFUSION", "2024-01-05", "2024-02-01"),
    ]
    assert built["BS"].table["BSREFID"].to_list() == ["BAG-1"]
    assert said(built["BE"]) == []


def test_yields_of_two_bags_make_two_events_of_one_collection() -> None:
    other = {**OF_BAG, "product_id": "BAG-2"}
    built = sdtm(procedure=[BAG], collection_yield=[OF_BAG, other])
    assert built["BE"].table.select("BEREFID", "BELNKID").rows() == [("BAG-1", "SC1"), ("BAG-2", "SC1")]
    assert said(built["RELREC"]) == []


def test_the_infused_product_is_the_one_that_was_measured() -> None:
    infused = {**CELLS, "product_id": "CT-1"}
    built = sdtm(administration=[infused], collection_yield=[PRODUCT])
    assert built["BE"].table.select("BEREFID", "BELNKID", "BETERM", "BEDECOD").rows() == [
        ("CT-1", None, "CAR-T CELLS", "CONSUMING")
    ]
    assert built["BS"].table["BSREFID"].to_list() == ["CT-1"] == built["EX"].table["EXREFID"].to_list()
    assert {("", "administration.csv#2"), ("yield", "collection_yield.csv#2")} <= set(
        built["BE"].lineage.rows.select("via", "src").rows()
    )


def test_a_kit_that_nothing_was_measured_of_and_a_product_not_given_are_no_specimens() -> None:
    kit = {**CELLS, "product_id": "KIT-7"}
    unused = {**CELLS, "product_id": "CT-1", "status": "not-done"}
    assert sdtm(administration=[kit, unused], collection_yield=[PRODUCT])["BE"].table.is_empty()
