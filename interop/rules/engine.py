"""Evaluate rules over a study: the data read once, the plain checks of a dataset in one query."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import polars as pl

from interop.ct import SDTM_CT
from interop.rules.context import Context
from interop.rules.data import DataSet, Package
from interop.rules.define.metadata import read_define
from interop.rules.evaluate import answer, mask, prepared, unknown
from interop.rules.findings import Findings, Outcome, findings_frame, found, narrowed, outcomes_frame
from interop.rules.frames import STUDY
from interop.rules.language import Rule
from interop.rules.load import for_standard, load_rules
from interop.rules.operand import Frame, Mask
from interop.rules.outcome import NotExecutableError, SkippedError, Status
from interop.rules.read import read_package
from interop.rules.scope import outside
from interop.rules.standards.library import library
from interop.rules.standards.terminology import CtPackage, Terminology, carried, read_ct
from interop.rules.unread import READABLE, findings_of, lacks, missing, outcomes_of

# Checks in one query: enough to share the work, few enough that one which fails is found again quickly.
BATCH = 64
DEFECT = "internal error"


Answer = pl.Series | bool


@dataclass
class _Task:
    """A rule on a dataset: its frames, where its check holds in each, and what came of it."""

    rule: Rule
    dataset: DataSet
    frames: list[Frame]
    masks: list[Mask]
    seconds: float
    answers: list[Answer]
    error: str = ""


@dataclass
class _Run:
    context: Context
    outcomes: list[Outcome] = field(default_factory=list)
    tasks: list[_Task] = field(default_factory=list)
    scopes: dict[object, tuple[DataSet, ...]] = field(default_factory=dict)

    def note(self, rule: Rule, dataset: str, error: Exception, seconds: float = 0.0) -> None:
        status = "not executed" if isinstance(error, NotExecutableError) else "skipped"
        self.outcomes.append(Outcome(rule.id, dataset, status, str(error), 0, seconds))  # type: ignore[arg-type]


def validate(
    data: Path | Sequence[Path] | Package,
    rules: Path | Iterable[Rule],
    *,
    standard: str = "SDTMIG",
    version: str = "3.4",
    define: Path | None = None,
    ct: Sequence[Path] = (),
    ids: Iterable[str] | None = None,
) -> Findings:
    """Judge the datasets of a folder by the rules of a folder.

    Of the rules those that name the standard and version are used; of them `ids` keeps some.
    `define` is a define.xml, `ct` are files of NCI's terminology, of which the first is judged by.
    Raises UsageError and InputError for inputs that cannot be used; what a rule cannot do is in `outcomes`.
    """
    package = data if isinstance(data, Package) else read_package(data)
    notes = list(package.notes)
    if isinstance(rules, Path):
        loaded = load_rules(rules, ids, (standard, version))
        notes += [f"not a rule: {error}" for _, error in loaded.failed]
        chosen: list[Rule] = list(loaded.rules)
    else:
        wanted = None if ids is None else set(ids)
        chosen = [r for r in rules if wanted is None or r.id in wanted]
    context = context_of(package, standard, version, define, [read_ct(p) for p in ct])
    result = evaluate(for_standard(chosen, standard, version), context)
    return Findings(result.findings, result.outcomes, result.rules, tuple(notes))


def context_of(
    package: Package,
    standard: str,
    version: str,
    define: Path | None = None,
    ct: Sequence[CtPackage] = (),
) -> Context:
    packages = (*ct, *(p for p in [carried(SDTM_CT)] if p.name not in {c.name for c in ct}))
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
    with uncollected():
        return _evaluated(tuple(rules), context)


@contextmanager
def uncollected() -> Iterator[None]:
    """Python's search for cycles is off meanwhile: thousands of expressions live, and none of them is one."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _evaluated(chosen: tuple[Rule, ...], context: Context) -> Findings:
    run, unread, lost = _Run(context), context.package.unread, missing(context.package)
    for rule in chosen:
        reason = unknown(rule) or lacks(rule, lost)
        if reason is not None:
            run.note(rule, "", NotExecutableError(reason))
        elif not _rule(rule, run):
            run.outcomes.append(Outcome(rule.id, "", "skipped", "no dataset of the study is in its scope"))
    for batch in _batches(run.tasks):
        _together(batch)
    parts = [part for task in run.tasks for part in _reported(task, run)]
    if unread:
        parts.append(findings_of(unread))
        run.outcomes += outcomes_of(unread)
        chosen = (*chosen, READABLE)
    return Findings(_once(findings_frame(parts)), outcomes_frame(run.outcomes), chosen)


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


