"""Records and a study for the FHIR tests: small, written here; what a test changes is said in the test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

import mappings
from interop import issues
from interop.fhir import FhirOutput, Resource, Resources, build_fhir
from interop.records import RECORDS, Records, columns
from interop.study import Arm, Coding, Study, Treatment, Visit
from tests.fhir import oncology

STUDY = Study(
    id="AB1",
    title="A study",
    usubjid="AB1-{site}-{subject}",
    folder=Path(),
    condition="A disease",
    status="active",
    phase="PHASE II TRIAL",
    arms=(Arm("A", "Arm A", {"XELTUMAB": None}), Arm("P", "Placebo", {"PLACEBO": None})),
    visits=(
        Visit("SCREENING", 1, -7, "SCREENING"),
        Visit("BASELINE", 2, 1, "TREATMENT"),
        Visit("WEEK 3", 3, 22, "TREATMENT"),
        Visit("UNSCHEDULED", 3.1),
    ),
    treatments=(
        Treatment("XELTUMAB", (Coding("urn:example:drugs", "X1", "Xeltumab"),)),
        Treatment("PLACEBO"),
    ),
)
Row = Mapping[str, str | None]

SUBJECT = {"subject": "01", "site": "7", "sex": "F", "age": "61", "age_unit": "YEARS"}
DOSE = {
    "subject": "01",
    "site": "7",
    "treatment": "XELTUMAB",
    "status": "completed",
    "dose": "200.0",
    "dose_unit": "mg",
    "route": "INTRAVENOUS",
    "start": "2024-01-10",
    "visit": "BASELINE",
}
VITAL = {"subject": "01", "site": "7", "test": "TEMP", "result": "37.0", "unit": "C", "date": "2024-01-10"}
PRESSURE = {**VITAL, "test": "SYSBP", "result": "120", "unit": "mmHg"}
RESPONSE = {"subject": "01", "site": "7", "test": "OVRLRESP", "result": "CR", "date": "2024-03-01"}
END = {
    "subject": "01",
    "site": "7",
    "term": "Completed",
    "standard_term": "COMPLETED",
    "category": "DISPOSITION EVENT",
    "date": "2024-06-30",
}


def records(**tables: list[Row]) -> Records:
    """Records of these rows: `administration=[DOSE, {**DOSE, "visit": "WEEK 3"}]`; `_src` counts from 2."""
    made = {name: table(name, rows) for name, rows in tables.items()}
    assert set(made) <= set(RECORDS)
    return Records(made, issues.none(), pl.DataFrame())


def table(name: str, rows: list[Row]) -> pl.DataFrame:
    whole = [
        {"study": STUDY.id, "usubjid": f"AB1-{r['site']}-{r['subject']}", "_src": f"{name}.csv#{n}", **r}
        for n, r in enumerate(rows, 2)
    ]
    extra = sorted({c for r in whole for c in r} - set(columns(name)))
    return pl.DataFrame(whole, schema=dict.fromkeys([*columns(name), *extra], pl.String))


def made(page: Resource, study: Study = STUDY, **tables: list[Row]) -> Resources:
    return page.build(records(**tables), study)


def one(page: Resource, study: Study = STUDY, **tables: list[Row]) -> dict[str, Any]:
    items = made(page, study, **tables).items
    assert len(items) == 1
    return items[0]


def build(found: Records, study: Study = STUDY) -> FhirOutput:
    return build_fhir(found, study, mappings.FHIR)


def rules(found: pl.DataFrame) -> list[tuple[str, str, str]]:
    return list(found.select("severity", "rule", "variable").iter_rows())


def everything() -> Records:
    """Two subjects with everything that makes a resource unlike its neighbours: for whole-output tests."""
    other = {"subject": "02", "site": "7"}
    own: dict[str, list[Row]] = {
        "subject": [SUBJECT, {**other, "sex": "INTERSEX", "arm": "P", "randomised": "2024-01-09"}],
        "consent": [{**other, "date": "2023-12-30"}],
        "visit": [{**SUBJECT_ID, "visit": "SCREENING", "date": "2024-01-03"}],
        "administration": [
            {**DOSE, "end": "2024-01-31", "frequency": "Q3W", "dose_form": "INJECTION", "location": "ARM"},
            {
                **DOSE,
                "start": "2024-02",
                "visit": "WEEK 3",
                "lot": "L-7",
                "identifier": "E 2",
                "dose": "0.50",
            },
            {**DOSE, "start": "2024-02-20T09:30", "end": "2024-02-20T10", "comment": 'in "two" parts'},
            {**DOSE, "status": "not-done", "start": None, "dose": None, "reason_not_done": "ill"},
            {**DOSE, "status": "stopped", "start": "2024-04-02", "end": "2024-04-01", "dose_unit": "VIAL"},
            {**DOSE, "status": None, "start": None, "end": "2024-05", "route": "BY CANNON", "dose": None},
            {**DOSE, **other, "treatment": "PLACEBO", "dose": None, "route": None},
        ],
        "vital_sign": [
            *({**VITAL, "test": t, "result": r, "unit": u} for t, r, u in MEASURED),
            {**VITAL, "date": "2024-01"},
            {**VITAL, "date": None},
            {**VITAL, "date": "2024-01-11T08:05:30", "result": "098.60", "unit": "F", "location": "EAR"},
            {**VITAL, "result": None, "unit": None, "status": "NOT DONE", "reason_not_done": "no device"},
            {**VITAL, "test": "WEIGHT", "result": "11.5", "unit": "STONE"},
            {**VITAL, "test": "PULSE", "result": "<40", "unit": "beats/min"},
            {**VITAL, "test": "PULSE", "result": "weak", "unit": None},
            {**VITAL, "test": "GRIP", "result": "12", "unit": "kg"},
            {**PRESSURE, "position": "SUPINE", "timepoint": "BEFORE", "timepoint_number": "1"},
            {
                **PRESSURE,
                "position": "SUPINE",
                "timepoint": "BEFORE",
                "timepoint_number": "1",
                "test": "DIABP",
            },
            {**PRESSURE, "laterality": "LEFT", "location": "ARM", "elapsed": "-PT15M"},
            {**PRESSURE, "test": "DIABP", "result": None, "status": "NOT DONE", "visit": "WEEK 3"},
            {**PRESSURE, **other, "unit": "Pa"},
        ],
        "response_assessment": [
            {
                **RESPONSE,
                "criteria": "LUGANO CLASSIFICATION",
                "method": "PET/CT SCAN",
                "evaluator": "INVESTIGATOR",
            },
            {**RESPONSE, "result": None, "status": "NOT DONE", "reason_not_done": "no scan", "accepted": "N"},
            {
                **RESPONSE,
                "test": "NEWLIND",
                "result": "N",
                "evaluator_id": "R 1",
                "link_group": "1",
                "accepted": "Y",
            },
            {**RESPONSE, "result": "rather good", "identifier": "7", "date": None},
        ],
        "disposition": [END],
        "death": [{**other, "date": "2024-12"}],
        "adverse_event": [
            {"subject": "03", "site": "7", "term": "a subject of whom there is no subject record"}
        ],
    }
    return records(
        **{name: [*own.get(name, ()), *oncology.TABLES.get(name, ())] for name in (*own, *oncology.TABLES)}
    )


SUBJECT_ID = {"subject": "01", "site": "7"}
MEASURED = (
    ("TEMP", "37.0", "C"),
    ("TEMP", "98.60", "F"),
    ("WEIGHT", "70.10", "kg"),
    ("WEIGHT", "154", "LB"),
    ("HEIGHT", "170", "cm"),
    ("HEIGHT", "66.9", "in"),
    ("PULSE", "72", "beats/min"),
    ("HR", "72", "beats/min"),
    ("RESP", "16", "breaths/min"),
    ("BMI", "24.2", "kg/m2"),
    ("OXYSAT", "98", "%"),
    ("HDCIRC", "56", "cm"),
    ("MAP", "93", "mmHg"),
    ("BSA", "1.80", "m2"),
)


def literal_references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, below in value.items():
            if key == "reference":
                yield below
            else:
                yield from literal_references(below)
    elif isinstance(value, list):
        for below in value:
            yield from literal_references(below)
