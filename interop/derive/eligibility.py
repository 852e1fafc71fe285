"""Answers to eligibility criteria beside the criteria of the study."""

from __future__ import annotations

import polars as pl
from polars import col

from interop import issues
from interop.lineage import SRC, attach
from interop.study import Study

SCHEMA = dict.fromkeys(("code", "text", "category", "subcategory", SRC), pl.String)


def with_criterion(rows: pl.DataFrame, study: Study) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`rows` with `criterion.text`, `criterion.category` and `criterion.subcategory`, and issues."""
    known = [
        (c.code, c.text, c.category, c.subcategory, f"study.yaml#eligibility/{c.code}")
        for c in study.eligibility
    ]
    criteria = pl.DataFrame(known, schema=SCHEMA, orient="row")
    found = attach(rows, criteria, "criterion", on="criterion", to="code")
    said = issues.issues(
        found.filter(col("criterion.category").is_null()),
        severity="error",
        target="IE",
        variable="IETESTCD",
        rule="UNKNOWN CRITERION",
        value=col("criterion"),
        message="the study has no criterion of this code, so whether it excludes is not known: add it to "
        "`eligibility` of study.yaml, or map it in the source mapping",
        kept=False,
    )
    return found, said


def not_met() -> pl.Expr:
    """Whether an answer is an exception: an inclusion criterion not met, or an exclusion criterion met."""
    category = col("criterion.category")
    return ((category == "INCLUSION") & (col("met") == "N")) | (
        (category == "EXCLUSION") & (col("met") == "Y")
    )
