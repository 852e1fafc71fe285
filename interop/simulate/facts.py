"""What can happen to a simulated subject, one object a happening. Days are ordinals of the calendar."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Visit:
    """`key` is that of simulation.yaml; unscheduled ones are UNS1, UNS2, …"""

    key: str
    day: int
    why: str = ""


@dataclass(slots=True)
class Dose:
    treatment: str
    visit: str
    day: int
    dose: str
    unit: str
    form: str = "INJECTION, SOLUTION"
    route: str = "INTRAVENOUS"
    frequency: str = "ONCE"
    end: int | None = None  # of a constant-dosing interval; None: the same day
    time: str = ""
    until: str = ""
    lot: str = ""
    product: str = ""  # identifier of the cell product
    not_given: str = ""  # why it was not
    comment: str = ""


@dataclass(slots=True)
class Procedure:
    identifier: str
    name: str
    category: str
    day: int
    end: int
    indication: str
    location: str = ""
    not_done: str = ""
    comment: str = ""
    collected: str = ""  # identifier of the product
    given: str = ""


@dataclass(slots=True)
class Collected:
    """A yield of a collection, or a property of the cell product."""

    procedure: str
    product: str
    identifier: str  # of the product
    test: str
    value: str
    unit: str
    day: int


@dataclass(slots=True)
class Lesion:
    """Sizes in mm and SUVmax at first sight."""

    identifier: str
    kind: str
    location: str
    detail: str
    laterality: str
    nodal: bool
    ldiam: int
    lperp: int
    suv: float
    scan: int = 0  # the scan that identified it


@dataclass(slots=True)
class Measure:
    lesion: str
    ldiam: int | None
    lperp: int | None
    suv: float | None
    deauville: str
    state: str = ""


@dataclass(slots=True)
class Scan:
    """`met` CMR PMR NMR PMD NE ND, `ana` CR PR SD PD, None where not planned; `overall` by Lugano 2014."""

    visit: str
    day: int
    group: str
    met: str | None = None
    ana: str | None = None
    overall: str | None = None
    new_lesion: bool = False
    measures: list[Measure] = field(default_factory=list)
    other: tuple[str | None, str | None, str | None] | None = (
        None  # the independent reader's met, ana, overall
    )
    comment: str = ""

    @property
    def deauville(self) -> str:
        """The highest of the lesions; empty without a PET."""
        return max((m.deauville for m in self.measures), default="")


@dataclass(slots=True)
class Event:
    term: str
    decoded: str
    body_system: str
    start: int
    end: int | None
    grade: int
    system: str = "CTCAE V5.0"
    special: bool = False
    related: bool = True
    action: str = "DOSE NOT CHANGED"
    serious: bool = False
    fatal: bool = False
    comment: str = ""


@dataclass(slots=True)
class Medication:
    name: str
    klass: str
    indication: str
    dose: str
    unit: str
    frequency: str
    route: str
    start: int
    end: int | None


@dataclass(slots=True)
class Disposition:
    term: str
    decoded: str
    category: str
    subcategory: str
    day: int


@dataclass(slots=True)
class Therapy:
    name: str
    category: str
    indication: str
    start: int
    end: int | None


@dataclass(slots=True)
class Contact:
    day: int
    status: str
    source: str


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    regimen: str
    category: str
    response: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Past:
    """`diagnosed` and the dates of `lines` and `history` (start, end or None) are ordinals."""

    term: str
    histology: str
    stage: str
    status: str
    diagnosed: int
    relapse: int
    lines: tuple[Line, ...]
    history: tuple[tuple[str, str, str, int, int | None], ...]
