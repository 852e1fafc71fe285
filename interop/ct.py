"""CDISC controlled terminology (`schemas/ct`): which values a codelist has, and what else they are called."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from interop.errors import SpecError
from schemas import ROOT

SDTM_CT = "sdtm-2025-03-28"
ADAM_CT = "adam-2022-06-24"
# Named by SDTMIG 3.4 (MSRESCAT), absent from the published SDTM CT 2025-03-28 that we carry.
ABSENT = frozenset({"C85495"})


@dataclass(frozen=True, slots=True)
class Term:
    """A submission value, its NCI concept code (empty where our source has none) and preferred term."""

    value: str
    code: str
    preferred: str
    synonyms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Codelist:
    code: str
    name: str
    submission_value: str
    extensible: bool
    terms: Mapping[str, Term]
    package: str


@cache
def codelist(code: str) -> Codelist:
    """The codelist with NCI code `code`, from SDTM CT, else from ADaM CT."""
    for package in (SDTM_CT, ADAM_CT):
        line = _lines(package).get(code)
        if line is not None:
            return _parse(code, line, package)
    raise SpecError(f"no codelist {code} in {SDTM_CT} or {ADAM_CT}")


def exists(code: str) -> bool:
    return any(code in _lines(package) for package in (SDTM_CT, ADAM_CT))


@cache
def spellings(codes: tuple[str, ...]) -> Mapping[str, str]:
    """Casefolded spelling ─▶ submission value, over the union of the codelists.

    A submission value beats a synonym; a synonym of two terms stands for neither.
    """
    lists = [codelist(code) for code in codes]
    values = {v.casefold(): v for c in reversed(lists) for v in c.terms}
    others: dict[str, str | None] = {}
    for term in (t for c in lists for t in c.terms.values()):
        for name in (term.preferred, *term.synonyms):
            key = name.casefold()
            others[key] = term.value if others.get(key, term.value) == term.value else None
    known = {k: v for k, v in others.items() if v is not None and k}
    return MappingProxyType({**known, **values})


def resolve(values: Iterable[str], codes: tuple[str, ...]) -> dict[str, str]:
    """Each of `values` that the codelists know ─▶ its submission value; the rest is absent."""
    exact = {v for code in codes for v in codelist(code).terms}
    known = spellings(codes)
    found = {v: v if v in exact else known.get(v.strip().casefold()) for v in values}
    return {v: term for v, term in found.items() if term is not None}


def extensible(codes: tuple[str, ...]) -> bool:
    return any(codelist(code).extensible for code in codes)


@cache
def _lines(package: str) -> Mapping[str, str]:
    text = (ROOT / "ct" / f"{package}.jsonl").read_text(encoding="utf-8")
    return dict(line.split("\t", 1) for line in text.splitlines())


def _parse(code: str, line: str, package: str) -> Codelist:
    raw = json.loads(line)
    terms = {t[0]: Term(t[0], t[1], t[2], tuple(t[3])) for t in raw["terms"]}
    return Codelist(
        code,
        raw["name"],
        raw["submission_value"],
        raw["extensible"],
        MappingProxyType(terms),
        package,
    )
