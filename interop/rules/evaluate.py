"""A rule's check over a frame, as one expression."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import reduce

import polars as pl

from interop.rules.context import Context
from interop.rules.data import OWN, DataSet
from interop.rules.frames import frames
from interop.rules.language import Condition, Group, Rule
from interop.rules.match.merge import merged
from interop.rules.operand import Frame, Mask
from interop.rules.operations import OPERATIONS, Work
from interop.rules.operators import OPERATORS
from interop.rules.outcome import MissingColumnError, NotExecutableError, SkippedError

# What a condition may name: a variable (--X, DM.X, RELREC.**X), an operation ($x), a dataset (SUPP--).
_NAME = re.compile(r"\$?(\w|-|\*|\.)+")


def unknown(rule: Rule) -> str | None:
    """What of the rule the engine does not know, in one sentence; None where it knows all."""
    for condition in rule.conditions():
        if condition.operator not in OPERATORS:
            return f"the operator {condition.operator!r} is not known"
        if not _NAME.fullmatch(condition.target):
            return f"a condition with {condition.operator} names no variable, but {condition.target!r}"
    for operation in rule.operations:
        if operation.operator not in OPERATIONS:
            return f"the operation {operation.operator!r} is not known"
    return None


def prepared(rule: Rule, dataset: DataSet, context: Context) -> list[Frame]:
    """The frames to judge, with joined datasets and the results of operations.

    Raises SkippedError where what the rule needs is absent or no row is left, NotExecutableError where it
    cannot be done.
    """
    _need_own(rule, dataset, context)
    found = []
    for frame in frames(rule, dataset, context):
        if rule.matches:
            frame = merged(rule, frame, dataset, context)
        for operation in rule.operations:
            frame = OPERATIONS[operation.operator](Work(operation, frame, dataset, context))
        if frame.data.height:
            found.append(frame)
    if not found:
        raise SkippedError("there are no records to judge")
    return found


def _need_own(rule: Rule, dataset: DataSet, context: Context) -> None:
    """MissingColumnError where a check cannot hold for want of a variable of the dataset's own (`--X`).

    It is known before anything is joined or worked out, which is most of the time that such rules take.
    """
    joins = rule.type != "Record Data" or any(m.child or m.name.startswith(_BRINGS) for m in rule.matches)
    if joins or rule.check.kind != "all":
        return
    named = all(o.operator in _NAMES_NOTHING for o in rule.operations)
    present = context.package.names(dataset)
    for part in rule.check.parts:
        if not isinstance(part, Condition) or not part.target.startswith("--"):
            continue
        name = dataset.named(part.target)
        if name not in present and (named if part.operator == "exists" else part.operator in _READS):
            raise MissingColumnError(name)


# Of what these datasets bring, any variable may be.
_BRINGS = ("SUPP", "SQ", "RELREC")
# These find no list of variables that an `exists` may be answered by.
_NAMES_NOTHING = frozenset(
    {"record_count", "get_dataset_filtered_variables", "dy", "max", "min", "mean", "max_date", "min_date"}
)
# Operators of one variable, for which it must be there.
_READS = frozenset(
    {"empty", "non_empty", "equal_to", "not_equal_to", "is_complete_date", "is_incomplete_date"}
)


def mask(rule: Rule, frame: Frame) -> Mask:
    """Where the check holds: an expression that is never null, or one answer for all rows."""
    return _group(rule.check, frame)


def _part(part: Condition | Group, frame: Frame) -> Mask:
    if isinstance(part, Group):
        return _group(part, frame)
    if part.options.get("variables") == "all":
        names = [n for n in frame.data.columns if n not in OWN]
        return _all([OPERATORS[part.operator](frame, replace(part, target=n)) for n in names])
    return OPERATORS[part.operator](frame, part)


def _group(group: Group, frame: Frame) -> Mask:
    if group.kind == "any":
        return _any_present(group, frame)
    masks = []
    for part in group.parts:
        masks.append(_part(part, frame))
        if masks[-1] is False and group.kind == "all":
            return False  # what stands after it need not be known: `exists` comes first in most checks
    if group.kind == "not":
        inner = _all(masks)
        return not inner if isinstance(inner, bool) else ~inner
    return _all(masks)


def _any_present(group: Group, frame: Frame) -> Mask:
    """Alternatives that read an absent variable are not met; if all do, the group cannot be judged."""
    masks: list[Mask] = []
    missing: list[str] = []
    for part in group.parts:
        try:
            masks.append(_part(part, frame))
        except MissingColumnError as absent:
            missing.append(absent.name)
    if not masks:
        raise MissingColumnError(", ".join(dict.fromkeys(missing)))
    if any(m is True for m in masks):
        return True
    rest = [m for m in masks if not isinstance(m, bool)]
    return reduce(lambda a, b: a | b, rest) if rest else False


def _all(masks: list[Mask]) -> Mask:
    if any(m is False for m in masks):
        return False
    rest = [m for m in masks if not isinstance(m, bool)]
    return reduce(lambda a, b: a & b, rest) if rest else True


def answer(frame: Frame, judged: Mask) -> pl.Series:
    """The mask's answer for every row of the frame."""
    if isinstance(judged, bool):
        return pl.Series([judged] * frame.data.height, dtype=pl.Boolean)
    rows = pl.int_range(pl.len()).alias("_rows")
    try:
        return frame.data.select(rows, judged.alias("_mask"))["_mask"].fill_null(False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        raise NotExecutableError(f"the check could not be evaluated: {str(error).splitlines()[0]}") from None
