"""The comparison with CDISC's engine: what it counts, and the changes it makes to data."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from benchmarks import rule_operators
from benchmarks.rule_cases import compared, mutated
from interop.rules.operators import OPERATORS

RULE = {
    "Check": {"all": [{"name": "AETERM", "operator": "empty"}]},
    "Core": {"Id": "X-1"},
    "Outcome": {"Message": "Empty"},
    "Rule Type": "Record Data",
    "Sensitivity": "Record",
}


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A rule and a case in which record 2 is empty."""
    place = tmp_path / "cases" / "X-1" / "negative" / "01"
    (place / "data").mkdir(parents=True)
    (place / "data" / "_datasets.csv").write_text("Filename,Label\nae,Adverse Events\n")
    (place / "data" / "_variables.csv").write_text(
        "dataset,variable,label,type,length\nae,DOMAIN,Domain,Char,2\nae,AETERM,Term,Char,9\n"
    )
    (place / "data" / "ae.csv").write_text("DOMAIN,AETERM\n" + "AE,x\nAE,\n" + "AE,y\n" * 9)
    (place / "results").mkdir()
    (place / "results" / "results.csv").write_text("Dataset,Record,Variable,Value\nAE,2,AETERM,\n")
    (tmp_path / "cases" / "X-1" / "rule.yml").write_text(json.dumps(RULE))
    return tmp_path / "cases"


SAME = {"cells": [["AE", "2", "AETERM", ""]], "errors": []}
OTHER = {"cells": [["AE", "1", "AETERM", "x"]], "errors": []}


@pytest.mark.parametrize(
    ("answer", "counted", "differ"),
    [
        (SAME, {"ours as engine, exactly": 1, "engine as expected, exactly": 1}, 0),
        (OTHER, {"ours as expected, exactly": 1, "engine as expected, exactly": 0}, 1),
        ({"error": "it stopped"}, {"engine cannot run the case": 1, "with results": 0}, 0),
        ({"cells": [], "errors": ["AE"]}, {"engine comes to no answer": 1, "with results": 0}, 0),
    ],
)
def test_three_answers_are_compared(
    cases: Path, answer: dict[str, Any], counted: dict[str, int], differ: int
) -> None:
    figures = compared(cases, {"X-1 negative/01": answer})
    assert {k: figures["counts"].get(k, 0) for k in counted} == counted
    assert len(figures["differences"]) == differ


def test_data_are_changed_in_a_copy_and_the_same_way_for_a_seed(cases: Path, tmp_path: Path) -> None:
    def changed(name: str, seed: int) -> str:
        copy = mutated(cases, tmp_path / name, seed)
        return (copy / "X-1" / "negative" / "01" / "data" / "ae.csv").read_text()

    before = (cases / "X-1" / "negative" / "01" / "data" / "ae.csv").read_text()
    one = changed("one", 1)
    assert one == changed("again", 1)
    assert len({one, before, *(changed(f"s{n}", n) for n in range(2, 6))}) > 3
    assert one.splitlines()[0] == "DOMAIN,AETERM"
    assert (cases / "X-1" / "negative" / "01" / "data" / "ae.csv").read_text() == before


def test_operators_are_compared_answer_by_answer() -> None:
    cases = rule_operators.drawn(random.Random(1), 1)
    assert cases == rule_operators.drawn(random.Random(1), 1)
    assert {operator for _, operator, *_ in cases} <= set(OPERATORS)
    ours: list[list[bool] | str] = [[True, False] for _ in cases]
    assert rule_operators.compared(cases, ours, ours) == [f"all: {{'same': {len(cases)}}}"]
    theirs = [[False, False], "they stopped", *ours[2:]]
    first, second, last = rule_operators.compared(cases[:3], theirs[:3], ours[:3])
    assert "'differ': 1" in first
    assert "theirs [False, False], ours [True, False]" in first
    assert "theirs refuses" in second
    assert "'same': 1" in last
