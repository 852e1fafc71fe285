"""Set each operator of the rule language beside that of CDISC's own engine, on small random frames.

    python benchmarks/rule_operators.py --peer PYTHON [--seed N] [--rounds N]

PYTHON is that of an environment which has CDISC's engine. For each operator are printed how many answers are
the same, how many differ (with the smallest frame that shows it), and how many either engine refuses.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

Case = tuple[dict[str, list[Any]], str, str, Any, dict[str, Any]]
"""Columns, operator, target, comparator, options."""

TEXTS = (None, "A", "a", "B", "AB", " A", "1", "1.0", "ABC1", "2020-01-01")
NUMBERS = (None, 0.0, 1.0, 2.0, -2.5, 10.0)
DATES = (None, "2020", "2020-01", "2020-01-02", "2020-01-02T10:00", "2019-12-31", "2020-13-01", "x", "P1D")
WITHIN = {"within": "G", "ordering": "S"}
_AB = ["A", "B"]
# Operator, target, comparator and options; of an operator and its opposite both are tried.
OPERATORS: tuple[tuple[str, str, Any, dict[str, Any]], ...] = (
    *((o, "T", c, {}) for o in ("equal_to", "not_equal_to") for c in ("U", "A", 1, "")),
    *((o, "N", c, {}) for o in ("equal_to", "not_equal_to") for c in ("M", 1, "1")),
    *((o, "N", "T", {"type_insensitive": True}) for o in ("equal_to", "not_equal_to")),
    *((o, "T", "U", {}) for o in ("equal_to_case_insensitive", "not_equal_to_case_insensitive")),
    *((o, "N", "M", {}) for o in ("less_than", "less_than_or_equal_to")),
    *((o, "N", "M", {}) for o in ("greater_than", "greater_than_or_equal_to")),
    *((o, "T", "A", {}) for o in ("contains", "does_not_contain", "starts_with", "ends_with")),
    *((o, "T", "a", {}) for o in ("contains_case_insensitive", "does_not_contain_case_insensitive")),
    *((o, "T", _AB, {}) for o in ("is_contained_by", "is_not_contained_by", "contains_all")),
    *(
        (o, "T", _AB, {})
        for o in ("is_contained_by_case_insensitive", "is_not_contained_by_case_insensitive")
    ),
    *((o, "L", "K", {}) for o in ("shares_at_least_one_element_with", "shares_no_elements_with")),
    *((o, "L", "K", {}) for o in ("shares_exactly_one_element_with", "is_ordered_subset_of")),
    *((o, "T", p, {}) for o in ("matches_regex", "not_matches_regex") for p in ("^[A-Z]", "^(?!A)", r"\d$")),
    *((o, "T", 2, {}) for o in ("longer_than", "shorter_than", "has_equal_length", "has_not_equal_length")),
    *((o, t, None, {}) for o in ("empty", "non_empty") for t in ("T", "N", "L")),
    *((o, "D", c, {}) for o in ("date_equal_to", "date_not_equal_to") for c in ("E", "2020-01-02")),
    *((o, "D", "E", {}) for o in ("date_less_than", "date_less_than_or_equal_to")),
    *((o, "D", "E", {}) for o in ("date_greater_than", "date_greater_than_or_equal_to")),
    *((o, "D", None, {}) for o in ("invalid_date", "is_complete_date", "is_incomplete_date")),
    ("invalid_duration", "D", None, {}),
    *((o, "T", ["G", "H"], {}) for o in ("is_unique_set", "is_not_unique_set")),
    *((o, "T", "U", {}) for o in ("is_unique_relationship", "is_not_unique_relationship")),
    *((o, "T", ["G", "H"], {}) for o in ("is_inconsistent_across_dataset",)),
    *((o, "T", None, {"within": "G"}) for o in ("present_on_multiple_rows_within",)),
    *((o, "D", "E", WITHIN) for o in ("has_next_corresponding_record",)),
    *((o, "N", None, {"order": "asc"}) for o in ("is_ordered_by", "is_not_ordered_by")),
    *((o, "N", None, {}) for o in ("has_different_values", "has_same_values")),
    *((o, "T", "U", {"regex": "^(.)"}) for o in ("equals_string_part", "does_not_equal_string_part")),
    ("target_is_sorted_by", "S", [{"name": "M", "sort_order": "asc"}], {"within": "G"}),
    ("target_is_sorted_by", "S", [{"name": "M", "sort_order": "desc", "null_position": "first"}], WITHIN),
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--as-peer", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.as_peer:
        _be_peer(*options.as_peer)
        return 0
    cases = drawn(random.Random(options.seed), options.rounds)
    with tempfile.TemporaryDirectory() as folder:
        asked, said = Path(folder) / "cases.json", Path(folder) / "answers.json"
        asked.write_text(json.dumps(cases), encoding="utf-8")
        subprocess.run([options.peer or sys.executable, __file__, "--as-peer", asked, said], check=True)
        theirs = json.loads(said.read_text(encoding="utf-8"))
    for line in compared(cases, theirs, [_ours(case) for case in cases]):
        print(line)
    return 0


def drawn(chance: random.Random, rounds: int) -> list[Case]:
    return [(_frame(chance, chance.choice((1, 3, 5, 7))), *o) for o in OPERATORS for _ in range(rounds)]


def _frame(chance: random.Random, rows: int) -> dict[str, list[Any]]:
    def some(values: tuple[Any, ...]) -> list[Any]:
        return [chance.choice(values) for _ in range(rows)]

    lists: tuple[list[str], ...] = (["A"], ["A", "B"], ["B", "A", "C"], ["C"])
    return {
        **{name: some(TEXTS) for name in "TU"},
        **{name: some(NUMBERS) for name in "NM"},
        **{name: some(DATES) for name in "DE"},
        **{name: some(lists) for name in "LK"},
        "G": some(("g1", "g2")),
        "H": some(("h1", None)),
        "S": [float(n) for n in range(1, rows + 1)],
    }


def compared(cases: list[Case], theirs: list[Any], ours: list[Any]) -> list[str]:
    """A line an operator whose answers are not all the same, and one with the whole."""
    counts: dict[str, Counter[str]] = {}
    shown: dict[str, str] = {}
    for (frame, operator, name, value, options), a, b in zip(cases, theirs, ours, strict=True):
        key = f"{operator} {name} {json.dumps(value)} {json.dumps(options)}"
        kind = "theirs refuses" if isinstance(a, str) else "ours refuses" if isinstance(b, str) else ""
        if not kind:
            # What holds for the dataset is one answer there, and one for its first record here.
            kind = "same" if a == (b[:1] if len(a) == 1 else b) else "differ"
        counts.setdefault(key, Counter())[kind] += 1
        if kind == "differ":
            used = {n: frame[n] for n in {name, value if isinstance(value, str) else name} & {*frame}}
            example = f"{json.dumps(used)}: theirs {a}, ours {b}"
            shown[key] = min(shown.get(key, example), example, key=len)
    total = sum(counts.values(), Counter())
    lines = [f"{k}: {dict(n)} {shown.get(k, '')}" for k, n in counts.items() if set(n) != {"same"}]
    return [*lines, f"all: {dict(total)}"]


def _ours(case: Case) -> list[bool] | str:
    import polars as pl

    from interop.rules.data import values
    from interop.rules.evaluate import answer
    from interop.rules.language import Condition
    from interop.rules.operand import Frame
    from interop.rules.operators import OPERATORS as KNOWN
    from interop.rules.outcome import NotExecutableError, SkippedError

    columns, operator, name, value, options = case
    frame = Frame(values(pl.DataFrame(columns, strict=False)), "AE")
    try:
        condition = Condition(name, operator, value, False, False, options)
        return list(answer(frame, KNOWN[operator](frame, condition)))
    except (NotExecutableError, SkippedError) as refused:
        return str(refused)


def _be_peer(asked: Path, said: Path) -> None:
    """In the environment of CDISC's engine: answer every case."""
    logging.disable(logging.CRITICAL)
    pandas, numpy = importlib.import_module("pandas"), importlib.import_module("numpy")
    operators = importlib.import_module("cdisc_rules_engine.check_operators.dataframe_operators")
    datasets = importlib.import_module("cdisc_rules_engine.models.dataset.pandas_dataset")
    answers: list[Any] = []
    for columns, operator, name, value, options in json.loads(asked.read_text(encoding="utf-8")):
        frame = pandas.DataFrame(columns).replace({numpy.nan: None})
        held = {"value": datasets.PandasDataset(frame), "column_prefix_map": {"--": "AE"}}
        judge = operators.DataframeType({**held, "value_level_metadata": [], "column_codelist_map": {}})
        try:
            found = getattr(judge, operator)({"target": name, "comparator": value, **options})
            answers.append([bool(x) for x in found.tolist()])
        except Exception as error:  # whatever stops it, it has no answer
            answers.append(f"{type(error).__name__}: {error}")
    said.write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
