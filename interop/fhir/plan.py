"""The schedule of a study as actions of a PlanDefinition and the activities that they plan.

Actions nest as the study does: epoch, cohort (where the arms differ in the epoch), element, activity. An
activity on a planned day is related to the action that marks its day 0, with the day and its window as the
offset.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from interop.derive.design import planned_day, trial_activities
from interop.fhir.codes import EXT_ABSENT, SNOMED_ROUTES, UCUM
from interop.fhir.datatypes import concept
from interop.fhir.medication import medication
from interop.fhir.resource import Json
from interop.fhir.ucum import ucum
from interop.study import Arm, Study

UNIT, ROUTE, PROCEDUR = ("C71620",), ("C66729",), ("C101858",)
Row = Mapping[str, Any]
Marks = Mapping[tuple[str, str], str]  # (arm, milestone) ─▶ action; the milestone "" is study day 1
Told = tuple[str, list[Row]]  # an element and its activities


def plan_actions(study: Study) -> list[Json]:
    """PlanDefinition.action of the study: one for each epoch that an arm has."""
    rows: list[Row] = list(trial_activities(study).iter_rows(named=True))
    marks = _marks(study, rows)
    made = (_epoch(study, epoch.name, epoch.description, rows, marks) for epoch in study.epochs)
    return [action for action in made if action is not None]


def plan_definitions(study: Study) -> list[Json]:
    """The treatments and procedures that the actions name, as contained ActivityDefinitions."""
    made: dict[str, Json] = {}
    for row in trial_activities(study).iter_rows(named=True):
        if row["kind"] in ("treatment", "procedure") and row["activity"] not in made:
            made[row["activity"]] = _definition(study, row)
    return list(made.values())


def _epoch(study: Study, epoch: str, description: str, rows: list[Row], marks: Marks) -> Json:
    """The epoch's elements, once where all arms have the same with the same activities, else by cohort."""
    told = _told(study, epoch, rows)
    if not any(told.values()):
        return None
    choice: dict[str, Json] = {}
    if _alike(told.values()):
        below = [_finished(study, e, (), marks) for e in told[study.arms[0].code]]
    else:
        below = [_cohort(study, arm, epoch, told[arm.code], marks) for arm in study.arms if told[arm.code]]
        choice = {"groupingBehavior": "logical-group", "selectionBehavior": "exactly-one"}
    title = f"{epoch}: {description}" if description else epoch
    return {"id": slug(epoch), "title": title, **choice, "action": below}


def _told(study: Study, epoch: str, rows: list[Row]) -> dict[str, list[Told]]:
    """Arm ─▶ its elements in the epoch, each with its activities."""
    return {
        arm.code: [
            (p.element, [r for r in rows if (r["arm"], r["element"]) == (arm.code, p.element)])
            for p in arm.elements
            if p.epoch == epoch
        ]
        for arm in study.arms
    }


def _alike(several: Iterable[list[Told]]) -> bool:
    """Whether all arms plan the same at the same times, but for the arm itself."""
    told = [[(e, [{**r, "arm": None} for r in rows]) for e, rows in elements] for elements in several]
    return all(t == told[0] for t in told)


def _cohort(
    study: Study,
    arm: Arm,
    epoch: str,
    elements: list[Told],
    marks: Marks,
) -> Json:
    action = {"id": slug(epoch, arm.code), "title": arm.label}
    if arm.description:
        action["description"] = arm.description
    return {**action, "action": [_finished(study, e, (arm.code,), marks) for e in elements]}


def _finished(study: Study, told: Told, cohort: tuple[str, ...], marks: Marks) -> Json:
    code, rows = told
    element = next(e for e in study.elements if e.code == code)
    action: dict[str, Json] = {
        "id": slug(code, *cohort),
        "title": element.name,
        "description": element.starts,
    }
    decisions = [a for a in study.activities if a.leads_to == code]
    if decisions:
        action["condition"] = [_condition(a.condition) for a in decisions]
    below = [_activity(study, row, cohort, marks) for row in rows]
    return {**action, "action": below} if below else action


def _activity(study: Study, row: Row, cohort: tuple[str, ...], marks: Marks) -> Json:
    own = action_id(study, row, cohort)
    action: dict[str, Json] = {"id": own, "title": row["title"]}
    if row["note"]:
        action["description"] = row["note"]
    action["textEquivalent"] = when(row)
    if row["name"]:
        action["code"] = [{"text": row["name"]}]
    if row["condition"]:
        action["condition"] = [_condition(row["condition"])]
    related = list(_related(study, row, own, cohort, marks))
    if related:
        action["relatedAction"] = related
    if row["kind"] in ("treatment", "procedure"):
        action["definitionCanonical"] = f"#{row['activity']}"
    return action


