"""Patient: one per subject, pseudonymous: no name, no birth date, no address; its identifier is USUBJID.

A death makes `deceased`; without one nothing is said, since nobody recorded that the subject lives.
Race, ethnicity and age have no element in R4 Patient (HL7's FHIR to CDISC mapping lists them as gaps).
"""

from __future__ import annotations

from polars import col, lit, when

from interop.fhir.codes import GENDERS
from interop.fhir.datatypes import date_time, identifier, local_times, uncoded
from interop.fhir.participation import subjects, with_history
from interop.fhir.resource import Element, Resource, Resources, make
from interop.fhir.terms import term_of
from interop.records import Records
from interop.study import Study

KIND = "Patient"
SEX = ("C66731",)


def build(records: Records, study: Study) -> Resources:
    rows, said = subjects(records, study, KIND)
    rows = with_history(rows, records).look_up("_gender", "sex", _gender).one_a_subject(study, KIND)
    died = col("_src:DEATH").is_not_null()
    elements = (
        *identifier("identifier[0]", study, "USUBJID", col("usubjid")),
        Element("gender", col("_gender")),
        Element("deceasedBoolean", when(died & col("DEATH.date").is_null()).then(lit("yes")), bool),
        *date_time("deceasedDateTime", col("DEATH.date")),
    )
    found = (
        said,
        uncoded(rows, "sex", SEX, KIND, "gender"),
        local_times(rows, ["DEATH.date"], KIND, "deceasedDateTime"),
    )
    return make(KIND, rows, elements, found)


def _gender(sex: str) -> str | None:
    term = term_of(sex, SEX)
    return None if term is None else GENDERS.get(term.value)


PATIENT = Resource(KIND, build)
