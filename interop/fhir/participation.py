"""Who the subjects are, and how far each got: one row a subject, the facts that several resources share.

Every subject that any record names is here, whether or not there is a subject record, so that every reference
to a Patient resolves and no record is lost.
"""

from __future__ import annotations

import polars as pl
from polars import col, lit, when

from interop import ct, issues
from interop.derive import arm as derive_arm
from interop.fhir.rows import ENCOUNTER, Rows, visit_date, with_encounter, with_patient
from interop.lineage import SRC, attach
from interop.records import NOT_DONE, Records
from interop.recordtypes import RECORDS, record_type
from interop.study import Study

PROTOCOL_MILESTONES = "C114118"
CONSENTED = "INFORMED CONSENT OBTAINED"  # a term of it
GIVEN = col("status").ne_missing("not-done")

# DSDECOD (C66727) of one who never entered, in FHIR's words (HL7 R4 CodeSystem research-subject-status):
# ineligible "did not meet one or more criteria", not-registered "registration was not completed".
NEVER_ENTERED = {
    "SCREEN FAILURE": "ineligible",
    "FAILURE TO MEET RANDOMIZATION CRITERIA": "ineligible",
    "SCREENING NOT COMPLETED": "not-registered",
    "MET ELIGIBILITY CRITERIA BUT NOT NEEDED": "not-registered",
}
OVER = ("completed", "administratively-completed", "withdrawn", "disapproved")  # of research-study-status


def subjects(records: Records, study: Study, kind: str) -> tuple[Rows, pl.DataFrame]:
    """One row a subject, sorted: the fields of its subject record, `_src`, `_patient`; and what is amiss.

    Subject records that contradict each other stand for none: the subject is then known by its identifier
    alone.
    """
    fields = list(record_type("subject").fields)
    table = records["subject"].select(*fields, "usubjid", SRC).drop_nulls("usubjid").sort(SRC)
    known = table.unique([*fields, "usubjid"], keep="first", maintain_order=True)
    twice = col("usubjid").is_duplicated()
    contradiction = issues.issues(
        known.filter(twice),
        severity="error",
        target=kind,
        rule="DUPLICATE",
        message="several subject records of one subject contradict each other: none is used; leave one",
        kept=False,
    )
    named = pl.concat([records[name].select("usubjid", SRC) for name in RECORDS]).drop_nulls("usubjid")
    everyone = named.sort("usubjid", SRC).unique("usubjid", keep="first", maintain_order=True)
    alone = issues.issues(
        everyone.join(known, on="usubjid", how="anti"),
        severity="warning",
        target=kind,
        rule="NO-SUBJECT-RECORD",
        message=f"this subject has no subject record: the {kind} says only what other records tell; add it",
    )
    frame = everyone.join(
        known.filter(~twice), on="usubjid", how="left", suffix=":own", maintain_order="left"
    )
    frame = frame.with_columns(pl.coalesce(f"{SRC}:own", SRC).alias(SRC)).drop(f"{SRC}:own")
    return with_patient(Rows(frame), study), issues.concat([contradiction, alone])


def seen(records: Records) -> pl.DataFrame:
    """One row a subject and visit that took place: `usubjid`, `visit`, `date` and `_src`.

    A visit record tells the date; without one, the earliest date of what was done or collected at the visit.
    """
    found = at_visits(records).filter(col("done"))
    ordered = found.sort("usubjid", "visit", "other", "date", SRC, nulls_last=True)
    kept = ordered.unique(["usubjid", "visit"], keep="first", maintain_order=True)
    return kept.select("usubjid", "visit", "date", SRC)


def at_visits(records: Records) -> pl.DataFrame:
    """Every record that names a visit: `usubjid`, `visit`, `date`, `end`, `reason_unscheduled`, `_src`,
    whether it is no visit record but an `other` one, and whether what it tells was `done`."""
    parts = []
    for name in (n for n in RECORDS if "visit" in record_type(n).fields):
        table = records[name].drop_nulls(["usubjid", "visit"])
        said = col("status").is_in(NOT_DONE).fill_null(value=False)
        own = name == "visit"
        parts.append(
            table.select(
                "usubjid",
                "visit",
                SRC,
                date=col(visit_date(table.columns)),
                end=col("end") if own else lit(None, pl.String),
                reason_unscheduled=col("reason_unscheduled") if own else lit(None, pl.String),
                other=lit(not own),
                done=~said if "status" in table.columns else lit(value=True),
            )
        )
    return pl.concat(parts)


def encounters(records: Records, study: Study) -> pl.DataFrame:
    """One row a subject and visit: `usubjid`, `visit`, and the references to its `encounters` (one, but for
    visits of one name), with a space between."""
    rows = with_encounter(Rows(at_visits(records)), records, study).frame.drop_nulls(ENCOUNTER)
    each = rows.select("usubjid", "visit", ENCOUNTER).unique().sort("usubjid", "visit", ENCOUNTER)
    return each.group_by("usubjid", "visit", maintain_order=True).agg(encounters=col(ENCOUNTER).str.join(" "))


