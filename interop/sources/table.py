"""A form as it was read: every cell as text, every row with the line where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
from polars import col

from interop import issues
from interop.errors import InputError

LINE = "_line"


@dataclass(frozen=True)
class Table:
    """Cells of one form. `name` is what references and errors call it (`EX.csv`, `book.xlsx/EX`).

    `cells`: all columns String, then `_line`, the number of the row in its file (the header is line 1).
    `path` is None for a DataFrame.
    """

    name: str
    path: Path | None
    cells: pl.DataFrame
    sha256: str
    encoding: str = ""
    issues: pl.DataFrame = field(default_factory=issues.none)
    origin: Mapping[str, str] = field(default_factory=dict)  # what a column is called in the file, if not so

    @property
    def columns(self) -> list[str]:
        return [c for c in self.cells.columns if c != LINE]


def table_of(
    name: str,
    header: Sequence[str],
    columns: Sequence[Sequence[str | None]] | Sequence[pl.Series],
    lines: Sequence[int],
) -> pl.DataFrame:
    """The cells of a form. InputError where the header does not name each column once."""
    header = [h.strip() for h in header]
    series = [pl.Series(str(n), c, dtype=pl.String) for n, c in enumerate(columns)]
    kept: dict[str, pl.Series] = {}
    for n, (title, values) in enumerate(zip(header, series, strict=True)):
        if title == "" and (values.is_null() | (values.str.strip_chars() == "")).all():
            continue  # spreadsheets end their lines with separators
        if title == "":
            raise InputError(
                f"column {n + 1} has values and no name", file=name, line=1, mend="Name it in the first line"
            )
        if title in kept:
            # A first line that is no header may hold a person's data: the name is not shown.
            first = header.index(title) + 1
            raise InputError(
                f"columns {first} and {n + 1} have the same name",
                file=name,
                line=1,
                mend="Rename or remove one of them",
            )
        kept[title] = values.alias(title)
    return pl.DataFrame([*kept.values(), pl.Series(LINE, lines, dtype=pl.Int64)])


def trimmed(cells: pl.DataFrame, missing: Sequence[str]) -> pl.DataFrame:
    """Cells without the blanks around them; null where they are blank or say that there is no value."""
    texts = [c for c in cells.columns if c != LINE]
    text = col(texts).str.strip_chars()
    return cells.with_columns(pl.when(text.is_in(["", *missing])).then(None).otherwise(text).name.keep())
