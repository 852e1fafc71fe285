"""PR: procedures and imaging, done or not."""

from __future__ import annotations

from dataclasses import replace

from interop.trialdesign import Procedure
from tests.mappings.sdtm.small import STUDY, said, sdtm

PLANNED = replace(
    STUDY, procedures=(Procedure("STEM CELL REINFUSION", standard_name="AUTOLOGOUS STEM CELL TRANSPLANT"),)
)


def test_procedures_and_imaging_are_in_one_domain() -> None:
    made = sdtm(
        study=PLANNED,
        procedure=[
            {
                "name": "STEM CELL REINFUSION",
                "category": "TRANSPLANT",
                "status": "completed",
                "start": "2024-03-01T10:00",
                "identifier": "7",
            },
            {"name": "LYMPHOCYTE APHERESIS", "status": "not-done", "reason_not_done": "Contraindicated"},
        ],
        imaging=[
            {"modality": "PET-CT", "date": "2024-01-08", "visit": "SCREENING", "location": "Whole body"}
        ],
    )
    columns = ("PRTRT", "PRDECOD", "PRCAT", "PRPRESP", "PROCCUR", "PRREASOC", "PRLOC", "PRSTDTC", "EPOCH")
    assert made["PR"].table.select(columns).rows() == [
        ("LYMPHOCYTE APHERESIS", None, None, "Y", "N", "Contraindicated", None, None, None),
        ("PET-CT", "PET/CT SCAN", "IMAGING", "Y", "Y", None, "BODY", "2024-01-08", "SCREENING"),
        (
            *("STEM CELL REINFUSION", "AUTOLOGOUS STEM CELL TRANSPLANT", "TRANSPLANT", "Y", "Y", None, None),
            *("2024-03-01T10:00", "FOLLOW-UP"),
        ),
    ]
    assert said(made["PR"]) == []


def test_a_procedure_that_no_form_asked_for_is_not_prespecified() -> None:
    row = sdtm(procedure=[{"name": "Appendectomy", "start": "2024-01"}])["PR"].table.row(0, named=True)
    assert (row["PRPRESP"], row["PROCCUR"], row["PRSTDTC"], row["PRSTDY"]) == (None, None, "2024-01", None)


def test_imaging_that_was_not_done_did_not_occur() -> None:
    built = sdtm(imaging=[{"modality": "CT", "status": "NOT DONE", "reason_not_done": "Claustrophobia"}])[
        "PR"
    ]
    row = built.table.row(0, named=True)
    assert (row["PRDECOD"], row["PROCCUR"], row["PRREASOC"]) == ("CT SCAN", "N", "Claustrophobia")
