"""The disease of a simulated subject: lesions, what PET and CT show of them, and the response by Lugano 2014.

Measurements follow from the response that the course wants, by the criteria: a node above 15 mm is abnormal;
partial response is half of the sum of products or less; progression a lesion that grew by half of its
product, or a new one.
"""

from __future__ import annotations

import math

from interop.simulate.course import Course
from interop.simulate.draw import Draw
from interop.simulate.facts import Lesion, Measure, Scan
from interop.simulate.settings import Settings

NODES = (
    ("CERVICAL LYMPH NODE", True),
    ("SUPRACLAVICULAR LYMPH NODE", True),
    ("AXILLARY LYMPH NODE", True),
    ("MEDIASTINAL LYMPH NODE", False),
    ("RETROPERITONEAL LYMPH NODE", False),
    ("MESENTERIC LYMPH NODE", False),
    ("ILIAC LYMPH NODE", True),
    ("INGUINAL LYMPH NODE", True),
)
ORGANS = (
    ("LIVER", False),
    ("SPLEEN", False),
    ("LUNG", True),
    ("STOMACH", False),
    ("KIDNEY", True),
    ("SOFT TISSUE", False),
)
OVERALL = {"CMR": "CR", "PMR": "PR", "NMR": "SD", "PMD": "PD"}
METABOLIC = {v: k for k, v in OVERALL.items()}
_LARGE = 38  # mm: half of its product is still an abnormal node


def overall(met: str | None, ana: str | None, prior: str | None) -> str | None:
    """Lugano 2014: PET decides; else progression by CT, then the last evaluable PET, then CT."""
    if met in OVERALL:
        return OVERALL[met]
    if met is None or ana == "PD":
        return ana
    if ana is not None and prior is not None:
        return OVERALL[prior]
    if ana is not None:
        return ana
    return "NE" if met == "NE" else None


