"""Resources from rows: an element path beside the expression that fills it.

The expressions run over whole columns; one light pass then nests each row's values by their paths.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import polars as pl
from polars import col, lit

from interop import issues, lineage
from interop.errors import SpecError
from interop.fhir.rows import ID, Rows
from interop.lineage import SRC, Lineage
from interop.records import Records
from interop.study import Study

Json = Any  # str, bool, int, Decimal, list or dict, as JSON nests them; decimals keep their digits
STEP = re.compile(r"([A-Za-z_]+)(?:\[(\d+)\])?")


@dataclass(frozen=True, slots=True)
class Element:
    """How one element is filled: `value` over the row's columns (null: the element is absent), then `to` on
    each distinct value where JSON needs more than its text."""

    path: str  # dosage.dose.value; identifier[0].value for the first of a list
    value: pl.Expr
    to: Callable[[str], Json] | None = None


@dataclass(frozen=True, slots=True)
class Resources:
    """What a page made: resources in a fixed order, issues, lineage, and every literal reference it "
    "wrote."""

    items: list[dict[str, Json]]
    issues: pl.DataFrame
    lineage: Lineage
    references: frozenset[str] = frozenset()

    @property
    def reads(self) -> pl.DataFrame:
        """Element ─▶ record fields: dataset (resource type), variable (element path), column (field)."""
        return self.lineage.reads

    @classmethod
    def concat(cls, parts: Iterable[Resources]) -> Resources:
        parts = list(parts)
        return cls(
            [item for part in parts for item in part.items],
            issues.concat(part.issues for part in parts),
            Lineage.concat(part.lineage for part in parts),
            frozenset[str]().union(*(part.references for part in parts)),
        )


@dataclass(frozen=True, slots=True)
class Resource:
    """A page of `mappings/fhir`: the resource type, and how it is made."""

    type: str
    build: Callable[[Records, Study], Resources]


def make(
    kind: str, rows: Rows, elements: Iterable[Element], said: Iterable[pl.DataFrame] = (), of: str = ""
) -> Resources:
    """One resource of type `kind` for each row: `_id`, its source, then `elements` in their order.

    `of`: the record, where several make the same resource type; lineage keeps them apart (`Observation of
    vital_sign`).
    """
    name = f"{kind} of {of}" if of else kind
    elements = (
        Element("resourceType", lit(kind)),
        Element("id", col(ID)),
        Element("meta.source", col(SRC), source_uri),
        *elements,
    )
    items, references = nest(rows, elements)
    frame = rows.frame.with_columns((lit(f"{kind}/") + col(ID)).alias("_row"))
    return Resources(
        items,
        issues.concat(said),
        Lineage(lineage.rows_of(name, frame, "_row"), reads_of(name, rows, elements)),
        references,
    )


def source_uri(reference: str) -> str:
    """A row's reference as a URI relative to the folder of sources: `VS.csv#2:SYSBP`, `my%20form.csv#3`."""
    file, mark, rest = reference.rpartition("#")
    return quote(file) + mark + quote(rest, safe="/:|") if mark else quote(reference)


def reads_of(kind: str, rows: Rows, elements: Iterable[Element], prefix: str = "") -> pl.DataFrame:
    """Which record fields each element is made from, as its expression says."""
    reads = [
        (kind, prefix + e.path, name)
        for e in elements
        for name in rows.reads(e.value)
        if name != SRC and not name.startswith(f"{SRC}:")
    ]
    return pl.DataFrame(reads, schema=lineage.READS, orient="row").unique(maintain_order=True)


def nest(rows: Rows, elements: Iterable[Element]) -> tuple[list[dict[str, Json]], frozenset[str]]:
    """The elements of each row as one nested object, empty parts left out; and the references among "
    "them."""
    elements = tuple(elements)
    values = rows.frame.select(e.value.alias(str(i)) for i, e in enumerate(elements))
    columns, references = [], set[str]()
    for element, column in zip(elements, values, strict=True):
        given = column.to_list()
        if element.to is not None:
            known = {v: None if v is None else _some(element.to(v)) for v in column.unique()}
            references.update(r for v in known.values() for r in _references(v))
            given = [known[v] for v in given]
        elif element.path.endswith("reference"):
            references.update(v for v in column.unique() if v is not None)
        columns.append(given)
    plan = _plan(_tree([e.path for e in elements]))
    return [_filled(plan, row) for row in zip(*columns, strict=True)], frozenset(references)


# Below each key the number of the column that fills it, or a branch: an object, or a list (keys [0], [1]).
_Branch = Mapping[str, Any]
_Plan = tuple[bool, tuple[tuple[str, int, Any], ...]]


def _tree(paths: list[str]) -> _Branch:
    nested: dict[str, Any] = {}
    for number, path in enumerate(paths):
        here, steps = nested, path.split(".")
        for place, step in enumerate(steps):
            parsed = STEP.fullmatch(step)
            if parsed is None:
                raise SpecError(f"{path} is not an element path")
            key, index = parsed[1], parsed[2]
            last = place == len(steps) - 1
            if index is not None:
                here, key = here.setdefault(key, {}), f"[{index}]"
            if last:
                if key in here:
                    raise SpecError(f"the element {path} is filled twice")
                here[key] = number
            else:
                here = here.setdefault(key, {})
    return nested


def _plan(nested: _Branch) -> _Plan:
    """A branch ready to be walked: whether it is a list, and for each key its column, or -1 and what is "
    "below."""
    below = tuple((k, v, None) if isinstance(v, int) else (k, -1, _plan(v)) for k, v in nested.items())
    return below[0][0].startswith("["), below


def _filled(plan: _Plan, row: tuple[Json, ...]) -> Any:
    is_list, keys = plan
    made = {}
    for key, number, below in keys:
        if number >= 0:
            value = row[number]
            if value is not None:
                made[key] = value
        else:
            value = _filled(below, row)
            if value:
                made[key] = value
    return list(made.values()) if is_list else made


def _some(value: Json) -> Json:
    """The value, or None where FHIR would not have it: no element is an empty object or list."""
    return None if value in ({}, [], "") else value


def _references(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for key, below in value.items():
            if key == "reference":
                yield below
            else:
                yield from _references(below)
    elif isinstance(value, list):
        for below in value:
            yield from _references(below)
