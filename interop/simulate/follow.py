"""A simulated subject after cellular therapy, or without it, to the end."""

from __future__ import annotations

from interop.simulate import toxicity
from interop.simulate.course import Course
from interop.simulate.disease import Disease
from interop.simulate.draw import Draw
from interop.simulate.facts import Contact, Disposition, Dose, Therapy, Visit
from interop.simulate.settings import Settings

MONTHS = (("M3", 3), ("M6", 6), ("M9", 9), ("M12", 12), ("M18", 18), ("M24", 24))
CT_ALONE = ("M9", "M18")
CTDNA = ("M3", "M6", "M12")
MONTH, YEARS = 30.4375, 731
NEW_THERAPIES = (
    ("R-GEMOX", "IMMUNOCHEMOTHERAPY"),
    ("Epcoritamab", "IMMUNOTHERAPY"),
    ("Tafasitamab and lenalidomide", "IMMUNOTHERAPY"),
    ("Loncastuximab tesirine", "ANTIBODY-DRUG CONJUGATE"),
    ("Radiotherapy", "RADIOTHERAPY"),
)


def follow(
    course: Course, draw: Draw, late: Draw, disease: Disease, settings: Settings, too_late: float
) -> None:
    """Day 28, what it decides, and the visits up to two years after CAR-T."""
    if course.car_t is None:
        leave(course, draw, settings)
        return
    if course.death is not None:
        _treatment(course, "DEATH", "Death", course.death)
        _end(course, draw, settings, course.car_t)
        return
    response = _day28(course, draw, disease, settings)
    _decide(course, draw, settings, response)
    if response == "PD":
        _progressed(course, draw, settings, course.day28 or course.car_t)
        return
    _attrition(course, draw, settings)
    if response == "PR" and draw.chance(
        settings.p["consolidation_deepens" if course.consolidation else "pr_deepens"]
    ):
        response = "CR"
    course.onset = (
        (course.day28 or 0) + 8 + int(draw.exponential(settings.means[f"progression_{response.lower()}"]))
    )
    _visits(course, draw, late, disease, settings, response, too_late)


def _day28(course: Course, draw: Draw, disease: Disease, settings: Settings) -> str:
    before = next((s.overall for s in reversed(course.scans) if s.overall in ("CR", "PR", "SD", "PD")), "SD")
    response = draw.weighted(settings.weights[f"after_cart_{(before or 'SD').lower()}"])
    day = course.day28 = (course.car_t or 0) + 28 + draw.days(settings.days["d28_jitter"])
    course.visits.append(Visit("D28", day))
    disease.scan("D28", day, response)
    course.ctdna_day28 = (
        "POSITIVE" if draw.chance(settings.p[f"ctdna_positive_{response.lower()}"]) else "NEGATIVE"
    )
    course.ctdna.append(("D28", day, course.ctdna_day28))
    if response == "PD":
        course.onset = day - draw.days((1, 10))
    course.dispositions.append(
        Disposition("Cellular therapy completed", "COMPLETED", "DISPOSITION EVENT", "STUDY TREATMENT", day)
    )
    return response


