"""Rows of imaging, lesions, response, laboratory (ctDNA), vital signs and ECOG of one subject."""

from __future__ import annotations

from interop.simulate.course import Course
from interop.simulate.dates import shown
from interop.simulate.draw import Draw
from interop.simulate.facts import Scan
from interop.simulate.rowtypes import Cells, Made, Maker, yn

DAYTIME_MEASURES = ("SCR", "C1D1", "C1D8", "C1D15", "C2D1", "EOI", "LD", "COND", "D0", "D7", "D14", "D28")
ECOG_VISITS = (
    *("SCR", "C1D1", "C2D1", "EOI", "LD", "COND", "D28", "CONS1", "M3", "M6", "M9", "M12", "M18", "M24"),
)
_NO_PET = ("Scanner out of order", "Blood glucose too high", "Subject refused")


def _im(c: Course, draw: Draw) -> Made:
    for n, s in enumerate(c.scans):
        modality = "PET-CT" if s.met is not None or n == 0 else "CT"
        if s.met == "ND":
            yield s.visit, (f"IM-{n}P", "PET-CT", "WHOLE BODY", "NOT DONE", draw.pick(_NO_PET), shown(s.day))
            modality = "CT"
        where = "WHOLE BODY" if modality == "PET-CT" else "TRUNK"
        yield s.visit, (f"IM-{n}", modality, where, None, None, shown(s.day))


def _tl(c: Course, _: Draw) -> Made:
    for lesion in c.lesions:
        s = c.scans[lesion.scan]
        pet = s.met not in (None, "ND") or lesion.scan == 0
        yield (
            s.visit,
            (
                lesion.identifier,
                lesion.kind,
                lesion.location,
                lesion.detail,
                lesion.laterality or None,
                yn(lesion.nodal),
                "PET/CT SCAN" if pet else "CT SCAN",
                "INVESTIGATOR",
                shown(s.day),
            ),
        )


def _tm(c: Course, _: Draw) -> Made:
    for s in c.scans:
        for m in s.measures:
            sized = m.ldiam is not None
            yield (
                s.visit,
                (
                    m.lesion,
                    s.group,
                    _text(m.ldiam),
                    _text(m.lperp),
                    "mm" if sized else None,
                    "CT SCAN",
                    _text(m.suv),
                    m.deauville or None,
                    "PET/CT SCAN" if m.suv is not None else None,
                    m.state or None,
                    "INVESTIGATOR",
                    shown(s.day),
                ),
            )


def _text(value: float | None) -> str | None:
    return None if value is None else str(value)


def _rs(c: Course, _: Draw) -> Made:
    n = 0
    for s in c.scans[1:]:
        n += 1
        yield (
            s.visit,
            _response(s, f"RS-{n}", (s.met, s.ana, s.overall), "INVESTIGATOR", None, s.group, s.comment),
        )
        if s.other is not None:
            n += 1
            yield s.visit, _response(s, f"RS-{n}", s.other, "INDEPENDENT ASSESSOR", "RADIOLOGIST 1", None)


def _response(
    s: Scan,
    identifier: str,
    read: tuple[str | None, str | None, str | None],
    who: str,
    which: str | None,
    group: str | None,
    comment: str = "",
) -> Cells:
    met, ana, overall = read
    undone = met == "ND"
    return (
        identifier,
        group,
        None if undone else met,
        "NOT DONE" if undone else None,
        "PET-CT was not done" if undone else None,
        ana,
        None,
        None,
        yn(s.new_lesion),
        overall,
        who,
        which,
        shown(s.day),
        comment or None,
    )


def _lb(c: Course, _: Draw) -> Made:
    for n, (event, day, result) in enumerate(c.ctdna, 1):
        yield (
            event,
            (
                f"CT-{n}",
                "MOLECULAR",
                "CTDNA",
                "PLASMA",
                "NEXT GENERATION SEQUENCING",
                result,
                None,
                None,
                None,
                None,
                None,
                shown(day),
                "08:15",
            ),
        )


def _vs(c: Course, draw: Draw) -> Made:
    weight = c.weight
    for v in sorted(c.visits, key=lambda v: v.day):
        if v.key not in DAYTIME_MEASURES and not v.key.startswith(("CONS", "M")):
            continue
        hot = any(e.special and e.start <= v.day <= (e.end or e.start) for e in c.events)
        weight = round(weight * draw.between(0.985, 1.012), 1)
        yield (
            v.key,
            (
                shown(v.day),
                "SITTING",
                f"{draw.normal(126, 11):.0f}",
                "mmHg",
                f"{draw.normal(77, 7):.0f}",
                "mmHg",
                f"{draw.normal(96 if hot else 76, 8):.0f}",
                "beats/min",
                f"{draw.normal(38.6 if hot else 36.7, 0.25):.1f}",
                "C",
                f"{min(100.0, draw.normal(97.3, 1)):.0f}",
                "%",
                f"{weight:.1f}",
                "kg",
                f"{c.height:.1f}" if v.key == "SCR" else None,
                "cm" if v.key == "SCR" else None,
            ),
        )


def _ps(c: Course, draw: Draw) -> Made:
    for v in sorted(c.visits, key=lambda v: v.day):
        if v.key not in ECOG_VISITS:
            continue
        grade = min(4, max(0, c.ecog + draw.pick((-1, 0, 0, 0, 0, 0, 1)))) if v.key != "SCR" else c.ecog
        yield v.key, (str(grade), None, None, "INVESTIGATOR", shown(v.day))


MAKERS: tuple[tuple[str, Maker], ...] = (
    ("IM", _im),
    ("TL", _tl),
    ("TM", _tm),
    ("RS", _rs),
    ("LB", _lb),
    ("VS", _vs),
    ("PS", _ps),
)
