"""EC beside EX: what was asked for, and what was given of it."""

from __future__ import annotations

from tests.mappings.sdtm.small import DOSE, said, sdtm

NOT_GIVEN = {
    "treatment": "XELTUMAB",
    "status": "not-done",
    "reason_not_done": "Neutropenia",
    "start": "2024-01-31",
    "identifier": "3",
}


def test_what_was_not_given_is_in_ec_alone_with_its_reason() -> None:
    made = sdtm(administration=[{**DOSE, "identifier": "1"}, NOT_GIVEN])
    rows = made["EC"].table.select(
        "ECSEQ", "ECTRT", "ECPRESP", "ECOCCUR", "ECREASOC", "ECDOSE", "ECDOSU", "ECSTDTC"
    )
    assert rows.rows() == [
        (1, "XELTUMAB", "Y", "Y", None, 10.0, "mg", "2024-01-10"),
        (2, "XELTUMAB", "Y", "N", "Neutropenia", None, None, "2024-01-31"),
    ]
    assert made["EX"].table["EXSTDTC"].to_list() == ["2024-01-10"]


def test_ex_is_linked_to_the_row_of_ec_of_the_same_administration() -> None:
    second = {**DOSE, "start": "2024-02-14", "identifier": "2"}
    made = sdtm(administration=[{**DOSE, "identifier": "1"}, NOT_GIVEN, second])
    ex = made["EX"].table.select("EXLNKID", "EXTRT", "EXDOSE", "EXSTDTC").rows()
    ec = made["EC"].table.filter(ECOCCUR="Y").select("ECLNKID", "ECTRT", "ECDOSE", "ECSTDTC").rows()
    assert ex == ec
    assert [x[0] for x in ex] == ["1", "2"]


def test_a_dose_of_what_was_not_given_is_said_and_left_out() -> None:
    built = sdtm(administration=[DOSE, {**NOT_GIVEN, "dose": "10", "dose_unit": "mg"}])["EC"]
    assert built.table["ECDOSE"].to_list() == [10.0, None]
    assert said(built) == [("warning", "administration.csv#3", "ECDOSE", "DOSE NOT GIVEN")]
    none = sdtm(administration=[DOSE, {**NOT_GIVEN, "dose": "0", "dose_unit": "mg"}])["EC"]
    assert said(none) == []


def test_a_dose_of_cells_is_in_the_unit_of_the_terminology() -> None:
    cells = {"treatment": "CAR-T CELLS", "dose": "2.6", "dose_unit": "10^6/kg", "start": "2024-03-01"}
    built = sdtm(administration=[DOSE, cells])["EC"]
    assert built.table.row(0, named=True)["ECDOSU"] == "10^6/kg"
    assert said(built) == []
