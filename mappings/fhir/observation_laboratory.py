"""Observation: one per laboratory result (circulating tumour DNA too), with its reference range, where it
stands to the range, and its specimen.

The test has its NCIt code; no LOINC code is guessed from a CDISC test.
"""

from __future__ import annotations

import polars as pl
from polars import col, when

from interop.fhir import observation as obs
from interop.fhir.codes import INTERPRETATION, INTERPRETATIONS
from interop.fhir.datatypes import (
    coded,
    concept,
    fixed,
    identifier,
    is_number,
    local_times,
    one_coding,
    preferred,
    quantity,
    uncoded,
    unknown_units,
)
from interop.fhir.resource import Element, Json, Resource, Resources, make
from interop.fhir.rows import Rows, of_record
from interop.fhir.specimens import SPECIMEN, with_specimen
from interop.records import Records
from interop.study import Study

KIND = "Observation"
KEY = ("usubjid", "identifier", "test", "category", "specimen", "method", "date", "visit")
TEST, METHOD, INDICATOR = ("C65047", "C67154"), ("C85492",), ("C78736",)


def identified(records: Records, study: Study) -> tuple[Rows, pl.DataFrame]:
    """The results with their ids, for all who refer to them; and what is said of the rest."""
    rows, lost = of_record(records, study, "laboratory_result", KIND)
    return rows.identified(study, KIND, KEY, "laboratory_result"), lost


def build(records: Records, study: Study) -> Resources:
    rows, lost = identified(records, study)
    rows = obs.units(with_specimen(rows, study, "laboratory_result"), codelists=obs.ANY_UNIT)
    measured = when(is_number(col("result")))
    unit, code = col("unit"), col("_ucum")
    elements = (
        *identifier("identifier[0]", study, "laboratory result", col("identifier")),
        *obs.common(study, obs.done()),
        fixed("category[0]", obs.LABORATORY),
        Element("category[1].text", col("category")),
        Element("code", col("test"), _code),
        *obs.value(""),
        Element("interpretation[0]", col("indicator"), _interpretation),
        coded("method", col("method"), METHOD),
        Element("specimen.reference", col(SPECIMEN)),
        *quantity("referenceRange[0].low", measured.then(col("low")), unit, code),
        *quantity("referenceRange[0].high", measured.then(col("high")), unit, code),
    )
    found = (
        lost,
        uncoded(rows, "test", TEST, KIND, "code"),
        uncoded(rows, "method", METHOD, KIND, "method"),
        uncoded(rows, "indicator", INDICATOR, KIND, "interpretation"),
        unknown_units(rows, "unit", "_ucum", KIND, "valueQuantity.code"),
        local_times(rows, ["date"], KIND, "effectiveDateTime"),
    )
    return make(KIND, rows, elements, found, of="laboratory_result")


def _interpretation(indicator: str) -> Json:
    return one_coding(INDICATOR, INTERPRETATIONS, INTERPRETATION)(indicator) or {"text": indicator}


def _code(test: str) -> Json:
    return {**concept(TEST)(test), "text": preferred(TEST)(test)}


OBSERVATION_LABORATORY = Resource(KIND, build)
