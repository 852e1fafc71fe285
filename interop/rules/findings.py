"""What rules found, as frames: a row a finding, and a row for what became of each rule on each dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from interop.rules.data import OWN, RECORD, SOURCE, DataSet
from interop.rules.frames import STUDY
from interop.rules.language import Rule
from interop.rules.operand import Frame, Operand, constant, kind_of
from interop.rules.outcome import MissingColumnError, NotExecutableError, Status

ABSENT = "Not in dataset"
WIDE = 100
FINDINGS_SCHEMA: Mapping[str, Any] = {
    "rule": pl.String,
    "dataset": pl.String,
    "domain": pl.String,
    "record": pl.UInt32,
    "USUBJID": pl.String,
    "SEQ": pl.Float64,
    "variables": pl.List(pl.String),
    "values": pl.List(pl.String),
    "message": pl.String,
    "sensitivity": pl.String,
}
OUTCOMES_SCHEMA: Mapping[str, Any] = {
    "rule": pl.String,
    "dataset": pl.String,
    "status": pl.String,
    "reason": pl.String,
    "findings": pl.Int64,
    "seconds": pl.Float64,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a rule on a dataset (`dataset` is empty where it is the rule as a whole)."""

    rule: str
    dataset: str
    status: Status
    reason: str = ""
    findings: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Findings:
    """`findings`: a row a finding; `record` and keys are null where the finding is about a whole dataset.

    `variables` and `values` run side by side: null where a value is empty, `Not in dataset` where the
    variable is absent. `outcomes`: a row a rule and dataset with its status and, where it was not executed or
    skipped, the reason. Both go into JSON with `write_json` or `to_dicts`.
    """

    findings: pl.DataFrame
    outcomes: pl.DataFrame
    rules: tuple[Rule, ...]
    notes: tuple[str, ...] = ()

    @property
    def not_executed(self) -> pl.DataFrame:
        return self.outcomes.filter(pl.col("status") == "not executed")


def outcomes_frame(outcomes: Iterable[Outcome]) -> pl.DataFrame:
    rows = [(o.rule, o.dataset, o.status, o.reason, o.findings, o.seconds) for o in outcomes]
    return pl.DataFrame(rows, schema=OUTCOMES_SCHEMA, orient="row")


