"""CarePlan: one per subject: the visits and treatments that the study plans for it, each as far as it was
done.

A planned visit is completed where a record of it exists; a visit without a planned day is in the plan only
where it took place. What was not done is cancelled once participation ended (with the reason), unknown where
nothing says why, and not started while the subject is in the study.
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
from interop.fhir.resource import Element, Json, Resource, Resources, make, nest, reads_of
from interop.fhir.rows import ID, Rows, resource_id
from interop.lineage import SRC, Lineage, rows_of
from interop.records import Records
from interop.study import Study
from mappings.fhir import medication_administration

KIND = "CarePlan"
COMPLETED = col("END.standard_term").str.to_uppercase() == "COMPLETED"


def build(records: Records, study: Study) -> Resources:
    rows, _ = subjects(records, study, KIND)  # what is amiss is said with Patient
    rows = with_arms(with_history(rows, records), records, study)
    rows = rows.derive(_began=began(), _ended=ended()).one_a_subject(study, KIND)
    rows = rows.look_up(
        "_member", "usubjid", lambda u: f"ResearchSubject/{resource_id(study, 'ResearchSubject', u)}"
    )
    over = lit(study.status in OVER)
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
    )
    plans = make(KIND, rows, elements)
    return _with_activities(
        plans, (_visits(rows, records, study, over), _treatments(rows, records, study, over))
    )


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
    planned = pl.DataFrame(
        [(v.name, v.number, v.day, v.epoch, f"study.yaml#visits/{v.name}") for v in study.visits],
        schema={
            "PLAN.visit": pl.String,
            "PLAN.number": pl.Float64,
            "PLAN.day": pl.Int64,
            "PLAN.epoch": pl.String,
            f"{SRC}:PLAN": pl.String,
        },
        orient="row",
    )
    took = seen(records).join(encounters(records, study), on=["usubjid", "visit"], how="left")
    took = took.rename(
        {"visit": "PLAN.visit", "date": "SEEN.date", "encounters": "SEEN.encounters", SRC: f"{SRC}:SEEN"}
    )
    frame = rows.frame.join(planned, how="cross").join(took, on=["usubjid", "PLAN.visit"], how="left")
    frame = frame.filter(col("PLAN.day").is_not_null() | col("_src:SEEN").is_not_null())
    made = {**rows.made_from, "SEEN.encounters": ("SEEN.visit",)}
    rows = Rows(frame.sort("usubjid", "PLAN.number", "PLAN.visit"), made)
    took_place = col("_src:SEEN").is_not_null()
    status = when(took_place).then(lit("completed")).otherwise(_undone(over))
    return rows, (
        Element("outcomeReference", col("SEEN.encounters"), _references),
        *date_time("progress[0].time", col("SEEN.date")),
        Element("progress[0].text", when(col("SEEN.date").is_not_null()).then(lit("Took place"))),
        fixed("detail.kind", "Appointment"),
        Element("detail.code.text", col("PLAN.visit")),
        Element("detail.status", status),
        Element("detail.statusReason.text", when(status == "cancelled").then(col("END.standard_term"))),
        Element("detail.scheduledString", pl.format("Day {}", col("PLAN.day"))),
        Element("detail.description", pl.format("Epoch {}", col("PLAN.epoch"))),
    )


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
    return [{"reference": reference} for reference in several.split()]


CARE_PLAN = Resource(KIND, build)
