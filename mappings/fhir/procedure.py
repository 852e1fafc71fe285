"""Procedure: one per procedure record, and one per imaging record, done or not.

Imaging is a Procedure and not an ImagingStudy: the records tell of the examination, not of series and images,
and only a Procedure says why one was not done.
"""

from __future__ import annotations

import polars as pl
from polars import col, lit, when

from interop.fhir.codes import DIAGNOSTIC, SNOMED
from interop.fhir.datatypes import (
    backwards_found,
    coded,
    coding,
    concept,
    date_time,
    fixed,
    identifier,
    local_times,
    uncoded,
    visit_reference,
    when_done,
)
from interop.fhir.medication import study_extension
from interop.fhir.procedures import KIND, imaging, procedures
from interop.fhir.resource import Element, Json, Resource, Resources, make
from interop.records import Records
from interop.study import Study

NAME, LOCATION, METHOD = ("C101858",), ("C74456",), ("C85492",)


def build(records: Records, study: Study) -> Resources:
    return Resources.concat([_procedures(records, study), _imaging(records, study)])


def _procedures(records: Records, study: Study) -> Resources:
    rows, lost = procedures(records, study)
    rows = rows.derive(_coded=pl.coalesce("standard_name", "name"))
    elements = (
        *_common(study, "procedure"),
        Element("status", col("status").fill_null("unknown")),
        Element("statusReason.text", col("reason_not_done")),
        Element("category.text", col("category")),
        Element("code.coding[0]", col("_coded"), coding(NAME)),
        Element("code.text", col("name")),
        Element("subject.reference", col("_patient")),
        *visit_reference("encounter"),
        *when_done("performed", col("start"), col("end")),
        Element("reasonCode[0].text", col("indication")),
        Element("bodySite[0].coding[0]", col("location"), coding(LOCATION)),
        Element(
            "bodySite[0].text",
            pl.concat_str("location", "laterality", separator=", ", ignore_nulls=True).replace("", None),
        ),
        Element("note[0].text", col("comment")),
    )
    found = (
        lost,
        uncoded(rows, "_coded", NAME, KIND, "code"),
        uncoded(rows, "location", LOCATION, KIND, "bodySite"),
        backwards_found(rows, "start", "end", KIND, "performedPeriod.end"),
        local_times(rows, ["start", "end"], KIND, "performed[x]"),
    )
    return make(KIND, rows, elements, found, of="procedure")


def _imaging(records: Records, study: Study) -> Resources:
    rows, lost = imaging(records, study)
    done = when(col("status").is_null())
    elements = (
        *_common(study, "imaging"),
        Element("status", done.then(lit("completed")).otherwise(lit("not-done"))),
        Element("statusReason.text", col("reason_not_done")),
        fixed("category.coding[0]", {"system": SNOMED, "code": DIAGNOSTIC}),
        fixed("category.text", "Imaging"),
        Element("code", col("modality"), _modality),
        Element("subject.reference", col("_patient")),
        *visit_reference("encounter"),
        *date_time("performedDateTime", col("date")),
        coded("bodySite[0]", col("location"), LOCATION),
    )
    found = (lost, local_times(rows, ["date"], KIND, "performedDateTime"))
    return make(KIND, rows, elements, found, of="imaging")


def _modality(name: str) -> Json:
    """PET-CT and CT have no term of this spelling: the method of CDISC (PET/CT SCAN, CT SCAN) tells the
    code."""
    spelt = concept(METHOD)(f"{name.replace('-', '/')} SCAN")
    return {**(spelt if "coding" in spelt else concept(METHOD)(name)), "text": name}


def _common(study: Study, name: str) -> tuple[Element, ...]:
    return (
        fixed("extension[0]", study_extension(study)),
        *identifier("identifier[0]", study, name, col("identifier")),
    )


PROCEDURE = Resource(KIND, build)
