"""Datasets and variables as a submission has them: names, labels, lengths in bytes, and what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

import polars as pl

from interop.rules.context import Context
from interop.rules.data import DataSet
from interop.rules.frames.rows import Built, Row, Rows, judged_parts, own, table
from interop.rules.frames.values import texts
from interop.rules.language import Rule

_KEY = "longest texts"


def dataset_files(rule: Rule, dataset: DataSet, context: Context) -> Built:
    """A row a dataset (of a split dataset a part): its name, its file, its label, how much it holds."""
    yield Rows(table(_file_row(d) for d in judged_parts(rule, dataset, context)))


def _file_row(part: DataSet) -> Row:
    path = PurePath(part.location)
    return {
        "dataset_name": part.name,
        "domain": part.domain,
        "dataset_label": part.label,
        "dataset_label_bytes": float(len(part.label.encode())),
        "dataset_file_name": path.stem,
        "dataset_expected_file_name": part.name.lower(),
        "dataset_file_suffix": path.suffix,
        "dataset_size": float(part.size),
        "record_count": float(part.data.height),
        "variable_count": float(part.data.width),
        **own(part.name, 1),
    }


def variable_contents(rule: Rule, dataset: DataSet, context: Context) -> Built:
    """A row a variable: its attributes, and the longest text that it holds here and in the whole study."""
    for part in judged_parts(rule, dataset, context):
        yield Rows(table(content_rows(part, context)))


def content_rows(part: DataSet, context: Context) -> list[Row]:
    """The rows of `variable_contents`. Lengths are in bytes, as files have them."""
    here = _longest(part)
    study = _longest_of_study(context)
    return [
        {
            "variable_name": v.name,
            "variable_label": v.label,
            "variable_label_bytes": float(len(v.label.encode())),
            "variable_data_type": v.type,
            "variable_size": float(v.length) if v.length is not None else None,
            "variable_order_number": float(n),
            "variable_max_bytes": here.get(v.name),
            "variable_max_bytes_in_study": study.get(v.name),
            **own(part.name, n),
        }
        for n, v in enumerate(part.variables, 1)
    ]


def _longest(part: DataSet) -> Mapping[str, float | None]:
    """The bytes of the longest text of each text variable; a variable without a value has none."""
    names = texts(part)
    if not names or part.data.is_empty():
        return {}
    return part.data.select(pl.col(names).str.len_bytes().max().cast(pl.Float64)).row(0, named=True)


def _longest_of_study(context: Context) -> dict[str, float]:
    """A variable has one length in all datasets: the longest of the study (so FDA)."""
    if _KEY not in context.kept:
        found: dict[str, float] = {}
        for dataset in context.package.datasets:
            for name, length in _longest(dataset).items():
                found[name] = max(found.get(name, 0.0), length or 0.0)
        context.kept[_KEY] = found
    lengths: dict[str, float] = context.kept[_KEY]
    return lengths
