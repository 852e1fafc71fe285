"""The limits of XPT v5 and of the regulators, checked as values: what, where, and the mend."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import polars as pl

from interop.errors import InputError
from interop.package.table import Column, Table

MAX_NAME, MAX_LABEL, MAX_TEXT = 8, 40, 200
# What an IBM double can hold (XPT stores numbers so), and an IEEE double count without gaps.
MAX_NUM, MIN_NUM, MAX_INT = 7.2e75, 5.4e-79, 2**53

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Problem:
    """One breach of a limit. `row` counts from 1; values are not quoted, they may be personal."""

    level: Literal["error", "warning"]
    dataset: str
    variable: str | None
    row: int | None
    message: str
    mend: str

    def as_error(self) -> InputError:
        field = f"{self.dataset}.{self.variable}" if self.variable else self.dataset
        at = f" (row {self.row})" if self.row is not None else ""
        return InputError(f"{self.message}{at}", field=field, mend=self.mend)

    def __str__(self) -> str:
        return str(self.as_error())


def check_limits(table: Table) -> list[Problem]:
    """Every breach of a limit in `table`, the errors (XPT cannot be written) and the warnings."""
    return [*_check_names(table), *_check_data(table)]


def _check_names(table: Table) -> list[Problem]:
    found = [
        *_check_name(table.name, table.name, None),
        *_check_label(table.name, None, table.label),
    ]
    for column in table.columns:
        found += _check_name(table.name, column.name, column.name)
        found += _check_label(table.name, column.name, column.label)
    upper = [c.name.upper() for c in table.columns]
    found += [
        Problem("error", table.name, n, None, "the name occurs twice (SAS ignores case)", "Rename one.")
        for n in sorted({n for n in upper if upper.count(n) > 1})
    ]
    return found


def _check_name(dataset: str, name: str, variable: str | None) -> list[Problem]:
    if len(name) > MAX_NAME:
        message = f"a name of {len(name)} characters is over the {MAX_NAME} of XPT v5"
        return [Problem("error", dataset, variable, None, message, "Choose a shorter name.")]
    if not _NAME.fullmatch(name):
        message = "a name is a letter or _ followed by letters, digits and _"
        return [Problem("error", dataset, variable, None, message, "Rename it.")]
    if name != name.upper():
        message = "a name with lower-case letters becomes upper case in SAS"
        return [Problem("warning", dataset, variable, None, message, "Write it in upper case.")]
    return []


def _check_label(dataset: str, variable: str | None, label: str) -> list[Problem]:
    size = len(label.encode())
    if size > MAX_LABEL:
        message = f"a label of {size} bytes is over the {MAX_LABEL} of XPT v5"
        return [Problem("error", dataset, variable, None, message, "Shorten the label.")]
    if not label.isascii():
        message = "a label with letters outside ASCII may be misread"
        return [Problem("warning", dataset, variable, None, message, "Use ASCII.")]
    return []


def _check_data(table: Table) -> list[Problem]:
    """One pass over the data asks each column for the first row of each breach."""
    asked = [(c, rule) for c in table.columns for rule in _rules(c)]
    if not asked or table.data.is_empty():
        return []
    firsts = (
        table.data.lazy()
        .select(rule[1].arg_true().first().alias(str(i)) for i, (_, rule) in enumerate(asked))
        .collect()
        .row(0)
    )
    return [
        Problem(level, table.name, column.name, int(first) + 1, message, mend)
        for (column, (level, _, message, mend)), first in zip(asked, firsts, strict=True)
        if first is not None
    ]


_Rule = tuple[Literal["error", "warning"], pl.Expr, str, str]


def _rules(column: Column) -> list[_Rule]:
    if column.is_text:
        return _text_rules(column)
    value = pl.col(column.name)
    beyond = f"Keep it as text, or in a unit that brings it under {MAX_NUM:g}."
    if column.data_type == "integer":
        large = value.abs() > MAX_INT
        return [("error", large, "an integer over 2**53 loses digits in XPT", "Keep it as text.")]
    if column.data_type in ("float", "double", "decimal"):
        size = value.cast(pl.Float64, strict=False).abs()
        broken = size.is_nan() | size.is_infinite() | (value.is_not_null() & size.is_null())
        outside = (size > MAX_NUM) | ((size < MIN_NUM) & (size != 0))
        return [
            ("error", broken, "a number is expected, not NaN, infinity or text", "Make it null."),
            ("error", ~broken & outside, "the number is outside the range of XPT", beyond),
        ]
    return []


def _text_rules(column: Column) -> list[_Rule]:
    value, limit = pl.col(column.name), column.length
    size = value.str.len_bytes()
    qualifier = f"Split it, the rest into a supplemental qualifier of {column.name}."
    rules: list[_Rule] = [
        ("error", size > MAX_TEXT, f"text over the {MAX_TEXT} bytes of XPT v5", qualifier),
        ("error", value.str.contains("\0", literal=True), "text with a NUL byte", "Remove it."),
        (
            "warning",
            size != value.str.len_chars(),
            "text with letters outside ASCII may be misread",
            "Use ASCII.",
        ),
        ("warning", value.str.ends_with(" "), "XPT drops trailing blanks", "Remove them."),
    ]
    if limit is not None and limit <= MAX_TEXT:
        message = f"text over the declared length of {limit} bytes"
        rules.append(("error", (size > limit) & (size <= MAX_TEXT), message, "Raise the length."))
    return rules
