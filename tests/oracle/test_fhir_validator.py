"""HL7's validator judges what we write: no error in any resource or bundle, and it does see an error that is there.

Offline it knows neither LOINC nor NCIt nor SNOMED CT codes; `docs/fhir.md` says which warnings follow from that.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from polars import col

import mappings
from interop.fhir import build_fhir, write_fhir
from interop.records import Records, load_records
from interop.studyfile import load_sources, load_study
from tests.fhir.samples import STUDY, everything
from tests.support import ROOT, SHARED, needs_shared

pytestmark = [pytest.mark.oracle, needs_shared]

# What the validator says of right resources, beginning of its message: see docs/fhir.md. Anything else is news.
ARGUED = (
    "CodeSystem is unknown and can't be validated: http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
    "CodeSystem is unknown and can't be validated: http://loinc.org",
    "CodeSystem is unknown and can't be validated: http://snomed.info/sct",
    "CodeSystem is unknown and can't be validated: urn:example:drugs",
    "None of the codings provided are in the value set 'Vital Signs'",
    "None of the codings provided are in the value set 'IdentifierType'",
    "No code provided, and a code should be provided from the value set 'Vital Signs'",
    "No code provided, and a code should be provided from the value set 'IdentifierType'",
)


def judge(*paths: Path) -> list[tuple[str, str, str]]:
    """Severity, place and message of everything that is more than information."""
    run = subprocess.run(
        [SHARED / "peers" / "fhir-oracle" / "run", *paths], capture_output=True, text=True, check=False
    )
    outcomes = [json.loads(line) for line in run.stdout.splitlines()]
    assert outcomes, run.stderr
    return [
        (issue["severity"], outcome["extension"][0]["valueString"], issue["diagnostics"])
        for outcome in outcomes
        for issue in outcome["issue"]
        if issue["severity"] != "information"
    ]


def read(name: str, source: Path) -> Records:
    trial = load_study(name)
    return load_records(trial, load_sources(trial), source)


def held(found: list[tuple[str, str, str]]) -> None:
    assert [f for f in found if f[0] != "warning"] == []
    assert [f for f in found if not f[2].startswith(ARGUED)] == []


def test_records_with_every_oddity(tmp_path: Path) -> None:
    write_fhir(build_fhir(everything(), STUDY, mappings.FHIR), tmp_path)
    held(judge(tmp_path))


def test_the_whole_demonstration_study(tmp_path: Path) -> None:
    source = ROOT / "mappings" / "studies" / "demo" / "source"
    output = build_fhir(read("demo", source), load_study("demo"), mappings.FHIR)
    write_fhir(output, tmp_path)
    held(judge(tmp_path))


def test_subjects_of_the_cdisc_pilot(tmp_path: Path) -> None:
    """Three subjects: completed, discontinued for an adverse event, screen failure."""
    whole = read("lzzt", SHARED / "data" / "edc-lzzt")
    chosen = ["01-701-1015", "01-701-1023", "01-701-1057"]
    few = {name: table.filter(col("usubjid").is_in(chosen)) for name, table in whole.tables.items()}
    assert few["subject"].height == len(chosen)
    write_fhir(
        build_fhir(Records(few, whole.issues, whole.fields), load_study("lzzt"), mappings.FHIR), tmp_path
    )
    held(judge(tmp_path))


def test_every_resource_of_the_cdisc_pilot_loads_with_fhir_resources(tmp_path: Path) -> None:
    whole = read("lzzt", SHARED / "data" / "edc-lzzt")
    write_fhir(build_fhir(whole, load_study("lzzt"), mappings.FHIR), tmp_path)
    models = {path.stem: get_fhir_model_class(path.stem) for path in tmp_path.glob("*.ndjson")}
    loaded = 0
    for kind, model in models.items():
        for line in (tmp_path / f"{kind}.ndjson").read_text(encoding="utf-8").splitlines():
            model.model_validate_json(line)
            loaded += 1
    assert loaded > 20_000


def spoilt(resource: dict[str, Any]) -> dict[str, Any]:
    """Something that is wrong in each resource type."""
    wrong: dict[str, dict[str, Any]] = {
        "Patient": {"gender": "F"},
        "Observation": {"status": "done"},
        "MedicationAdministration": {"dosage": {"route": {"text": "ORAL"}}},
        "ResearchSubject": {"period": {"start": "2024-02-01", "end": "2024-01-01"}},
        "CarePlan": {"intent": None},
        "ResearchStudy": {"status": "finished"},
    }
    changed = resource | wrong[resource["resourceType"]]
    return {k: v for k, v in changed.items() if v is not None}


def test_the_judge_sees_what_is_wrong(tmp_path: Path) -> None:
    output = build_fhir(everything(), STUDY, mappings.FHIR)
    write_fhir(output, tmp_path / "right")
    (tmp_path / "wrong").mkdir()
    for kind in output.resources:
        line = (tmp_path / "right" / f"{kind}.ndjson").read_text(encoding="utf-8").splitlines()[0]
        (tmp_path / "wrong" / f"{kind}.json").write_text(
            json.dumps(spoilt(json.loads(line))), encoding="utf-8"
        )
    errors = {Path(place).stem for severity, place, _ in judge(tmp_path / "wrong") if severity == "error"}
    assert errors == set(output.resources)
