"""Issues: what happened to a value or a row that did not simply arrive. A frame, so that it scales."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

import polars as pl
from polars import col

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

# error: a value or a row was lost, or must not be submitted; warning: kept, but a person should look;
# info: left out on purpose, with the reason (a row that says "no adverse event").
SCHEMA: dict[str, type[pl.DataType]] = {
    "severity": pl.String,
    "source": pl.String,  # reference of the source row, e.g. EX.csv#7; of a counted issue the file
    "target": pl.String,  # dataset, resource type or record
    "variable": pl.String,  # variable, element or field; empty for the row as a whole
    "rule": pl.String,  # short stable name of what was found
    "value": pl.String,  # the offending value; empty for identifiers of persons
    "message": pl.String,  # one sentence with the mend
    "kept": pl.Boolean,  # whether the row reached the target all the same
}

COUNTED = ("LOCAL-TIME",)
"""Rules that would be said of nearly every row: said once a file, and the value is their number."""


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


def counted(rows: pl.DataFrame, *, target: str, rule: str, message: str, variable: str = "") -> pl.DataFrame:
    """One info of each source file that `rows` are of, with their number as value and before `message`.

    `rule` is of COUNTED, by which `concat` adds the numbers of parts.
    """
    file = pl.col("_src").str.split("#").list.first()
    every = issues(
        rows.with_columns(_src=file),
        severity="info",
        target=target,
        rule=rule,
        message=f"1 {message}",
        variable=variable,
        value=pl.lit(1),
    )
    return _added(every)


def _added(said: pl.DataFrame) -> pl.DataFrame:
    """Counted issues of the same thing as one."""
    same = [c for c in SCHEMA if c not in ("value", "message")]
    total = said.group_by(same).agg(col("value").cast(pl.Int64).sum(), col("message").first())
    return total.select(
        *[c for c in SCHEMA if c not in ("value", "message", "kept")],
        value=col("value").cast(pl.String),
        message=pl.format("{} {}", "value", col("message").str.replace(r"^\d+ ", "")),
        kept=col("kept"),
    )


def concat(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """All of `parts`, in an order that the order of the source rows does not change; counts are added."""
    frame = pl.concat([none(), *parts])
    many = col("rule").is_in(COUNTED)
    if frame.select(many.any()).item():
        frame = pl.concat([frame.filter(~many), _added(frame.filter(many))])
    return frame.sort("target", "source", "variable", "rule", "value", "message")
