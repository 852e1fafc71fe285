"""Evaluate rules over a study: the data read once, the plain checks of a dataset in one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import polars as pl

from interop.rules.context import Context
from interop.rules.data import DataSet, Package
from interop.rules.definexml import read_define
from interop.rules.evaluate import answer, mask, prepared, unknown
from interop.rules.findings import Findings, Outcome, findings_frame, found, outcomes_frame
from interop.rules.frames import STUDY
from interop.rules.language import Rule
from interop.rules.library import library
from interop.rules.load import for_standard, load_rules
from interop.rules.operand import Frame, Mask
from interop.rules.outcome import NotExecutableError, SkippedError
from interop.rules.read import read_package
from interop.rules.rulesct import CtPackage, Terminology, carried, read_ct
from interop.rules.scope import outside

# Checks in one query: enough to share the work, few enough that one which fails is found again quickly.
BATCH = 64
DEFECT = "internal error"


@dataclass
class _Run:
    context: Context
    outcomes: list[Outcome] = field(default_factory=list)
    frames: list[pl.DataFrame] = field(default_factory=list)

    def note(self, rule: Rule, dataset: str, error: Exception, seconds: float = 0.0) -> None:
        status = "not executed" if isinstance(error, NotExecutableError) else "skipped"
        self.outcomes.append(Outcome(rule.id, dataset, status, str(error), 0, seconds))  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Check:
    """A check that is one expression over a frame, waiting to be evaluated with others."""

    rule: Rule
    dataset: DataSet
    frame: Frame
    mask: pl.Expr
    seconds: float


def validate(
    data: Path | Sequence[Path] | Package,
    rules: Path | Iterable[Rule],
    *,
    standard: str = "SDTMIG",
    version: str = "3.4",
    define: Path | None = None,
    ct: Sequence[Path] = (),
    ids: Iterable[str] | None = None,
    every_rule: bool = False,
) -> Findings:
    """Judge the datasets of a folder by the rules of a folder.

    Of the rules those that name the standard and version are used, or all (`every_rule`); `ids` keeps some.
    `define` is a define.xml, `ct` are files of NCI's terminology, of which the first is judged by.
    Raises UsageError and InputError for inputs that cannot be used; what a rule cannot do is in `outcomes`.
    """
    package = data if isinstance(data, Package) else read_package(data)
    notes = list(package.notes)
    if isinstance(rules, Path):
        loaded = load_rules(rules, ids, None if every_rule else (standard, version))
        notes += [f"not a rule: {error}" for _, error in loaded.failed]
        chosen: list[Rule] = list(loaded.rules)
    else:
        wanted = None if ids is None else set(ids)
        chosen = [r for r in rules if wanted is None or r.id in wanted]
    if not every_rule:
        chosen = for_standard(chosen, standard, version)
    context = context_of(package, standard, version, define, [read_ct(p) for p in ct])
    result = evaluate(chosen, context)
    return Findings(result.findings, result.outcomes, result.rules, tuple(notes))


def context_of(
    package: Package,
    standard: str,
    version: str,
    define: Path | None = None,
    ct: Sequence[CtPackage] = (),
) -> Context:
    packages = (*ct, *(p for p in [carried("sdtm-2025-03-28")] if p.name not in {c.name for c in ct}))
    return Context(
        package,
        library(standard, version),
        standard,
        version,
        Terminology(packages),
        read_define(define) if define is not None else None,
        define,
    )


def evaluate(rules: Iterable[Rule], context: Context) -> Findings:
    """Every rule on every dataset that it is for."""
    run, chosen = _Run(context), tuple(rules)
    checks: dict[int, list[_Check]] = defaultdict(list)
    for rule in chosen:
        reason = unknown(rule)
        if reason is not None:
            run.note(rule, "", NotExecutableError(reason))
            continue
        judged = _rule(rule, run, checks)
        if not judged:
            run.outcomes.append(Outcome(rule.id, "", "skipped", "no dataset of the study is in its scope"))
    for waiting in checks.values():
        for start in range(0, len(waiting), BATCH):
            _together(waiting[start : start + BATCH], run)
    return Findings(_once(findings_frame(run.frames)), outcomes_frame(run.outcomes), chosen)


def _once(findings: pl.DataFrame) -> pl.DataFrame:
    """What is wrong with the study is said once, whichever of its datasets showed it."""
    study = findings.filter(pl.col("dataset") == STUDY)
    if study.is_empty():
        return findings
    # Lists are compared as texts: Polars does not take lists as keys everywhere.
    texts = [pl.col(c).list.join("\x1f", ignore_nulls=True).alias(f"_{c}") for c in ("variables", "values")]
    single = study.with_columns(texts).unique(
        ["rule", "_variables", "_values"], maintain_order=True, keep="first"
    )
    return pl.concat([findings.filter(pl.col("dataset") != STUDY), single.select(findings.columns)])


def _rule(rule: Rule, run: _Run, checks: dict[int, list[_Check]]) -> bool:
    """Judge a rule on each dataset, a split dataset once; True where one is in its scope."""
    domains = rule.scope.get("Domains")
    apart = domains is not None and bool(domains.split)
    done: set[str] = set()
    judged = False
    for dataset in run.context.package.datasets:
        if dataset.unsplit in done and not apart:
            continue
        done.add(dataset.unsplit)
        if outside(rule, dataset, run.context.package, run.context.library) is not None:
            continue
        judged = True
        _dataset(rule, dataset, run, checks)
    return judged


def _dataset(rule: Rule, dataset: DataSet, run: _Run, checks: dict[int, list[_Check]]) -> None:
    start = perf_counter()
    try:
        frames = prepared(rule, dataset, run.context)
        masks = [mask(rule, f) for f in frames]
        if len(frames) == 1 and isinstance(masks[0], pl.Expr):
            check = _Check(rule, dataset, frames[0], masks[0], perf_counter() - start)
            checks[id(check.frame.data)].append(check)
            return
        count = _judge(rule, dataset, list(zip(frames, masks, strict=True)), run)
    except (NotExecutableError, SkippedError) as error:
        run.note(rule, dataset.name, error, perf_counter() - start)
        return
    except Exception as error:  # a defect of ours in one rule must not cost the user the others
        said = f"{DEFECT}: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        run.note(rule, dataset.name, NotExecutableError(said), perf_counter() - start)
        return
    _passed(rule, dataset, count, perf_counter() - start, run)


def _judge(rule: Rule, dataset: DataSet, judged: Sequence[tuple[Frame, Mask]], run: _Run) -> int:
    parts = []
    for frame, where in judged:
        if where is not False:
            hits = frame.data if where is True else frame.data.filter(answer(frame, where))
            if hits.height:
                parts.append(found(rule, frame, hits, dataset))
    if parts and rule.sensitivity in ("Dataset", "Study"):
        parts = parts[:1]
    run.frames += parts
    return sum(p.height for p in parts)


def _passed(rule: Rule, dataset: DataSet, count: int, seconds: float, run: _Run) -> None:
    status = "issues" if count else "passed"
    run.outcomes.append(Outcome(rule.id, dataset.name, status, "", count, seconds))  # type: ignore[arg-type]


def _together(checks: Sequence[_Check], run: _Run) -> None:
    """Evaluate checks of one frame in one query; if one fails, each alone."""
    data = checks[0].frame.data
    start = perf_counter()
    try:
        masks = data.lazy().select(
            pl.int_range(pl.len()).alias("_rows"),
            *(c.mask.fill_null(False).alias(f"_{n}") for n, c in enumerate(checks)),
        )
        answers = masks.collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        answers = None
    share = (perf_counter() - start) / len(checks)
    for n, check in enumerate(checks):
        began = perf_counter()
        try:
            hit = answers[f"_{n}"] if answers is not None else answer(check.frame, check.mask)
            hits = data.filter(hit)
            count = 0
            if hits.height:
                part = found(check.rule, check.frame, hits, check.dataset)
                run.frames.append(part)
                count = part.height
        except (NotExecutableError, SkippedError) as error:
            run.note(check.rule, check.dataset.name, error, check.seconds)
            continue
        seconds = check.seconds + share + perf_counter() - began
        _passed(check.rule, check.dataset, count, seconds, run)
