"""Values over the records of a dataset, or of each group in it."""

from __future__ import annotations

from collections import Counter

import polars as pl

from interop.rules import isodate
from interop.rules.operand import Frame, kind_of
from interop.rules.operations.base import Work, plain_columns
from interop.rules.outcome import MissingColumnError
from interop.rules.regex import compiled_by_re

# What completes a partial date to its first moment, by its length.
_FIRST = "0000-01-01T00:00:00"


def distinct(work: Work) -> Frame:
    """The values of a variable: sorted, without empty ones."""
    data = work.filtered()
    name = work.column(data)
    if work.option("value_is_reference"):
        data = _existing(work, data, name)
    keys = work.group_keys(data)
    if not keys:
        return work.constant(data.select(pl.col(name).drop_nulls().unique().sort())[name].to_list())
    grouped = data.group_by(keys).agg(pl.col(name).drop_nulls().unique().sort().alias(work.operation.id))
    return work.by_group(grouped, keys)


def _existing(work: Work, data: pl.DataFrame, name: str) -> pl.DataFrame:
    """Records whose value names a variable of the dataset that their RDOMAIN names."""
    if "RDOMAIN" not in data.columns:
        raise MissingColumnError("RDOMAIN")
    present = pl.DataFrame(
        [(d.name, c) for d in work.context.package.datasets for c in d.data.columns],
        schema={"RDOMAIN": pl.String, name: pl.String},
        orient="row",
    ).unique()
    return data.join(present, on=["RDOMAIN", name], how="semi")


def record_count(work: Work) -> Frame:
    """Records, where `filter` holds; of each group, where there are groups."""
    if not work.groups:
        return work.constant(work.filtered().height)
    everything = work.source()
    keys = work.group_keys(everything)
    where = work.where(everything)
    cut = [_cut(work, everything, k) for k in keys]
    counted = pl.len() if where is None else where.fill_null(False).sum()
    count = counted.over(cut).cast(pl.Float64).alias(work.operation.id)
    if everything is work.frame.data and not work.option("group_aliases"):
        return work.series(everything.select(count).to_series())
    return work.by_group(everything.select(*keys, count).unique(), keys)


def _cut(work: Work, data: pl.DataFrame, name: str) -> pl.Expr:
    """With `regex`, a text that matches counts as the part that does: a datetime as its date."""
    pattern = work.option("regex")
    if not pattern or kind_of(data.schema[name]) != "text":
        return pl.col(name)
    first = next(iter(data[name].drop_nulls().head(1)), None)
    if first is None or not compiled_by_re(pattern).match(first):
        return pl.col(name)
    return pl.coalesce(pl.col(name).str.extract(f"({pattern})", 1), pl.col(name))


def maximum(work: Work) -> Frame:
    return _extreme(work, lambda c: c.max())


def minimum(work: Work) -> Frame:
    return _extreme(work, lambda c: c.min())


def mean(work: Work) -> Frame:
    return _extreme(work, lambda c: c.mean())


def _extreme(work: Work, of: object) -> Frame:
    data = work.filtered()
    value = of(pl.col(work.column(data)))  # type: ignore[operator]
    keys = work.group_keys(data)
    if not keys:
        return work.constant(data.select(value).item())
    return work.by_group(data.group_by(keys).agg(value.alias(work.operation.id)), keys)


def max_date(work: Work) -> Frame:
    return _date(work, last=True)


def min_date(work: Work) -> Frame:
    return _date(work, last=False)


def _date(work: Work, *, last: bool) -> Frame:
    """The latest (earliest) date as far as it is known; partial ones count from their first moment."""
    data = work.filtered()
    text = pl.col(work.column(data)).cast(pl.String)
    date = pl.when(isodate.plain(text)).then(text.str.head(19))
    moment = pl.concat_str(date, pl.lit(_FIRST).str.slice(date.str.len_chars()))
    name = work.operation.id
    known = data.with_columns(date.alias("_date"), moment.alias("_moment")).filter(
        pl.col("_date").is_not_null()
    )
    keys = work.group_keys(data)
    pick = pl.col("_date").get(pl.col("_moment").arg_max() if last else pl.col("_moment").arg_min())
    if not keys:
        found = known.select(pick.alias("_date")).item() if known.height else None
        return work.constant(found)
    return work.by_group(known.group_by(keys).agg(pick.alias(name)), keys)


def variable_value_count(work: Work) -> Frame:
    """How often each value of a variable stands in the study, once a domain."""
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    name = str(work.option("name") or "")
    for dataset in work.context.package.datasets:
        if dataset.unsplit in seen:
            continue
        seen.add(dataset.unsplit)
        data = work.context.package.whole(dataset)
        column = dataset.named(name)
        if column in plain_columns(data):
            counts.update(str(v) for v in data[column].drop_nulls().unique().to_list())
    return work.constant(dict(counts))
