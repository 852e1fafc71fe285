"""The simulated forms as CSV files, one a form, written part by part."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import polars as pl
from polars import col

from interop.simulate.catalogue import BY_NAME as DEFECTS
from interop.simulate.forms import FORMS, FormDef


class CsvFiles:
    """Open files of a folder; `add` appends the rows of some subjects to each."""

    def __init__(self, folder: Path, study: str, cp1252: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._study = study
        self._encoding = {DEFECTS["file_in_cp1252"].form: "cp1252"} if cp1252 else {}
        self._files: dict[str, IO[bytes]] = {}
        for form in FORMS:
            self._files[form.name] = (folder / f"{form.name}.csv").open("wb")
            self._files[form.name].write((",".join(form.columns) + "\n").encode())

    def add(self, form: FormDef, rows: pl.DataFrame) -> None:
        """`rows` has VISIT, where the form belongs to visits, and the cells of the form."""
        if rows.is_empty():
            return
        text = rows.select(
            pl.lit(self._study).alias("STUDYID"), *(col(c) for c in form.columns if c != "STUDYID")
        ).write_csv(include_header=False, quote_style="necessary")
        self._files[form.name].write(text.encode(self._encoding.get(form.name, "utf-8")))

    def close(self) -> None:
        for file in self._files.values():
            file.close()
