"""CO: comments, with the row that they are on."""

from __future__ import annotations

import polars as pl

from tests.mappings.sdtm.small import DOSE, EVENT, said, sdtm
from tests.mappings.sdtm.test_relrec import RESPONSE


def test_a_comment_names_the_row_that_it_is_on() -> None:
    early = {**DOSE, "start": "2024-01-03"}
    made = sdtm(
        administration=[{**DOSE, "comment": "Infusion slowed"}, early],
        procedure=[{"name": "BIOPSY", "status": "not-done", "comment": "Refused", "start": "2024-01-08"}],
        adverse_event=[{**EVENT, "comment": "Known before"}],
        response_assessment=[{**RESPONSE, "comment": "CT alone"}, {**RESPONSE, "test": "ANATRESP"}],
    )
    columns = ("COSEQ", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "COVAL", "CODTC", "CODY")
    assert made["CO"].table.select(columns).rows() == [
        (1, "AE", "AB1-7-1", "AESEQ", "1", "Known before", None, None),
        (2, "EC", "AB1-7-1", "ECSEQ", "2", "Infusion slowed", None, None),
        (3, "PR", "AB1-7-1", "PRSEQ", "1", "Refused", None, None),
        (4, "RS", "AB1-7-1", "RSSEQ", "2", "CT alone", None, None),
    ]
    assert made["RS"].table.filter(RSSEQ=2)["RSTESTCD"].item() == "OVRLRESP"
    assert made["EC"].table.filter(ECSEQ=2)["ECSTDTC"].item() == "2024-01-10"


def test_a_comment_on_the_subject_names_no_row_and_has_its_own_date() -> None:
    nobody = {"subject": "9", "comment": "Who?", "date": "2024-01-12"}
    built = sdtm(comment=[{"comment": "Moved away", "date": "2024-01-12"}, nobody])["CO"]
    columns = ("COSEQ", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "COVAL", "CODTC", "CODY")
    assert built.table.select(columns).rows() == [
        (1, None, "AB1-7-1", None, None, "Moved away", "2024-01-12", 3),
    ]
    assert said(built) == [("error", "comment.csv#3", "USUBJID", "NO SUBJECT")]
    assert ("parent", "DM|AB1-7-1") in built.lineage.rows.select("via", "src").rows()


def test_a_long_comment_goes_on_in_coval1_and_nothing_is_lost() -> None:
    text = " ".join(f"word{n}" for n in range(80))
    built = sdtm(administration=[{**DOSE, "comment": text}])["CO"]
    parts = built.table.select("COVAL", "COVAL1", "COVAL2", "COVAL3", "COVAL4").row(0)
    assert " ".join(p for p in parts if p) == text
    assert max(len(p.encode()) for p in parts if p) <= 200
    assert said(built) == []
    assert built.spec["COVAL1"].label == "Comment 1"


def test_a_comment_that_is_too_long_is_an_error() -> None:
    built = sdtm(administration=[{**DOSE, "comment": "x" * 1200}])["CO"]
    assert said(built) == [("error", "administration.csv#2", "COVAL", "LONG TEXT")]


def test_a_comment_on_a_row_that_is_nowhere_is_an_error() -> None:
    nobody = {**DOSE, "subject": "9", "comment": "Who?"}
    built = sdtm(administration=[DOSE, nobody])["CO"]
    assert built.table.is_empty()
    assert said(built) == [("error", "administration.csv#3", "", "NO ROW")]


def test_blank_comments_are_none() -> None:
    assert sdtm(administration=[{**DOSE, "comment": "  "}])["CO"].table.equals(
        pl.DataFrame(schema=sdtm()["CO"].table.schema)
    )
