"""Where a value comes from, stored as computed facts and followed on demand.

A reference names a row: `EX.csv#7` (line 7 of a source file; `VS.csv#7:DIABP` where one line holds several
records), `DM|01-701-1015` (a row of a dataset: its name and row id), `study.yaml#visits/WEEK 2`.

Conventions that make lineage a by-product of the column names:
    `_src`       reference of the row that a record or dataset row is made from
    `P.F`        a column joined from elsewhere: `P` names the join, `F` the field or variable there
    `_src:P`     reference of the joined row, next to it; a list where a value is made of several
    `_field:P`   the field there, in the rare case that it differs by row (an event date of ADTTE)
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import polars as pl
from polars import col

SRC = "_src"
ROWS = {
    "dataset": pl.String,
    "row": pl.String,
    "via": pl.String,  # join prefix; empty for the row itself
    "src": pl.String,
    "field": pl.String,  # only where `_field:P` said so
}
READS = {"dataset": pl.String, "variable": pl.String, "column": pl.String}


@dataclass(frozen=True)
class Lineage:
    """`rows`: which rows each row was made from; `reads`: which columns each variable was made from."""

    rows: pl.DataFrame
    reads: pl.DataFrame

    @classmethod
    def concat(cls, parts: Iterable[Lineage]) -> Lineage:
        parts = list(parts)
        return cls(
            pl.concat([pl.DataFrame(schema=ROWS), *(p.rows for p in parts)]),
            pl.concat([pl.DataFrame(schema=READS), *(p.reads for p in parts)]),
        )

    def unique(self) -> Lineage:
        """Each fact once: parts of a study repeat what they share."""
        return Lineage(self.rows.unique(maintain_order=True), self.reads.unique(maintain_order=True))


def reference(name: str, row_id: Iterable[str]) -> pl.Expr:
    """Reference of each row of dataset `name`: `DM|01-701-1015`."""
    parts = [col(v).cast(pl.String).fill_null("") for v in row_id]
    return pl.concat_str([pl.lit(name), *parts], separator="|")


def joins_of(frame: pl.DataFrame, row: str) -> pl.DataFrame:
    """The columns of `frame` that its row lineage is read off: `row`, `_src`, `_src:P` and `_field:P`."""
    return frame.select(c for c in frame.columns if c == row or c.split(":")[0] in (SRC, "_field"))


def rows_of(name: str, frame: pl.DataFrame, row: str) -> pl.DataFrame:
    """Row lineage of `frame`, read off its `_src`, `_src:P` and `_field:P` columns."""
    return pl.concat([pl.DataFrame(schema=ROWS), *joins_apart(name, frame, row)])


def joins_apart(name: str, frame: pl.DataFrame, row: str) -> Iterator[pl.DataFrame]:
    """`rows_of`, one join after the other: together they take several times the memory of `frame`."""
    for source in [c for c in frame.columns if c == SRC or c.startswith(f"{SRC}:")]:
        via = source.removeprefix(SRC).removeprefix(":")
        field = f"_field:{via}"
        part = frame.select(
            dataset=pl.lit(name),
            row=col(row),
            via=pl.lit(via),
            src=col(source),
            field=col(field) if field in frame.columns else pl.lit(None, pl.String),
        )
        several = isinstance(frame.schema[source], pl.List)
        yield (part.explode("src") if several else part).drop_nulls("src")


def attach(
    rows: pl.DataFrame, other: pl.DataFrame, prefix: str, *, on: str, to: str | None = None
) -> pl.DataFrame:
    """Join `other` (at most one row a key) to `rows`; its columns arrive as `prefix.column` with lineage.

    `on` is the key in `rows`, `to` its name in `other` (default: the same). Order of `rows` is kept.
    """
    key = to or on
    renamed = other.select(
        col(key).alias("_key"),
        *(
            col(c).alias(f"{SRC}:{prefix}" if c == SRC else f"{prefix}.{c}")
            for c in other.columns
            if c == SRC or not c.startswith("_")
        ),
    )
    return rows.join(
        renamed,
        left_on=on,
        right_on="_key",
        how="left",
        validate="m:1",
        maintain_order="left",
    )


def parse(src: str) -> tuple[str, int | None, str]:
    """File, line and block of a source reference; no line where it names a fact of the study definition."""
    found = _SOURCE.fullmatch(src)
    return (src, None, "") if found is None else (found[1], int(found[2]), found[3] or "")


_SOURCE = re.compile(r"(.*)#(\d+)(?::(.+))?")
