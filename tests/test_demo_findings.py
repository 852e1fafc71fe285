"""Every finding of conformance rules on the reference trial is explained in its reviewer's notes.

The trial is simulated twice: as `interop demo` has it, and with every planted defect so frequent that few
subjects have them all. A note may be for a defect that only the second has.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from polars import col

from interop.pipeline import run
from interop.rules.report import Report
from interop.rules.validation import Request, validated
from interop.simulate import simulate
from interop.study import Study
from interop.studyfile import load_study
from tests.simulatedtrial import untidy
from tests.support import SHARED, needs_shared

OPEN_RULES = tuple(
    SHARED / "data" / "open-rules" / f for f in ("Published", "Deprecated", "Unpublished/ADAMIG")
)
MOMENT = datetime(2026, 11, 22, tzinfo=UTC)
Outputs = dict[str, Path]


@pytest.fixture(scope="module", autouse=True)
def no_rules_of_the_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Only the rules that ship and those that a test names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INTEROP_HOME", str(tmp_path_factory.mktemp("home")))
        patch.delenv("INTEROP_RULES", raising=False)
        yield


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    """Two outputs of `interop run`: `demo` and `untidy`."""
    folder = tmp_path_factory.mktemp("trial")
    study = load_study("glofit-cart")
    (folder / "study").mkdir()
    untidier = untidy(study, folder / "study")
    return {
        "demo": written(study, 60, 1, folder / "demo"),
        "untidy": written(untidier, 40, 5, folder / "untidy"),
    }


def written(study: Study, subjects: int, seed: int, folder: Path) -> Path:
    made = simulate(study, subjects=subjects, seed=seed, formats=("csv",), out=folder / "export")
    assert made.csv is not None
    run(study, made.csv, stages=("sdtm", "adam")).write(folder / "out", created=MOMENT)
    return folder / "out"


@pytest.fixture(scope="module")
def ours(outputs: Outputs) -> list[Report]:
    """Reports by the rules that ship; the notes are found in the output."""
    return [validated(Request((out,)), MOMENT) for out in outputs.values()]


@pytest.fixture(scope="module")
def all_rules(outputs: Outputs) -> list[Report]:
    """Reports by CDISC's rules besides, withdrawn ones and drafts for ADaM included."""
    return [validated(Request((out,), rules=OPEN_RULES), MOMENT) for out in outputs.values()]


def unexplained(reports: list[Report]) -> list[tuple[object, ...]]:
    """What a reader of a failure needs: rule, dataset and message, how often, and one case."""
    case = (col("USUBJID").first(), col("variables").first(), col("values").first())
    return [
        row
        for report in reports
        for row in report.open.group_by("rule", "dataset", "message").agg(pl.len(), *case).sort("rule").rows()
    ]


def stale(reports: list[Report]) -> list[str]:
    """The entries of the notes that are for no finding of any of the reports."""
    counts = pl.concat([r.suppressions for r in reports])
    never = counts.group_by("entry", "rule").agg(col("findings").sum()).filter(findings=0)
    return never.sort("entry")["rule"].to_list()


def test_every_finding_of_the_rules_that_ship_is_explained(ours: list[Report]) -> None:
    assert all(not r.rules.filter(col("rule").str.starts_with("INT-")).is_empty() for r in ours)
    assert all(r.about.suppressions_file.endswith("reviewers-notes.yaml") for r in ours)
    assert unexplained(ours) == []


def test_no_note_on_the_rules_that_ship_is_stale(ours: list[Report]) -> None:
    assert [rule for rule in stale(ours) if rule.startswith("INT-")] == []


@needs_shared
def test_every_finding_of_cdiscs_rules_is_explained(all_rules: list[Report]) -> None:
    assert all(r.rules.filter(col("rule").str.starts_with("CORE-")).height > 400 for r in all_rules)
    assert unexplained(all_rules) == []


@needs_shared
def test_no_note_is_stale(all_rules: list[Report]) -> None:
    assert stale(all_rules) == []


def test_a_note_says_in_a_sentence_what_a_reviewer_should_know(ours: list[Report]) -> None:
    entries = ours[0].suppressions
    assert entries.filter(~col("reason").str.contains(r"^[A-Z].{30,}\.$")).is_empty()
    assert entries.select("rule", "dataset", "variable").is_duplicated().any() is False
