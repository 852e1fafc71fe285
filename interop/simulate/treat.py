"""The treatment of a simulated subject: screening, salvage with glofitamab, cellular therapy."""

from __future__ import annotations

import math

from interop.simulate import toxicity
from interop.simulate.course import Course
from interop.simulate.disease import Disease
from interop.simulate.draw import COURSE, DEATH, LATE, PAST, REMARK, Draw
from interop.simulate.facts import Disposition, Dose, Procedure, Visit
from interop.simulate.follow import follow, leave
from interop.simulate.person import past, person
from interop.simulate.remarks import remark
from interop.simulate.settings import Settings
from interop.simulate.transplant import apheresis, cells_product, collection, reinfusion

X_CLASSES = {
    "POLATUZUMAB VEDOTIN": ("POLATUZUMAB VEDOTIN",),
    "GEMOX": ("GEMCITABINE", "OXALIPLATIN"),
    "ZANUBRUTINIB": ("ZANUBRUTINIB",),
    "LENALIDOMIDE": ("LENALIDOMIDE",),
}
ORAL = {"ZANUBRUTINIB": "BID", "LENALIDOMIDE": "QD"}
STEPS = (("C1D8", 7, "crs_2_5"), ("C1D15", 7, "crs_10"), ("C2D1", 7, "crs_30"))


def simulated(number: int, seed: int, settings: Settings, late: float) -> Course:
    """Subject `number` up to the data cut. `late`: share of follow-up visits that miss their window."""
    draw = Draw(seed, number, COURSE)
    course = person(number, draw, settings)
    course.past = past(course, Draw(seed, number, PAST), settings)
    course.visits.append(Visit("SCR", course.consent + 1))
    course.dispositions.append(
        Disposition(
            "Informed consent obtained", "INFORMED CONSENT OBTAINED", "PROTOCOL MILESTONE", "", course.consent
        )
    )
    if draw.chance(settings.p["screen_failure"]):
        _fail(course, draw, settings)
    for code in (*settings.inclusion, *settings.exclusion):
        # an inclusion criterion should be met, an exclusion criterion not
        course.criteria.append((code, (code in settings.inclusion) != (code == course.screen_failure)))
    if not course.screen_failure:
        disease = Disease(course, draw, settings)
        _screen(course, draw, disease, settings)
        if _induction(course, draw, disease, settings):
            _cellular(course, draw, disease, settings)
            follow(course, draw, Draw(seed, number, LATE), disease, settings, late)
        else:
            leave(course, draw, settings)
        toxicity.fatal(course, Draw(seed, number, DEATH))
    course.cut(settings.data_cut)
    remark(course, Draw(seed, number, REMARK))
    return course


def _fail(course: Course, draw: Draw, settings: Settings) -> None:
    course.screen_failure = draw.pick(settings.screen_failures)
    day = course.consent + draw.days((4, 15))
    course.dispositions.append(
        Disposition("Screen failure", "SCREEN FAILURE", "DISPOSITION EVENT", "STUDY PARTICIPATION", day)
    )
    course.end_of_study = day


def _screen(course: Course, draw: Draw, disease: Disease, settings: Settings) -> None:
    start = course.start = course.consent + draw.days(settings.days["consent_to_c1d1"])
    course.reviewed = draw.chance(settings.p["independent_review"])
    disease.baseline(start - draw.days((6, 8)))
    course.ctdna.append(("SCR", course.consent + 1, "POSITIVE" if draw.chance(0.93) else "NEGATIVE"))
    course.dispositions.append(
        Disposition(
            "Eligibility criteria met", "ELIGIBILITY CRITERIA MET", "PROTOCOL MILESTONE", "", start - 3
        )
    )
    if draw.chance(0.5):
        day = course.consent + 2
        course.procedures.append(
            Procedure(
                "PR-BX",
                "BIOPSY",
                "DIAGNOSTIC",
                day,
                day,
                "Confirmation of relapse",
                course.lesions[0].location,
            )
        )
    if draw.chance(settings.p["apheresis_contraindicated"]):
        course.contraindicated = draw.pick(
            ("Lymphocyte count too low", "Circulating lymphoma cells", "No venous access")
        )
    apheresis(course, draw, start - draw.days((5, 8)), first=True)
    if draw.chance(settings.p["fit_for_transplant"] if course.age <= 70 and course.ecog <= 1 else 0.0):
        early = draw.chance(settings.p["early_collection"]) and not course.contraindicated
        # after the second cycle, when blood counts have recovered, or before the first glofitamab
        day = start - 2 if early else start + 33
        collection(course, draw, settings, day)
    toxicity.preventive(course, draw, start)


