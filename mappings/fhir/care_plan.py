"""CarePlan: one per subject: the visits and the schedule that the study plans for it, each as far as it was
done.

A planned visit is completed where a record of it exists. An activity of the schedule is completed where it
was done at its visit or in its window, and cancelled with the reason where a record says that it was not
done. What else was not done is cancelled once participation ended (with the reason), unknown where nothing
says why, and not started while the subject is in the study. A decision is completed with what it rests on;
what it leads to is cancelled where it was not begun. A study without a schedule has its treatments in the
plan, by arm.
"""

from __future__ import annotations

from itertools import groupby

import polars as pl
from polars import col, lit, when

from interop.fhir.datatypes import date_time, fixed, period
from interop.fhir.medication import medication
from interop.fhir.participation import (
    GIVEN,
    OVER,
    began,
    encounters,
    ended,
    seen,
    subjects,
    with_arms,
    with_history,
)
from interop.fhir.procedures import imaging, procedures
from interop.fhir.resource import Element, Json, Resource, Resources, make, nest, reads_of
from interop.fhir.rows import ID, Rows, resource_id
from interop.fhir.schedule import performed, planned, planned_visits, with_performed
from interop.lineage import SRC, Lineage, rows_of
from interop.records import Records
from interop.study import Study
from mappings.fhir import medication_administration, observation_laboratory

KIND = "CarePlan"
COMPLETED = col("END.standard_term").str.to_uppercase() == "COMPLETED"
KINDS = {
    "treatment": "MedicationRequest",
    "procedure": "ServiceRequest",
    "assessment": "ServiceRequest",
    "decision": "Task",
}


def build(records: Records, study: Study) -> Resources:
    rows, _ = subjects(records, study, KIND)  # what is amiss is said with Patient
    rows = with_arms(with_history(rows, records), records, study)
    rows = rows.derive(_began=began(), _ended=ended()).one_a_subject(study, KIND)
    rows = rows.look_up(
        "_member", "usubjid", lambda u: f"ResearchSubject/{resource_id(study, 'ResearchSubject', u)}"
    )
    over = lit(study.status in OVER)
    plan = f"PlanDefinition/{resource_id(study, 'PlanDefinition')}" if study.activities else None
    elements = (
        Element(
            "status",
            when(COMPLETED)
            .then(lit("completed"))
            .when(_has_ended())
            .then(lit("revoked"))
            .when(over)
            .then(lit("unknown"))
            .otherwise(lit("active")),
        ),
        fixed("intent", "plan"),
        fixed("title", f"Plan of study {study.id}"),
        Element("subject.reference", col("_patient")),
        *period("period", col("_began"), col("_ended")),
        Element("supportingInfo[0].reference", col("_member")),
        Element("supportingInfo[1].reference", lit(plan, pl.String)),
    )
    scheduled = _scheduled if study.activities else _treatments
    kinds = (_visits(rows, records, study, over), scheduled(rows, records, study, over))
    return _with_activities(make(KIND, rows, elements), kinds)


Activities = tuple[Rows, tuple[Element, ...]]


def _with_activities(plans: Resources, kinds: tuple[Activities, ...]) -> Resources:
    found: dict[str, list[Json]] = {}
    references, lineage = set(plans.references), [plans.lineage]
    for rows, elements in kinds:
        items, named = nest(rows, elements)
        references |= named
        for plan, several in groupby(zip(rows.frame[ID], items, strict=True), key=lambda pair: pair[0]):
            found.setdefault(plan, []).extend(item for _, item in several)
        frame = rows.frame.with_columns(_row=lit(f"{KIND}/") + col(ID)).drop(SRC)
        lineage.append(
            Lineage(
                rows_of(KIND, frame, "_row").unique(maintain_order=True),
                reads_of(KIND, rows, elements, "activity."),
            )
        )
    items = [item | ({"activity": found[item["id"]]} if item["id"] in found else {}) for item in plans.items]
    return Resources(items, plans.issues, Lineage.concat(lineage), frozenset(references))


