"""Texts of an XPT file that pyreadstat does not read as they are: not in UTF-8, or with a NUL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from interop.package.texts import meant, mended, told
from interop.package.xpt_header import Header

ROWS = 50_000  # looked at at a time


def mend(data: pl.DataFrame, meta: Any) -> tuple[pl.DataFrame, str]:
    """Values and labels that were read as latin-1, each in its own encoding, and a note on what was cp1252.

    Changes the labels in `meta`. Raises UnicodeDecodeError where a text is neither UTF-8 nor cp1252.
    """
    data, other = mended(data)
    places = [told(other)] if other else []
    for name, label in meta.column_names_to_labels.items():
        meta.column_names_to_labels[name], is_utf8 = meant(label or "")
        places += [] if is_utf8 else [f"the label of {name}"]
    meta.file_label, is_utf8 = meant(meta.file_label or "")
    places += [] if is_utf8 else ["the label of the dataset"]
    return data, f"The text is not UTF-8 and was read as cp1252: {', '.join(places)}."


def cut_at_nul(path: Path, header: Header, meta: Any) -> list[str]:
    """A note on texts that go on after a NUL byte, of which only the part before it is read."""
    widths = [(n, meta.variable_storage_width[n], meta.readstat_variable_types[n]) for n in meta.column_names]
    if not header.rows or sum(w for _, w, _ in widths) != header.row_length:
        return []
    rows = np.memmap(path, np.uint8, "r", header.data_start, (header.rows, header.row_length))
    found: dict[str, list[int]] = {}
    for start in range(0, header.rows, ROWS):
        part, at = rows[start : start + ROWS], 0
        for name, width, kind in widths:
            texts, at = part[:, at : at + width], at + width
            if kind != "string" or not (hit := np.flatnonzero((texts == 0).any(axis=1))).size:
                continue
            cut = [start + int(n) + 1 for n in hit if texts[n].tobytes().partition(b"\0")[2].strip(b" \0")]
            if cut:
                found.setdefault(name, []).extend(cut)
    return [f"A text ends at its NUL byte, though it goes on: {told(found)}."] if found else []
