"""Observation: one per identification of a lesion (lesion record), and one per measurement of a lesion but
for its size, which has its own page: uptake (SUVmax), Deauville, state.

The lesion is the `focus`, the examination is `partOf` (where one of that day and method is known). Deauville
is as mCODE has it: SNOMED's code, an integer, and NCIt's code of the point as interpretation.
"""

from __future__ import annotations

import polars as pl
from polars import col, lit, when

from interop import issues
from interop.fhir import observation as obs
from interop.fhir.codes import DEAUVILLE, NCIT, SNOMED
from interop.fhir.datatypes import (
    coded,
    concept,
    evaluator,
    fixed,
    identifier,
    local_times,
    preferred,
    uncoded,
    unknown_units,
)
from interop.fhir.lesions import LESION, lesions, with_lesion
from interop.fhir.procedures import PROCEDURE, with_imaging
from interop.fhir.resource import Element, Json, Resource, Resources, make
from interop.fhir.rows import Rows, of_record
from interop.fhir.terms import term_of
from interop.records import Records
from interop.study import Study

KIND = "Observation"
KEY = ("usubjid", "lesion", "test", "date", "visit", "method", "link_group", "evaluator", "evaluator_id")
SEEN = ("usubjid", "lesion", "evaluator", "evaluator_id", "date", "visit", "method")
TEST, METHOD = ("C96779", "C96778"), ("C85492",)
POINT, STATE = ("C202306",), ("C124309",)
LESION_KIND = ("C123650",)
FIVE_POINTS = "FDP5PS"
SIZE = ("LDIAM", "LPERP")
IDENTIFIED = {
    "coding": [{"system": NCIT, "code": "C94523", "display": "Tumor Identification"}],  # TUTESTCD TUMIDENT
    "text": "Tumor Identification",
}


def measured(records: Records, study: Study) -> tuple[Rows, pl.DataFrame]:
    """The measurement records with their test (`_test`), lesion and examination; and what is said of the
    rest."""
    rows, lost = of_record(records, study, "lesion_measurement", KIND)
    rows = with_imaging(with_lesion(rows, records, study), records, study)
    return obs.units(rows.look_up("_test", "test", _test), codelists=obs.ANY_UNIT), lost


def identified(records: Records, study: Study) -> tuple[Rows, pl.DataFrame]:
    """Those of this page, with their ids."""
    rows, lost = measured(records, study)
    rows = rows.filter(~col("_test").is_in(SIZE).fill_null(value=False))
    return rows.identified(study, KIND, KEY, "lesion_measurement"), lost


def build(records: Records, study: Study) -> Resources:
    return Resources.concat([_identifications(records, study), _measurements(records, study)])


def _identifications(records: Records, study: Study) -> Resources:
    rows = with_imaging(lesions(records, study)[0], records, study)
    rows = with_lesion(rows, records, study).identified(study, KIND, SEEN, "lesion")
    elements = (
        *obs.common(study, lit("final")),
        *about(),
        fixed("code", IDENTIFIED),
        Element("valueCodeableConcept", col("kind"), concept(LESION_KIND)),
    )
    return make(KIND, rows, elements, (local_times(rows, ["date"], KIND, "effectiveDateTime"),), of="lesion")


def _measurements(records: Records, study: Study) -> Resources:
    rows, lost = identified(records, study)
    deauville = (col("_test") == FIVE_POINTS).fill_null(value=False)
    points = deauville & col("result").str.contains("^[1-5]$").fill_null(value=False)
    state = ~deauville & col("result").is_in(list(_states(rows)))
    elements = (
        *identifier("identifier[0]", study, "link group", col("link_group")),
        *obs.common(study, obs.done()),
        *about(),
        Element("code", col("test"), _code),
        Element("valueInteger", when(points).then(col("result")), int),
        Element(
            "valueCodeableConcept",
            when(deauville & ~points | state).then(col("result")),
            concept((*POINT, *STATE)),
        ),
        *obs.value("", there=~deauville & ~state),
        Element("interpretation[0]", when(points).then(col("result")), concept(POINT)),
    )
    found = (
        lost,
        unknown_lesions(rows),
        uncoded(rows, "test", TEST, KIND, "code"),
        unknown_units(rows, "unit", "_ucum", KIND, "valueQuantity.code"),
        local_times(rows, ["date"], KIND, "effectiveDateTime"),
    )
    return make(KIND, rows, elements, found, of="lesion_measurement")


def about() -> tuple[Element, ...]:
    """What any observation of a lesion has: examination, lesion, who read it, and how it was made."""
    return (
        Element("partOf[0].reference", col(PROCEDURE)),
        fixed("category[0]", obs.IMAGING),
        Element("focus[0].reference", col(LESION)),
        Element("focus[0].display", col("lesion")),
        *evaluator("performer[0]"),
        coded("method", col("method"), METHOD),
    )


def unknown_lesions(rows: Rows) -> pl.DataFrame:
    return issues.issues(
        rows.frame.filter(col(LESION).is_null()),
        severity="warning",
        target=KIND,
        variable="focus",
        rule="NO-LESION",
        value=col("lesion"),
        message=(
            "no lesion record, or several, have this identifier: the measurement names it in words; add the "
            "lesion, or correct the identifier"
        ),
    )


def _states(rows: Rows) -> set[str]:
    """The results that are terms of the properties of a lesion (TUMSTATE: PRESENT, ABSENT, …)."""
    given = rows.frame["result"].unique().drop_nulls()
    return {v for v in given if term_of(v, STATE) is not None}


def _test(text: str) -> str | None:
    term = term_of(text, TEST)
    return None if term is None else term.value


def _code(test: str) -> Json:
    found: dict[str, Json] = {**concept(TEST)(test), "text": preferred(TEST)(test)}
    if _test(test) == FIVE_POINTS:
        snomed = {"system": SNOMED, "code": DEAUVILLE[0], "display": DEAUVILLE[1]}
        found["coding"] = [snomed, *found.get("coding", [])]
    return found


OBSERVATION_LESION = Resource(KIND, build)
