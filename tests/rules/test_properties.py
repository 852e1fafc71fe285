"""The check of a rule against a row-by-row judge that knows nothing of columns."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from interop.rules.data import values
from interop.rules.evaluate import answer, mask
from interop.rules.operand import Frame
from tests.rules.support import rule

Row = dict[str, Any]
TEXT = st.sampled_from(["", "A", "a", "B", "2020-01-01", "1"])
NUMBER = st.sampled_from([None, 0.0, 1.0, -2.5])
ROWS = st.lists(
    st.fixed_dictionaries({"T": TEXT, "U": TEXT, "N": NUMBER, "M": NUMBER}), min_size=1, max_size=6
)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _ordered(test: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def judge(left: Any, right: Any) -> bool:
        a, b = _number(left), _number(right)
        return a is not None and b is not None and test(a, b)

    return judge


JUDGES: dict[str, Callable[[Any, Any], bool]] = {
    "empty": lambda a, _: a in ("", None),
    "non_empty": lambda a, _: a not in ("", None),
    "equal_to": lambda a, b: a not in ("", None) and b not in ("", None) and type(a) is type(b) and a == b,
    "not_equal_to": lambda a, b: (
        not (a in ("", None) and b in ("", None)) and not (type(a) is type(b) and a == b)
    ),
    "less_than": _ordered(operator.lt),
    "greater_than_or_equal_to": _ordered(operator.ge),
    "is_contained_by": lambda a, b: a not in ("", None) and a in b,
    "is_not_contained_by": lambda a, b: a in ("", None) or a not in b,
    "starts_with": lambda a, b: isinstance(a, str) and a != "" and a.startswith(b),
}


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(JUDGES)))
    if name == "starts_with":
        return {
            "name": "T",
            "operator": name,
            "value": draw(st.sampled_from(["A", "2020"])),
            "value_is_literal": True,
        }
    target = draw(st.sampled_from(["T", "N"]))
    if name.endswith("contained_by"):
        value: Any = ["A", "1"] if target == "T" else [1, 0]
    elif target == "T":
        value = draw(st.sampled_from(["U", "A", "1"]))
    else:
        value = draw(st.sampled_from(["M", 1, 0]))
    return {"name": target, "operator": name, "value": value}


CHECKS = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda c: {"all": c}),
        st.lists(inner, min_size=1, max_size=3).map(lambda c: {"any": c}),
        inner.map(lambda c: {"not": c}),
    ),
    max_leaves=6,
)


def judged(check: dict[str, Any], row: Row) -> bool:
    if "all" in check:
        return all(judged(c, row) for c in check["all"])
    if "any" in check:
        return any(judged(c, row) for c in check["any"])
    if "not" in check:
        return not judged(check["not"], row)
    value = check["value"]
    if isinstance(value, str) and value in row and not check.get("value_is_literal"):
        value = row[value]
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    return JUDGES[check["operator"]](row[check["name"]], value)


@given(ROWS, CHECKS)
def test_a_check_judges_each_row_as_a_reader_would(rows: list[Row], check: dict[str, Any]) -> None:
    schema = {"T": pl.String, "U": pl.String, "N": pl.Float64, "M": pl.Float64}
    frame = Frame(values(pl.DataFrame(rows, schema=schema)))
    found = answer(frame, mask(rule(check), frame))
    assert found.to_list() == [judged(check, row) for row in rows]


@given(ROWS, CHECKS)
def test_not_is_the_opposite_and_order_of_rows_does_not_matter(
    rows: list[Row], check: dict[str, Any]
) -> None:
    schema = {"T": pl.String, "U": pl.String, "N": pl.Float64, "M": pl.Float64}
    frame = Frame(values(pl.DataFrame(rows, schema=schema)))
    there = answer(frame, mask(rule(check), frame)).to_list()
    opposite = answer(frame, mask(rule({"not": check}), frame)).to_list()
    assert opposite == [not f for f in there]
    back = Frame(frame.data.reverse())
    assert answer(back, mask(rule(check), back)).to_list() == there[::-1]
