"""What an operation works with, and how its result gets into the frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from interop.rules.context import Context
from interop.rules.data import OWN, DataSet
from interop.rules.language import Operation
from interop.rules.operand import Frame, columns, kind_of
from interop.rules.outcome import MissingColumnError, NotExecutableError, SkippedError


@dataclass(frozen=True)
class Work:
    """An operation of a rule on a dataset, over the rows under test."""

    operation: Operation
    frame: Frame
    dataset: DataSet
    context: Context

    def option(self, name: str, default: Any = None) -> Any:
        return self.operation.options.get(name, default)

    @property
    def domain(self) -> str:
        """The dataset that the operation reads; SUPP-- is that of the dataset under test."""
        named = str(self.option("domain") or self.dataset.unsplit)
        if named.startswith(("SUPP", "SQ")) and named.endswith("--") and self.dataset.rdomain:
            return named.replace("--", self.dataset.rdomain)
        return named

    @property
    def target(self) -> str:
        name = str(self.option("name") or "")
        if name.startswith("--"):
            return (str(self.option("domain") or "") or self.dataset.wildcard) + name[2:]
        return name

    @property
    def groups(self) -> list[str]:
        return [str(g).replace("--", self.dataset.wildcard) for g in self.option("group") or ()]

    def source(self) -> pl.DataFrame:
        """What the operation reads: the rows under test if of its domain, else the dataset's."""
        domain, data = self.domain, self.frame.data
        if (
            not _relationship(domain)
            and not self.dataset.is_analysis
            and "DOMAIN" in data.columns
            and data.height
            and data["DOMAIN"][0] == domain
        ):
            return data
        found = self.context.package.find(domain)
        if found is None:
            raise SkippedError(f"{domain} is not in the study")
        return self.context.package.whole(found)

    def filtered(self) -> pl.DataFrame:
        """`source` where each variable of `filter` has its value (a value `X&` is a beginning)."""
        data = self.source()
        where = self.where(data)
        return data if where is None else data.filter(where)

    def where(self, data: pl.DataFrame) -> pl.Expr | None:
        tests = []
        for name, value in (self.option("filter") or {}).items():
            name = name.replace("--", self.dataset.wildcard)
            if name not in data.columns:
                raise MissingColumnError(name)
            tests.append(_is(data, name, value))
        return pl.all_horizontal(tests) if tests else None

    def constant(self, value: Any) -> Frame:
        """The frame with one value for all its rows."""
        return self.frame.with_constants({self.operation.id: value})

    def series(self, values: pl.Series) -> Frame:
        # Beside the others as it is: as a literal of an expression, Polars looks at every value of it.
        data = self.frame.data.drop(self.operation.id, strict=False)
        return replace(self.frame, data=data.hstack([values.alias(self.operation.id)]))

    def expression(self, value: pl.Expr) -> Frame:
        """The frame with a value worked out of each of its rows."""
        return replace(self.frame, data=self.frame.data.with_columns(value.alias(self.operation.id)))

    def by_group(self, result: pl.DataFrame, keys: Sequence[str]) -> Frame:
        """The frame with the result of each row's group; `result` has the keys and `id`."""
        aliases = list(self.option("group_aliases") or ())
        names = [*aliases, *list(keys)[len(aliases) :]] if aliases else list(keys)
        data = self.frame.data
        for name in names:
            if name not in data.columns:
                raise MissingColumnError(name)
        right = result.select(
            *(pl.col(k).cast(data.schema[n]).alias(n) for k, n in zip(keys, names, strict=True)),
            pl.col(self.operation.id),
        )
        if self.operation.id in data.columns:
            data = data.drop(self.operation.id)
        # Only the keys are joined: the other columns stay as they are where each key comes once.
        found = data.select(names).join(right, on=names, how="left", nulls_equal=True, maintain_order="left")
        if found.height == data.height:
            return self.series(found[self.operation.id])
        return replace(
            self.frame, data=data.join(right, on=names, how="left", nulls_equal=True, maintain_order="left")
        )

    def group_keys(self, data: pl.DataFrame) -> list[str]:
        """Groups by name; an operation that holds names is opened. Raises where the source lacks one."""
        keys = [k for g in self.groups for k in (columns(self.frame, [g]) if g.startswith("$") else [g])]
        for key in keys:
            if key not in data.columns:
                raise MissingColumnError(key)
        return list(dict.fromkeys(keys))

    def column(self, data: pl.DataFrame) -> str:
        if self.target not in data.columns:
            raise MissingColumnError(self.target)
        return self.target


Operator = Callable[[Work], Frame]


def _relationship(name: str) -> bool:
    return name in ("RELREC", "RELSUB", "CO") or name.startswith(("SUPP", "SQ"))


def _is(data: pl.DataFrame, name: str, value: Any) -> pl.Expr:
    column, kind = pl.col(name), kind_of(data.schema[name])
    if isinstance(value, str) and value.endswith("&") and kind == "text":
        return column.str.starts_with(value.rstrip("&"))
    if kind == "number" and isinstance(value, int | float):
        return column == float(value)
    if kind == "text" and isinstance(value, str):
        return column == value
    if kind == "flag" and isinstance(value, bool):
        return column == value
    return pl.lit(False)


def plain_columns(data: pl.DataFrame) -> list[str]:
    return [c for c in data.columns if c not in OWN and not c.startswith("$")]


def need(work: Work, name: str) -> str:
    value = work.option(name)
    if not value:
        raise NotExecutableError(f"the operation {work.operation.operator} needs `{name}`")
    return str(value)
