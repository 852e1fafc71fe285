"""The design of a trial as rows: what TA, TE, TV, TI, TS, PlanDefinition and CarePlan are made of.

Every frame has the columns `study` and `_src`, which names the key of study.yaml that a row stands for; what
is joined from another section arrives as `arm.*`, `element.*` or `visit.*` with a reference of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import polars as pl
from polars import col

from interop import ct
from interop.lineage import SRC, attach
from interop.standards import TITLES
from interop.study import Arm, Study, Visit
from interop.supp import in_pieces
from interop.trialdesign import Activity, outcome

TEXT = pl.String
CDISC_CT = "CDISC CT"  # term of DICTNAM
MODEL = (("SDTIGVER", "sdtmig34", "C160924"), ("SDTMVER", "sdtm20", "C160923"))
LEVELS = {"primary": "OUTMSPRI", "secondary": "OUTMSSEC", "exploratory": "OUTMSEXP"}
SUMMARY = dict.fromkeys(("code", "value", "null_flavor", "valcd", "terminology", "version", "group"), TEXT)
TRIAL_ACTIVITIES: Mapping[str, type[pl.DataType]] = {
    **dict.fromkeys(("arm", "epoch", "element", "activity", "title", "kind", "name", "visit", "since"), TEXT),
    **dict.fromkeys(("day", "low", "high"), pl.Int64),
    **dict.fromkeys(("timing", "dose", "dose_low", "dose_high", "dose_unit", "route"), TEXT),
    **dict.fromkeys(("condition", "leads_to", "marks", "note"), TEXT),
}


def trial_elements(study: Study) -> pl.DataFrame:
    """code, name, starts, ends, duration: one row an element."""
    rows = [
        (e.code, e.name, e.starts, e.ends, e.duration, f"study.yaml#elements/{e.code}")
        for e in study.elements
    ]
    return _frame(study, dict.fromkeys(("code", "name", "starts", "ends", "duration"), TEXT), rows)


def trial_arms(study: Study) -> pl.DataFrame:
    """arm, order, element, epoch, branch, transition, `arm.label`, `element.name`: one row an element of an
    arm."""
    schema = {"arm": TEXT, "order": pl.Int64}
    schema |= dict.fromkeys(("element", "epoch", "branch", "transition"), TEXT)
    rows = [
        (a.code, n, p.element, p.epoch, p.branch, p.transition, f"study.yaml#arms/{a.code}/{p.element}")
        for a in study.arms
        for n, p in enumerate(a.elements, start=1)
    ]
    named = attach(_frame(study, schema, rows), arm_labels(study), "arm", on="arm", to="code")
    return attach(
        named, trial_elements(study).select("code", "name", SRC), "element", on="element", to="code"
    )


def arm_labels(study: Study) -> pl.DataFrame:
    """code, label and reference of each arm."""
    rows = [(a.code, a.label, f"study.yaml#arms/{a.code}") for a in study.arms]
    return _frame(study, dict.fromkeys(("code", "label"), TEXT), rows).drop("study")


def trial_visits(study: Study) -> pl.DataFrame:
    """number, name, day, arm, starts, ends, `arm.label`: one row a planned visit, or an arm of it where it is
    not planned in all. A visit without a plan (unscheduled) has no row."""
    schema = {"number": pl.Float64, "name": TEXT, "day": pl.Int64}
    schema |= dict.fromkeys(("arm", "starts", "ends"), TEXT)
    rows = [
        (v.number, v.name, v.day, arm, visit_rule(v), v.ends, f"study.yaml#visits/{v.name}")
        for v in study.visits
        if visit_rule(v) is not None
        for arm in v.arms or (None,)
    ]
    return attach(_frame(study, schema, rows), arm_labels(study), "arm", on="arm", to="code")


def visit_rule(visit: Visit) -> str | None:
    """When a visit takes place: as the study says it, else its planned day in words; None where it is
    unplanned."""
    if visit.starts is not None:
        return visit.starts
    day = visit.day if visit.since is None else visit.after
    return None if day is None else planned_day(day, visit.since, visit.window or (0, 0))


def planned_day(day: int, since: str | None, window: tuple[int, int]) -> str:
    """`28 days after CAR-T infusion, window -3 to +3 days`; a study day where there is no milestone."""
    if since is None:
        planned = f"Study day {day}"
    elif day == 0:
        planned = f"On the day of {since}"
    else:
        unit, side = "day" if abs(day) == 1 else "days", "after" if day > 0 else "before"
        planned = f"{abs(day)} {unit} {side} {since}"
    low, high = (f"{d:+d}" if d else "0" for d in window)
    return planned if window == (0, 0) else f"{planned}, window {low} to {high} days"


def trial_criteria(study: Study) -> pl.DataFrame:
    """code, text, category, subcategory, rule, version: one row a criterion."""
    rows = [
        (c.code, c.text, c.category, c.subcategory, c.rule, c.version, f"study.yaml#eligibility/{c.code}")
        for c in study.eligibility
    ]
    names = ("code", "text", "category", "subcategory", "rule", "version")
    return _frame(study, dict.fromkeys(names, TEXT), rows)


def trial_summary(study: Study) -> pl.DataFrame:
    """code, value, null_flavor, valcd, terminology, version, group: one row a value of a trial summary
    parameter. `value` is cut into pieces of at most 200 bytes: TSVAL, TSVAL1 and on.

    The parameters of the section `summary`, and those that other sections give unless `summary` has them too.
    A study without the section has no trial summary.
    """
    if not study.summary:
        return _in_pieces(_frame(study, SUMMARY, []))
    given = {s.code for s in study.summary}
    rows = [row for row in _told_elsewhere(study) if row[0] not in given]
    for s in study.summary:
        coded: tuple[str | None, ...] = (None, None, None)
        if s.coded is not None:
            coded = (s.coded.code, s.coded.terminology, s.coded.version)
        elif s.codelist is not None and s.value is not None:
            coded = _coded(s.value, s.codelist)
        rows.append((s.code, s.value, s.null_flavor, *coded, s.group, f"study.yaml#summary/{s.code}"))
    return _in_pieces(_frame(study, SUMMARY, rows))


def _in_pieces(summary: pl.DataFrame) -> pl.DataFrame:
    return summary.with_columns(value=in_pieces(summary["value"]))


def _told_elsewhere(study: Study) -> Iterator[tuple[str | None, ...]]:
    def row(code: str, value: str, key: str) -> tuple[str | None, ...]:
        return (code, value, None, None, None, None, None, f"study.yaml#{key}")

    yield row("TITLE", study.title, "study/title")
    if study.condition:
        yield row("INDIC", study.condition, "study/condition")
    if study.phase:
        yield row("TPHASE", study.phase, "study/phase")
    yield row("NARMS", str(len(study.arms)), "arms")
    for treatment in study.treatments:
        if treatment.role == "investigational":
            yield row("TRT", treatment.name, f"treatments/{treatment.name}")
    for endpoint in study.endpoints:
        text = outcome(endpoint.name, endpoint.definition)
        yield row(LEVELS[endpoint.level], text, f"endpoints/{endpoint.code}")
    for code, standard, codelist in MODEL:
        name, version = TITLES[standard]
        yield (code, version, None, *_coded(version, codelist), None, f"{name} {version}")


def _coded(value: str, codelist: str) -> tuple[str | None, ...]:
    """TSVALCD, TSVCDREF, TSVCDVER of a term."""
    found = ct.codelist(codelist)
    term = found.terms.get(value)
    if term is None or not term.code:
        return (None, None, None)
    return (term.code, CDISC_CT, found.package.split("-", 1)[1])


def trial_activities(study: Study) -> pl.DataFrame:
    """The schedule, one row an activity, day and arm (TRIAL_ACTIVITIES): `arm`, `epoch`, `element` where it
    is planned; `kind` treatment, procedure, assessment or decision, `name` of it (null where one of several
    is chosen); `visit`, or `day` after milestone `since` (null: the study day), with `low` and `high` of the
    window in days; or `timing` in words; `dose` or `dose_low` and `dose_high` with `dose_unit`; `condition`,
    `leads_to`, `marks`."""
    rows = [
        (arm.code, place.epoch, place.element, *_facts(activity), *when, *_rest(study, activity))
        for arm in study.arms
        for place in arm.elements
        for activity in study.activities
        if activity.element == place.element and (not activity.arms or arm.code in activity.arms)
        for when in _times(study, arm, activity)
    ]
    return _frame(study, TRIAL_ACTIVITIES, rows)


def _facts(a: Activity) -> tuple[str | None, ...]:
    kinds = (
        ("treatment", a.treatment or a.role),
        ("procedure", a.procedure),
        ("assessment", a.assessment),
        ("decision", a.leads_to),
    )
    kind = next(k for k, said in kinds if said is not None)
    return (a.code, a.title, kind, a.treatment or a.procedure or a.assessment)


def _rest(study: Study, a: Activity) -> tuple[str | None, ...]:
    route = next((t.route for t in study.treatments if t.name == a.treatment), None)
    dose = (None,) * 4 if a.dose is None else (a.dose.value, a.dose.low, a.dose.high, a.dose.unit)
    return (
        a.timing,
        *dose,
        route,
        a.condition,
        a.leads_to,
        a.marks,
        a.note,
        f"study.yaml#activities/{a.code}",
    )


def _times(study: Study, arm: Arm, a: Activity) -> Iterator[tuple[str | int | None, ...]]:
    """visit, since, day, low, high of each time that the activity is planned."""
    visits = {v.name: v for v in study.visits}
    for name in a.visits:
        visit = visits[name]
        if visit.arms and arm.code not in visit.arms:
            continue
        day = visit.day if visit.day is not None else visit.after
        yield (name, visit.since, day, *(visit.window or (0, 0)))
    for day in a.days:
        yield (None, a.since, day, *(a.window or (0, 0)))
    if a.timing is not None:
        yield (None, None, None, None, None)


def common_elements(study: Study) -> frozenset[str]:
    """The elements that every arm has before arms part: what a subject without an arm may have been given."""
    if not study.arms:
        return frozenset()
    first = study.arms[0].elements
    together = 0
    while all(
        together < min(len(a.elements), len(first))
        and a.elements[together].element == first[together].element
        for a in study.arms
    ):
        together += 1
    return frozenset(p.element for p in first[:together])


def treatments_before_arms(study: Study) -> frozenset[str]:
    """The treatments planned before arms part: given to a subject without an arm, they are not unplanned."""
    common = common_elements(study)
    planned = [a for a in study.activities if a.element in common]
    roles = {a.role for a in planned}
    named = {a.treatment for a in planned}
    return frozenset(t.name for t in study.treatments if t.name in named or (t.role and t.role in roles))


def _frame(
    study: Study, schema: Mapping[str, type[pl.DataType]], rows: Iterable[tuple[object, ...]]
) -> pl.DataFrame:
    frame = pl.DataFrame(list(rows), schema={**schema, SRC: TEXT}, orient="row")
    return frame.select(pl.lit(study.id).alias("study"), *schema, col(SRC))
