"""No rule is passed by in silence: each has an outcome, and a reason where it did not run."""

from __future__ import annotations

import polars as pl
import pytest

from interop.rules.engine import context_of, evaluate
from interop.rules.findings import Findings
from interop.rules.load import load_rules
from tests.rules.support import study
from tests.support import SHARED, needs_shared

SMALL = study(
    DM={"STUDYID": ["S"], "DOMAIN": ["DM"], "USUBJID": ["S-1"], "RFSTDTC": ["2020-01-02"]},
    AE={"STUDYID": ["S"], "DOMAIN": ["AE"], "USUBJID": ["S-1"], "AESEQ": [1], "AETERM": ["x"]},
    LB={"STUDYID": ["S"], "DOMAIN": ["LB"], "USUBJID": ["S-1"], "LBSEQ": [1], "LBTESTCD": ["GLUC"]},
)


@pytest.fixture(scope="module")
def judged() -> Findings:
    rules = load_rules(SHARED / "data" / "open-rules").rules
    return evaluate(rules, context_of(SMALL, "SDTMIG", "3.4"))


@needs_shared
def test_every_rule_has_an_outcome(judged: Findings) -> None:
    assert set(judged.outcomes["rule"]) == {r.id for r in judged.rules}
    once = judged.outcomes.group_by("rule", "dataset").len()
    # Drafts of ADaM share ids; those of CDISC that are published do not.
    assert once.filter(pl.col("rule").str.starts_with("CORE-") & (pl.col("len") > 1)).is_empty()


@needs_shared
def test_what_did_not_run_says_why_and_what_ran_does_not(judged: Findings) -> None:
    ran = pl.col("status").is_in(["issues", "passed"])
    assert judged.outcomes.filter(ran & (pl.col("reason") != "")).is_empty()
    assert judged.outcomes.filter(~ran & (pl.col("reason") == "")).is_empty()
    assert set(judged.outcomes["status"]) == {"issues", "passed", "skipped", "not executed"}


@needs_shared
def test_the_outcomes_count_the_findings(judged: Findings) -> None:
    assert judged.outcomes["findings"].sum() >= judged.findings.height > 0
    found = judged.outcomes.filter(pl.col("findings") > 0)
    assert set(found["status"]) == {"issues"}
    assert set(judged.findings["rule"]) == set(found["rule"])


@needs_shared
def test_no_rule_of_cdisc_fails_in_a_way_of_its_own(judged: Findings) -> None:
    """What is not executed asks for something that can be given, or is a draft without a meaning."""
    reasons = judged.not_executed["reason"].unique().to_list()
    assert [r for r in reasons if "internal error" in r or "could not be evaluated" in r] == []
