"""Defects of the catalogue, planted in clean rows.

A row has one defect at most, so each can be told apart; which rows are hit is a hash of seed, defect, subject
and row.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from zlib import crc32

import numpy as np
import polars as pl
from polars import col

from interop.simulate.catalogue import CATALOGUE, Defect
from interop.simulate.draw import shares

_ID = ["_n", "_k", "_copy"]
PLANTED: Mapping[str, type[pl.DataType]] = MappingProxyType(
    {
        "defect": pl.String,
        "form": pl.String,
        "_n": pl.UInt32,
        "_k": pl.UInt32,
        "_copy": pl.UInt32,
        "subject": pl.String,
        "event": pl.String,
        "field": pl.String,
        "before": pl.String,
        "after": pl.String,
    }
)


def plant(
    frames: Mapping[str, pl.DataFrame], seed: int, rate: Mapping[str, float]
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The forms with their defects, and what was planted (PLANTED).

    A frame has `_n` (number of the subject), `_event`, SITEID, SUBJID and the cells; `_k`, the row within the
    subject and form, and `_copy` are added and tell each row of the result.
    """
    made, planted = {}, [pl.DataFrame(schema=PLANTED)]
    for form, frame in frames.items():
        rows = frame.with_columns(
            _k=pl.int_range(pl.len(), dtype=pl.UInt32).over("_n"),
            _copy=pl.lit(0, pl.UInt32),
            _hit=pl.lit(False),
        )
        for defect in CATALOGUE:
            if defect.form == form and rate[defect.name] > 0 and defect.kind in ("cell", "copy", "drop"):
                rows, found = _plant(rows, defect, seed, rate[defect.name])
                planted.append(found)
        made[form] = rows.drop("_hit").sort(_ID)
    return made, pl.concat(planted)


def _plant(rows: pl.DataFrame, defect: Defect, seed: int, rate: float) -> tuple[pl.DataFrame, pl.DataFrame]:
    what = crc32(defect.name.encode())
    # of every row, so that what other defects hit decides nothing here
    share = shares(
        seed, what, rows["_n"].to_numpy().astype(np.uint64), rows["_k"].to_numpy().astype(np.uint64)
    )
    chosen = rows.select((pl.Series(share) < rate) & defect.where.fill_null(False) & ~col("_hit")).to_series()
    if not chosen.any():
        return rows, pl.DataFrame(schema=PLANTED)
    if defect.kind == "drop":
        return rows.filter(~chosen), _told(rows.filter(chosen), defect, "the row", None)
    before = rows.filter(chosen)[defect.field] if defect.field else None
    changed = rows.filter(chosen).with_columns(value.alias(name) for name, value in defect.becomes.items())
    if defect.kind == "copy":
        copies = changed.with_columns(_copy=pl.lit(1, pl.UInt32), _hit=pl.lit(True))
        rows = pl.concat([rows.with_columns(_hit=col("_hit") | chosen), copies])
        return rows, _told(copies, defect, before, copies[defect.field] if defect.field else "the row again")
    rows = pl.concat([rows.filter(~chosen), changed.with_columns(_hit=pl.lit(True))]).sort(_ID)
    return rows, _told(changed, defect, before, changed[defect.field])


def _told(
    rows: pl.DataFrame, defect: Defect, before: pl.Series | str | None, after: pl.Series | str | None
) -> pl.DataFrame:
    def text(value: pl.Series | str | None) -> pl.Series | pl.Expr:
        return value if isinstance(value, pl.Series) else pl.lit(value, pl.String)

    return rows.select(
        pl.lit(defect.name).alias("defect"),
        pl.lit(defect.form).alias("form"),
        *_ID,
        # what the source says, a slip included
        col("SUBJID").alias("subject"),
        col("_event").alias("event"),
        pl.lit(defect.field).alias("field"),
        text(before).alias("before"),
        text(after).alias("after"),
    ).cast(dict(PLANTED))  # type: ignore[arg-type]
