"""`sources.yaml`: how the forms of a source become records, as frozen objects, checked."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from interop.errors import InputError
from interop.recordtypes import RECORDS, Field, Kind, RecordType, record_type
from interop.sources.dateformat import BadFormatError, compiled
from interop.supp import Qualifier
from interop.yamlcheck import in_order, problems, raise_all, suggest
from interop.yamlfile import Document, Key, load_yaml, written

SCHEMA = "sources.schema.json"
TIMES = ("HH:MI:SS", "HH:MI")
DELIMITERS = {"tab": "\t", "\\t": "\t"}


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Where the value of a record field comes from. `column` may hold {} for the name of a repeated block."""

    name: str
    kind: Kind
    column: str | None = None
    value: str | None = None  # a constant, instead of a column
    time: str | None = None  # column with the time of a date
    map: Mapping[str, str] = field(default_factory=dict)
    map_only: bool = False
    default: str | None = None
    optional: bool = False
    dates: tuple[str, ...] = ()
    times: tuple[str, ...] = TIMES
    decimal: str = "."
    codes: tuple[str, ...] = ()
    line: int = 0

    def columns(self, block: str = "") -> tuple[str, ...]:
        """The columns read, for one block."""
        return tuple(filled(c, block) for c in (self.column, self.time) if c is not None)


@dataclass(frozen=True, slots=True)
class RecordMap:
    """Records of one type made of the rows of a form."""

    record: str
    fields: tuple[FieldMap, ...]
    qualifiers: tuple[tuple[Qualifier, FieldMap], ...] = ()
    repeat: tuple[str, ...] = ()
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    when_any: tuple[str, ...] = ()
    otherwise: str = ""
    line: int = 0

    @property
    def blocks(self) -> tuple[str, ...]:
        return self.repeat or ("",)

    @property
    def cells(self) -> tuple[FieldMap, ...]:
        """Fields and qualifiers alike."""
        return (*self.fields, *(f for _, f in self.qualifiers))

    def read(self, block: str = "") -> tuple[str, ...]:
        """Every column that the records of one block are made from, conditions included."""
        asked = (*self.when, *self.when_any)
        of_fields = (c for f in self.cells for c in f.columns(block))
        return tuple(dict.fromkeys((*of_fields, *(filled(c, block) for c in asked))))


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the source and what is made of it."""

    name: str
    records: tuple[RecordMap, ...]
    file: str
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    missing: tuple[str, ...] = ()
    required: bool = True
    unused: Mapping[str, str] = field(default_factory=dict)
    identifiers: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """The forms of a source. `name` is the path of the file as messages show it."""

    name: str
    forms: tuple[Form, ...]

    @property
    def qualifiers(self) -> Mapping[str, tuple[Qualifier, ...]]:
        """Record type and its qualifiers."""
        found: dict[str, dict[str, Qualifier]] = {}
        for form in self.forms:
            for records in form.records:
                for qualifier, _ in records.qualifiers:
                    found.setdefault(records.record, {}).setdefault(qualifier.qnam, qualifier)
        return {record: tuple(q.values()) for record, q in found.items()}


def filled(template: str, block: str) -> str:
    return template.replace("{}", block)


def load_mapping(path: Path, usubjid: str = "{subject}") -> SourceMapping:
    """Read `sources.yaml`. `usubjid` is the study's template, whose fields every record needs."""
    document = load_yaml(path)
    raise_all(problems(document, SCHEMA))
    raise_all(in_order(_contradictions(document, re.findall(r"{(\w+)}", usubjid))))
    forms = document.data["forms"]
    return SourceMapping(document.name, tuple(_form(document, name, forms[name]) for name in forms))


