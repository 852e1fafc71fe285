"""Which record of a test is the last before treatment (--LOBXFL) or the baseline (--BLFL)."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from polars import col

from interop.derive.dates import after
from interop.spec import Rule


def last_before(*, date: str, value: str, since: str, by: Sequence[str], method: str) -> Rule:
    """Y on the last record of each group `by` whose `value` is there and whose `date` is not after `since`.

    Where a time is missing, a record of the day of `since` counts, as taken before the first dose; a partial
    date whose order is not known does not. On the same date the last in the order of the dataset's keys.
    """
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    on_the_day = col(date).str.slice(0, 10) == col(since).str.slice(0, 10)
    timed = (col(date).str.len_chars() > 10) & (col(since).str.len_chars() > 10)
    early = pl.when(on_the_day & ~timed).then(pl.lit(True)).otherwise(~after(date, since))
    meant = col(value).is_not_null() & early.fill_null(False) & (col(date).str.len_chars() >= 10)
    last = place.filter(meant).sort_by(col(date).filter(meant), maintain_order=True).last()
    chosen = (place == last).over(by).fill_null(False) & meant
    return Rule(pl.when(chosen).then(pl.lit("Y")), "Derived", method, after_sort=True)
