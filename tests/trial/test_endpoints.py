"""The endpoints beside the simulator's truth: they agree, or differ by design, for a reason that is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from polars import col

from interop.pipeline import Run, run
from interop.simulate.run import Simulated, simulate
from interop.study import Study
from tests.trial.conftest import Export
from tests.trial.expected import REASONS, Expected, deaths, responses, scans, times

TIMES = ("PFST", "PFSC", "OS")
RESPONSES = ("BORBEF", "CRBEF", "RSPBEF", "BORAFT", "CRAFT", "RSPAFT")


def expected(made: Simulated) -> Iterator[tuple[str, str, Expected]]:
    """USUBJID, PARAMCD and what is expected, of every subject and parameter."""
    seen, died = scans(made), deaths(made)
    for row in made.truth.iter_rows(named=True):
        subject = row["subject"]
        of_subject = times(row, seen.get(subject, []), died.get(subject)) | responses(
            row, seen.get(subject, [])
        )
        for paramcd, what in of_subject.items():
            yield row["usubjid"], paramcd, what


def analysed(done: Run) -> dict[tuple[str, str], object]:
    """The same of ADTTE (days, whether an event) and ADRS."""
    adtte = done.built["ADTTE"].table.select("USUBJID", "PARAMCD", "AVAL", col("CNSR") == 0)
    adrs = done.built["ADRS"].table.filter(col("PARAMCD").is_in(RESPONSES))
    yes = {"Y": True, "N": False}
    return {(u, p): (int(days), event) for u, p, days, event in adtte.iter_rows()} | {
        (u, p): yes.get(value, value)
        for u, p, value in adrs.select("USUBJID", "PARAMCD", "AVALC").iter_rows()
    }


def differences(made: Simulated, done: Run) -> Counter[tuple[str, str]]:
    """How many records differ from the truth, by parameter and reason; every record is as expected."""
    found, counted = analysed(done), Counter[tuple[str, str]]()
    wrong = [
        (who, paramcd, found.get((who, paramcd)), what)
        for who, paramcd, what in expected(made)
        if found.get((who, paramcd)) != what.value
    ]
    assert wrong == []
    for who, paramcd, what in expected(made):
        if what.value != what.truth:
            assert what.reason in REASONS, (who, paramcd, what)
            counted[paramcd, str(what.reason)] += 1
    return counted


BY_DESIGN = {
    ("CRBEF", "no cellular therapy"): 1,
    ("RSPBEF", "no cellular therapy"): 2,
    ("PFST", "2-year window"): 7,
    ("PFSC", "2-year window"): 8,
    ("OS", "2-year window"): 9,
    ("PFST", "new therapy"): 2,
}
"""Of 40 subjects, by parameter and reason; the other records are the truth."""


def test_the_endpoints_of_a_clean_export_are_the_truth_but_for_the_design(clean: Export) -> None:
    assert differences(clean.made, clean.run) == BY_DESIGN


def test_a_planted_defect_changes_an_endpoint_only_where_the_day_of_death_is_not_known(
    untidy: Export,
) -> None:
    moved_by_death = {
        ("OS", "planted defect"): 3,
        ("PFST", "planted defect"): 1,
        ("PFSC", "planted defect"): 1,
    }
    assert differences(untidy.made, untidy.run) == {**BY_DESIGN, **moved_by_death}
    planted = set(untidy.made.defects.filter(defect="partial_date_of_death")["subject"])
    assert planted
    moved = {who[-4:] for who, _, what in expected(untidy.made) if what.reason == "planted defect"}
    assert moved <= planted
    flagged = untidy.run.built["ADTTE"].table.filter(col("ADTF") == "D")
    assert {who[-4:] for who in flagged["USUBJID"]} == moved


def test_who_has_no_record_never_began(clean: Export) -> None:
    begun = {"PFST": "first_glofitamab", "PFSC": "cellular_therapy", "OS": "first_treatment"}
    for paramcd, start in begun.items():
        having = set(clean.run.built["ADTTE"].table.filter(PARAMCD=paramcd)["USUBJID"])
        assert having == set(clean.made.truth.filter(col(start).is_not_null())["usubjid"])


def test_duration_of_response_ends_when_survival_without_progression_does(untidy: Export) -> None:
    adtte = untidy.run.built["ADTTE"].table.select("USUBJID", "PARAMCD", "STARTDT", "ADT", "CNSR")
    dor, pfs = adtte.filter(PARAMCD="DOR"), adtte.filter(PARAMCD="PFSC")
    both = dor.join(pfs, on="USUBJID", suffix="_pfs", validate="1:1")
    assert both.height == dor.height > 10
    assert both.filter(col("ADT") != col("ADT_pfs")).is_empty()
    assert both.filter(col("CNSR") != col("CNSR_pfs")).is_empty()
    assert both.filter(col("STARTDT") < col("STARTDT_pfs")).is_empty()
    responded = untidy.run.built["ADRS"].table.filter(PARAMCD="RSPAFT", AVALC="Y")
    assert set(dor["USUBJID"]) == set(responded["USUBJID"])


@pytest.mark.oracle
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_endpoints_of_200_subjects(seed: int, study: Study, tmp_path: Path) -> None:
    made = simulate(study, subjects=200, seed=seed, formats=("csv",), out=tmp_path)
    counted = differences(made, run(study, tmp_path / "csv", stages=("adam",)))
    assert {reason for _, reason in counted} == set(REASONS)
    of_responses = {paramcd for paramcd, _ in counted if paramcd in RESPONSES}
    assert of_responses <= {"CRBEF", "RSPBEF"}
