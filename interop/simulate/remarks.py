"""Free text of the investigators: on doses, procedures, events and responses, and on the subject at large.

Invented, and without a name, a place or a number of a person. Each says what the forms beside it say too.
"""

from __future__ import annotations

from collections.abc import Iterator

from interop.simulate.course import Course
from interop.simulate.draw import Draw
from interop.simulate.facts import Dose, Event, Procedure, Scan

NARRATIVE = (
    "Other causes, infection above all, were looked for and not found. Treated by the local guideline, see "
    "concomitant medication; observed on the ward until all signs had gone. Whether and when to go on with "
    "treatment was decided by the investigator together with the physician of the sponsor, as the protocol "
    "leaves it to them."
)
NOT_GIVEN = {
    "ADVERSE EVENT": "Not given because of an adverse event, see there.",
    "PROGRESSIVE DISEASE": "Not given: the disease had progressed.",
}
COHORT = {
    "ASCTCART": "Cohort chosen at the local board: fit for conditioning, and enough stem cells are stored.",
    "CART": "Cohort chosen at the local board: CAR-T cells alone.",
}


def remark(course: Course, draw: Draw) -> None:
    """Add comments to what the course has left after the data cut."""
    for dose in course.doses:
        dose.comment = _on_dose(dose, course, draw)
    for procedure in course.procedures:
        procedure.comment = _on_procedure(procedure, course)
    for event in course.events:
        event.comment = _on_event(event, draw)
    for scan in course.scans[1:]:
        scan.comment = _on_scan(scan, draw)
    course.remarks = list(_on_subject(course, draw))


def _on_dose(dose: Dose, course: Course, draw: Draw) -> str:
    if dose.not_given:
        return NOT_GIVEN.get(dose.not_given, "") if draw.chance(0.7) else ""
    reacted = any(e.special and e.start == dose.day for e in course.events)
    if reacted and dose.time and draw.chance(0.3):
        return "Fever some hours after the end of the infusion; observed overnight."
    return ""


def _on_procedure(procedure: Procedure, course: Course) -> str:
    if procedure.not_done:
        return "To be planned again after induction."
    if procedure.identifier == "PR-SC1" and any(p.identifier == "PR-SC2" for p in course.procedures):
        return "Yield too low: collected again on the next day."
    return ""


def _on_event(event: Event, draw: Draw) -> str:
    if event.special and event.grade >= 2 and event.end is not None and not event.fatal:
        return NARRATIVE if draw.chance(0.5) else ""
    if not event.related and draw.chance(0.1):
        return "Another cause than study treatment is more likely."
    return ""


def _on_scan(scan: Scan, draw: Draw) -> str:
    if scan.overall is None:  # then the form has no response that the comment could be on
        return ""
    if scan.met == "NE":
        return "PET could not be read because of uptake in brown fat; CT was read alone."
    if scan.met == "ND":
        return "CT was read alone, for PET-CT was not done."
    if scan.new_lesion and draw.chance(0.4):
        return "New lesion, not there on the examination before; no biopsy was taken."
    return ""


def _on_subject(course: Course, draw: Draw) -> Iterator[tuple[int, str]]:
    if draw.chance(0.1):
        yield course.consent, 'Asked for time to consider, then consented; "no further questions".'
    for visit in course.visits:
        if visit.key == "EOI" and course.cohort and draw.chance(0.3):
            yield visit.day, COHORT[course.cohort]
