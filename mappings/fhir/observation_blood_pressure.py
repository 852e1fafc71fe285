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
from interop.fhir.rows import PATIENT, Rows, of_record
from interop.lineage import SRC
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
    rows = paired(rows.filter(col("_test").is_in([test for test, _ in PARTS])))
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
    return make(KIND, rows, elements, found)


def paired(rows: Rows) -> Rows:
    """One row a measurement: `SYSBP.result`, `_src:SYSBP`, `DIABP.result`, … beside what they have in common.

    `_apart` is empty but for what several records of one test at the same point keep apart: their source
    line, and on one line their rank by content.
    """
    line = col(SRC).str.replace(r":[^#:]*$", "")
    several = pl.max_horizontal((col("_test") == test).sum().over(TOGETHER) for test, _ in PARTS) > 1
    frame = rows.frame.with_columns(_apart=when(several).then(line).otherwise(lit("")))
    frame = frame.sort(*TOGETHER, *OWN, SRC)
    rank = pl.int_range(pl.len()).over(*TOGETHER, "_apart", "_test")
    frame = frame.with_columns(
        _apart=pl.concat_str(
            "_apart", when(rank > 0).then(rank.cast(pl.String)), separator=" ", ignore_nulls=True
        )
    )
    sides = []
    for test, _ in PARTS:
        own = {c: f"{test}.{c}" for c in OWN} | {SRC: f"{SRC}:{test}"}
        sides.append(
            frame.filter(col("_test") == test).select(*TOGETHER, PATIENT, "_apart", *own).rename(own)
        )
    left, right = sides
    joined = left.join(right, on=[*TOGETHER, PATIENT, "_apart"], how="full", coalesce=True, nulls_equal=True)
    joined = joined.with_columns(pl.coalesce(f"{SRC}:{test}" for test, _ in PARTS).alias(SRC))
    return Rows(joined, {**rows.made_from, "_apart": ()})


def _component(path: str, test: str, vital: Vital, shown: pl.Expr) -> tuple[Element, ...]:
    def code(how: str) -> Json:
        return obs.code(test, vital if how == "conforms" else None)

    return (Element(f"{path}code", shown, code), *obs.value(path, f"{test}."))


def _panel(how: str) -> Json:
    return obs.code("Blood Pressure", BLOOD_PRESSURE if how == "conforms" else None)


OBSERVATION_BLOOD_PRESSURE = Resource(KIND, build)
