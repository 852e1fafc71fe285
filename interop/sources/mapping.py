"""`sources.yaml`: how the forms of a source become records, as frozen objects, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from interop.recordtypes import Field, Kind, record_type
from interop.sources.mappingcheck import contradictions, filled, texts
from interop.supp import Qualifier
from interop.yamlcheck import in_order, problems, raise_all
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
    """The forms of a source. `name` is the path of the file as messages show it.

    For ODM: `odm_columns`, what a column is called there; `odm_xsd`, the schema to check the files against.
    """

    name: str
    forms: tuple[Form, ...]
    odm_columns: Mapping[str, str] = field(default_factory=dict)
    odm_xsd: Path | None = None

    @property
    def qualifiers(self) -> Mapping[str, tuple[Qualifier, ...]]:
        """Record type and its qualifiers."""
        found: dict[str, dict[str, Qualifier]] = {}
        for form in self.forms:
            for records in form.records:
                for qualifier, _ in records.qualifiers:
                    found.setdefault(records.record, {}).setdefault(qualifier.qnam, qualifier)
        return {record: tuple(q.values()) for record, q in found.items()}


def load_mapping(path: Path, usubjid: str = "{subject}") -> SourceMapping:
    """Read `sources.yaml`. `usubjid` is the study's template, whose fields every record needs."""
    document = load_yaml(path)
    raise_all(problems(document, SCHEMA))
    raise_all(in_order(contradictions(document, re.findall(r"{(\w+)}", usubjid))))
    forms = document.data["forms"]
    odm = document.data.get("odm", {})
    return SourceMapping(
        document.name,
        tuple(_form(document, name, forms[name]) for name in forms),
        {column: written(item) for column, item in odm.get("columns", {}).items()},
        path.parent / odm["xsd"] if "xsd" in odm else None,
    )


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
        missing=texts(given["missing"] or ()),
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
        repeat=texts(raw.get("repeat", ())),
        when={c: texts(v if isinstance(v, list) else [v]) for c, v in when.items()},
        when_any=texts(raw.get("when_any", ())),
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
