"""Rule types of ours: values and labels held against the dataset that they are copied from.

The subject's record is that of ADSL, and for ADSL itself that of DM; the source record is the one of the SDTM
domain that a copied --SEQ names. ADaMIG 1.3, 3.1.1: same name, same meaning, same values.
"""

from __future__ import annotations

import re

import polars as pl

from interop.rules.context import Context
from interop.rules.data import OWN, DataSet
from interop.rules.language import Rule
from interop.rules.operand import Operand, kind_of
from interop.rules.outcome import MissingColumnError, SkippedError
from interop.rules.rows import Built, Rows, own, table

SUBJECT = "USUBJID"
_SEQUENCE = re.compile(r"([A-Z][A-Z0-9])SEQ")
# What identifies a record in its own dataset, and says where it comes from, is no copy.
_OWN_FACTS = re.compile(r"USUBJID|DOMAIN|\w*SEQ|SRCDOM|SRCVAR|SRC[A-Z]*SEQ")


def values_against_subject(_rule: Rule, dataset: DataSet, context: Context) -> Built:
    """Each variable that the subject's record has too, with its value there as `copied_value`."""
    reference = _subjects(dataset, context)
    yield from _against(dataset, context, reference, [(SUBJECT, SUBJECT)])


def values_against_source(_rule: Rule, dataset: DataSet, context: Context) -> Built:
    """Each variable that the record of a copied --SEQ has too, with its value there as `copied_value`."""
    if SUBJECT not in dataset.data.columns:
        raise MissingColumnError(SUBJECT)
    for name in dataset.data.columns:
        found = _SEQUENCE.fullmatch(name)
        source = context.package.find(found.group(1)) if found else None
        if source is not None and source.is_tabulation and name in source.data.columns:
            yield from _against(dataset, context, source, [(SUBJECT, SUBJECT), (name, name)])


def variables_against_subject(_rule: Rule, dataset: DataSet, context: Context) -> Built:
    """Each variable that the subject's dataset has too, with its label and type there."""
    reference = _subjects(dataset, context)
    there = {v.name: v for v in reference.variables}
    yield Rows(
        table(
            {
                "variable_name": v.name,
                "variable_label": v.label,
                "variable_data_type": v.type,
                "copied_dataset": reference.name,
                "copied_label": there[v.name].label,
                "copied_data_type": there[v.name].type,
                **own(dataset.name, n),
            }
            for n, v in enumerate(dataset.variables, 1)
            if v.name in there and not (_OWN_FACTS.fullmatch(v.name) and v.name != SUBJECT)
        )
    )


def _subjects(dataset: DataSet, context: Context) -> DataSet:
    name = "DM" if dataset.name == "ADSL" else "ADSL"
    found = context.package.find(name)
    if found is None:
        raise SkippedError(f"{name} is not in the study")
    return found


def _against(dataset: DataSet, context: Context, source: DataSet, keys: list[tuple[str, str]]) -> Built:
    """The records that find exactly one in `source`, the variables of both side by side."""
    data = context.package.whole(dataset)
    there = context.package.whole(source)
    on = [left for left, _ in keys]
    for name in on:
        if name not in data.columns or name not in there.columns:
            raise MissingColumnError(name)
    shared = [
        c for c in dataset.data.columns if c in there.columns and c not in OWN and not _OWN_FACTS.fullmatch(c)
    ]
    one = there.unique(on, keep="none", maintain_order=True).select(
        *on, *(pl.col(c).alias(f"{source.name}.{c}") for c in shared)
    )
    both = data.join(one, on=on, how="inner", maintain_order="left")
    odd = [c for c in shared if kind_of(data.schema[c]) != kind_of(there.schema[c])]
    both = both.with_columns(_text(both, n) for c in odd for n in (c, f"{source.name}.{c}"))
    for name in shared:
        known = {"variable_name": name, "copied_dataset": source.name}
        yield Rows(both, known, {"variable_value": name, "copied_value": f"{source.name}.{name}"})


def _text(data: pl.DataFrame, name: str) -> pl.Expr:
    return Operand(pl.col(name), kind_of(data.schema[name])).text.alias(name)
