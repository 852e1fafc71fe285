"""Issues: what happened to a value or a row that did not simply arrive. A frame, so that it scales."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import polars as pl

Severity = Literal["error", "warning", "info"]

# error: a value or a row was lost, or must not be submitted; warning: kept, but a person should look;
# info: left out on purpose, with the reason (a row that says "no adverse event").
SCHEMA: dict[str, type[pl.DataType]] = {
    "severity": pl.String,
    "source": pl.String,  # reference of the source row, e.g. EX.csv#7
    "target": pl.String,  # dataset, resource type or record
    "variable": pl.String,  # variable, element or field; empty for the row as a whole
    "rule": pl.String,  # short stable name of what was found
    "value": pl.String,  # the offending value; empty for identifiers of persons
    "message": pl.String,  # one sentence with the mend
    "kept": pl.Boolean,  # whether the row reached the target all the same
}


def none() -> pl.DataFrame:
    return pl.DataFrame(schema=SCHEMA)


def issues(
    rows: pl.DataFrame,
    *,
    severity: Severity,
    target: str,
    rule: str,
    message: str | pl.Expr,
    variable: str = "",
    value: pl.Expr | None = None,
    kept: bool = True,
    source: str = "_src",
) -> pl.DataFrame:
    """One issue for each of `rows`; `message` and `value` may be expressions over them."""
    if rows.is_empty():
        return none()
    return rows.select(
        severity=pl.lit(severity),
        source=pl.col(source),
        target=pl.lit(target),
        variable=pl.lit(variable),
        rule=pl.lit(rule),
        value=(pl.lit("") if value is None else value.cast(pl.String).fill_null("")),
        message=message if isinstance(message, pl.Expr) else pl.lit(message),
        kept=pl.lit(kept),
    )


def concat(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All of `parts`, in an order that the order of the source rows does not change."""
    frame = pl.concat([none(), *parts])
    return frame.sort("target", "source", "variable", "rule", "value", "message")
