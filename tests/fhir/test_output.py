"""A whole output: every reference resolves, every resource is R4, and only what should matter matters."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given, settings
from hypothesis import strategies as st
from polars import col

from interop import issues
from interop.errors import SpecError
from interop.fhir import FhirOutput, Resource, Resources, build_fhir
from interop.fhir.write import to_json
from interop.lineage import Lineage
from interop.records import RECORDS, Records
from tests.fhir.samples import (
    END,
    STUDY,
    SUBJECT,
    VITAL,
    build,
    everything,
    literal_references,
    records,
    rules,
)


def texts(output: FhirOutput) -> list[str]:
    return [to_json(item) for items in output.resources.values() for item in items]


def test_every_resource_loads_as_r4() -> None:
    for items in build(everything()).resources.values():
        for item in items:
            get_fhir_model_class(item["resourceType"]).model_validate_json(to_json(item))


def test_every_reference_resolves() -> None:
    output = build(everything())
    there = {f"{kind}/{item['id']}" for kind, items in output.resources.items() for item in items}
    for items in output.resources.values():
        for item in items:
            contained = {f"#{c['id']}" for c in item.get("contained", ())}
            assert set(literal_references(item)) <= there | contained


def page(*items: dict[str, Any], references: frozenset[str] = frozenset()) -> Resource:
    made = Resources(list(items), issues.none(), Lineage.concat(()), references)
    return Resource("Patient", lambda records, study: made)


def test_a_reference_to_nothing_is_a_defect_of_a_page() -> None:
    wrong = page({"resourceType": "Patient", "id": "1"}, references=frozenset({"Patient/2"}))
    with pytest.raises(SpecError, match="Patient/2"):
        build_fhir(records(), STUDY, [wrong])


def test_an_id_twice_is_a_defect_of_a_page() -> None:
    twice = page({"resourceType": "Patient", "id": "1"}, {"resourceType": "Patient", "id": "1"})
    with pytest.raises(SpecError, match="one id"):
        build_fhir(records(), STUDY, [twice])


def test_no_records_make_a_study_alone() -> None:
    assert list(build(records()).resources) == ["ResearchStudy"]


@given(st.integers(0, 2**32))
@settings(max_examples=5, deadline=None)
def test_the_order_of_the_source_changes_nothing(seed: int) -> None:
    whole = everything()
    shuffled = {n: t.sample(fraction=1, shuffle=True, seed=seed) for n, t in whole.tables.items()}
    one, other = build(whole), build(Records(shuffled, whole.issues, whole.fields))
    assert texts(one) == texts(other)
    assert one.issues.equals(other.issues)


def test_a_subject_changes_no_other() -> None:
    whole = everything()
    alone = {n: t.filter(col("usubjid") == "AB1-7-01") for n, t in whole.tables.items()}
    mine = texts(build(Records(alone, whole.issues, whole.fields)))
    assert set(mine) <= set(texts(build(whole)))
    assert len(mine) > 20


def test_a_column_that_no_schema_has_reaches_nothing() -> None:
    """PHI by accident: a form with the subject's name in it."""
    whole = everything()
    named = {
        name: table.with_columns(NAME=pl.lit("Doe, Jane"), **{"supp.INITIALS": pl.lit("JD-initials")})
        for name, table in whole.tables.items()
    }
    found = build(Records(named, whole.issues, whole.fields))
    assert texts(found) == texts(build(whole))
    said = "".join(str(v) for row in found.issues.iter_rows() for v in row)
    assert "Doe" not in said + "".join(texts(found))
    assert "JD-initials" not in said + "".join(texts(found))


def test_patients_have_no_element_that_could_tell_who_they_are() -> None:
    for patient in build(everything()).resources["Patient"]:
        assert set(patient) <= {
            "resourceType", "id", "meta", "identifier", "gender", "deceasedDateTime", "deceasedBoolean",
        }  # fmt: skip


def test_a_record_of_an_unknown_subject_is_kept_and_said() -> None:
    output = build(records(vital_sign=[VITAL]))
    assert output.resources["Patient"][0]["identifier"][0]["value"] == "AB1-7-01"
    assert len(output.resources["Observation"]) == 1
    assert rules(output.issues) == [("warning", "NO-SUBJECT-RECORD", "")]


def test_a_record_without_a_subject_is_set_aside_and_said() -> None:
    output = build(records(vital_sign=[{**VITAL, "usubjid": None}]))
    assert "Observation" not in output.resources
    assert rules(output.issues) == [("error", "REQUIRED", "subject")]


def test_every_source_row_is_in_the_lineage_or_in_the_issues() -> None:
    whole = everything()
    output = build(whole)
    made = set(output.lineage.rows["src"])
    sources = {s for name in RECORDS for s in whole[name]["_src"]}
    lost = set(output.issues.filter(~col("kept"))["source"])
    assert sources - made - lost == set()
    unmade = output.issues.filter(col("rule") == "NO-RESOURCE")["source"].to_list()
    assert unmade == []  # these records all have a resource: nothing is explained away


def test_a_record_that_no_resource_holds_is_said() -> None:
    milestone = {**END, "category": "PROTOCOL MILESTONE", "standard_term": "RANDOMIZED"}
    output = build(records(subject=[SUBJECT], disposition=[milestone]))
    assert rules(output.issues) == [("info", "NO-RESOURCE", "")]
    assert output.issues["source"].item() == "disposition.csv#2"


def test_lineage_names_fields_that_records_have() -> None:
    whole = everything()
    known = {c for name in RECORDS for c in whole[name].columns} | {
        "PLAN.visit", "PLAN.day", "PLAN.epoch", "assigned.code", "assigned.label", "received.code",
        "received.label",
    }  # fmt: skip
    reads = build(whole).lineage.reads
    assert {c for c in reads["column"] if c not in known and c.rpartition(".")[2] not in known} == set()
    dose = reads.filter(col("variable") == "dosage.dose.code")["column"].to_list()
    assert dose == ["dose", "dose_unit"]
