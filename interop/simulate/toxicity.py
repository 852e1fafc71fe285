"""Adverse events of a simulated subject and what was given for them; all rates are invented."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from interop.simulate.course import Course
from interop.simulate.draw import Draw
from interop.simulate.facts import Event, Medication
from interop.simulate.settings import Settings

ASTCT = "ASTCT CONSENSUS"
CRS = "Cytokine release syndrome"
ICANS = "Immune effector cell-associated neurotoxicity syndrome"
IMMUNE, NERVOUS, BLOOD = (
    "Immune system disorders",
    "Nervous system disorders",
    "Blood and lymphatic system disorders",
)
INFECTIONS, GENERAL = "Infections and infestations", "General disorders and administration site conditions"
GUT, CARDIAC = "Gastrointestinal disorders", "Cardiac disorders"
BACKGROUND = (  # verbatim, decoded, system organ class, worst grade, related to treatment
    ("Fatigue", "Fatigue", GENERAL, 3, True),
    ("Tiredness", "Fatigue", GENERAL, 2, True),
    ("Nausea", "Nausea", GUT, 2, True),
    ("Loose stools", "Diarrhoea", GUT, 3, True),
    ("Low neutrophils", "Neutropenia", BLOOD, 4, True),
    ("Anaemia", "Anaemia", BLOOD, 3, True),
    ("Low platelets", "Thrombocytopenia", BLOOD, 4, True),
    ("COVID-19", "COVID-19", INFECTIONS, 3, False),
    ("Pneumonia", "Pneumonia", INFECTIONS, 4, False),
    ("Common cold", "Nasopharyngitis", INFECTIONS, 2, False),
    ("Headache", "Headache", NERVOUS, 2, False),
    ("Ankle sprain", "Ligament sprain", "Injury, poisoning and procedural complications", 2, False),
)
FATAL: Mapping[str, tuple[str, str, str, tuple[int, int], bool]] = MappingProxyType(
    {  # cause of death: verbatim, decoded, system organ class, days from the event to death, related
        "Sepsis": ("Sepsis", "Sepsis", INFECTIONS, (2, 6), True),
        "Infection": ("Pneumonia", "Pneumonia", INFECTIONS, (3, 14), False),
        "Cardiac arrest": ("Cardiac arrest", "Cardiac arrest", CARDIAC, (0, 0), False),
        "Unknown": ("Death of unknown cause", "Death", GENERAL, (0, 0), False),
    }
)
_MONTH = 30


def infusion_reaction(
    course: Course, draw: Draw, settings: Settings, day: int, chance: float, delay: int
) -> int:
    """Cytokine release syndrome after an infusion: its grade, 0 for none."""
    if not draw.chance(chance):
        return 0
    grade = int(draw.weighted(settings.weights["crs_grade"]))
    start = day + draw.days((0, delay))
    end = start + draw.days((1, 2 + grade))
    _event(course, "CRS" if draw.chance(0.5) else CRS, CRS, IMMUNE, start, end, grade, ASTCT, draw)
    if grade == 1:
        _give(course, "PARACETAMOL", "ANALGESICS", CRS, "1000", "mg", "Q8H", "ORAL", start, end)
    if grade >= 3 or (grade == 2 and draw.chance(0.7)):
        dose = str(min(800, round(8 * course.weight)))
        _give(
            course, "TOCILIZUMAB", "IMMUNOSUPPRESSANTS", CRS, dose, "mg", "ONCE", "INTRAVENOUS", start, start
        )
    if grade >= 2:
        _give(course, "DEXAMETHASONE", "CORTICOSTEROIDS", CRS, "10", "mg", "Q12H", "INTRAVENOUS", start, end)
    return grade


def neurotoxicity(course: Course, draw: Draw, settings: Settings, day: int, chance: float) -> None:
    if not draw.chance(chance):
        return
    grade = int(draw.weighted(settings.weights["icans_grade"]))
    start = day + draw.days((3, 10))
    end = start + draw.days((1, 3 + 2 * grade))
    _event(course, "ICANS", ICANS, NERVOUS, start, end, grade, ASTCT, draw)
    if grade >= 2:
        _give(course, "DEXAMETHASONE", "CORTICOSTEROIDS", ICANS, "10", "mg", "Q8H", "INTRAVENOUS", start, end)


def cytopenias(course: Course, draw: Draw, day: int) -> None:
    """After lymphodepletion, conditioning and CAR-T: everybody's neutrophils fall."""
    _event(
        course,
        "Neutropenia",
        "Neutropenia",
        BLOOD,
        day + 5,
        day + 5 + draw.days((10, 35)),
        3 + draw.chance(0.6),
        "",
        draw,
    )
    if draw.chance(0.5):
        _event(
            course,
            "Thrombocytopenia",
            "Thrombocytopenia",
            BLOOD,
            day + 6,
            day + 6 + draw.days((15, 60)),
            3,
            "",
            draw,
        )
    if draw.chance(0.35):
        start = day + draw.days((6, 12))
        _event(
            course,
            "Fever with low neutrophils",
            "Febrile neutropenia",
            BLOOD,
            start,
            start + draw.days((3, 8)),
            3,
            "",
            draw,
        )
        _give(
            course,
            "PIPERACILLIN/TAZOBACTAM",
            "ANTIBACTERIALS",
            "Febrile neutropenia",
            "4.5",
            "g",
            "Q8H",
            "INTRAVENOUS",
            start,
            start + 7,
        )


