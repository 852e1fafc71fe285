"""IE: exceptions alone."""

from __future__ import annotations

from dataclasses import replace

from interop.trialdesign import Criterion
from tests.mappings.sdtm.small import STUDY, said, sdtm

ASKED = replace(
    STUDY,
    eligibility=(Criterion("IN1", "Adult", "INCLUSION"), Criterion("EX1", "Pregnant", "EXCLUSION")),
)


def answer(criterion: str, met: str) -> dict[str, str]:
    return {"criterion": criterion, "met": met, "collected": "2024-01-04", "visit": "SCREENING"}


def test_exceptions_are_an_inclusion_not_met_and_an_exclusion_met() -> None:
    built = sdtm(study=ASKED, eligibility=[answer("IN1", "N"), answer("EX1", "Y")])["IE"]
    columns = ("IETESTCD", "IETEST", "IECAT", "IEORRES", "IESTRESC", "VISITNUM", "IEDY")
    assert built.table.select(columns).rows() == [
        ("EX1", "Pregnant", "EXCLUSION", "Y", "Y", 1.0, -6),
        ("IN1", "Adult", "INCLUSION", "N", "N", 1.0, -6),
    ]


def test_what_lets_a_subject_in_is_no_record() -> None:
    built = sdtm(study=ASKED, eligibility=[answer("IN1", "Y"), answer("EX1", "N")])["IE"]
    assert built.table.is_empty()
    assert said(built) == [("info", f"eligibility.csv#{n}", "", "SCOPE") for n in (2, 3)]


def test_a_criterion_that_the_study_does_not_have_is_an_error() -> None:
    built = sdtm(study=ASKED, eligibility=[answer("IN9", "N")])["IE"]
    assert built.table.is_empty()
    assert said(built) == [("error", "eligibility.csv#2", "IETESTCD", "UNKNOWN CRITERION")]
