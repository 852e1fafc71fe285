"""Text that is not all UTF-8: each value, or line, in the encoding that it is in, and which were not UTF-8.

One letter of cp1252 must not turn the UTF-8 of all others into `Ã¼`, so a file is not decoded as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

SHOWN = 5
NEITHER = "the text is neither UTF-8 nor cp1252"


def meant(text: str) -> tuple[str, bool]:
    """A text that was read as latin-1, decoded as UTF-8, else as cp1252; and whether it was UTF-8.

    Raises UnicodeDecodeError where it is neither.
    """
    raw = text.encode("latin-1")
    try:
        return raw.decode("utf-8"), True
    except UnicodeDecodeError:
        return raw.decode("cp1252"), False


def mended(data: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, list[int]]]:
    """`data` read as latin-1, its texts as they are meant; by variable the records (from 1) that are cp1252.

    Raises UnicodeDecodeError where a text is neither UTF-8 nor cp1252; its reason names variable and record.
    """
    other: dict[str, list[int]] = {}
    columns = []
    for name, dtype in data.schema.items():
        column = data[name]
        if dtype != pl.String or not column.str.contains(r"[^\x00-\x7F]").any():
            columns.append(column)
            continue
        table: dict[str, str] = {}
        foreign = []
        for text in column.filter(column.str.contains(r"[^\x00-\x7F]")).unique().to_list():
            try:
                table[text], is_utf8 = meant(text)
            except UnicodeDecodeError as error:
                record = int((column == text).arg_max() or 0) + 1
                error.reason = f"{name} of record {record}"
                raise
            foreign += [] if is_utf8 else [text]
        columns.append(column.replace(table))
        if foreign:
            other[name] = (column.is_in(foreign).fill_null(False).arg_true() + 1).to_list()
    return pl.DataFrame(columns), other


def decoded(content: bytes) -> tuple[str, list[int]]:
    """The text of a file, and the lines (from 1) that are cp1252 instead of UTF-8.

    Raises UnicodeDecodeError where a line is neither; its reason names the line.
    """
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        pass
    lines, other = [], []
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            text, is_utf8 = meant(line.decode("latin-1"))
        except UnicodeDecodeError as error:
            error.reason = f"line {number}"
            raise
        lines.append(text)
        other += [] if is_utf8 else [number]
    return "\n".join(lines), other


def told(records: Mapping[str, Sequence[int]]) -> str:
    """`AETERM of record 3, CMTRT of records 1, 2 and 12 more`."""
    return ", ".join(f"{name} of {_numbered('record', found)}" for name, found in records.items())


def told_lines(lines: Sequence[int]) -> str:
    """`line 3`, `lines 1, 2 and 12 more`."""
    return _numbered("line", lines)


def _numbered(what: str, found: Sequence[int]) -> str:
    if len(found) == 1:
        return f"{what} {found[0]:,}"
    shown = [f"{n:,}" for n in found[:SHOWN]]
    last = f"{len(found) - SHOWN:,} more" if len(found) > SHOWN else shown.pop()
    return f"{what}s {', '.join(shown)} and {last}"
