"""Write a report in the format that the file's suffix names: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from interop.errors import UsageError

if TYPE_CHECKING:
    from interop.rules.report.model import Report

SUFFIXES = (".json", ".csv", ".xlsx", ".html")


def check_path(path: Path) -> None:
    """Raise UsageError where no report can be written to `path`: ask before the work is done."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path}: a report is written as one of {', '.join(SUFFIXES)}; name such a file")
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file for the report")


def write_report(report: Report, path: Path) -> None:
    """Write `report` to `path` as its suffix says: .json, .csv, .xlsx or .html. What was there is replaced.

    The same report gives the same bytes. Raises UsageError where the suffix is another or the place cannot be
    written to.
    """
    check_path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        made = Path(name)
        try:
            _write(report, made, path.suffix.lower())
            made.chmod(0o644)
            made.replace(path)
        finally:
            made.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from None


def _write(report: Report, path: Path, suffix: str) -> None:
    """Each format loads what it needs, and only that."""
    if suffix == ".json":
        from interop.rules.report.jsonfile import write_json

        write_json(report, path)
    elif suffix == ".csv":
        from interop.rules.report.csvfile import write_csv

        write_csv(report, path)
    elif suffix == ".xlsx":
        from interop.rules.report.xlsxfile import write_xlsx

        write_xlsx(report, path)
    else:
        from interop.rules.report.htmlfile import write_html

        write_html(report, path)
