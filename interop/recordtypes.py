"""The record types: what `schemas/records/*.schema.json` says of each, as frozen objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from interop.errors import SpecError
from schemas import ROOT

Kind = Literal["text", "number", "date", "code"]

# In the order in which a study's records are told. A test holds this against the folder.
RECORDS: tuple[str, ...] = (
    "subject",
    "consent",
    "eligibility",
    "diagnosis",
    "prior_therapy",
    "medical_history",
    "visit",
    "administration",
    "procedure",
    "collection_yield",
    "imaging",
    "lesion",
    "lesion_measurement",
    "response_assessment",
    "laboratory_result",
    "vital_sign",
    "performance_status",
    "adverse_event",
    "concomitant_medication",
    "subsequent_therapy",
    "disposition",
    "death",
    "survival_followup",
    "comment",
)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: `codes` lists the values of a code, and is empty otherwise."""

    name: str
    kind: Kind
    description: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordType:
    """A record type: its fields in order, and those without which there is no record."""

    name: str
    description: str
    fields: Mapping[str, Field]
    required: tuple[str, ...]


@cache
def record_type(name: str) -> RecordType:
    """The record type `name`. SpecError if there is none."""
    if name not in RECORDS:
        raise SpecError(f"there is no record type {name}; there are {', '.join(RECORDS)}")
    raw = json.loads((ROOT / "records" / f"{name}.schema.json").read_text(encoding="utf-8"))
    fields = {
        f: Field(f, p["x-kind"], p["description"], tuple(p.get("enum", ())))
        for f, p in raw["properties"].items()
    }
    return RecordType(name, raw["description"], MappingProxyType(fields), tuple(raw["required"]))