def _form(document: Document, name: str, raw: Mapping[str, Any]) -> Form:
    top = document.data
    given = {
        k: raw.get(k, top.get(k)) for k in ("dates", "times", "encoding", "delimiter", "decimal", "missing")
    }
    delimiter = given["delimiter"]
    return Form(
        name=name,
        records=tuple(
            _record(document, ("forms", name, "records", n), r, given) for n, r in enumerate(raw["records"])
        ),
        file=written(raw.get("file", name)),
        sheet=None if raw.get("sheet") is None else written(raw["sheet"]),
        encoding=given["encoding"],
        delimiter=DELIMITERS.get(delimiter, delimiter) if delimiter is not None else None,
        missing=_texts(given["missing"] or ()),
        required=bool(raw.get("required", True)),
        unused=raw.get("unused", {}),
        identifiers=raw.get("identifiers", {}),
        line=document.line(("forms", name)),
    )


def _record(document: Document, key: Key, raw: Mapping[str, Any], given: Mapping[str, Any]) -> RecordMap:
    known = record_type(raw["record"]).fields
    qualifiers = []
    for qnam, q in raw.get("qualifiers", {}).items():
        as_field = Field(f"supp.{qnam}", q.get("kind", "text"), q["label"])
        at = document.line((*key, "qualifiers", qnam))
        qualifier = Qualifier(qnam, q["label"], q.get("origin", "Collected"), q.get("evaluator"))
        qualifiers.append((qualifier, _field(as_field, q, given, at)))
    when = raw.get("when", {})
    return RecordMap(
        record=raw["record"],
        fields=tuple(
            _field(known[f], spec, given, document.line((*key, "fields", f)))
            for f, spec in raw["fields"].items()
        ),
        qualifiers=tuple(qualifiers),
        repeat=_texts(raw.get("repeat", ())),
        when={c: _texts(v if isinstance(v, list) else [v]) for c, v in when.items()},
        when_any=_texts(raw.get("when_any", ())),
        otherwise=raw.get("otherwise", ""),
        line=document.line(key),
    )


def _field(known: Field, spec: Any, given: Mapping[str, Any], line: int) -> FieldMap:
    if not isinstance(spec, Mapping):
        spec = {"column": spec}
    return FieldMap(
        name=known.name,
        kind=known.kind,
        column=_text(spec.get("column")),
        value=_text(spec.get("value")),
        time=_text(spec.get("time")),
        map={k: written(v) for k, v in spec.get("map", {}).items()},
        map_only=bool(spec.get("map_only", False)),
        default=_text(spec.get("default")),
        optional=bool(spec.get("optional", False)),
        dates=tuple(spec.get("dates") or given["dates"] or ()),
        times=tuple(spec.get("times") or given["times"] or TIMES),
        decimal=spec.get("decimal") or given["decimal"] or ".",
        codes=known.codes,
        line=line,
    )


def _text(value: Any) -> str | None:
    return None if value is None else written(value)


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(written(v) for v in values)


def _contradictions(document: Document, identity: list[str]) -> Iterator[InputError]:
    """What the schema cannot say: names of records and fields, formats, QNAM, QLABEL, columns used twice."""
    yield from _formats(document, (), document.data)
    labels: dict[tuple[str, str], tuple[str, int]] = {}
    for name, form in document.data["forms"].items():
        key: Key = ("forms", name)
        yield from _formats(document, key, form)
        mapped: set[str] = set()
        for n, record in enumerate(form["records"]):
            at: Key = (*key, "records", n)
            if record["record"] not in RECORDS:
                yield document.error(
                    (*at, "record"),
                    f"there is no record type `{record['record']}`",
                    suggest(record["record"], RECORDS, "There are"),
                )
                continue
            kind = record_type(record["record"])
            yield from _field_problems(document, at, record, kind, identity)
            yield from _qualifier_problems(document, at, record, labels)
            mapped |= set(_columns(record))
        yield from _dropped(document, key, form, mapped)


def _columns(record: Mapping[str, Any]) -> Iterator[str]:
    """Every column that a record mapping reads, blocks filled in."""
    read = [*record.get("when", {}), *_texts(record.get("when_any", ()))]
    for spec in [*record["fields"].values(), *record.get("qualifiers", {}).values()]:
        spec = spec if isinstance(spec, Mapping) else {"column": spec}
        read += [written(spec[k]) for k in ("column", "time") if k in spec]
    for block in _texts(record.get("repeat", ())) or ("",):
        yield from (filled(c, block) for c in read)


