"""A rule of CDISC's open rules as frozen objects, checked against `schemas/rules.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from jsonschema import Draft202012Validator

from interop.rules.shape import well_formed
from interop.yamlfile import Document, written
from schemas import ROOT

GROUPS = ("all", "any", "not")
Sensitivity = Literal["Record", "Dataset", "Group", "Study", "Variable"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. `options` are the condition's other keys (`within`, `prefix`, `regex`, …)."""

    target: str
    operator: str
    value: Any = None
    literal: bool = False
    reference: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    kind: Literal["all", "any", "not"]
    parts: tuple[Condition | Group, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """A value worked out before the check and named `id`; `options` are its other keys."""

    id: str
    operator: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Match:
    """A dataset to join: `keys` are pairs of names, left and right."""

    name: str
    keys: tuple[tuple[str, str], ...]
    child: bool = False
    wildcard: str = "**"
    left_join: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """One part of the scope; `split` is `include_split_datasets`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    split: bool | None = None


@dataclass(frozen=True, slots=True)
class Standard:
    """An authority's standard, and the citation of the rule in it."""

    name: str
    version: str
    rule_ids: tuple[str, ...]
    citation: str
    organization: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    status: str
    type: str
    description: str
    message: str
    sensitivity: Sensitivity
    check: Group
    operations: tuple[Operation, ...]
    matches: tuple[Match, ...]
    outputs: tuple[str, ...]
    grouping: tuple[str, ...]
    scope: Mapping[str, Selection]
    executability: str
    standards: tuple[Standard, ...]
    path: Path | None = None

    def conditions(self) -> list[Condition]:
        return _conditions(self.check)

    @property
    def about_study(self) -> bool:
        """It asks which datasets the study has: a finding is about none of them."""
        return self.type.startswith("Domain Presence")

    @property
    def once_a_dataset(self) -> bool:
        """However many records are wrong, there is one finding."""
        return self.sensitivity in ("Dataset", "Study")

    @property
    def about_whole(self) -> bool:
        """A finding is about a whole dataset, or the study, and names no record."""
        return self.about_study or self.once_a_dataset

    @property
    def judges_parts(self) -> bool:
        """The parts of a split dataset are judged one by one (`include_split_datasets`), not together."""
        domains = self.scope.get("Domains")
        return domains is not None and bool(domains.split)


def _conditions(group: Group) -> list[Condition]:
    found: list[Condition] = []
    for part in group.parts:
        found += [part] if isinstance(part, Condition) else _conditions(part)
    return found


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads((ROOT / "rules.schema.json").read_text(encoding="utf-8")))


def check(document: Document) -> None:
    """InputError at what contradicts `schemas/rules.schema.json`: file, line, key and mend."""
    error = next(iter(_validator().iter_errors(document.data)), None)
    if error is None:
        return
    while error.context:
        error = max(error.context, key=lambda e: len(e.absolute_path))
    key = tuple(error.absolute_path)
    raise document.error(key, _said(error.message), "See docs/rules.md for the rule language")


def parse(document: Document) -> Rule:
    """The rule that `document` says. InputError names file, line, key and mend.

    The schema is asked only where a look at the rule's shape finds something odd: asking it takes longer than
    to judge a study by the rule.
    """
    if not well_formed(document.data):
        check(document)
    raw = document.data
    core, outcome, scope = raw["Core"], raw["Outcome"], raw.get("Scope") or {}
    return Rule(
        id=str(core.get("Id") or document.path.parent.name),
        status=str(core.get("Status") or ""),
        type=str(raw["Rule Type"]),
        description=_text(raw.get("Description")),
        message=_text(outcome.get("Message")),
        sensitivity=raw.get("Sensitivity") or "Record",
        check=_check(document, raw["Check"]),
        operations=tuple(_operation(o) for o in raw.get("Operations") or ()),
        matches=tuple(_match(m) for m in raw.get("Match Datasets") or ()),
        outputs=tuple(dict.fromkeys(str(v) for v in outcome.get("Output Variables") or ())),
        grouping=tuple(map(str, raw.get("Grouping_Variables") or raw.get("Grouping Variables") or ())),
        scope={k: _selection(v) for k, v in scope.items() if isinstance(v, dict)},
        executability=str(raw.get("Executability") or ""),
        standards=tuple(_standards(raw.get("Authorities") or ())),
        path=document.path,
    )