def background(course: Course, draw: Draw, settings: Settings, start: int, end: int) -> None:
    """Events of any day, more in a longer time."""
    day = start + draw.days((0, 20))
    while day < end and draw.chance(settings.p["background_event"]):
        term, decoded, system, worst, related = draw.pick(BACKGROUND)
        grade = min(worst, 1 + int(draw.exponential(0.9)))
        stop = None if draw.chance(0.06) else day + draw.days((2, 40))
        _event(course, term, decoded, system, day, stop, grade, "", draw, related=related)
        day += draw.days((5, 2 * _MONTH))


def fatal(course: Course, draw: Draw) -> None:
    """The event that ends in the subject's death. Death of the lymphoma is none: that is an endpoint."""
    if course.death is None or course.death_cause not in FATAL:
        return
    term, decoded, system, before, related = FATAL[course.death_cause]
    start = course.death - draw.days(before)
    _event(course, term, decoded, system, start, course.death, 5, "", draw, related=related)
    course.events[-1].fatal = True


def preventive(course: Course, draw: Draw, start: int) -> None:
    """Medication that everybody has."""
    _give(course, "ACICLOVIR", "ANTIVIRALS", "Prophylaxis", "400", "mg", "BID", "ORAL", start - 1, None)
    _give(
        course,
        "COTRIMOXAZOLE",
        "ANTIBACTERIALS",
        "Prophylaxis",
        "960",
        "mg",
        "3 TIMES PER WEEK",
        "ORAL",
        start - 1,
        start + 365,
    )
    if draw.chance(0.4):
        _give(
            course,
            "ALLOPURINOL",
            "ANTIGOUT PREPARATIONS",
            "Prophylaxis",
            "300",
            "mg",
            "QD",
            "ORAL",
            start - 1,
            start + 21,
        )


def _event(
    course: Course,
    term: str,
    decoded: str,
    system: str,
    start: int,
    end: int | None,
    grade: int,
    grading: str,
    draw: Draw,
    *,
    related: bool = True,
) -> None:
    course.events.append(
        Event(
            term=term,
            decoded=decoded,
            body_system=system,
            start=start,
            end=end,
            grade=grade,
            system=grading or "CTCAE V5.0",
            special=grading == ASTCT,
            related=related,
            serious=grade >= 4 or (grade == 3 and draw.chance(0.6)),
        )
    )


def _give(
    course: Course,
    name: str,
    klass: str,
    indication: str,
    dose: str,
    unit: str,
    frequency: str,
    route: str,
    start: int,
    end: int | None,
) -> None:
    course.medications.append(Medication(name, klass, indication, dose, unit, frequency, route, start, end))
