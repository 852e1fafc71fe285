"""HL7's validator judges what we write: no error in any resource or bundle, and it sees those that are there.

Offline it has no LOINC and no NCIt. It is given the codes that we write as code systems, so that it can hold
them against HL7's own value sets and profiles; that they are LOINC's and NCIt's, it cannot tell.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class
from polars import col

import mappings
from interop import ct
from interop.fhir import build_fhir, write_fhir
from interop.fhir.codes import LOINC, MEDDRA, NCIT, SNOMED, VITALS
from interop.fhir.provenance import Origin, subject_of
from interop.fhir.ucum import UCUM_OF
from interop.fhir.write import to_json
from interop.records import Records, SourceFile, load_records
from interop.simulate import simulate
from interop.study import Study
from interop.studyfile import load_sources, load_study
from mappings.fhir.medication_administration import MEDICATION_ADMINISTRATION
from tests.fhir.samples import DOSE, STUDY, Row, everything, made
from tests.support import ROOT, SHARED, needs_shared

pytestmark = [pytest.mark.oracle, needs_shared]

# What the validator says of right resources (docs/fhir.md argues each); any other warning is news.
ARGUED = (
    "CodeSystem is unknown and can't be validated: urn:example:drugs",  # of tests/fhir/samples.py
    "CodeSystem is unknown and can't be validated: urn:uuid:",  # code systems of the study's own
    "None of the codings provided are in the value set 'Vital Signs'",  # offline, of any second coding
    # NCIt, as in mCODE's Deauville scale
    "None of the codings provided are in the value set 'Observation Interpretation Codes'",
    *(
        f"No code provided, and a code should be provided from the value set '{name}'"
        for name in (
            "IdentifierType",
            "Condition Category Codes",
            "Consent PolicyRule Codes",
            "AdverseEventCategory",
            "Observation Interpretation Codes",
        )
    ),
)
KINDS = {
    "AdverseEvent", "BodyStructure", "CarePlan", "Condition", "Consent", "DiagnosticReport", "Encounter",
    "MedicationAdministration", "MedicationStatement", "Observation", "Patient", "PlanDefinition",
    "Procedure", "ResearchStudy", "ResearchSubject", "Specimen",
}  # fmt: skip
CODED = re.compile(r'"system":"([^"]+)","code":"([^"]+)"(?:,"display":"([^"]*)")?')


def code_systems(folder: Path, judged: Path) -> Path:
    """LOINC, NCIt, SNOMED CT and MedDRA as far as `judged` has them, as CodeSystem resources in `folder`.
    NCIt's names are those of CDISC's terminology, so that a name of ours that differs is seen."""
    folder.mkdir(exist_ok=True)
    text = "".join(path.read_text(encoding="utf-8") for path in judged.rglob("*json"))
    written: dict[str, dict[str, str]] = {url: {} for url in (LOINC, NCIT, SNOMED, MEDDRA)}
    for url, code, display in CODED.findall(text):
        if url in written:
            written[url][code] = written[url].get(code) or display
    for code in written[NCIT]:
        written[NCIT][code] = preferred_terms().get(code, written[NCIT][code])
    for number, (url, concepts) in enumerate(written.items()):
        system = {
            "resourceType": "CodeSystem",
            "id": f"known-{number}",
            "url": url,
            "status": "active",
            "content": "complete",
            "concept": [
                {"code": code, **({"display": display} if display else {})}
                for code, display in sorted(concepts.items())
            ],
        }
        (folder / f"{number}.json").write_text(json.dumps(system), encoding="utf-8")
    return folder


@cache
def preferred_terms() -> dict[str, str]:
    """NCIt code ─▶ preferred term, of all of CDISC's SDTM terminology."""
    lines = (ROOT / "schemas" / "ct" / f"{ct.SDTM_CT}.jsonl").read_text(encoding="utf-8").splitlines()
    lists = [ct.codelist(line.split("\t", 1)[0]) for line in lines]
    return {term.code: term.preferred for found in lists for term in found.terms.values() if term.code}


def judge(folder: Path) -> list[tuple[str, str, str]]:
    """Severity, place and message of everything that is more than information."""
    known = code_systems(folder.with_name(f"{folder.name} code systems"), folder)
    command: list[str | Path] = [SHARED / "peers" / "fhir-oracle" / "run", "--ig", known, folder]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
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


def origin(study: Study, *files: SourceFile) -> Origin:
    return Origin(study, files, datetime(2024, 6, 1, tzinfo=UTC))


def held(found: list[tuple[str, str, str]]) -> None:
    assert [f for f in found if f[0] != "warning"] == []
    assert [f for f in found if not f[2].startswith(ARGUED)] == []


def test_records_with_every_oddity(tmp_path: Path) -> None:
    output = build_fhir(everything(), STUDY, mappings.FHIR)
    write_fhir(output, tmp_path, origin(STUDY, SourceFile("vital_sign.csv", None, "ab12", 20, "utf-8")))
    held(judge(tmp_path))