def _decide(course: Course, draw: Draw, settings: Settings, response: str) -> None:
    """Deauville 4-5 or ctDNA positive at day 28: four cycles of glofitamab."""
    p, day28 = settings.p, course.day28 or 0
    course.consolidate = course.scans[-1].deauville in ("4", "5") or course.ctdna_day28 == "POSITIVE"
    given = draw.chance(p["consolidation_if_pd"] if response == "PD" else p["consolidation_given"])
    if not course.consolidate or not given:
        return
    day = day28 + draw.days(settings.days["d28_to_consolidation"])
    course.consolidation = day
    dose, unit = settings.doses["GLOFITAMAB"][0][-1], settings.doses["GLOFITAMAB"][1]
    for n in range(1, 5):
        key = f"CONS{n}"
        course.visits.append(Visit(key, day))
        minute = 540 + 5 * int(40 * draw.uniform())
        course.doses.append(
            Dose(
                treatment="GLOFITAMAB",
                visit=key,
                day=day,
                dose=dose,
                unit=unit,
                time=f"{minute // 60:02}:{minute % 60:02}",
                until=f"{minute // 60 + 2:02}:{minute % 60:02}",
                lot=f"L{100 + int(900 * draw.uniform())}",
            )
        )
        toxicity.infusion_reaction(course, draw, settings, day, p["crs_later"], 1)
        if n < 4 and draw.chance(p["consolidation_stopped"] / 3):
            _treatment(course, "ADVERSE EVENT", "Consolidation stopped", day + 7)
            return
        day += 21 + draw.days((0, 1))
    _treatment(course, "COMPLETED", "Completed four cycles of consolidation", day - 14)


def _treatment(course: Course, decoded: str, term: str, day: int) -> None:
    course.dispositions.append(Disposition(term, decoded, "DISPOSITION EVENT", "STUDY TREATMENT", day))


def _attrition(course: Course, draw: Draw, settings: Settings) -> None:
    """Death of another cause, withdrawal, loss to follow-up; the first of them ends the course."""
    day28 = course.day28 or 0
    span = (30, round(24 * MONTH))
    dies = day28 + 5 + int(draw.exponential(settings.means["death_without_progression"]))
    if dies < day28 + span[1]:
        course.death, course.death_cause = dies, draw.pick(("Infection", "Cardiac arrest", "Unknown"))
    for chance, why in (
        ("follow_up_withdrawal", "WITHDRAWAL BY SUBJECT"),
        ("follow_up_lost", "LOST TO FOLLOW-UP"),
    ):
        if draw.chance(settings.p[chance]) and course.dropout is None:
            course.dropout, course.dropout_why = day28 + draw.days(span), why
    if course.death and course.dropout and course.dropout < course.death:
        course.death, course.death_cause = None, ""
    elif course.death:
        course.dropout, course.dropout_why = None, ""


def _visits(
    course: Course,
    draw: Draw,
    late: Draw,
    disease: Disease,
    settings: Settings,
    response: str,
    too_late: float,
) -> None:
    start, onset = course.car_t or 0, course.onset or 0
    found = (
        onset + draw.days(settings.days["clinical_detection"])
        if draw.chance(settings.p["clinical_detection"])
        else None
    )
    for key, months in MONTHS:
        day = start + round(MONTH * months) + draw.days((-5, 5))
        if late.chance(too_late):
            lateness = late.days((35, 50))
            day += lateness
            course.late.append((key, lateness))
        if found is not None and found < day and not course.gone(found):
            disease.scan(course.unscheduled(found, "Suspected progression"), found, "PD")
            _progressed(course, draw, settings, found)
            return
        if course.gone(day):
            break
        course.visits.append(Visit(key, day))
        progressed = onset <= day
        state = "PD" if progressed else response
        disease.scan(key, day, state, pet=not (key in CT_ALONE and disease.normal_by_ct))
        if key in CTDNA:
            positive = settings.p[f"ctdna_positive_{state.lower()}"]
            course.ctdna.append((key, day, "POSITIVE" if draw.chance(positive) else "NEGATIVE"))
        if progressed:
            _progressed(course, draw, settings, day)
            return
    course.onset = onset if course.death is None and course.dropout is None and onset <= day else None
    _end(course, draw, settings, start)


def _progressed(course: Course, draw: Draw, settings: Settings, day: int) -> None:
    """After progression: new treatment, contacts by telephone, death."""
    course.death, course.death_cause = None, ""
    course.dropout, course.dropout_why = None, ""
    if course.day28 is not None and day > course.day28:
        _stop_consolidation(course, day)
    _treat_anew(course, draw, settings, day, "Progressive disease")
    dies = day + 10 + int(draw.exponential(settings.means["death_after_progression"]))
    _contacts(course, draw, settings, day, dies)