def _rule(rule: Rule, run: _Run) -> bool:
    """Prepare a rule on each dataset, a split dataset once; True where one is in its scope."""
    # Many rules have one scope.
    key = rule.judges_parts, tuple(sorted(rule.scope.items()))
    if key not in run.scopes:
        run.scopes[key] = tuple(_inside(rule, run.context))
    for dataset in run.scopes[key]:
        _dataset(rule, dataset, run)
    return bool(run.scopes[key])


def _inside(rule: Rule, context: Context) -> Iterator[DataSet]:
    done: set[str] = set()
    for dataset in context.package.datasets:
        if dataset.unsplit in done and not rule.judges_parts:
            continue
        done.add(dataset.unsplit)
        if outside(rule, dataset, context.package, context.library) is None:
            yield dataset


def _dataset(rule: Rule, dataset: DataSet, run: _Run) -> None:
    start = perf_counter()
    try:
        frames = prepared(rule, dataset, run.context)
        masks = [mask(rule, f) for f in frames]
        answers: list[Answer] = [m if isinstance(m, bool) else False for m in masks]
        run.tasks.append(_Task(rule, dataset, frames, masks, perf_counter() - start, answers))
    except (NotExecutableError, SkippedError) as error:
        run.note(rule, dataset.name, error, perf_counter() - start)
    except Exception as error:  # a defect of ours in one rule must not cost the user the others
        run.note(rule, dataset.name, _defect(error), perf_counter() - start)


def _defect(error: Exception) -> NotExecutableError:
    said = str(error).splitlines()[0] if str(error) else ""
    return NotExecutableError(f"{DEFECT}: {type(error).__name__}: {said}")


Piece = tuple[_Task, int]
"""A task and the number of its frame."""


def _batches(tasks: Iterable[_Task]) -> Iterator[list[Piece]]:
    """Checks of one frame, to be evaluated in one query."""
    by_frame: dict[int, list[Piece]] = defaultdict(list)
    for task in tasks:
        for n, where in enumerate(task.masks):
            if not isinstance(where, bool):
                by_frame[id(task.frames[n].data)].append((task, n))
    for pieces in by_frame.values():
        for start in range(0, len(pieces), BATCH):
            yield pieces[start : start + BATCH]


def _together(pieces: Sequence[Piece]) -> None:
    """Evaluate checks of one frame in one query; if one fails, each alone."""
    start = perf_counter()
    data = pieces[0][0].frames[pieces[0][1]].data
    masks = [
        where.fill_null(False).alias(f"_{k}")
        for k, (task, n) in enumerate(pieces)
        if not isinstance(where := task.masks[n], bool)
    ]
    try:
        # One after the other: threads cost more than most masks take, and the heavy ones use them anyway.
        answers = data.select_seq(pl.int_range(pl.len()).alias("_rows"), *masks)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        for piece in pieces:
            _alone(piece)
        return
    share = (perf_counter() - start) / len(pieces)
    for k, (task, n) in enumerate(pieces):
        task.answers[n] = answers[f"_{k}"]
        task.seconds += share


def _alone(piece: Piece) -> None:
    task, n = piece
    start = perf_counter()
    try:
        task.answers[n] = answer(task.frames[n], task.masks[n])
    except NotExecutableError as error:
        task.error = str(error)
    task.seconds += perf_counter() - start


def _reported(task: _Task, run: _Run) -> list[pl.DataFrame]:
    """The findings of a task, and its outcome."""
    start = perf_counter()
    parts = []
    try:
        if task.error:
            raise NotExecutableError(task.error)
        for frame, where in zip(task.frames, task.answers, strict=True):
            if where is False or (not isinstance(where, bool) and not where.any()):
                continue
            shown = narrowed(task.rule, frame, task.dataset)
            hits = shown.data if isinstance(where, bool) else shown.data.filter(where)
            parts.append(found(task.rule, shown, hits, task.dataset))
    except (NotExecutableError, SkippedError) as error:
        run.note(task.rule, task.dataset.name, error, task.seconds)
        return []
    if task.rule.once_a_dataset:
        parts = parts[:1]
    count = sum(p.height for p in parts)
    seconds = task.seconds + perf_counter() - start
    status: Status = "issues" if count else "passed"
    run.outcomes.append(Outcome(task.rule.id, task.dataset.name, status, "", count, seconds))
    return parts
