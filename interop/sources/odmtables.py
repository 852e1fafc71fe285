"""The forms of sources.yaml in ODM files: which FormOID and which ItemOIDs they mean, as `Table`s."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import polars as pl
from polars import col

from interop import issues
from interop.errors import InputError
from interop.sources.mapping import Form, SourceMapping
from interop.sources.odm import Odm, read_odm
from interop.sources.odmclinical import UNIT
from interop.sources.odmfiles import odm_files
from interop.sources.odmforms import FILE, KEY_COLUMNS, OdmForm
from interop.sources.odmissues import Problems
from interop.sources.odmmeta import candidates
from interop.sources.table import LINE, Table
from interop.yamlcheck import suggest

FormTables = list[tuple[Form, Table | None]]


def odm_tables(mapping: SourceMapping, paths: Sequence[Path]) -> tuple[FormTables, pl.DataFrame]:
    """The tables of the mapping's forms, one a form and file that has rows of it, and the issues of the
    files.

    InputError where a file cannot be used, where a required form or a column is not in it, or could be
    several."""
    said = []
    if mapping.odm_xsd is not None:
        from interop.sources.odmschema import check_schema

        said = [check_schema(p, mapping.odm_xsd) for p in paths]
    odm = read_odm(paths)
    oids = [_form_oid(odm, form, mapping) for form in mapping.forms]
    problems = Problems()
    tables: FormTables = []
    for form, oid in zip(mapping.forms, oids, strict=True):
        found = [None] if oid is None else _tables(odm, form, oid, mapping, problems)
        tables += [(form, table) for table in found]
    said += [odm.issues, problems.frame(), _unused(odm, [o for o in oids if o is not None])]
    return tables, issues.concat(said)


def _form_oid(odm: Odm, form: Form, mapping: SourceMapping) -> str | None:
    """The FormOID that a form means."""
    known = list(dict.fromkeys((*odm.forms, *odm.definitions.forms)))
    found = candidates(form.name, known, odm.definitions.forms)
    if len(found) == 1:
        return found[0]
    files = ", ".join(f.path.name for f in odm.files)
    if found:
        raise InputError(
            f"the form {form.name} could be any of {', '.join(found)}",
            file=files,
            mend=f"Call it by its FormOID in {mapping.name}, line {form.line}",
        )
    if not form.required:
        return None
    raise InputError(
        f"the form {form.name} is missing",
        file=files,
        mend=f"{suggest(form.name, known, 'Its forms are')} Or write `required: false` in {mapping.name}",
    )


def _tables(odm: Odm, form: Form, oid: str, mapping: SourceMapping, problems: Problems) -> Iterator[Table]:
    found = odm.forms.get(oid)
    columns = _columns(odm, form, oid, mapping, problems)
    origin = {c: item for c, item in columns.items() if item is not None and c != item}
    items = found.items if found else ()
    taken = set(columns.values())
    columns |= {i: i for i in items if i not in taken and i not in columns}
    rows = found.rows if found else pl.DataFrame(schema={FILE: pl.UInt32, LINE: pl.Int64})
    here = rows.select(
        FILE,
        *(
            (pl.col(item).cast(pl.String) if item in rows.columns else pl.lit(None, dtype=pl.String)).alias(c)
            for c, item in columns.items()
        ),
        LINE,
    )
    for n, file in enumerate(odm.files):
        mine = here.filter(col(FILE) == n).drop(FILE)
        if mine.height or (n == 0 and here.is_empty()):
            name = f"{file.path.name}/{oid}"
            yield Table(name, file.path, mine, odm.sha256, file.encoding, origin=origin)


def _columns(
    odm: Odm, form: Form, oid: str, mapping: SourceMapping, problems: Problems
) -> dict[str, str | None]:
    """Column of the mapping ─▶ the key or item that it means; None where it was never filled in."""
    defined = odm.definitions.items_of(oid)
    with_data = odm.forms[oid].items if oid in odm.forms else ()
    known = list(dict.fromkeys((*with_data, *defined)))
    mapped = list(dict.fromkeys(_mapped(form)))
    columns: dict[str, str | None] = {}
    untold: list[str] = []
    for column in dict.fromkeys((*mapped, *form.unused, *form.identifiers)):
        item = _item(mapping.odm_columns.get(column, column), column, known, odm, oid, mapping)
        if item is not None:
            columns[column] = item
        elif column in mapped and not defined:
            # nothing says what the form has, and ODM does not send what was never filled in
            columns[column] = None
            untold.append(column)
    if untold:
        problems.add(
            odm.files[0].path.name,
            None,
            form.name,
            "NO SUCH ITEM",
            f"no item is called {', '.join(untold)}, and no MetaDataVersion tells whether it is: taken as "
            "never filled in; is it renamed?",
            severity="warning",
            kept=True,
        )
    return columns


def _mapped(form: Form) -> Iterator[str]:
    for records in form.records:
        for block in records.blocks:
            yield from records.read(block)


def _item(
    wanted: str, column: str, known: Iterable[str], odm: Odm, oid: str, mapping: SourceMapping
) -> str | None:
    if wanted in KEY_COLUMNS:
        return wanted
    files = ", ".join(f.path.name for f in odm.files)
    if wanted.startswith("@"):
        raise InputError(
            f"there is no key {wanted} in ODM ({mapping.name})",
            file=files,
            field=column,
            mend=suggest(wanted, KEY_COLUMNS, "The keys are"),
        )
    found = candidates(wanted, known, odm.definitions.items)
    if not found and wanted.endswith(UNIT):
        base = candidates(wanted.removesuffix(UNIT), known, odm.definitions.items)
        found = [f"{b}{UNIT}" for b in base]
    if len(found) > 1:
        raise InputError(
            f"{wanted} of the form {oid} could be any of {', '.join(found)}",
            file=files,
            field=column,
            mend=f"Name the ItemOID: `odm: {{columns: {{{column}: {found[0]}}}}}` in {mapping.name}",
        )
    return found[0] if found else None


def _unused(odm: Odm, read: list[str]) -> pl.DataFrame:
    left = [f.oid for f in odm.forms.values() if f.oid not in read]
    return issues.issues(
        pl.DataFrame({"_src": [f"{odm.files[0].path.name}/{o}" for o in left]}, schema={"_src": pl.String}),
        severity="warning",
        target="",
        rule="UNUSED FORM",
        message="no form of sources.yaml reads this form: add it, or leave it out of the export",
        kept=False,
    )


# --- one cell, for a trace ---------------------------------------------------------------------


def read_odm_cell(path: Path, sha256: str, name: str, line: int, column: str) -> str | None:
    """The value that a reference into an ODM file means, transactions applied; None where the files changed.

    `name` is the reference's file part (`study.xml/VS`), `column` an ItemOID or a key.
    """
    odm = _unchanged(path, sha256, _stamps(path))
    form = None if odm is None else odm.forms.get(name.partition("/")[2])
    if odm is None or form is None or column not in form.rows.columns:
        return None
    return _value(odm, form, path, line, column)


def _value(odm: Odm, form: OdmForm, path: Path, line: int, column: str) -> str | None:
    file = next(n for n, f in enumerate(odm.files) if f.path == path)
    found = form.rows.filter(col(FILE) == file, col(LINE) == line)
    value = found[column].item() if found.height == 1 else None
    return None if value is None else str(value)


def _stamps(path: Path) -> tuple[tuple[str, int, int], ...]:
    """Size and time of the ODM files of the folder, so that what was read of them is not kept when they
    change."""
    found = [(f.name, f.stat()) for f in odm_files(path.parent)]
    return tuple((name, about.st_size, about.st_mtime_ns) for name, about in found)


@lru_cache(maxsize=2)
def _unchanged(path: Path, sha256: str, _stamps: tuple[tuple[str, int, int], ...]) -> Odm | None:
    """The file alone, or with the others of its folder: whichever has this digest."""
    if not path.is_file():
        return None
    with path.open("rb") as file:
        alone = hashlib.file_digest(file, "sha256").hexdigest() == sha256
    paths = [path] if alone else odm_files(path.parent)
    if not alone and len(paths) < 2:
        return None
    try:
        odm = read_odm(paths)
    except InputError:
        return None
    return odm if odm.sha256 == sha256 else None
