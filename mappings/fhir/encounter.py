"""Encounter: one per visit of a subject that any record names.

A visit record tells its dates; without one the visit began with the earliest date of what was done at it. It
is `finished` where something was, and `unknown` where all that is said is what was not done. Whether the
subject came or stayed (`class`) is in no record.
"""

from __future__ import annotations

import polars as pl
from polars import col, lit, when

from interop import issues
from interop.fhir.datatypes import (
    absent,
    backwards_found,
    fixed,
    identifier,
    local_times,
    period,
)
from interop.fhir.medication import study_extension
from interop.fhir.participation import at_visits
from interop.fhir.resource import Element, Resource, Resources, make
from interop.fhir.rows import ENCOUNTER as REFERENCE
from interop.fhir.rows import ID, Rows, with_encounter, with_patient
from interop.lineage import SRC, Lineage, rows_of
from interop.records import Records
from interop.study import Study

KIND = "Encounter"
MADE_FROM = {"date": ("date", "start", "collected"), "done": ("status",), "other": ()}


def build(records: Records, study: Study) -> Resources:
    named = with_encounter(with_patient(Rows(at_visits(records), MADE_FROM), study), records, study)
    rows = named.filter(col(REFERENCE).is_not_null())
    rows = rows.derive(_done=col("done").any().over(REFERENCE))
    first = rows.frame.sort(REFERENCE, "other", ~col("done"), "date", SRC, nulls_last=True)
    first = first.unique(REFERENCE, keep="first", maintain_order=True)
    first = first.with_columns(col(REFERENCE).str.strip_prefix(f"{KIND}/").alias(ID))
    one = Rows(
        first.sort("usubjid", "date", "visit", ID, nulls_last=True),
        {**rows.made_from, ID: ("usubjid", "visit")},
    )
    dated = when(col("_done"))
    elements = (
        fixed("extension[0]", study_extension(study)),
        *identifier("identifier[0]", study, "visit", pl.concat_str("usubjid", "visit", separator="|")),
        Element("status", dated.then(lit("finished")).otherwise(lit("unknown"))),
        *absent("class", lit("unknown")),
        Element("type[0].text", col("visit")),
        Element("subject.reference", col("_patient")),
        *period("period", dated.then(col("date")), dated.then(col("end"))),
        Element("reasonCode[0].text", col("reason_unscheduled")),
    )
    made = make(KIND, one, elements, (*_said(named), backwards_found(one, "date", "end", KIND, "period.end")))
    # A visit entered twice is one Encounter that comes from both rows.
    own = rows.frame.filter(~col("other")).select(_row=col(REFERENCE), **{SRC: col(SRC)})
    more = rows_of(KIND, own, "_row")
    whole = Lineage(pl.concat([made.lineage.rows, more]).unique(maintain_order=True), made.lineage.reads)
    return Resources(made.items, made.issues, whole, made.references)


def _said(named: Rows) -> tuple[pl.DataFrame, ...]:
    apart = issues.issues(
        named.frame.filter(col(REFERENCE).is_null()),
        severity="warning",
        target=KIND,
        variable="period",
        rule="VISIT-DAY",
        value=col("visit"),
        message=(
            "the subject had several visits of this name, and this row's date is that of none: it belongs to "
            "no Encounter; correct the date, or name the visits apart"
        ),
    )
    own = Rows(named.frame.filter(~col("other")), named.made_from)
    return (apart, local_times(own, ["date", "end"], KIND, "period"))


ENCOUNTER = Resource(KIND, build)
