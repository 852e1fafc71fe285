"""One simulated subject in the rows of its forms: number, event and site first, then the cells of the form as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from interop.simulate.course import Course, Dose, Event, Scan
from interop.simulate.dates import shown
from interop.simulate.draw import TIDY, Draw
from interop.simulate.settings import Settings

Cells = tuple[str | None, ...]
Rows = dict[str, list[tuple[object, ...]]]
DAYTIME_MEASURES = ("SCR", "C1D1", "C1D8", "C1D15", "C2D1", "EOI", "LD", "COND", "D0", "D7", "D14", "D28")
ECOG_VISITS = ("SCR", "C1D1", "C2D1", "EOI", "LD", "COND", "D28", "CONS1", "M3", "M6", "M9", "M12", "M18", "M24")


def add_rows(course: Course, seed: int, settings: Settings, rows: Rows) -> None:
    """Add the rows of the subject to `rows`, by form. LB is made elsewhere, but for ctDNA."""
    draw = Draw(seed, course.number, TIDY)
    for form, make in _MAKERS:
        into = rows[form]
        for event, cells in make(course, draw, settings):
            into.append((course.number, event, course.site, course.subject, *cells))


Made = Iterator[tuple[str, Cells]]
Maker = Callable[[Course, Draw, Settings], Made]


def _yn(value: bool) -> str:
    return "Y" if value else "N"


def _dm(c: Course, draw: Draw, settings: Settings) -> Made:
    cells = c.initials, c.country, c.sex, str(c.age), "YEARS", c.race, c.ethnicity, c.cohort or None, shown(c.consent)
    yield "", cells


def _ic(c: Course, draw: Draw, settings: Settings) -> Made:
    yield "", (shown(c.consent), c.consent_version)


def _ie(c: Course, draw: Draw, settings: Settings) -> Made:
    """An exclusion criterion that is met excludes."""
    day = shown(c.consent + 1)
    for code in (*settings.inclusion, *settings.exclusion):
        yield "SCR", (code, _yn((code in settings.inclusion) != (code == c.screen_failure)), day)


def _dx(c: Course, draw: Draw, settings: Settings) -> Made:
    if c.past is not None:
        p = c.past
        yield "", (
            "DX-1", p.term, p.histology, p.stage, p.status, shown(p.diagnosed), shown(p.relapse), shown(c.consent + 1),
        )  # fmt: skip


def _pt(c: Course, draw: Draw, settings: Settings) -> Made:
    for line in c.past.lines if c.past else ():
        yield "", (
            f"PT-{line.number}", str(line.number), line.regimen, line.category, line.response, shown(line.start),
            shown(line.end), shown(c.consent + 1),
        )  # fmt: skip


def _mh(c: Course, draw: Draw, settings: Settings) -> Made:
    for n, (term, decoded, system, start, end) in enumerate(c.past.history if c.past else (), 1):
        yield "", (
            f"MH-{n}", term, decoded, system, shown(start), shown(end), _yn(end is None), shown(c.consent + 1),
        )  # fmt: skip


def _sv(c: Course, draw: Draw, settings: Settings) -> Made:
    for v in sorted(c.visits, key=lambda v: v.day):
        yield v.key, (shown(v.day), v.why or None)


def _ex(c: Course, draw: Draw, settings: Settings) -> Made:
    for n, d in enumerate(sorted(c.doses, key=lambda d: d.day), 1):
        yield d.visit, (f"EX-{n:03}", *_dose(d))


def _dose(d: Dose) -> Cells:
    if d.not_given:
        return (
            d.treatment, "N", d.not_given, None, None, None, None, None, None, shown(d.day), None, None, None, d.comment or None,
        )  # fmt: skip
    end = d.day if d.end is None else d.end
    return (
        d.treatment, "Y", None, d.dose, d.unit, d.form, d.frequency, d.route, d.lot or None, shown(d.day), d.time or None,
        shown(end), d.until or None, d.comment or None,
    )  # fmt: skip


def _pr(c: Course, draw: Draw, settings: Settings) -> Made:
    for p in sorted(c.procedures, key=lambda p: (p.day, p.identifier)):
        done = not p.not_done
        yield "", (
            p.identifier, p.name, p.category, _yn(done), p.not_done or None, p.location or None, p.indication,
            shown(p.day), shown(p.end) if done else None, p.comment or None,
        )  # fmt: skip


def _cy(c: Course, draw: Draw, settings: Settings) -> Made:
    for n, y in enumerate(sorted(c.yields, key=lambda y: (y.day, y.procedure)), 1):
        yield "", (f"CY-{n}", y.procedure or None, y.product, y.test, y.value, y.unit, None, None, shown(y.day))


def _im(c: Course, draw: Draw, settings: Settings) -> Made:
    for n, s in enumerate(c.scans):
        modality = "PET-CT" if s.met is not None or n == 0 else "CT"
        if s.met == "ND":
            yield s.visit, (f"IM-{n}P", "PET-CT", "WHOLE BODY", "NOT DONE", draw.pick(_NO_PET), shown(s.day))
            modality = "CT"
        where = "WHOLE BODY" if modality == "PET-CT" else "NECK, CHEST, ABDOMEN AND PELVIS"
        yield s.visit, (f"IM-{n}", modality, where, None, None, shown(s.day))


_NO_PET = ("Scanner out of order", "Blood glucose too high", "Subject refused")


def _tl(c: Course, draw: Draw, settings: Settings) -> Made:
    for lesion in c.lesions:
        s = c.scans[lesion.scan]
        pet = s.met not in (None, "ND") or lesion.scan == 0
        yield s.visit, (
            lesion.identifier, lesion.kind, lesion.location, lesion.detail, lesion.laterality or None, _yn(lesion.nodal),
            "PET/CT SCAN" if pet else "CT SCAN", "INVESTIGATOR", shown(s.day),
        )  # fmt: skip


def _tm(c: Course, draw: Draw, settings: Settings) -> Made:
    for s in c.scans:
        for m in s.measures:
            sized = m.ldiam is not None
            yield s.visit, (
                m.lesion, s.group, _text(m.ldiam), _text(m.lperp), "mm" if sized else None, "CT SCAN",
                _text(m.suv), m.deauville or None, "PET/CT SCAN" if m.suv is not None else None, m.state or None,
                "INVESTIGATOR", shown(s.day),
            )  # fmt: skip


def _text(value: float | None) -> str | None:
    return None if value is None else str(value)


def _rs(c: Course, draw: Draw, settings: Settings) -> Made:
    n = 0
    for s in c.scans[1:]:
        n += 1
        yield s.visit, _response(s, f"RS-{n}", (s.met, s.ana, s.overall), "INVESTIGATOR", None, s.group)
        if s.other is not None:
            n += 1
            yield s.visit, _response(s, f"RS-{n}", s.other, "INDEPENDENT ASSESSOR", "RADIOLOGIST 1", None)


def _response(
    s: Scan, identifier: str, read: tuple[str | None, str | None, str | None], who: str, which: str | None, group: str | None
) -> Cells:
    met, ana, overall = read
    undone = met == "ND"
    return (
        identifier, group, None if undone else met, "NOT DONE" if undone else None,
        "PET-CT was not done" if undone else None, ana, None, None, _yn(s.new_lesion), overall, who, which, shown(s.day),
    )  # fmt: skip


def _lb(c: Course, draw: Draw, settings: Settings) -> Made:
    for n, (event, day, result) in enumerate(c.ctdna, 1):
        yield event, (
            f"CT-{n}", "MOLECULAR", "CTDNA", "PLASMA", "NEXT GENERATION SEQUENCING", result, None, None, None, None, None,
            shown(day), "08:15",
        )  # fmt: skip


def _vs(c: Course, draw: Draw, settings: Settings) -> Made:
    weight = c.weight
    for v in sorted(c.visits, key=lambda v: v.day):
        if v.key not in DAYTIME_MEASURES and not v.key.startswith(("CONS", "M")):
            continue
        hot = any(e.special and e.start <= v.day <= (e.end or e.start) for e in c.events)
        weight = round(weight * draw.between(0.985, 1.012), 1)
        yield v.key, (
            shown(v.day), "SITTING",
            f"{draw.normal(126, 11):.0f}", "mmHg", f"{draw.normal(77, 7):.0f}", "mmHg",
            f"{draw.normal(96 if hot else 76, 8):.0f}", "beats/min",
            f"{draw.normal(38.6 if hot else 36.7, 0.25):.1f}", "C", f"{min(100.0, draw.normal(97.3, 1)):.0f}", "%",
            f"{weight:.1f}", "kg", f"{c.height:.1f}" if v.key == "SCR" else None, "cm" if v.key == "SCR" else None,
        )  # fmt: skip


def _ps(c: Course, draw: Draw, settings: Settings) -> Made:
    for v in sorted(c.visits, key=lambda v: v.day):
        if v.key not in ECOG_VISITS:
            continue
        grade = min(4, max(0, c.ecog + draw.pick((-1, 0, 0, 0, 0, 0, 1)))) if v.key != "SCR" else c.ecog
        yield v.key, (str(grade), None, None, "INVESTIGATOR", shown(v.day))


def _ae(c: Course, draw: Draw, settings: Settings) -> Made:
    if not c.events:
        yield "", ("N", *(None,) * 18)
    for n, e in enumerate(sorted(c.events, key=lambda e: (e.start, e.decoded)), 1):
        yield "", ("Y", f"AE-{n:02}", *_event(e, c, draw))


def _event(e: Event, c: Course, draw: Draw) -> Cells:
    dead = c.death is not None
    ongoing = e.end is None and not e.fatal
    outcome = "FATAL" if e.fatal else "NOT RECOVERED/NOT RESOLVED" if ongoing else "RECOVERED/RESOLVED"
    return (
        e.term, e.decoded, e.body_system, str(e.grade), e.system, _yn(e.special), _yn(e.serious),
        _yn(e.fatal), _yn(e.serious and not e.fatal and draw.chance(0.8)), _yn(e.grade == 4),
        _yn(e.serious and e.grade < 4 and not e.fatal), e.action if e.related else "NOT APPLICABLE",
        "RELATED" if e.related else "NOT RELATED", outcome, shown(e.start), shown(e.end),
        _yn(ongoing and not dead),
    )  # fmt: skip


def _cm(c: Course, draw: Draw, settings: Settings) -> Made:
    for n, m in enumerate(sorted(c.medications, key=lambda m: (m.start, m.name)), 1):
        yield "", (
            f"CM-{n:02}", m.name.capitalize(), m.name, m.klass, m.indication, m.dose, m.unit, m.frequency, m.route,
            shown(m.start), shown(m.end), _yn(m.end is None and c.death is None),
        )  # fmt: skip


def _st(c: Course, draw: Draw, settings: Settings) -> Made:
    for n, t in enumerate(c.therapies, 1):
        yield "", (f"ST-{n}", t.name, t.category, t.indication, shown(t.start), shown(t.end), _yn(t.end is None and c.death is None))


def _ds(c: Course, draw: Draw, settings: Settings) -> Made:
    for n, d in enumerate(sorted(c.dispositions, key=lambda d: d.day), 1):
        yield "", (f"DS-{n}", d.term, d.decoded, d.category, d.subcategory or None, shown(d.day))


def _dth(c: Course, draw: Draw, settings: Settings) -> Made:
    if c.death is not None:
        yield "", (shown(c.death), c.death_cause)


def _ss(c: Course, draw: Draw, settings: Settings) -> Made:
    for contact in c.contacts:
        yield "", (contact.status, contact.source, shown(contact.day))


_MAKERS: tuple[tuple[str, Maker], ...] = (
    ("DM", _dm), ("IC", _ic), ("IE", _ie), ("DX", _dx), ("PT", _pt), ("MH", _mh),
    ("SV", _sv), ("EX", _ex), ("PR", _pr), ("CY", _cy), ("IM", _im), ("TL", _tl), ("TM", _tm), ("RS", _rs), ("LB", _lb),
    ("VS", _vs), ("PS", _ps), ("AE", _ae), ("CM", _cm), ("ST", _st), ("DS", _ds), ("DTH", _dth), ("SS", _ss),
)  # fmt: skip
