"""Names and numbers in a sentence."""

from __future__ import annotations

from collections.abc import Sequence


def some(names: Sequence[str], most: int) -> str:
    """The first `most` of the names, and how many more there are: `A, B and 3 more`."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def counted(number: int, what: str) -> str:
    """`1 rule`, `1,200 rules`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
