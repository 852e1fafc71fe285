"""Rows of adverse events, medication, later therapy, disposition, death and survival of one subject."""

from __future__ import annotations

from interop.simulate.course import Course
from interop.simulate.dates import shown
from interop.simulate.draw import Draw
from interop.simulate.facts import Event
from interop.simulate.rowtypes import Cells, Made, Maker, yn


def _ae(c: Course, draw: Draw) -> Made:
    if not c.events:
        yield "", ("N", *(None,) * 19)
    for n, e in enumerate(sorted(c.events, key=lambda e: (e.start, e.decoded)), 1):
        yield "", ("Y", f"AE-{n:02}", *_event(e, c, draw))


def _event(e: Event, c: Course, draw: Draw) -> Cells:
    dead = c.death is not None
    ongoing = e.end is None and not e.fatal
    outcome = "FATAL" if e.fatal else "NOT RECOVERED/NOT RESOLVED" if ongoing else "RECOVERED/RESOLVED"
    return (
        e.term,
        e.decoded,
        e.body_system,
        str(e.grade),
        e.system,
        yn(e.special),
        yn(e.serious),
        yn(e.fatal),
        yn(e.serious and not e.fatal and draw.chance(0.8)),
        yn(e.grade == 4),
        yn(e.serious and e.grade < 4 and not e.fatal),
        e.action if e.related else "NOT APPLICABLE",
        "RELATED" if e.related else "NOT RELATED",
        outcome,
        shown(e.start),
        shown(e.end),
        yn(ongoing and not dead),
        e.comment or None,
    )


def _cm(c: Course, _: Draw) -> Made:
    for n, m in enumerate(sorted(c.medications, key=lambda m: (m.start, m.name)), 1):
        yield (
            "",
            (
                f"CM-{n:02}",
                m.name.capitalize(),
                m.name,
                m.klass,
                m.indication,
                m.dose,
                m.unit,
                m.frequency,
                m.route,
                shown(m.start),
                shown(m.end),
                yn(m.end is None and c.death is None),
            ),
        )


def _st(c: Course, _: Draw) -> Made:
    for n, t in enumerate(c.therapies, 1):
        yield (
            "",
            (
                f"ST-{n}",
                t.name,
                t.category,
                t.indication,
                shown(t.start),
                shown(t.end),
                yn(t.end is None and c.death is None),
            ),
        )


def _ds(c: Course, _: Draw) -> Made:
    for n, d in enumerate(sorted(c.dispositions, key=lambda d: d.day), 1):
        yield "", (f"DS-{n}", d.term, d.decoded, d.category, d.subcategory or None, shown(d.day))


def _dth(c: Course, _: Draw) -> Made:
    if c.death is not None:
        yield "", (shown(c.death), c.death_cause)


def _ss(c: Course, _: Draw) -> Made:
    for contact in c.contacts:
        yield "", (contact.status, contact.source, shown(contact.day))


def _gc(c: Course, _: Draw) -> Made:
    for day, text in c.remarks:
        yield "", (shown(day), text)


MAKERS: tuple[tuple[str, Maker], ...] = (
    ("AE", _ae),
    ("CM", _cm),
    ("ST", _st),
    ("DS", _ds),
    ("DTH", _dth),
    ("SS", _ss),
    ("GC", _gc),
)