def test_the_whole_demonstration_study(tmp_path: Path) -> None:
    source = ROOT / "mappings" / "studies" / "demo" / "source"
    records = read("demo", source)
    output = build_fhir(records, load_study("demo"), mappings.FHIR)
    write_fhir(output, tmp_path, origin(load_study("demo"), *records.files))
    held(judge(tmp_path))


def test_subjects_of_the_reference_trial(tmp_path: Path) -> None:
    """Simulated, untidy as it comes: of each cohort, and of those without, who got furthest and least far."""
    trial = load_study("glofit-cart")
    simulate(trial, subjects=30, seed=7, formats=("csv",), out=tmp_path / "sim")
    whole = read("glofit-cart", tmp_path / "sim" / "csv")
    output = build_fhir(whole, trial, mappings.FHIR)
    assert {kind for kind, items in output.resources.items() if items} == KINDS
    plans = output.resources["CarePlan"]
    done = {p["subject"]["reference"]: _completed(p) for p in plans}
    arms = {s["individual"]["reference"]: s.get("assignedArm") for s in output.resources["ResearchSubject"]}
    cohorts = [sorted((n, s) for s, n in done.items() if arms[s] == arm) for arm in set(arms.values())]
    chosen = {subject for cohort in cohorts for _, subject in (cohort[0], cohort[-1])}
    assert (len(cohorts), len(chosen)) == (3, 6)
    kept = {
        kind: [i for i in items if subject_of(i) is None or f"Patient/{subject_of(i)}" in chosen]
        for kind, items in output.resources.items()
    }
    write_fhir(replace(output, resources=kept), tmp_path / "fhir", origin(trial, *whole.files))
    held(judge(tmp_path / "fhir"))


def _completed(plan: dict[str, Any]) -> int:
    return sum(a["detail"]["status"] == "completed" for a in plan.get("activity", ()))


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


def test_the_loinc_codes_are_those_of_hl7s_value_set(tmp_path: Path) -> None:
    """Without the NCIt coding beside it the validator can hold a LOINC code against the value set."""
    vital = [
        o
        for o in build_fhir(everything(), STUDY, mappings.FHIR).resources["Observation"]
        if "profile" in o["meta"]
    ]
    for item in vital:
        coded = [item, *item.get("component", ())]
        loinc = {id(c): [k for k in c["code"]["coding"] if k["system"] == LOINC] for c in coded}
        bare = [{**c, "code": {"coding": loinc[id(c)]}} for c in coded]
        whole = bare[0] | ({"component": bare[1:]} if bare[1:] else {})
        (tmp_path / f"{item['id']}.json").write_text(to_json(whole), encoding="utf-8")
    assert {o["code"]["coding"][0]["code"] for o in vital} >= {v.code for v in VITALS.values()}
    assert judge(tmp_path) == []


def test_every_ucum_code_is_one(tmp_path: Path) -> None:
    rows: list[Row] = [{**DOSE, "dose_unit": unit} for unit in UCUM_OF]
    found = made(MEDICATION_ADMINISTRATION, administration=rows)
    assert {i["dosage"]["dose"]["code"] for i in found.items} == set(UCUM_OF.values())
    text = "".join(f"{to_json(item)}\n" for item in found.items)
    (tmp_path / "MedicationAdministration.ndjson").write_text(text, encoding="utf-8")
    held(judge(tmp_path))


def spoilt(resource: dict[str, Any]) -> dict[str, Any]:
    """Something that is wrong in each resource type."""
    wrong: dict[str, dict[str, Any]] = {
        "Patient": {"gender": "F"},
        "Observation": {"status": "done"},
        "MedicationAdministration": {"dosage": {"route": {"text": "ORAL"}}},
        "ResearchSubject": {"period": {"start": "2024-02-01", "end": "2024-01-01"}},
        "CarePlan": {"intent": None},
        "ResearchStudy": {"status": "finished"},
        "AdverseEvent": {"outcome": {"coding": [{"system": NCIT, "code": "C49498"}]}},
        "BodyStructure": {"patient": None},
        "Condition": {"subject": None},
        "Consent": {"policyRule": None},
        "DiagnosticReport": {"status": "done"},
        "Encounter": {"class": None},
        "MedicationStatement": {"status": "taken"},
        "Procedure": {"status": "done"},
        "Specimen": {"type": "BLOOD"},
        "Provenance": {"recorded": "2024"},
    }
    changed = resource | wrong[resource["resourceType"]]
    return {k: v for k, v in changed.items() if v is not None}


def test_the_judge_sees_what_is_wrong(tmp_path: Path) -> None:
    output = build_fhir(everything(), STUDY, mappings.FHIR)
    write_fhir(output, tmp_path / "right", origin(STUDY))
    (tmp_path / "wrong").mkdir()
    kinds = {*output.resources, "Provenance"}
    for kind in kinds:
        line = (tmp_path / "right" / f"{kind}.ndjson").read_text(encoding="utf-8").splitlines()[0]
        (tmp_path / "wrong" / f"{kind}.json").write_text(
            json.dumps(spoilt(json.loads(line))), encoding="utf-8"
        )
    errors = {Path(place).stem for severity, place, _ in judge(tmp_path / "wrong") if severity == "error"}
    assert errors == kinds
