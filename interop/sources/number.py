"""Numbers as decimal text."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"([-+]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([-+]?[0-9]{1,3}))?")


def canonical(text: str) -> str | None:
    """A number as decimal text with its digits kept: ` +01.50` is 1.50. None if it is no number."""
    match = _NUMBER.fullmatch(text.strip())
    if match is None or not (match[2] or match[3]):
        return None
    sign, whole, part, power = match[1], match[2] or "", match[3] or "", int(match[4] or 0)
    digits, point = whole + part, len(whole) + power
    if point <= 0:
        digits, point = "0" * (1 - point) + digits, 1
    digits = digits.ljust(point, "0")
    whole, part = digits[:point].lstrip("0") or "0", digits[point:]
    return ("-" if sign == "-" else "") + whole + (f".{part}" if part else "")
