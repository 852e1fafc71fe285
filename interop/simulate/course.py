"""What happens to one simulated subject, before it is written in forms. Days are ordinals of the calendar."""

from __future__ import annotations

from dataclasses import dataclass, field

from interop.simulate.facts import (
    Collected,
    Contact,
    Disposition,
    Dose,
    Event,
    Lesion,
    Medication,
    Past,
    Procedure,
    Scan,
    Therapy,
    Visit,
)


@dataclass
class Course:
    """One subject. Milestones are None where they did not happen (or not before the data cut)."""

    number: int
    subject: str
    site: str
    country: str
    sex: str
    age: int
    race: str
    ethnicity: str
    initials: str
    weight: float
    height: float
    ecog: int
    consent: int
    consent_version: str
    past: Past | None = None
    criteria: list[tuple[str, bool]] = field(default_factory=list)  # IETESTCD, met
    screen_failure: str = ""  # the criterion that was not met
    start: int | None = None  # first study treatment
    first_glofitamab: int | None = None
    eoi: int | None = None
    chemo: int | None = None  # start of lymphodepletion or conditioning
    cohort: str = ""
    reinfusion: int | None = None
    car_t: int | None = None
    day28: int | None = None
    ctdna_day28: str = ""
    consolidate: bool | None = None  # what day 28 decides
    consolidation: int | None = None
    onset: int | None = None  # when the disease truly progressed
    new_therapy: int | None = None
    death: int | None = None
    death_cause: str = ""
    dropout: int | None = None
    dropout_why: str = ""
    end_of_study: int | None = None
    contraindicated: str = ""
    reviewed: bool = False
    cells: bool = False  # stem cells suffice
    stopped: str = ""  # why glofitamab was stopped in induction
    remarks: list[tuple[int, str]] = field(default_factory=list)  # day, text
    visits: list[Visit] = field(default_factory=list)
    doses: list[Dose] = field(default_factory=list)
    procedures: list[Procedure] = field(default_factory=list)
    yields: list[Collected] = field(default_factory=list)
    lesions: list[Lesion] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    ctdna: list[tuple[str, int, str]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    medications: list[Medication] = field(default_factory=list)
    dispositions: list[Disposition] = field(default_factory=list)
    therapies: list[Therapy] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    late: list[tuple[str, int]] = field(default_factory=list)  # visits out of their window, days late

    def unscheduled(self, day: int, why: str) -> str:
        key = f"UNS{sum(v.key.startswith('UNS') for v in self.visits) + 1}"
        self.visits.append(Visit(key, day, why))
        return key

    def gone(self, day: int) -> bool:
        """Whether the subject is dead or has left before or on `day`."""
        return any(end is not None and end <= day for end in (self.death, self.dropout))

    @property
    def progression(self) -> int | None:
        """Day of the first scan that shows progression."""
        return next((s.day for s in self.scans if s.overall == "PD"), None)

    @property
    def cell_start(self) -> int | None:
        """Start of the cellular therapy: the reinfusion where there is one, else CAR-T."""
        return self.reinfusion if self.reinfusion is not None else self.car_t

    def cut(self, day: int) -> None:
        """Forget what lies after the data cut or the end of the subject's participation."""
        ends = (self.death, self.dropout, self.end_of_study)
        last = min(e for e in (day, *ends) if e is not None)
        self.visits = [v for v in self.visits if v.day <= last]
        self.doses = [d for d in self.doses if d.day <= last]
        for d in self.doses:
            d.end = None if d.end is None else min(d.end, last)
        self.procedures = [p for p in self.procedures if p.end <= last]
        done = {p.identifier for p in self.procedures} | {""}
        self.yields = [y for y in self.yields if y.day <= last and y.procedure in done]
        self.scans = [s for s in self.scans if s.day <= last]
        self.lesions = [n for n in self.lesions if n.scan < len(self.scans)]
        self.ctdna = [x for x in self.ctdna if x[1] <= last]
        self.therapies = [t for t in self.therapies if t.start <= last]
        self.dispositions = [d for d in self.dispositions if d.day <= last]
        self.contacts = [c for c in self.contacts if c.day <= last]
        kept = {v.key for v in self.visits}
        self.late = [x for x in self.late if x[0] in kept]
        self._forget(last)
        self._untold(last)

    def _untold(self, last: int) -> None:
        """Forget of events and medication what came after the subject was last heard of."""
        for e in self.events:
            if e.fatal and self.death is None:
                e.fatal, e.grade = False, 4  # at the data cut the subject lives
        for t in self.therapies:
            t.end = None if t.end is None or t.end > last else t.end
        heard = self._heard()
        self.events = [e for e in self.events if e.start <= heard]
        self.medications = [m for m in self.medications if m.start <= heard]
        told: list[Event | Medication] = [*self.events, *self.medications]
        for x in told:
            x.end = None if x.end is None or x.end > heard else x.end

    def _heard(self) -> int:
        """The last day of which the subject's forms tell, events and medication aside."""
        days = [
            *(v.day for v in self.visits),
            *(d.day if d.end is None else d.end for d in self.doses),
            *(p.end for p in self.procedures),
            *(s.day for s in self.scans),
            *(t.start if t.end is None else t.end for t in self.therapies),
            *(d.day for d in self.dispositions),
            *(c.day for c in self.contacts),
        ]
        return max(self.consent, self.death or 0, *days)

    def _forget(self, last: int) -> None:
        for name in (
            *("start", "first_glofitamab", "eoi", "chemo", "reinfusion", "car_t", "day28", "consolidation"),
            *("onset", "new_therapy", "death", "dropout", "end_of_study"),
        ):
            value = getattr(self, name)
            if value is not None and value > last:
                setattr(self, name, None)
        if self.chemo is None:
            self.cohort = ""
        if self.day28 is None:
            self.consolidate, self.ctdna_day28 = None, ""
