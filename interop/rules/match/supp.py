"""SUPP-- and CO: qualifiers as columns of their parents, and the parents of their records."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from interop.rules.operand import Operand, kind_of, text_as_number
from interop.rules.outcome import MissingColumnError, NotExecutableError

# SDTM 2.0, Supplemental Qualifiers: what identifies the parent beside IDVAR and IDVARVAL.
SUBJECT = ("STUDYID", "USUBJID", "APID", "POOLID", "SPDEVID")
_QUALIFIER = ("QNAM", "QVAL", "IDVAR", "IDVARVAL")


def with_qualifiers(data: pl.DataFrame, supp: pl.DataFrame) -> pl.DataFrame:
    """`data` with a column for each QNAM; RDOMAIN, QORIG and QEVAL come along where they are of one kind."""
    for name in _QUALIFIER:
        if name not in supp.columns:
            raise MissingColumnError(name)
    subject = [k for k in SUBJECT if k in data.columns and k in supp.columns]
    for idvar in supp["IDVAR"].unique(maintain_order=True).to_list():
        group = supp.filter(pl.col("IDVAR").eq_missing(pl.lit(idvar, dtype=pl.String)))
        if idvar is not None and idvar not in data.columns:
            raise MissingColumnError(idvar)
        data = _pivoted(data, group, subject, idvar)
    return data


def _pivoted(data: pl.DataFrame, group: pl.DataFrame, subject: list[str], idvar: str | None) -> pl.DataFrame:
    keys = [*subject, "_idval"] if idvar is not None else subject
    group = group.with_columns(text_as_number(pl.col("IDVARVAL")).alias("_idval"))
    twice = group.group_by(*keys, "QNAM").len().filter(pl.col("len") > 1)
    if not twice.is_empty():
        raise NotExecutableError(f"{twice['QNAM'][0]} occurs more than once for a parent record")
    names = group["QNAM"].unique(maintain_order=True).drop_nulls().to_list()
    wide = group.group_by(keys, maintain_order=True).agg(
        pl.col("QVAL").filter(pl.col("QNAM") == n).first().alias(n) for n in names
    )
    wide = wide.drop([n for n in names if n in data.columns])
    if idvar is not None:
        kind = kind_of(data.schema[idvar])
        data = data.with_columns(Operand(pl.col(idvar), kind).text.alias("_idval"))
    joined = data.join(wide, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return joined.drop("_idval", strict=False)


def with_parents(
    data: pl.DataFrame, parents: pl.DataFrame, keys: Sequence[tuple[str, str]], domain: str, *, all_rows: bool
) -> pl.DataFrame:
    """Each record that points to `domain` with the variables of the (first) record it points to.

    A record without IDVAR gets the first parent with its keys; one that finds none keeps its own variables.
    """
    for name in ("IDVAR", "IDVARVAL"):
        if name not in data.columns:
            raise MissingColumnError(name)
    data = data.with_row_index("_at")
    mine = data if all_rows else data.filter(pl.col("RDOMAIN") == domain)
    on = [k for k, _ in keys if k in data.columns and k in parents.columns]
    results = []
    for idvar in mine["IDVAR"].unique(maintain_order=True).to_list():
        rows = mine.filter(pl.col("IDVAR").eq_missing(pl.lit(idvar, dtype=pl.String)))
        results.append(_found(rows, parents, on, idvar))
    rest = data.join(mine.select("_at"), on="_at", how="anti")
    return pl.concat([rest, *results], how="diagonal_relaxed").sort("_at").drop("_at")


def _found(rows: pl.DataFrame, parents: pl.DataFrame, on: list[str], idvar: str | None) -> pl.DataFrame:
    fresh = [c for c in parents.columns if c not in rows.columns]
    if idvar is not None and idvar not in parents.columns:
        return rows.with_columns(pl.lit(None, dtype=parents.schema[c]).alias(c) for c in fresh)
    keys, right = list(on), parents
    if idvar is not None:
        text = Operand(pl.col(idvar), kind_of(parents.schema[idvar])).text
        right = parents.with_columns(text.alias("_idval")).filter(pl.col("_idval").is_not_null())
        rows = rows.with_columns(text_as_number(pl.col("IDVARVAL")).alias("_idval"))
        keys.append("_idval")
    if not keys:
        raise NotExecutableError("Match Datasets names no keys to find a parent by")
    right = right.unique(keys, keep="first", maintain_order=True).select(
        *keys, *[c for c in fresh if c not in keys]
    )
    return rows.join(right, on=keys, how="left", maintain_order="left").drop("_idval", strict=False)
