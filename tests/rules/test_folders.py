"""Where rules come from: folders that are named, fetched and shipped, and which of two rules is believed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from interop.errors import UsageError
from interop.rules.folders import gather_rules, rule_folders, updated_folder
from tests.rules.ruleserver import TWO, Answer, archive, github, rule_yaml

pytestmark = pytest.mark.usefixtures("alone")


def write(folder: Path, rule: str, message: str = "It is empty", standard: str = "SDTMIG") -> Path:
    path = folder / rule / "rule.yml"
    path.parent.mkdir(parents=True)
    path.write_text(rule_yaml(rule, message, standard))
    return path


def test_given_beats_the_variable_beats_the_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given_one, variable = tmp_path / "given", tmp_path / "variable"
    write(given_one, "CORE-000001", "given")
    write(variable, "CORE-000001", "variable")
    write(variable, "CORE-000002", "variable")
    github(updated_folder(), Answer(archive(TWO)))
    monkeypatch.setenv("INTEROP_RULES", str(variable))
    folders = rule_folders([given_one])
    assert folders[:3] == (given_one, variable, updated_folder())
    found = gather_rules(folders[:3])
    assert {r.id: r.message for r in found.rules} == {"CORE-000001": "given", "CORE-000002": "variable"}
    assert [(p.id, p.path.parents[1].name) for p in found.passed_over] == [
        ("CORE-000001", "variable"),
        ("CORE-000001", "Published"),
        ("CORE-000002", "Deprecated"),
    ]
    assert found.notes()[0] == (
        f"1 rule of {variable} passed over, for {given_one} has the same ids: CORE-000001"
    )


def test_a_rule_for_another_standard_still_stands_before_one_of_its_id(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    write(ours, "CORE-1", standard="ADaMIG")
    write(theirs, "CORE-1", standard="SDTMIG")
    write(theirs, "CORE-2", standard="SDTMIG")
    found = gather_rules([ours, theirs], standard=("SDTMIG", "3.4"))
    assert [r.id for r in found.rules] == ["CORE-2"]
    assert [(p.id, p.taken) for p in found.passed_over] == [("CORE-1", ours / "CORE-1" / "rule.yml")]
    assert [r.id for r in gather_rules([theirs, ours], standard=("SDTMIG", "3.4")).rules] == [
        "CORE-1",
        "CORE-2",
    ]


def test_a_folder_within_another_is_no_second_set_of_rules(tmp_path: Path) -> None:
    write(tmp_path / "in", "CORE-1")
    assert rule_folders([tmp_path, tmp_path / "in" / ".."]).count(tmp_path) == 1
    (tmp_path / "in" / "bad.yml").write_text("no rule")
    found = gather_rules([tmp_path / "in", tmp_path])
    assert found.passed_over == ()
    assert [p.name for p, _ in found.failed] == ["bad.yml"]


def test_a_folder_that_is_none_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="named by --rules"):
        rule_folders([tmp_path / "none"])
    monkeypatch.setenv("INTEROP_RULES", str(tmp_path / "none"))
    with pytest.raises(UsageError, match="named by INTEROP_RULES"):
        rule_folders()
    with pytest.raises(UsageError, match="interop rules update"):
        gather_rules([])


def test_the_folder_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INTEROP_HOME", str(tmp_path / "elsewhere"))
    assert updated_folder() == tmp_path / "elsewhere" / "rules"
    monkeypatch.delenv("INTEROP_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    if sys.platform == "linux":
        assert updated_folder() == tmp_path / "data" / "interop" / "rules"
