"""Suppressions: findings that are known and explained, as a study's reviewer's notes have them.

An entry names a rule and, where it is not for all of the rule's findings, dataset, variable, subjects or
records. Its findings stay in the report with the entry's reason; an entry without any is reported as stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from polars import col

from interop.yamlcheck import problems, raise_all
from interop.yamlfile import load_yaml, shown, written

SCHEMA = "suppressions.schema.json"
ITEMS = "suppressions"
KEYS = ("dataset", "variable", "subject", "record")
"""What may narrow an entry, besides its rule."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """One entry; an empty field narrows nothing. `line` is its line in the file."""

    rule: str
    reason: str
    dataset: str = ""
    variable: str = ""
    subjects: tuple[str, ...] = ()
    records: tuple[int, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Suppressions:
    """The entries of a file (`file` as messages show it), in its order."""

    entries: tuple[Suppression, ...] = ()
    file: str = ""


def load_suppressions(path: Path) -> Suppressions:
    """Read a suppressions file. InputError names file, line, key and mend of the first problem and counts
    the others."""
    document = load_yaml(path, items=ITEMS)
    raise_all(problems(document, SCHEMA))
    found = [_entry(raw, document.line((ITEMS, n))) for n, raw in enumerate(document.data.get(ITEMS) or ())]
    return Suppressions(tuple(found), shown(path))


def _entry(raw: Mapping[str, Any], line: int) -> Suppression:
    subject = raw.get("subject", [])
    return Suppression(
        str(raw["rule"]),
        " ".join(str(raw["reason"]).split()),
        str(raw.get("dataset") or "").upper(),
        str(raw.get("variable") or "").upper(),
        tuple(written(s) for s in (subject if isinstance(subject, list) else [subject])),
        tuple(int(r) for r in raw.get("records") or ()),
        line,
    )


def suppressed(findings: pl.DataFrame, entries: Sequence[Suppression]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Which entry each finding falls under: `findings` with `suppression` (number of the entry, from 1) and
    `suppressed` (its reason), both null for the others; and `entry`, `findings`: what each entry is for.

    Where several entries are for a finding the first holds, but none of them is stale.
    """
    matches = _matches(findings, entries)
    first = matches.group_by("_row").agg(col("entry").min().alias("suppression"))
    reasons = pl.DataFrame(
        {
            "suppression": pl.Series(range(1, len(entries) + 1), dtype=pl.UInt32),
            "suppressed": pl.Series([e.reason for e in entries], dtype=pl.String),
        }
    )
    marked = (
        findings.with_row_index("_row")
        .join(first, on="_row", how="left", maintain_order="left")
        .join(reasons, on="suppression", how="left", maintain_order="left")
        .drop("_row")
    )
    counts = reasons.select(col("suppression").alias("entry")).join(
        matches.group_by("entry").len("findings"), on="entry", how="left", maintain_order="left"
    )
    return marked, counts.with_columns(col("findings").fill_null(0))


def _matches(findings: pl.DataFrame, entries: Sequence[Suppression]) -> pl.DataFrame:
    """Pairs of finding (`_row`) and `entry`, each once; entries that narrow by the same keys in one join."""
    wanted = pl.DataFrame(_wanted(entries), schema=_WANTED, orient="row")
    rows = findings.with_row_index("_row").select(
        "_row",
        "rule",
        "dataset",
        "record",
        col("USUBJID").alias("subject"),
        col("variables").alias("variable"),
    )
    rows = rows.join(wanted.select("rule").unique(), on="rule", how="semi")
    pairs = [pl.DataFrame(schema={"_row": pl.UInt32, "entry": pl.UInt32})]
    for shape in wanted.partition_by(*(f"_{k}" for k in KEYS), include_key=True) if wanted.height else ():
        keys = ["rule", *(k for k in KEYS if shape[f"_{k}"][0])]
        left = rows.explode("variable") if "variable" in keys else rows.drop("variable")
        pairs.append(left.join(shape.select("entry", *keys), on=keys).select("_row", "entry"))
    return pl.concat(pairs).unique()


_WANTED: Mapping[str, Any] = {
    "entry": pl.UInt32,
    "rule": pl.String,
    "dataset": pl.String,
    "variable": pl.String,
    "subject": pl.String,
    "record": pl.UInt32,
    **{f"_{k}": pl.Boolean for k in KEYS},
}


def _wanted(entries: Iterable[Suppression]) -> list[tuple[Any, ...]]:
    """A row for each subject and record of an entry, and which keys it is narrowed by."""
    found: list[tuple[Any, ...]] = []
    for number, e in enumerate(entries, 1):
        narrowed = (bool(e.dataset), bool(e.variable), bool(e.subjects), bool(e.records))
        for subject in e.subjects or (None,):
            for record in e.records or (None,):
                found.append((number, e.rule, e.dataset, e.variable, subject, record, *narrowed))
    return found
