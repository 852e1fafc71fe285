"""Texts and dates that cannot stand as they are: a row is a record with such a value."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from interop.rules import isodate
from interop.rules.context import Context
from interop.rules.data import DataSet
from interop.rules.frames.rows import Built, judged_parts
from interop.rules.frames.values import VALUE, distinct, rows_of, texts
from interop.rules.language import Rule
from interop.rules.outcome import SkippedError

TEXT_FACTS = ("text_bytes", "text_is_ascii", "text_has_control_characters", "text_has_outer_blanks")
DATE_FACTS = ("date_is_valid", "date_is_after_cutoff", "cutoff_date")
MAX_BYTES = 200
"""Of a text variable in SAS transport version 5 (SAS, TS-140: the record layout of a version 5 data set)."""
# Dates of planned or collected moments in SDTM end so; ISO 8601 texts of durations and intervals do not.
_DATE = "DTC"


def text_values(rule: Rule, dataset: DataSet, context: Context) -> Built:
    """Values of text variables over 200 bytes, beyond ASCII, with control characters or outer blanks."""
    for part in judged_parts(rule, dataset, context):
        names = list(_odd_texts(part))
        wrong = {n: _text_facts(v) for n, v in distinct(part, names).items()}
        yield from rows_of(part, wrong, TEXT_FACTS)


def _odd_texts(part: DataSet) -> Iterator[str]:
    """The variables with a value that needs a look: found in one pass that looks at no value for long."""
    names = texts(part)
    if not names or part.data.is_empty():
        return
    value = pl.col(names)
    odd = part.data.select(
        value.str.contains("[^ -~]|^ | $").any() | (value.str.len_bytes().max() > MAX_BYTES)
    )
    yield from (n for n in names if odd[n][0])


def _text_facts(values: pl.Series) -> pl.DataFrame:
    value = pl.col(VALUE)
    facts = values.to_frame().with_columns(
        value.str.len_bytes().cast(pl.Float64).alias("text_bytes"),
        (value.str.len_bytes() == value.str.len_chars()).alias("text_is_ascii"),
        value.str.contains(r"[\x00-\x1f\x7f]").alias("text_has_control_characters"),
        (value != value.str.strip_chars(" ")).alias("text_has_outer_blanks"),
    )
    return facts.filter(
        (pl.col("text_bytes") > MAX_BYTES)
        | ~pl.col("text_is_ascii")
        | pl.col("text_has_control_characters")
        | pl.col("text_has_outer_blanks")
    )


def date_values(rule: Rule, dataset: DataSet, context: Context) -> Built:
    """Values of --DTC variables that are no date of ISO 8601, or lie after the data cutoff that TS states."""
    cutoff = _cutoff(context)
    judged = False
    for part in judged_parts(rule, dataset, context):
        names = [n for n in texts(part) if n.endswith(_DATE)]
        judged = judged or bool(names)
        wrong = {n: _date_facts(v, cutoff) for n, v in distinct(part, names).items()}
        if names:
            yield from rows_of(part, wrong, DATE_FACTS[:2], {"cutoff_date": cutoff})
    if not judged:
        raise SkippedError("no variable of it is a date")


def _date_facts(values: pl.Series, cutoff: str | None) -> pl.DataFrame:
    value = pl.col(VALUE)
    rows = values.to_frame().with_columns(isodate.plain(value).fill_null(False).alias("_plain"))
    odd = [v for v in rows.filter(~pl.col("_plain"))[VALUE].to_list() if not isodate.is_valid(v)]
    after = pl.lit(False)
    if cutoff is not None:  # compared as far as both are known
        known = pl.min_horizontal(value.str.len_bytes(), pl.lit(len(cutoff)))
        after = value.str.head(known) > pl.lit(cutoff).str.head(known)
    return rows.select(
        value,
        (~value.is_in(odd)).alias("date_is_valid"),
        (pl.col("_plain") & after.fill_null(False)).alias("date_is_after_cutoff"),
    ).filter(~pl.col("date_is_valid") | pl.col("date_is_after_cutoff"))


def _cutoff(context: Context) -> str | None:
    """The latest DCUTDTC (C98717 of SDTM CT) of TS that is a date; None where there is none."""
    found = context.package.find("TS")
    if found is None or not {"TSPARMCD", "TSVAL"} <= set(found.data.columns):
        return None
    stated = found.data.filter(pl.col("TSPARMCD") == "DCUTDTC")["TSVAL"].drop_nulls().to_list()
    return max((d for d in stated if isodate.is_valid(d)), default=None)
