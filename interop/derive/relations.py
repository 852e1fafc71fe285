"""Relationships between datasets: which variable of the one is which of the other, and what lacks its
partner.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import polars as pl
from polars import col

from interop import issues
from interop.build import Built
from interop.derive.dates import after
from interop.lineage import SRC
from interop.mapping import Datasets
from interop.study import Study

ROWS = dict.fromkeys(("study", "domain", "variable", "type", "relation", SRC), pl.String)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a relationship.

    `whole`: each of its rows that has the variable should find a partner; those before the treatment of the
    subject, by date variable `after`, need none (lesions at baseline have no response yet).
    """

    domain: str
    variable: str
    type: Literal["ONE", "MANY"]
    whole: bool = False
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """Records of `left` and `right` of one subject belong together where the two variables are equal."""

    id: str
    left: Side
    right: Side

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.left, self.right


def relationships(relations: Iterable[Relation], study: Study, datasets: Datasets) -> pl.DataFrame:
    """Two rows for each of `relations` by which any records of the two datasets find each other."""
    rows = [
        (study.id, s.domain, s.variable, s.type, r.id, "study.yaml#study/id")
        for r in relations
        if not _values(datasets, r.left).join(_values(datasets, r.right), on=("USUBJID", "value")).is_empty()
        for s in r.sides
    ]
    return pl.DataFrame(rows, schema=ROWS, orient="row")


def unresolved(relations: Iterable[Relation], datasets: Datasets) -> pl.DataFrame:
    """An issue for each row that should have a partner and has none, or is one of several of a side ONE."""
    said = []
    for relation in relations:
        for side, other in (relation.sides, relation.sides[::-1]):
            rows = _rows(datasets[side.domain], side)
            if side.whole:
                alone = _due(rows, side, datasets["DM"]).join(
                    _values(datasets, other), on=("USUBJID", "value"), how="anti"
                )
                message = f"{other.domain} has no record with this {other.variable}: correct the identifier"
                said.append(_issue(alone, side, "NOT RELATED", f"{message} or add what is missing"))
            if side.type == "ONE":
                several = rows.filter(pl.len().over("USUBJID", "value") > 1)
                message = f"several records of {side.domain} share this {side.variable}: give each its own"
                said.append(_issue(several, side, "RELATED TWICE", message))
    return issues.concat(said)


def _issue(rows: pl.DataFrame, side: Side, rule: str, message: str) -> pl.DataFrame:
    return issues.issues(
        rows,
        severity="warning",
        target="RELREC",
        variable=side.variable,
        rule=rule,
        value=col("value"),
        message=message,
    )


def _due(rows: pl.DataFrame, side: Side, dm: Built) -> pl.DataFrame:
    if side.after is None:
        return rows
    started = rows.join(dm.data.select("USUBJID", "RFXSTDTC"), on="USUBJID", how="left")
    return started.filter(after(col("date").str.slice(0, 10), col("RFXSTDTC").str.slice(0, 10)))


def _rows(built: Built, side: Side) -> pl.DataFrame:
    date = col(side.after) if side.after else pl.lit(None, pl.String)
    return built.data.select("USUBJID", SRC, value=col(side.variable), date=date).drop_nulls("value")


def _values(datasets: Datasets, side: Side) -> pl.DataFrame:
    return _rows(datasets[side.domain], side).select("USUBJID", "value").unique()