def with_history(rows: Rows, records: Records) -> Rows:
    """With the subject's consent (`CONSENT.date`), first visit (`ENTRY.date`) and dose (`FIRST.start`), end
    of treatment (`STOP.…`) and of participation (`END.standard_term`, `END.date`), and death (`DEATH.date`);
    null where there is none."""
    told = records["disposition"].select("usubjid", "standard_term", "category", "subcategory", "date", SRC)
    milestone = _upper("standard_term").is_in(list(ct.codelist(PROTOCOL_MILESTONES).terms))
    consents = told.filter(_upper("standard_term") == CONSENTED).select("usubjid", "date", SRC)
    event = (_upper("category").fill_null("DISPOSITION EVENT") == "DISPOSITION EVENT") & ~milestone
    treatment = _upper("subcategory").fill_null("") == "STUDY TREATMENT"  # DSSCAT (C170443)
    outcome = told.select("usubjid", "standard_term", "date", SRC)
    frame = rows.frame
    for prefix, other in (
        ("CONSENT", _first(pl.concat([records["consent"].select("usubjid", "date", SRC), consents]), "date")),
        ("ENTRY", _first(seen(records), "date")),
        ("FIRST", _first(records["administration"].filter(GIVEN).select("usubjid", "start", SRC), "start")),
        ("STOP", _last(outcome.filter(told.select(event & treatment).to_series()), "date")),
        ("END", _last(outcome.filter(told.select(event & ~treatment).to_series()), "date")),
        ("DEATH", _last(records["death"].select("usubjid", "date", SRC), "date")),
    ):
        frame = attach(frame, other, prefix, on="usubjid")
    return Rows(frame, rows.made_from)


def with_arms(rows: Rows, records: Records, study: Study) -> Rows:
    """With the arms as DM has them: `_arm_code`, `_arm` (its name: ARM) and `_actual` (ACTARM).

    Where the source states no arm, the treatments received tell it (`interop.derive.arm`).
    """
    treated = col("treated.treatment").is_not_null()
    found = Rows(derive_arm.with_arms(rows.frame, records, study), rows.made_from)
    return found.derive(
        _arm_code=pl.coalesce("assigned.code", "received.code"),
        _arm=pl.coalesce("assigned.label", "received.label"),
        _actual=when(treated).then(pl.coalesce("received.label", "assigned.label")),
    )


def status(study: Study) -> pl.Expr:
    """ResearchSubject.status, from the evidence of the records (rows of `with_history` and `with_arms`)."""
    entered = col("_src:FIRST").is_not_null() | col("randomised").is_not_null() | col("arm").is_not_null()
    over = lit(study.status in OVER)
    return (
        when(_upper("END.standard_term").is_in(list(NEVER_ENTERED)))
        .then(_upper("END.standard_term").replace_strict(NEVER_ENTERED, default=None, return_dtype=pl.String))
        .when(col("_src:END").is_not_null() | col("_src:DEATH").is_not_null() | (over & entered))
        .then(lit("off-study"))
        .when(over)
        .then(lit("not-registered"))
        .when(col("_src:STOP").is_not_null())
        .then(lit("follow-up"))
        .when(col("_src:FIRST").is_not_null())
        .then(lit("on-study-intervention"))
        .when(entered)
        .then(lit("on-study"))
        .when(col("_src:CONSENT").is_not_null())
        .then(lit("screening"))
        .otherwise(lit("candidate"))
    )


def began() -> pl.Expr:
    """Start of participation: consent, else the first visit, else randomisation, else the first dose."""
    return pl.coalesce("CONSENT.date", "ENTRY.date", "randomised", "FIRST.start")


def ended() -> pl.Expr:
    return pl.coalesce("END.date", "DEATH.date")


def _upper(name: str) -> pl.Expr:
    return col(name).str.to_uppercase()


def _first(table: pl.DataFrame, date: str) -> pl.DataFrame:
    """The earliest row of each subject; of rows without a date only where there is no other."""
    ordered = table.drop_nulls("usubjid").sort(date, *_but(table, date), nulls_last=True)
    return ordered.unique("usubjid", keep="first", maintain_order=True)


def _last(table: pl.DataFrame, date: str) -> pl.DataFrame:
    ordered = table.drop_nulls("usubjid").sort(date, *_but(table, date), nulls_last=False)
    return ordered.unique("usubjid", keep="last", maintain_order=True)


def _but(table: pl.DataFrame, date: str) -> list[str]:
    return [c for c in table.columns if c != date]