def _dropped(document: Document, key: Key, form: Mapping[str, Any], mapped: set[str]) -> Iterator[InputError]:
    for section, said in (("identifiers", "drops it"), ("unused", "leaves it out")):
        for column in form.get(section, {}):
            if column in mapped:
                yield document.error(
                    (*key, section, column),
                    f"`{section}` {said}, but a record of this form reads the column {column}",
                    f"Take it out of `{section}` or out of the record",
                )


def _field_problems(
    document: Document, at: Key, record: Mapping[str, Any], kind: RecordType, identity: list[str]
) -> Iterator[InputError]:
    for name, spec in record["fields"].items():
        key = (*at, "fields", name)
        if name not in kind.fields:
            yield document.error(
                key,
                f"the record {kind.name} has no field `{name}`",
                suggest(name, kind.fields, "Its fields are"),
            )
            continue
        if isinstance(spec, Mapping):
            yield from _formats(document, key, spec)
            yield from _constant(document, key, spec, kind.fields[name])
        if "repeat" not in record and "{}" in str(spec):
            yield document.error(
                key, "{} stands for a block, but there is no `repeat`", "Add `repeat: [...]`"
            )
    for name in dict.fromkeys((*kind.required, *(f for f in identity if f in kind.fields))):
        if name not in record["fields"]:
            why = "is required" if name in kind.required else "is part of `usubjid` in study.yaml"
            yield document.error(
                (*at, "fields"), f"the field `{name}` of {kind.name} {why}", "Say which column it comes from"
            )


def _constant(document: Document, key: Key, spec: Mapping[str, Any], known: Field) -> Iterator[InputError]:
    """Values written in the mapping that a field of codes does not have."""
    if not known.codes:
        return
    said = [((*key, k), spec[k]) for k in ("value", "default") if k in spec]
    said += [((*key, "map", k), v) for k, v in spec.get("map", {}).items()]
    for place, value in said:
        if written(value) not in known.codes:
            yield document.error(
                place,
                f"`{written(value)}` is not a value of {known.name}",
                suggest(written(value), known.codes, "Its values are"),
            )


def _qualifier_problems(
    document: Document, at: Key, record: Mapping[str, Any], labels: dict[tuple[str, str], tuple[str, int]]
) -> Iterator[InputError]:
    for qnam, spec in record.get("qualifiers", {}).items():
        key = (*at, "qualifiers", qnam)
        if len(qnam) > 8:
            yield document.error(
                key, f"the name {qnam} has {len(qnam)} characters, 8 are allowed", "Shorten it"
            )
        elif not re.fullmatch(r"[A-Z_][A-Z0-9_]*", qnam):
            yield document.error(
                key, f"{qnam} is not a variable name", "Use capital letters, digits and _, a letter first"
            )
        label = spec["label"]
        if len(label.encode()) > 40:
            size = f"{len(label)} characters" if label.isascii() else f"{len(label.encode())} bytes"
            yield document.error(
                (*key, "label"), f"the label of {qnam} has {size}, 40 are allowed", "Shorten it"
            )
        other, line = labels.setdefault((record["record"], qnam), (label, document.line(key)))
        if other != label:
            yield document.error(
                (*key, "label"), f"{qnam} has another label in line {line}", "Give both the same label"
            )
        yield from _formats(document, key, spec)


def _formats(document: Document, key: Key, spec: Mapping[str, Any]) -> Iterator[InputError]:
    for section in ("dates", "times"):
        for n, text in enumerate(spec.get(section) or ()):
            try:
                compiled(text)
            except BadFormatError as error:
                yield document.error((*key, section, n), str(error), error.mend)
    encoding = spec.get("encoding")
    if isinstance(encoding, str):
        try:
            codecs.lookup(encoding)
        except LookupError:
            yield document.error(
                (*key, "encoding"), f"there is no encoding `{encoding}`", "Try utf-8 or cp1252"
            )
