"""What a condition compares: columns, values of operations, literals. One null for every emptiness."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal

import polars as pl

from interop.rules.language import Condition
from interop.rules.outcome import MissingColumnError, NotExecutableError

Kind = Literal["text", "number", "flag", "list", "null"]
Mask = pl.Expr | bool
"""A condition's answer for each row, never null; or one for all rows."""


@dataclass(frozen=True)
class Frame:
    """The rows that a rule judges, the values that its operations found, and what `--` stands for.

    `aliases` are other names of columns: in checks of values `variable_value` is each variable in turn.
    """

    data: pl.DataFrame
    wildcard: str = ""
    constants: Mapping[str, Any] = field(default_factory=dict)
    domain: str = ""
    aliases: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def schema(self) -> pl.Schema:
        return self.data.schema

    def name(self, name: str) -> str:
        """A variable's name with the domain in the place of a leading `--`."""
        return self.wildcard + name[2:] if name.startswith("--") else self.aliases.get(name, name)

    def with_constants(self, values: Mapping[str, Any]) -> Frame:
        found = replace(self, constants={**self.constants, **values})
        found.__dict__["schema"] = self.schema  # the data are the same: not asked for again
        return found

    def has(self, name: str) -> bool:
        return name in self.constants or name in self.schema


def same_schema(frames: Iterable[Frame]) -> list[Frame]:
    """Frames of the same data have one schema: to ask for it 3,000 times takes longer than to judge."""
    made = list(frames)
    for one, next_one in pairwise(made):
        if one.data is next_one.data:
            next_one.__dict__["schema"] = one.schema
    return made


@dataclass(frozen=True)
class Operand:
    """A column (`constant` false) or one value for all rows (`value`)."""

    said: pl.Expr | None
    kind: Kind
    constant: bool = False
    value: Any = None
    name: str = ""

    @cached_property
    def expr(self) -> pl.Expr:
        """The value for each row. That of a constant list is made when asked for: few operators do."""
        if self.said is not None:
            return self.said
        return pl.lit(pl.Series([_texts(self.value)], dtype=pl.List(pl.String)))

    @property
    def text(self) -> pl.Expr:
        """The value as text; a whole number without decimals."""
        if self.kind == "text":
            return self.expr
        if self.kind == "number":
            return number_text(self.expr)
        if self.kind == "flag":
            return pl.when(self.expr).then(pl.lit("True")).when(self.expr.not_()).then(pl.lit("False"))
        if self.kind == "null":
            return pl.lit(None, dtype=pl.String)
        return self.expr.cast(pl.List(pl.String)).list.join(", ")

    @property
    def number(self) -> pl.Expr:
        if self.kind == "text":
            return self.expr.str.strip_chars().cast(pl.Float64, strict=False)
        if self.kind in ("number", "flag"):
            return self.expr.cast(pl.Float64)
        return pl.lit(None, dtype=pl.Float64)

    @property
    def null(self) -> pl.Expr:
        """Empty: null, or a list of nothing."""
        if self.kind == "list":
            return (self.expr.list.drop_nulls().list.len() == 0).fill_null(True)
        return self.expr.is_null()


def column(frame: Frame, name: str) -> Operand:
    """The variable or operation `name`. MissingColumnError where the frame has none."""
    name = frame.name(name)
    if name in frame.constants:
        return constant(frame.constants[name], name)
    dtype = frame.schema.get(name)
    if dtype is None:
        raise MissingColumnError(name)
    return Operand(pl.col(name), kind_of(dtype), name=name)


def target(frame: Frame, condition: Condition) -> Operand:
    return column(frame, condition.target)


def comparator(frame: Frame, condition: Condition) -> Operand:
    """The right side: a variable or operation of that name, else the value itself."""
    value = condition.value
    if isinstance(value, str) and not condition.literal:
        name = frame.name(value)
        if frame.has(name):
            return column(frame, name)
        return constant(name if value.startswith("--") else value)
    return constant(value)


def constant(value: Any, name: str = "") -> Operand:
    if isinstance(value, pl.Series):
        value = value.to_list()
    if isinstance(value, list | tuple | set | frozenset):
        return Operand(None, "list", True, list(value), name)
    if isinstance(value, bool):
        return Operand(pl.lit(value), "flag", True, value, name)
    if isinstance(value, int | float):
        return Operand(pl.lit(float(value)), "number", True, float(value), name)
    if value is None or value == "":
        return Operand(pl.lit(None, dtype=pl.String), "null", True, None, name)
    return Operand(pl.lit(str(value)), "text", True, str(value), name)


def kind_of(dtype: pl.DataType) -> Kind:
    if dtype == pl.String:
        return "text"
    if dtype == pl.Boolean:
        return "flag"
    if isinstance(dtype, pl.List):
        return "list"
    if dtype == pl.Null:
        return "null"
    return "number"


def text_of(operand: Operand, what: str) -> pl.Expr:
    """The operand's text, where the operator is for texts."""
    if operand.kind not in ("text", "null"):
        raise NotExecutableError(
            f"{what} is for text, and {operand.name or operand.value} is a {operand.kind}"
        )
    return operand.expr.cast(pl.String)


def columns(frame: Frame, names: Iterable[Any]) -> list[str]:
    """Names of columns: lists and operations that hold names are opened, what the frame lacks is left out."""
    found: list[str] = []
    for item in names:
        if isinstance(item, list | tuple):
            found += columns(frame, item)
            continue
        name = frame.name(str(item))
        value = frame.constants.get(name)
        if isinstance(value, list | tuple):
            found += columns(frame, value)
        elif name in frame.schema:
            found.append(name)
    return list(dict.fromkeys(found))


def number_text(expr: pl.Expr) -> pl.Expr:
    """Numbers as text: 2 for 2.0, 5.01 for 5.01."""
    whole = (expr == expr.round(0)) & (expr.abs() < 1e15)
    return (
        pl.when(whole).then(expr.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(expr.cast(pl.String))
    )


def text_as_number(text: pl.Expr) -> pl.Expr:
    """A text without outer blanks; one that is a number as that number is written: 1 for 1.0."""
    bare = text.str.strip_chars()
    return pl.coalesce(number_text(bare.cast(pl.Float64, strict=False)), bare)


def number_said(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else str(value)


def _texts(items: Iterable[Any]) -> list[str | None]:
    return [None if i is None else number_said(i) if isinstance(i, float) else str(i) for i in items]
