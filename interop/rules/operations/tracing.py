"""Datapoint traceability: what SRCDOM, SRCVAR and SRCSEQ of a record lead to. CDISC's language has none.

ADaMIG 1.3, 3.3.9: SRCDOM names a domain or an analysis dataset, SRCVAR a variable of it, SRCSEQ its --SEQ or
ASEQ. Of a supplemental qualifier SRCDOM is the RDOMAIN (SUPP-- itself is seen too), SRCVAR the QNAM, SRCSEQ
that of the parent record. A record without SRCSEQ leads to the records of its subject.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import polars as pl

from interop.rules import isodate
from interop.rules.data import DOMAIN_SEQUENCE, DataSet
from interop.rules.operand import Frame, kind_of
from interop.rules.operations.base import Work
from interop.rules.outcome import MissingColumnError

DOMAIN, VARIABLE, SEQUENCE, SUBJECT = "SRCDOM", "SRCVAR", "SRCSEQ", "USUBJID"


def source_dataset(work: Work) -> Frame:
    """Whether the package has the dataset that SRCDOM names; none where SRCDOM is empty."""
    known = [n for d in work.context.package.datasets for n in (d.name, d.unsplit)]
    named = _text(_needed(work, DOMAIN))
    return work.expression(named.is_in(pl.Series(known, dtype=pl.String).implode()))


def source_variable(work: Work) -> Frame:
    """Whether that dataset has the variable (or, in its SUPP--, the QNAM) that SRCVAR names.

    None where the dataset is not here or SRCVAR is empty.
    """
    _needed(work, DOMAIN, VARIABLE)
    answer: pl.Expr = pl.lit(None, dtype=pl.Boolean)
    for name, dataset in _datasets(work):
        known = pl.Series([*dataset.data.columns, *_qualifiers(work, dataset)], dtype=pl.String)
        there = _text(VARIABLE).is_in(known.implode())
        answer = pl.when(_text(DOMAIN) == name).then(there).otherwise(answer)
    return work.expression(answer)


def source_records(work: Work) -> Frame:
    """How many records of the subject have SRCSEQ as their --SEQ or ASEQ; without SRCSEQ, how many there are.

    None where the dataset is not here or has no subjects.
    """
    data = _keyed(work)
    exact, whole = [], []
    for name, dataset in _datasets(work):
        source = _source(work, dataset)
        if source is None:
            continue
        exact.append(source.group_by(SUBJECT, SEQUENCE).agg(pl.len().alias("_n")).with_columns(_named(name)))
        whole.append(source.group_by(SUBJECT).agg(pl.len().alias("_all")).with_columns(_named(name)))
    if not exact:
        return work.series(pl.Series([None] * data.height, dtype=pl.Float64))
    names = pl.Series([n for n, d in _datasets(work) if SUBJECT in d.data.columns], dtype=pl.String)
    found = data.join(
        pl.concat(exact), on=[DOMAIN, SUBJECT, SEQUENCE], how="left", maintain_order="left"
    ).join(pl.concat(whole), on=[DOMAIN, SUBJECT], how="left", maintain_order="left")
    count = pl.when(pl.col(SEQUENCE).is_null()).then("_all").otherwise("_n").fill_null(0)
    judged = pl.when(pl.col(DOMAIN).is_in(names.implode())).then(count.cast(pl.Float64))
    return work.series(found.select(judged.alias(work.operation.id)).to_series())


def source_date(work: Work) -> Frame:
    """The date in SRCVAR of the one record that the source leads to, in ISO 8601; none where it is none."""
    data = _keyed(work).with_columns(pl.col(_needed(work, VARIABLE)))
    tables = []
    for name, dataset in _datasets(work):
        source = _source(work, dataset)
        if source is None:
            continue
        for variable in data.filter(pl.col(DOMAIN) == name)[VARIABLE].unique().drop_nulls().to_list():
            said = _date(source, variable) if variable in source.columns else None
            if said is not None:
                one = source.select(SUBJECT, SEQUENCE, said.alias("_value"))
                tables.append(one.with_columns(_named(name), pl.lit(variable).alias(VARIABLE)))
    if not tables:
        return work.series(pl.Series([None] * data.height, dtype=pl.String))
    table = pl.concat(tables)
    keys = [DOMAIN, VARIABLE, SUBJECT]
    exact = table.unique([*keys, SEQUENCE], keep="none").drop_nulls(SEQUENCE)
    single = table.unique(keys, keep="none").select(*keys, pl.col("_value").alias("_single"))
    found = data.join(exact, on=[*keys, SEQUENCE], how="left", maintain_order="left").join(
        single, on=keys, how="left", maintain_order="left"
    )
    answer = pl.when(pl.col(SEQUENCE).is_null()).then("_single").otherwise("_value")
    return work.series(found.select(answer.alias(work.operation.id)).to_series())


def _date(source: pl.DataFrame, variable: str) -> pl.Expr | None:
    if kind_of(source.schema[variable]) == "text":
        return pl.col(variable) if variable.endswith("DTC") else None
    return isodate.sas(pl.col(variable), variable) if variable.endswith(("DT", "DTM")) else None


def sequence_records(work: Work) -> Frame:
    """In a check of values, of a copied --SEQ: how many records of the subject its domain has with it.

    None for other variables, and where the domain is not here.
    """
    name = work.frame.constants.get("variable_name")
    source = work.context.package.copied_sequence(name) if isinstance(name, str) else None
    if source is None or not {name, SUBJECT} <= set(source.data.columns):
        return work.constant(None)
    data = work.context.package.whole(source)
    counts = data.group_by(SUBJECT, str(name)).agg(pl.len().cast(pl.Float64).alias(work.operation.id))
    frame = work.by_group(counts, [SUBJECT, str(name)])
    return replace(frame, data=frame.data.with_columns(pl.col(work.operation.id).fill_null(0)))


def _datasets(work: Work) -> Iterator[tuple[str, DataSet]]:
    """Each name in SRCDOM that is one of a dataset here."""
    named = work.frame.data[_needed(work, DOMAIN)].cast(pl.String)
    for name in named.unique().drop_nulls().sort().to_list():
        exact = next((d for d in work.context.package.datasets if d.name == name), None)
        found = exact or work.context.package.find(name)
        if found is not None:
            yield name, found


def _source(work: Work, dataset: DataSet) -> pl.DataFrame | None:
    """Records of a source, its --SEQ or ASEQ as SRCSEQ; of SUPP-- IDVARVAL, where it points to a sequence."""
    data = work.context.package.whole(dataset)
    if SUBJECT not in data.columns:
        return None
    sequence = _sequence(dataset)
    number = pl.col(sequence).cast(pl.Float64, strict=False) if sequence in data.columns else pl.lit(None)
    return data.with_columns(_text(SUBJECT), number.cast(pl.Float64).alias(SEQUENCE))


def _sequence(dataset: DataSet) -> str:
    """What numbers a source's records; of an analysis dataset without ASEQ, the one --SEQ that it copies."""
    if dataset.is_supp:
        return "IDVARVAL"
    if not dataset.is_analysis:
        return f"{dataset.unsplit}SEQ"
    copied = [c for c in dataset.data.columns if DOMAIN_SEQUENCE.fullmatch(c)]
    return copied[0] if "ASEQ" not in dataset.data.columns and len(copied) == 1 else "ASEQ"