def when(row: Row) -> str:
    """When an activity is planned, in words."""
    if row["day"] is None:
        return str(row["timing"])
    text = planned_day(row["day"], row["since"], (row["low"], row["high"]))
    return text if row["visit"] is None else f"{row['visit']}: {text}"


def _related(study: Study, row: Row, own: str, cohort: tuple[str, ...], marks: Marks) -> Iterator[Json]:
    """To each action that marks day 0: that of the cohort, or of all cohorts where the activity is shared."""
    if row["day"] is None:
        return
    # Study day 1 is the day of the first treatment, and there is no day 0.
    since = row["since"] if row["since"] is not None else ""
    day = row["day"] if since or row["day"] < 0 else row["day"] - 1
    arms = cohort or tuple(a.code for a in study.arms)
    for target in dict.fromkeys(marks[a, since] for a in arms if (a, since) in marks):
        if target != own:
            yield {"actionId": target, **_offset(day, row["low"], row["high"])}


def _offset(day: int, low: int, high: int) -> dict[str, Json]:
    """Relationship and offset; a window is a range of days on that side of day 0 where the planned day is."""
    if day == 0:
        return {"relationship": "concurrent-with-start"}
    side = "after-start" if day > 0 else "before-start"
    ends = sorted(abs(d) for d in (day + low, day + high))
    across = (day + low) * (day + high) < 0
    if low == high == 0 or across:
        return {"relationship": side, "offsetDuration": _days(abs(day))}
    return {"relationship": side, "offsetRange": {"low": _days(ends[0]), "high": _days(ends[1])}}


def _days(number: int) -> Json:
    return {"value": Decimal(number), "unit": "d", "system": UCUM, "code": "d"}


def _condition(text: str | None) -> Json:
    """A condition in words. R4 has no language for these and asks for one: it is absent, as `as-text`."""
    absent = {"extension": [{"url": EXT_ABSENT, "valueCode": "as-text"}]}
    return {
        "kind": "applicability",
        "expression": {"description": text, "_language": absent, "expression": text},
    }


def _marks(study: Study, rows: list[Row]) -> dict[tuple[str, str], str]:
    """Which action is which milestone."""
    shared = {e.name for e in study.epochs if _alike(_told(study, e.name, rows).values())}
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        cohort = () if row["epoch"] in shared else (row["arm"],)
        own = action_id(study, row, cohort)
        if row["marks"]:
            found.setdefault((row["arm"], row["marks"]), own)
        if row["day"] == 1 and row["since"] is None:
            found.setdefault((row["arm"], ""), own)
    return found


def action_id(study: Study, row: Row, cohort: tuple[str, ...] = ()) -> str:
    """The id of the action of a row of `trial_activities`: its code, its visit or day where it has several,
    and the cohort."""
    activity = next(a for a in study.activities if a.code == row["activity"])
    several = len(activity.visits) + len(activity.days) > 1
    at = row["visit"] or f"day {row['day']}"
    return slug(row["activity"], *([at] if several else []), *cohort)


def slug(*parts: str) -> str:
    """Parts as a FHIR id: `cart-d28`, at most 64 characters."""
    text = "-".join(parts).lower().replace("day -", "day-minus-")
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:64]


def _definition(study: Study, row: Row) -> Json:
    definition: dict[str, Json] = {
        "resourceType": "ActivityDefinition",
        "id": row["activity"],
        "status": "active",
        "title": row["title"],
    }
    if row["note"]:
        definition["description"] = row["note"]
    if row["kind"] == "procedure":
        standard = next((p.standard_name for p in study.procedures if p.name == row["name"]), None)
        code = concept(PROCEDUR)(standard) if standard else {}
        return {**definition, "kind": "ServiceRequest", "code": {**code, "text": row["name"]}}
    product = medication(study)(row["name"]) if row["name"] else {"text": row["title"]}
    definition |= {"kind": "MedicationRequest", "productCodeableConcept": product}
    dosage = _dosage(row)
    return {**definition, "dosage": [dosage]} if dosage else definition


def _dosage(row: Row) -> dict[str, Json]:
    dosage: dict[str, Json] = {}
    if row["route"]:
        dosage["route"] = concept(ROUTE, SNOMED_ROUTES)(row["route"])
    if row["dose"]:
        dosage["doseAndRate"] = [{"doseQuantity": _quantity(row["dose"], row["dose_unit"])}]
    elif row["dose_low"]:
        ends = {
            end: _quantity(row[column], row["dose_unit"])
            for end, column in (("low", "dose_low"), ("high", "dose_high"))
        }
        dosage["doseAndRate"] = [{"doseRange": ends}]
    return dosage


def _quantity(value: str, unit: str) -> Json:
    code = ucum(unit, UNIT)
    coded = {"system": UCUM, "code": code} if code else {}
    return {"value": Decimal(value), "unit": unit, **coded}
