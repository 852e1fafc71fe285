"""FHIR as files: NDJSON by type, and one transaction bundle a subject. The same resources give the same
bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from json.encoder import encode_basestring as quoted
from pathlib import Path
from urllib.parse import quote

from interop.fhir.output import FhirOutput
from interop.fhir.provenance import KIND as PROVENANCE
from interop.fhir.provenance import Origin, provenances, subject_of
from interop.fhir.resource import Json

LITERAL = re.compile(r'"reference":"[A-Za-z]+/([0-9a-f-]{36})"')


def write_fhir(output: FhirOutput, folder: Path, origin: Origin | None = None) -> list[Path]:
    """`folder/<ResourceType>.ndjson` and `folder/bundles/<subject>.json`; returns the paths.

    With an `origin` each subject has a Provenance too.
    """
    paths = set[Path]()
    list(write_parts([output], folder, paths, origin))
    return sorted(paths)


def write_parts(
    parts: Iterable[FhirOutput], folder: Path, paths: set[Path], origin: Origin | None = None
) -> Iterator[FhirOutput]:
    """Write each part, of subjects of its own, and hand on what was written; `paths` collects where.

    A resource of the whole study, which every part has, stands once in its file and in each bundle.
    """
    shared = set[str]()
    for part in parts:
        if origin is not None and (made := provenances(part.resources, origin)):
            part = replace(part, resources={**part.resources, PROVENANCE: made})
        texts = {kind: [to_json(item) for item in items] for kind, items in part.resources.items()}
        lines = {
            kind: [t for t, item in zip(texts[kind], items, strict=True) if item["id"] not in shared]
            for kind, items in part.resources.items()
        }
        paths |= {*write_ndjson(lines, folder), *write_bundles(part.resources, texts, folder / "bundles")}
        shared |= {i["id"] for items in part.resources.values() for i in items if subject_of(i) is None}
        del texts, lines
        yield part
        del part  # before the next is made


def write_ndjson(texts: Mapping[str, Iterable[str]], folder: Path) -> list[Path]:
    """One file a resource type, one resource a line, in the order given, after what the file has."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for kind, lines in texts.items():
        path = folder / f"{kind}.ndjson"
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines)
        paths.append(path)
    return paths


def write_bundles(
    resources: Mapping[str, Iterable[dict[str, Json]]], texts: Mapping[str, Iterable[str]], folder: Path
) -> list[Path]:
    """One transaction a subject, with the study in each: a server takes it as it is, and twice as well as
    once, for every entry is a PUT to its own id. Inside, references are the entries' fullUrl (urn:uuid), as
    R4 asks."""
    folder.mkdir(parents=True, exist_ok=True)
    shared: list[str] = []
    of_subject: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for kind, items in resources.items():
        for item, text in zip(items, texts[kind], strict=True):
            if kind == "Patient":
                names[item["id"]] = item["identifier"][0]["value"]
            subject = subject_of(item)
            (shared if subject is None else of_subject.setdefault(subject, [])).append(_entry(item, text))
    paths = []
    for subject, entries in of_subject.items():
        path = folder / f"{file_name(names[subject])}.json"
        whole = ",\n".join([*shared, *entries])
        path.write_text(
            f'{{"resourceType":"Bundle","type":"transaction","entry":[\n{whole}\n]}}\n',
            encoding="utf-8",
            newline="\n",
        )
        paths.append(path)
    return paths


def file_name(subject: str) -> str:
    """A file name for a subject: its identifier, with every character that some file system forbids as
    %XX."""
    return quote(subject, safe="").replace(".", "%2E") or "%"


def _entry(item: Mapping[str, Json], text: str) -> str:
    place = f"{item['resourceType']}/{item['id']}"
    inside = LITERAL.sub(r'"reference":"urn:uuid:\1"', text)
    return (
        f'{{"fullUrl":"urn:uuid:{item["id"]}","resource":{inside},'
        f'"request":{{"method":"PUT","url":"{place}"}}}}'
    )


def to_json(value: Json) -> str:
    """JSON without spaces, keys in their order, decimals with exactly their digits (1.00 stays 1.00)."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, dict):
        return "{" + ",".join([f"{quoted(k)}:{to_json(v)}" for k, v in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([to_json(v) for v in value]) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} has no place in a FHIR resource")
