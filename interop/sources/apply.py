"""Rows of a form to records, by its mapping. Every row ends in a record or in an issue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl
from polars import col

from interop import issues
from interop.errors import InputError
from interop.recordtypes import record_type
from interop.sources.convert import convert
from interop.sources.mapping import Form, RecordMap, SourceMapping
from interop.sources.mappingcheck import filled
from interop.sources.table import LINE, Table, trimmed
from interop.study import Study
from interop.yamlcheck import suggest

FIELDS = {"file": pl.String, "block": pl.String, "record": pl.String, "field": pl.String, "column": pl.String}


@dataclass
class Made:
    """What came of a form: frames by record type, issues, and which column each field came from."""

    frames: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    issues: list[pl.DataFrame] = field(default_factory=list)
    fields: list[tuple[str, str, str, str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Part:
    """One block of one record mapping; `tag` tells its records from others of the same row and type."""

    records: RecordMap
    block: str
    tag: str

    def source(self, src: pl.Expr) -> pl.Expr:
        return src + pl.lit(f":{self.tag}") if self.tag else src


def apply(form: Form, table: Table, study: Study, mapping: SourceMapping) -> Made:
    """The records that `form` makes of `table`. InputError where a column that it needs is absent."""
    made = Made(issues=[table.issues])
    cells = table.cells.drop([c for c in form.identifiers if c in table.columns])
    parts = list(_parts(form))
    _check_columns(form, table, parts, mapping)
    made.issues += _unmapped(form, table, parts)
    rows = trimmed(cells, form.missing).with_columns(_src=pl.format("{}#{}", pl.lit(table.name), LINE))
    filled_in = ~pl.all_horizontal(col(c for c in table.columns if c in rows.columns).is_null())
    made.issues.append(_blank(rows.filter(~filled_in), form))
    rows = rows.filter(filled_in).with_columns(_row=pl.int_range(pl.len()))
    explained = pl.Series([False]).new_from_index(0, rows.height)
    for part in parts:
        mine = _chosen(part, rows.columns)
        chosen = rows.filter(mine)
        made.issues.append(_half_filled(rows.filter(~mine), part))
        frame, said = _records(chosen.with_columns(part.source(col("_src")).alias("_src")), part, study)
        made.frames.setdefault(part.records.record, []).append(frame)
        made.issues += said
        made.fields += _origins(table, part, study, rows.columns)
        explained = explained | rows["_row"].is_in(chosen["_row"].implode())
    made.issues.append(_left_out(rows.filter(~explained), form))
    return made


def _parts(form: Form) -> Iterator[_Part]:
    taken: dict[tuple[str, str], int] = {}
    for records in form.records:
        for block in records.blocks:
            number = taken.setdefault((records.record, block), 0) + 1
            taken[records.record, block] = number
            again = str(number) if number > 1 else ""
            yield _Part(records, block, ".".join(filter(None, (block, again))))


def _chosen(part: _Part, present: list[str]) -> pl.Expr:
    """Whether a row makes a record of this block."""
    chosen = pl.lit(True)
    for column, values in part.records.when.items():
        text = col(filled(column, part.block)).str.to_lowercase()
        chosen = chosen & text.is_in([v.strip().lower() for v in values]).fill_null(False)
    if part.records.when_any:
        asked = [filled(c, part.block) for c in part.records.when_any]
        chosen = chosen & pl.any_horizontal(col(c).is_not_null() for c in asked if c in present)
    return chosen


def _check_columns(form: Form, table: Table, parts: list[_Part], mapping: SourceMapping) -> None:
    present = [c for c in table.columns if c not in form.identifiers]
    if not any(c in present for part in parts for c in part.records.read(part.block)):
        # What stands there may be a person's data, so nothing of it is shown.
        raise InputError(
            f"none of the columns that {mapping.name} names for the form {form.name} is there",
            file=table.name,
            line=1,
            mend="Check that the first line names the columns, and that it is the right file",
        )
    for part in parts:
        asked = [(c, part.records.line, "") for c in (*part.records.when, *_needed(part, present))]
        for f in part.records.cells:
            asked += [(c, f.line, f.name) for c in (f.column, f.time) if c is not None and not f.optional]
        for template, line, name in asked:
            column = filled(template, part.block)
            if column not in present:
                read = (
                    f"which {part.records.record}.{name} is read from" if name else "which a condition reads"
                )
                raise InputError(
                    f"there is no column {column}, {read} ({mapping.name}, line {line})",
                    file=table.name,
                    line=1,
                    field=column,
                    mend=_mend(name) + suggest(column, present, "The columns are"),
                )


def _needed(part: _Part, present: list[str]) -> list[str]:
    """The columns of `when_any` that must be there: those of optional fields may be absent, but not all."""
    optional = {f.column for f in part.records.cells if f.optional}
    asked = part.records.when_any
    if not any(filled(c, part.block) in present for c in asked):
        return list(asked)
    return [c for c in asked if c not in optional]


def _mend(name: str) -> str:
    return f"Correct the mapping{', or write `optional: true` there' if name else ''}. "


def _unmapped(form: Form, table: Table, parts: list[_Part]) -> Iterator[pl.DataFrame]:
    """An issue for each column that leaves the path here without a word in the mapping."""
    read = {c for part in parts for c in part.records.read(part.block)}
    for column in table.columns:
        if column in read or column in form.unused or column in form.identifiers:
            continue
        empty = table.cells[column].str.strip_chars().replace("", None).is_null().all()
        yield issues.issues(
            pl.DataFrame({"_src": [table.name]}),
            severity="info" if empty else "warning",
            target=form.name,
            variable=column,
            rule="UNMAPPED COLUMN",
            message=f"{'it has no value and ' if empty else ''}no record reads the column: map it, or give "
            f"the reason under `unused` of the form {form.name} in sources.yaml",
        )
    for column in form.identifiers:
        if column not in table.columns:
            yield issues.issues(
                pl.DataFrame({"_src": [table.name]}),
                severity="info",
                target=form.name,
                variable=column,
                rule="NO SUCH IDENTIFIER",
                message="the form has no such column, which `identifiers` drops: is it renamed?",
            )


def _records(rows: pl.DataFrame, part: _Part, study: Study) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    """Records of the chosen rows (fields, study, usubjid, _src, supp.*), and their issues."""
    kind = record_type(part.records.record)
    said: list[pl.DataFrame] = []
    values: dict[str, pl.Series] = {}
    for f in part.records.cells:
        values[f.name], found = convert(rows, f, part.block, kind.name)
        said += found
    absent = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    frame = pl.DataFrame(
        [
            *(values.get(name, absent).alias(name) for name in kind.fields),
            pl.repeat(study.id, rows.height, dtype=pl.String, eager=True).alias("study"),
        ]
    )
    frame = frame.with_columns(usubjid=identity(study.usubjid)).with_columns(
        rows["_src"], *(values[f.name] for _, f in part.records.qualifiers)
    )
    lost = pl.lit(False)
    for name in kind.required:
        said.append(_set_aside(frame.filter(col(name).is_null()), kind.name, name, "REQUIRED", "is required"))
        lost = lost | col(name).is_null()
    for name in re.findall(r"{(\w+)}", study.usubjid):
        if name not in kind.required:
            why = "is part of the subject's identity"
            said.append(_set_aside(frame.filter(col(name).is_null()), kind.name, name, "IDENTITY", why))
            lost = lost | col(name).is_null()
    return frame.filter(~lost), said


def _set_aside(rows: pl.DataFrame, record: str, name: str, rule: str, why: str) -> pl.DataFrame:
    return issues.issues(
        rows,
        severity="error",
        target=record,
        variable=name,
        rule=rule,
        message=f"{name} {why} and has no value: the record is left out; fill it in at the source",
        kept=False,
    )


def identity(template: str) -> pl.Expr:
    """The template over `site` and `subject`, filled in for each row; null where a part is."""
    pieces = re.split(r"{(\w+)}", template)  # text, field, text, field, …, text
    return pl.concat_str(col(p) if n % 2 else pl.lit(p) for n, p in enumerate(pieces) if n % 2 or p)


def _half_filled(rows: pl.DataFrame, part: _Part) -> pl.DataFrame:
    """Blocks that make no record and yet have values of their own (a unit or a date without a result)."""
    if not part.records.repeat or not part.records.when_any:
        return issues.none()
    mine = [
        c
        for f in part.records.cells
        for template, c in zip((t for t in (f.column, f.time) if t), f.columns(part.block), strict=True)
        if "{}" in template and c in rows.columns
    ]
    asked = [filled(c, part.block) for c in part.records.when_any]
    mine = [c for c in dict.fromkeys(mine) if c not in asked]
    if not mine:
        return issues.none()
    return issues.issues(
        rows.filter(pl.any_horizontal(col(c).is_not_null() for c in mine)),
        severity="info",
        target=part.records.record,
        variable=part.block,
        rule="BLOCK WITHOUT RESULT",
        message=f"a value in {' or '.join(mine)} but none in {', '.join(asked)}: no record is made",
        kept=False,
    )


def _left_out(rows: pl.DataFrame, form: Form) -> pl.DataFrame:
    """The rows that no record mapping of the form took, with the reason that it gives."""
    reasons = dict.fromkeys(r.otherwise or _condition(r) for r in form.records)
    return _no_record(rows, form, "; ".join(reasons))


def _blank(rows: pl.DataFrame, form: Form) -> pl.DataFrame:
    return _no_record(rows, form, "the row has no value")


def _no_record(rows: pl.DataFrame, form: Form, why: str) -> pl.DataFrame:
    return issues.issues(
        rows,
        severity="info",
        target="/".join(dict.fromkeys(r.record for r in form.records)),
        rule="NO RECORD",
        message=why,
        kept=False,
    )


def _condition(records: RecordMap) -> str:
    said = [f"{c} is not {' or '.join(v)}" for c, v in records.when.items()]
    if records.when_any:
        names = [filled(c, b) for b in records.blocks for c in records.when_any]
        shown = ", ".join(dict.fromkeys(names[:6])) + (", …" if len(names) > 6 else "")
        said.append(f"there is no value in {shown}")
    return " or ".join(said)


def _origins(
    table: Table, part: _Part, study: Study, present: list[str]
) -> Iterator[tuple[str, str, str, str, str]]:
    file, record = table.name, part.records.record
    columns = {f.name: [c for c in f.columns(part.block) if c in present] for f in part.records.cells}
    for f in part.records.cells:
        for c in [""] if f.value is not None else columns[f.name]:
            yield file, part.tag, record, f.name, table.origin.get(c, c)
    for name in dict.fromkeys(re.findall(r"{(\w+)}", study.usubjid)):
        for c in columns.get(name, ()):
            yield file, part.tag, record, "usubjid", table.origin.get(c, c)
