"""Rule files: what is read, what is refused and how it is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from interop.errors import InputError
from interop.rules.language import Condition, Group, check
from interop.rules.load import for_standard, load_rule, load_rules, rule_files
from interop.rules.shape import well_formed
from interop.yamlfile import load_yaml
from tests.rules.ruleserver import rule_yaml
from tests.support import SHARED, needs_shared

RULE = """\
Authorities:
  - Organization: CDISC
    Standards:
      - Name: SDTMIG
        Version: "3.4"
        References:
          - Rule Identifier: {Id: CG0001}
            Citations:
              - {Document: IG v3.4, Section: "6.1", Cited Guidance: As it says}
Check:
  all:
    - name: --TERM
      operator: equal_to
      value: No
    - any:
        - {name: AESER, operator: empty}
        - not: {name: AESEV, operator: exists}
Core: {Id: TEST-1, Status: Draft}
Match Datasets:
  - Name: DM
    Keys: [USUBJID, {Left: VISIT, Right: VISITNUM}]
Operations:
  - {id: $x, operator: distinct, name: USUBJID, domain: DM}
Outcome: {Message: Wrong, Output Variables: [--TERM]}
Rule Type: Record Data
Scope: {Domains: {Include: [AE]}, Use Case: "INDH, PROD"}
Sensitivity: Record
"""


def test_a_rule_is_read_unchanged(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(RULE)
    rule = load_rule(tmp_path / "rule.yml")
    assert rule.check == Group(
        "all",
        (
            Condition("--TERM", "equal_to", "No"),
            Group("any", (Condition("AESER", "empty"), Group("not", (Condition("AESEV", "exists"),)))),
        ),
    )
    assert rule.matches[0].keys == (("USUBJID", "USUBJID"), ("VISIT", "VISITNUM"))
    assert rule.standards[0].rule_ids == ("CG0001",)
    assert rule.standards[0].citation == "IG v3.4, 6.1: As it says"
    assert [r.id for r in for_standard([rule], "sdtmig", "3-4")] == ["TEST-1"]
    assert for_standard([rule], "SDTMIG", "3.3") == []


def test_json_is_the_same_rule(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text(RULE)
    (tmp_path / "rule.json").write_text(json.dumps(load_yaml(tmp_path / "rule.yml").data))
    assert load_rule(tmp_path / "rule.json").check == load_rule(tmp_path / "rule.yml").check


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("      value: No", "      valeu: No", "line 12, Check.all"),
        ("Sensitivity: Record", "Sensitivity: Recrod", "line 27, Sensitivity"),
        ("  - {id: $x, operator", "  - {id: x, operator", "line 23, Operations"),
        ("Rule Type: Record Data\n", "", "Rule Type"),
        ("    - name: --TERM", "    - name: [--TERM]", "line 12, Check.all"),
        ("  all:\n", "  all: &bomb\n", "repeats another part"),
        ("Check:", "Check: {", "not valid YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = RULE.replace(old, new)
    if "bomb" in new:
        text += "Extra: [*bomb, *bomb]\n"
    (tmp_path / "rule.yml").write_text(text)
    with pytest.raises(InputError) as error:
        load_rule(tmp_path / "rule.yml")
    assert said in str(error.value)
    assert "rule.yml" in str(error.value)


def test_a_folder_gives_its_rules_and_what_is_none(tmp_path: Path) -> None:
    for name in ("B", "A"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rule.yml").write_text(RULE.replace("TEST-1", f"TEST-{name}"))
    (tmp_path / "A" / "positive" / "01").mkdir(parents=True)
    (tmp_path / "A" / "positive" / "01" / "data.json").write_text("[]")
    (tmp_path / "bad.json").write_text("{")
    loaded = load_rules(tmp_path)
    assert [r.id for r in loaded.rules] == ["TEST-A", "TEST-B"]
    assert [p.name for p, _ in loaded.failed] == ["bad.json"]
    assert [r.id for r in load_rules(tmp_path, ["TEST-B"]).rules] == ["TEST-B"]


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text("Check: " + "[" * 5000)
    with pytest.raises(InputError, match=r"levels of nesting|not valid YAML"):
        load_rule(tmp_path / "rule.yml")


@needs_shared
def test_the_quick_look_never_passes_what_the_schema_refuses() -> None:
    paths = rule_files(SHARED / "data" / "open-rules")[::9]
    passed = 0
    for path in paths:
        document = load_yaml(path)
        if well_formed(document.data):
            check(document)
            passed += 1
    assert passed > len(paths) * 0.9


def test_each_change_that_the_schema_refuses_the_quick_look_refuses(tmp_path: Path) -> None:
    """Put something odd in each place of a rule: the quick look may pass it only if the schema does."""
    (tmp_path / "rule.yml").write_text(RULE.replace("        - not: {name: AESEV, operator: exists}\n", ""))
    document = load_yaml(tmp_path / "rule.yml")
    paths = [k for k in document.lines if k]
    for key in paths:
        for odd in (None, 7, [], {}, "", {"odd": 1}, [1]):
            data = json.loads(json.dumps(document.data))
            at = data
            for part in key[:-1]:
                at = at[part]
            at[key[-1]] = odd
            if well_formed(data):
                check(type(document)(document.path, data, document.lines))


def test_a_version_is_its_text(tmp_path: Path) -> None:
    path = tmp_path / "rule.yml"
    path.write_text(rule_yaml("CORE-1").replace('Version: "3.4"', "Version: 3.10"))
    assert load_rule(path).standards[0].version == "3.10"
