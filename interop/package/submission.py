"""From a built dataset to what is submitted: the table with its metadata, and the Define-XML of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from polars import col

from interop import ct
from interop.package.definemodel import Shape, iso_type
from interop.package.table import Column, DataType, Table, text_lengths

if TYPE_CHECKING:
    from interop.build import Built
    from interop.package.define import DefineDataset, ValueLevel
    from interop.spec import Var
    from interop.study import Study


def submission_table(built: Built, study: Study, moment: datetime) -> Table:
    """The dataset as it goes into a package.

    Permissible variables that nothing fills are left out (but no study day beside its date), a length is that
    of the longest value, and a number is an integer where all its values are.
    """
    spec = built.spec
    data = built.table
    empty = {v.name for v in spec.vars if v.core == "Perm" and data[v.name].null_count() == len(data)}
    # A study day stays beside its date, even where no subject of the dataset has day 1.
    empty -= {n for n in empty if n.endswith("DY") and f"{n[:-2]}DTC" in set(spec.columns) - empty}
    names = [n for n in spec.columns if n not in empty]
    data = data.select(names)
    whole = _whole_numbers(data)
    lengths = text_lengths(data)
    keys = {k: n for n, k in enumerate((k for k in spec.keys if k in names), 1)}
    columns = tuple(
        _column(spec[n], data[n], spec.name, keys.get(n), lengths.get(n), n in whole) for n in names
    )
    return Table(
        spec.name,
        spec.label,
        columns,
        data.with_columns(col(n).cast(pl.Int64) for n in whole),
        study_oid=study.id,
        meta_data_version_oid=f"MDV.{study.id}.{spec.standard}",
        meta_data_ref="define.xml",
        item_group_oid=f"IG.{spec.name}",
        file_oid=f"{study.id}.{spec.name}",
        db_last_modified=moment.replace(tzinfo=None).isoformat(),
    )


def write_submission_define(
    datasets: Sequence[tuple[Built, Table]], folder: Path, study: Study, moment: datetime
) -> None:
    """Write `folder`/define.xml over the datasets of one standard with their tables, and its stylesheet."""
    from interop.package.define import DefineStudy, write_define  # lxml is heavy

    write_define(
        folder / "define.xml",
        [_define_dataset(built, table) for built, table in datasets],
        study=DefineStudy(study.id, study.id, study.title, study.id),
        created=moment,
    )


# Variables whose type differs by test or parameter, the variable that tells which, and the one that names it.
RESULTS = (
    ("{}ORRES", "{}TESTCD", "{}TEST"),
    ("{}STRESC", "{}TESTCD", "{}TEST"),
    ("AVALC", "PARAMCD", "PARAM"),
    # Units: their terms differ by test, not their type.
    ("{}ORRESU", "{}TESTCD", "{}TEST"),
    ("{}STRESU", "{}TESTCD", "{}TEST"),
)


def _levels(built: Built, table: Table) -> tuple[ValueLevel, ...]:
    """Value-level metadata: QVAL by QNAM, results of findings by test, AVALC by parameter."""
    from interop.package.define import supplemental_levels, value_levels

    have = set(table.data.columns)
    if {"QNAM", "QVAL", "QORIG"} <= have:
        return supplemental_levels(table)
    found: tuple[ValueLevel, ...] = ()
    for variable, by, label in (tuple(n.format(built.spec.name) for n in names) for names in RESULTS):
        if {variable, by, label} <= have:
            origin = built.spec[variable].rule.origin
            levels = value_levels(table, variable, by, label=label, origin=origin)
            stated = [_with_codelist(level, built, table, by) for level in levels]
            # A level of a unit says which; a test without any needs none.
            found += tuple(s for s in stated if s.codelists or not variable.endswith("RESU"))
    return found


def _with_codelist(level: ValueLevel, built: Built, table: Table, by: str) -> ValueLevel:
    """The level with the codelist of its test's values, if terms are what they all are.

    A value that a closed codelist lacks has an issue, and is no term of it here either.
    """
    rule, spec = built.spec[level.variable].rule, built.spec[level.variable]
    (test,) = level.where[by]
    rows = table.data.filter(col(by) == test, col(level.variable) != "")
    own = rule.by_test.get(test)
    codes = (own,) if own else spec.codelists
    if rows.is_empty() or not codes:
        return level
    if not own and rule.applies is not None and not rows.select(rule.applies.fill_null(False).all()).item():
        return level
    values = sorted(rows[level.variable].unique())
    if not ct.extensible(codes):
        values = [v for v in values if any(v in ct.codelist(code).terms for code in codes)]
    shape = Shape("text", max(len(v.encode()) for v in rows[level.variable].unique()))
    return replace(level, shape=shape, codelists=codes, values=tuple(values))


def _define_dataset(built: Built, table: Table) -> DefineDataset:
    from interop.package.define import DefineDataset

    levels = _levels(built, table)
    # A dataset with a censoring variable is what ADaM calls time to event.
    subclass = "TIME-TO-EVENT" if "CNSR" in table.data.columns else ""
    return DefineDataset(built.spec, table, levels, subclass=subclass)


def _whole_numbers(data: pl.DataFrame) -> set[str]:
    floats = [n for n, t in data.schema.items() if t == pl.Float64]
    checked = data.select((col(n).drop_nulls() % 1 == 0).all() for n in floats)
    return {n for n in floats if checked[n].item()}


def _column(
    var: Var, values: pl.Series, dataset: str, key: int | None, length: int | None, whole: bool
) -> Column:
    oid = f"IT.{dataset}.{var.name}"
    if var.kind in ("date", "datetime", "time"):
        shown = {"date": "DATE9.", "datetime": "DATETIME20.", "time": "TIME8."}[var.kind]
        kind: DataType = var.kind
        return Column(var.name, var.label, kind, None, shown, "integer", key, oid)
    if var.type == "Num":
        number: DataType = "integer" if whole or var.kind == "integer" else "float"
        return Column(var.name, var.label, number, None, None, None, key, oid)
    kind = _iso_type(values) if var.kind == "isodate" else "string"
    return Column(var.name, var.label, kind, length, None, None, key, oid)


def _iso_type(values: pl.Series) -> DataType:
    """Dataset-JSON's type of --DTC: date or datetime where all values are complete, else text."""
    if values.null_count() == len(values):
        return "string"
    kinds: dict[str, DataType] = {"date": "date", "datetime": "datetime"}
    return kinds.get(iso_type(values), "string")
