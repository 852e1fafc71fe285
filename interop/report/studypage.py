"""A study definition as a page to read: Markdown made of study.yaml alone, every assumption included."""

from __future__ import annotations

from collections.abc import Iterable

from interop.derive.design import trial_activities, trial_visits
from interop.derive.lugano import table_of
from interop.fhir.plan import when
from interop.study import Study
from interop.trialdesign import Milestone


def study_page(study: Study) -> str:
    """The page of a study whose arms have elements, as `docs/<study>.md` has it."""
    sections = (*_what(study), *_when(study), *_why(study))
    return "\n\n".join(sections) + "\n"


def _what(study: Study) -> Iterable[str]:
    return (
        f"# {study.id}: the trial as implemented",
        "Made of `study.yaml` by `scripts/build_study_page.py`; a test holds the two together. What the "
        "protocol does not say is under [Assumptions](#assumptions), with the key that holds each decision.",
        f"**{study.title}.** {study.description}\n\nCondition: {study.condition}.",
        "## Arms",
        *(_arm(study, code) for code in (a.code for a in study.arms)),
        "## Elements",
        _table(
            ("ETCD", "element", "starts", "ends", "planned", "a subject enters it on"),
            ((e.code, e.name, e.starts, e.ends, e.duration, e.begins) for e in study.elements),
        ),
        "## Milestones",
        "Events of a subject that its records date. Days count from them, the day itself being 0.",
        _table(
            ("milestone", "date", "ADSL"),
            ((m.name, _found(m), m.adsl and f"{m.adsl}, {m.label}") for m in study.milestones),
        ),
    )


def _when(study: Study) -> Iterable[str]:
    return (
        "## Settings",
        _table(
            ("setting", "choice", "meaning", "default"),
            (
                (s.name, choice, meaning, "yes" if choice == s.value else None)
                for s in study.settings
                for choice, meaning in s.choices.items()
            ),
        ),
        "## Visits",
        _table(
            ("VISITNUM", "VISIT", "arm", "when"),
            (
                (f"{r['number']:g}", r["name"], r["arm"], r["starts"])
                for r in trial_visits(study).iter_rows(named=True)
            ),
        ),
        "## Schedule",
        *(_schedule(study, code) for code in (a.code for a in study.arms)),
        "## Treatments and procedures",
        _table(
            ("name", "part", "route", "what it is"),
            ((t.name, t.role, t.route, t.description) for t in study.treatments),
        ),
        _table(
            ("procedure", "what it is", "minimum yield"),
            (
                (p.name, p.description, "; ".join(f"{y.minimum} {y.unit} {y.description}" for y in p.yields))
                for p in study.procedures
            ),
        ),
    )


def _why(study: Study) -> Iterable[str]:
    return (
        "## Eligibility",
        _table(
            ("IETESTCD", "category", "criterion"), ((c.code, c.category, c.text) for c in study.eligibility)
        ),
        "## Endpoints",
        _table(
            ("endpoint", "level", "definition", "window", "parameters"),
            ((e.name, e.level, e.definition, e.window, ", ".join(e.parameters)) for e in study.endpoints),
        ),
        "## Overall response",
        "Where a source has an overall response, it stands. Where it has readings by PET-CT and CT only, the "
        "first rule that they meet decides; PRIOR is the latest evaluable PET-CT before. "
        + ("The table is the study's own." if study.response.rules else f"Table: {study.response.criteria}."),
        _table(
            ("rule", "PET-CT", "CT", "evaluable PET-CT before", "gives the response"),
            (
                (
                    r.name,
                    _among(r.pet),
                    _among(r.ct),
                    {True: "yes", False: "no", None: "any"}[r.prior],
                    r.take,
                )
                for r in table_of(study)
            ),
        ),
        "## Trial summary",
        "Null flavours of TS: "
        + ", ".join(f"{s.code} {s.null_flavor}" for s in study.summary if s.null_flavor is not None)
        + ".",
        "## Assumptions",
        _table(
            ("about", "decision", "key"), ((a.about, a.decision, _key(a.governs)) for a in study.assumptions)
        ),
    )


def _arm(study: Study, code: str) -> str:
    arm = next(a for a in study.arms if a.code == code)
    rows = ((n, p.element, p.epoch, p.branch, p.transition) for n, p in enumerate(arm.elements, start=1))
    head = f"### {arm.code}: {arm.label}\n\n{arm.description}."
    return f"{head}\n\n{_table(('TAETORD', 'ETCD', 'EPOCH', 'branch', 'transition'), rows)}"


def _schedule(study: Study, code: str) -> str:
    rows = (
        (r["element"], r["title"], when(r), _dose(r), r["condition"], r["note"])
        for r in trial_activities(study).iter_rows(named=True)
        if r["arm"] == code
    )
    return f"### {code}\n\n{_table(('ETCD', 'activity', 'when', 'dose', 'condition', 'note'), rows)}"


def _dose(row: dict[str, str | None]) -> str | None:
    if row["dose"] is not None:
        return f"{row['dose']} {row['dose_unit']}"
    return None if row["dose_low"] is None else f"{row['dose_low']} to {row['dose_high']} {row['dose_unit']}"


def _found(m: Milestone) -> str:
    if m.record is not None:
        where = "".join(f", {field} {' or '.join(values)}" for field, values in m.where.items())
        later = f", after the day of {m.after}" if m.after else ""
        text = f"{m.pick} {m.record}.{m.date}{where}{later}"
    else:
        text = f"{m.how.replace('_', ' ')} {', '.join(m.of)}"
    return text + (f", {m.days_later} days later" if m.days_later else "")


def _among(readings: tuple[str | None, ...] | None) -> str:
    return "any" if readings is None else ", ".join("none" if r is None else r for r in readings)


def _key(governs: str) -> str:
    return f"`{governs}`" if governs else ""


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    titles = list(head)
    lines = [titles, ["---"] * len(titles)]
    lines += [["" if cell is None else str(cell).replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
