"""The kernel on a small dataset: what is kept, what is said, what is traced."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars import col
from polars.testing import assert_frame_equal

from interop.build import Built, Scope, build
from interop.errors import SpecError
from interop.lineage import attach
from interop.spec import assigned, collected, dataset, derived, sequence, sponsor

EX = dataset(
    "EX",
    standard="sdtmig34",
    keys=("USUBJID", "EXTRT", "EXSTDTC"),
    rules={
        "STUDYID": assigned(col("study")),
        "DOMAIN": assigned("EX"),
        "USUBJID": derived(pl.format("{}-{}", "study", "subject"), "STUDYID-SUBJID"),
        "EXTRT": collected("treatment"),
        "EXDOSE": collected("dose"),
        "EXDOSU": collected("unit"),
        "EXFAST": collected("fasting"),
        "EXSTDTC": collected("start"),
        "EXSTDY": derived(col("EXSTDTC").str.len_chars() - col("DM.DAY"), "a stand-in for a study day"),
        "EXSEQ": sequence(),
    },
)
DONE = Scope(col("status") == "completed", "not given")
ROW = {
    "study": "S",
    "subject": "1",
    "treatment": "XELTUMAB",
    "dose": "200",
    "unit": "MG",
    "fasting": "N",
    "start": "2024-01-10",
    "status": "completed",
}


def rows(*over: dict[str, str | None]) -> pl.DataFrame:
    made = [{"_src": f"EX.csv#{n}", **ROW, **o} for n, o in enumerate(over, 2)]
    frame = pl.DataFrame(made, schema=dict.fromkeys(["_src", *ROW], pl.String))
    dm = pl.DataFrame({"USUBJID": ["S-1", "S-2"], "DAY": [9, 8], "_src": ["DM|S-1", "DM|S-2"]})
    keyed = frame.with_columns(usubjid=pl.format("{}-{}", "study", "subject"))
    return attach(keyed, dm, "DM", on="usubjid", to="USUBJID")


def ex(*over: dict[str, str | None]) -> Built:
    return build(EX, rows(*over), DONE)


def test_a_row_becomes_a_record_in_the_order_of_the_standard() -> None:
    built = ex({})
    assert built.table.rows(named=True) == [
        {
            "STUDYID": "S",
            "DOMAIN": "EX",
            "USUBJID": "S-1",
            "EXSEQ": 1,
            "EXTRT": "XELTUMAB",
            "EXDOSE": 200.0,
            "EXDOSU": "mg",
            "EXFAST": "N",
            "EXSTDTC": "2024-01-10",
            "EXSTDY": 1,
        }
    ]
    assert built.issues.is_empty()
    assert built.data["_row"].item() == "EX|S-1|1"


def test_an_unknown_term_of_an_extensible_codelist_is_kept_and_said() -> None:
    built = ex({"unit": "spoon"})
    assert built.table["EXDOSU"].item() == "spoon"
    (issue,) = built.issues.rows(named=True)
    assert (issue["severity"], issue["source"], issue["variable"], issue["value"], issue["kept"]) == (
        "warning",
        "EX.csv#2",
        "EXDOSU",
        "spoon",
        True,
    )
    assert "UNIT" in issue["message"]


def test_an_unknown_term_of_a_closed_codelist_costs_the_value_not_the_row() -> None:
    built = ex({"fasting": "perhaps"})
    assert built.table["EXFAST"].to_list() == [None]
    (issue,) = built.issues.rows(named=True)
    assert (issue["severity"], issue["rule"], issue["value"]) == ("error", "CODELIST C66742", "perhaps")


def test_a_missing_required_value_sets_the_row_aside() -> None:
    built = ex({"treatment": None}, {})
    assert built.table["EXSEQ"].to_list() == [1]
    (issue,) = built.issues.rows(named=True)
    assert (issue["source"], issue["variable"], issue["rule"], issue["kept"]) == (
        "EX.csv#2",
        "EXTRT",
        "REQUIRED",
        False,
    )


def test_a_missing_required_qualifier_is_an_error_and_the_row_stays() -> None:
    rules = {
        "STUDYID": assigned("S"),
        "DOMAIN": assigned("DS"),
        "USUBJID": collected("usubjid"),
        "DSTERM": collected("term"),
        "DSDECOD": collected("decoded"),
        "DSSEQ": sequence(),
    }
    spec = dataset("DS", standard="sdtmig34", keys=("USUBJID", "DSTERM"), rules=rules)
    row = {"_src": "DS.csv#2", "usubjid": "S-1", "term": "Moved away", "decoded": None}
    built = build(spec, pl.DataFrame([row], schema=dict.fromkeys(row, pl.String)))
    assert built.table["DSTERM"].to_list() == ["Moved away"]
    (issue,) = built.issues.rows(named=True)
    assert (issue["severity"], issue["variable"], issue["rule"], issue["kept"]) == (
        "error",
        "DSDECOD",
        "REQUIRED",
        True,
    )


def test_a_row_out_of_scope_is_said_with_its_reason() -> None:
    (issue,) = ex({"status": "not-done"}).issues.rows(named=True)
    assert (issue["severity"], issue["message"], issue["kept"]) == ("info", "not given", False)


def test_text_over_200_bytes_goes_on_in_supplemental_columns() -> None:
    text = "é" * 90 + " " + "word " * 60
    built = ex({"treatment": text.strip()})
    pieces = [built.data[c].item() for c in ("EXTRT", "supp.EXTRT1", "supp.EXTRT2")]
    assert " ".join(pieces) == text.strip()
    assert all(len(p.encode()) <= 200 for p in pieces)
    assert built.issues["rule"].to_list() == ["LONG TEXT"]


ONE = dataset(
    "ADSL",
    standard="adamig13",
    keys=("USUBJID",),
    one_per=("USUBJID",),
    rules={
        **{v: collected(v) for v in ("STUDYID", "USUBJID", "SUBJID", "SITEID", "AGE", "AGEU", "SEX", "RACE")},
        "ARM": collected("ARM"),
        "TRT01P": collected("ARM"),
        "CARTDT": sponsor(collected("CARTDT"), "Date of CAR-T Infusion", "date"),
    },
)


def adsl(*ages: float) -> Built:
    fixed = {"STUDYID": "S", "USUBJID": "S-1", "SUBJID": "1", "SITEID": "1", "AGEU": "YEARS", "SEX": "F"}
    made = [
        {**fixed, "RACE": "WHITE", "ARM": "A", "CARTDT": None, "AGE": age, "_src": f"DM|{n}"}
        for n, age in enumerate(ages)
    ]
    return build(ONE, pl.DataFrame(made))


def test_rows_that_contradict_each_other_are_all_set_aside() -> None:
    built = adsl(60, 61)
    assert built.table.is_empty()
    assert built.issues.select("rule", "kept").rows() == [("DUPLICATE", False)] * 2


def test_a_row_that_stands_twice_is_used_once() -> None:
    built = adsl(60, 60)
    assert len(built.table) == 1
    assert built.issues.select("severity", "rule").rows() == [("warning", "COPY")]


def test_lineage_names_what_each_expression_reads_and_which_rows() -> None:
    built = ex({})
    reads = built.lineage.reads.filter(col("variable") == "EXSTDY")["column"].to_list()
    assert reads == ["DM.DAY", "EXSTDTC"]
    assert set(built.lineage.rows.select("row", "via", "src").rows()) == {
        ("EX|S-1|1", "", "EX.csv#2"),
        ("EX|S-1|1", "DM", "DM|S-1"),
    }


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"EXDOS": collected("dose")}, "no such variable"),
        ({"EXTRT": None}, "no rule for EXTRT"),
        ({"EXTRT": collected("EXSTDTC")}, "before it exists"),
    ],
)
def test_a_specification_that_leaves_the_standard_fails_at_import(
    change: dict[str, object], said: str
) -> None:
    rules = {**{v.name: v.rule for v in EX.vars}, **change}
    with pytest.raises(SpecError, match=said):
        dataset("EX", standard="sdtmig34", keys=(), rules={n: r for n, r in rules.items() if r})  # type: ignore[misc]


def test_a_sponsor_variable_has_at_most_8_characters_and_a_label_of_40() -> None:
    rules = {v.name: v.rule for v in ONE.vars}
    with pytest.raises(SpecError, match="at most 8 characters"):
        dataset(
            "ADSL",
            standard="adamig13",
            keys=(),
            rules={**rules, "CARTINFDT": sponsor(collected("x"), "Date", "date")},
        )


values = st.fixed_dictionaries(
    {
        "subject": st.sampled_from(["1", "2"]),
        "treatment": st.sampled_from(["A", "B", "long " * 50, None]),
        "unit": st.sampled_from(["mg", "MG", "spoon", None]),
        "fasting": st.sampled_from(["Y", "perhaps", None]),
        "start": st.sampled_from(["2024-01-09", "2024", None]),
        "status": st.sampled_from(["completed", "not-done", None]),
    }
)


@given(st.lists(values, max_size=8))
def test_whatever_the_rows_each_is_kept_or_explained(given_rows: list[dict[str, str | None]]) -> None:
    built = ex(*given_rows)
    kept = set(built.data["_src"])
    explained = set(built.issues.filter(~col("kept"))["source"])
    assert kept.isdisjoint(explained)
    assert kept | explained == {f"EX.csv#{n}" for n in range(2, len(given_rows) + 2)}


@given(st.lists(values, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_source_rows_changes_nothing(
    given_rows: list[dict[str, str | None]], random: object
) -> None:
    shuffled = list(given_rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = ex(*given_rows), ex(*shuffled)
    hidden = [c for c in one.data.columns if c.startswith("supp.")]
    assert_frame_equal(
        one.data.select([*EX.columns, *sorted(hidden)]),
        other.data.select([*EX.columns, *sorted(hidden)]),
    )


@given(st.lists(values, max_size=8))
def test_another_subject_changes_no_row_of_the_first(given_rows: list[dict[str, str | None]]) -> None:
    both = ex(*given_rows).table.filter(col("USUBJID") == "S-1")
    alone = ex(*(r for r in given_rows if r["subject"] == "1")).table
    assert_frame_equal(both, alone)
