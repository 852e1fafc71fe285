"""The results of a case as cells, and one name for what CDISC's engine named differently over its versions.

The expected results of the open rules come from several versions of CDISC's engine. What is only named
differently is brought to one name on both sides alike (`paired`), so what is left to differ is of substance:

* the place of a rule about the presence of datasets is the study (once: whichever dataset showed it);
* a rule about whole datasets has one finding a dataset, shown with the first record it holds for (once: with
  every record of the dataset);
* a record of a split dataset has its place in the whole (once: the number in the whole, under the name of the
  whole or of the first part; today: the part and the number in it);
* a list that an operation made of a set has no order, and what is empty in it is empty (once: `None`);
* where one side shows no absent variable at all, those that the other shows are left out.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

import polars as pl

from interop.rules.data import Package
from interop.rules.findings import ABSENT, Findings
from interop.rules.frames import STUDY
from interop.rules.language import Rule
from interop.rules.operand import number_said

Cell = tuple[str, str, str, str]
"""Dataset, record (empty for a whole dataset), variable, value."""
Cells = frozenset[Cell]
Flags = frozenset[tuple[str, str]]

# Operations whose lists are in an order that means something; all others give sets.
_ORDERED = "column_order"


def cells_of(found: Findings) -> Cells:
    """What was found, one cell a variable."""
    frame = found.findings.explode("variables", "values").select(
        "dataset", pl.col("record").cast(pl.String).fill_null(""), "variables", pl.col("values").fill_null("")
    )
    return frozenset((d.upper(), r, v or "", same(x)) for d, r, v, x in frame.iter_rows())


def same(value: str | None) -> str:
    """One spelling of equal values: 2 for 2.0, nothing for null, lists without regard to quotes."""
    text = (value or "").strip()
    if text == "null":
        return ""
    if text.startswith("[") and text.endswith("]"):
        items = _items(text)
        return text if items is None else str(items)
    try:
        number = float(text)
    except ValueError:
        return text
    return number_said(number)


def _items(text: str) -> list[str] | None:
    try:
        listed = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    return ["" if v is None or v == "None" else same(str(v)) for v in listed]


def paired(expected: Cells, found: Cells, rule: Rule, package: Package) -> tuple[Cells, Cells]:
    """Both sides with one name for the same thing."""
    one, other = _plain(expected, rule, package), _plain(found, rule, package)
    absent = [any(c[3] == ABSENT for c in side) for side in (one, other)]
    if absent[0] != absent[1]:
        shorter, longer = _present(one), _present(other)
        if flagged(shorter) == flagged(one) and flagged(longer) == flagged(other):
            return shorter, longer
    return one, other


def flagged(cells: Cells) -> Flags:
    """The records flagged (datasets, or the study), of cells that `paired` gave."""
    return frozenset(c[:2] for c in cells)


def _present(cells: Cells) -> Cells:
    return frozenset(c for c in cells if c[3] != ABSENT)


def _plain(cells: Cells, rule: Rule, package: Package) -> Cells:
    ordered = {o.id for o in rule.operations if _ORDERED in o.operator}
    cells = frozenset((d, r, v, x if v in ordered else _unordered(x)) for d, r, v, x in cells)
    if not rule.about_whole:
        places = _places(rule, package)
        return frozenset((*_placed(c, places), *c[2:]) for c in cells)
    if rule.about_study:
        cells = frozenset((STUDY, *c[1:]) for c in cells)
    first = {d: min(_number(c[1]) for c in cells if c[0] == d) for d in {c[0] for c in cells}}
    return frozenset((d, "", v, x) for d, r, v, x in cells if _number(r) == first[d])


def _number(record: str) -> int:
    return int(record) if record.isdigit() else 0


def _unordered(value: str) -> str:
    if not (value.startswith("[") and value.endswith("]")):
        return value
    items = _items(value)
    return value if items is None else str(sorted(items))


def _places(rule: Rule, package: Package) -> Mapping[str, tuple[str, int]]:
    """For each part of a split dataset, and for the whole: the whole, and the rows that stand before."""
    found: dict[str, tuple[str, int]] = {}
    for dataset in package.datasets:
        parts = package.parts(dataset)
        if len(parts) < 2 or dataset.unsplit in found:
            continue
        before = 0
        for part in parts:
            found[part.name] = dataset.unsplit, before
            before += _rows(rule, part.data.height, len(part.variables))
        found.setdefault(dataset.unsplit, (dataset.unsplit, 0))
    return found


def _rows(rule: Rule, records: int, variables: int) -> int:
    if rule.type.startswith("Dataset Metadata"):
        return 1
    return variables if rule.type.startswith("Variable Metadata") else records


def _placed(cell: Cell, places: Mapping[str, tuple[str, int]]) -> tuple[str, str]:
    name, record = cell[:2]
    if name not in places or not record.isdigit():
        return name, record
    unsplit, before = places[name]
    return unsplit, str(before + int(record))
