"""The records: canonical source-record tables, the hub between every source and every target.

One Polars frame a record type. Columns, all String: the fields of `schemas/records/<record>.schema.json` in
that order (numbers as decimal text with their digits, dates as ISO 8601 as partial as collected, codes as
their enum), then `study`, `usubjid`, `_src` (the reference of the row they are made from) and `supp.<QNAM>`
for qualifiers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from interop import issues
from interop.errors import UsageError
from interop.lineage import SRC
from interop.recordtypes import RECORDS, record_type
from interop.sources.apply import FIELDS, Made, apply
from interop.sources.find import EXCEL, find_form, left_over, odm_source
from interop.sources.mapping import Form, SourceMapping
from interop.sources.odmtables import odm_tables
from interop.sources.read import frame_table, read_form
from interop.sources.table import Table
from interop.study import Study
from interop.supp import PREFIX

if TYPE_CHECKING:
    import pandas as pd

Sources = Path | Mapping[str, "pd.DataFrame | pl.DataFrame"]
NOT_DONE = ("not-done", "NOT DONE")
"""What `status` says of what did not take place: of an event, and of a finding."""
__all__ = ["NOT_DONE", "RECORDS", "Records", "SourceFile", "columns", "empty", "load_records", "record_type"]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file (or DataFrame: `path` is None) that records were made from. `rows` counts its data rows."""

    name: str
    path: Path | None
    sha256: str
    rows: int
    encoding: str


@dataclass(frozen=True)
class Records:
    """`tables`: a frame a record type.  `fields` (file, block, record, field, column): which column a field
    came from; `column` is empty for a constant of the mapping."""

    tables: Mapping[str, pl.DataFrame]
    issues: pl.DataFrame
    fields: pl.DataFrame
    files: tuple[SourceFile, ...] = ()

    def __getitem__(self, name: str) -> pl.DataFrame:
        """The records of a type; no rows, and the same columns, where the source has none."""
        return self.tables[name] if name in self.tables else empty(name)

    def parts(self, size: int) -> Iterator[Records]:
        """The records of `size` subjects at a time, by USUBJID: what is local to a subject can be made so."""
        found = [table["usubjid"] for table in self.tables.values()]
        subjects = pl.concat(found).drop_nulls().unique().sort() if found else pl.Series([], dtype=pl.String)
        if len(subjects) <= size:
            yield self
            return
        part = {n: subjects.search_sorted(t["usubjid"]) // size for n, t in self.tables.items()}
        for number in range(-(-len(subjects) // size)):
            yield replace(self, tables={n: t.filter(part[n] == number) for n, t in self.tables.items()})


def columns(name: str) -> list[str]:
    """The columns that every frame of the record type has."""
    return [*record_type(name).fields, "study", "usubjid", SRC]


def empty(name: str) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(columns(name), pl.String))


def load_records(study: Study, mapping: SourceMapping, sources: Sources) -> Records:
    """Read the forms of `sources` (a folder, an ODM file, or DataFrames by form) and make records of them.

    InputError where a file as a whole cannot be used; what happens to single rows and values is in `issues`.
    """
    found = issues.none()
    if isinstance(sources, Path):
        odm = odm_source(sources)
        tables, found = odm_tables(mapping, odm) if odm else (_read_folder(mapping, sources), found)
    else:
        odm, tables = [], _read_frames(mapping, sources)
    made: list[Made] = []
    files: dict[str, SourceFile] = {}
    for form, table in tables:  # of a folder, a form at a time is read and let go
        if table is not None:
            made.append(apply(form, table, study, mapping))
            height = table.cells.height
            files[table.name] = SourceFile(table.name, table.path, table.sha256, height, table.encoding)
            del table
    said = [found, *(m for part in made for m in part.issues)]
    if isinstance(sources, Path) and not odm:
        said += _left_over(sources, files.values())
    return Records(
        {name: _table(name, made) for name in RECORDS},
        issues.concat(said),
        pl.DataFrame([f for part in made for f in part.fields], schema=FIELDS, orient="row"),
        tuple(files.values()),
    )


def _read_folder(mapping: SourceMapping, source: Path) -> Iterator[tuple[Form, Table | None]]:
    found = [
        (form, find_form(form, source, mapping.name)) for form in mapping.forms
    ]  # all, before any is read
    for form, path in found:
        yield form, None if path is None else read_form(path, form, mapping.name)


def _left_over(source: Path, files: Iterable[SourceFile]) -> Iterator[pl.DataFrame]:
    """What of the source no form reads."""
    files = list(files)
    paths = dict.fromkeys(f.path for f in files if f.path is not None)
    yield left_over(source, paths)
    for path in paths:
        if path.suffix.lower() in EXCEL:
            from interop.sources.excel import unread_sheets

            yield unread_sheets(path, [f.name for f in files])


def _read_frames(
    mapping: SourceMapping, sources: Mapping[str, pd.DataFrame | pl.DataFrame]
) -> list[tuple[Form, Table | None]]:
    names = [f.name for f in mapping.forms]
    unknown = [n for n in sources if n not in names]
    missing = [f.name for f in mapping.forms if f.required and f.name not in sources]
    if missing or unknown:
        said = f"the form {missing[0]} is missing" if missing else f"there is no form {unknown[0]}"
        raise UsageError(
            f"{said}: {mapping.name} has the forms {', '.join(names)}; give a DataFrame for each"
        )
    return [(f, frame_table(sources[f.name], f.name) if f.name in sources else None) for f in mapping.forms]


def _table(name: str, made: Iterable[Made]) -> pl.DataFrame:
    frames = [frame for part in made for frame in part.frames.get(name, ())]
    whole = pl.concat([empty(name), *frames], how="diagonal")
    return whole.select(*columns(name), *sorted(c for c in whole.columns if c.startswith(PREFIX)))
