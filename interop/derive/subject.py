"""What is picked of a subject's records for DM: one row a subject, with the reference of the row picked.

A pick has the columns `usubjid`, `date`, `field` (the record field that the date stands in) and `_src`.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
from polars import col

from interop import issues
from interop.derive.dates import earliest_of, latest_of
from interop.errors import SpecError
from interop.lineage import SRC, attach
from interop.records import NOT_DONE, Records
from interop.study import Study

DATED = {"usubjid": pl.String, "date": pl.String, "field": pl.String, SRC: pl.String}

# Dates on which somebody of the study met the subject or heard of him: record type and fields.
CONTACTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("subject", ("collected", "randomised")),
    ("consent", ("date",)),
    ("eligibility", ("collected",)),
    ("diagnosis", ("collected",)),
    ("prior_therapy", ("collected",)),
    ("visit", ("date", "end")),
    ("administration", ("start", "end")),
    ("procedure", ("start", "end")),
    ("collection_yield", ("date",)),
    ("imaging", ("date",)),
    ("lesion", ("date",)),
    ("lesion_measurement", ("date",)),
    ("response_assessment", ("date",)),
    ("laboratory_result", ("date",)),
    ("vital_sign", ("date",)),
    ("performance_status", ("date",)),
    ("subsequent_therapy", ("start", "end")),
    ("adverse_event", ("collected",)),
    ("concomitant_medication", ("collected",)),
    ("medical_history", ("collected",)),
    ("disposition", ("date", "collected")),
    ("death", ("date",)),
    ("survival_followup", ("date",)),
)


def given(records: Records) -> pl.DataFrame:
    """The administrations that took place, whole or in part."""
    return records["administration"].filter(col("status").ne_missing("not-done"))


def first(rows: pl.DataFrame, *fields: str) -> pl.DataFrame:
    """The earliest date in `fields` of each subject."""
    return _pick(rows, fields, keep="first")


def last(rows: pl.DataFrame, *fields: str) -> pl.DataFrame:
    """The latest date in `fields` of each subject."""
    return _pick(rows, fields, keep="last")


def disposition_events(records: Records) -> pl.DataFrame:
    """Disposition events proper: neither protocol milestones nor other events."""
    return records["disposition"].filter(
        col("category").fill_null("DISPOSITION EVENT") == "DISPOSITION EVENT"
    )


def last_contact(records: Records) -> pl.DataFrame:
    """The latest date of CONTACTS of each subject; what was not done does not count."""
    parts = []
    for name, fields in CONTACTS:
        rows = records[name]
        if "status" in rows.columns:
            rows = rows.filter(~col("status").is_in(NOT_DONE).fill_null(False))
        parts.append(last(rows, *fields))
    return _one(pl.concat(parts), keep="last")


def reference(records: Records, how: str) -> pl.DataFrame:
    """The date that `study.reference` names, of each subject."""
    if how == "first administration":
        return first(given(records), "start")
    if how == "last administration":
        return last(given(records), "start", "end")
    if how == "randomisation":
        return first(records["subject"], "randomised")
    if how == "consent":
        return first(records["consent"], "date")
    if how == "disposition":
        return last(disposition_events(records), "date")
    raise SpecError(f"study.reference: {how!r} is no way to find a reference date")


def attach_pick(rows: pl.DataFrame, picked: pl.DataFrame, prefix: str) -> pl.DataFrame:
    """`rows` with `prefix.date`, and lineage to the field that it stands in."""
    return attach(rows, picked, prefix, on="usubjid").rename({f"{prefix}.field": f"_field:{prefix}"})


def with_reference_dates(rows: pl.DataFrame, records: Records, study: Study) -> pl.DataFrame:
    """`rows` with the picks that DM's dates are made of: `reference_start`, `reference_end`, `first_dose`,
    `last_dose`, `informed_consent`, `last_contact` and `died`."""
    picks: Iterable[tuple[str, pl.DataFrame]] = (
        ("reference_start", reference(records, study.reference.start)),
        ("reference_end", reference(records, study.reference.end)),
        ("first_dose", first(given(records), "start")),
        ("last_dose", last(given(records), "start", "end")),
        ("informed_consent", first(records["consent"], "date")),
        ("last_contact", last_contact(records)),
        ("died", died(records)),
    )
    for prefix, picked in picks:
        rows = attach_pick(rows, picked, prefix)
    return rows


def died(records: Records) -> pl.DataFrame:
    """The subjects with a death record; its date may be missing."""
    deaths = records["death"].select("usubjid", "date", pl.lit("date").alias("field"), SRC)
    return _one(deaths, keep="first")


def deaths_differ(records: Records) -> pl.DataFrame:
    """An issue for each death record of a subject whose death records name different dates."""
    deaths = records["death"].drop_nulls("date")
    return issues.issues(
        deaths.filter(col("date").n_unique().over("usubjid") > 1),
        severity="error",
        target="DM",
        variable="DTHDTC",
        rule="DEATH DATES DIFFER",
        value=col("date"),
        message="the death records of the subject name different dates: DM has the earliest; mend the source",
    )


def _pick(rows: pl.DataFrame, fields: tuple[str, ...], keep: str) -> pl.DataFrame:
    parts = [rows.select("usubjid", date=col(f), field=pl.lit(f), **{SRC: col(SRC)}) for f in fields]
    return _one(pl.concat(parts).drop_nulls("date"), keep)


def _one(dated: pl.DataFrame, keep: str) -> pl.DataFrame:
    """One row a subject; of dates whose order is not known the more complete one, of equal ones the first
    field and source."""
    order = earliest_of("date") + "~" if keep == "first" else latest_of("date")
    tie = pl.DataFrame(schema=DATED).columns[2:]
    ordered = dated.with_columns(order.alias("_order")).sort(
        "_order", *tie, descending=[keep == "last", False, False], nulls_last=True
    )
    return ordered.unique("usubjid", keep="first", maintain_order=True).drop("_order")
