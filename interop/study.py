"""A trial as data: what `study.yaml` says, as frozen objects. Loading and checking is `interop.studyfile`.

The engine knows no trial; arms, visits, epochs, treatments, units, response criteria and analysis parameters
are here, and another trial is another file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from interop.supp import Qualifier


@dataclass(frozen=True, slots=True)
class Coding:
    """A code of a published system, with the page where it was seen. Text alone where none is known."""

    system: str
    code: str
    display: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Arm:
    """A planned arm. `given`, where the source has no randomisation, tells the arm from the exposure:
    treatment name ─▶ highest dose received (None: any)."""

    code: str
    label: str
    given: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Epoch:
    """A stretch of the study: from the day of DM variable `start` (None: the beginning) up to the next epoch.

    `after`: True where the epoch begins on the day after `start` (follow-up after the last dose).
    """

    name: str
    start: str | None = None
    after: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """A planned visit: VISIT, VISITNUM, VISITDY (None where it has no planned day), EPOCH, window in days."""

    name: str
    number: float
    day: int | None = None
    epoch: str | None = None
    window: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Treatment:
    """A study treatment by the name that the records use."""

    name: str
    codings: tuple[Coding, ...] = ()
    description: str = ""


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
    """What the protocol does not say and the study definition decides."""

    about: str
    decision: str


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
    arms: tuple[Arm, ...] = ()
    epochs: tuple[Epoch, ...] = ()
    visits: tuple[Visit, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    units: tuple[StandardUnit, ...] = ()
    qualifiers: Mapping[str, tuple[Qualifier, ...]] = field(default_factory=dict)  # record ─▶ SUPP--
    baseline: str = "last value on or before the reference start"
    analysis: Mapping[str, object] = field(default_factory=dict)  # the `analysis` section, checked
    assumptions: tuple[Assumption, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)  # key (`visits/2/number`, items from 0) ─▶ line
