"""Observation: one per result of a response assessment: what was assessed and its result as NCIt codes of
CDISC terms, the response criteria as method, who judged as performer, and how, and whether accepted, as
components. An assessment by one modality is part of that examination, where one of that day is known.
"""

from __future__ import annotations

import polars as pl
from polars import col, lit, when

from interop.fhir import observation as obs
from interop.fhir.datatypes import (
    absent_reason,
    concept,
    evaluator,
    identifier,
    local_times,
    preferred,
    uncoded,
)
from interop.fhir.procedures import PROCEDURE, with_imaging
from interop.fhir.resource import Element, Resource, Resources, make
from interop.fhir.rows import Rows, of_record
from interop.records import Records
from interop.study import Study

KIND = "Observation"
KEY = (
    "usubjid", "identifier", "test", "criteria", "date", "visit", "method", "evaluator", "evaluator_id",
    "link_group",
)  # fmt: skip
TEST, CRITERIA = ("C96782",), ("C124298",)
RESULT = ("C96785", "C66742")  # a response, or yes and no of an indicator (new lesion)
METHOD = ("C85492",)


def identified(records: Records, study: Study) -> tuple[Rows, pl.DataFrame]:
    """The assessments with their ids, for the reports that hold them; and what is said of the rest."""
    rows, lost = of_record(records, study, "response_assessment", KIND)
    return rows.identified(study, KIND, KEY, "response_assessment"), lost


def build(records: Records, study: Study) -> Resources:
    rows, lost = identified(records, study)
    rows = with_imaging(rows, records, study)
    without = col("result").is_null()
    why = when(col("status") == obs.NOT_DONE).then(lit("not-performed")).otherwise(lit("unknown"))
    how = when(col("method").is_not_null())
    accepted = when(col("accepted").is_not_null())
    elements = (
        *identifier("identifier[0]", study, "response assessment", col("identifier")),
        *identifier("identifier[1]", study, "link group", col("link_group")),
        *obs.common(study, obs.done()),
        Element("partOf[0].reference", col(PROCEDURE)),
        Element("code", col("test"), lambda test: {**concept(TEST)(test), "text": preferred(TEST)(test)}),
        *evaluator("performer[0]"),
        Element("valueCodeableConcept", col("result"), concept(RESULT)),
        *absent_reason(
            "dataAbsentReason", when(without).then(why), when(without).then(col("reason_not_done"))
        ),
        Element("note[0].text", col("comment")),
        Element("method", col("criteria"), concept(CRITERIA)),
        Element("component[0].code.text", how.then(lit("Method of assessment"))),
        Element("component[0].valueCodeableConcept", col("method"), concept(METHOD)),
        Element("component[1].code.text", accepted.then(lit("Accepted record"))),
        Element("component[1].valueBoolean", col("accepted"), lambda flag: flag == "Y"),
    )
    found = (
        lost,
        *(
            uncoded(rows, column, codelists, KIND, path)
            for column, codelists, path in (
                ("test", TEST, "code"),
                ("result", RESULT, "valueCodeableConcept"),
                ("criteria", CRITERIA, "method"),
                ("method", METHOD, "component.valueCodeableConcept"),
            )
        ),
        local_times(rows, ["date"], KIND, "effectiveDateTime"),
    )
    return make(KIND, rows, elements, found, of="response_assessment")


OBSERVATION_RESPONSE = Resource(KIND, build)
