"""The design of a trial: milestones, elements, procedures, schedule, eligibility, endpoints and summary, as
`study.yaml` has them. Part of `interop.study.Study`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Setting:
    """What the protocol leaves open: the choice that holds, of `choices` with their meaning."""

    name: str
    value: str
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Milestone:
    """An event of a subject. Its date is field `date` of a `record` (the `pick` of those where every field of
    `where` has one of the values, after the day of milestone `after`), or comes from other milestones: `how`
    of `of`.

    A choice by a setting is resolved: `of` are those of the setting's value. `adsl`, `label`: its ADSL
    variable.
    """

    name: str
    record: str | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    date: str | None = None
    pick: Literal["first", "last"] = "first"
    after: str | None = None
    how: Literal["", "earliest_of", "latest_of", "first_known_of"] = ""
    of: tuple[str, ...] = ()
    days_later: int = 0
    adsl: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class StudyElement:
    """A building block of arms (TE): ETCD, ELEMENT, the milestone that begins it, TESTRL, TEENRL, TEDUR."""

    code: str
    name: str
    begins: str
    starts: str
    ends: str | None = None
    duration: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedElement:
    """An element at its place in an arm (TA): ETCD, EPOCH, TABRANCH, TATRANS."""

    element: str
    epoch: str
    branch: str | None = None
    transition: str | None = None


@dataclass(frozen=True, slots=True)
class Yield:
    """Least amount that a collection must yield, of a test as the records name it."""

    test: str
    minimum: str
    unit: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure by the name that the records use."""

    name: str
    description: str = ""
    standard_name: str | None = None
    yields: tuple[Yield, ...] = ()


@dataclass(frozen=True, slots=True)
class Dose:
    """A planned amount, or the range that it lies in; digits as written."""

    unit: str
    value: str | None = None
    low: str | None = None
    high: str | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """Something planned in an element: a treatment (or one of a role), a procedure, an assessment, a
    decision.

    At `visits`, or on `days` from milestone `since` (its day being 0) within `window`, or as `timing` says.
    """

    code: str
    title: str
    element: str
    arms: tuple[str, ...] = ()
    treatment: str | None = None
    role: str | None = None
    procedure: str | None = None
    assessment: str | None = None
    leads_to: str | None = None
    visits: tuple[str, ...] = ()
    since: str | None = None
    days: tuple[int, ...] = ()
    window: tuple[int, int] | None = None
    timing: str | None = None
    dose: Dose | None = None
    condition: str | None = None
    marks: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Criterion:
    """An inclusion or exclusion criterion (TI): IETESTCD, IETEST, IECAT, IESCAT, TIRL, TIVERS."""

    code: str
    text: str
    category: str
    subcategory: str | None = None
    rule: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint in the words of the protocol, and the analysis parameters (PARAMCD) that answer it."""

    code: str
    level: str
    name: str
    definition: str
    window: str | None = None
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SummaryCode:
    """TSVALCD, TSVCDREF, TSVCDVER."""

    code: str
    terminology: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """A trial summary parameter: TSPARMCD with TSVAL or TSVALNF; its code given, or that of `codelist`."""

    code: str
    value: str | None = None
    null_flavor: str | None = None
    codelist: str | None = None
    coded: SummaryCode | None = None
    group: str | None = None


def outcome(name: str, definition: str) -> str:
    """An endpoint as the trial summary says it (OUTMSPRI, OUTMSSEC, OUTMSEXP)."""
    return f"{name}: {definition}"


@dataclass(frozen=True, slots=True)
class ReadingRule:
    """If PET and CT are among these (None: no reading; no tuple: anything), `take` decides.

    `take` is PET, CT or PRIOR (the latest evaluable PET of a strictly earlier date), whose reading
    gives the response, or a response itself. `prior` asks that there is such an earlier PET (True) or none.
    """

    name: str
    take: Literal["PET", "CT", "PRIOR", "CR", "PR", "SD", "PD", "NE", "ND", "NED"]
    pet: tuple[str | None, ...] | None = None
    ct: tuple[str | None, ...] | None = None
    prior: bool | None = None


@dataclass(frozen=True, slots=True)
class ResponseTable:
    """How PET-CT and CT make one overall response: `rules` of the study's own, else the published table
    `criteria` (a name of `interop.derive.lugano.TABLES`)."""

    criteria: str = "LUGANO 2014"
    rules: tuple[ReadingRule, ...] = ()
