"""Overall responses of a lymphoma where a source has PET-CT and CT readings only (see `lugano`)."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.derive.lugano import LUGANO_2014, overall
from interop.lineage import SRC
from interop.trialdesign import ReadingRule

CRITERIA = "LUGANO CLASSIFICATION"
METHOD = (
    "As collected, as the codelist spells it; where only readings were collected, the overall response that "
    "PET-CT and CT make by the table of the study definition (unless that says otherwise, Lugano 2014: PET-CT"
    " decides; CT where it is not evaluable or not done, or shows progression)"
)
# CDISC's terms are those of ONCRSR (CMR, CR, SMD, ...); the tables of Lugano name what each modality shows.
PET = {"CR": "CMR", "PR": "PMR", "SD": "SMD", "PD": "PMD"}
CT = {"CR": "CAR", "PR": "PAR", "SD": "SAD", "PD": "PAD"}
BY = ("usubjid", "evaluator", "evaluator_id", "point")
DERIVED = ("derived.response", f"{SRC}:derived", "_field:derived")


def with_overall(records: pl.DataFrame, table: tuple[ReadingRule, ...] = LUGANO_2014) -> pl.DataFrame:
    """Response assessments, then an OVRLRESP for each time point and evaluator with readings and none
    collected.

    A time point is a link group, or a date where there is none. `derived.response` has the response and
    `_src:derived` the reading that decided, which may be an earlier PET-CT. Nothing is derived from readings
    that make no response (neither done).
    """
    rows = records.with_columns(point=pl.coalesce("link_group", "date"), who=_who())
    lugano = rows.filter(col("criteria").str.to_uppercase() == CRITERIA)
    said = lugano.filter(col("test") == "OVRLRESP", pl.any_horizontal(col("result", "status").is_not_null()))
    found = overall(_readings(lugano, "METBRESP", PET), _readings(lugano, "ANATRESP", CT), table, on="point")
    made = found.select(
        col("RSSTRESC").alias("derived.response"),
        col(SRC).alias(f"{SRC}:derived"),
        pl.lit("result").alias("_field:derived"),
        pl.coalesce(f"{SRC}:pet", f"{SRC}:ct").alias("current"),
    ).filter(col("derived.response").is_not_null() & (col("derived.response") != "ND"))
    kept = ("subject", "site", "study", "usubjid", "criteria", "evaluator", "evaluator_id", "accepted")
    new = (
        made.join(lugano, left_on="current", right_on=SRC, how="inner", maintain_order="left")
        .select(*kept, "date", "visit", "link_group", "point", *DERIVED, col("current").alias(SRC))
        .with_columns(test=pl.lit("OVRLRESP"))
        .join(said.select(BY), on=BY, how="anti", nulls_equal=True)
    )
    absent = [pl.lit(None, pl.String).alias(c) for c in DERIVED]
    return pl.concat([rows.with_columns(absent), new], how="diagonal").drop("point", "who")


def _who() -> pl.Expr:
    parts = (col(c).fill_null("") for c in ("usubjid", "evaluator", "evaluator_id"))
    return pl.concat_str(*parts, separator="\x1f")


def _readings(rows: pl.DataFrame, test: str, modality: dict[str, str]) -> pl.DataFrame:
    """The readings of a test as `overall` takes them; one evaluator's are those of one USUBJID there."""
    result = col("result").str.strip_chars().str.to_uppercase()
    return (
        rows.filter(col("test") == test, pl.any_horizontal(col("result", "status").is_not_null()))
        .sort(SRC)
        .with_row_index("RSSEQ")
        .select(
            "RSSEQ",
            SRC,
            "point",
            USUBJID="who",
            RSSTRESC=result.replace(modality),
            RSDTC="date",
            RSSTAT="status",
            VISIT="visit",
        )
    )