class Disease:
    """`liver` and `blood`: SUV of the references of the Deauville score. `clear`: the scan from which on CT
    is normal in a metabolic response."""

    def __init__(self, course: Course, draw: Draw, settings: Settings) -> None:
        self._course, self._draw, self._p = course, draw, settings.p
        self.blood = round(draw.between(1.4, 1.9), 1)
        self.liver = round(self.blood + draw.between(0.6, 1.1), 1)
        self.clear = draw.pick((1, 1, 1, 2, 2, 3, 4))
        self._share = 1.0  # of the sum of products at baseline
        self._size: dict[str, tuple[int, int]] = {}
        self._anatomic = ""
        self._prior: str | None = None

    # --- baseline ------------------------------------------------------------------------------------

    def baseline(self, day: int) -> None:
        draw, course = self._draw, self._course
        nodes, organs = list(NODES), list(ORGANS)
        for n in range(draw.pick((1, 2, 2, 3, 3, 4, 5, 6))):
            nodal = n == 0 or draw.chance(0.7)
            self._lesion(
                f"T{n + 1:02}", "TARGET", nodes if nodal else organs, nodal, _LARGE if n == 0 else 18
            )
        if draw.chance(0.4):
            self._lesion("NT01", "NON-TARGET", nodes, True, 16)
        scan = Scan("SCR", day, "A0")
        for lesion in course.lesions:
            self._size[lesion.identifier] = lesion.ldiam, lesion.lperp
            target = lesion.kind == "TARGET"
            scan.measures.append(
                Measure(
                    lesion.identifier,
                    lesion.ldiam if target else None,
                    lesion.lperp if target else None,
                    lesion.suv,
                    self._score(lesion.suv),
                    "" if target else "PRESENT",
                )
            )
        course.scans.append(scan)

    def _lesion(self, name: str, kind: str, among: list[tuple[str, bool]], nodal: bool, least: int) -> None:
        draw = self._draw
        location, sided = among.pop(int(len(among) * draw.uniform()))
        ldiam = least + int(draw.exponential(16)) % 60
        lesion = Lesion(
            identifier=name,
            kind=kind,
            location=location,
            detail=draw.pick(("conglomerate", "single node", "anterior", "posterior")) if nodal else "mass",
            laterality=draw.pick(("LEFT", "RIGHT")) if sided else "",
            nodal=nodal,
            ldiam=ldiam,
            lperp=max(10, round(ldiam * draw.between(0.55, 0.95))),
            suv=round(draw.between(8.0, 24.0), 1),
            scan=len(self._course.scans),
        )
        self._course.lesions.append(lesion)

    # --- later ---------------------------------------------------------------------------------------

    def scan(self, visit: str, day: int, response: str, *, pet: bool = True) -> Scan:
        """The scan of `day`, on which the disease is as `response` says: CR, PR, SD or PD."""
        course, draw = self._course, self._draw
        number = len(course.scans)
        scan = Scan(visit, day, f"A{number}")
        if response == "PD" and draw.chance(self._p["new_lesion"]):
            self._new(number)
            scan.new_lesion = True
        scan.ana = self._by_ct(response, number, pet and not scan.new_lesion)
        if pet:
            scan.met = METABOLIC[response]
            # where progression is or was last seen, a PET is had: it would be carried forward
            needed = response == "PD" or self._prior == "PMD"
            if not needed and draw.chance(self._p["pet_not_evaluable"]):
                scan.met = "NE"
            elif not needed and draw.chance(self._p["pet_not_done"]):
                scan.met = "ND"
        self._resize(scan.ana)
        for n, lesion in enumerate(course.lesions):
            scan.measures.append(self._measure(lesion, n == 0, scan))
        scan.overall = overall(scan.met, scan.ana, self._prior)
        if course.reviewed:
            scan.other = self._independent(scan)
        if scan.met in OVERALL:
            self._prior = scan.met
        self._anatomic = scan.ana
        course.scans.append(scan)
        return scan

    @property
    def normal_by_ct(self) -> bool:
        """Whether the last CT was complete: then follow-up can do without PET."""
        return self._anatomic == "CR"

    def _by_ct(self, response: str, number: int, by_pet_alone: bool) -> str:
        if response == "CR":
            return "CR" if number >= self.clear or self._anatomic == "CR" else "PR"
        if response != "PD" or not by_pet_alone or self._draw.chance(0.85):
            return response
        return self._anatomic if self._anatomic in ("CR", "PR", "SD") else "SD"  # PET alone shows it

    def _resize(self, ana: str) -> None:
        draw, before = self._draw, self._anatomic
        lesions = [n for n in self._course.lesions if n.kind != "NON-TARGET"]
        if ana == before and ana in ("CR", "SD"):
            return
        if ana == "PD":
            size = self._size[lesions[0].identifier]
            self._size[lesions[0].identifier] = (
                max(22, round(size[0] * 1.4) + 10),
                max(14, round(size[1] * 1.4) + 6),
            )
            return
        if ana == "CR":
            for n in lesions:
                ldiam = 6 + int(9 * draw.uniform()) if n.nodal else 0
                self._size[n.identifier] = ldiam, round(ldiam * 0.7)
            return
        share = draw.between(0.20, 0.45) if ana == "PR" else draw.between(0.60, 0.95)
        self._share = min(self._share, share) if ana == before else share
        root = math.sqrt(self._share)
        for n in lesions:
            self._size[n.identifier] = round(n.ldiam * root), round(n.lperp * root)

    def _new(self, number: int) -> None:
        count = sum(n.kind == "NEW" for n in self._course.lesions)
        nodal = self._draw.chance(0.6)
        taken = {n.location for n in self._course.lesions}
        free = [x for x in (NODES if nodal else ORGANS) if x[0] not in taken]
        if not free:
            nodal, free = False, [("BONE", False)]
        self._lesion(f"NEW{count + 1:02}", "NEW", free, nodal, 18)
        lesion = self._course.lesions[-1]
        lesion.scan = number
        self._size[lesion.identifier] = lesion.ldiam, lesion.lperp

    def _measure(self, lesion: Lesion, first: bool, scan: Scan) -> Measure:
        ldiam, lperp = self._size[lesion.identifier]
        suv, score = None, ""
        if scan.met is not None and scan.met not in ("NE", "ND"):
            suv = self._suv(lesion, first, scan)
            score = self._score(suv)
        if lesion.kind == "NON-TARGET":
            absent = scan.ana == "CR"
            return Measure(lesion.identifier, None, None, suv, score, "ABSENT" if absent else "PRESENT")
        return Measure(lesion.identifier, ldiam, lperp, suv, score)

    def _suv(self, lesion: Lesion, first: bool, scan: Scan) -> float:
        draw = self._draw
        if lesion.kind == "NEW" and scan.met in ("PMD", "NMR"):
            return lesion.suv
        if scan.met == "PMD":
            return round(lesion.suv * draw.between(1.3, 1.7), 1) if first else lesion.suv
        if scan.met == "NMR":
            return round(lesion.suv * draw.between(0.92, 1.05), 1)
        if scan.met == "PMR" and first:
            top = max(self.liver * 1.4, min(self.liver * 3.0, lesion.suv * 0.6))
            return round(draw.between(self.liver + 0.2, top), 1)
        step = draw.pick((1, 2, 2, 3))
        low, high = ((0.5, 1.0), (1.1, self.blood), (self.blood + 0.1, self.liver))[step - 1]
        return round(draw.between(low, high), 1)

    def _score(self, suv: float) -> str:
        """Deauville: 1 no uptake, 2 up to blood, 3 up to liver, 4 above, 5 above twice the liver."""
        bounds = (1.0, self.blood, self.liver, 2 * self.liver)
        return str(1 + sum(suv > b for b in bounds))

    def _independent(self, scan: Scan) -> tuple[str | None, str | None, str | None]:
        met, ana = scan.met, scan.ana
        if self._draw.chance(self._p["independent_differs"]):
            met = {"CMR": "PMR", "PMR": "CMR", "NMR": "PMR"}.get(met or "", met)
        return met, ana, overall(met, ana, self._prior)
