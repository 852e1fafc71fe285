"""Days as the export writes them."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@lru_cache(maxsize=20_000)
def shown(day: int | None) -> str | None:
    """A day (ordinal of the calendar) as 05-MAR-2024."""
    if day is None:
        return None
    d = date.fromordinal(day)
    return f"{d.day:02}-{MONTHS[d.month - 1]}-{d.year}"
