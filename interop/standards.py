"""What SDTMIG 3.4 and ADaMIG 1.3 say of datasets and variables (`schemas/sdtmig34`, `schemas/adamig13`)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Literal

from interop.errors import SpecError
from schemas import ROOT

Standard = Literal["sdtmig34", "sdtm20", "adamig13"]
TITLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"sdtmig34": ("SDTMIG", "3.4"), "sdtm20": ("SDTM", "2.0"), "adamig13": ("ADaMIG", "1.3")}
)


@dataclass(frozen=True, slots=True)
class VariableFacts:
    """One variable as its standard has it. `codelists` are NCI codes; `order` is its place in the dataset."""

    name: str
    label: str
    type: Literal["Char", "Num"]
    role: str
    core: str
    codelists: tuple[str, ...]
    value_domain: str
    order: float


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    name: str
    label: str
    cls: str
    structure: str
    variables: Mapping[str, VariableFacts]

    def find(self, name: str) -> VariableFacts | None:
        """The facts of `name`.

        In ADaM a name like TRT01P is found under its pattern TRTxxP. In SDTM a variable that the IG does not
        list for the domain, but the model allows in its class (AEDTC, MHSEV), has the facts and place there.
        COVAL1 and TSVAL1, and on, are those of a text that goes on (SDTMIG 3.4, 5.1 and 7.4.2).
        """
        found = self.variables.get(name)
        if found is not None:
            return found
        if self.name in ("CO", "TS") and (more := re.fullmatch(rf"{self.name}VAL([1-9])", name)):
            first = self.variables[f"{self.name}VAL"]
            place = first.order + int(more[1]) / 1000
            return replace(first, name=name, label=f"{first.label} {more[1]}", core="Perm", order=place)
        if self.cls in MODEL_CLASSES:
            return _from_model(self, name)
        return next((_with_digits(p, f, name) for p, f in self.variables.items() if _matches(p, name)), None)


MODEL_CLASSES = ("Interventions", "Events", "Findings")


def _from_model(dataset: DatasetFacts, name: str) -> VariableFacts | None:
    names = {n.replace("--", dataset.name): n for n in facts("sdtm20", dataset.cls).variables}
    if name not in names:
        return None
    ordered = list(names)
    here = ordered.index(name)
    before = [f.order for n, f in dataset.variables.items() if n in names and ordered.index(n) < here]
    model = facts("sdtm20", dataset.cls).variables[names[name]]
    # After the last of the domain's variables that the model has before it, and in the model's order there.
    return replace(model, name=name, order=max(before, default=0) + here / 1000)


@cache
def facts(standard: Standard, dataset: str) -> DatasetFacts:
    """The standard's facts of `dataset` (an SDTM domain, `SUPPQUAL`, or an ADaM structure)."""
    path = ROOT / standard / f"{dataset}.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SpecError(f"{' '.join(TITLES[standard])} has no dataset {dataset}") from None
    variables = {
        v["name"]: VariableFacts(
            v["name"],
            v["label"],
            v["type"],
            v["role"],
            v["core"],
            tuple(v.get("codelists", ())),
            v.get("value_domain", ""),
            order,
        )
        for order, v in enumerate(raw["variables"])
    }
    return DatasetFacts(dataset, raw["label"], raw["class"], raw["structure"], MappingProxyType(variables))


@cache
def _pattern(name: str) -> re.Pattern[str] | None:
    """ADaMIG writes digits as xx, zz (two) and y, w (one or more)."""
    if not re.search(r"xx|zz|[yw]", name):
        return None
    parts = re.split(r"(xx|zz|[yw])", name)
    return re.compile(
        "".join({"xx": r"\d\d", "zz": r"\d\d", "y": r"\d+", "w": r"\d+"}.get(p, p) for p in parts)
    )


def _matches(pattern: str, name: str) -> bool:
    compiled = None if "*" in pattern else _pattern(pattern)
    return compiled is not None and compiled.fullmatch(name) is not None


def _with_digits(pattern: str, found: VariableFacts, name: str) -> VariableFacts:
    """The facts of a name of the pattern: its digits stand where the label says xx, zz, y or w."""
    digits = re.findall(r"\d+", name)
    letters = re.findall(r"xx|zz|[yw]", pattern)
    label = found.label
    for letter, number in zip(letters, digits[len(digits) - len(letters) :], strict=True):
        label = re.sub(rf"\b{letter}\b", number, label)
    return replace(found, label=label)
