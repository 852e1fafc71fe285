"""Where the forms of a source lie, and which reader reads them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from interop import issues
from interop.errors import InputError
from interop.sources.mapping import Form
from interop.sources.odmfiles import odm_files
from interop.yamlcheck import closest
from interop.yamlfile import shown

TEXT = (".csv", ".txt", ".tsv")
EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls")
SAS = (".xpt", ".sas7bdat")
SUFFIXES = (*TEXT, *EXCEL, *SAS)


def find_form(form: Form, source: Path, mapping: str) -> Path | None:
    """The file of a form in the folder `source`; None where it is absent and may be.

    The ending may be left out in the mapping, and case does not matter. InputError where the file is missing,
    or where several could be meant.
    """
    if source.is_file() and source.suffix.lower() in EXCEL:
        return source
    wanted = form.file.casefold()
    files = files_in(source)
    found = [f for f in files if f.name.casefold() == wanted]
    if not found:
        found = [f for f in files if f.stem.casefold() == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(
            f"the form {form.name} could be any of {', '.join(f.name for f in found)}",
            file=shown(source),
            mend=f"Name one with its ending: `file:` of the form {form.name} in {mapping}",
        )
    if not form.required:
        return None
    raise _missing(form, source, files, mapping)


def files_in(source: Path) -> list[Path]:
    """The files of the folder that a reader could read, by name; a workbook stands for itself."""
    if source.is_file() and source.suffix.lower() in EXCEL:
        return [source]
    if not source.exists():
        raise InputError(
            "there is no such folder", file=shown(source), mend="Give the folder of the source files"
        )
    if not source.is_dir():
        raise InputError(
            "this is neither a folder nor an Excel file",
            file=shown(source),
            mend="Give the folder that the source files lie in",
        )
    return sorted(
        f for f in source.iterdir() if f.is_file() and f.suffix.lower() in SUFFIXES and f.name[0] not in "~."
    )


def odm_source(source: Path) -> list[Path]:
    """The ODM files that `source` is: itself, or those of a folder that has no file of another kind."""
    return odm_files(source) if source.is_file() or (source.is_dir() and not files_in(source)) else []


def _missing(form: Form, source: Path, files: list[Path], mapping: str) -> InputError:
    looked = (
        form.file
        if Path(form.file).suffix.lower() in SUFFIXES
        else f"{form.file}.csv (.txt .tsv .xlsx .xpt .sas7bdat)"
    )
    names = [f.name for f in files]
    there = ", ".join(names[:12]) + (", …" if len(names) > 12 else "") if names else "no file of these kinds"
    near = closest(Path(form.file).stem, [f.stem for f in files])
    meant = next((f.name for f in files if f.stem == near), None)
    hint = f"`file: {meant}`" if meant else "`file:`"
    return InputError(
        f"the form {form.name} is missing: looked for {looked}, found {there}",
        file=shown(source),
        mend=f"Add the file, or write {hint} or `required: false` for the form {form.name} in {mapping}",
    )


def left_over(source: Path, used: Iterable[Path]) -> pl.DataFrame:
    """An issue for each file of the folder that no form reads."""
    taken = set(used)
    names = [f.name for f in (*files_in(source), *odm_files(source)) if f not in taken]
    return issues.issues(
        pl.DataFrame({"_src": names}, schema={"_src": pl.String}),
        severity="warning",
        target="",
        rule="UNUSED FILE",
        message="no form of sources.yaml reads this file: add a form, or take the file out of the folder",
        kept=False,
    )
