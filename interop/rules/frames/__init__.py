"""What a row is, by rule type: a record, a dataset, a variable, a value, or the study."""

from __future__ import annotations

from collections.abc import Mapping

from interop.rules.context import Context
from interop.rules.data import DataSet
from interop.rules.frames.cdisc import CDISC, reads
from interop.rules.frames.ours import OURS
from interop.rules.frames.rows import STUDY, Builder
from interop.rules.language import Rule
from interop.rules.operand import Frame, same_schema
from interop.rules.outcome import NotExecutableError

__all__ = ["STUDY", "TYPES", "frames"]

TYPES: Mapping[str, Builder] = {**CDISC, **OURS}


def frames(rule: Rule, dataset: DataSet, context: Context) -> list[Frame]:
    """The rows that the rule judges in a dataset: one frame, or for checks of values one a variable."""
    build = TYPES.get(rule.type)
    if build is None:
        raise NotExecutableError(f"the rule type {rule.type!r} is not known")
    key = rule.type, dataset.name, rule.judges_parts, reads(rule, "variable_max_size")
    if key not in context.built:
        context.built[key] = same_schema(
            Frame(rows.data, dataset.wildcard, rows.constants, dataset.domain or dataset.name, rows.aliases)
            for rows in build(rule, dataset, context)
        )
    return context.built[key]