def _said(message: str) -> str:
    return message if len(message) < 200 else f"{message[:200]} …"


def _text(value: Any) -> str:
    return " ".join(str(value or "").split())


def _check(document: Document, raw: Mapping[str, Any]) -> Group:
    found = _part(document, raw, ("Check",))
    return found if isinstance(found, Group) else Group("all", (found,))


def _part(document: Document, raw: Mapping[str, Any], key: tuple[str | int, ...]) -> Condition | Group:
    kinds = [k for k in GROUPS if k in raw]
    if not kinds:
        return _condition(raw)
    groups: list[Condition | Group] = []
    for kind in kinds:
        value = raw[kind]
        items = value if isinstance(value, list) else [value]
        parts = tuple(_part(document, item, (*key, kind, n)) for n, item in enumerate(items))
        groups.append(Group(kind, parts))  # type: ignore[arg-type]
    if len(groups) > 1:
        raise document.error(key, f"{' and '.join(kinds)} stand side by side", "Put them in one `all`")
    return groups[0]


def _condition(raw: Mapping[str, Any]) -> Condition:
    known = ("name", "operator", "value", "value_is_literal", "value_is_reference")
    return Condition(
        target=str(raw.get("name") or "").replace("-- ", "--"),
        operator=str(raw.get("operator") or ""),
        value=raw.get("value"),
        literal=bool(raw.get("value_is_literal", False)),
        reference=bool(raw.get("value_is_reference", False)),
        options={k: v for k, v in raw.items() if k not in known},
    )


def _operation(raw: Mapping[str, Any]) -> Operation:
    options = {k: v for k, v in raw.items() if k not in ("id", "operator")}
    return Operation(str(raw["id"]), str(raw["operator"]), options)


def _match(raw: Mapping[str, Any]) -> Match:
    keys = tuple(_key(k) for k in raw.get("Keys") or ())
    join = str(raw.get("Join_Type") or raw.get("Join Type") or "inner")
    wildcard = str(raw.get("Wildcard") or "**")
    return Match(str(raw["Name"]), keys, bool(raw.get("Child")), wildcard, join == "left")


def _key(raw: Any) -> tuple[str, str]:
    if isinstance(raw, dict):
        sides = {k.lower(): str(v) for k, v in raw.items()}
        return sides["left"], sides["right"]
    return str(raw), str(raw)


def _selection(raw: Mapping[str, Any]) -> Selection:
    names = {k: tuple(str(n) for n in raw.get(k) or ()) for k in ("Include", "Exclude")}
    return Selection(names["Include"], names["Exclude"], raw.get("include_split_datasets"))


def _standards(authorities: Any) -> list[Standard]:
    found = []
    for authority, standard in ((a, s) for a in authorities for s in a.get("Standards") or ()):
        references = standard.get("References") or ()
        ids = [str((r.get("Rule Identifier") or {}).get("Id") or "") for r in references]
        cited = [c for r in references for c in r.get("Citations") or ()]
        found.append(
            Standard(
                str(standard.get("Name") or ""),
                written(standard.get("Version") or ""),  # 3.10 is not 3.1
                tuple(dict.fromkeys(i for i in ids if i)),
                "; ".join(_cited(c) for c in cited),
                str(authority.get("Organization") or ""),
            )
        )
    return found


def _cited(raw: Mapping[str, Any]) -> str:
    place = [str(raw[k]) for k in ("Document", "Section", "Item") if raw.get(k)]
    guidance = _text(raw.get("Cited Guidance"))
    return f"{', '.join(place)}: {guidance}" if guidance else ", ".join(place)
