"""What a JSON Schema cannot say of `sources.yaml`: names, formats, constants, and columns used twice."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from interop.errors import InputError
from interop.recordtypes import RECORDS, Field, RecordType, record_type
from interop.sources.dateformat import BadFormatError, compiled, parse_date
from interop.sources.number import canonical
from interop.yamlcheck import suggest
from interop.yamlfile import Document, Key, written


def filled(template: str, block: str) -> str:
    """A column of a repeated block: {} stands for the name of the block."""
    return template.replace("{}", block)


def texts(values: Iterable[Any]) -> tuple[str, ...]:
    return tuple(written(v) for v in values)


def contradictions(document: Document, identity: list[str]) -> Iterator[InputError]:
    """What the schema cannot say: names of records and fields, formats, QNAM, QLABEL, columns used twice."""
    yield from _formats(document, (), document.data)
    labels: dict[tuple[str, str], tuple[str, int]] = {}
    read: dict[tuple[str, str], str] = {}
    for name, form in document.data["forms"].items():
        key: Key = ("forms", name)
        yield from _formats(document, key, form)
        place = (written(form.get("file", name)).casefold(), written(form.get("sheet", name)).casefold())
        other = read.setdefault(place if "sheet" in form else (place[0], ""), name)
        if other != name:
            yield document.error(
                key,
                f"the forms {other} and {name} read the same file",
                "Put their records into one form, or give each its `sheet`",
            )
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
    read = [*record.get("when", {}), *texts(record.get("when_any", ()))]
    for spec in [*record["fields"].values(), *record.get("qualifiers", {}).values()]:
        spec = spec if isinstance(spec, Mapping) else {"column": spec}
        read += [written(spec[k]) for k in ("column", "time") if k in spec]
    for block in texts(record.get("repeat", ())) or ("",):
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
    """Values written in the mapping that the field cannot hold, and keys that do nothing there."""
    idle = [k for k in ("map", "map_only", "default", "optional", "time", "dates") if k in spec]
    if "value" in spec and idle:
        yield document.error((*key, idle[0]), f"`{idle[0]}` does nothing beside `value`", "Take it out")
    if "time" in spec and known.kind != "date":
        yield document.error((*key, "time"), f"{known.name} is not a date", "Take `time` out")
    said = [((*key, k), spec[k]) for k in ("value", "default") if k in spec]
    said += [((*key, "map", k), v) for k, v in spec.get("map", {}).items() if known.kind == "code"]
    for place, value in said:
        text = written(value)
        if known.kind == "number" and canonical(text) != text:
            yield document.error(place, f"`{text}` is not a number, as {known.name} is", "Write digits")
        elif known.kind == "date" and parse_date(text, ()).iso != text:
            yield document.error(place, f"`{text}` is not a date in ISO 8601", "Write it like 2014-01-31")
        elif known.codes and text not in known.codes:
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
