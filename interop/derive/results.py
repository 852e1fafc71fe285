"""Results of findings: words or measured numbers, the terms of one test, and the reference range."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from polars import col

from interop import ct, issues
from interop.build import Built


def in_words(result: str) -> pl.Expr:
    """Whether a result is said in words: neither a number nor one with a comparator (`<5`)."""
    return ~col(result).str.contains(r"^[<>=\s]*[-+]?\d+([.,]\d+)?$")


def range_indicator(result: str, low: str, high: str) -> pl.Expr:
    """LOW, HIGH or NORMAL of numeric columns; null where the result or a limit that matters is missing."""
    below, above = (col(result) < col(low)).fill_null(False), (col(result) > col(high)).fill_null(False)
    inside = (col(result) >= col(low)) & (col(result) <= col(high))
    return (
        pl.when(below)
        .then(pl.lit("LOW"))
        .when(above)
        .then(pl.lit("HIGH"))
        .when(inside)
        .then(pl.lit("NORMAL"))
    )


def not_of_the_test(built: Built, test: str, result: str, codelists: Mapping[str, str]) -> pl.DataFrame:
    """An issue for each built row whose result its own test does not have: test ─▶ code of its codelist.

    The codelist of a variable is that of all its tests together, so it lets a Deauville score of 7 pass.
    """
    known = [(t, v) for t, code in codelists.items() for v in ct.codelist(code).terms]
    pairs = pl.DataFrame(known, schema={test: pl.String, result: pl.String}, orient="row")
    held = built.data.filter(col(test).is_in(list(codelists)), col(result).is_not_null())
    return issues.issues(
        held.join(pairs, on=(test, result), how="anti"),
        severity="warning",
        target=built.spec.name,
        variable=result,
        rule="RESULT OF TEST",
        value=col(result),
        message=pl.format(
            "not a result that {} has: correct it at the source, or map it in the source mapping", col(test)
        ),
    )
