"""Observation: one per answer to an eligibility criterion: whether the subject meets it, in the words of the
study definition."""

from __future__ import annotations

from polars import col, lit

from interop.fhir import observation as obs
from interop.fhir.datatypes import date_time, fixed, local_times, visit_reference
from interop.fhir.medication import study_extension
from interop.fhir.resource import Element, Json, Resource, Resources, make
from interop.fhir.rows import of_record, system_of
from interop.records import Records
from interop.study import Study

KIND = "Observation"
KEY = ("usubjid", "criterion", "collected", "visit")


def build(records: Records, study: Study) -> Resources:
    rows, lost = of_record(records, study, "eligibility", KIND)
    rows = rows.identified(study, KIND, KEY, "eligibility")
    system = system_of(study, "eligibility criterion")
    words = {c.code: c.text for c in study.eligibility}

    def code(criterion: str) -> Json:
        return {"coding": [{"system": system, "code": criterion}], "text": words.get(criterion, criterion)}

    elements = (
        fixed("extension[0]", study_extension(study)),
        Element("status", lit("final")),
        fixed("category[0]", obs.SURVEY),
        Element("code", col("criterion"), code),
        Element("subject.reference", col("_patient")),
        *visit_reference("encounter"),
        *date_time("effectiveDateTime", col("collected")),
        Element("valueBoolean", col("met"), lambda met: met == "Y"),
    )
    return make(
        KIND,
        rows,
        elements,
        (lost, local_times(rows, ["collected"], KIND, "effectiveDateTime")),
        of="eligibility",
    )


OBSERVATION_ELIGIBILITY = Resource(KIND, build)
