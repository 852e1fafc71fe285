"""Names of variables made of other names. Ours; CDISC's language has none."""

from __future__ import annotations

from dataclasses import replace

from interop.rules.operand import Frame, columns
from interop.rules.operations.base import Work, need
from interop.rules.outcome import NotExecutableError
from interop.rules.regex import replaced


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
