"""Observation: one per ECOG performance status: the grade as an integer, what it means as interpretation (as
mCODE has it), and NCIt's code of CDISC's test ECOG101."""

from __future__ import annotations

from polars import col, lit, when

from interop.fhir import observation as obs
from interop.fhir.codes import ECOG, LOINC, NCIT
from interop.fhir.datatypes import (
    absent_reason,
    concept,
    evaluator,
    fixed,
    local_times,
    uncoded,
)
from interop.fhir.resource import Element, Resource, Resources, make
from interop.fhir.rows import of_record
from interop.records import Records
from interop.study import Study

KIND = "Observation"
KEY = ("usubjid", "date", "visit", "evaluator", "evaluator_id")
GRADE = ("C179944",)
CODE = {
    "coding": [
        {"system": LOINC, "code": ECOG[0], "display": ECOG[1]},
        {"system": NCIT, "code": "C102408", "display": "ECOG - Performance Status"},  # CDISC CT, ECOG101
    ],
    "text": ECOG[1],
}


def build(records: Records, study: Study) -> Resources:
    rows, lost = of_record(records, study, "performance_status", KIND)
    rows = rows.identified(study, KIND, KEY, "performance_status")
    graded = col("grade").str.contains("^[0-5]$")
    without = when(col("grade").is_null())
    why = when(col("status") == obs.NOT_DONE).then(lit("not-performed")).otherwise(lit("unknown"))
    elements = (
        *obs.common(study, obs.done()),
        fixed("category[0]", obs.SURVEY),
        fixed("code", CODE),
        *evaluator("performer[0]"),
        Element("valueInteger", when(graded).then(col("grade")), int),
        Element("valueString", when(~graded).then(col("grade"))),
        *absent_reason("dataAbsentReason", without.then(why), without.then(col("reason_not_done"))),
        Element("interpretation[0]", when(graded).then(col("grade")), concept(GRADE)),
    )
    found = (
        lost,
        uncoded(rows, "grade", GRADE, KIND, "interpretation"),
        local_times(rows, ["date"], KIND, "effectiveDateTime"),
    )
    return make(KIND, rows, elements, found, of="performance_status")


OBSERVATION_PERFORMANCE_STATUS = Resource(KIND, build)
