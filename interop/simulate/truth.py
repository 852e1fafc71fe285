"""What truly happened to each simulated subject, up to the data cut."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import polars as pl

from interop.simulate.course import Course

TRUTH: Mapping[str, type[pl.DataType]] = MappingProxyType(
    {
        "subject": pl.String,
        "site": pl.String,
        "usubjid": pl.String,
        "screen_failure": pl.Boolean,
        "cohort": pl.String,  # CART, ASCTCART or null
        "consent": pl.Date,
        "first_treatment": pl.Date,
        "first_glofitamab": pl.Date,
        "lymphodepletion": pl.Date,  # or conditioning
        "reinfusion": pl.Date,
        "car_t": pl.Date,
        "cellular_therapy": pl.Date,  # reinfusion where there is one, else CAR-T
        "day28": pl.Date,
        "day28_deauville": pl.String,
        "day28_ctdna": pl.String,
        "consolidation_indicated": pl.Boolean,
        "consolidation": pl.Date,
        "new_therapy": pl.Date,
        "onset": pl.Date,  # when the disease progressed, seen or not
        "progression": pl.Date,  # first assessment with PD
        "progression_after": pl.Date,  # the same, from the start of the cellular therapy on
        "relapse": pl.Boolean,  # progression after a CR
        "death": pl.Date,
        "dropout": pl.Date,
        "dropout_reason": pl.String,
        "end_of_study": pl.Date,
        "last_assessment": pl.Date,
        "last_contact": pl.Date,
        "response_before": pl.String,  # at the last assessment before lymphodepletion or conditioning
        "best_before": pl.String,
        "best_after": pl.String,  # within a year of the cellular therapy, before new therapy
        "pfst_days": pl.Int64,  # days from the start, which is day 1
        "pfst_event": pl.Boolean,  # progression seen or death; else the days end with the last assessment
        "pfsc_days": pl.Int64,
        "pfsc_event": pl.Boolean,
        "os_days": pl.Int64,  # from the first study treatment
        "os_event": pl.Boolean,
    }
)
_ORDER = ("CR", "PR", "SD", "PD", "NE")


def truth(courses: list[Course], usubjid: str) -> pl.DataFrame:
    """A row a subject, TRUTH. `usubjid` is the study's template."""
    return pl.DataFrame([_row(c, usubjid) for c in courses], schema=dict(TRUTH), orient="row")


def _date(day: int | None) -> date | None:
    return None if day is None else date.fromordinal(day)


def _best(c: Course, start: int | None, end: int | None) -> str | None:
    """The best overall response from `start` to `end` (both may be None: no assessment counts)."""
    if start is None:
        return None
    seen = []
    for s in c.scans[1:]:
        if s.day < start or (end is not None and s.day > end) or s.overall is None:
            continue
        seen.append(s.overall)
        if s.overall == "PD":
            break
    return min(seen, key=_ORDER.index) if seen else None


def _time(c: Course, start: int | None, progression: int | None) -> tuple[int | None, bool | None]:
    if start is None:
        return None, None
    events = [d for d in (progression, c.death) if d is not None]
    if events:
        return min(events) - start + 1, True
    last = max((s.day for s in c.scans if s.day >= start and s.overall not in (None, "NE")), default=start)
    return last - start + 1, False


def last_contact(c: Course) -> int:
    days = [c.consent, *(v.day for v in c.visits), *(d.day for d in c.doses), *(x.day for x in c.contacts)]
    return max(d for d in (*days, *(s.day for s in c.scans), c.death, c.dropout) if d is not None)


def _row(c: Course, usubjid: str) -> tuple[object, ...]:
    after = next(
        (s.day for s in c.scans if s.overall == "PD" and c.cell_start is not None and s.day >= c.cell_start),
        None,
    )
    before = [s for s in c.scans[1:] if c.chemo is not None and s.day < c.chemo]
    glofitamab = c.first_glofitamab
    year = None if c.cell_start is None else c.cell_start + 365
    limits = [d for d in (year, c.new_therapy) if d is not None]
    relapse = any(s.overall == "CR" and c.progression is not None and s.day < c.progression for s in c.scans)
    day28 = next((s for s in c.scans if s.visit == "D28"), None)
    last = max((s.day for s in c.scans), default=None)
    return (
        c.subject,
        c.site,
        usubjid.replace("{site}", c.site).replace("{subject}", c.subject),
        bool(c.screen_failure),
        c.cohort or None,
        _date(c.consent),
        _date(c.start),
        _date(glofitamab),
        _date(c.chemo),
        _date(c.reinfusion),
        _date(c.car_t),
        _date(c.cell_start),
        _date(c.day28),
        day28.deauville or None if day28 else None,
        c.ctdna_day28 or None,
        c.consolidate,
        _date(c.consolidation),
        _date(c.new_therapy),
        _date(c.onset),
        _date(c.progression),
        _date(after),
        relapse,
        _date(c.death),
        _date(c.dropout),
        c.dropout_why if c.dropout else None,
        _date(c.end_of_study),
        _date(last),
        _date(last_contact(c)),
        before[-1].overall if before else None,
        _best(c, glofitamab, None if c.chemo is None else c.chemo - 1),
        _best(c, c.cell_start, min(limits) if limits else None),
        *_time(c, glofitamab, c.progression),
        *_time(c, c.cell_start, after),
        *(
            (None, None)
            if c.start is None
            else ((c.death or last_contact(c)) - c.start + 1, c.death is not None)
        ),
    )
