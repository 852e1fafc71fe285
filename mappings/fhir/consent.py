"""Consent: one per consent record: that the subject agreed to take part, to what, and when. Its form is
nowhere in the records, so the policy is named in words.
"""

from __future__ import annotations

from polars import col, lit

from interop.fhir.codes import CONSENT_CATEGORY, CONSENT_SCOPE
from interop.fhir.datatypes import date_time, fixed, local_times
from interop.fhir.medication import study_extension
from interop.fhir.resource import Element, Resource, Resources, make
from interop.fhir.rows import of_record
from interop.records import Records
from interop.study import Study

KIND = "Consent"
KEY = ("usubjid", "type", "version", "date")


def build(records: Records, study: Study) -> Resources:
    rows, lost = of_record(records, study, "consent", KIND)
    rows = rows.identified(study, KIND, KEY)
    elements = (
        fixed("extension[0]", study_extension(study)),
        fixed("status", "active"),
        fixed("scope", {"coding": [CONSENT_SCOPE]}),
        fixed("category[0].coding[0]", CONSENT_CATEGORY),
        Element("category[0].text", col("type")),
        Element("patient.reference", col("_patient")),
        *date_time("dateTime", col("date")),
        Element(
            "policyRule.text",
            lit(f"Informed consent to take part in study {study.id}")
            + (lit(", version ") + col("version")).fill_null(""),
        ),
    )
    return make(KIND, rows, elements, (lost, local_times(rows, ["date"], KIND, "dateTime")))


CONSENT = Resource(KIND, build)
