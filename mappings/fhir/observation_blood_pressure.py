"""Observation: one blood pressure per systolic and diastolic record taken together (HL7's profile `bp`: the
panel 85354-9 with two components).

Two records are one measurement where subject, visit, date, time point, position and site agree and there is
one of each; where there are several of each, those of the same source line. A systolic record without its
diastolic is a panel whose other component says that it is unknown.
"""

from __future__ import annotations

import polars as pl
from polars import col, lit, when

from interop.fhir import observation as obs
from interop.fhir.codes import BLOOD_PRESSURE, DIASTOLIC, PROFILE, SYSTOLIC, Vital
from interop.fhir.datatypes import fixed, local_times, uncoded, unknown_units
from interop.fhir.resource import Element, Json, Resource, Resources, make
from interop.fhir.rows import of_record
from interop.records import Records
from interop.study import Study

KIND = "Observation"
TOGETHER = (
    "usubjid", "date", "visit", "timepoint", "timepoint_number", "elapsed", "timepoint_reference",
    "position", "location", "laterality",
)  # fmt: skip
OWN = ("result", "unit", "status", "reason_not_done")
PARTS = (("SYSBP", SYSTOLIC), ("DIABP", DIASTOLIC))


def build(records: Records, study: Study) -> Resources:
    rows, _ = of_record(records, study, "vital_sign", KIND)  # what is lost is said with the other vital signs
    rows = rows.look_up("_test", "test", obs.vital_code)
    tests = tuple(test for test, _ in PARTS)
    rows = obs.paired(rows.filter(col("_test").is_in(tests)), tests, TOGETHER, OWN)
    for test, _ in PARTS:
        rows = obs.units(rows, f"{test}.")
    fits = [obs.conforms(col(f"{test}._ucum").is_in(vital.units), f"{test}.") for test, vital in PARTS]
    rows = rows.derive(_conforms=pl.all_horizontal(fits))
    rows = rows.identified(study, KIND, (*TOGETHER, "_apart"), "blood pressure")
    shown = when(col("_conforms")).then(lit("conforms")).otherwise(lit("not"))
    not_done = pl.any_horizontal(col(f"{test}.status").eq_missing(obs.NOT_DONE) for test, _ in PARTS)
    nothing = not_done & pl.all_horizontal(col(f"{test}.result").is_null() for test, _ in PARTS)
    elements = (
        Element("meta.profile[0]", when(col("_conforms")).then(lit(PROFILE + BLOOD_PRESSURE.profile))),
        *obs.common(study, when(nothing).then(lit("cancelled")).otherwise(lit("final"))),
        fixed("category[0]", obs.VITAL_SIGNS),
        Element("code", shown, _panel),
        *obs.body(),
        *(
            e
            for n, (test, vital) in enumerate(PARTS)
            for e in _component(f"component[{n}].", test, vital, shown)
        ),
    )
    found = (
        *(
            unknown_units(rows, f"{t}.unit", f"{t}._ucum", KIND, "component.valueQuantity.code")
            for t, _ in PARTS
        ),
        uncoded(rows, "position", obs.POSITION, KIND, "extension[bodyPosition]"),
        uncoded(rows, "location", obs.LOCATION, KIND, "bodySite"),
        obs.not_conforming(rows, "_conforms"),
        local_times(rows, ["date"], KIND, "effectiveDateTime"),
    )
    return make(KIND, rows, elements, found, of="blood pressure")


def _component(path: str, test: str, vital: Vital, shown: pl.Expr) -> tuple[Element, ...]:
    def code(how: str) -> Json:
        return obs.code(test, vital if how == "conforms" else None)

    return (Element(f"{path}code", shown, code), *obs.value(path, f"{test}."))


def _panel(how: str) -> Json:
    return obs.code("Blood Pressure", BLOOD_PRESSURE if how == "conforms" else None)


OBSERVATION_BLOOD_PRESSURE = Resource(KIND, build)
