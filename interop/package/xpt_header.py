"""The header of a SAS XPORT v5 file: 80-byte records, then one 140-byte NAMESTR a variable.

Source: SAS Institute, "The Record Layout of a Data Set in SAS Transport (XPORT) Format" (TS-140).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from mmap import ACCESS_READ, mmap
from pathlib import Path

from interop.errors import InputError

RECORD, NAMESTR = 80, 140
LIBRARY = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"
LIBRARY_V8 = b"HEADER RECORD*******LIBV8   HEADER RECORD!!!!!!!"
MEMBER = b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!"
NAMESTRS = b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!"
OBS = b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!"
FIRST_NAMESTR = 640
# Created and modified, of the library and of its one member.
STAMPS = (144, 160, 464, 480)
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


@dataclass(frozen=True, slots=True)
class Header:
    """Where the data starts, how long a row is, and how many rows the file holds."""

    data_start: int
    row_length: int
    rows: int
    num_lengths: tuple[int, ...]


def padded(size: int) -> int:
    """`size` rounded up to whole records."""
    return -(-size // RECORD) * RECORD


def data_start(variables: int) -> int:
    return FIRST_NAMESTR + padded(NAMESTR * variables) + RECORD


def read_header(path: Path) -> Header:
    """Read and check the layout.

    Raises InputError where the file is no XPT v5, holds two datasets or was cut.
    """
    if not path.stat().st_size:
        raise InputError("the file is empty", file=path, mend="Copy it again, whole.")
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return _header(path, content)


def _header(path: Path, content: mmap) -> Header:
    if content[: len(LIBRARY_V8)] == LIBRARY_V8:
        raise InputError("this is XPT version 8, not 5", file=path, mend="Export it as version 5.")
    if content[: len(LIBRARY)] != LIBRARY:
        raise InputError("this is not an XPT file", file=path, mend="Check the file and its name.")
    record = content[FIRST_NAMESTR - RECORD : FIRST_NAMESTR]
    if not record.startswith(NAMESTRS) or len(record) < RECORD:
        raise _cut(path)
    if not record[54:58].strip().isdigit():
        raise _cut(path)
    variables = int(record[54:58])
    start = data_start(variables)
    if not content[start - RECORD : start].startswith(OBS):
        raise _cut(path)
    if _second_member(content, start):
        raise InputError("the file holds more than one dataset", file=path, mend="Split it.")
    types = [struct.unpack_from(">hhh", content, FIRST_NAMESTR + NAMESTR * i) for i in range(variables)]
    row_length = sum(length for _, _, length in types)
    rows = _count_rows(path, content, start, row_length)
    return Header(start, row_length, rows, tuple(n for kind, _, n in types if kind == 1))


def _count_rows(path: Path, content: mmap, start: int, row_length: int) -> int:
    size = len(content) - start
    rows, rest = divmod(size, row_length) if row_length else (0, 0)
    # The last record is filled with blanks. Anything else after the last whole row is half a row.
    if size % RECORD or rest >= RECORD or content[len(content) - rest :].strip(b" "):
        raise _cut(path)
    # Rows shorter than a record fit into that filling: what is blank and could be filling is.
    while rows and padded(row_length * (rows - 1)) == size and _blank(content, start, row_length, rows):
        rows -= 1
    return rows


def _blank(content: mmap, start: int, row_length: int, row: int) -> bool:
    return not content[start + row_length * (row - 1) : start + row_length * row].strip(b" ")


def _second_member(content: mmap, start: int) -> bool:
    at = content.find(MEMBER, start)
    while at >= 0 and at % RECORD:
        at = content.find(MEMBER, at + 1)
    return at >= 0


def _cut(path: Path) -> InputError:
    return InputError("the XPT file is cut short or damaged", file=path, mend="Copy it again, whole.")


def stamp(moment: datetime) -> bytes:
    """The 16 bytes of a header date, such as 21AUG20:09:14:25 (two-digit years are SAS's)."""
    month = _MONTHS[moment.month - 1]
    return f"{moment:%d}{month}{moment:%y:%H:%M:%S}".encode("ascii")
