"""What a define.xml says, held against what the datasets have."""

from __future__ import annotations

import polars as pl

from interop.rules.context import Context
from interop.rules.data import DataSet
from interop.rules.define.facts import define_facts
from interop.rules.frames.files import content_rows
from interop.rules.frames.rows import Built, Row, Rows, judged_parts, own, table
from interop.rules.frames.values import VALUE, distinct, rows_of
from interop.rules.language import Rule
from interop.rules.operand import number_said
from interop.rules.outcome import NotExecutableError, SkippedError
from interop.sentence import some

VALUE_FACTS = ("define_has_value", "define_codelist_values", "define_is_whole")
_SHOWN = 10


def contents_against_define(rule: Rule, dataset: DataSet, context: Context) -> Built:
    """A row a variable of the dataset or of the define.xml: what the file has and stores, what is stated.

    A split dataset may be described as a whole or by its parts.
    """
    facts = define_facts(context)
    for part in judged_parts(rule, dataset, context):
        stated = {r["define_variable_name"]: dict(r) for r in _stated(part, context)}
        about = facts.get(part.name) or facts.get(part.unsplit) or {}
        for name, row in stated.items():
            row |= {k: v for k, v in about.get(name, {}).items() if k.startswith("define_")}
        rows: list[Row] = content_rows(part, context)
        order = [r["variable_name"] for r in rows if r["variable_name"] in stated]
        places = _places(order, [n for n in stated if n in order])
        rows = [
            {**r, **stated.pop(r["variable_name"], {}), **places.get(r["variable_name"], {})} for r in rows
        ]
        rows += [{**r, **own(part.name, len(rows) + n)} for n, r in enumerate(stated.values(), 1)]
        yield Rows(table(rows))


def _places(data: list[str], define: list[str]) -> dict[str, Row]:
    """The place of each variable among those that both have, here and there."""
    there = {n: float(k) for k, n in enumerate(define, 1)}
    return {n: {"variable_place": float(k), "define_variable_place": there[n]} for k, n in enumerate(data, 1)}


def _stated(part: DataSet, context: Context) -> tuple[Row, ...]:
    variables = context.need_define().variables
    found = variables.get(part.name) or variables.get(part.unsplit)
    if found is None:
        raise NotExecutableError(f"the define.xml has no dataset {part.name}")
    return found


def values_beside_define(rule: Rule, dataset: DataSet, context: Context) -> Built:
    """Values that the codelist of the define.xml lacks, or that its type is not for: a row a record."""
    for part in judged_parts(rule, dataset, context):
        lists, whole = {}, set()
        for row in _stated(part, context):
            name = row["define_variable_name"]
            if name not in part.data.columns:
                continue
            if row["define_variable_codelist_coded_values"]:
                lists[name] = [str(t) for t in row["define_variable_codelist_coded_values"]]
            if row["define_variable_data_type"] == "integer" and part.data.schema[name] == pl.Float64:
                whole.add(name)
        values = distinct(part, [n for n in part.data.columns if n in lists or n in whole])
        wrong = {n: _wrong(v, lists.get(n), whole=n in whole) for n, v in values.items()}
        yield from rows_of(part, wrong, VALUE_FACTS)


def _wrong(values: pl.Series, terms: list[str] | None, *, whole: bool) -> pl.DataFrame:
    """The values beside the terms, and those with decimals. A number is the same however it is written."""
    said = terms or []
    facts = pl.DataFrame({VALUE: values}).with_columns(
        (_listed(values, said) if said else pl.lit(None, dtype=pl.Boolean)).alias("define_has_value"),
        pl.lit(some(said, _SHOWN)).alias("define_codelist_values"),
        (pl.col(VALUE) == pl.col(VALUE).round(0) if whole else pl.lit(None, dtype=pl.Boolean)).alias(
            "define_is_whole"
        ),
    )
    return facts.filter(pl.col("define_has_value").not_() | pl.col("define_is_whole").not_())


def _listed(values: pl.Series, terms: list[str]) -> pl.Series:
    if values.dtype != pl.Float64:
        return values.is_in(terms)
    numbers = {number_said(n) for t in terms if (n := _number(t)) is not None}
    return pl.Series([number_said(v) in numbers for v in values.to_list()], dtype=pl.Boolean)


def codelists_against_terminology(rule: Rule, dataset: DataSet, context: Context) -> Built:
    """A row a value of a codelist of the define.xml that states its NCI code, and whether the terms have it.

    Codelists of a variable's value level are its codelists too.
    """
    facts = define_facts(context)
    rows: list[Row] = []
    for part in judged_parts(rule, dataset, context):
        about = facts.get(part.name) or facts.get(part.unsplit) or {}
        for name, row in about.items():
            for code, values in row["codelists"]:
                found = next((p.lists[code] for p in context.terminology.packages if code in p.lists), None)
                if found is None:
                    continue
                terms = {t.value for t in found.terms}
                rows += [
                    {
                        "define_variable_name": name,
                        "define_variable_ccode": code,
                        "define_term": value,
                        "define_term_is_extended": extended,
                        "ct_has_term": value in terms,
                        "ct_extensible": found.extensible,
                        **own(part.name, len(rows) + n),
                    }
                    for n, (value, extended) in enumerate(values, 1)
                ]
    if not rows:
        raise SkippedError("the define.xml has no codelist of it whose terminology is here")
    yield Rows(table(rows))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