def findings_frame(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    if not frames:
        return pl.DataFrame(schema=FINDINGS_SCHEMA)
    return pl.concat(frames)


def narrowed(rule: Rule, frame: Frame, dataset: DataSet) -> Frame:
    """Of a wide frame the columns that a finding shows: to filter 3,000 takes longer than to judge them."""
    names = _named(rule, frame)
    kinds = {kind_of(frame.schema[c]) for n in names if (c := frame.aliases.get(n, n)) in frame.schema}
    if len(frame.schema) <= WIDE or "list" in kinds:  # a list may name any other column
        return frame
    wanted = [*OWN, "USUBJID", _sequence(dataset), *(frame.name(g) for g in rule.grouping)]
    wanted += [v for n in names for v in (frame.aliases.get(n, n), *_listed(frame.constants.get(n)))]
    columns = [c for c in dict.fromkeys(wanted) if c in frame.schema]
    return replace(frame, data=pl.DataFrame([frame.data.get_column(c) for c in columns]))


def found(rule: Rule, frame: Frame, hits: pl.DataFrame, dataset: DataSet) -> pl.DataFrame:
    """The findings of a rule: `hits` are the rows of the frame where its check holds."""
    hit = replace(frame, data=hits)
    names = _shown(rule, hit)
    if rule.sensitivity == "Group":
        hits = _first_of_groups(rule, hit)
    elif rule.once_a_dataset:
        hits = hits.head(1)
    study, whole = rule.about_study, rule.about_whole
    hit = replace(frame, data=hits)
    operands = [_operand(hit, n) for n in names]
    domain = f"SUPP{dataset.rdomain}" if dataset.is_supp else dataset.domain or dataset.name
    return hits.select(
        pl.lit(rule.id).alias("rule"),
        (pl.lit(STUDY) if study else pl.col(SOURCE)).alias("dataset"),
        pl.lit(STUDY if study else domain).alias("domain"),
        (pl.lit(None, dtype=pl.UInt32) if whole else pl.col(RECORD).cast(pl.UInt32)).alias("record"),
        _key(hits, "USUBJID", pl.String, whole).alias("USUBJID"),
        _key(hits, _sequence(dataset), pl.Float64, whole).alias("SEQ"),
        pl.lit(pl.Series([names], dtype=pl.List(pl.String))).first().alias("variables"),
        _side_by_side([_text(o) for o in operands]).alias("values"),
        pl.lit(rule.message.replace("--", frame.wildcard)).alias("message"),
        pl.lit(rule.sensitivity).alias("sensitivity"),
    )


def _sequence(dataset: DataSet) -> str:
    return "ASEQ" if dataset.is_analysis else f"{dataset.domain or ''}SEQ"


def _side_by_side(values: list[pl.Expr]) -> pl.Expr:
    if values:
        return pl.concat_list(values)
    return pl.lit(pl.Series([[]], dtype=pl.List(pl.String))).first()


def _key(hits: pl.DataFrame, name: str, dtype: Any, whole: bool) -> pl.Expr:
    if whole or name not in hits.columns:
        return pl.lit(None, dtype=dtype)
    return pl.col(name).cast(dtype, strict=False)


def _shown(rule: Rule, hit: Frame) -> list[str]:
    """Output variables, else those of the check; with a list of variables also those in it."""
    names = _named(rule, hit)
    listed = [v for n in names for v in _lists(hit, n) if v in hit.data.columns]
    return list(dict.fromkeys([*names, *listed]))


def _named(rule: Rule, hit: Frame) -> list[str]:
    named = rule.outputs or tuple(c.target for c in rule.conditions())
    # `*variable_name` is the variable that is named there (an addition of ours).
    opened = (str(hit.constants.get(n[1:]) or n) if n.startswith("*") else n for n in named)
    return [n.replace("--", hit.wildcard, 1) for n in opened]


def _lists(hit: Frame, name: str) -> list[str]:
    if found := _listed(hit.constants.get(name)):
        return found
    if name in hit.data.columns and kind_of(hit.data.schema[name]) == "list":
        inner = hit.data[name].explode().cast(pl.String, strict=False).unique().drop_nulls()
        return sorted(inner.to_list())
    return []


def _listed(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else []


def _operand(hit: Frame, name: str) -> Operand:
    if name in hit.constants:
        return constant(hit.constants[name], name)
    column = hit.aliases.get(name, name)
    if column in hit.data.columns and name not in OWN:
        return Operand(pl.col(column), kind_of(hit.data.schema[column]), name=name)
    return Operand(pl.lit(ABSENT), "text", True)


def _text(operand: Operand) -> pl.Expr:
    """Lists as they are written in Python, which is how CDISC's engine shows them."""
    if operand.kind == "list" and operand.constant:
        return pl.lit(str(operand.value), dtype=pl.String)
    if operand.kind == "list":
        items = operand.expr.cast(pl.List(pl.String)).list.join("', '")
        return pl.when(operand.expr.list.len() > 0).then(pl.format("['{}']", items)).otherwise(pl.lit("[]"))
    if operand.kind == "flag":
        return operand.text
    return operand.text.cast(pl.String)


def _first_of_groups(rule: Rule, hit: Frame) -> pl.DataFrame:
    keys = [hit.name(g) for g in rule.grouping]
    if not keys:
        raise NotExecutableError("Sensitivity: Group needs Grouping_Variables")
    for key in keys:
        if key not in hit.data.columns:
            raise MissingColumnError(key)
    return hit.data.unique(keys, keep="first", maintain_order=True)
