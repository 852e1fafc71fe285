"""What the makers of rows share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from interop.simulate.course import Course
from interop.simulate.draw import Draw

Cells = tuple[str | None, ...]
"""The cells of a row, in the order of the form."""
Made = Iterator[tuple[str, Cells]]
"""Rows: the visit key of simulation.yaml (empty where the form belongs to no visit) and the cells."""
Maker = Callable[[Course, Draw], Made]


def yn(value: bool) -> str:
    return "Y" if value else "N"
