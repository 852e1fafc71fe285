"""The rule types of CDISC's language: a row is a record, a dataset, a variable, a value, or the study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from interop.rules.context import Context
from interop.rules.data import OWN, RECORD, DataSet
from interop.rules.frames.rows import STUDY, Builder, Built, Row, Rows, judged_parts, keys_of, own, table
from interop.rules.frames.valuelevel import values_against_value_level
from interop.rules.language import Rule
from interop.rules.outcome import NotExecutableError


def records(rule: Rule, dataset: DataSet, context: Context) -> Built:
    if len(judged_parts(rule, dataset, context)) == 1:
        yield Rows(dataset.frame)
    else:
        yield Rows(context.package.whole(dataset))


def dataset_row(dataset: DataSet) -> Row:
    return {
        "dataset_size": float(dataset.size),
        "dataset_location": dataset.location,
        "dataset_name": dataset.name,
        "dataset_label": dataset.label,
        "record_count": float(dataset.data.height),
        "is_ap": dataset.is_ap,
        "ap_suffix": dataset.ap_suffix,
        "domain": dataset.domain,
    }


def dataset_metadata(rule: Rule, dataset: DataSet, context: Context) -> Built:
    yield Rows(table([{**dataset_row(d), **own(d.name, 1)} for d in judged_parts(rule, dataset, context)]))


def dataset_against_define(_rule: Rule, dataset: DataSet, context: Context) -> Built:
    found = context.need_define().dataset(dataset.name) or {}
    columns = list(dataset.data.columns)
    yield Rows(table([{**dataset_row(dataset), "dataset_columns": columns, **found, **own(dataset.name, 1)}]))


def _variable_rows(dataset: DataSet, *, sizes: bool = False) -> list[Row]:
    rows: list[Row] = [
        {
            "variable_name": v.name,
            "variable_order_number": float(n),
            "variable_label": v.label,
            "variable_size": float(v.length) if v.length is not None else None,
            "variable_data_type": v.type,
            "variable_format": v.format,
            **own(dataset.name, n),
        }
        for n, v in enumerate(dataset.variables, 1)
    ]
    if sizes:
        texts = dataset.data.select(pl.all().cast(pl.String).str.len_chars().max().fill_null(0))
        longest = texts.row(0, named=True) if texts.height else {}
        for row in rows:
            row["variable_max_size"] = float(longest.get(row["variable_name"], 0))
    return rows


def reads(rule: Rule, name: str) -> bool:
    """Whether the rule's check or output names a column, which costs to make."""
    return name in rule.outputs or any(name in (c.target, c.value) for c in rule.conditions())


def variable_metadata(rule: Rule, dataset: DataSet, context: Context) -> Built:
    sizes = reads(rule, "variable_max_size")
    yield Rows(
        table([r for d in judged_parts(rule, dataset, context) for r in _variable_rows(d, sizes=sizes)])
    )


def _library_rows(dataset: DataSet, context: Context) -> dict[str, Row]:
    return {
        v.name: {
            "library_variable_name": v.name,
            "library_variable_label": v.label,
            "library_variable_data_type": v.type,
            "library_variable_role": v.role,
            "library_variable_core": v.core or "Perm",
            "library_variable_ccode": v.codelist,
            "library_variable_has_codelist": bool(v.codelist),
            "library_variable_order_number": float(n),
        }
        for n, v in enumerate(context.guide_variables(dataset), 1)
    }


def _emptiness(dataset: DataSet, context: Context) -> dict[str, Row]:
    data = context.package.whole(dataset)
    nulls = data.null_count().row(0, named=True) if data.width else {}
    return {
        n: {
            "variable_has_empty_values": nulls.get(n, 1) > 0,
            "variable_is_empty": nulls.get(n) == data.height,
        }
        for n in data.columns
        if n not in OWN
    }


_ABSENT = {"variable_has_empty_values": True, "variable_is_empty": True}


def variable_against_library(rule: Rule, dataset: DataSet, context: Context) -> Built:
    library, empty = _library_rows(dataset, context), _emptiness(dataset, context)
    nothing = dict.fromkeys(keys_of(library.values()))
    rows = [r for d in judged_parts(rule, dataset, context) for r in _variable_rows(d)]
    names = [r["variable_name"] for r in rows]
    yield Rows(
        table(
            {**r, **library.get(n, nothing), **empty.get(n, _ABSENT)}
            for r, n in zip(rows, names, strict=True)
        )
    )


