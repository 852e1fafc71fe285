"""Condition: the disease under study (one per diagnosis record) and what else the subject has or had (one per
medical history record).

What R4 has no element for is a note: histology and the latest relapse of a diagnosis.
"""

from __future__ import annotations

import polars as pl
from polars import col, lit, when

from interop.fhir.codes import CONDITION_CLINICAL
from interop.fhir.datatypes import (
    backwards,
    backwards_found,
    coded,
    date_time,
    dictionary,
    fixed,
    identifier,
    local_times,
    own_coding,
    uncoded,
    visit_reference,
)
from interop.fhir.resource import Element, Json, Resource, Resources, make
from interop.fhir.rows import of_record
from interop.records import Records
from interop.study import Study

KIND = "Condition"
DIAGNOSIS = ("usubjid", "identifier", "term", "date")
HISTORY = ("usubjid", "identifier", "term", "start", "visit")
SEVERITY = ("C66769",)


def build(records: Records, study: Study) -> Resources:
    return Resources.concat([_diagnoses(records, study), _history(records, study)])


def _diagnoses(records: Records, study: Study) -> Resources:
    rows, lost = of_record(records, study, "diagnosis", KIND)
    rows = rows.identified(study, KIND, DIAGNOSIS, "diagnosis")
    said = col("status").str.to_lowercase()
    relapsed = said.str.starts_with("relapse") & ~said.str.contains("refractory", literal=True)
    elements = (
        *identifier("identifier[0]", study, "diagnosis", col("identifier")),
        Element("clinicalStatus.coding[0]", _clinical(relapsed, "relapse", "active"), _status),
        Element("clinicalStatus.text", col("status")),
        fixed("category[0].text", "Disease under study"),
        *own_coding("code.coding[0]", study, "dictionary term", col("preferred_term")),
        Element("code.text", col("term")),
        Element("subject.reference", col("_patient")),
        *date_time("onsetDateTime", col("date")),
        *date_time("recordedDate", col("collected")),
        Element("stage[0].summary.text", col("stage")),
        Element("note[0].text", pl.format("Histology: {}", col("histology"))),
        Element("note[1].text", pl.format("Latest relapse or progression: {}", col("relapse"))),
    )
    return make(
        KIND,
        rows,
        elements,
        (lost, local_times(rows, ["date", "collected"], KIND, "onsetDateTime")),
        of="diagnosis",
    )


def _history(records: Records, study: Study) -> Resources:
    rows, lost = of_record(records, study, "medical_history", KIND)
    rows = rows.identified(study, KIND, HISTORY, "medical_history")
    over = col("end").is_not_null() | (col("ongoing") == "N")
    active = when(over).then(lit("resolved")).when(col("ongoing") == "Y").then(lit("active"))
    elements = (
        *identifier("identifier[0]", study, "medical history", col("identifier")),
        Element("clinicalStatus.coding[0]", active, _status),
        Element("category[0].text", col("category").fill_null("Medical history")),
        coded("severity", col("severity"), SEVERITY),
        *dictionary("code", study),
        Element("subject.reference", col("_patient")),
        *visit_reference("encounter"),
        *date_time("onsetDateTime", col("start")),
        *date_time("abatementDateTime", when(~backwards(col("start"), col("end"))).then(col("end"))),
        *date_time("recordedDate", col("collected")),
    )
    found = (
        lost,
        uncoded(rows, "severity", SEVERITY, KIND, "severity"),
        backwards_found(rows, "start", "end", KIND, "abatementDateTime"),
        local_times(rows, ["start", "end", "collected"], KIND, "onsetDateTime"),
    )
    return make(KIND, rows, elements, found, of="medical_history")


def _clinical(which: pl.Expr, yes: str, no: str) -> pl.Expr:
    return when(which).then(lit(yes)).otherwise(lit(no))


def _status(code: str) -> Json:
    return {"system": CONDITION_CLINICAL, "code": code, "display": code.capitalize()}


CONDITION = Resource(KIND, build)
