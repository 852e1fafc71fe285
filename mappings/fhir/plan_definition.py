"""PlanDefinition: one, from study.yaml: its schedule by epoch, cohort and element, conditions in words.

What is given or done is a contained ActivityDefinition that the actions name. A study without a schedule has
no PlanDefinition.
"""

from __future__ import annotations

import re

import polars as pl
from polars import col, lit

from interop.fhir.datatypes import fixed, identifier
from interop.fhir.plan import plan_actions, plan_definitions
from interop.fhir.resource import Element, Resource, Resources, make
from interop.fhir.rows import ID, Rows, resource_id
from interop.lineage import SRC
from interop.records import Records
from interop.study import Study

KIND = "PlanDefinition"
PLAN_TYPE = (
    "http://terminology.hl7.org/CodeSystem/plan-definition-type"  # HL7 R4 ValueSet plan-definition-type
)


def build(records: Records, study: Study) -> Resources:  # noqa: ARG001 - every page has this signature
    facts = {SRC: "study.yaml#activities", ID: plan_id(study), "study": study.id}
    frame = pl.DataFrame(facts, schema=dict.fromkeys(facts, pl.String))
    rows = Rows(frame if study.activities else frame.clear(), {ID: ("study",)})
    protocol = {"system": PLAN_TYPE, "code": "clinical-protocol", "display": "Clinical Protocol"}
    elements = (
        fixed("contained", plan_definitions(study)),
        *identifier("identifier[0]", study, "STUDYID", col("study")),
        Element("name", lit(computer_name(study))),
        Element("title", lit(f"Schedule of study {study.id}")),
        fixed("type", {"coding": [protocol]}),
        Element("status", lit("active")),
        Element("description", lit(study.description or None)),
        fixed("action", plan_actions(study)),
    )
    return make(KIND, rows, elements)


def plan_id(study: Study) -> str:
    return resource_id(study, KIND)


def computer_name(study: Study) -> str:
    """A name that starts with a capital and has letters, digits and _ only (FHIR R4, pdf-0)."""
    return "Schedule_" + re.sub(r"[^A-Za-z0-9]+", "_", study.id)


PLAN_DEFINITION = Resource(KIND, build)
