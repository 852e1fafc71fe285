"""The rows of a SAS XPORT v5 file: fixed widths, text filled up with blanks, numbers in the IBM form.

Source: SAS Institute, "The Record Layout of a Data Set in SAS Transport (XPORT) Format" (TS-140). A column
at a time, some rows at a time, so that neither a row nor a value becomes a Python object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from interop.package.table import SAS_EPOCH_DAYS, SAS_EPOCH_SECONDS, Column, Table

CHUNK = 50_000  # rows encoded at a time
MISSING = b"." + bytes(7)
Bytes = npt.NDArray[np.uint8]


def encoded(table: Table, widths: Mapping[str, int]) -> Iterator[bytes]:
    """The rows of `table`, some at a time. `widths`: bytes of each text, which no value exceeds."""
    length = sum(widths.get(c.name, 8) for c in table.columns)
    for rows in table.data.iter_slices(CHUNK):
        values = rows.select(sas_value(c) for c in table.columns)
        record = np.full((rows.height, length), ord(" "), dtype=np.uint8)
        at = 0
        for column in table.columns:
            width = widths.get(column.name, 8)
            series = values[column.name]
            if not column.is_text:
                record[:, at : at + width] = ibm(series)
            elif series.null_count() < rows.height:
                record[:, at : at + width] = _padded(series, width)
            at += width
        yield record.tobytes()


def sas_value(column: Column) -> pl.Expr:
    """Char and Num as SAS has them: dates and times are numbers."""
    value = pl.col(column.name)
    if column.is_text:
        return value
    if column.data_type == "date":
        return value.cast(pl.Int32).cast(pl.Float64) + SAS_EPOCH_DAYS
    if column.data_type == "datetime":
        return value.dt.epoch("us").cast(pl.Float64) / 1e6 + SAS_EPOCH_SECONDS
    if column.data_type == "time":
        return value.cast(pl.Int64).cast(pl.Float64) / 1e9
    return value.cast(pl.Float64)


def _padded(texts: pl.Series, width: int) -> Bytes:
    """rows × `width`: the UTF-8 of each text, then blanks."""
    from pyarrow import compute

    arrow = texts.fill_null("").to_arrow(compat_level=pl.CompatLevel.oldest())
    # Arrow's ascii_rpad counts bytes, which is what a length of SAS is.
    whole: Any = compute.ascii_rpad(arrow, width=width, padding=" ")
    return np.frombuffer(whole.buffers()[2], np.uint8, len(texts) * width).reshape(len(texts), width)


def ibm(numbers: pl.Series) -> Bytes:
    """rows × 8: sign, exponent to the base 16 (+ 64), fraction of 56 bits, big-endian; a null is SAS's `.`.

    The numbers are in IBM's range (`check_limits`). It is exact: a double has 53 bits, the first digit to the
    base 16 loses three at most.
    """
    values = numbers.fill_null(0.0).to_numpy()
    fraction, exponent = np.frexp(np.abs(values))  # value = fraction × 2^exponent, fraction in [0.5, 1)
    digits = -(-exponent // 4)
    bits = np.ldexp(fraction, 53).astype(np.uint64) << (3 + exponent - 4 * digits).astype(np.uint64)
    whole = bits | ((digits + 64).astype(np.uint64) << np.uint64(56))
    whole |= np.signbit(values).astype(np.uint64) << np.uint64(63)
    whole[values == 0] = 0
    made: Bytes = whole.astype(">u8").view(np.uint8).reshape(-1, 8)
    made[numbers.is_null().to_numpy()] = np.frombuffer(MISSING, np.uint8)
    return made
