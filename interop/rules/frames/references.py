"""Records that point to records: a row is a record of SUPP--, CO or RELREC, with what it points to."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from interop.rules.context import Context
from interop.rules.data import OWN, DataSet
from interop.rules.frames.rows import Built, Rows, judged_parts
from interop.rules.language import Rule
from interop.rules.operand import Operand, kind_of, number_text
from interop.rules.outcome import MissingColumnError

TARGET: dict[str, pl.DataType] = {
    "target_is_in_study": pl.Boolean(),
    "target_has_variable": pl.Boolean(),
    "target_count": pl.Float64(),
    "target_has_qnam": pl.Boolean(),
}


def references(rule: Rule, dataset: DataSet, context: Context) -> Built:
    """Each record with whether its RDOMAIN is in the study, has its IDVAR, and how many records it means.

    What a record does not state is null: RDOMAIN of a comment on a subject, IDVARVAL where RELREC relates
    whole datasets. `target_has_qnam` is whether the related dataset has a variable of the qualifier's name.
    """
    for part in judged_parts(rule, dataset, context):
        if "RDOMAIN" not in part.data.columns:
            raise MissingColumnError("RDOMAIN")
        data = part.frame.with_row_index("_at")
        keys = [k for k in ("RDOMAIN", "IDVAR") if k in data.columns]
        groups = data.partition_by(keys, maintain_order=True)
        found = [g for group in groups for g in _pointed(group, context)]
        yield Rows(
            pl.concat(found, how="diagonal_relaxed").sort("_at").drop("_at") if found else data.drop("_at")
        )


def _pointed(group: pl.DataFrame, context: Context) -> Iterator[pl.DataFrame]:
    """The records of one RDOMAIN and IDVAR with the facts of what they point to."""
    domain = group["RDOMAIN"][0]
    idvar = group["IDVAR"][0] if "IDVAR" in group.columns else None
    if domain is None:
        yield _with(group)
        return
    target = context.package.find(domain)
    if target is None:
        yield _with(group, target_is_in_study=False)
        return
    parents = context.package.whole(target).drop(OWN, strict=False)
    has = idvar is None or idvar in parents.columns
    group = _with(group, target_is_in_study=True, target_has_variable=has)
    if "QNAM" in group.columns:
        names = parents.columns
        group = group.with_columns(pl.col("QNAM").is_in(names).alias("target_has_qnam"))
    yield from _counted(group, parents, idvar) if has else [group]


def _with(group: pl.DataFrame, **known: bool) -> pl.DataFrame:
    return group.with_columns(pl.lit(known.get(n)).cast(t).alias(n) for n, t in TARGET.items())


def _counted(group: pl.DataFrame, parents: pl.DataFrame, idvar: str | None) -> Iterator[pl.DataFrame]:
    """`target_count`, by subject where the record names one, by value where it has one."""
    columns = [c for c in ("USUBJID", "IDVARVAL") if c in group.columns]
    stated = group.with_columns(
        pl.concat_str([pl.col(c).is_not_null().cast(pl.String) for c in columns], separator=",").alias(
            "_stated"
        )
    )
    for rows in stated.partition_by("_stated", include_key=False):
        named = [c for c in columns if rows[c][0] is not None]
        by_value = idvar is not None and "IDVARVAL" in named
        keys = ["USUBJID"] if "USUBJID" in named and "USUBJID" in parents.columns else []
        if idvar is not None and not by_value:
            yield rows  # whole datasets, related by what they have in common
            continue
        if not keys and not by_value:
            yield rows
            continue
        left, right = rows, parents
        if by_value and idvar is not None:
            text = Operand(pl.col(idvar), kind_of(parents.schema[idvar])).text
            right = parents.with_columns(_plain(text).alias("_key"))
            left = rows.with_columns(_plain(pl.col("IDVARVAL")).alias("_key"))
            keys = [*keys, "_key"]
        counts = right.group_by(keys).agg(pl.len().cast(pl.Float64).alias("_count"))
        counted = left.join(counts, on=keys, how="left", maintain_order="left")
        yield counted.with_columns(pl.col("_count").fill_null(0.0).alias("target_count")).drop(
            "_count", "_key", strict=False
        )


def _plain(value: pl.Expr) -> pl.Expr:
    """A number is the same however it is written: 1, 1.0 and " 1"."""
    text = value.cast(pl.String).str.strip_chars()
    return pl.coalesce(number_text(text.cast(pl.Float64, strict=False)), text)
