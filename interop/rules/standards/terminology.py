"""Controlled terminology as rules ask for it: packages by type and date, codelists by submission value.

A package is what `schemas/ct` carries, or a file of NCI's: a release as tab-separated text or ODM XML.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from interop.errors import InputError
from interop.rules.outcome import NotExecutableError
from interop.rules.xmlguard import root_of
from schemas import ROOT

# NCI's notation in the ODM files of CDISC terminology.
NCI = "{http://ncicb.nci.nih.gov/xml/odm/EVS/CDISC}"
ODM = "{http://www.cdisc.org/ns/odm/v1.3}"


@dataclass(frozen=True, slots=True)
class CtTerm:
    value: str
    code: str
    preferred: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CtList:
    code: str
    value: str
    name: str
    extensible: bool
    terms: tuple[CtTerm, ...]


@dataclass(frozen=True)
class CtPackage:
    """`name` as CDISC writes it: sdtmct-2025-03-28. `complete`: it has every codelist of the release."""

    name: str
    lists: Mapping[str, CtList]
    complete: bool = True

    def by_value(self, submission_value: str) -> CtList:
        wanted = submission_value.casefold()
        found = next((c for c in self.lists.values() if c.value.casefold() == wanted), None)
        if found is None:
            raise NotExecutableError(f"{self.name} has no codelist {submission_value}")
        return found


@dataclass(frozen=True)
class Terminology:
    """The packages that rules may use; the first is the one to judge by."""

    packages: tuple[CtPackage, ...] = ()

    @property
    def chosen(self) -> CtPackage:
        return self.packages[0]

    def find(self, name: str) -> CtPackage | None:
        return next((p for p in self.packages if p.name == name), None)

    def need(self, name: str) -> CtPackage:
        found = self.find(name)
        if found is None:
            raise NotExecutableError(f"the terminology {name} is not here: give its file with --ct")
        return found


class _Lists(Mapping[str, CtList]):
    """The codelists of a package of `schemas/ct`, parsed when a rule first asks for one."""

    def __init__(self, package: str) -> None:
        self.package = package

    @cached_property
    def parsed(self) -> dict[str, CtList]:
        text = (ROOT / "ct" / f"{self.package}.jsonl").read_text(encoding="utf-8")
        return dict(_carried(line) for line in text.splitlines())

    def __getitem__(self, code: str) -> CtList:
        return self.parsed[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self.parsed)

    def __len__(self) -> int:
        return len(self.parsed)


@cache
def carried(package: str) -> CtPackage:
    """A package of `schemas/ct`.

    What we carry lacks codelists that no variable uses (INTMODEL, TPHASE and others of trial summary).
    """
    kind, date = package.split("-", 1)
    return CtPackage(f"{kind}ct-{date}", _Lists(package), complete=False)


def _carried(line: str) -> tuple[str, CtList]:
    code, text = line.split("\t", 1)
    raw = json.loads(text)
    terms = tuple(CtTerm(t[0], t[1], t[2], tuple(t[3])) for t in raw["terms"])
    return code, CtList(code, raw["submission_value"], raw["name"], raw["extensible"], terms)


def read_ct(path: Path) -> CtPackage:
    """A release of CDISC terminology from NCI: `.txt` (tab-separated) or `.xml` (ODM)."""
    if not path.is_file():
        raise InputError("there is no such file", file=path, mend="Check the path given with --ct.")
    if path.suffix.lower() == ".xml":
        return _from_odm(path)
    return _from_text(path)


def _from_text(path: Path) -> CtPackage:
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    rows = list(csv.DictReader(io.StringIO(text), delimiter="\t"))
    wanted = ("Code", "Codelist Code", "CDISC Submission Value")
    if not rows or any(c not in rows[0] for c in wanted):
        raise InputError(
            f"the header lacks {', '.join(wanted)}", file=path, line=1, mend="Take NCI's text file."
        )
    heads = {r["Code"]: r for r in rows if not r["Codelist Code"]}
    terms: dict[str, list[CtTerm]] = {code: [] for code in heads}
    for row in rows:
        if row["Codelist Code"] in terms:
            preferred, others = (row.get(c) or "" for c in ("NCI Preferred Term", "CDISC Synonym(s)"))
            synonyms = tuple(s.strip() for s in others.split(";") if s.strip())
            terms[row["Codelist Code"]].append(
                CtTerm(row["CDISC Submission Value"], row["Code"], preferred, synonyms)
            )
    lists = {
        code: CtList(
            code,
            head["CDISC Submission Value"],
            head.get("Codelist Name") or "",
            "yes" in next((v.lower() for k, v in head.items() if k and k.startswith("Codelist Ext")), ""),
            tuple(terms[code]),
        )
        for code, head in heads.items()
    }
    return CtPackage(_name(path.stem), lists)


def _from_odm(path: Path) -> CtPackage:
    root = root_of(path)
    lists = {}
    for node in root.iter(f"{ODM}CodeList"):
        code = node.get(f"{NCI}ExtCodeID") or ""
        terms = tuple(
            CtTerm(
                item.get("CodedValue") or "",
                item.get(f"{NCI}ExtCodeID") or "",
                item.findtext(f"{NCI}PreferredTerm") or "",
                tuple(s.text or "" for s in item.iter(f"{NCI}CDISCSynonym")),
            )
            for item in node.iter(f"{ODM}EnumeratedItem")
        )
        value = node.findtext(f"{NCI}CDISCSubmissionValue") or ""
        open_ended = (node.get(f"{NCI}CodeListExtensible") or "").lower() == "yes"
        lists[code] = CtList(code, value, node.get("Name") or "", open_ended, terms)
    if not lists:
        raise InputError("the ODM has no codelists", file=path, mend="Take NCI's ODM of CDISC terminology.")
    return CtPackage(_name(path.stem), lists)


def _name(stem: str) -> str:
    """`SDTM Terminology 2025-03-28` ─▶ sdtmct-2025-03-28."""
    kind = re.search(r"sdtm|adam|send|cdash", stem, re.IGNORECASE)
    date = re.search(r"\d{4}-\d{2}-\d{2}", stem)
    if kind and date:
        return f"{kind[0].lower()}ct-{date[0]}"
    return stem
