"""The endpoints of each subject worked out anew: from the simulator's truth and the cells of RS.csv and
DTH.csv, by the decisions of docs/glofit-cart.md, in plain Python, with nothing of the pipeline.

What the truth says and what is expected differ for one reason of a closed list, or not at all.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, get_args

from interop.simulate.run import Simulated

Reason = Literal["new therapy", "2-year window", "planted defect", "no cellular therapy"]
REASONS: tuple[str, ...] = get_args(Reason)
"""`new therapy`: follow-up that counts ends on its day. `2-year window`: it ends two years after the first
study treatment. `planted defect`: the day of death is not known and is the first of its month, or
the last study treatment in it. `no cellular
therapy`: the truth knows a response before it only where it began; the analysis takes that of all."""

ORDER = ("CR", "PR", "SD", "PD")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
Scan = tuple[date, str]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Expected:
    """What a parameter of a subject must be (None: no record), what the truth has, and why they differ."""

    value: object
    truth: object
    reason: Reason | None


def scans(made: Simulated) -> dict[str, list[Scan]]:
    """The investigator's overall responses that say something, by subject, in the order of their dates."""
    assert made.csv is not None
    found: dict[str, list[Scan]] = {}
    with (made.csv / "RS.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            overall = row["OVRLRESP"].upper()
            if row["RSEVAL"] == "INVESTIGATOR" and overall in ORDER:
                found.setdefault(row["SUBJID"], []).append((_date(row["RSDAT"]), overall))
    return {subject: sorted(rows) for subject, rows in found.items()}


def deaths(made: Simulated) -> dict[str, date]:
    """The date of death that the export lets one take: where the day is not known the first of the month,
    or the last study treatment if that lies in it."""
    assert made.csv is not None
    found: dict[str, date] = {}
    treated: dict[str, date] = {}
    with (made.csv / "EX.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["EXOCCUR"] == "Y":
                given = _date(row["EXENDAT"] or row["EXSTDAT"])
                treated[row["SUBJID"]] = max(given, treated.get(row["SUBJID"], given))
    with (made.csv / "DTH.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            died = _date(re.sub(r"^UN-", "01-", row["DTHDAT"]))
            last = treated.get(row["SUBJID"], died)
            if row["DTHDAT"].startswith("UN-") and (last.year, last.month) == (died.year, died.month):
                died = last
            found[row["SUBJID"]] = min(died, found.get(row["SUBJID"], died))
    return found


def _date(text: str) -> date:
    day, month, year = text.split("-")
    return date(int(year), _MONTHS.index(month) + 1, int(day))


def _later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def times(truth: Row, seen: list[Scan], died: date | None) -> dict[str, Expected]:
    """PFST, PFSC and OS: days and whether there was an event."""
    found = {}
    for name, start, progression in (
        ("pfst", truth["first_glofitamab"], truth["progression"]),
        ("pfsc", truth["cellular_therapy"], truth["progression_after"]),
        ("os", truth["first_treatment"], None),
    ):
        true = None if start is None else (truth[f"{name}_days"], truth[f"{name}_event"])
        limits = _limits(truth, start, new_therapy=name != "os")
        last = truth["last_contact"] if name == "os" else None
        found[name.upper()] = Expected(
            *_time(start, (progression, died), seen, last, limits, true, died != truth["death"])
        )
    return found


def _limits(truth: Row, start: date | None, *, new_therapy: bool) -> dict[date, Reason]:
    if start is None:
        return {}
    limits: dict[date, Reason] = {_later(truth["first_treatment"], 2): "2-year window"}
    if new_therapy and truth["new_therapy"] is not None and truth["new_therapy"] >= start:
        limits[truth["new_therapy"]] = "new therapy"
    return limits


def _time(
    start: date | None,
    events: Iterable[date | None],
    seen: list[Scan],
    last: date | None,
    limits: Mapping[date, Reason],
    true: tuple[int, bool] | None,
    death_moved: bool,
) -> tuple[object, object, Reason | None]:
    if start is None:
        return None, None, None
    end = min(limits)
    counting = [d for d in events if d is not None and start <= d <= end]
    if counting:
        value = ((min(counting) - start).days + 1, True)
    else:
        alive = min(last, end) if last is not None else start
        until = max([alive, *(d for d, _ in seen if last is None and start <= d <= end)])
        value = ((until - start).days + 1, False)
    if value == true:
        return value, true, None
    return value, true, "planted defect" if death_moved and counting else limits[end]


def responses(truth: Row, seen: list[Scan]) -> dict[str, Expected]:
    """BORBEF, CRBEF, RSPBEF and BORAFT, CRAFT, RSPAFT: the best response, or whether there was such a one."""
    begun, cells, chemo = truth["first_glofitamab"], truth["cellular_therapy"], truth["lymphodepletion"]
    new: date | None = truth["new_therapy"]
    changed: Reason | None = None if new is None else "new therapy"
    ends = [d - timedelta(days=1) for d in (chemo, new) if d is not None]
    before = [] if begun is None else [s for s in seen if begun <= s[0] <= min(ends, default=date.max)]
    last = before[-1][1] if before else None
    found = _parameters("BEF", begun, _best(before), truth["best_before"], changed)
    for name, values in RESPONDED.items():
        value, true = last in values, truth["response_before"] in values
        why = changed if chemo is not None else "no cellular therapy"
        found[f"{name}BEF"] = _expected(begun, value, true, why)
    year = None if cells is None else min(cells + timedelta(days=365), new or date.max)
    after = [] if year is None else [s for s in seen if cells <= s[0] <= year]
    return found | _parameters("AFT", cells, _best(after), truth["best_after"], changed)


RESPONDED = {"CR": ("CR",), "RSP": ("CR", "PR")}


def _parameters(
    end: str, start: date | None, best: str | None, true: str | None, why: Reason | None
) -> dict[str, Expected]:
    found = {f"BOR{end}": _expected(start, best or "MISSING", true or "MISSING", why)}
    for name, values in RESPONDED.items():
        found[f"{name}{end}"] = _expected(start, best in values, true in values, why)
    return found


def _expected(start: date | None, value: object, true: object, why: Reason | None) -> Expected:
    if start is None:
        return Expected(None, None, None)
    return Expected(value, true, None if value == true else why)


def _best(seen: list[Scan]) -> str | None:
    """The best response until the disease progresses."""
    until = next((n for n, s in enumerate(seen) if s[1] == "PD"), len(seen))
    return min((s[1] for s in seen[: until + 1]), key=ORDER.index, default=None)
