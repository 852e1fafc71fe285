"""Match Datasets: other datasets joined to the one under test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from interop.rules.context import Context
from interop.rules.data import DataSet
from interop.rules.language import Match, Rule
from interop.rules.match.relrec import joined_by_relrec
from interop.rules.match.supp import with_parents, with_qualifiers
from interop.rules.operand import Frame, kind_of, number_text
from interop.rules.outcome import MissingColumnError, NotExecutableError

MAX_CELLS = 100_000_000
"""Records times variables that a join may make: about 3 GB."""


def merged(rule: Rule, frame: Frame, dataset: DataSet, context: Context) -> Frame:
    """The frame with every dataset that the rule names and the study has."""
    said = frozenset(
        v for c in rule.conditions() for v in (c.target, c.value) if isinstance(v, str) and "." in v
    )
    key = id(frame), rule.matches, said
    before, joined = context.joined.get(key, (None, None))
    if joined is None or before is not frame:
        joined = replace(frame, data=_all_joined(rule, frame.data, said, dataset, context))
        context.joined[key] = frame, joined
    return joined


def _all_joined(
    rule: Rule, data: pl.DataFrame, said: frozenset[str], dataset: DataSet, context: Context
) -> pl.DataFrame:
    done: set[str] = set()
    for match in rule.matches:
        for other in _others(match, dataset, context):
            key = other.domain or other.name
            if key in done:
                continue
            done.add(key)
            right = _named_apart(context.package.bare(other), match.name, said)
            if match.child:
                data = _to_parent(data, right, match, dataset, other)
            elif match.name == "RELREC":
                data = joined_by_relrec(data, right, match, dataset, context)
            elif match.name.startswith(("SUPP", "SQ")):
                data = with_qualifiers(data, right)
            else:
                data = _joined(data, right, match, dataset, match.name)
    return data


def _others(match: Match, dataset: DataSet, context: Context) -> list[DataSet]:
    everything = context.package.datasets
    if match.child:
        return _parents(match, dataset, context)
    if match.name == dataset.unsplit:
        return []
    own = dataset.domain or dataset.name
    return [
        d
        for d in everything
        if match.name in (d.domain, d.name, d.unsplit)
        or (match.name == "SUPP--" and not dataset.is_supp and d.is_supp and d.rdomain == own)
    ]


def _parents(match: Match, dataset: DataSet, context: Context) -> list[DataSet]:
    """The datasets that records of a SUPP--, CO or RELREC point to."""
    if match.name[:4] in ("SUPP", "SQAP") and dataset.is_supp:
        if match.name not in ("SUPP--", dataset.name):
            return []
        return [d for d in context.package.datasets if d.domain and d.domain == dataset.rdomain]
    if match.name not in (dataset.domain, dataset.name):
        return []
    if "RDOMAIN" in dataset.data.columns:
        named = set(dataset.data["RDOMAIN"].unique().drop_nulls().to_list())
        return [d for d in context.package.datasets if d.domain in named]
    left = [k[0] for k in match.keys]
    return [d for d in context.package.datasets if all(k in d.data.columns for k in left)]


def _named_apart(right: pl.DataFrame, name: str, said: frozenset[str]) -> pl.DataFrame:
    """Variables that the rule writes as `DM.X` are called so."""
    apart = {c: f"{name}.{c}" for c in right.columns if f"{name}.{c}" in said} if said else {}
    return right.rename(apart) if apart else right


def _to_parent(
    data: pl.DataFrame, right: pl.DataFrame, match: Match, dataset: DataSet, other: DataSet
) -> pl.DataFrame:
    by_idvar = {"IDVAR", "IDVARVAL"} & {k[0] for k in match.keys}
    if by_idvar and "RDOMAIN" in data.columns:
        keys = [k for k in match.keys if k[0] not in ("IDVAR", "IDVARVAL")]
        return with_parents(data, right, keys, other.domain or "", all_rows=dataset.is_supp)
    return _joined(data, right, replace(match, left_join=True), dataset, other.domain or other.name)


def _joined(
    data: pl.DataFrame, right: pl.DataFrame, match: Match, dataset: DataSet, name: str
) -> pl.DataFrame:
    left_on = [k[0].replace("--", dataset.domain or "") for k in match.keys]
    right_on = [k[1].replace("--", name) for k in match.keys]
    for key, frame in [*((k, data) for k in left_on), *((k, right) for k in right_on)]:
        if key not in frame.columns:
            raise MissingColumnError(key)
    if not left_on:
        raise NotExecutableError(f"Match Datasets names no keys for {match.name}")
    left_keys, right_keys = _comparable(data, left_on), _comparable(right, right_on)
    names = [f"_k{n}" for n in range(len(left_on))]
    left = data.select(k.alias(n) for k, n in zip(left_keys, names, strict=True))
    other = right.select(k.alias(n) for k, n in zip(right_keys, names, strict=True))
    same = [r for left, r in zip(left_on, right_on, strict=True) if left == r]
    kept = right.select(
        pl.col(c).alias(f"{c}.{name}" if c in data.columns else c) for c in right.columns if c not in same
    )
    if other.height <= left.height and not other.is_duplicated().any():
        return _looked_up(data, kept, left, other, all_rows=match.left_join)
    _refuse_explosion(left, other, data.width + kept.width, match)
    return (
        data.hstack(left)
        .join(
            kept.hstack(other),
            on=names,
            how="left" if match.left_join else "inner",
            nulls_equal=True,
            maintain_order="left_right",
        )
        .drop(names)
    )


def _refuse_explosion(left: pl.DataFrame, right: pl.DataFrame, width: int, match: Match) -> None:
    """Keys that few records differ in pair each with each: said before the memory is gone."""
    names = left.columns
    counts = left.group_by(names).len("_l").join(right.group_by(names).len("_r"), names, nulls_equal=True)
    rows = int(counts.select((pl.col("_l").cast(pl.Int64) * pl.col("_r").cast(pl.Int64)).sum()).item())
    if rows * width > MAX_CELLS:
        keys = ", ".join(k[0] for k in match.keys)
        raise NotExecutableError(
            f"joining {match.name} by {keys} would make {rows:,} records of {width} variables"
        )


def _looked_up(
    data: pl.DataFrame,
    right: pl.DataFrame,
    left_keys: pl.DataFrame,
    right_keys: pl.DataFrame,
    *,
    all_rows: bool,
) -> pl.DataFrame:
    """The join where no key comes twice on the right: the columns of `data` stay as they are."""
    at = left_keys.join(
        right_keys.with_row_index("_at"),
        on=left_keys.columns,
        how="left",
        nulls_equal=True,
        maintain_order="left",
    )["_at"]
    if not all_rows and at.null_count():
        data, at = data.filter(at.is_not_null()), at.drop_nulls()
    return data.hstack(right.select(pl.all().gather(at)))


def _comparable(data: pl.DataFrame, names: Sequence[str]) -> list[pl.Expr]:
    """Keys as text, so that a number and the text of it meet."""
    return [
        number_text(pl.col(n)) if kind_of(data.schema[n]) == "number" else pl.col(n).cast(pl.String)
        for n in names
    ]
