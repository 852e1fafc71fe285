"""Follow a value back to the cells it came from (`interop trace`).

A trace is a tree: the value, how it was made, and below it every value that was read to make it, down to
cells of source files, facts of the study definition, and constants.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
from polars import col

from interop import lineage
from interop.errors import InputError, UsageError
from interop.outputfiles import RUN

DEPTH = 40  # no honest derivation is deeper; a reference that leads back to itself ends here


@dataclass(frozen=True, slots=True)
class Node:
    """One value of a trace. `place` is a reference (`ADTTE|01-701-1015|PFS`, `RS.csv line 12`), `name` the
    variable, field or column there, `how` its origin and method."""

    place: str
    name: str
    value: str | None
    how: str
    children: tuple[Node, ...] = ()

    def cells(self) -> Iterator[Node]:
        """The leaves: source cells and facts of the study definition."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.cells()

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self, indent: int = 0) -> Iterator[str]:
        value = "" if self.value is None else f" = {self.value}"
        how = f"   [{self.how}]" if self.how else ""
        yield f"{'  ' * indent}{self.place}  {self.name}{value}{how}"
        for child in self.children:
            yield from child.lines(indent + 1)


@dataclass(frozen=True)
class Origins:
    """All that a trace needs: lineage, where record fields stand in the files, and the datasets' rows.

    `rows(reference)`: the row lineage (`lineage.ROWS`) of one row or resource; `reads`: as in `Lineage`.
    `fields`: file, block, record, field, column.  `variables`: dataset, variable, origin, method.
    `dataset(name)` returns its rows with their reference in `_row`. `cell(file, line, column)` reads a source
    cell, or returns None where the source is no longer there. `resource("Patient/<id>")` is that resource.
    """

    rows: Callable[[str], pl.DataFrame]
    reads: pl.DataFrame
    fields: pl.DataFrame
    variables: pl.DataFrame
    dataset: Callable[[str], pl.DataFrame]
    cell: Callable[[str, int, str], str | None]
    resource: Callable[[str], Mapping[str, Any] | None] = lambda _: None

    @cached_property
    def _how(self) -> dict[tuple[str, str], tuple[str, str]]:
        return {(d, v): (o, m) for d, v, o, m in self.variables.iter_rows()}

    @cached_property
    def _reads(self) -> dict[tuple[str, str], list[str]]:
        grouped = self.reads.group_by("dataset", "variable").agg("column")
        return {(d, v): sorted(c) for d, v, c in grouped.iter_rows()}

    def find(self, dataset: str, key: Mapping[str, str]) -> str:
        """Reference of the one row of `dataset` that `key` names."""
        rows = self.dataset(dataset)
        if unknown := [k for k in key if k not in rows.columns]:
            raise UsageError(f"{dataset} has no variable {unknown[0]}. It has {', '.join(_public(rows))}.")
        found = rows.filter(*(col(k).cast(pl.String) == v for k, v in key.items()))
        if len(found) != 1:
            asked = ", ".join(f"{k}={v}" for k, v in key.items())
            mend = "Check the values." if found.is_empty() else "Name more variables, such as --SEQ."
            raise UsageError(f"{dataset} has {len(found)} rows with {asked}. {mend}")
        return str(found["_row"].item())

    def trace(self, dataset: str, key: Mapping[str, str], variable: str) -> Node:
        """The tree of one value. Raises UsageError where dataset, key or variable name nothing."""
        row = self.find(dataset, key)
        if variable not in self.dataset(dataset).columns or variable.startswith("_"):
            known = ", ".join(_public(self.dataset(dataset)))
            raise UsageError(f"{dataset} has no variable {variable}. It has {known}.")
        return self._variable(dataset, row, variable, 0)

    def trace_resource(self, reference: str, element: str) -> Node:
        """The tree of one element (`dosage.dose.value`, or `dosage` with all below it) of the FHIR resource
        `reference` (`Observation/<id>`). Raises UsageError where either names nothing."""
        found = self.resource(reference)
        if found is None:
            raise UsageError(
                f"there is no resource {reference} here; its name is Type/id, as in fhir/*.ndjson."
            )
        made = self.rows(reference)["dataset"].unique().to_list()
        paths = sorted((d, v) for d, v in self._reads if d in made and _overlap(v, element))
        value = _at(found, element)
        if value is None:
            raise UsageError(f"{reference} has no element {element}. It has {', '.join(found)}.")
        columns = dict.fromkeys(c for path in paths for c in self._reads[path])
        children = [node for column in columns for node in self._read(reference, column, 1)]
        return Node(reference, element, value, "", tuple(dict.fromkeys(children)))

    def _variable(self, dataset: str, row: str, variable: str, depth: int) -> Node:
        origin, method = self._how.get((dataset, variable), ("", ""))
        children: list[Node] = []
        if depth < DEPTH:
            for column in self._reads.get((dataset, variable), ()):
                children += self._column(dataset, row, column, depth + 1)
        value = self._value(dataset, row, variable)
        return Node(row, variable, value, ": ".join(filter(None, (origin, method))), tuple(children))

    def _column(self, dataset: str, row: str, column: str, depth: int) -> list[Node]:
        if (dataset, column) in self._how:
            return [self._variable(dataset, row, column, depth)]
        return self._read(row, column, depth)

    def _read(self, row: str, column: str, depth: int) -> list[Node]:
        via, _, name = column.rpartition(".")
        nodes = []
        for src, field in self._sources(row, via):
            nodes += self._place(src, field or name, depth)
        return nodes

    def _sources(self, row: str, via: str) -> list[tuple[str, str | None]]:
        if row not in self._seen:
            self._seen[row] = self.rows(row).select("via", "src", "field").rows()
        return [(src, field) for v, src, field in self._seen[row] if v == via]

    @cached_property
    def _seen(self) -> dict[str, list[tuple[str, str, str | None]]]:
        return {}

    def _place(self, src: str, name: str, depth: int) -> list[Node]:
        if "|" in src:
            return [self._variable(src.split("|", 1)[0], src, name, depth)]
        file, line, block = lineage.parse(src)
        if line is None:
            return [Node(src, name, None, "study definition")]
        where = (col("file") == file) & (col("block") == block) & (col("field") == name)
        found = self.fields.filter(where)
        if found.is_empty():  # a field of another record type, or of the page's own making
            return []
        columns = found["column"].unique(maintain_order=True).to_list()
        place = f"{file} line {line}"
        if not any(columns):
            return [Node(place, name, None, "constant of the source mapping")]
        return [Node(place, c, self.cell(file, line, c), "source cell") for c in columns if c]

    def _value(self, dataset: str, row: str, variable: str) -> str | None:
        rows = self.dataset(dataset)
        if variable not in rows.columns:
            return None  # a permissible variable without any value is not in the package
        index = self._index(dataset).get(row)
        value = None if index is None else rows[variable][index]
        return None if value is None else str(value)

    def _index(self, dataset: str) -> dict[str, int]:
        if dataset not in self._indices:
            self._indices[dataset] = {r: i for i, r in enumerate(self.dataset(dataset)["_row"])}
        return self._indices[dataset]

    @cached_property
    def _indices(self) -> dict[str, dict[str, int]]:
        return {}


