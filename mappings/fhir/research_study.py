"""ResearchStudy: one, from study.yaml: title, phase, status, condition, treatments as focus, arms."""

from __future__ import annotations

import polars as pl
from polars import col, lit

from interop.fhir.codes import PHASES, STUDY_PHASE
from interop.fhir.datatypes import fixed, identifier
from interop.fhir.medication import medication
from interop.fhir.resource import Element, Resource, Resources, make
from interop.fhir.rows import ID, Rows, resource_id
from interop.lineage import SRC
from interop.records import Records
from interop.study import Study

KIND = "ResearchStudy"


def build(records: Records, study: Study) -> Resources:  # noqa: ARG001 - every page has this signature
    facts = {SRC: "study.yaml", ID: study_id(study), "study": study.id}
    rows = Rows(pl.DataFrame(facts, schema=dict.fromkeys(facts, pl.String)), {ID: ("study",)})
    phase = PHASES.get(study.phase.upper())
    coded = {"coding": [{"system": STUDY_PHASE, "code": phase[0], "display": phase[1]}]} if phase else {}
    elements = (
        *identifier("identifier[0]", study, "STUDYID", col("study")),
        Element("title", lit(study.title)),
        Element("status", lit(study.status)),
        fixed("phase", {**coded, "text": study.phase} if study.phase else None),
        fixed("focus", [medication(study)(t.name) for t in study.treatments]),
        fixed("condition", [{"text": study.condition}] if study.condition else []),
        Element("description", lit(study.description or None)),
        fixed("arm", [{"name": arm.label, "description": f"ARMCD {arm.code}"} for arm in study.arms]),
    )
    return make(KIND, rows, elements)


def study_id(study: Study) -> str:
    return resource_id(study, KIND)


RESEARCH_STUDY = Resource(KIND, build)
