"""Specimen: one per specimen that laboratory results were measured in (subject, specimen, date, visit), and
one per collected product or cell product whose yields were counted: of a product by its identifier, which the
infusion has too (MedicationAdministration), else by subject, product, date and procedure."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.fhir.datatypes import coded, date_time, identifier, uncoded
from interop.fhir.resource import Element, Resource, Resources, make
from interop.fhir.rows import ID, Rows
from interop.fhir.specimens import KIND, PRODUCT, SOURCES, specimens
from interop.lineage import Lineage, rows_of
from interop.records import Records
from interop.study import Study

TYPE = ("C78734",)


def build(records: Records, study: Study) -> Resources:
    return Resources.concat(_of(records, study, record) for record, _, _ in SOURCES)


def _of(records: Records, study: Study, record: str) -> Resources:
    every = specimens(records, study, record)
    first = every.frame.sort(ID, "_src").unique(ID, keep="first", maintain_order=True)
    rows = Rows(first.sort("usubjid", "date", "_kind", ID, nulls_last=True), every.made_from)
    elements = (
        *identifier("identifier[0]", study, "product", col(PRODUCT)),
        coded("type", col("_kind"), TYPE),
        Element("subject.reference", col("_patient")),
        *date_time("collection.collectedDateTime", col("date")),
    )
    made = make(KIND, rows, elements, (uncoded(rows, "_kind", TYPE, KIND, "type"),))
    frame = every.frame.select("_src", _row=pl.lit(f"{KIND}/") + col(ID))
    lineage = Lineage(rows_of(KIND, frame, "_row"), made.lineage.reads)
    return Resources(made.items, made.issues, lineage, made.references)


SPECIMEN = Resource(KIND, build)
