"""A trial as data: what `study.yaml` says, as frozen objects. Loading and checking is `interop.studyfile`.

The engine knows no trial; arms, visits, epochs, treatments, units, response criteria and analysis parameters
are here, and another trial is another file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from interop.supp import Qualifier
from interop.trialdesign import (
    Activity,
    Criterion,
    Endpoint,
    Milestone,
    PlannedElement,
    Procedure,
    ResponseTable,
    Setting,
    StudyElement,
    Summary,
)


@dataclass(frozen=True, slots=True)
class Coding:
    """A code of a published system, with the page where it was seen. Text alone where none is known."""

    system: str
    code: str
    display: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Arm:
    """A planned arm with its elements in order. `given`, where the source has no randomisation, tells the arm
    from the exposure: treatment name ─▶ highest dose received (None: any)."""

    code: str
    label: str
    given: Mapping[str, float | None] = field(default_factory=dict)
    description: str = ""
    elements: tuple[PlannedElement, ...] = ()


@dataclass(frozen=True, slots=True)
class Epoch:
    """A stretch of the study: from the day of DM variable `start` (None: the beginning) up to the next epoch.

    `after`: True where the epoch begins on the day after `start` (follow-up after the last dose). Where arms
    have elements, an epoch is the elements that they put in it, and has no `start`.
    """

    name: str
    start: str | None = None
    after: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """A planned visit: VISIT, VISITNUM, EPOCH, window in days, arms (none: all), TVSTRL and TVENRL where
    given.

    Planned on study day `day` (VISITDY), or `after` days from milestone `since`, its day being 0; without
    either it is not planned.
    """

    name: str
    number: float
    day: int | None = None
    epoch: str | None = None
    window: tuple[int, int] | None = None
    since: str | None = None
    after: int | None = None
    arms: tuple[str, ...] = ()
    starts: str | None = None
    ends: str | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """A study treatment by the name that the records use."""

    name: str
    codings: tuple[Coding, ...] = ()
    description: str = ""
    role: str = ""
    route: str | None = None


@dataclass(frozen=True, slots=True)
class StandardUnit:
    """Unit in which a test's results are standardised (--STRESU), and the decimals kept."""

    test: str
    unit: str
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """How the subject's reference dates are found.

    `start`/`end`: `first administration`, `last administration`, `randomisation`, `consent` or `disposition`.
    """

    start: str = "first administration"
    end: str = "last administration"


@dataclass(frozen=True, slots=True)
class Assumption:
    """What the protocol does not say and the study definition decides; `governs` is the key that holds it."""

    about: str
    decision: str
    governs: str = ""


@dataclass(frozen=True)
class Study:
    """One trial. `folder` is where its files lie; `lines` tells where in study.yaml a key stands."""

    id: str
    title: str
    usubjid: str  # template over the record fields `site` and `subject`
    folder: Path
    description: str = ""
    condition: str = ""
    status: str = "completed"  # FHIR research-study-status
    phase: str = ""
    reference: Reference = Reference()
    settings: tuple[Setting, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    elements: tuple[StudyElement, ...] = ()
    arms: tuple[Arm, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    visits: tuple[Visit, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    activities: tuple[Activity, ...] = ()
    eligibility: tuple[Criterion, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    response: ResponseTable = field(default_factory=ResponseTable)
    summary: tuple[Summary, ...] = ()
    units: tuple[StandardUnit, ...] = ()
    qualifiers: Mapping[str, tuple[Qualifier, ...]] = field(default_factory=dict)  # record ─▶ SUPP--
    baseline: str = "last value on or before the reference start"
    analysis: Mapping[str, object] = field(default_factory=dict)  # the `analysis` section, checked
    assumptions: tuple[Assumption, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)  # key (`visits/2/number`, items from 0) ─▶ line

    def setting(self, name: str) -> str:
        """The choice of setting `name` that holds. KeyError if the study has no such setting."""
        found = next((s for s in self.settings if s.name == name), None)
        if found is None:
            raise KeyError(name)
        return found.value

    def milestone(self, name: str) -> Milestone:
        """The milestone `name`. KeyError if there is none."""
        found = next((m for m in self.milestones if m.name == name), None)
        if found is None:
            raise KeyError(name)
        return found
