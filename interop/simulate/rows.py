"""One simulated subject in the rows of its forms: who it is, its past, its visits and its treatment."""

from __future__ import annotations

from interop.simulate import rowsdisease, rowssafety
from interop.simulate.course import Course
from interop.simulate.dates import shown
from interop.simulate.draw import TIDY, Draw
from interop.simulate.facts import Dose
from interop.simulate.rowtypes import Cells, Made, Maker, yn

Rows = dict[str, list[tuple[object, ...]]]


def add_rows(course: Course, seed: int, rows: Rows) -> None:
    """Add the rows of the subject to `rows`, by form: number, visit key, site, subject and the cells.

    The rows of LB are made elsewhere, but for ctDNA.
    """
    draw = Draw(seed, course.number, TIDY)
    for form, make in (*MAKERS, *rowsdisease.MAKERS, *rowssafety.MAKERS):
        into = rows[form]
        for event, cells in make(course, draw):
            into.append((course.number, event, course.site, course.subject, *cells))


def _dm(c: Course, _: Draw) -> Made:
    cells = (
        c.initials,
        c.country,
        c.sex,
        str(c.age),
        "YEARS",
        c.race,
        c.ethnicity,
        c.cohort or None,
        shown(c.consent),
    )
    yield "", cells


def _ic(c: Course, _: Draw) -> Made:
    yield "", (shown(c.consent), c.consent_version)


def _ie(c: Course, _: Draw) -> Made:
    """An exclusion criterion that is met excludes."""
    for code, met in c.criteria:
        yield "SCR", (code, yn(met), shown(c.consent + 1))


def _dx(c: Course, _: Draw) -> Made:
    if c.past is not None:
        p = c.past
        yield (
            "",
            (
                "DX-1",
                p.term,
                p.histology,
                p.stage,
                p.status,
                shown(p.diagnosed),
                shown(p.relapse),
                shown(c.consent + 1),
            ),
        )


def _pt(c: Course, _: Draw) -> Made:
    for line in c.past.lines if c.past else ():
        yield (
            "",
            (
                f"PT-{line.number}",
                str(line.number),
                line.regimen,
                line.category,
                line.response,
                shown(line.start),
                shown(line.end),
                shown(c.consent + 1),
            ),
        )


def _mh(c: Course, _: Draw) -> Made:
    for n, (term, decoded, system, start, end) in enumerate(c.past.history if c.past else (), 1):
        yield (
            "",
            (
                f"MH-{n}",
                term,
                decoded,
                system,
                shown(start),
                shown(end),
                yn(end is None),
                shown(c.consent + 1),
            ),
        )


def _sv(c: Course, _: Draw) -> Made:
    for v in sorted(c.visits, key=lambda v: v.day):
        yield v.key, (shown(v.day), v.why or None)


def _ex(c: Course, _: Draw) -> Made:
    for n, d in enumerate(sorted(c.doses, key=lambda d: d.day), 1):
        yield d.visit, (f"EX-{n:03}", *_dose(d))


def _dose(d: Dose) -> Cells:
    if d.not_given:
        return (
            d.treatment,
            "N",
            d.not_given,
            None,
            None,
            None,
            None,
            None,
            None,
            None,
            shown(d.day),
            None,
            None,
            None,
            d.comment or None,
        )
    end = d.day if d.end is None else d.end
    return (
        d.treatment,
        "Y",
        None,
        d.dose,
        d.unit,
        d.form,
        d.frequency,
        d.route,
        d.lot or None,
        d.product or None,
        shown(d.day),
        d.time or None,
        shown(end),
        d.until or None,
        d.comment or None,
    )


def _pr(c: Course, _: Draw) -> Made:
    for p in sorted(c.procedures, key=lambda p: (p.day, p.identifier)):
        done = not p.not_done
        yield (
            "",
            (
                p.identifier,
                p.name,
                p.category,
                yn(done),
                p.not_done or None,
                p.location or None,
                p.indication,
                shown(p.day),
                shown(p.end) if done else None,
                (p.collected or None) if done else None,
                p.given or None,
                p.comment or None,
            ),
        )


def _cy(c: Course, _: Draw) -> Made:
    for n, y in enumerate(sorted(c.yields, key=lambda y: (y.day, y.procedure)), 1):
        yield (
            "",
            (
                f"CY-{n}",
                y.procedure or None,
                y.product,
                y.identifier,
                y.test,
                y.value,
                y.unit,
                None,
                None,
                shown(y.day),
            ),
        )


MAKERS: tuple[tuple[str, Maker], ...] = (
    ("DM", _dm),
    ("IC", _ic),
    ("IE", _ie),
    ("DX", _dx),
    ("PT", _pt),
    ("MH", _mh),
    ("SV", _sv),
    ("EX", _ex),
    ("PR", _pr),
    ("CY", _cy),
)
