"""`interop rules update --from library`: the rules of the CDISC Library, and a key that goes nowhere else."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from interop.errors import UsageError
from interop.rules.language import parse
from interop.rules.load import load_rule, read_document
from interop.rules.update import said, update
from interop.rules.update.files import MANIFEST
from interop.rules.update.http import Server
from tests.rules.ruleserver import (
    KEY,
    QUICK,
    TWO,
    Answer,
    archive,
    fetched,
    github,
    library,
    rule_json,
    serving,
)
from tests.support import SHARED, needs_shared

pytestmark = pytest.mark.usefixtures("alone")


def test_the_rules_of_every_catalog_of_the_library(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    other = rule_json("CORE-000001")
    other["Authorities"] = [{"Organization": "CDISC", "Standards": [{"Name": "SDTMIG", "Version": "3.3"}]}]
    catalogs = {
        "/mdr/rules/sdtmig/3-3": {"CORE-000001": other},
        "/mdr/rules/sdtmig/3-4": {
            "CORE-000001": rule_json("CORE-000001"),
            "CORE-000002": rule_json("CORE-000002"),
        },
    }
    done = fetched(folder, library(catalogs))
    assert (done.rules, done.refused) == (2, {})
    one = load_rule(folder / "CORE-000001" / "rule.json")
    assert [(s.name, s.version) for s in one.standards] == [("SDTMIG", "3.3"), ("SDTMIG", "3.4")]
    assert (one.type, one.outputs) == ("Record Data", ("AETERM",))
    written = (folder / MANIFEST).read_text()
    assert json.loads(written)["catalogs"] == {"/mdr/rules/sdtmig/3-3": 1, "/mdr/rules/sdtmig/3-4": 2}
    assert KEY not in written


def test_a_rule_says_the_same_from_both_sources(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    fetched(folder, library({"/mdr/rules/sdtmig/3-4": {"CORE-000001": rule_json("CORE-000001")}}))
    done = github(
        folder, Answer(archive({"Published/CORE-000001/rule.yml": TWO["Published/CORE-000001/rule.yml"]}))
    )
    assert list(said(done))[1:] == ["nothing new"]


def test_a_rule_that_two_catalogs_tell_differently_is_said(tmp_path: Path) -> None:
    catalogs = {
        "/mdr/rules/sdtmig/3-3": {"CORE-1": rule_json("CORE-1")},
        "/mdr/rules/sdtmig/3-4": {"CORE-1": rule_json("CORE-1", "Another"), "CORE-2": rule_json("CORE-2")},
    }
    done = fetched(tmp_path / "rules", library(catalogs))
    assert done.refused == {"CORE-1 of a second catalog": "it says something else than in the first"}


@pytest.mark.parametrize(
    ("answers", "match"),
    [
        ({"/mdr/rules": Answer(b"", 401)}, r"refuses the key in CDISC_LIBRARY_API_KEY \(HTTP 401\)"),
        ({"/mdr/rules": Answer(b"", 403)}, r"refuses the key in CDISC_LIBRARY_API_KEY \(HTTP 403\)"),
        ({"/mdr/rules": Answer(b"<html/>")}, "is not JSON"),
        ({"/mdr/rules": Answer(b"[" * 100_000)}, "is not JSON"),
        ({"/mdr/rules": Answer(b"[1]")}, "no JSON object"),
        ({"/mdr/rules": Answer(b'{"_links": {"catalogs": {}}}')}, "has no catalogs"),
        (
            {"/mdr/rules": Answer(b'{"_links": {"catalogs": {"x": {"href": "https://evil.example/x"}}}}')},
            "none of its addresses",
        ),
        (
            {"/mdr/rules": Answer(b'{"_links": {"catalogs": {"x": {"href": "/mdr/rules/../ct"}}}}')},
            "none of its addresses",
        ),
        ({**library({"/mdr/rules/a/1": {}})}, "has no rules"),
        ({**library({"/mdr/rules/a/1": {"X": {"Core": 1}}})}, "of 1 files that came 0 are rules"),
        ({**library({"/mdr/rules/a/1": {"../../x": rule_json("X")}})}, "of 1 files that came 0 are rules"),
        (
            {**library({"/mdr/rules/a/1": {"X": rule_json("X")}}), "/mdr/rules/a/1": Answer(b"", 404)},
            "HTTP 404",
        ),
    ],
)
def test_what_the_library_must_not_say(tmp_path: Path, answers: dict[str, Answer], match: str) -> None:
    with pytest.raises(UsageError, match=match) as caught:
        fetched(tmp_path / "rules", answers)
    assert KEY not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given_key", ["", "  ", "two words", "line\nbreak: x", "ключ"])
def test_without_a_usable_key_nobody_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given_key: str
) -> None:
    monkeypatch.setenv("CDISC_LIBRARY_API_KEY", given_key)
    with serving({}) as server, pytest.raises(UsageError, match="CDISC_LIBRARY_API_KEY") as caught:
        update(tmp_path / "rules", "library", base_url=server.base, patience=QUICK)
    assert server.asked == []
    assert not given_key.strip() or given_key not in str(caught.value)


def test_the_key_is_in_no_message_and_no_object(tmp_path: Path) -> None:
    server = Server("https://example.org", secret={"api-key": KEY})
    assert KEY not in repr(server)
    with serving({"/mdr/rules": Answer(b"", 500)}) as played, pytest.raises(UsageError) as caught:
        update(tmp_path / "rules", "library", base_url=played.base, patience=QUICK)
    assert KEY not in repr(caught.value)
    assert caught.value.__cause__ is None


def underscored(value: Any) -> Any:
    """A rule in the form of the CDISC Library, as CDISC makes it of YAML: every key without spaces."""
    if isinstance(value, dict):
        return {k.replace(" ", "_"): underscored(v) for k, v in value.items()}
    return [underscored(v) for v in value] if isinstance(value, list) else value


@needs_shared
def test_every_open_rule_is_the_same_in_the_form_of_the_library(tmp_path: Path) -> None:
    """A rule of the Library that reads otherwise than its YAML would judge otherwise."""
    seen = 0
    for path in sorted((SHARED / "data" / "open-rules").glob("*/CORE-*/rule.yml")):
        document = read_document(path)
        assert "Rule_Type" not in document.data
        other = tmp_path / "rule.json"
        other.write_text(json.dumps(underscored(document.data)))
        assert replace(load_rule(other), path=None) == replace(parse(document), path=None), path
        seen += 1
    assert seen > 480
