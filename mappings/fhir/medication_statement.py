"""MedicationStatement: one per medication or therapy that is not of the study: concomitant, prior (a line of
therapy), subsequent. `category` says which; what a record has of its own is a note."""

from __future__ import annotations

import polars as pl
from polars import col, lit, when

from interop.fhir.codes import SNOMED_ROUTES
from interop.fhir.datatypes import (
    backwards_found,
    concept,
    date_time,
    fixed,
    identifier,
    local_times,
    own_coding,
    quantity,
    uncoded,
    unknown_units,
    visit_reference,
    when_done,
)
from interop.fhir.medication import study_extension
from interop.fhir.resource import Element, Resource, Resources, make
from interop.fhir.rows import Rows, of_record
from interop.fhir.ucum import ucum
from interop.records import Records
from interop.study import Study

KIND = "MedicationStatement"
ROUTE, UNIT = ("C66729",), ("C71620",)


def build(records: Records, study: Study) -> Resources:
    return Resources.concat(
        [_concomitant(records, study), _prior(records, study), _subsequent(records, study)]
    )


def _concomitant(records: Records, study: Study) -> Resources:
    rows, lost = of_record(records, study, "concomitant_medication", KIND)
    rows = rows.identified(study, KIND, ("usubjid", "identifier", "name", "start", "visit"), "concomitant")
    rows = rows.look_up("_ucum", "dose_unit", lambda u: ucum(u, UNIT))
    phrase = pl.concat_str(
        pl.coalesce("dose_text", "dose"), "dose_unit", "dose_form", "frequency", "route", separator=" ",
        ignore_nulls=True,
    ).replace("", None)  # fmt: skip
    elements = (
        *_common(study, rows, "Concomitant medication", "name"),
        *visit_reference("context"),
        *when_done("effective", col("start"), col("end")),
        *date_time("dateAsserted", col("collected")),
        Element("reasonCode[0].text", col("indication")),
        Element("note[0].text", pl.format("Class: {}", col("class"))),
        Element("note[1].text", pl.format("Category: {}", col("category"))),
        Element("dosage[0].text", phrase),
        Element("dosage[0].route", col("route"), concept(ROUTE, SNOMED_ROUTES)),
        *quantity("dosage[0].doseAndRate[0].doseQuantity", col("dose"), col("dose_unit"), col("_ucum")),
    )
    found = (
        lost,
        uncoded(rows, "route", ROUTE, KIND, "dosage.route"),
        unknown_units(rows, "dose_unit", "_ucum", KIND, "dosage.doseAndRate.doseQuantity.code"),
        *_said(rows, "collected"),
    )
    return make(KIND, rows, elements, found, of="concomitant_medication")


def _prior(records: Records, study: Study) -> Resources:
    rows, lost = of_record(records, study, "prior_therapy", KIND)
    rows = rows.identified(study, KIND, ("usubjid", "identifier", "line", "regimen", "start"), "prior")
    elements = (
        *_common(study, rows, "Prior therapy", "regimen"),
        *when_done("effective", col("start"), col("end")),
        *date_time("dateAsserted", col("collected")),
        Element("note[0].text", pl.format("Line {}", col("line"))),
        Element("note[1].text", pl.format("Kind: {}", col("category"))),
        Element("note[2].text", pl.format("Best response: {}", col("best_response"))),
    )
    return make(KIND, rows, elements, (lost, *_said(rows, "collected")), of="prior_therapy")


def _subsequent(records: Records, study: Study) -> Resources:
    rows, lost = of_record(records, study, "subsequent_therapy", KIND)
    rows = rows.identified(study, KIND, ("usubjid", "identifier", "name", "start"), "subsequent")
    elements = (
        *_common(study, rows, "Subsequent therapy", "name"),
        *when_done("effective", col("start"), col("end")),
        Element("reasonCode[0].text", col("indication")),
        Element("note[0].text", pl.format("Kind: {}", col("category"))),
    )
    return make(KIND, rows, elements, (lost, *_said(rows)), of="subsequent_therapy")


def _common(study: Study, rows: Rows, kind: str, name: str) -> tuple[Element, ...]:
    ongoing = col("ongoing") if "ongoing" in rows.frame.columns else lit("N")  # a prior line is over
    status = (
        when(ongoing == "Y")
        .then(lit("active"))
        .when(col("end").is_not_null() | (ongoing == "N"))
        .then(lit("completed"))
        .otherwise(lit("unknown"))
    )
    return (
        fixed("extension[0]", study_extension(study)),
        *identifier("identifier[0]", study, kind.lower(), col("identifier")),
        Element("status", status),
        fixed("category.text", kind),
        *own_coding("medicationCodeableConcept.coding[0]", study, "dictionary name", col("standard_name")),
        Element("medicationCodeableConcept.text", col(name)),
        Element("subject.reference", col("_patient")),
    )


def _said(rows: Rows, *others: str) -> tuple[pl.DataFrame, ...]:
    return (
        backwards_found(rows, "start", "end", KIND, "effectivePeriod.end"),
        local_times(rows, ["start", "end", *others], KIND, "effective[x]"),
    )


MEDICATION_STATEMENT = Resource(KIND, build)
