"""What a standard says of datasets and variables: SDTMIG and SENDIG with their models, ADaMIG 1.3."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from interop.rules.outcome import NotExecutableError
from interop.standards import Standard, facts
from schemas import ROOT

OBSERVATIONS = ("INTERVENTIONS", "EVENTS", "FINDINGS", "FINDINGS ABOUT")
Role = str


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable; `codelist` is an NCI code or empty, `core` empty where the standard states none.

    `more` are the codes of further codelists: a value is a term of any of them.
    """

    name: str
    label: str
    type: str
    role: Role
    core: str
    codelist: str
    more: tuple[str, ...] = ()

    def of(self, domain: str) -> Variable:
        return replace(self, name=self.name.replace("--", domain))


@dataclass(frozen=True, slots=True)
class Dataset:
    name: str
    label: str
    cls: str
    variables: tuple[Variable, ...]


@dataclass(frozen=True)
class Model:
    """A version of the SDTM: variables of its classes, and datasets of its own."""

    classes: Mapping[str, tuple[Variable, ...]] = field(default_factory=dict)
    datasets: Mapping[str, Dataset] = field(default_factory=dict)

    @property
    def wildcards(self) -> frozenset[str]:
        return frozenset(v.name for c in self.classes.values() for v in c if v.name.startswith("--"))


@dataclass(frozen=True)
class Library:
    """A guide and its model; empty where we have no metadata of the standard."""

    name: str
    version: str
    datasets: Mapping[str, Dataset]
    model: Model
    known: bool = True

    def find(self, name: str) -> Dataset | None:
        return self.datasets.get(name) or self.model.datasets.get(name)

    def is_custom(self, name: str) -> bool:
        self.need()
        return self.find(name) is None

    def need(self) -> None:
        if not self.known:
            raise NotExecutableError(f"the metadata of {self.name} {self.version} are not here")

    def variables(self, dataset: str, cls: str | None, domain: str) -> tuple[Variable, ...]:
        """Variables that the guide has for a dataset, over those that the model allows in its class."""
        found, persons = self._guide(dataset), _is_ap(dataset)
        if found is None:
            return self._allowed(cls, domain, persons) if cls in OBSERVATIONS else ()
        if found.cls not in OBSERVATIONS:
            return self._persons(found.variables) if persons else found.variables
        return _overlaid(
            self._allowed(found.cls, domain, persons), [v.of(domain) for v in found.variables], persons
        )

    def model_variables(self, dataset: str, cls: str | None, domain: str) -> tuple[Variable, ...]:
        """Variables that the model allows in a dataset, in its order."""
        found, persons = self._guide(dataset), _is_ap(dataset)
        if found is not None:
            cls = found.cls
        if cls in OBSERVATIONS:
            return self._allowed(cls, domain, persons)
        name = "SUPPQUAL" if dataset.startswith(("SUPP", "SQ")) else dataset[2:] if persons else dataset
        own = self.model.datasets.get(name) or found
        variables = tuple(v.of(domain) for v in own.variables) if own else ()
        return self._persons(variables) if persons else variables

    def _guide(self, dataset: str) -> Dataset | None:
        self.need()
        if dataset.startswith(("SUPP", "SQ")) and len(dataset) > 2:
            dataset = "SUPPQUAL"
        elif _is_ap(dataset):
            dataset = dataset[2:]
        return self.find(dataset)

    def _allowed(self, cls: str, domain: str, persons: bool) -> tuple[Variable, ...]:
        """Identifiers, the class's own variables, timing: where SDTM's general classes have them."""
        general = self.model.classes.get("GENERAL OBSERVATIONS", ())
        own = self.model.classes.get(cls, ())
        if cls == "FINDINGS ABOUT":
            findings = self.model.classes.get("FINDINGS", ())
            at = next((n + 1 for n, v in enumerate(findings) if v.name == "--TEST"), len(findings))
            own = (*findings[:at], *own, *findings[at:])
        identifiers = tuple(v for v in general if v.role == "Identifier")
        timing = [v for v in general if v.role == "Timing"]
        if persons:
            identifiers = self._persons(identifiers)
        return tuple(v.of(domain) for v in (*identifiers, *own, *timing))

    def _persons(self, variables: tuple[Variable, ...]) -> tuple[Variable, ...]:
        """Of associated persons: their own identifiers in the place of USUBJID."""
        own = self.model.classes.get("ASSOCIATED PERSONS", ())
        return (*(v for v in variables if v.name != "USUBJID"), *own)


def _is_ap(dataset: str) -> bool:
    return dataset.startswith("AP") and len(dataset) == 4


def _overlaid(model: tuple[Variable, ...], guide: list[Variable], persons: bool) -> tuple[Variable, ...]:
    """The model's variables with the guide's in their places; what only the guide has ends its section."""
    result = list(model)
    timing = sum(v.role == "Timing" for v in model)
    identifiers = next((n for n, v in enumerate(model) if v.role != "Identifier"), len(model))
    for variable in guide:
        if persons and variable.name == "USUBJID":
            continue
        at = next((n for n, v in enumerate(result) if v.name == variable.name), None)
        if at is not None:
            result[at] = variable
        elif variable.role == "Identifier":
            result.insert(identifiers, variable)
        else:
            result.insert(len(result) if variable.role == "Timing" else len(result) - timing, variable)
    return tuple(result)


@cache
def library(name: str, version: str) -> Library:
    """The metadata of a standard, e.g. `SDTMIG` and `3.4`."""
    name, version = name.upper(), version.replace(".", "-")
    if (name, version) in (("SDTMIG", "3-4"), ("TIG", "1-0")):
        return Library(name, version, _sdtmig34(), _model("sdtm-2-0"))
    if name == "ADAMIG":
        return Library(name, version, {n: _facts("adamig13", n) for n in ("ADSL", "BDS")}, Model())
    path = ROOT / "library" / f"{name.lower()}-{version}.json"
    if not path.is_file():
        return Library(name, version, {}, Model(), known=False)
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Library(name, version, _datasets(raw), _model(raw["model"]))


@cache
def _model(name: str) -> Model:
    raw = json.loads((ROOT / "library" / f"{name}.json").read_text(encoding="utf-8"))
    classes = {class_name(c): _variables(v["variables"]) for c, v in raw["classes"].items()}
    return Model(classes, _datasets(raw))


def _sdtmig34() -> dict[str, Dataset]:
    names = [p.name.removesuffix(".json") for p in (ROOT / "sdtmig34").iterdir() if p.name.endswith(".json")]
    return {n: _facts("sdtmig34", n) for n in sorted(names)}


def _facts(standard: Standard, name: str) -> Dataset:
    found = facts(standard, name)
    variables = tuple(
        Variable(v.name, v.label, v.type, v.role, v.core, next(iter(v.codelists), ""), v.codelists[1:])
        for v in found.variables.values()
    )
    return Dataset(name, found.label, class_name(found.cls), variables)


def _datasets(raw: Any) -> dict[str, Dataset]:
    return {
        name: Dataset(name, d["label"], class_name(c), _variables(d["variables"]))
        for c, v in raw["classes"].items()
        for name, d in v["datasets"].items()
    }


def _variables(raw: list[list[str]]) -> tuple[Variable, ...]:
    return tuple(Variable(v[0], v[1], v[2], v[3], v[4], v[5]) for v in raw)


def class_name(name: str) -> str:
    """`Special-Purpose` as rules write it: SPECIAL PURPOSE."""
    return name.upper().replace("-", " ").removesuffix(" DATASETS")