def _has_ended() -> pl.Expr:
    return col("_src:END").is_not_null() | col("_src:DEATH").is_not_null()


def _undone(over: pl.Expr) -> pl.Expr:
    """Status of a planned activity of which there is no record."""
    return (
        when(COMPLETED)
        .then(lit("unknown"))
        .when(_has_ended())
        .then(lit("cancelled"))
        .when(over)
        .then(lit("unknown"))
        .otherwise(lit("not-started"))
    )


def _visits(rows: Rows, records: Records, study: Study, over: pl.Expr) -> Activities:
    """The visits that the subject's arm plans, and those that took place besides."""
    took = seen(records).join(encounters(records, study), on=["usubjid", "visit"], how="left")
    took = took.rename(
        {"visit": "PLAN.visit", "date": "SEEN.date", "encounters": "SEEN.encounters", SRC: f"{SRC}:SEEN"}
    )
    plan = planned_visits(rows.frame, records, study)
    frame = rows.frame.join(plan, on="usubjid").join(took, on=["usubjid", "PLAN.visit"], how="left")
    took_place = col("_src:SEEN").is_not_null()
    frame = frame.filter(col("has") | took_place)
    made = {**rows.made_from, "SEEN.encounters": ("SEEN.visit",), "PLAN.planned": ("PLAN.visit", "PLAN.day")}
    rows = Rows(frame.sort("usubjid", "PLAN.number", "PLAN.visit"), made)
    status = when(took_place).then(lit("completed")).otherwise(_undone(over))
    return rows, (
        Element("outcomeReference", col("SEEN.encounters"), _references),
        *date_time("progress[0].time", col("SEEN.date")),
        Element("progress[0].text", when(col("SEEN.date").is_not_null()).then(lit("Took place"))),
        fixed("detail.kind", "Appointment"),
        Element("detail.code.text", col("PLAN.visit")),
        Element("detail.status", status),
        Element("detail.statusReason.text", when(status == "cancelled").then(col("END.standard_term"))),
        Element("detail.scheduledString", col("PLAN.planned")),
        Element("detail.description", pl.format("Epoch {}", col("PLAN.epoch"))),
    )


def _scheduled(rows: Rows, records: Records, study: Study, over: pl.Expr) -> Activities:
    plan = planned(rows.frame, records, study)
    doses = medication_administration.identified(records, study)[0].frame
    results = observation_laboratory.identified(records, study)[0].frame
    done = pl.concat(
        [
            performed("MedicationAdministration", doses),
            performed("Procedure", procedures(records, study)[0].frame),
            performed("Procedure of imaging", imaging(records, study)[0].frame),
            performed("Observation", results),
        ]
    )
    names = doses.select(reference=lit("MedicationAdministration/") + col(ID), treatment="treatment")
    whole = with_performed(plan, done, names, study)
    whole = whole.rename({"_plan": f"{SRC}:PLAN", "name": "PLAN.name"})
    frame = rows.frame.join(whole, on="usubjid", maintain_order="left").sort(
        "usubjid", "_slot", "PLAN.name", nulls_last=True
    )
    return Rows(frame, {**rows.made_from, **_MADE_FROM}), _scheduled_elements(study, over)


_MADE_FROM = {
    "DONE.references": ("DONE.treatment", "DONE.name", "DONE.modality", "DONE.test"),
    "planned": ("PLAN.visit", "PLAN.day"),
    "began": ("PLAN.epoch",),
    **{name: (f"PLAN.{name}",) for name in ("kind", "title", "condition", "leads_to", "epoch")},
}


