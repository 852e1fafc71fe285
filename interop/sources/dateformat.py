"""Dates and times as they were collected, to ISO 8601 text that is as partial as they were.

A format is written in tokens: DD day, MON month name (English, three letters or whole), MM month number, YYYY
year, HH, MI, SS; other characters stand for themselves. An unknown part (UN, UNK, NK, ND, XX, ??, -- or
00) leaves the date partial from there on: UN-JAN-2014 is 2014-01.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = (
    "january|february|march|april|may|june|july|august|september|october|november|december|sept|"
    + "|".join(MONTHS)
)
_UNKNOWN = r"UNK|UN|NK|ND|XXX|XX|\?\?\?|\?\?|---|--|___|__"
_TOKEN = re.compile(r"YYYY|MON|MM|DD|HH|MI|SS")
_PARTS = {
    "YYYY": rf"(?P<year>[0-9]{{4}}|{_UNKNOWN}|UNKN|XXXX|\?\?\?\?|----)",
    "MON": rf"(?P<month>{_NAMES}|{_UNKNOWN})",
    "MM": rf"(?P<month>[0-9]{{1,2}}|{_UNKNOWN})",
    "DD": rf"(?P<day>[0-9]{{1,2}}|{_UNKNOWN})",
    "HH": rf"(?P<hour>[0-9]{{1,2}}|{_UNKNOWN})",
    "MI": rf"(?P<minute>[0-9]{{2}}|{_UNKNOWN})",
    "SS": rf"(?P<second>[0-9]{{2}}|{_UNKNOWN})",
}
_ISO = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{2})(-(?P<day>[0-9]{2})"
    r"([T ](?P<hour>[0-9]{2})(:(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})(\.0+)?)?)?)?)?)?"
)


class BadFormatError(ValueError):
    """A format that cannot be read; `mend` says what would do."""

    def __init__(self, message: str, mend: str) -> None:
        self.mend = mend
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Parsed:
    """`iso`: the date, or None with `problem`. `lost` says what of the text ISO 8601 cannot hold."""

    iso: str | None
    problem: str = ""
    lost: str = ""


@cache
def compiled(text: str) -> re.Pattern[str]:
    """The pattern of a format. BadFormatError if a letter in it is no token, or a token stands twice."""
    pattern, at = "", 0
    for token in _TOKEN.finditer(text):
        pattern += _literal(text, text[at : token.start()]) + _PARTS[token.group()]
        at = token.end()
    pattern += _literal(text, text[at:])
    try:
        made = re.compile(pattern, re.IGNORECASE)
    except re.error:
        raise BadFormatError(f"a part of the date stands twice in `{text}`", "Write each part once") from None
    if not made.groupindex:
        raise BadFormatError(f"`{text}` has no part of a date", "Write it like DD-MON-YYYY or YYYY-MM-DD")
    return made


def _literal(text: str, between: str) -> str:
    # A T may separate date and time; any other letter is a token that was misspelt.
    if re.search(r"[A-SU-Za-su-z]", between):
        raise BadFormatError(
            f"`{between}` in the date format `{text}` is not a part of a date",
            "The parts are YYYY, MON, MM, DD, HH, MI and SS",
        )
    return re.escape(between)


def parse_date(text: str, formats: Iterable[str]) -> Parsed:
    """The date in `text` by the first of `formats` that it has; ISO 8601 is tried last.

    A text of the right form that is no date (30 February) is a problem, unless a later format reads it.
    """
    problem = ""
    for pattern in (*(compiled(f) for f in formats), _ISO):
        match = pattern.fullmatch(text)
        if match is None:
            continue
        found = _assemble(match.groupdict())
        if found.iso is not None:
            return found
        problem = problem or found.problem
    return Parsed(None, problem or "is not written in a declared format")


def parse_time(text: str, formats: Iterable[str]) -> Parsed:
    """The time of day in `text`, as THH, THH:MM or THH:MM:SS; empty where all of it is unknown."""
    for pattern in (compiled(f) for f in formats):
        match = pattern.fullmatch(text)
        if match is not None:
            time, problem = _time(match.groupdict())
            return Parsed(None if problem else time, problem)
    return Parsed(None, "is not written in a declared format")


def _assemble(parts: dict[str, str | None]) -> Parsed:
    year = _number(parts.get("year"))
    month = _month(parts.get("month"))
    day = _number(parts.get("day"))
    if year is None:
        return Parsed(None, "has no year")
    if month is None:
        return Parsed(f"{year:04}", lost="the day without its month" if day else "")
    if not 1 <= month <= 12:
        return Parsed(None, f"has no month {month}")
    if day is None or day == 0:
        known_time = _number(parts.get("hour")) is not None
        return Parsed(f"{year:04}-{month:02}", lost="the time without its day" if known_time else "")
    if year < 1 or day > monthrange(year, month)[1]:
        return Parsed(None, "is not a day of the calendar")
    time, problem = _time(parts)
    return Parsed(None, problem) if problem else Parsed(f"{year:04}-{month:02}-{day:02}{time}")


def _time(parts: dict[str, str | None]) -> tuple[str, str]:
    """(T and as much of the time as is known, what is wrong with it)"""
    said = ""
    for name, limit, mark in (("hour", 23, "T"), ("minute", 59, ":"), ("second", 59, ":")):
        value = _number(parts.get(name))
        if value is None:
            return said, ""
        if value > limit:
            return "", f"has no {name} {value}"
        said += f"{mark}{value:02}"
    return said, ""


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdigit() else None


def _month(text: str | None) -> int | None:
    if text is None:
        return None
    if text.isdigit():
        return int(text) or None
    name = text[:3].casefold()
    return MONTHS.index(name) + 1 if name in MONTHS else None
