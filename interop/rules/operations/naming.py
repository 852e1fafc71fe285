"""Variables by name: there or not, related ones, those of the subject. CDISC's language has none."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from interop.rules.operand import Frame, columns
from interop.rules.operations.base import Work, need, plain_columns
from interop.rules.outcome import MissingColumnError, NotExecutableError, SkippedError
from interop.rules.regex import compiled_by_re, replaced

SUBJECT = "USUBJID"


def existing_variables(work: Work) -> Frame:
    """Those of `names` that the dataset has."""
    return work.constant(columns(work.frame, work.option("names") or ()))


def related_variable(work: Work) -> Frame:
    """Another name for the variable that is called as the one under test with `find` made `replace`.

    In a check of values, `find: DTF$` and `replace: DT` give the date of each imputation flag. Where `find`
    is not in the name, or there is no such variable, it is that of a variable which the dataset lacks.
    """
    name = work.frame.constants.get("variable_name")
    if not isinstance(name, str):
        raise NotExecutableError(
            "related_variable is for rules that judge the values of one variable at a time"
        )
    (other,) = replaced([name], need(work, "find"), str(work.option("replace") or ""))
    aliases = {**work.frame.aliases, work.operation.id: other or ""}
    return replace(work.frame, aliases=aliases)


def absent_variables(work: Work) -> Frame:
    """Those of `names` that the dataset lacks."""
    names = [work.frame.name(str(n)) for n in work.option("names") or ()]
    return work.constant([n for n in names if n not in work.frame.schema])


def subject_values(work: Work) -> Frame:
    """What the subject's record in `domain` (default ADSL) has in the variables whose names match `find`.

    A list for each record, without empty values; none where the subject is not there.
    """
    name = str(work.option("domain") or "ADSL")
    found = work.context.package.find(name)
    if found is None:
        raise SkippedError(f"{name} is not in the study")
    data, pattern = work.context.package.whole(found), need(work, "find")
    compiled = compiled_by_re(f"(?:{pattern})$")
    chosen = [c for c in plain_columns(data) if compiled.match(c)]
    if not chosen or SUBJECT not in data.columns:
        raise MissingColumnError(SUBJECT if chosen else f"{name}.{pattern}")
    values = pl.concat_list(pl.col(c).cast(pl.String) for c in chosen).list.drop_nulls()
    listed = data.unique(SUBJECT, keep="first", maintain_order=True).select(
        SUBJECT, values.alias(work.operation.id)
    )
    return work.by_group(listed, [SUBJECT])
