"""Observation: one per size of a lesion: its longest diameter and the perpendicular as components, as mCODE
has a tumour's size, with NCIt's codes of CDISC's tests LDIAM and LPERP beside LOINC's."""

from __future__ import annotations

import polars as pl
from polars import col, lit, when

from interop.fhir import observation as obs
from interop.fhir.codes import LOINC, LONGEST, NCIT, PERPENDICULAR, TUMOUR_SIZE
from interop.fhir.datatypes import fixed, identifier, local_times, unknown_units
from interop.fhir.resource import Element, Resource, Resources, make
from interop.fhir.rows import Rows
from interop.records import Records
from interop.study import Study
from mappings.fhir.observation_lesion import about, measured, unknown_lesions

KIND = "Observation"
TOGETHER = ("usubjid", "lesion", "date", "visit", "method", "link_group", "evaluator", "evaluator_id")
OWN = ("result", "unit", "status", "reason_not_done", "_ucum")
# TRTESTCD ─▶ LOINC, NCIt (CDISC CT) and CDISC's name
PARTS = (
    ("LDIAM", LONGEST, "C96684", "Longest Diameter"),
    ("LPERP", PERPENDICULAR, "C96685", "Longest Perpendicular"),
)


def identified(records: Records, study: Study) -> Rows:
    """One row a size, with its id."""
    rows, _ = measured(records, study)  # what is lost is said with the other measurements
    tests = tuple(test for test, *_ in PARTS)
    rows = obs.paired(rows.filter(col("_test").is_in(tests)), tests, TOGETHER, OWN)
    return rows.identified(study, KIND, (*TOGETHER, "_apart"), "lesion size")


def build(records: Records, study: Study) -> Resources:
    rows = identified(records, study)
    any_done = pl.any_horizontal(
        col(f"_src:{t}").is_not_null() & col(f"{t}.status").is_null() for t, *_ in PARTS
    )
    elements = (
        *identifier("identifier[0]", study, "link group", col("link_group")),
        *obs.common(study, when(any_done).then(lit("final")).otherwise(lit("cancelled"))),
        *about(),
        fixed(
            "code",
            {
                "coding": [{"system": LOINC, "code": TUMOUR_SIZE[0], "display": TUMOUR_SIZE[1]}],
                "text": TUMOUR_SIZE[1],
            },
        ),
        *(e for n, part in enumerate(PARTS) for e in _component(n, *part)),
    )
    found = (
        unknown_lesions(rows),
        *(
            unknown_units(rows, f"{t}.unit", f"{t}._ucum", KIND, f"component[{n}].valueQuantity.code")
            for n, (t, *_) in enumerate(PARTS)
        ),
        local_times(rows, ["date"], KIND, "effectiveDateTime"),
    )
    return make(KIND, rows, elements, found, of="lesion size")


def _component(number: int, test: str, loinc: str, ncit: str, name: str) -> tuple[Element, ...]:
    path, there = f"component[{number}].", col(f"_src:{test}").is_not_null()
    concept = {
        "coding": [{"system": LOINC, "code": loinc}, {"system": NCIT, "code": ncit, "display": name}],
        "text": name,
    }
    return (
        Element(f"{path}code", when(there).then(lit("")), lambda _: concept),
        *obs.value(path, f"{test}.", there),
    )


OBSERVATION_LESION_SIZE = Resource(KIND, build)