def _induction(course: Course, draw: Draw, disease: Disease, settings: Settings) -> bool:
    """Obinutuzumab, two cycles of glofitamab with or without X. True where phase 2 follows."""
    start = course.start
    assert start is not None  # noqa: S101 - set by _screen
    _end_early(course, draw, disease, settings, start)
    (dose,), unit = settings.doses["OBINUTUZUMAB"]
    course.visits.append(Visit("C1D1", start))
    _infuse(course, draw, "OBINUTUZUMAB", "C1D1", start, dose, unit)
    agents = (
        X_CLASSES[draw.weighted(settings.weights["x_agent"])] if draw.chance(settings.p["x_agent"]) else ()
    )
    day, steps = start, settings.doses["GLOFITAMAB"]
    for (key, after, crs), dose in zip(STEPS, steps[0], strict=True):
        day += after + (draw.days((0, 1)) if key == "C1D8" else 0)
        if course.gone(day):
            break
        course.visits.append(Visit(key, day))
        if course.stopped:
            _not_given(course, "GLOFITAMAB", key, day, dose, steps[1], course.stopped)
            break
        _infuse(course, draw, "GLOFITAMAB", key, day, dose, steps[1])
        course.first_glofitamab = course.first_glofitamab or day
        _x(course, draw, settings, agents, key, day)
        grade = toxicity.infusion_reaction(course, draw, settings, day, settings.p[crs], 2)
        toxicity.neurotoxicity(course, draw, settings, day, settings.p["icans_glofitamab"])
        if grade >= 3 and draw.chance(settings.p["stop_after_severe_crs"]):
            course.stopped = "ADVERSE EVENT"
            course.events[-1].action = "DRUG WITHDRAWN"
        elif grade >= 2:
            day += draw.days(settings.days["infusion_delay_after_crs"])
            course.events[-1].action = "DRUG INTERRUPTED"
        if course.progression is not None and course.progression <= day + 7:
            course.stopped = "PROGRESSIVE DISEASE"
    toxicity.background(course, draw, settings, start, day + 20)
    return _after_induction(course, draw, disease, settings, day)


def _end_early(course: Course, draw: Draw, disease: Disease, settings: Settings, start: int) -> None:
    """Death, withdrawal and early progression, of which the later parts of induction know."""
    if draw.chance(settings.p["death_induction"]):
        course.death, course.death_cause = start + draw.days((12, 40)), "Sepsis"
    elif draw.chance(settings.p["withdrawal_induction"]):
        course.dropout, course.dropout_why = start + draw.days((9, 40)), "WITHDRAWAL BY SUBJECT"
    elif draw.chance(settings.p["early_progression"]):
        day = start + draw.days((10, 16))
        key = course.unscheduled(day, "Suspected progression")
        course.onset = day - 3
        disease.scan(key, day, "PD")


def _after_induction(course: Course, draw: Draw, disease: Disease, settings: Settings, last: int) -> bool:
    """The end-of-induction assessment, and whether cellular therapy follows."""
    p = settings.p
    if course.death is not None or course.dropout is not None:
        why = "DEATH" if course.death is not None else course.dropout_why
        _treatment_end(course, why, course.death or course.dropout or last)
        return False
    day = last + draw.days(settings.days["c2d1_to_eoi"])
    if course.stopped == "PROGRESSIVE DISEASE":
        _treatment_end(course, "PROGRESSIVE DISEASE", last + 1)
        return False
    response = draw.weighted(settings.weights["eoi_response"])
    course.eoi = day
    course.visits.append(Visit("EOI", day))
    scan = disease.scan("EOI", day, response)
    course.ctdna.append(("EOI", day, _ctdna(draw, settings, response)))
    if response == "PD":
        course.onset = day - draw.days((1, 12))
    if course.stopped:
        _treatment_end(course, course.stopped, day)
        return False
    if not draw.chance(p[f"proceed_{response.lower()}"]):
        _treatment_end(course, "PROGRESSIVE DISEASE" if scan.overall == "PD" else "PHYSICIAN DECISION", day)
        return False
    _treatment_end(course, "COMPLETED", day)
    if draw.chance(p["manufacturing_failure"]):
        course.dispositions.append(
            Disposition(
                "CAR-T cells could not be made",
                "TECHNICAL PROBLEMS",
                "DISPOSITION EVENT",
                "STUDY TREATMENT",
                day + 9,
            )
        )
        return False
    return True


def _ctdna(draw: Draw, settings: Settings, response: str) -> str:
    return "POSITIVE" if draw.chance(settings.p[f"ctdna_positive_{response.lower()}"]) else "NEGATIVE"


def _treatment_end(course: Course, decoded: str, day: int) -> None:
    term = {"COMPLETED": "Completed two cycles"}.get(decoded, decoded.capitalize())
    course.dispositions.append(Disposition(term, decoded, "DISPOSITION EVENT", "STUDY TREATMENT", day))