def _stop_consolidation(course: Course, day: int) -> None:
    """Cycles that progression forestalls, and the reactions to them, do not happen."""
    cycles = {d.visit for d in course.doses if d.visit.startswith("CONS") and d.day >= day}
    if not cycles:
        return
    first = min(d.day for d in course.doses if d.visit in cycles)
    course.doses = [d for d in course.doses if d.visit not in cycles]
    course.visits = [v for v in course.visits if v.key not in cycles]
    course.events = [e for e in course.events if not (e.special and e.start >= first)]
    course.medications = [
        m for m in course.medications if not (m.indication == toxicity.CRS and m.start >= first)
    ]
    if not any(d.visit.startswith("CONS") for d in course.doses):
        course.consolidation = None
    course.dispositions = [d for d in course.dispositions if "onsolidation" not in d.term]
    if course.consolidation is not None:
        _treatment(course, "PROGRESSIVE DISEASE", "Consolidation stopped for progression", day)


def leave(course: Course, draw: Draw, settings: Settings) -> None:
    """A subject without cellular therapy, from the end of phase 1 on."""
    start = course.start or 0
    day = max(course.eoi or 0, course.progression or 0, start + 30, *(d.day for d in course.doses)) + 1
    if course.death is not None or course.dropout is not None:
        _end(course, draw, settings, start)
        return
    _treat_anew(
        course,
        draw,
        settings,
        day,
        "No cellular therapy" if course.progression is None else "Progressive disease",
    )
    dies = day + 10 + int(draw.exponential(settings.means["death_after_progression"] * 1.5))
    _contacts(course, draw, settings, day, dies)


def _treat_anew(course: Course, draw: Draw, settings: Settings, day: int, why: str) -> None:
    if not draw.chance(settings.p["new_therapy"]):
        return
    name, category = draw.pick(NEW_THERAPIES)
    # a course that is under way is finished first
    start = max(
        day + draw.days(settings.days["progression_to_therapy"]), max(d.day for d in course.doses) + 1
    )
    course.new_therapy = start
    course.therapies.append(Therapy(name, category, why, start, start + draw.days((20, 160))))


def _contacts(course: Course, draw: Draw, settings: Settings, day: int, dies: int) -> None:
    """Survival follow-up up to two years after the first study treatment, or half a year on."""
    until = max((course.start or 0) + YEARS, day + 183)
    while True:
        day += draw.days(settings.days["contact_every"])
        if dies <= min(day, until):
            course.death, course.death_cause = dies, "Lymphoma"
            break
        if day >= until:
            break
        course.contacts.append(
            Contact(day, "ALIVE", draw.pick(("TELEPHONE CALL", "CLINIC VISIT", "MEDICAL RECORDS")))
        )
    if course.death is None:
        course.contacts.append(Contact(until, "ALIVE", "TELEPHONE CALL"))
    _end(course, draw, settings, course.start or 0, until)


def _end(course: Course, draw: Draw, settings: Settings, start: int, until: int | None = None) -> None:
    """The last disposition event, a contact that tells of a death, and the events of the whole time."""
    last = until or max(v.day for v in course.visits)
    if course.death is not None:
        last, why, term = course.death, "DEATH", "Death"
        course.contacts.append(Contact(course.death, "DEAD", "MEDICAL RECORDS"))
    elif course.dropout is not None:
        last, why = course.dropout, course.dropout_why
        term = why.capitalize()
    else:
        why, term = "COMPLETED", "Completed study"
        if until is None:
            course.contacts.append(Contact(last, "ALIVE", "CLINIC VISIT"))
    course.end_of_study = last
    course.dispositions.append(Disposition(term, why, "DISPOSITION EVENT", "STUDY PARTICIPATION", last))
    if course.car_t is not None:
        toxicity.background(course, draw, settings, start, min(last, start + 400))
