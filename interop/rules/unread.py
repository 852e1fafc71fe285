"""Files of a study that cannot be read: an error each, and no rule judges by what is in them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from interop.rules.data import Package, Unread
from interop.rules.findings import FINDINGS_SCHEMA, Outcome
from interop.rules.language import Group, Rule

# The one rule that is not a file: it is about what cannot become a dataset that a rule could judge.
READABLE = Rule(
    id="INT-0000",
    status="",
    type="File",
    description="Every file of the study must be readable, and no two may hold a dataset of one name.",
    message="The file cannot be read, or another holds a dataset of its name.",
    sensitivity="Dataset",
    check=Group("all", ()),
    operations=(),
    matches=(),
    outputs=(),
    grouping=(),
    scope={},
    executability="Fully Executable",
    standards=(),
)


def missing(package: Package) -> tuple[Unread, ...]:
    """Unread files whose dataset is not there: that of a second file of one name is."""
    there = {d.name for d in package.datasets}
    return tuple(u for u in package.unread if u.dataset not in there)


def lacks(rule: Rule, unread: Sequence[Unread]) -> str | None:
    """Why the rule cannot be judged while files are unread: it asks for one of them, or what there is."""
    if not unread:
        return None
    if rule.about_study:
        return f"{unread[0].file} cannot be read, so it is not known which datasets the study has"
    named = {m.name for m in rule.matches} | {str(o.options.get("domain")) for o in rule.operations}
    lost = next((u for u in unread if u.dataset in named), None)
    return None if lost is None else f"{lost.file} cannot be read"


def findings_of(unread: Sequence[Unread]) -> pl.DataFrame:
    """A finding for each file."""
    rows: list[tuple[object, ...]] = [
        (READABLE.id, u.dataset, u.dataset, None, None, None, [], [], f"{u.file}: {u.reason}", "Dataset")
        for u in unread
    ]
    return pl.DataFrame(rows, schema=dict(FINDINGS_SCHEMA), orient="row")


def outcomes_of(unread: Sequence[Unread]) -> list[Outcome]:
    """The outcome of the rule for each dataset that is not there."""
    names = [u.dataset for u in unread]
    return [Outcome(READABLE.id, n, "issues", "", names.count(n)) for n in dict.fromkeys(names)]
