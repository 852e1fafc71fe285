"""Lesions measured: the sum of the products of their diameters at a time point."""

from __future__ import annotations

import polars as pl
from polars import col

from interop import ct
from interop.derive.units import convertible, standard_result
from interop.lineage import SRC

SUM = "SUMPPD"
UNIT = "mm2"
METHOD = (
    "Sum over all target lesions of the evaluator of longest diameter × longest perpendicular in mm, where "
    "each of them has both at the time point"
)
BY = ("usubjid", "evaluator", "evaluator_id", "point")


def with_sums(measurements: pl.DataFrame, lesions: pl.DataFrame) -> pl.DataFrame:
    """`measurements`, then a row for each sum that they make and do not have; `derived.sum` in mm2 on these.

    A time point is a link group, or a date where there is none. No sum where a target lesion of the
    evaluator, identified by then, lacks a diameter: a sum of fewer lesions would look like a response. `_src`
    of a sum is the first of its measurements.
    """
    rows = measurements.with_columns(point=pl.coalesce("link_group", "date"))
    targets = lesions.filter(col("kind") == "TARGET").select(
        "usubjid", "lesion", "evaluator", "evaluator_id", identified=col("date")
    )
    sums = _sums(rows, targets.unique(["usubjid", "lesion", "evaluator", "evaluator_id"], keep="first"))
    collected = rows.filter(col("test") == SUM).select(BY)
    new = sums.join(collected, on=BY, how="anti", nulls_equal=True)
    return pl.concat([rows, new], how="diagonal").drop("point")


def _sums(rows: pl.DataFrame, targets: pl.DataFrame) -> pl.DataFrame:
    lesion = ("usubjid", "evaluator", "evaluator_id", "lesion")
    measured = (
        rows.filter(col("test").is_in(["LDIAM", "LPERP"]), col("point").is_not_null())
        .join(targets, on=lesion, how="inner", nulls_equal=True)
        .with_columns(_in_terms(rows["unit"]), to=pl.lit("mm"), decimals=pl.lit(None, pl.String))
        .filter(convertible("unit", "to"))
        .with_columns(mm=standard_result("result", "unit", "to", "decimals").cast(pl.Float64, strict=False))
        .drop_nulls("mm")
        .sort(SRC)
    )
    one = measured.unique([*BY, "lesion", "test"], keep="last", maintain_order=True)
    products = (
        one.group_by(*BY, "lesion", maintain_order=True)
        .agg(
            pl.len().alias("sides"),
            col("mm").product().alias("product"),
            col("date").max(),
            col(SRC),
            *(col(c).first() for c in ("subject", "site", "study", "visit", "link_group")),
        )
        .filter(col("sides") == 2)
    )
    sums = products.group_by(*BY, maintain_order=True).agg(
        pl.len().alias("found"),
        col("product").sum(),
        col("date").max(),
        *(col(c).first() for c in ("subject", "site", "study", "visit", "link_group")),
        col(SRC).list.explode().sort(),
    )
    due = (
        sums.select(*BY, on=col("date"))
        .join(targets, on=("usubjid", "evaluator", "evaluator_id"), how="inner", nulls_equal=True)
        .filter((col("identified") <= col("on")).fill_null(True))
        .group_by(BY)
        .agg(pl.len().alias("due"))
    )
    whole = sums.join(due, on=BY, how="inner", nulls_equal=True).filter(col("found") == col("due"))
    # Diameters have at most a few decimals, so the product is exact long before the sixth.
    text = col("product").round(6).cast(pl.Decimal(38, 6)).cast(pl.String)
    return whole.select(
        *("subject", "site", "study", "usubjid", "evaluator", "evaluator_id", "visit", "link_group"),
        *("date", "point"),
        test=pl.lit(SUM),
        **{
            "derived.sum": text.str.strip_chars_end("0").str.strip_chars_end("."),
            SRC: col(SRC).list.first(),
            f"{SRC}:derived": col(SRC),
            "_field:derived": pl.lit("result"),
        },
    )


def _in_terms(units: pl.Series) -> pl.Expr:
    """The unit as codelist UNIT spells it."""
    return col("unit").replace(ct.resolve(units.drop_nulls().unique().to_list(), ("C71620",)))
