"""What the schedule of a study plans for each subject, beside what was done of it: the activities of
CarePlan.

A subject's plan is that of its arm; without an arm, what all arms have in common before they part.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from polars import col, lit, when

from interop.derive.design import common_elements, planned_day, trial_activities
from interop.derive.elements import milestones
from interop.fhir.rows import ID
from interop.fhir.terms import letters
from interop.lineage import SRC
from interop.records import NOT_DONE, Records
from interop.study import Study, Visit

SLOT = ["usubjid", "_slot"]  # one planned time of one activity of one subject
# The records that an activity may be: what it is, and the fields that name and date it.
PERFORMED: Mapping[str, tuple[str, str, str]] = {
    "MedicationAdministration": ("treatment", "treatment", "start"),
    "Procedure": ("procedure", "name", "start"),
    "Procedure of imaging": ("procedure", "modality", "date"),
    "Observation": ("assessment", "test", "date"),
}


def planned(subjects: pl.DataFrame, records: Records, study: Study) -> pl.DataFrame:
    """One row a subject and planned time of an activity, in the order of the plan: `usubjid`, `_slot`, the
    columns of `trial_activities` (their `_src` as `_plan`), `planned` (the time in words), `due` (the day,
    where its milestone was reached), `began` (whether the subject began the element, of one that a decision
    leads to).

    `subjects`: `usubjid` and `_arm_code`.
    """
    rows = trial_activities(study).rename({SRC: "_plan"}).drop("study")
    rows = rows.with_columns(_in_words(rows)).with_row_index("_slot")
    before = sorted(common_elements(study))
    common = (
        rows.filter((col("arm") == study.arms[0].code) & col("element").is_in(before)) if study.arms else rows
    )
    own = subjects.select("usubjid", arm="_arm_code")
    whole = pl.concat(
        [
            own.drop_nulls("arm").join(rows, on="arm"),
            own.filter(col("arm").is_null()).drop("arm").join(common, how="cross"),
        ],
        how="diagonal",
    )
    reached = milestones(records, study)
    dates = [frame.select("usubjid", since=lit(name), day_0="date") for name, frame in reached.items()]
    empty = pl.DataFrame(schema=dict.fromkeys(("usubjid", "since", "day_0"), pl.String))
    whole = whole.join(pl.concat([empty, *dates]), on=["usubjid", "since"], how="left")
    day_0 = col("day_0").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    return whole.with_columns(
        due=day_0 + pl.duration(days=col("day")),
        began=_began(reached, study),
    ).sort(SLOT)


def planned_visits(subjects: pl.DataFrame, records: Records, study: Study) -> pl.DataFrame:
    """One row a subject and visit of the study: `usubjid`, `PLAN.visit`, `PLAN.number`, `PLAN.planned`
    (when, in words), `PLAN.epoch`, `_src:PLAN`, and whether the subject's plan `has` it: a visit on a study
    day has it at once, one counted from a milestone when the subject reached that; not one of another arm,
    nor of an epoch that follows a decision and was not begun.

    `subjects`: `usubjid` and `_arm_code`.
    """
    texts = dict.fromkeys(("PLAN.visit", "PLAN.planned", "PLAN.epoch", "since"), pl.String)
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "PLAN.number": pl.Float64,
        **texts,
        "_day": pl.Boolean,
    }
    schema |= {"_arms": pl.List(pl.String), f"{SRC}:PLAN": pl.String}
    rows = [
        (
            v.number,
            v.name,
            _visit_in_words(v),
            v.epoch,
            v.since,
            v.day is not None,
            list(v.arms),
            f"study.yaml#visits/{v.name}",
        )
        for v in study.visits
    ]
    visits = pl.DataFrame(rows, schema=schema, orient="row")
    reached = milestones(records, study)
    told = [
        frame.select("usubjid", since=lit(name), _reached=lit(value=True)) for name, frame in reached.items()
    ]
    empty = pl.DataFrame(schema={"usubjid": pl.String, "since": pl.String, "_reached": pl.Boolean})
    whole = subjects.select("usubjid", "_arm_code").join(visits, how="cross")
    whole = whole.join(pl.concat([empty, *told]), on=["usubjid", "since"], how="left")
    arm = (col("_arms").list.len() == 0) | col("_arms").list.contains(col("_arm_code")).fill_null(value=False)
    has = arm & (col("_day") | col("_reached").fill_null(value=False))
    for element, epoch in _decided(study):
        begun = col("usubjid").is_in(reached[element]["usubjid"].to_list())
        has &= begun | (col("PLAN.epoch") != epoch).fill_null(value=True)
    return whole.with_columns(has=has).drop("_arm_code", "_arms", "_day", "_reached", "since")


def _visit_in_words(visit: Visit) -> str | None:
    day = visit.day if visit.since is None else visit.after
    return None if day is None else planned_day(day, visit.since, visit.window or (0, 0))


def _decided(study: Study) -> set[tuple[str, str]]:
    """The milestone that begins an element that a decision leads to, and the epoch that arms put it in."""
    codes = {a.leads_to for a in study.activities if a.leads_to}
    begins = {e.code: e.begins for e in study.elements if e.code in codes}
    return {(begins[p.element], p.epoch) for a in study.arms for p in a.elements if p.element in begins}


def _in_words(rows: pl.DataFrame) -> pl.Series:
    texts = []
    for visit, since, day, low, high, timing in rows.select(
        "visit", "since", "day", "low", "high", "timing"
    ).iter_rows():
        text = timing if day is None else planned_day(day, since, (low, high))
        texts.append(text if visit is None else f"{visit}: {text}")
    return pl.Series("planned", texts, pl.String)


def _began(reached: Mapping[str, pl.DataFrame], study: Study) -> pl.Expr:
    """Of each element that a decision leads to, whether the subject began it; else null."""
    decided = {a.leads_to for a in study.activities if a.leads_to}
    told: pl.Expr = lit(None, pl.Boolean)
    for element in study.elements:
        if element.code in decided:
            begun = col("usubjid").is_in(reached[element.begins]["usubjid"].to_list())
            told = (
                when(pl.any_horizontal(col("element", "leads_to") == element.code))
                .then(begun)
                .otherwise(told)
            )
    return told


def performed(kind: str, rows: pl.DataFrame) -> pl.DataFrame:
    """`usubjid`, `kind`, `name`, `visit`, `date`, `reference`, `given` (false: was not done, with `reason`),
    `_src` of the rows of a key of PERFORMED."""
    what, name, date = PERFORMED[kind]
    resource = kind.partition(" ")[0]
    return rows.select(
        "usubjid",
        "visit",
        SRC,
        kind=lit(what),
        name=letters(col(name)),
        date=col(date).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False),
        reference=lit(f"{resource}/") + col(ID),
        given=~col("status").is_in(NOT_DONE).fill_null(value=False),
        reason=col("reason_not_done"),
    )


def matched(plan: pl.DataFrame, done: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The rows of `done` with the `_slot` of the planned time that they are: at its visit, else on its day
    within the window, else where a time in words is all that is planned."""
    roles = {a.code: a.role for a in study.activities if a.role}
    of_role = [(code, t.name) for code, role in roles.items() for t in study.treatments if t.role == role]
    chosen = pl.DataFrame(of_role, schema={"activity": pl.String, "_one": pl.String}, orient="row")
    named = plan.join(chosen, on="activity", how="left").with_columns(
        name=letters(pl.coalesce("name", "_one"))
    )
    slots = named.select(
        *SLOT, "kind", "name", "due", "low", "high", "timing", at="visit", on_day=col("day").is_not_null()
    )
    pairs = done.join(slots, on=["usubjid", "kind", "name"])
    off = (col("date") - col("due")).dt.total_days()
    fits = (
        when(col("at").is_not_null())
        .then(col("visit") == col("at"))
        .when(col("on_day"))
        .then((off >= col("low")) & (off <= col("high")))
        .otherwise(lit(value=True))
    )
    return pairs.filter(fits.fill_null(value=False)).select(*done.columns, "_slot")


