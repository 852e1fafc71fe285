"""Forms that are filled in again as an event goes on: the last state counts."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from polars import col

from interop import issues


def latest_state(
    rows: pl.DataFrame, *, of: str, may_change: Sequence[str], target: str, collected: str = "collected"
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` without those that a later one repeats, and an issue for each of them.

    A later row repeats an earlier one where the same subject has it under the same identifier `of`, collected
    on a later day, and nothing differs but the fields `may_change`. A change of severity, of dates or of
    anything else leaves both rows, and rows without identifier or day of collection are left alone.
    """
    ours = ("_src", collected, *may_change)
    same = [c for c in rows.columns if c not in ours]
    known = col(of).is_not_null() & (col(collected).str.len_chars() >= 10)
    # Compared by day: of two rows of one day neither is the later one.
    day = pl.when(known).then(col(collected).str.slice(0, 10))
    repeated = (day < day.max().over(same)).fill_null(False)
    said = issues.issues(
        rows.filter(repeated),
        severity="info",
        target=target,
        rule="EARLIER STATE",
        value=col(of),
        message=f"a row collected later repeats this one, with at most {' and '.join(may_change)} changed: "
        "that one is used",
        kept=False,
    )
    return rows.filter(~repeated), said
