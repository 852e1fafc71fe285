"""What must not change the findings: the order of records, datasets beside, splitting, the company of rules.

Each rule shows AESPID, which names a record wherever it stands.
"""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from interop.rules.data import DataSet, package_of
from interop.rules.language import Rule
from tests.rules.support import dataset, rule, run

Row = dict[str, Any]
Found = list[tuple[str, str, str]]

SHOWN = {"Message": "Wrong", "Output Variables": ["AESPID"]}
DM_KEYS = [{"Name": "DM", "Keys": ["USUBJID"]}]


def check(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    given_value = {} if value is None else {"value": value}
    return {"name": name, "operator": operator, **given_value, **more}


def named(n: int, conditions: Any, **more: Any) -> Rule:
    return rule(conditions, Core={"Id": f"TEST-{n}", "Status": "Draft"}, Outcome=SHOWN, **more)


RULES = (
    named(0, [check("AETERM", "empty")]),
    named(1, [check("AESEQ", "is_not_unique_set", ["USUBJID"])]),
    named(2, [check("AEDECOD", "is_inconsistent_across_dataset", ["AETERM"])]),
    named(3, [check("RFSTDTC", "date_greater_than", "AESTDTC")], Match_Datasets=DM_KEYS),
    named(4, [check("RFSTDTC", "empty")], Match_Datasets=[{**DM_KEYS[0], "Join_Type": "left"}]),
    named(
        5,
        [check("$n", "greater_than", 1)],
        Operations=[{"id": "$n", "operator": "record_count", "group": ["USUBJID"], "domain": "AE"}],
    ),
    named(
        6,
        [check("USUBJID", "is_not_contained_by", "$dm")],
        Operations=[{"id": "$dm", "operator": "distinct", "name": "USUBJID", "domain": "DM"}],
    ),
    named(7, {"any": [check("AETERM", "matches_regex", "^(?!A)"), check("AEDECOD", "equal_to", "AETERM")]}),
    named(
        8,
        [check("AESTDTC", "equal_to", "$last")],
        Operations=[
            {"id": "$last", "operator": "max_date", "name": "AESTDTC", "group": ["USUBJID"], "domain": "AE"}
        ],
    ),
    named(9, [check("AETERM", "is_not_unique_relationship", "AEDECOD")]),
)

SUBJECT = st.sampled_from(["S1", "S2", "S3"])
DATE = st.sampled_from(["", "2020", "2020-01-02", "2020-01-03", "2020-01-03T10:00"])
AE_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "USUBJID": SUBJECT,
            "AESEQ": st.sampled_from([1, 2, 3]),
            "AETERM": st.sampled_from(["", "A", "B"]),
            "AEDECOD": st.sampled_from(["", "A", "X"]),
            "AESTDTC": DATE,
        }
    ),
    min_size=1,
    max_size=7,
)
DM_ROWS = st.dictionaries(SUBJECT, DATE, min_size=1)


def adverse_events(rows: list[Row], name: str = "AE") -> DataSet:
    columns = {
        k: [r[k] for r in rows] for k in ("USUBJID", "AESEQ", "AETERM", "AEDECOD", "AESTDTC", "AESPID")
    }
    return dataset(name, {"DOMAIN": ["AE"] * len(rows), **columns})


def demographics(subjects: dict[str, str]) -> DataSet:
    return dataset(
        "DM",
        {
            "DOMAIN": ["DM"] * len(subjects),
            "USUBJID": list(subjects),
            "RFSTDTC": list(subjects.values()),
        },
    )


def numbered(rows: list[Row]) -> list[Row]:
    return [{**r, "AESPID": f"#{n}"} for n, r in enumerate(rows)]


def found(*datasets: DataSet, rules: tuple[Rule, ...] = RULES) -> Found:
    """Rule, domain and AESPID of each finding, in an order of their own."""
    findings = run(package_of(datasets), *rules).findings
    shown = findings.with_columns(
        pl.col("values").list.get(pl.col("variables").list.eval(pl.element() == "AESPID").list.arg_max())
    )
    return sorted(shown.select("rule", "domain", "values").filter(pl.col("domain") == "AE").rows())


@given(AE_ROWS, DM_ROWS, st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_order_of_records_does_not_matter(rows: list[Row], dm: dict[str, str], chance: Any) -> None:
    rows = numbered(rows)
    other = rows.copy()
    chance.shuffle(other)
    backwards = dict(reversed(dm.items()))
    assert found(adverse_events(rows), demographics(dm)) == found(
        demographics(backwards), adverse_events(other)
    )


@given(AE_ROWS, DM_ROWS)
@settings(max_examples=20, deadline=None)
def test_a_dataset_beside_changes_nothing(rows: list[Row], dm: dict[str, str]) -> None:
    ae, beside = adverse_events(numbered(rows)), dataset("ZZ", {"DOMAIN": ["ZZ"], "ZZTERM": ["z"]})
    alone = found(ae, demographics(dm))
    assert found(beside, ae, demographics(dm)) == alone
    assert found(ae, demographics(dm), beside) == alone


@given(AE_ROWS, DM_ROWS, st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_a_split_dataset_is_judged_as_the_whole(rows: list[Row], dm: dict[str, str], at: int) -> None:
    rows = numbered(rows)
    first, rest = rows[:at], rows[at:]
    parts = [adverse_events(p, n) for p, n in ((first, "AE1"), (rest, "AE2")) if p]
    assert found(*parts, demographics(dm)) == found(adverse_events(rows), demographics(dm))


@given(AE_ROWS, DM_ROWS)
@settings(max_examples=20, deadline=None)
def test_rules_together_find_what_each_finds_alone(rows: list[Row], dm: dict[str, str]) -> None:
    datasets = adverse_events(numbered(rows)), demographics(dm)
    each = [f for r in RULES for f in found(*datasets, rules=(r,))]
    assert found(*datasets) == sorted(each)


def test_the_rules_find_something() -> None:
    """So that the properties above are about findings."""
    rows = [
        {"USUBJID": "S1", "AESEQ": 1, "AETERM": "", "AEDECOD": "", "AESTDTC": "2020-01-02"},
        {"USUBJID": "S1", "AESEQ": 1, "AETERM": "B", "AEDECOD": "A", "AESTDTC": "2020-01-03"},
        {"USUBJID": "S2", "AESEQ": 1, "AETERM": "B", "AEDECOD": "X", "AESTDTC": "2020-01-02"},
        {"USUBJID": "S3", "AESEQ": 1, "AETERM": "A", "AEDECOD": "A", "AESTDTC": "2020-01-02"},
    ]
    dm = {"S1": "2020-01-03", "S2": ""}
    assert {r for r, _, _ in found(adverse_events(numbered(rows)), demographics(dm))} == {r.id for r in RULES}
