"""RELREC: records joined to the records that they are related to."""

from __future__ import annotations

import polars as pl

from interop.rules.context import Context
from interop.rules.data import OWN, DataSet
from interop.rules.language import Match
from interop.rules.operand import Operand, kind_of, text_as_number
from interop.rules.outcome import MissingColumnError

_NEEDED = ("RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "RELID")


def joined_by_relrec(
    data: pl.DataFrame, relrec: pl.DataFrame, match: Match, dataset: DataSet, context: Context
) -> pl.DataFrame:
    """Records of `data` with each record related to them, its variables named `RELREC.X`.

    Where a name begins with the domain, the rule's wildcard stands for it: RELREC.**TERM.
    """
    for name in _NEEDED:
        if name not in relrec.columns:
            raise MissingColumnError(name)
    pairs = _pairs(relrec, dataset.domain or dataset.name)
    results = []
    shape = ["RDOMAIN_right", "IDVAR", "IDVAR_right"]
    for (domain, left, right, by_value), group in pairs.group_by(*shape, "_valued", maintain_order=True):
        other = next((d for d in context.package.datasets if d.domain == domain), None)
        if other is None or left not in data.columns or right not in other.data.columns:
            continue
        related = context.package.whole(other).drop(OWN)
        names = _names(related.columns, str(domain), match.wildcard, context)
        keyed = _keyed(related, str(right), "_right").rename(names)
        results.append(_joined(data, keyed, group, str(left), bool(by_value)))
    if not results:
        return data.clear()
    return pl.concat(results, how="diagonal_relaxed")


def _pairs(relrec: pl.DataFrame, domain: str) -> pl.DataFrame:
    """Relations of `domain` with another, a row each: left side, and `_right` the other."""
    left = relrec.filter(pl.col("RDOMAIN") == domain).select("USUBJID", *_NEEDED[2:], "RDOMAIN")
    other = relrec.filter(pl.col("RDOMAIN") != domain).select("USUBJID", *_NEEDED[2:], "RDOMAIN")
    pairs = left.join(other, on=["USUBJID", "RELID"], nulls_equal=True, maintain_order="left")
    valued = pl.col("IDVARVAL").is_not_null() & pl.col("IDVARVAL_right").is_not_null()
    return pairs.with_columns(
        valued.alias("_valued"), text_as_number(pl.col("IDVARVAL")), text_as_number(pl.col("IDVARVAL_right"))
    )


def _keyed(data: pl.DataFrame, variable: str, side: str) -> pl.DataFrame:
    text = Operand(pl.col(variable), kind_of(data.schema[variable])).text
    return data.with_columns(text.alias(f"_value{side}"), pl.col("USUBJID").alias(f"_subject{side}"))


def _joined(
    data: pl.DataFrame, right: pl.DataFrame, group: pl.DataFrame, variable: str, by_value: bool
) -> pl.DataFrame:
    """Record to record through their values, or, where RELREC relates whole datasets, by equal values."""
    left = _keyed(data, variable, "_left")
    if by_value:
        links = _links(group, left)
        found = left.join(
            links,
            left_on=["_subject_left", "_value_left"],
            right_on=["_subject", "_value_left"],
            maintain_order="left",
        ).join(
            right,
            left_on=["_subject_left", "_value_right"],
            right_on=["_subject_right", "_value_right"],
            maintain_order="left",
        )
    else:
        found = left.join(
            right,
            left_on=["_subject_left", "_value_left"],
            right_on=["_subject_right", "_value_right"],
            maintain_order="left",
        )
    extra = [c for c in found.columns if c.startswith(("_value", "_subject"))]
    return found.drop(extra)


def _links(group: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """Pairs of values a subject; a relation that names no subject holds for all."""
    links = group.select(_value_left="IDVARVAL", _value_right="IDVARVAL_right", _subject="USUBJID")
    subjects = left.select(pl.col("_subject_left").alias("_subject")).unique(maintain_order=True).drop_nulls()
    everyone = links.filter(pl.col("_subject").is_null()).drop("_subject").join(subjects, how="cross")
    return pl.concat([links.filter(pl.col("_subject").is_not_null()), everyone])


def _names(names: list[str], domain: str, wildcard: str, context: Context) -> dict[str, str]:
    known = context.library.model.wildcards
    return {
        n: f"RELREC.{wildcard}{n[len(domain) :]}"
        if n.startswith(domain) and f"--{n[len(domain) :]}" in known
        else f"RELREC.{n}"
        for n in names
    }
