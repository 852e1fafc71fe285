"""The codelists of a package: of each variable, the terms that occur in the data, with their NCI codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl
from polars import col

from interop import ct
from interop.package.definemodel import DefineDataset, Dictionary

# Where the decode of a code stands beside it in the same dataset.
PAIRS: tuple[tuple[str, str], ...] = (
    ("ARMCD", "ARM"),
    ("ACTARMCD", "ACTARM"),
    ("ETCD", "ELEMENT"),
    ("PARAMCD", "PARAM"),
    ("QNAM", "QLABEL"),
    ("TSPARMCD", "TSPARM"),
    ("IETESTCD", "IETEST"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """`code` is empty for a term that is not CDISC's; `extended` where its codelist is."""

    value: str
    decode: str
    code: str
    extended: bool


@dataclass(frozen=True, slots=True)
class Content:
    """What makes two codelists the same one."""

    codes: tuple[str, ...]
    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class CodeList:
    oid: str
    name: str
    content: Content

    @property
    def package(self) -> str:
        """The CT package that it comes from; empty for a sponsor's."""
        return ct.codelist(self.content.codes[0]).package if self.content.codes else ""


class CodeLists:
    """Codelists by the item that uses them; items with the same terms share one."""

    def __init__(self, datasets: Iterable[DefineDataset]) -> None:
        self._contents: dict[str, Content] = {}  # item OID ─▶ content
        self._homes: dict[Content, str] = {}  # content ─▶ the first variable that uses it
        self.external: dict[str, Dictionary] = {}  # item OID ─▶ dictionary
        for dataset in datasets:
            self._collect(dataset)

    def oid(self, item_oid: str) -> str | None:
        """The codelist of an item, if it has one."""
        if item_oid in self.external:
            return f"CL.{_safe(self.external[item_oid].name)}"
        content = self._contents.get(item_oid)
        return self._named(content).oid if content else None

    def all(self) -> list[CodeList]:
        return sorted((self._named(c) for c in self._homes), key=lambda c: c.oid)

    def dictionaries(self) -> dict[str, Dictionary]:
        return dict(sorted((f"CL.{_safe(d.name)}", d) for d in self.external.values()))

    def _collect(self, dataset: DefineDataset) -> None:
        data = dataset.table.data
        for column in dataset.table.columns:
            oid = dataset.item_oid(column.name)
            var = dataset.spec[column.name]
            if column.name in dataset.dictionaries:
                self.external[oid] = dataset.dictionaries[column.name]
            elif var.rule.applies is not None:
                continue  # terms stand beside measured numbers: the list belongs to a value level
            elif column.is_text and (var.codelists or column.name in dict(PAIRS)):
                values = sorted(v for v in data[column.name].unique() if v)
                decodes = _paired(data, column.name)
                if var.codelists or decodes:
                    self._add(oid, f"{dataset.name}.{column.name}", var.label, var.codelists, values, decodes)
        for level in dataset.value_level:
            if level.codelists and level.values:
                home = f"{dataset.name}.{level.variable}.{where_suffix(level.where)}"
                oid = level_oid(dataset, level.variable, level.where)
                self._add(oid, home, level.label, level.codelists, sorted(level.values), {})

    def _add(
        self,
        oid: str,
        home: str,
        label: str,
        codes: tuple[str, ...],
        values: list[str],
        decodes: Mapping[str, str],
    ) -> None:
        if not values:
            return
        content = _content(label, codes, values, decodes)
        self._contents[oid] = content
        self._homes.setdefault(content, home)

    def _named(self, content: Content) -> CodeList:
        """Lists of one origin and different terms are told apart by the variable that has them."""
        stem = f"CL.{_safe(_stem(content))}" if content.codes else f"CL.{self._homes[content]}"
        alone = sum(c.codes == content.codes for c in self._homes) == 1 and bool(content.codes)
        home = self._homes[content]
        if alone or not content.codes:
            names = [c.name for c in self._homes]
            name = content.name if names.count(content.name) == 1 else f"{content.name} ({home})"
            return CodeList(stem, name, content)
        return CodeList(f"{stem}.{home}", f"{content.name} ({home})", content)


def level_oid(dataset: DefineDataset, variable: str, where: Mapping[str, tuple[str, ...]]) -> str:
    """OID of the ItemDef of a value level: IT.SUPPDM.QVAL.RACE1."""
    return f"{dataset.item_oid(variable)}.{where_suffix(where)}"


def where_suffix(where: Mapping[str, tuple[str, ...]]) -> str:
    return ".".join("_".join(_safe(v) for v in values) for _, values in sorted(where.items()))


def _content(label: str, codes: tuple[str, ...], values: list[str], decodes: Mapping[str, str]) -> Content:
    lists = [ct.codelist(code) for code in codes]
    used = [c for c in lists if any(v in c.terms for v in values)] or lists[:1]
    items = []
    for value in values:
        term = next((c.terms[value] for c in used if value in c.terms), None)
        decode = decodes.get(value) or (term.preferred if term else "")
        items.append(Item(value, decode, term.code if term else "", bool(used) and term is None))
    name = " or ".join(c.name for c in used) or label
    return Content(tuple(c.code for c in used), name, tuple(items))


def _paired(data: pl.DataFrame, variable: str) -> dict[str, str]:
    """Value ─▶ its decode in the same dataset, where each value has exactly one."""
    partner = dict(PAIRS).get(variable) or (variable[:-2] if variable.endswith("TESTCD") else None)
    if partner is None or partner not in data.columns:
        return {}
    pairs = data.select(variable, partner).unique().filter(col(variable).is_not_null() & (col(partner) != ""))
    if pairs[variable].n_unique() != len(pairs):
        return {}
    return dict(pairs.rows())


def _stem(content: Content) -> str:
    return ".".join(ct.codelist(code).submission_value for code in content.codes)


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", text)
