"""Rule types of ours: values and labels held against the dataset that they are copied from.

The subject's record is that of ADSL, and for ADSL itself that of DM; the source record is the one of the SDTM
domain that a copied --SEQ names. ADaMIG 1.3, 3.1.1: same name, same meaning, same values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from interop.rules.context import Context
from interop.rules.data import OWN, DataSet
from interop.rules.frames.rows import Built, Rows, own, table
from interop.rules.language import Rule
from interop.rules.operand import Operand, kind_of
from interop.rules.outcome import MissingColumnError, SkippedError

SUBJECT = "USUBJID"
# What identifies a record in its own dataset, and says where it comes from, is no copy.
_OWN_FACTS = re.compile(r"USUBJID|DOMAIN|\w*SEQ|SRCDOM|SRCVAR|SRC[A-Z]*SEQ")


def values_against_subject(_rule: Rule, dataset: DataSet, context: Context) -> Built:
    """Each variable that the subject's record has too, with its value there as `copied_value`."""
    reference = _subjects(dataset, context)
    yield from _against(dataset, context, reference, [SUBJECT])


def values_against_source(_rule: Rule, dataset: DataSet, context: Context) -> Built:
    """Each variable that the record of a copied --SEQ has too, with its value there as `copied_value`."""
    if SUBJECT not in dataset.data.columns:
        raise MissingColumnError(SUBJECT)
    for name in dataset.data.columns:
        source = context.package.copied_sequence(name)
        if source is not None and name in source.data.columns:
            yield from _against(dataset, context, source, [SUBJECT, name])


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


def _against(dataset: DataSet, context: Context, source: DataSet, keys: Sequence[str]) -> Built:
    """The values of each shared variable that differ from the one record found in `source`.

    Where all agree, one of them stands for the rest: equal values need not be judged, and are most.
    """
    data, there = context.package.whole(dataset), context.package.whole(source)
    for name in keys:
        if name not in data.columns or name not in there.columns:
            raise MissingColumnError(name)
    place = there.with_row_index("_at").unique(keys, keep="none").select(*keys, "_at")
    at = data.select(keys).join(place, on=list(keys), how="left", maintain_order="left")["_at"]
    judged = at.is_not_null()
    shown = [c for c in (*OWN, *keys, "ASEQ") if c in data.columns]
    for name in dataset.data.columns:
        if name in there.columns and name not in OWN and not _OWN_FACTS.fullmatch(name):
            copied = f"{source.name}.{name}"
            left, right = _comparable(data[name], there[name])
            there_now = right.gather(at).alias(copied)
            odd = (judged & left.ne_missing(there_now)).arg_true()
            rows = odd if len(odd) else judged.arg_true().head(1)
            columns = [data[c] for c in shown if c != name]
            frame = pl.DataFrame([*(s.gather(rows) for s in (*columns, left, there_now))])
            known = {"variable_name": name, "copied_dataset": source.name}
            yield Rows(frame, known, {"variable_value": name, "copied_value": copied})


def _comparable(left: pl.Series, right: pl.Series) -> tuple[pl.Series, pl.Series]:
    """A number and the text of it are one value."""
    if kind_of(left.dtype) == kind_of(right.dtype):
        return left, right
    return _text(left), _text(right)


def _text(values: pl.Series) -> pl.Series:
    operand = Operand(pl.col(values.name), kind_of(values.dtype))
    return values.to_frame().select(operand.text.alias(values.name)).to_series()
