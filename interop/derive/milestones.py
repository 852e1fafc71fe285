"""Protocol milestones for DS that a source keeps elsewhere than with its disposition events."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.records import Records

CONSENTED = "INFORMED CONSENT OBTAINED"
RANDOMISED = "RANDOMIZED"


def with_milestones(records: Records) -> pl.DataFrame:
    """Disposition records, then the consents and randomisations that are not among them.

    `milestone` is `consent` or `randomised` for these, and null for the others; `randomised` has the date of
    randomisation.
    """
    events = records["disposition"]
    consents = records["consent"].select("subject", "site", "date", "study", "usubjid", "_src")
    subjects = records["subject"].filter(col("randomised").is_not_null())
    randomisations = subjects.select("subject", "site", "randomised", "study", "usubjid", "_src")
    frames = [events.with_columns(milestone=pl.lit(None, pl.String))]
    for rows, milestone, term in (
        (consents, "consent", CONSENTED),
        (randomisations, "randomised", RANDOMISED),
    ):
        told = events.filter(col("standard_term").str.to_uppercase() == term)["usubjid"]
        new = rows.filter(~col("usubjid").is_in(told.implode()))
        frames.append(new.with_columns(milestone=pl.lit(milestone)))
    whole = pl.concat(frames, how="diagonal")
    return whole if "randomised" in whole.columns else whole.with_columns(randomised=pl.lit(None, pl.String))