def variable_against_define(_rule: Rule, dataset: DataSet, context: Context) -> Built:
    stated = {r["define_variable_name"]: r for r in _define_rows(dataset, context)}
    empty = _emptiness(dataset, context)
    rows = [
        {**r, **stated.pop(r["variable_name"], {}), **empty.get(r["variable_name"], _ABSENT)}
        for r in _variable_rows(dataset)
    ]
    rows += [{**r, **own(dataset.name, len(rows) + n)} for n, r in enumerate(stated.values(), 1)]
    yield Rows(table(rows))


def variable_against_both(rule: Rule, dataset: DataSet, context: Context) -> Built:
    context.need_define()
    library = _library_rows(dataset, context)
    for found in variable_against_define(rule, dataset, context):
        rows = [{**r, **library.get(str(r.get("variable_name")), {})} for r in found.data.to_dicts()]
        yield found._replace(data=table(rows))


def _define_rows(dataset: DataSet, context: Context) -> list[Row]:
    stated = context.need_define().variables.get(dataset.name)
    if stated is None:
        raise NotExecutableError(f"the define.xml has no dataset {dataset.name}")
    return [{**r, **own(dataset.name, n)} for n, r in enumerate(stated, 1)]


def define_against_library(_rule: Rule, dataset: DataSet, context: Context) -> Built:
    rows = _define_rows(dataset, context)
    library = _library_rows(dataset, context)
    nothing = dict.fromkeys(keys_of(library.values()))
    yield Rows(table({**r, **library.get(r["define_variable_name"], nothing)} for r in rows))


def study(_rule: Rule, _dataset: DataSet, context: Context) -> Built:
    """One row with a column for each dataset of the study."""
    present = {d.unsplit: d.location for d in context.package.datasets}
    yield Rows(table([{**present, **own(STUDY, 1)}]))


def study_against_define(_rule: Rule, _dataset: DataSet, context: Context) -> Built:
    present = {d.unsplit: d.location for d in context.package.datasets}
    rows = []
    for n, stated in enumerate(context.need_define().datasets, 1):
        name = stated["define_dataset_name"]
        filename = present.get(name)
        rows.append({**stated, "domain": name if filename else None, "filename": filename, **own(STUDY, n)})
    yield Rows(table(rows))


def contents_against_define(rule: Rule, dataset: DataSet, context: Context) -> Built:
    found = context.need_define().dataset(dataset.name)
    if found is None:
        raise NotExecutableError(f"the define.xml has no dataset {dataset.name}")
    for rows in records(rule, dataset, context):
        yield rows._replace(constants={**dataset_row(dataset), **found})


def _values(dataset: DataSet, about: Mapping[str, Row]) -> Built:
    """Each variable in turn, and what is known of it for all its values."""
    for name in dataset.data.columns:
        aliases = {"variable_value": name, "row_number": RECORD}
        yield Rows(dataset.frame, {"variable_name": name, **about.get(name, {})}, aliases)


def values_with_dataset(rule: Rule, dataset: DataSet, context: Context) -> Built:
    for part in judged_parts(rule, dataset, context):
        yield from _values(part, {n: dataset_row(part) for n in part.data.columns})


def values_with_variable(rule: Rule, dataset: DataSet, context: Context) -> Built:
    for part in judged_parts(rule, dataset, context):
        yield from _values(part, {r["variable_name"]: _without(r, OWN) for r in _variable_rows(part)})


def values_against_define(_rule: Rule, dataset: DataSet, context: Context) -> Built:
    rows = _define_rows(dataset, context)
    yield from _values(dataset, {r["define_variable_name"]: _without(r, OWN) for r in rows})


def values_against_library(_rule: Rule, dataset: DataSet, context: Context) -> Built:
    yield from _values(dataset, _library_rows(dataset, context))


def _without(row: Row, names: Iterable[str]) -> Row:
    return {k: v for k, v in row.items() if k not in names}


CDISC: Mapping[str, Builder] = {
    "Record Data": records,
    "Dataset Metadata Check": dataset_metadata,
    "Dataset Metadata Check against Define XML": dataset_against_define,
    "Dataset Contents Check against Define XML": contents_against_define,
    "Variable Metadata Check": variable_metadata,
    "Variable Metadata Check against Define XML": variable_against_define,
    "Variable Metadata Check against Library Metadata": variable_against_library,
    "Variable Metadata Check against Define XML and Library Metadata": variable_against_both,
    "Define Item Metadata Check against Library Metadata": define_against_library,
    "Domain Presence Check": study,
    "Domain Presence Check against Define XML": study_against_define,
    "Value Check with Dataset Metadata": values_with_dataset,
    "Value Check with Variable Metadata": values_with_variable,
    "Value Check against Define XML Variable": values_against_define,
    "Value Check against Define XML VLM": values_against_value_level,
    "Value Check against Library Metadata": values_against_library,
}
