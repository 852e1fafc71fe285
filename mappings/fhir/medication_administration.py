"""MedicationAdministration: one per administration record, given or not.

Frequency, dose form and dose as one phrase are `dosage.text`, for R4 has no other place for them. With a lot
number or the identifier of a kit or cell product the medication is a contained Medication that has them; else
a concept.
"""

from __future__ import annotations

import polars as pl
from polars import col, lit, when

from interop.fhir.codes import SNOMED_ROUTES
from interop.fhir.datatypes import (
    absent,
    backwards_found,
    coding,
    concept,
    fixed,
    identifier,
    local_times,
    quantity,
    uncoded,
    unknown_units,
    visit_reference,
    when_done,
)
from interop.fhir.medication import medication, study_extension
from interop.fhir.resource import Element, Resource, Resources, make
from interop.fhir.rows import Rows, of_record
from interop.fhir.ucum import ucum
from interop.records import Records
from interop.study import Study

KIND = "MedicationAdministration"
KEY = ("usubjid", "identifier", "treatment", "start", "visit")
ROUTE, FORM, LOCATION, UNIT = ("C66729",), ("C66726",), ("C74456",), ("C71620",)


def identified(records: Records, study: Study) -> tuple[Rows, pl.DataFrame]:
    """The administrations with their ids, for all who refer to them; and what is said of the rest."""
    rows, lost = of_record(records, study, "administration", KIND)
    return rows.identified(study, KIND, KEY), lost


def build(records: Records, study: Study) -> Resources:
    rows, lost = identified(records, study)
    rows = rows.look_up("_ucum", "dose_unit", lambda u: ucum(u, UNIT))
    itself = pl.coalesce("lot", "product_id").is_not_null()
    dosed = pl.any_horizontal(
        col(c).is_not_null() for c in ("dose", "route", "location", "dose_form", "frequency")
    )
    undated = when(pl.coalesce("start", "end").is_null()).then(lit("unknown"))
    why_no_dose = when(col("status") == "not-done").then(lit("not-performed")).otherwise(lit("unknown"))
    phrase = pl.concat_str(
        "dose", "dose_unit", "dose_form", "frequency", "route", separator=" ", ignore_nulls=True
    )
    elements = (
        fixed("extension[0]", study_extension(study)),
        Element("contained[0].resourceType", when(itself).then(lit("Medication"))),
        Element("contained[0].id", when(itself).then(lit("medication"))),
        *identifier("contained[0].identifier[0]", study, "product", col("product_id")),
        Element("contained[0].code", when(itself).then(col("treatment")), medication(study)),
        Element("contained[0].form", when(itself).then(col("dose_form")), concept(FORM)),
        Element("contained[0].batch.lotNumber", col("lot")),
        *identifier("identifier[0]", study, "administration", col("identifier")),
        Element("status", col("status").fill_null("unknown")),
        Element("statusReason[0].text", col("reason_not_done")),
        Element("medicationReference.reference", when(itself).then(lit("#medication"))),
        Element("medicationCodeableConcept", when(~itself).then(col("treatment")), medication(study)),
        Element("subject.reference", col("_patient")),
        *visit_reference("context"),
        *when_done("effective", col("start"), col("end")),
        *absent("effectivePeriod", undated),
        Element("note[0].text", col("comment")),
        Element("dosage.text", when(dosed).then(phrase)),
        Element("dosage.site.coding[0]", col("location"), coding(LOCATION)),
        Element("dosage.site.text", col("location")),
        Element("dosage.route", col("route"), concept(ROUTE, SNOMED_ROUTES)),
        *quantity("dosage.dose", col("dose"), col("dose_unit"), col("_ucum")),
        *absent("dosage.dose", when(dosed & col("dose").is_null()).then(why_no_dose)),
    )
    found = (
        lost,
        uncoded(rows, "route", ROUTE, KIND, "dosage.route"),
        uncoded(rows, "location", LOCATION, KIND, "dosage.site"),
        unknown_units(rows, "dose_unit", "_ucum", KIND, "dosage.dose.code"),
        backwards_found(rows, "start", "end", KIND, "effectivePeriod.end"),
        local_times(rows, ["start", "end"], KIND, "effective[x]"),
    )
    return make(KIND, rows, elements, found)


MEDICATION_ADMINISTRATION = Resource(KIND, build)