def with_performed(plan: pl.DataFrame, done: pl.DataFrame, names: pl.DataFrame, study: Study) -> pl.DataFrame:
    """The plan with what was done of it (`DONE.references`, with a space between, `_src:DONE`) or was said
    not to be (`UNDONE.reason`, `_src:UNDONE`); a decision with what was found at its visit. Behind it a row
    for each treatment that was given at no planned time, its name (of `names`: `reference`, `treatment`) in
    `name`.
    """
    found = matched(plan, done, study)
    given = found.filter("given").sort(*SLOT, "date", "reference", nulls_last=True)
    outcome = given.group_by(SLOT, maintain_order=True).agg(
        col("reference").unique(maintain_order=True).str.join(" ").alias("DONE.references"),
        col(SRC).first().alias(f"{SRC}:DONE"),
    )
    refused = found.filter(~col("given")).sort(*SLOT, SRC).unique(SLOT, keep="first", maintain_order=True)
    refused = refused.select(*SLOT, col("reason").alias("UNDONE.reason"), col(SRC).alias(f"{SRC}:UNDONE"))
    plan = plan.join(outcome, on=SLOT, how="left").join(refused, on=SLOT, how="left")
    # A decision rests on what was found at its visit.
    grounds = plan.filter(col("kind") != "decision").drop_nulls(["visit", "DONE.references"]).sort(SLOT)
    grounds = grounds.group_by("usubjid", "element", "visit", maintain_order=True).agg(
        col("DONE.references").str.join(" ").alias("_grounds")
    )
    plan = plan.join(grounds, on=["usubjid", "element", "visit"], how="left")
    plan = plan.with_columns(
        when(col("kind") == "decision")
        .then(col("_grounds"))
        .otherwise(col("DONE.references"))
        .alias("DONE.references")
    )
    besides = done.join(found, on="reference", how="anti").filter((col("kind") == "treatment") & col("given"))
    other = besides.join(names, on="reference").sort(
        "usubjid", "treatment", "date", "reference", nulls_last=True
    )
    other = other.group_by("usubjid", "treatment", maintain_order=True).agg(
        col("reference").str.join(" ").alias("DONE.references"), col(SRC).first().alias(f"{SRC}:DONE")
    )
    other = other.select(pl.exclude("treatment"), kind=lit("treatment"), name="treatment")
    return pl.concat([plan, other], how="diagonal")
