"""What pictures share: colours of groups, ticks of an axis, months."""

from __future__ import annotations

import math
from collections.abc import Sequence

from interop.report.results import ALL, NO_GROUP

MONTH = 365.25 / 12  # days


def colours(groups: Sequence[str]) -> dict[str, str]:
    """A CSS colour a group: all subjects are ink, those without a cohort grey."""
    named = [g for g in dict.fromkeys(groups) if g not in (ALL, NO_GROUP)]
    tints = {g: f"var(--g{n % 4 + 1})" for n, g in enumerate(named)}
    fixed = {ALL: "var(--all)", NO_GROUP: "var(--none)"}
    return {g: fixed.get(g) or tints[g] for g in groups}


def month_ticks(days: float) -> list[int]:
    """Months from 0 to about `days` or more, at most nine, evenly apart."""
    months = max(1, math.ceil(days / MONTH - 0.2))
    step = next(s for s in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if months / s <= 8)
    return list(range(0, step * math.ceil(months / step) + 1, step))
