"""Small studies and rules for the tests of the rule engine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from interop.rules.data import DataSet, Package, VariableMeta, package_of, values
from interop.rules.engine import context_of, evaluate
from interop.rules.evaluate import answer
from interop.rules.findings import Findings
from interop.rules.language import Condition, Rule, parse
from interop.rules.operand import Frame
from interop.rules.operators import OPERATORS
from interop.yamlfile import Document

Columns = Mapping[str, Any]


def dataset(name: str, columns: Columns, label: str = "") -> DataSet:
    data = values(pl.DataFrame(columns, strict=False))
    variables = tuple(
        VariableMeta(c, f"Label of {c}", "Char" if t == pl.String else "Num", 8)
        for c, t in data.schema.items()
    )
    return DataSet(name, label or name, data, variables, f"{name.lower()}.xpt", 1000)


def study(**datasets: Columns) -> Package:
    return package_of(dataset(n, c) for n, c in datasets.items())


def rule(check: Any, **more: Any) -> Rule:
    """A rule of record data on all domains; `more` are further keys, with `_` for a space."""
    raw: dict[str, Any] = {
        "Check": check if isinstance(check, dict) else {"all": check},
        "Core": {"Id": "TEST-1", "Status": "Draft"},
        "Outcome": {"Message": "It is wrong"},
        "Rule Type": "Record Data",
        "Sensitivity": "Record",
        "Scope": {"Domains": {"Include": ["ALL"]}},
        "Authorities": [],
    }
    for key, value in more.items():
        raw[key.replace("_", " ")] = value
    return parse(Document(Path("test.yml"), raw, {}))


def run(package: Package, *rules: Rule, standard: str = "SDTMIG", version: str = "3.4") -> Findings:
    return evaluate(rules, context_of(package, standard, version))


def records(found: Findings) -> list[tuple[str, int | None]]:
    return list(found.findings.select("dataset", "record").rows())


def holds(columns: Columns, operator: str, value: Any = None, name: str = "X", **options: Any) -> list[bool]:
    """The answer of one condition for each row."""
    frame = Frame(
        values(pl.DataFrame(columns, strict=False)), options.pop("wildcard", "AE"), options.pop("ops", {})
    )
    literal, reference = options.pop("literal", False), options.pop("reference", False)
    condition = Condition(name, operator, value, literal, reference, options)
    return answer(frame, OPERATORS[operator](frame, condition)).to_list()
