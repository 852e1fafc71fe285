"""Observation: one per vital sign record, but for blood pressure, which has its own page.

Results keep their digits and unit. Where test, date and unit are as HL7's vital signs profiles ask, the
resource says so (meta.profile) and has the LOINC code; the NCIt code of CDISC's test stands in every case.
"""

from __future__ import annotations

import polars as pl
from polars import col, lit, when

from interop.fhir import observation as obs
from interop.fhir.codes import PROFILE, VITALS
from interop.fhir.datatypes import fixed, local_times, uncoded, unknown_units
from interop.fhir.resource import Element, Json, Resource, Resources, make
from interop.fhir.rows import of_record
from interop.records import Records
from interop.study import Study

KIND = "Observation"
KEY = (
    "usubjid", "test", "date", "visit", "timepoint", "timepoint_number", "elapsed", "timepoint_reference",
    "position", "location", "laterality",
)  # fmt: skip
BLOOD_PRESSURE = ("SYSBP", "DIABP")


def build(records: Records, study: Study) -> Resources:
    rows, lost = of_record(records, study, "vital_sign", KIND)
    rows = obs.units(rows.look_up("_test", "test", obs.vital_code))
    rows = rows.filter(~col("_test").is_in(BLOOD_PRESSURE).fill_null(value=False))
    allowed = pl.concat_str("_test", "_ucum", separator="|").is_in(
        [f"{test}|{unit}" for test, vital in VITALS.items() for unit in vital.units]
    )
    known = col("_test").is_in(list(VITALS)).fill_null(value=False)
    rows = rows.derive(_vital=known, _conforms=known & obs.conforms(allowed))
    rows = rows.identified(study, KIND, KEY, "vital_sign")
    profiles = {test: PROFILE + vital.profile for test, vital in VITALS.items()}
    named = pl.concat_str(
        col("test"), when(col("_conforms")).then(col("_test")).otherwise(lit("")), separator="|"
    )
    elements = (
        Element(
            "meta.profile[0]",
            when(col("_conforms")).then(col("_test").replace_strict(profiles, default=None)),
        ),
        *obs.common(study, obs.done()),
        fixed("category[0]", obs.VITAL_SIGNS),
        Element("code", named, _code),
        *obs.value(""),
        *obs.body(),
    )
    found = (
        lost,
        uncoded(rows, "test", obs.TEST, KIND, "code"),
        uncoded(rows, "position", obs.POSITION, KIND, "extension[bodyPosition]"),
        uncoded(rows, "location", obs.LOCATION, KIND, "bodySite"),
        unknown_units(rows, "unit", "_ucum", KIND, "valueQuantity.code"),
        obs.not_conforming(rows.filter(col("_vital")), "_conforms"),
        local_times(rows, ["date"], KIND, "effectiveDateTime"),
    )
    return make(KIND, rows, elements, found, of="vital_sign")


def _code(named: str) -> Json:
    test, _, vital = named.rpartition("|")
    return obs.code(test, VITALS.get(vital))


OBSERVATION_VITAL_SIGN = Resource(KIND, build)
