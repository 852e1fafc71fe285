"""What a study says about tumour response: criteria, periods and parameters, as data.

A value of a response assessment counts as one of six: CR, PR, SD, NON-CR/NON-PD, PD, NE. Which
counts as which, and every threshold, is in a `ResponseCriteria`; a study may `replace` any of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from interop.derive.where import Where, check_length
from interop.errors import SpecError

Kind = Literal["OVR", "PD", "RSP", "CB", "BOR", "BCP", "LSTA", "DEATH", "MDIS"]

CR, PR, SD, NON, PD, NE = "CR", "PR", "SD", "NON-CR/NON-PD", "PD", "NE"
RESPONSE = (CR, PR)
BENEFIT = (CR, PR, SD, NON)

INVESTIGATOR: Mapping[str, tuple[str, ...]] = {
    "RSTESTCD": ("OVRLRESP",),
    "RSEVAL": ("INVESTIGATOR",),
}


@dataclass(frozen=True, slots=True)
class ResponseCriteria:
    """What the values of a set of response criteria mean, and its thresholds (days).

    `order` lists the values from the one that yields on a date to the one that wins it (the
    worst). `codes` gives AVAL, of `missing` too. `counts_as` maps each value to CR, PR, SD,
    NON-CR/NON-PD, PD or NE. A value in `not_done` is no assessment: it is never the last one.
    `min_days` after the start an SD or NON-CR/NON-PD stands; a confirming response comes at least
    `confirm_days` later, with at most `max_not_evaluable` NE between.
    """

    name: str
    order: tuple[str, ...]
    codes: Mapping[str, int]
    counts_as: Mapping[str, str]
    not_done: tuple[str, ...] = ()
    missing: str = "MISSING"
    min_days: int = 42
    confirm_days: int = 28
    max_not_evaluable: int = 1

    def __post_init__(self) -> None:
        unknown = sorted(set(self.counts_as.values()) - {CR, PR, SD, NON, PD, NE})
        if unknown:
            raise SpecError(f"{self.name}: {unknown[0]} is not one of the six that may count")
        values = {*self.counts_as, *self.not_done}
        for value in sorted(values):
            if value not in self.order or value not in self.codes:
                raise SpecError(f"{self.name}: {value} needs a place in order and a code")
        if self.missing not in self.codes:
            raise SpecError(f"{self.name}: {self.missing} needs a code")


# Lugano. ND (not done) and NED (no evidence of disease) count as NE and code after it, as in
# admiralonco's article on Lugano 2014 (CR 1, PR 2, SD 3, PD 4, NE 5, NED 6, ND 7; MISSING 8 is
# ours). An ND carries no information; a NED says that this reader never saw disease, so nothing
# could respond: as CR it would add responders without evidence. A study whose charter decides
# otherwise sets counts_as = {..., "NED": "CR"}.
CRITERIA: Mapping[str, ResponseCriteria] = {
    "RECIST 1.1": ResponseCriteria(
        name="RECIST 1.1",
        order=(NE, CR, PR, SD, NON, PD),
        codes={CR: 1, PR: 2, SD: 3, NON: 4, PD: 5, NE: 6, "MISSING": 7},
        counts_as={value: value for value in (CR, PR, SD, NON, PD, NE)},
    ),
    "LUGANO 2014": ResponseCriteria(
        name="LUGANO 2014",
        order=("ND", NE, "NED", CR, PR, SD, PD),
        codes={CR: 1, PR: 2, SD: 3, PD: 4, NE: 5, "NED": 6, "ND": 7, "MISSING": 8},
        counts_as={CR: CR, PR: PR, SD: SD, PD: PD, NE: NE, "NED": NE, "ND": NE},
        not_done=("ND",),
    ),
}


@dataclass(frozen=True, slots=True)
class Period:
    """Which assessments count, by dates of ADSL; both ends included.

    From `start`; through `length` after it (`42d`, `1y`), if given; through the ADSL date `until`
    plus `lag` days (-1: the day before), if given; and not earlier than `within` days before
    `until`. A subject without `start` has none that count; one without `until` has no such end.
    """

    start: str
    length: str | None = None
    until: str | None = None
    lag: int = 0
    within: int | None = None

    def __post_init__(self) -> None:
        if self.length is not None:
            check_length(self.length)
        if self.within is not None and self.until is None:
            raise SpecError(f"the period from {self.start}: within needs until")

    def met(self, date: pl.Expr, start: pl.Expr, until: pl.Expr) -> pl.Expr:
        """Whether `date` is in the period of the given bounds; null where date or start is."""
        met = date >= start
        if self.length is not None:
            met = met & (date <= start.dt.offset_by(self.length))
        if self.until is not None:
            open_end = until.is_null()
            met = met & (open_end | (date <= until.dt.offset_by(f"{self.lag}d")))
            if self.within is not None:
                met = met & (open_end | (date >= until.dt.offset_by(f"-{self.within}d")))
        return met


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of ADRS; PARCAT3 is the name of the criteria, but for DEATH.

    OVR every assessment; PD, RSP, CB, BCP Y or N; BOR the best response; LSTA the last assessment;
    DEATH Y with the ADSL date `date`; MDIS Y if `dataset` has a row that meets `where`.
    `confirmed` asks RSP, CB, BOR and BCP for confirmation. `values` are those that make RSP and
    BCP (default CR, PR); given to LSTA they make it Y or N. `among` restricts what LSTA takes as an
    assessment. `period` overrides that of the call, and `population` (of ADSL) says who has a row.
    """

    paramcd: str
    param: str
    kind: Kind
    confirmed: bool = False
    parcat1: str | None = "Tumor Response"
    parcat2: str | None = "Investigator"
    values: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    period: Period | None = None
    population: Where | None = None
    dataset: str = "TU"
    where: Where | None = None
    date: str = "DTHDT"


PARAMS: tuple[Param, ...] = (
    Param("OVR", "Overall Response by Investigator", "OVR"),
    Param("PD", "Disease Progression by Investigator", "PD"),
    Param("RSP", "Response by Investigator (confirmation not required)", "RSP"),
    Param(
        "CB",
        "Clinical Benefit by Investigator (confirmation for response not required)",
        "CB",
    ),
    Param("BOR", "Best Overall Response by Investigator (confirmation not required)", "BOR"),
    Param(
        "BCP",
        "Best Overall Response of CR/PR by Investigator (confirmation not required)",
        "BCP",
    ),
    Param("CRSP", "Confirmed Response by Investigator", "RSP", confirmed=True),
    Param("CCB", "Confirmed Clinical Benefit by Investigator", "CB", confirmed=True),
    Param("CBOR", "Best Confirmed Overall Response by Investigator", "BOR", confirmed=True),
    Param(
        "CBCP",
        "Best Confirmed Overall Response of CR/PR by Investigator",
        "BCP",
        confirmed=True,
    ),
    Param("DEATH", "Death", "DEATH", parcat1="Reference Event", parcat2=None),
    Param("LSTA", "Last Disease Assessment by Investigator", "LSTA"),
    Param(
        "MDIS",
        "Measurable Disease at Baseline by Investigator",
        "MDIS",
        parcat1=None,
        where={
            "TUEVAL": ("INVESTIGATOR",),
            "TUSTRESC": ("TARGET",),
            "VISIT": ("SCREENING",),
        },
    ),
)