def _qualifiers(work: Work, dataset: DataSet) -> list[str]:
    """QNAMs of a dataset's SUPP--, or of the SUPP-- that it is."""
    found: list[str] = []
    for other in work.context.package.datasets:
        if (
            other.is_supp
            and "QNAM" in other.data.columns
            and dataset.unsplit in (other.rdomain, other.unsplit)
        ):
            found += other.data["QNAM"].unique().drop_nulls().to_list()
    return found


def _keyed(work: Work) -> pl.DataFrame:
    """SRCDOM, USUBJID and SRCSEQ (empty where the dataset has none) of the rows under test."""
    data = work.frame.data
    _needed(work, DOMAIN, SUBJECT)
    number = pl.col(SEQUENCE).cast(pl.Float64, strict=False) if SEQUENCE in data.columns else pl.lit(None)
    kept = [c for c in (DOMAIN, SUBJECT, VARIABLE) if c in data.columns]
    return data.select(*(_text(c) for c in kept), number.cast(pl.Float64).alias(SEQUENCE))


def _text(name: str) -> pl.Expr:
    """A name is text, whatever the file says of its variable."""
    return pl.col(name).cast(pl.String)


def _needed(work: Work, *names: str) -> str:
    for name in names:
        if name not in work.frame.data.columns:
            raise MissingColumnError(name)
    return names[0]


def _named(name: str) -> pl.Expr:
    return pl.lit(name).alias(DOMAIN)
