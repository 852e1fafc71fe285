"""The files: digits, bytes, names; and bundles that a server can take."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given
from hypothesis import strategies as st

from interop.fhir import write_fhir
from interop.fhir.provenance import Origin
from interop.fhir.write import file_name, to_json
from interop.records import SourceFile
from tests.fhir.samples import STUDY, build, everything, literal_references

text = st.text(max_size=8)
nested = st.recursive(
    text | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(text, below, max_size=3),
)


@given(nested)
def test_json_says_what_it_was_given(value: Any) -> None:
    assert json.loads(to_json(value), parse_float=Decimal, parse_int=int) == value


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,9})?", fullmatch=True))
def test_a_decimal_keeps_exactly_its_digits(digits: str) -> None:
    assert to_json({"value": Decimal(digits)}) == f'{{"value":{digits}}}'


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(TypeError, match="float has no place"):
        to_json({"value": 1.0})


@given(st.lists(st.text(min_size=1, max_size=6), unique=True))
def test_every_subject_has_a_file_name_of_its_own_that_every_system_allows(subjects: list[str]) -> None:
    names = [file_name(s) for s in subjects]
    assert len(set(names)) == len(names)
    assert all(set(n) <= set("%-_~") or n.replace("%", "").replace("-", "").isascii() for n in names)
    assert not any(c in n for n in names for c in '/\\:*?"<>|. ')


def test_the_files_of_a_study(tmp_path: Path) -> None:
    paths = write_fhir(build(everything()), tmp_path)
    assert sorted(p.relative_to(tmp_path).as_posix() for p in paths) == [
        "AdverseEvent.ndjson",
        "BodyStructure.ndjson",
        "CarePlan.ndjson",
        "Condition.ndjson",
        "Consent.ndjson",
        "DiagnosticReport.ndjson",
        "Encounter.ndjson",
        "MedicationAdministration.ndjson",
        "MedicationStatement.ndjson",
        "Observation.ndjson",
        "Patient.ndjson",
        "Procedure.ndjson",
        "ResearchStudy.ndjson",
        "ResearchSubject.ndjson",
        "Specimen.ndjson",
        "bundles/AB1-7-01.json",
        "bundles/AB1-7-02.json",
        "bundles/AB1-7-03.json",
    ]
    for path in tmp_path.glob("*.ndjson"):
        assert {json.loads(line)["resourceType"] for line in path.read_text("utf-8").splitlines()} == {
            path.stem
        }


def test_a_second_run_writes_the_same_bytes(tmp_path: Path) -> None:
    first = write_fhir(build(everything()), tmp_path / "1")
    second = write_fhir(build(everything()), tmp_path / "2")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_the_digits_of_the_record_reach_the_file(tmp_path: Path) -> None:
    write_fhir(build(everything()), tmp_path)
    written = (tmp_path / "Observation.ndjson").read_text(encoding="utf-8")
    assert '"value":70.10,' in written  # as collected
    assert '"value":98.60,' in written  # collected as 098.60, which is no JSON number
    doses = (tmp_path / "MedicationAdministration.ndjson").read_text(encoding="utf-8")
    assert '"value":200.0,' in doses
    assert '"value":0.50,' in doses


def test_a_bundle_is_a_transaction_that_stands_alone(tmp_path: Path) -> None:
    output = build(everything())
    write_fhir(output, tmp_path)
    written = dict[str, dict[str, Any]]()
    for path in (tmp_path / "bundles").iterdir():
        bundle = json.loads(path.read_bytes())
        assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "transaction")
        inside = {entry["fullUrl"] for entry in bundle["entry"]}
        for entry in bundle["entry"]:
            made = entry["resource"]
            place = f"{made['resourceType']}/{made['id']}"
            assert entry["request"] == {"method": "PUT", "url": place}
            assert entry["fullUrl"] == f"urn:uuid:{made['id']}"
            assert {r for r in literal_references(made) if not r.startswith("#")} <= inside
            written[place] = made
    expected = {f"{kind}/{i['id']}" for kind, items in output.resources.items() for i in items}
    assert set(written) == expected


def origin(*files: SourceFile) -> Origin:
    return Origin(STUDY, files, datetime(2024, 6, 1, 12, 0, tzinfo=UTC))


FILES = (
    SourceFile("vital_sign.csv", None, "ab12", 3, "utf-8"),
    SourceFile("nobody.csv", None, "cd34", 3, "utf-8"),
)


def test_a_provenance_tells_what_was_made_when_by_what_and_from_which_files(tmp_path: Path) -> None:
    output = build(everything())
    write_fhir(output, tmp_path, origin(*FILES))
    lines = (tmp_path / "Provenance.ndjson").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    assert len(found) == len(output.resources["Patient"])
    targets = [t["reference"] for p in found for t in p["target"]]
    mine = {f"{k}/{i['id']}" for k, items in output.resources.items() for i in items if k != "ResearchStudy"}
    assert set(targets) == mine
    assert len(targets) == len(mine)
    for item in found:
        get_fhir_model_class("Provenance").model_validate(item)
        assert item["recorded"] == "2024-06-01T12:00:00+00:00"
        assert [agent["who"] for agent in item["agent"]] == [{"reference": "#software"}]
        names = [e["what"]["display"] for e in item.get("entity", ())]
        assert names in ([], ["vital_sign.csv"])  # a file from which nothing of the subject came is not named
    assert any("entity" in item for item in found)


def test_a_bundle_has_its_provenance_and_no_others(tmp_path: Path) -> None:
    write_fhir(build(everything()), tmp_path, origin(*FILES))
    for path in (tmp_path / "bundles").iterdir():
        bundle = json.loads(path.read_bytes())
        inside = {entry["fullUrl"] for entry in bundle["entry"]}
        (told,) = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Provenance"]
        assert {t["reference"] for t in told["target"]} <= inside
