"""Sources: one reader a format, and how the rows of a form become records."""

from __future__ import annotations

from pathlib import Path


def read_cell(path: Path, sha256: str, line: int, column: str, *, name: str = "") -> str | None:
    """A cell as it stands in a source file; None where the file is gone or no longer the one that was read.

    `line` and `column` are those of a source reference; `name` is its file part, which names the sheet of an
    Excel file (`book.xlsx/DM`).
    """
    from interop.sources.cell import read_cell as read

    return read(path, sha256, line, column, name=name)
