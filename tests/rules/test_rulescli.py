"""`interop rules`: try, fetch and list rules from the command line, with its exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from interop.cli import main
from interop.rules.testing import Agreement
from tests.rules.ruleserver import TARBALL, Answer, archive, rule_yaml, serving
from tests.support import SHARED, needs_shared

KEYS = {"cases", "records_agree", "exact_agree", "crashed", "not_executed", "per_case"}
CASE_KEYS = {"rule", "case", "expected", "found", "agrees"}


pytestmark = pytest.mark.usefixtures("alone")


def called(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return int(ended.value.code or 0)


def write_case(folder: Path, rule: str, kind: str, rows: str, results: str) -> None:
    place = folder / rule / kind / "01"
    (place / "data").mkdir(parents=True)
    (place / "results").mkdir()
    (place / "data" / "_datasets.csv").write_text("Filename,Label\nae,Adverse Events\n")
    (place / "data" / "_variables.csv").write_text(
        "dataset,variable,label,type,length\nae,DOMAIN,Domain,Char,2\nae,AETERM,Term,Char,20\n"
    )
    (place / "data" / "ae.csv").write_text(f"DOMAIN,AETERM\n{rows}")
    (place / "results" / "results.csv").write_text(f"Dataset,Record,Variable,Value\n{results}")


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """A rule with a positive case, and a negative one of whose two findings one is expected."""
    folder = tmp_path / "cases"
    write_case(folder, "CORE-1", "positive", "AE,Headache\n", "")
    write_case(folder, "CORE-1", "negative", "AE,\nAE,Headache\n", "AE,1,AETERM,\n")
    (folder / "CORE-1" / "rule.yml").write_text(rule_yaml("CORE-1"))
    return folder


def test_rules_that_agree_with_their_cases(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("rules", "test", cases, "--json", tmp_path / "a.json") == 0
    assert "2 cases with results: 2 agree on the records, 2 exactly" in capsys.readouterr().out
    found = json.loads((tmp_path / "a.json").read_text())
    assert found.keys() >= KEYS
    assert [{k: c[k] for k in CASE_KEYS} for c in found["per_case"]] == [
        {"rule": "CORE-1", "case": "negative/01", "expected": 1, "found": 1, "agrees": True},
        {"rule": "CORE-1", "case": "positive/01", "expected": 0, "found": 0, "agrees": True},
    ]
    assert {k: found[k] for k in KEYS - {"per_case"}} == {
        "cases": 2,
        "records_agree": 2,
        "exact_agree": 2,
        "crashed": 0,
        "not_executed": 0,
    }


def test_a_case_that_differs_ends_with_1(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = cases / "CORE-1" / "negative" / "01" / "results" / "results.csv"
    results.write_text("Dataset,Record,Variable,Value\nAE,2,AETERM,Headache\n")
    assert called("rules", "test", cases) == 1
    assert "CORE-1 negative/01: differs, 1 found of 1 expected" in capsys.readouterr().out


def test_rules_may_lie_elsewhere_and_some_be_chosen(cases: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    (rules / "CORE-1").mkdir(parents=True)
    shutil.move(cases / "CORE-1" / "rule.yml", rules / "CORE-1")
    assert called("rules", "test", cases, "--rules", rules) == 0
    write_case(cases, "CORE-2", "negative", "AE,\n", "")
    assert called("rules", "test", cases, "--rules", rules, "--rule", "CORE-1") == 0


def test_a_case_without_its_rule_is_not_passed_by(cases: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_case(cases, "CORE-2", "negative", "AE,\n", "")
    assert called("rules", "test", cases) == 1
    assert "CORE-2 negative/01: its rule is not here" in capsys.readouterr().out
    (cases / "CORE-2" / "rule.yml").write_text("Check: 1")
    assert called("rules", "test", cases) == 1
    assert "not a rule: " in capsys.readouterr().out
    assert Agreement((), (), ("CORE-2 negative/01",)).agrees is False


def test_a_case_whose_file_cannot_be_read_does_not_agree(
    cases: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (cases / "CORE-1" / "negative" / "01" / "data" / "ae.csv").write_text(
        'DOMAIN,AETERM\nAE,"' + "x" * 200_000
    )
    assert called("rules", "test", cases) == 1
    assert "ae.csv" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none"], "none is no folder"),
        (["cases", "--rules", "none"], "none is no folder"),
        (["empty"], "empty has no cases"),
        (["cases", "--rule", "CORE-9"], "has no cases of CORE-9"),
    ],
)
def test_what_cannot_be_tried_ends_with_2(
    cases: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    assert called("rules", "test", *arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_fetched_rules_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published = {
        "Published/CORE-1/rule.yml": rule_yaml("CORE-1", "Always there"),
        "Published/CORE-2/rule.yml": rule_yaml("CORE-2", "Perhaps", version="3.3").replace(
            "Fully Executable", "Partially Executable - Possible Overreporting"
        ),
    }
    with serving({TARBALL + "main": Answer(archive(published))}) as server:
        assert called("rules", "update", "--base-url", server.base) == 0
    assert "2 rules of CDISC's open rules" in capsys.readouterr().out
    assert called("rules", "list") == 0
    listed = capsys.readouterr().out.splitlines()
    assert any(line.split(maxsplit=2) == ["CORE-1", "error", "Always there"] for line in listed)
    assert any(line.split(maxsplit=2) == ["CORE-2", "warning", "Perhaps"] for line in listed)
    assert called("rules", "list", "-s", "sdtmig", "-v", "3-3") == 0
    of_33 = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("CORE")]
    assert of_33 == ["CORE-2"]
    assert called("rules", "list", "--version", "3.3") == 2


def test_offline_is_one_sentence_and_2(capsys: pytest.CaptureFixture[str]) -> None:
    with serving({}) as server:
        pass
    assert called("rules", "update", "--base-url", server.base) == 2
    error = capsys.readouterr().err
    assert error.startswith("interop: 127.0.0.1 cannot be reached")
    assert error.count("\n") == 1
    assert called("rules", "update", "--from", "elsewhere") == 2
    assert called("rules", "update", "--from", "library", "--ref", "x", "--base-url", server.base) == 2


@needs_shared
def test_the_open_rules_can_be_tried_from_another_folder(tmp_path: Path) -> None:
    place = SHARED / "data" / "open-rules" / "Published"
    shutil.copytree(place / "CORE-000142", tmp_path / "CORE-000142")
    (tmp_path / "CORE-000142" / "rule.yml").unlink()
    assert called("rules", "test", tmp_path, "--rules", place) == 0
