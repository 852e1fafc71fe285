"""Cells of a simulated subject: apheresis, mobilisation, collection with its yields, the CAR-T product."""

from __future__ import annotations

import math

from interop.simulate.course import Course
from interop.simulate.draw import Draw
from interop.simulate.facts import Collected, Medication, Procedure
from interop.simulate.settings import Settings

LYMPHOCYTES, STEM_CELLS, PRODUCT = "LYMPHOCYTES", "PERIPHERAL BLOOD STEM CELLS", "CAR-T CELLS"


def apheresis(course: Course, draw: Draw, day: int, *, first: bool) -> None:
    """Lymphocyte apheresis; the first does not take place where it is contraindicated."""
    identifier = "PR-LA1" if first else "PR-LA2"
    procedure = Procedure(identifier, "LYMPHOCYTE APHERESIS", "APHERESIS", day, day, "CAR-T cells")
    course.procedures.append(procedure)
    if first and course.contraindicated:
        procedure.not_done = course.contraindicated
        return
    bag = procedure.collected = _bag(course, "LY", 1)
    value = f"{max(0.8, draw.normal(4.1, 1.2)):.1f}"
    course.yields.append(Collected(identifier, LYMPHOCYTES, bag, "MNC", value, "10^8/kg", day))


def collection(course: Course, draw: Draw, settings: Settings, day: int) -> None:
    """Mobilisation of four days, then collection on `day`, repeated on the next where the yield is too low.

    Cells suffice where the collections together reach both minima.
    """
    course.procedures.append(
        Procedure(
            "PR-MO", "STEM CELL MOBILISATION", "TRANSPLANT", day - 4, day, "Autologous stem cell support"
        )
    )
    dose = str(round(5 * course.weight))
    course.medications.append(
        Medication(
            "FILGRASTIM", "IMMUNOSTIMULANTS", "Mobilisation", dose, "ug", "BID", "SUBCUTANEOUS", day - 4, day
        )
    )
    total = dict.fromkeys(settings.yields, 0.0)
    low = draw.chance(settings.p["yield_below_minimum"])
    for n in (1, 2):
        identifier, bag = f"PR-SC{n}", _bag(course, "SC", n)
        course.procedures.append(
            Procedure(
                identifier,
                "STEM CELL COLLECTION",
                "APHERESIS",
                day + n - 1,
                day + n - 1,
                "Autologous stem cell support",
                collected=bag,
            )
        )
        for test, y in settings.yields.items():
            value = (
                y.minimum * draw.between(0.4, 0.9)
                if low and n == 1
                else y.mean * math.exp(draw.normal(0, y.spread))
            )
            value = max(0.1, value if low or n > 1 else max(value, y.minimum))
            value = round(value, 1)
            total[test] += value
            course.yields.append(
                Collected(identifier, STEM_CELLS, bag, test, f"{value:.1f}", y.unit, day + n - 1)
            )
        if all(total[t] >= y.minimum for t, y in settings.yields.items()):
            course.cells = True
            break


def reinfusion(course: Course, day: int) -> None:
    """All that was collected is given back, a bag a record."""
    bags = [p.collected for p in course.procedures if p.name == "STEM CELL COLLECTION"]
    for n, bag in enumerate(bags, 1):
        course.procedures.append(
            Procedure(
                f"PR-RI{n}",
                "STEM CELL REINFUSION",
                "TRANSPLANT",
                day,
                day,
                "Rescue after conditioning",
                given=bag,
            )
        )


def cells_product(course: Course, draw: Draw, day: int, dose: str, unit: str) -> str:
    """What was measured of the CAR-T product of the dose; returns the product's identifier."""
    bag = _bag(course, "CT", 1)
    course.yields.append(Collected("", PRODUCT, bag, "CARPOS", dose, unit, day))
    course.yields.append(Collected("", PRODUCT, bag, "VIABLE", f"{draw.between(78, 97):.0f}", "%", day))
    return bag


def _bag(course: Course, kind: str, n: int) -> str:
    return f"{kind}-{course.subject}-{n}"
