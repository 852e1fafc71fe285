"""The demonstration study against results worked out by hand from its forms.

Best responses by RECIST 1.1 as in the study definition: stable disease counts from day 42 after the first
dose, a response is confirmed at least 28 days later. Dates are of progression, death or the last assessment.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from interop.pipeline import Run
from interop.pipeline import run as run_study
from tests.support import ROOT

DEMO = ROOT / "mappings" / "studies" / "demo"

# subject: best response, confirmed best response, end of progression-free survival, censored
EXPECTED = {
    "101-001": ("CR", "CR", "2024-10-22", 1),
    "101-002": ("SD", "SD", "2024-05-15", 0),
    "101-003": ("PR", "PR", "2024-08-18", 0),
    "101-004": ("PD", "PD", "2024-04-23", 0),
    "101-005": ("PR", "PR", "2024-10-23", 1),
    "101-006": ("MISSING", "MISSING", None, None),  # screen failure
    "102-001": ("SD", "SD", "2024-07-01", 0),  # not evaluable, stable, progression
    "102-002": ("PR", "PR", "2024-10-03", 0),  # confirmed across one assessment that was not evaluable
    "102-003": ("PR", "PD", "2024-06-12", 0),  # never confirmed, and on day 41 too early to be stable
    "102-004": ("SD", "SD", "2024-08-14", 1),
    "102-005": ("NON-CR/NON-PD", "NON-CR/NON-PD", "2024-10-08", 0),
    "103-001": ("MISSING", "MISSING", "2024-04-12", 0),  # died before an assessment
    "103-002": ("CR", "CR", "2024-08-04", 1),
    "103-003": ("SD", "SD", "2024-07-12", 0),  # new lesion; the assessment after it changes nothing
    "103-004": ("NE", "NE", "2024-06-12", 1),  # stable on day 37: too early
    "103-005": ("MISSING", "MISSING", "2024-05-27", 1),  # randomised, never treated
}
DEATHS = {"101-002": "2024-08-17", "101-004": "2024-06-15", "102-002": "2024-11-22", "103-001": "2024-04-12"}


@pytest.fixture(scope="module")
def run() -> Run:
    return run_study(DEMO, DEMO / "source")


def by_subject(frame: pd.DataFrame, parameter: str, variable: str) -> dict[str, object]:
    rows = frame[frame["PARAMCD"] == parameter]
    subjects = [name.removeprefix("DEMO01-") for name in rows["USUBJID"]]
    assert len(set(subjects)) == len(subjects)
    return dict(zip(subjects, rows[variable].tolist(), strict=True))


@pytest.mark.parametrize(("parameter", "position"), [("BOR", 0), ("CBOR", 1)])
def test_best_response(run: Run, parameter: str, position: int) -> None:
    found = by_subject(run.adam["ADRS"], parameter, "AVALC")
    assert found == {subject: expected[position] for subject, expected in EXPECTED.items()}


def test_progression_free_survival(run: Run) -> None:
    ends = by_subject(run.adam["ADTTE"], "PFS", "ADT")
    censored = by_subject(run.adam["ADTTE"], "PFS", "CNSR")
    found = {s: (str(pd.Timestamp(str(ends[s])).date()), censored[s]) for s in ends}
    assert found == {s: (end, cnsr) for s, (_, _, end, cnsr) in EXPECTED.items() if end is not None}


def test_overall_survival(run: Run) -> None:
    ends = by_subject(run.adam["ADTTE"], "OS", "ADT")
    censored = by_subject(run.adam["ADTTE"], "OS", "CNSR")
    died = {s: str(pd.Timestamp(str(ends[s])).date()) for s in ends if censored[s] == 0}
    assert died == DEATHS


def test_arms(run: Run) -> None:
    dm = run.sdtm["DM"].set_index("USUBJID")
    assert dm["ACTARMCD"].value_counts().to_dict() == {"EXA": 7, "PBO": 7}
    reasons = {str(name).removeprefix("DEMO01-"): reason for name, reason in dm["ARMNRS"].dropna().items()}
    assert reasons == {"101-006": "SCREEN FAILURE", "103-005": "ASSIGNED, NOT TREATED"}


def test_administrations_that_were_given(run: Run) -> None:
    ex = run.sdtm["EX"]
    assert len(ex) == 76  # 77 rows of the form, one of them not given
    assert sorted(ex["EXDOSE"].unique().tolist()) == [0, 100, 200]


def test_partial_dates_stay_partial(run: Run) -> None:
    ae = run.sdtm["AE"].set_index(["USUBJID", "AETERM"])["AESTDTC"]
    assert ae["DEMO01-101-002", "Loss of appetite"] == "2024-03"
    assert ae["DEMO01-102-003", "Fatigue"] == "2024-04"


def test_long_text_is_whole_in_two_parts(run: Run) -> None:
    ae = run.sdtm["AE"]
    supp = run.sdtm["SUPPAE"]
    rest = supp.loc[supp["QNAM"] == "AETERM1"].iloc[0]
    first = ae.loc[(ae["USUBJID"] == rest["USUBJID"]) & (ae["AESEQ"] == int(rest["IDVARVAL"]))].iloc[0]
    assert len(first["AETERM"].encode()) <= 200
    collected = f"{first['AETERM']} {rest['QVAL']}"
    assert collected in (DEMO / "source" / "AE.csv").read_text(encoding="utf-8")


def test_accents_of_the_cp1252_form_arrive(run: Run) -> None:
    assert "Œdème des membres inférieurs" in run.sdtm["MH"]["MHTERM"].tolist()


def test_warnings_are_the_imperfections_that_are_meant(run: Run) -> None:
    warnings = run.issues[run.issues["severity"] != "info"]
    assert set(warnings["severity"]) == {"warning"}
    found = set(zip(warnings["target"], warnings["variable"], warnings["value"], strict=True))
    dose_unit = "dosage.doseAndRate.doseQuantity.code"
    assert found == {
        ("MH", "", "cp1252"),
        ("VS", "DEVICE", ""),
        ("VS", "VSPOS", "Reclining"),
        ("Observation", "extension[bodyPosition]", "Reclining"),
        ("MedicationStatement", dose_unit, "SACHET"),  # a term of UNIT that UCUM does not have
    }


def test_initials_are_in_no_output(run: Run, tmp_path: Path) -> None:
    dm = pd.read_csv(DEMO / "source" / "DM.csv", dtype=str)
    initials = {text.encode() for text in dm["INITIALS"]}
    assert len(initials) == 16
    paths = run.write(tmp_path / "out")
    assert [p for p in paths if any(i in p.read_bytes() for i in initials)] == []
