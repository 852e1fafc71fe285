"""A report of conformance: what rules found, what became of each rule, and what is known and explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
from polars import col

from interop import __version__
from interop.rules.data import Package
from interop.rules.define.stated import define_version
from interop.rules.findings import Findings
from interop.rules.frames import STUDY
from interop.rules.language import Rule, Standard
from interop.rules.report.severity import severity
from interop.rules.report.sources import with_sources
from interop.rules.report.suppress import Suppressions, suppressed

PER_RULE = 100
"""Findings of a rule that are followed to their source cells and shown on the HTML page."""

STATUSES = ("issues", "not executed", "passed", "skipped")
"""What becomes of a rule as a whole: the first of these that it is on any dataset."""


@dataclass(frozen=True)
class About:
    """The circumstances of a validation. `standards` are names and versions: SDTMIG and 3.4."""

    standards: tuple[tuple[str, str], ...]
    terminology: tuple[str, ...]
    define_version: str | None
    created: datetime
    seconds: float
    run: Path | None = None
    suppressions_file: str = ""
    program: str = f"interop {__version__}"

    @property
    def judged_by(self) -> str:
        """The standards as people write them: SDTMIG 3.4, ADaMIG 1.3."""
        return ", ".join(f"{_SPELT.get(name, name)} {version}" for name, version in self.standards)


_UNJUDGED = {"not executed": 0, "skipped": 1}
_SPELT = {"ADAMIG": "ADaMIG"}


@dataclass(frozen=True)
class Report:
    """`findings`: those of `Findings` in the order of rule, dataset and record, with

    * `finding` its number from 1, `severity`, `executability`
    * `suppressed` the reason of the suppression that it falls under, `suppression` its number; else null
    * `shown`: it is one of the first `PER_RULE` of its rule, taken from all datasets in turn. Only these have
    * `sources`, the source cells of the variables shown (variable, file, line, column; without variable and
      column the lines of the record, where no value has a cell; without a line a fact of the study), of
      which `sources_left_out` are not listed; null where the data are no run of ours
    * `trace`, the command that follows the first of the variables

    `rules`: a row a rule: rule, severity, status (`STATUSES`), counts of findings, what it says and cites.
    `outcomes`: a row a rule and dataset, as `Findings.outcomes`; skipped and not executed with the reason.
    `datasets`: a row a dataset: dataset, label, file, size in bytes, records, variables.
    `suppressions`: a row an entry with the `findings` it is for, `why` there are none, and whether it is
    `stale`: its rule was run all the same.
    """

    about: About
    findings: pl.DataFrame
    rules: pl.DataFrame
    outcomes: pl.DataFrame
    datasets: pl.DataFrame
    suppressions: pl.DataFrame
    notes: tuple[str, ...] = ()

    @cached_property
    def failed(self) -> bool:
        """There is an error-level finding that is not suppressed."""
        return not self.open.filter(severity="error").is_empty()

    @property
    def open(self) -> pl.DataFrame:
        """The findings that are not suppressed."""
        return self.findings.filter(col("suppressed").is_null())

    @property
    def explained(self) -> int:
        """How many findings are suppressed."""
        return self.findings.height - self.open.height

    @property
    def unjudged(self) -> pl.DataFrame:
        """The outcomes of rules that gave no answer: not executed, then skipped."""
        order = col("status").replace_strict(_UNJUDGED, default=None, return_dtype=pl.Int8)
        kept = self.outcomes.filter(col("status").is_in(list(_UNJUDGED)))
        return kept.sort(order, maintain_order=True)

    @cached_property
    def summary(self) -> pl.DataFrame:
        """A row a dataset (and `STUDY`, where something is wrong with the study): records, and the counts
        `error` and `warning` (of open findings), `suppressed`, `rules_passed` and `rules_not_executed`."""
        is_open = col("suppressed").is_null()
        counts = self.findings.group_by("dataset").agg(
            *((is_open & (col("severity") == s)).sum().alias(s) for s in ("error", "warning")),
            (~is_open).sum().alias("suppressed"),
        )
        rules = self.outcomes.group_by("dataset").agg(
            (col("status") == s).sum().alias(f"rules_{s.replace(' ', '_')}")
            for s in ("passed", "not executed")
        )
        named = pl.concat([self.datasets["dataset"], counts["dataset"]]).unique(maintain_order=True)
        joined = (
            named.to_frame()
            .join(self.datasets.select("dataset", "records"), on="dataset", how="left", maintain_order="left")
            .join(counts, on="dataset", how="left", maintain_order="left")
            .join(rules, on="dataset", how="left", maintain_order="left")
        )
        zero = [c for c in joined.columns if c not in ("dataset", "records")]
        return joined.with_columns(col(zero).fill_null(0)).sort(col("dataset") == STUDY, "dataset")


def make_report(
    found: Findings,
    package: Package,
    *,
    standards: Sequence[tuple[str, str]],
    terminology: Sequence[str],
    define: Path | None,
    suppressions: Suppressions | None,
    run: Path | None,
    created: datetime,
    seconds: float,
    per_rule: int = PER_RULE,
) -> Report:
    """The report of what rules `found` in the datasets of `package`.

    `standards` are those judged by, as names and versions. `terminology` are the names of the CT packages
    judged by, `run` the OUT folder of `interop run` that the datasets are of (None where they are not),
    `seconds` the time that the evaluation took. InputError where `define` or `run` cannot be read.
    """
    given = suppressions or Suppressions()
    judged = tuple((name.upper(), version.replace("-", ".")) for name, version in standards)
    rules = _rules(found, frozenset(judged))
    marked, counts = suppressed(found.findings, given.entries)
    findings = (
        marked.join(
            rules.select("rule", "severity", "executability"), on="rule", how="left", maintain_order="left"
        )
        .sort("rule", "dataset", "record", nulls_last=False, maintain_order=True)
        .with_row_index("finding", offset=1)
        .with_columns(_shown(per_rule))
    )
    about = About(
        judged,
        tuple(terminology),
        define_version(define) if define is not None else None,
        created,
        seconds,
        run,
        given.file,
    )
    return Report(
        about,
        with_sources(findings, package, run),
        _with_counts(rules, findings, found.outcomes),
        found.outcomes.sort("rule", "dataset", maintain_order=True),
        _datasets(package),
        _entries(given, counts, found.rules),
        found.notes,
    )


def _shown(per_rule: int) -> pl.Expr:
    """The first findings of each rule, its datasets in turn: one large dataset does not hide the others."""
    turn = pl.int_range(pl.len()).over("rule", "dataset")
    return (turn.rank("ordinal").over("rule") <= per_rule).alias("shown")


def _rules(found: Findings, standards: frozenset[tuple[str, str]]) -> pl.DataFrame:
    rows = []
    for r in found.rules:
        cited = _cited(r, standards)
        ids = {
            o: ", ".join(
                dict.fromkeys(i for s in cited if (s.organization == "FDA") == o for i in s.rule_ids)
            )
            for o in (False, True)
        }
        citation = "\n".join(dict.fromkeys(s.citation for s in cited if s.citation))
        said = (r.description, r.message, r.executability, r.type, ids[False], ids[True], citation)
        rows.append((r.id, severity(r), *said))
    return pl.DataFrame(rows, schema=dict.fromkeys(_RULES, pl.String), orient="row")


_RULES = (
    "rule",
    "severity",
    "description",
    "message",
    "executability",
    "type",
    "cdisc_rule_id",
    "fda_rule_id",
    "citation",
)


def _cited(rule: Rule, standards: frozenset[tuple[str, str]]) -> list[Standard]:
    """What the rule cites of the standards judged by; where it names others only, all it cites."""
    return [s for s in rule.standards if (s.name.upper(), s.version) in standards] or list(rule.standards)


def _with_counts(rules: pl.DataFrame, findings: pl.DataFrame, outcomes: pl.DataFrame) -> pl.DataFrame:
    """`rules` with their status, findings, and on how many datasets they passed, were skipped and so on."""
    rank = col("status").replace_strict({s: n for n, s in enumerate(STATUSES)}, return_dtype=pl.Int8)
    reason = col("reason").filter(col("status") == "not executed").unique(maintain_order=True)
    became = outcomes.group_by("rule").agg(
        col("status").sort_by(rank).first(),
        *((col("status") == s).sum().alias(f"datasets_{s.replace(' ', '_')}") for s in STATUSES),
        reason.str.join("; ").alias("reason"),
        col("seconds").sum(),
    )
    counts = findings.group_by("rule").agg(
        pl.len().alias("findings"), col("suppressed").is_not_null().sum().alias("suppressed")
    )
    joined = rules.join(became, on="rule", how="left", maintain_order="left").join(
        counts, on="rule", how="left", maintain_order="left"
    )
    zero = ("findings", "suppressed", *(f"datasets_{s.replace(' ', '_')}" for s in STATUSES))
    return joined.with_columns(col(zero).fill_null(0)).sort("rule", maintain_order=True)


def _datasets(package: Package) -> pl.DataFrame:
    rows = [(d.name, d.label, d.location, d.size, d.data.height, d.data.width) for d in package.datasets]
    return pl.DataFrame(rows, schema=_DATASETS, orient="row")


_DATASETS: Mapping[str, Any] = {
    "dataset": pl.String,
    "label": pl.String,
    "file": pl.String,
    "size": pl.Int64,
    "records": pl.Int64,
    "variables": pl.Int64,
}


def _entries(given: Suppressions, counts: pl.DataFrame, rules: Sequence[Rule]) -> pl.DataFrame:
    run = {r.id for r in rules}
    rows = [
        (
            e.rule,
            e.dataset or None,
            e.variable or None,
            list(e.subjects),
            list(e.records),
            e.reason,
            e.line,
            "it matched no finding" if e.rule in run else f"no rule {e.rule} was run",
        )
        for e in given.entries
    ]
    unmatched = col("findings") == 0
    return (
        pl.DataFrame(rows, schema=_ENTRIES, orient="row")
        .with_row_index("entry", offset=1)
        .join(counts, on="entry", how="left", maintain_order="left")
        .with_columns(
            (unmatched & col("rule").is_in(run)).alias("stale"), pl.when(unmatched).then("why").alias("why")
        )
    )


_ENTRIES: Mapping[str, Any] = {
    "rule": pl.String,
    "dataset": pl.String,
    "variable": pl.String,
    "subjects": pl.List(pl.String),
    "records": pl.List(pl.Int64),
    "reason": pl.String,
    "line": pl.Int64,
    "why": pl.String,
}