def _scheduled_elements(study: Study, over: pl.Expr) -> tuple[Element, ...]:
    was_done = col("DONE.references").is_not_null()
    decision = col("kind") == "decision"
    not_begun = ~decision & (col("began") == False)  # noqa: E712 - null: no decision leads there
    status = (
        when(decision & (was_done | col("began")))
        .then(lit("completed"))
        .when(was_done & ~decision)
        .then(lit("completed"))
        .when(col("_src:UNDONE").is_not_null() | not_begun.fill_null(value=False))
        .then(lit("cancelled"))
        .otherwise(_undone(over))
    )
    names = {e.code: e.name for e in study.elements}
    leads = col("leads_to").replace_strict(names, default=col("leads_to"), return_dtype=pl.String)
    decided = (
        when(col("began"))
        .then(pl.format("Followed by: {}", leads))
        .otherwise(pl.format("Not followed by: {}", leads))
    )
    why = (
        when(status != "cancelled")
        .then(None)
        .when(col("_src:UNDONE").is_not_null())
        .then(col("UNDONE.reason"))
        .when(not_begun.fill_null(value=False))
        .then(lit("Not begun after the decision"))
        .when(col("condition").is_null())  # what is done on a condition may not have been called for
        .then(col("END.standard_term"))
    )
    known = medication(study)
    return (
        Element("outcomeReference", col("DONE.references"), _references),
        Element("progress[0].text", when(decision & (status == "completed")).then(decided)),
        Element("detail.kind", col("kind").replace_strict(KINDS, return_dtype=pl.String)),
        Element("detail.code.text", col("title").fill_null("Given at no planned time")),
        Element("detail.status", status),
        Element("detail.statusReason.text", why),
        Element("detail.scheduledString", col("planned")),
        Element("detail.productCodeableConcept", when(col("kind") == "treatment").then(col("PLAN.name")),
        known), Element(
            "detail.description",
            pl.concat_str(
                pl.format("Epoch {}", col("epoch")), pl.format("Condition: {}", col("condition")),
                separator=". ", ignore_nulls=True,
            ).replace("", None),
        ),
    )  # fmt: skip


def _treatments(rows: Rows, records: Records, study: Study, over: pl.Expr) -> Activities:
    given = _given(records, study)
    of_arm = pl.DataFrame(
        [(arm.code, name) for arm in study.arms for name in arm.given],
        schema={"_arm_code": pl.String, "treatment": pl.String},
        orient="row",
    )
    told = rows.frame.join(of_arm, on="_arm_code", how="inner")
    # Where the study does not say what an arm is given, the plan is known only by what was given.
    untold = rows.frame.join(of_arm, on="_arm_code", how="anti").join(
        given.select("usubjid", "treatment"), on="usubjid"
    )
    frame = pl.concat([told, untold]).join(given, on=["usubjid", "treatment"], how="left")
    ids = {"GIVEN.id": tuple(f"GIVEN.{field}" for field in medication_administration.KEY)}
    rows = Rows(frame.sort("usubjid", "treatment"), {**rows.made_from, **ids})
    outcome = pl.coalesce("STOP.standard_term", "END.standard_term")
    done = (
        when(outcome.str.to_uppercase() == "COMPLETED")
        .then(lit("completed"))
        .when(_has_ended() | col("_src:STOP").is_not_null())
        .then(lit("stopped"))
        .when(over)
        .then(lit("unknown"))
        .otherwise(lit("in-progress"))
    )
    status = when(col("GIVEN.id").is_not_null()).then(done).otherwise(_undone(over))
    return rows, (
        Element("outcomeReference", col("GIVEN.id"), _references),
        fixed("detail.kind", "MedicationRequest"),
        Element("detail.status", status),
        Element("detail.statusReason.text", when(status.is_in(["stopped", "cancelled"])).then(outcome)),
        Element("detail.productCodeableConcept", col("treatment"), medication(study)),
    )


def _given(records: Records, study: Study) -> pl.DataFrame:
    """One row a subject and treatment that it was given: `GIVEN.id`, the administrations, and the first
    one's source."""
    rows, _ = medication_administration.identified(records, study)
    doses = rows.frame.filter(GIVEN).group_by("usubjid", "treatment", maintain_order=True)
    return doses.agg(
        (lit("MedicationAdministration/") + col(ID)).str.join(" ").alias("GIVEN.id"),
        col(SRC).first().alias(f"{SRC}:GIVEN"),
    )


def _references(several: str) -> Json:
    return [{"reference": reference} for reference in dict.fromkeys(several.split())]


CARE_PLAN = Resource(KIND, build)