def _cellular(course: Course, draw: Draw, disease: Disease, settings: Settings) -> None:
    """Lymphodepletion or conditioning, reinfusion, CAR-T, and the first 28 days."""
    eoi, p = course.eoi, settings.p
    assert eoi is not None  # noqa: S101 - _after_induction said so
    chemo = eoi + draw.days(settings.days["eoi_to_chemo"])
    if course.contraindicated:
        apheresis(course, draw, eoi + 2, first=False)
        chemo = eoi + 2 + draw.days(settings.days["chemo_late_apheresis"])
    elif draw.chance(p["late_cells"]):
        chemo = eoi + draw.days(settings.days["late_cells"])
    if chemo - eoi > 14:
        day = chemo - draw.days((4, 10))
        response = course.scans[-1].overall or "SD"
        disease.scan(
            course.unscheduled(day, "Assessment before cellular therapy"),
            day,
            response if response != "NE" else "SD",
        )
    course.chemo = chemo
    course.cohort = "ASCTCART" if course.cells and draw.chance(p["transplant_if_possible"]) else "CART"
    day0 = (
        _conditioning(course, draw, settings, chemo)
        if course.cohort == "ASCTCART"
        else _lymphodepletion(course, draw, settings, chemo)
    )
    low, high = (float(x) for x in settings.doses["CAR-T CELLS"][0])
    unit = settings.doses["CAR-T CELLS"][1]
    dose = f"{draw.between(low, high):.1f}"
    course.visits.append(Visit("D0", day0))
    if draw.chance(p["cart_not_infused"]):
        _not_given(course, "CAR-T CELLS", "D0", day0, dose, unit, "ADVERSE EVENT")
        _treatment_end(course, "ADVERSE EVENT", day0)
        return
    course.car_t = day0
    _infuse(course, draw, "CAR-T CELLS", "D0", day0, dose, unit)
    course.doses[-1].form = "INJECTION, SUSPENSION"
    course.doses[-1].product = cells_product(course, draw, day0, dose, unit)
    toxicity.infusion_reaction(course, draw, settings, day0, p["crs_cart"], 6)
    toxicity.neurotoxicity(course, draw, settings, day0, p["icans_cart"])
    toxicity.cytopenias(course, draw, chemo)
    if draw.chance(p["death_after_cart"]):
        course.death, course.death_cause = day0 + draw.days((9, 26)), "Sepsis"
    for key, days in (("D7", 7), ("D14", 14)):
        course.visits.append(Visit(key, day0 + days + draw.days((-1, 1))))


def _lymphodepletion(course: Course, draw: Draw, settings: Settings, chemo: int) -> int:
    """FC on days -5 to -3; returns day 0."""
    course.visits.append(Visit("LD", chemo))
    for treatment in ("FLUDARABINE", "CYCLOPHOSPHAMIDE"):
        (dose,), unit = settings.doses[treatment]
        for day in range(3):
            _infuse(course, draw, treatment, "LD", chemo + day, dose, unit)
    return chemo + 5


def _conditioning(course: Course, draw: Draw, settings: Settings, chemo: int) -> int:
    """Conditioning on days -6 to -1, reinfusion on day 0; returns the day of CAR-T, +3 (±1)."""
    course.visits.append(Visit("COND", chemo))
    for treatment, days in (
        ("CARMUSTINE", (0,)),
        ("ETOPOSIDE", (1, 2, 3, 4)),
        ("CYTARABINE", (1, 2, 3, 4)),
        ("MELPHALAN", (5,)),
    ):
        (dose,), unit = settings.doses[treatment]
        for day in days:
            _infuse(course, draw, treatment, "COND", chemo + day, dose, unit)
    day0 = course.reinfusion = chemo + 6
    course.visits.append(Visit("REINF", day0))
    reinfusion(course, day0)
    return day0 + 3 + draw.pick((-1, 0, 0, 0, 1))


def _infuse(course: Course, draw: Draw, treatment: str, visit: str, day: int, dose: str, unit: str) -> None:
    minute = 8 * 60 + 5 * int(72 * draw.uniform())
    long = 30 + 15 * int(14 * draw.uniform())
    course.doses.append(
        Dose(
            treatment=treatment,
            visit=visit,
            day=day,
            dose=dose,
            unit=unit,
            time=f"{minute // 60:02}:{minute % 60:02}",
            until=f"{(minute + long) // 60:02}:{(minute + long) % 60:02}",
            lot=f"L{math.floor(draw.uniform() * 900) + 100}",
        )
    )


def _not_given(course: Course, treatment: str, visit: str, day: int, dose: str, unit: str, why: str) -> None:
    course.doses.append(Dose(treatment, visit, day, dose, unit, not_given=why))


def _x(course: Course, draw: Draw, settings: Settings, agents: tuple[str, ...], visit: str, day: int) -> None:
    """X beside glofitamab: infusions on the first and the third, capsules from the first for two cycles."""
    for agent in agents:
        (dose,), unit = settings.doses[agent]
        if agent in ORAL:
            if visit == "C1D8":
                course.doses.append(
                    Dose(agent, visit, day, dose, unit, "CAPSULE", "ORAL", ORAL[agent], end=day + 34)
                )
        elif visit != "C1D15":
            if draw.chance(settings.p["dose_not_given"]):
                _not_given(course, agent, visit, day, dose, unit, "ADVERSE EVENT")
            else:
                _infuse(course, draw, agent, visit, day, dose, unit)
