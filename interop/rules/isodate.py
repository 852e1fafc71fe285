"""ISO 8601 as SDTM writes it, partial and uncertain: valid, complete, before and after."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

import polars as pl

from interop.package.table import SAS_EPOCH_DAYS

# What strings compare rightly for: as far as it is known, from the left, with no time zone.
_DAY = (
    r"\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)"
    r"|02-(?:0[1-9]|1\d|2[0-8]))"
    r"|(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29"
)
_TIME = r"T(?:[01]\d|2[0-3])(?::[0-5]\d(?::[0-5]\d(?:\.\d+)?)?)?"
PLAIN = rf"^(?:\d{{4}}(?:-(?:0[1-9]|1[0-2]))?|(?:{_DAY})(?:{_TIME})?)$"
_PLAIN = re.compile(PLAIN)
_PART = (
    r"(?P<{0}year>-?\d{{4}}|-)(-{{1,2}}(?P<{0}month>1[0-2]|0[1-9]|-))?"
    r"(-{{1,2}}(?P<{0}day>3[01]|0[1-9]|[12]\d|-))?"
    r"(T(?P<{0}hour>2[0-3]|[01]\d|-)(:(?P<{0}minute>[0-5]\d|-)"
    r"(:(?P<{0}second>[0-5]\d|-)(\.(?P<{0}fraction>\d+))?)?)?(?P<{0}zone>Z|[+-]\d\d:\d\d)?)?"
)
_DATE = re.compile(
    rf"(?:{_PART.format('')})(?:/(?:{_PART.format('to_')}))?|-{{4,8}}"
    r"T(?P<only_hour>2[0-3]|[01]\d|-)(:(?P<only_minute>[0-5]\d|-)(:(?P<only_second>[0-5]\d|-))?)?"
)
UNITS = ("year", "month", "day", "hour", "minute", "second", "fraction")
_EMPTY = ("1970", "01", "01", "00", "00", "00", "0")
_DURATION = re.compile(
    r"-?P(?:(\d+(?:[.,]\d*)?)Y)?,?(?:(\d+(?:[.,]\d*)?)M)?,?(?:(\d+(?:[.,]\d*)?)D)?,?"
    r"(T(?:(\d+(?:[.,]\d*)?)H)?,?(?:(\d+(?:[.,]\d*)?)M)?,?(?:(\d+(?:[.,]\d*)?)S)?)?"
)
_WEEKS = re.compile(r"-?P\d+(?:[.,]\d*)?W")


def plain(text: pl.Expr) -> pl.Expr:
    """The text is a date that exists, known from the left, without time zone."""
    return text.str.contains(PLAIN)


def whole(text: pl.Expr) -> pl.Expr:
    """The text is a plain date whose day is known."""
    return plain(text) & (text.str.len_chars() >= 10)


def sas(number: pl.Expr, variable: str) -> pl.Expr:
    """A SAS date (days since 1960-01-01) as ISO 8601; of a variable in -DTM a SAS datetime (seconds)."""
    if variable.endswith("DTM"):
        moment = pl.datetime(1960, 1, 1) + pl.duration(milliseconds=(number * 1000).round(0).cast(pl.Int64))
        return moment.dt.strftime("%Y-%m-%dT%H:%M:%S")
    day = (number.floor().cast(pl.Int32, strict=False) - SAS_EPOCH_DAYS).cast(pl.Date)
    return day.dt.strftime("%Y-%m-%d")


def is_valid(text: str) -> bool:
    """A date, datetime, interval or partial or uncertain form of one."""
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    if any(mark in text for mark in ("/", "--", "-:")):
        return True
    zone = found.group("zone") or ""
    return _PLAIN.fullmatch(text.removesuffix(zone)) is not None and _moment(text) is not None


def is_complete(text: str) -> bool:
    """At least a whole date, as `datetime.fromisoformat` reads it."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_duration(text: str, *, negative: bool) -> bool:
    """P1Y2M3DT4H5M6S or P7W; a decimal in the smallest unit alone."""
    if not negative and text.startswith("-"):
        return False
    if _WEEKS.fullmatch(text):
        return True
    found = _DURATION.fullmatch(text)
    if found is None or text.endswith(("P", "T")):
        return False
    units = [found.group(n) for n in (1, 2, 3, 5, 6, 7) if found.group(n)]
    if found.group(4) and not any(found.group(n) for n in (5, 6, 7)):
        return False
    return bool(units) and not any("." in u or "," in u for u in units[:-1])


@lru_cache(maxsize=200_000)
def _parts(text: str) -> tuple[str | None, ...] | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    groups = found.groupdict()
    values = [groups.get(u) or groups.get(f"to_{u}") or groups.get(f"only_{u}") for u in UNITS]
    return tuple(None if v in (None, "-") else v for v in values)


def precision(text: str) -> int | None:
    """How many units are known from the left, less one; None for no date."""
    parts = _parts(text)
    if parts is None or all(p is None for p in parts):
        return None
    known = next((n for n, p in enumerate(parts) if p is None), len(parts))
    return known - 1 if known else None


@lru_cache(maxsize=200_000)
def _moment(text: str) -> datetime | None:
    """The date with its unknown units at their beginnings, in UTC."""
    parts = _parts(text)
    if parts is None:
        return None
    filled = [p or e for p, e in zip(parts, _EMPTY, strict=True)]
    year, month, day, hour, minute, second = (int(p) for p in filled[:6])
    micro = int(filled[6][:6].ljust(6, "0"))
    try:
        moment = datetime(year, month, day, hour, minute, second, micro, tzinfo=UTC)
    except ValueError:
        return None
    zone = re.search(r"([+-])(\d\d):(\d\d)$", text) if "T" in text and "/" not in text else None
    if zone is None:
        return moment
    offset = timedelta(hours=int(zone[2]), minutes=int(zone[3]))
    return moment - offset if zone[1] == "+" else moment + offset


def _cut(moment: datetime, units: int) -> tuple[int, ...]:
    whole = (
        moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second, moment.microsecond,
    )  # fmt: skip
    return whole[: units + 1]


def compare(left: str, right: str, test: Callable[[Any, Any], bool], kind: str, component: str = "") -> bool:
    """`left` against `right` as far as both are known; equal only where they are known equally far."""
    if not (is_valid(left) and is_valid(right)):
        return False
    a, b = _moment(left), _moment(right)
    if a is None or b is None:
        return False
    if component and component != "auto":
        return test(getattr(a, component), getattr(b, component))
    known = precision(left), precision(right)
    if known[0] is None or known[1] is None:
        return False
    if known[0] != known[1] and component != "auto" and kind in ("eq", "ne"):
        return kind == "ne"
    units = min(known[0], known[1])
    return test(_cut(a, units), _cut(b, units))


def study_day(text: str | None, reference: str | None) -> int | None:
    """Days from the reference date, which is day 1; None where one of them is no whole date."""
    days = [_day(t) for t in (text, reference)]
    if days[0] is None or days[1] is None:
        return None
    apart = (days[0] - days[1]).days
    return apart + 1 if apart >= 0 else apart


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None
