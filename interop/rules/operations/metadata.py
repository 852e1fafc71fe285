"""What the study, its files and its standard say of datasets and variables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from interop.rules.frames.cdisc import dataset_row
from interop.rules.operand import Frame
from interop.rules.operations.base import Work, need, plain_columns
from interop.rules.outcome import MissingColumnError, SkippedError
from interop.rules.standards.library import Variable


def variable_exists(work: Work) -> Frame:
    return work.constant(work.target in plain_columns(work.source()))


def variable_is_null(work: Work) -> Frame:
    data = work.source() if work.option("source") == "submission" else work.frame.data
    name = work.target
    return work.constant(name not in data.columns or data[name].null_count() == data.height)


def define_variable_metadata(work: Work) -> Frame:
    """What the define.xml states of the variable `name`: its `attribute_name`, as define_variable_label."""
    name, attribute = need(work, "name"), need(work, "attribute_name")
    stated = work.context.need_define().variables.get(work.dataset.name, ())
    variable = work.dataset.named(name)
    found = next((row for row in stated if row["define_variable_name"] == variable), {})
    return work.constant(found.get(attribute))


def variable_count(work: Work) -> Frame:
    """In how many domains of the study the variable is."""
    name = str(work.option("name") or "")
    seen: dict[str, bool] = {}
    for dataset in work.context.package.datasets:
        seen[dataset.unsplit] = (
            seen.get(dataset.unsplit, False) or dataset.named(name) in dataset.data.columns
        )
    return work.constant(sum(seen.values()))


def variable_names(work: Work) -> Frame:
    """Every variable of the guide."""
    work.context.library.need()
    return work.constant(
        sorted({v.name for d in work.context.library.datasets.values() for v in d.variables})
    )


def study_domains(work: Work) -> Frame:
    return work.constant(sorted({d.domain or "" for d in work.context.package.datasets}))


def dataset_names(work: Work) -> Frame:
    return work.constant(sorted({d.name for d in work.context.package.datasets}))


def standard_domains(work: Work) -> Frame:
    work.context.library.need()
    return work.constant(sorted(work.context.library.datasets))


def library_class_domains(work: Work) -> Frame:
    wanted = str(work.option("domain_class") or "").upper().replace("-", " ")
    found = [d.name for d in work.context.library.datasets.values() if not wanted or d.cls == wanted]
    return work.constant(sorted(found))


def domain_label(work: Work) -> Frame:
    work.context.library.need()
    found = work.context.library.datasets.get(work.domain)
    return work.constant(found.label if found else None)


def domain_is_custom(work: Work) -> Frame:
    return work.constant(work.context.library.is_custom(work.domain))


def related_domain_is_custom(work: Work) -> Frame:
    for dataset in work.context.package.datasets:
        if dataset.is_supp and dataset.rdomain and work.domain.endswith(dataset.rdomain):
            return work.constant(work.context.library.is_custom(dataset.rdomain))
    return work.constant(False)


def extract_metadata(work: Work) -> Frame:
    row = dataset_row(work.dataset)
    name = str(work.option("name") or "")
    if name not in row:
        raise MissingColumnError(name)
    return work.constant(row[name])


def column_order_from_dataset(work: Work) -> Frame:
    return work.constant(plain_columns(work.source()))


def column_order_from_library(work: Work) -> Frame:
    return work.constant([v.name for v in _chosen(work, work.context.guide_variables(work.dataset))])


def dataset_filtered_variables(work: Work) -> Frame:
    """Variables of the guide with an attribute (`key_name`, `key_value`) that the dataset has."""
    present = set(plain_columns(work.source()))
    chosen = _chosen(work, work.context.guide_variables(work.dataset))
    return work.constant([v.name for v in chosen if v.name in present])


def model_column_order(work: Work) -> Frame:
    return work.constant(_unique(work.context.model_variables(work.dataset)))


def model_filtered_variables(work: Work) -> Frame:
    return work.constant([v.name for v in _chosen(work, work.context.model_variables(work.dataset))])


def parent_model_column_order(work: Work) -> Frame:
    """What the model allows in the dataset that each record's RDOMAIN names."""
    data = work.frame.data
    if "RDOMAIN" not in data.columns:
        raise MissingColumnError("RDOMAIN")
    rows = []
    for name in data["RDOMAIN"].unique().to_list():
        parent = next((d for d in work.context.package.datasets if d.domain == name), None)
        if parent is None:
            raise SkippedError(f"{name} is not in the study")
        rows.append((name, _unique(work.context.model_variables(parent))))
    schema: dict[str, Any] = {"RDOMAIN": pl.String, work.operation.id: pl.List(pl.String)}
    return work.by_group(pl.DataFrame(rows, schema=schema, orient="row"), ["RDOMAIN"])


def required_variables(work: Work) -> Frame:
    return _by_core(work, "Req")


def expected_variables(work: Work) -> Frame:
    return _by_core(work, "Exp")


def permissible_variables(work: Work) -> Frame:
    return _by_core(work, "Perm")


def _by_core(work: Work, core: str) -> Frame:
    """The model states no core: what only it has is permissible."""
    found = work.context.guide_variables(work.dataset)
    return work.constant([v.name for v in found if (v.core or "Perm") == core])


def _chosen(work: Work, variables: tuple[Variable, ...]) -> list[Variable]:
    key, value = work.option("key_name"), work.option("key_value")
    if not key:
        return list(variables)
    attribute = {"simpleDatatype": "type"}.get(str(key), str(key))
    return [v for v in variables if getattr(v, attribute, None) == value]


def _unique(variables: tuple[Variable, ...]) -> list[str]:
    return list(dict.fromkeys(v.name for v in variables))


def label_referenced_variable_metadata(work: Work) -> Frame:
    return _referenced(work, "label")


def name_referenced_variable_metadata(work: Work) -> Frame:
    return _referenced(work, "name")


def _referenced(work: Work, by: str) -> Frame:
    """Columns `id_name`, `id_label`, … of the guide's variable that the target names."""
    fields = ("name", "label", "role", "core", "type")
    known = work.context.guide_variables(work.dataset)
    rows = {getattr(v, by): v for v in known}
    data = work.frame.data
    values = data[work.column(data)].to_list()
    frame = work.frame
    series = [
        pl.Series(
            f"{work.operation.id}_{f}",
            [getattr(rows[v], f) if v in rows else None for v in values],
            dtype=pl.String,
        )
        for f in fields
    ]
    return replace(frame, data=frame.data.with_columns(series))
