"""Observation: one per survival follow-up contact: whether the subject was alive, and how that is known."""

from __future__ import annotations

from polars import col, lit

from interop.fhir import observation as obs
from interop.fhir.codes import NCIT
from interop.fhir.datatypes import concept, fixed, local_times, uncoded
from interop.fhir.resource import Element, Resource, Resources, make
from interop.fhir.rows import of_record
from interop.records import Records
from interop.study import Study

KIND = "Observation"
KEY = ("usubjid", "date", "visit", "source")
STATUS = ("C124304",)
# CDISC CT, SSTESTCD SURVSTAT
CODE = {"coding": [{"system": NCIT, "code": "C25717", "display": "Vital Status"}], "text": "Survival status"}


def build(records: Records, study: Study) -> Resources:
    rows, lost = of_record(records, study, "survival_followup", KIND)
    rows = rows.identified(study, KIND, KEY, "survival_followup")
    elements = (
        *obs.common(study, lit("final")),
        fixed("code", CODE),
        Element("valueCodeableConcept", col("status"), concept(STATUS)),
        Element("method.text", col("source")),
    )
    found = (
        lost,
        uncoded(rows, "status", STATUS, KIND, "valueCodeableConcept"),
        local_times(rows, ["date"], KIND, "effectiveDateTime"),
    )
    return make(KIND, rows, elements, found, of="survival_followup")


OBSERVATION_SURVIVAL = Resource(KIND, build)
