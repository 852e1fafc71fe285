"""Provenance: one a subject and run: everything that was made of the subject, by which software, from which
files.

It names no person. It is made when the resources are written, for it says when; the same study written again
for the same moment is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from interop import __version__
from interop.fhir.resource import Json
from interop.fhir.rows import resource_id, system_of
from interop.records import SourceFile
from interop.study import Study

KIND = "Provenance"
# HL7 R4 CodeSystem provenance-participant-type, and v3-DataOperation (ValueSet provenance-activity-type)
ASSEMBLER = {
    "system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
    "code": "assembler",
    "display": "Assembler",
}
CREATE = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation",
    "code": "CREATE",
    "display": "create",
}
SOFTWARE = {
    "resourceType": "Device",
    "id": "software",
    "deviceName": [{"name": "interop", "type": "model-name"}],
    "version": [{"value": __version__}],
}


@dataclass(frozen=True)
class Origin:
    """What a run knows of where its resources come from. `recorded` has a time zone."""

    study: Study
    files: tuple[SourceFile, ...]
    recorded: datetime


def provenances(resources: Mapping[str, Iterable[dict[str, Json]]], origin: Origin) -> list[dict[str, Json]]:
    """One for each Patient of `resources`, over all resources of that subject, in their order."""
    of_subject: dict[str, list[dict[str, Json]]] = {}
    for items in resources.values():
        for item in items:
            subject = subject_of(item)
            if subject is not None:
                of_subject.setdefault(subject, []).append(item)
    return [_provenance(subject, items, origin) for subject, items in of_subject.items()]


def _provenance(subject: str, items: list[dict[str, Json]], origin: Origin) -> dict[str, Json]:
    named = {unquote(item["meta"]["source"].rpartition("#")[0]) for item in items}
    entities = [_entity(file, origin.study) for file in origin.files if file.name in named]
    # The Patient first: it is the subject by which a Provenance belongs to a bundle.
    items = sorted(items, key=lambda item: item["resourceType"] != "Patient")
    return {
        "resourceType": KIND,
        "id": resource_id(origin.study, KIND, subject),
        "contained": [SOFTWARE],
        "target": [{"reference": f"{item['resourceType']}/{item['id']}"} for item in items],
        "recorded": origin.recorded.isoformat(),
        "activity": {"coding": [CREATE]},
        "agent": [{"type": {"coding": [ASSEMBLER]}, "who": {"reference": "#software"}}],
        **({"entity": entities} if entities else {}),
    }


def _entity(file: SourceFile, study: Study) -> Json:
    """A source file by its name and, as identifier, the SHA-256 of its content."""
    system = system_of(study, "SHA-256")
    known = (
        {"identifier": {"type": {"text": "SHA-256"}, "system": system, "value": file.sha256}}
        if file.sha256
        else {}
    )
    return {"role": "source", "what": {**known, "display": file.name}}


def subject_of(item: Mapping[str, Json]) -> str | None:
    """Id of the Patient that a resource is about; None for a resource of the whole study."""
    if item["resourceType"] == "Patient":
        return str(item["id"])
    if item["resourceType"] == KIND:
        return str(item["target"][0]["reference"]).removeprefix("Patient/")
    about = item.get("subject") or item.get("individual") or item.get("patient")
    return None if about is None else str(about["reference"]).removeprefix("Patient/")