def trace_output(out: Path, dataset: str, key: Mapping[str, str], variable: str) -> Node:
    """The trace of one value of a package on disk (`OUT` of `interop run`): of a dataset's variable, or, with
    the key `id`, of an element of a FHIR resource."""
    origins = read_origins(out)
    if set(key) == {"ID"}:
        return origins.trace_resource(f"{dataset}/{key['ID']}", variable)
    return origins.trace(dataset.upper(), key, variable.upper())


def read_origins(out: Path) -> Origins:
    """What `interop run` left in OUT for tracing. Raises InputError where OUT is not such a folder."""
    try:
        about: dict[str, Any] = json.loads((out / RUN).read_text(encoding="utf-8"))
        tables = {n: pl.read_parquet(out / "lineage" / f"{n}.parquet") for n in TABLES}
        rows = pl.scan_parquet(out / "lineage" / "rows.parquet")
        rows.collect_schema()  # whether it is there
    except FileNotFoundError as error:
        raise InputError(
            f"there is no {Path(str(error.filename)).name} in it",
            file=out,
            mend="Name the OUT folder of `interop run`.",
        ) from None
    paths = {d["name"]: d for d in about["datasets"]}
    loaded: dict[str, pl.DataFrame] = {}

    def dataset(name: str) -> pl.DataFrame:
        if name not in loaded:
            if name not in paths:
                raise UsageError(f"there is no dataset {name} here. There are {', '.join(sorted(paths))}.")
            loaded[name] = _rows(out, paths[name])
        return loaded[name]

    files = {f["name"]: f for f in about["sources"]}
    return Origins(
        # Of the largest table of a run only the row groups that may hold the row are read.
        lambda row: rows.filter(col("row") == row).collect(),
        tables["reads"],
        tables["fields"],
        tables["variables"],
        dataset,
        lambda file, line, column: _cell(files.get(file), line, column),
        lambda reference: _resource(out, reference),
    )


TABLES = ("reads", "fields", "variables")


def _rows(out: Path, about: Mapping[str, Any]) -> pl.DataFrame:
    from interop.package.xpt import read_xpt

    data = read_xpt(out / about["path"]).data
    return data.with_columns(lineage.reference(about["name"], about["row_id"]).alias("_row"))


def _cell(file: Mapping[str, Any] | None, line: int, column: str) -> str | None:
    """The cell as the source has it now, if the file is where it was and unchanged; else None."""
    from interop.sources import read_cell

    if file is None or not file.get("path"):
        return None
    return read_cell(Path(file["path"]), file["sha256"], line, column, name=file["name"])


def _resource(out: Path, reference: str) -> dict[str, Any] | None:
    kind, _, name = reference.partition("/")
    path = out / "fhir" / f"{kind}.ndjson"
    if not kind.isalpha() or not path.is_file():
        return None
    start = f'{{"resourceType":"{kind}","id":"{name}",'
    with path.open(encoding="utf-8") as lines:
        found = next((line for line in lines if line.startswith(start)), None)
    return None if found is None else dict(json.loads(found, parse_float=str, parse_int=str))


def _overlap(one: str, other: str) -> bool:
    """Whether one element path is the other, or above it."""
    a, b = one.split("."), other.split(".")
    return all(x == y or x.partition("[")[0] == y for x, y in zip(a, b, strict=False))


def _at(value: Any, path: str) -> str | None:
    """What stands at an element path: its text, or its JSON where there is more below."""
    for step in path.split("."):
        name, _, place = step.partition("[")
        value = value.get(name) if isinstance(value, dict) else None
        if place and isinstance(value, list):
            index = int(place.rstrip("]"))
            value = value[index] if index < len(value) else None
    if value is None or not isinstance(value, dict | list | bool):
        return None if value is None else str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _public(rows: pl.DataFrame) -> list[str]:
    return [c for c in rows.columns if not c.startswith("_")]
