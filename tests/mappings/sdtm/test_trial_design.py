"""TA, TE, TV, TI, TS and SE: expected rows written by hand from the protocol, not from the code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest
from polars import col

from interop import ct
from interop.build import Built
from interop.derive.design import common_elements, treatments_before_arms
from interop.derive.epoch import epoch, with_epoch
from interop.package.submission import submission_table
from interop.study import Study
from interop.studyfile import load_study
from interop.trialdesign import Summary
from mappings.sdtm import dm, se, ta, te, ti, ts, tv
from tests.mappings.sdtm.small import STUDY, SUBJECT, Row, records, said, sdtm

GLOFIT = load_study("glofit-cart")
DESIGN = (te.PAGE, ta.PAGE, tv.PAGE, ti.PAGE, ts.PAGE)
CART, ASCT = "Glofitamab then CAR-T", "Glofitamab then ASCT and CAR-T"


def built(name: str, study: Study = GLOFIT) -> Built:
    page = next(p for p in DESIGN if p.spec.name == name)
    return page.build(records(), study, {})


def test_each_arm_is_its_elements_in_order_with_branch_and_transition() -> None:
    table = built("TA").table
    assert table.select("ARMCD", "ARM", "TAETORD", "ETCD", "EPOCH").rows() == [
        ("ASCTCART", ASCT, 1, "SCRN", "SCREENING"),
        ("ASCTCART", ASCT, 2, "GLOFX", "INDUCTION TREATMENT"),
        ("ASCTCART", ASCT, 3, "COND", "TREATMENT"),
        ("ASCTCART", ASCT, 4, "ASCT", "TREATMENT"),
        ("ASCTCART", ASCT, 5, "CART", "TREATMENT"),
        ("ASCTCART", ASCT, 6, "CONS", "CONTINUATION TREATMENT"),
        ("ASCTCART", ASCT, 7, "FOLO", "FOLLOW-UP"),
        ("CART", CART, 1, "SCRN", "SCREENING"),
        ("CART", CART, 2, "GLOFX", "INDUCTION TREATMENT"),
        ("CART", CART, 3, "FCLD", "TREATMENT"),
        ("CART", CART, 4, "CART", "TREATMENT"),
        ("CART", CART, 5, "CONS", "CONTINUATION TREATMENT"),
        ("CART", CART, 6, "FOLO", "FOLLOW-UP"),
    ]
    # Arms part after GLOFX; consolidation is left out where the day-28 decision does not ask for it.
    assert table.drop_nulls("TABRANCH").select("ARMCD", "ETCD", "TABRANCH").rows() == [
        ("ASCTCART", "GLOFX", "Cohort CAR-T and ASCT"),
        ("CART", "GLOFX", "Cohort CAR-T alone"),
    ]
    assert table.drop_nulls("TATRANS").select("ARMCD", "ETCD").rows() == [
        ("ASCTCART", "GLOFX"),
        ("ASCTCART", "CART"),
        ("CART", "GLOFX"),
        ("CART", "CART"),
    ]
    (decision,) = table.filter(col("ARMCD") == "CART", col("ETCD") == "CART")["TATRANS"]
    assert (
        decision
        == "If neither PET-CT Deauville 4-5 nor ctDNA positive at day 28 after CAR-T, go to follow-up"
    )


def test_elements_have_a_start_rule_and_an_end_or_a_duration() -> None:
    table = built("TE").table
    assert table.select("ETCD", "ELEMENT", "TEDUR").rows() == [
        ("ASCT", "Autologous stem cell reinfusion", "P3D"),
        ("CART", "CAR-T infusion and 28 days after it", "P28D"),
        ("COND", "Conditioning chemotherapy", None),
        ("CONS", "Consolidation with glofitamab", "P84D"),
        ("FCLD", "FC lymphodepletion", "P5D"),
        ("FOLO", "Follow-up", None),
        ("GLOFX", "Glofitamab with or without X", "P42D"),
        ("SCRN", "Screening", None),
    ]
    assert table.filter(col("ETCD") == "CART").select("TESTRL", "TEENRL").row(0) == (
        "CAR-T infusion",
        "28 days after the CAR-T infusion",
    )
    # CDISC's CORE-000027, CORE-000143 and CORE-000580
    assert table.filter(col("TEENRL").is_null() & col("TEDUR").is_null()).is_empty()
    assert table["ETCD"].str.len_bytes().max() <= 8  # type: ignore[operator]
    assert not table.select("TESTRL", "TEENRL", "TEDUR").is_duplicated().any()


def test_visits_count_from_the_study_day_or_a_milestone() -> None:
    table = built("TV").table
    wanted = ("VISITNUM", "VISIT", "VISITDY", "ARMCD", "TVSTRL")
    rows = {r[1]: r for r in table.select(wanted).rows()}
    assert len(rows) == table.height == 23  # UNSCHEDULED is not planned
    assert rows["SCREENING"] == (1, "SCREENING", -21, None, "Informed consent, study day -21 to -1")
    assert rows["C1D1"] == (2, "C1D1", 1, None, "Study day 1")
    assert rows["C2D1"] == (5, "C2D1", 22, None, "Study day 22, window -1 to +3 days")
    assert rows["LYMPHODEPLETION"] == (10, "LYMPHODEPLETION", None, "CART", "5 days before CAR-T infusion")
    assert rows["REINFUSION"][3:] == ("ASCTCART", "On the day of stem cell reinfusion")
    assert rows["CART D28"][3:] == (None, "28 days after CAR-T infusion, window -3 to +3 days")
    assert table.drop_nulls("ARMCD").select("ARMCD", "ARM").unique(maintain_order=True).rows() == [
        ("CART", CART),
        ("ASCTCART", ASCT),
    ]


def test_criteria_are_those_that_are_known() -> None:
    assert built("TI").table.select("IETESTCD", "IECAT", "IETEST").rows() == [
        ("INCL01", "INCLUSION", "Relapsed or refractory aggressive B-cell lymphoma"),
        ("INCL02", "INCLUSION", "Informed consent given before any procedure of the study"),
    ]


def test_the_trial_summary_says_what_is_known_and_why_the_rest_is_empty() -> None:
    table = built("TS").table
    rows = {
        (r[0], r[1]): r[2:] for r in table.select("TSPARMCD", "TSSEQ", "TSVAL", "TSVALNF", "TSVALCD").rows()
    }
    assert rows["TITLE", 1][0] == (
        "Bispecific antibody-based salvage therapy followed by CAR-T ± ASCT in relapsed or refractory "
        "aggressive B-cell lymphoma"
    )
    assert rows["INDIC", 1] == ("Relapsed or refractory aggressive B-cell lymphoma", None, None)
    assert (rows["TRT", 1][0], rows["TRT", 2][0]) == ("CAR-T CELLS", "GLOFITAMAB")
    assert rows["NARMS", 1] == ("2", None, None)
    assert rows["RANDOM", 1] == ("N", None, "C49487")
    assert rows["STYPE", 1] == ("INTERVENTIONAL", None, "C98388")
    assert rows["SDTIGVER", 1][0] == "3.4"
    assert rows["SDTMVER", 1][0] == "2.0"
    unknown = ("REGID", "SPONSOR", "PLANSUB", "TPHASE", "FCNTRY", "SSTDTC", "PCLAS", "TBLIND")
    assert {rows[code, 1] for code in unknown} == {(None, "UNK", None)}
    assert rows["OUTMSPRI", 1][0] == (
        "CR rate after CAR-T ± ASCT: Share of subjects with CR after CAR-T with or without ASCT"
    )
    assert sorted(seq for code, seq in rows if code == "OUTMSSEC") == [1, 2, 3, 4, 5]


def test_a_long_value_of_the_trial_summary_goes_on_and_nothing_is_lost() -> None:
    text = " ".join(f"word{n}" for n in range(80))
    summary = (Summary("OBJPRIM", text), Summary("OBJSEC", "x" * 450), Summary("SPONSOR", null_flavor="UNK"))
    made = sdtm(study=replace(STUDY, summary=summary))
    rows = {r["TSPARMCD"]: r for r in made["TS"].table.to_dicts()}
    parts = [rows["OBJPRIM"][v] for v in ("TSVAL", "TSVAL1", "TSVAL2", "TSVAL3")]
    assert " ".join(p for p in parts if p) == text
    assert [len(rows["OBJSEC"][v]) for v in ("TSVAL", "TSVAL1", "TSVAL2")] == [200, 200, 50]
    assert [v for v in rows["SPONSOR"] if v.startswith("TSVAL") and rows["SPONSOR"][v]] == ["TSVALNF"]
    assert said(made["TS"]) == []
    table = submission_table(made["TS"], STUDY, datetime(2026, 1, 1, tzinfo=UTC))
    assert [c.name for c in table.columns if c.name.startswith("TSVAL")] == [
        *("TSVAL", "TSVAL1", "TSVAL2", "TSVALNF", "TSVALCD"),
    ]
    assert table["TSVAL1"].label == "Parameter Value 1"


def test_the_trial_summary_keeps_the_standards_rules() -> None:
    table = built("TS").table
    both = col("TSVAL").is_null() == col("TSVALNF").is_null()
    assert table.filter(both).is_empty()
    assert not table.select("TSPARMCD", "TSSEQ").is_duplicated().any()  # CORE-000154
    assert table.filter(col("TSVALCD").is_null() != col("TSVCDREF").is_null()).is_empty()
    assert table["TSVAL"].str.len_bytes().max() <= 200  # type: ignore[operator]
    names = dict(table.select("TSPARMCD", "TSPARM").rows())
    codes = {t.code: t.value for t in ct.codelist("C67152").terms.values()}
    for code, name in names.items():
        assert codes[ct.codelist("C66738").terms[code].code] == name


@pytest.mark.parametrize("page", DESIGN, ids=lambda p: p.spec.name)
def test_nothing_of_the_design_is_amiss_and_all_of_it_comes_from_the_study(page) -> None:  # type: ignore[no-untyped-def]
    made = page.build(records(), GLOFIT, {})
    assert made.issues.is_empty()
    assert made.lineage.rows.filter(col("via") == "")["src"].str.contains("^(study.yaml#|SDTM)").all()
    assert not made.data["_row"].is_duplicated().any()
    for var in made.spec.vars:
        if var.codelists and not ct.extensible(var.codelists):
            terms = {t for c in var.codelists for t in ct.codelist(c).terms}
            assert set(made.table[var.name].drop_nulls()) <= terms


def test_codes_lead_from_arms_to_elements_and_epochs_are_terms() -> None:
    elements = dict(built("TE").table.select("ETCD", "ELEMENT").rows())
    arms = built("TA").table
    assert set(arms["ETCD"]) == set(elements)
    assert all(elements[code] == name for code, name in arms.select("ETCD", "ELEMENT").rows())
    assert set(arms["EPOCH"]) <= set(ct.codelist("C99079").terms)
    assert set(built("TV").table["ARMCD"].drop_nulls()) <= set(arms["ARMCD"])


@pytest.mark.parametrize(("name", "made"), [("lzzt", set()), ("demo", {"TS"})])
def test_a_study_that_tells_no_design_has_no_design_datasets(name: str, made: set[str]) -> None:
    """`demo` tells a summary of the trial, and no elements."""
    study = load_study(name)
    assert {p.spec.name for p in DESIGN if built(p.spec.name, study).table.height} == made
    subjects = dm.PAGE.build(records(subject=[SUBJECT]), study, {})
    assert se.PAGE.build(records(), study, {"DM": subjects}).table.height == 0


def test_what_is_given_before_arms_part_is_no_unplanned_treatment() -> None:
    assert common_elements(GLOFIT) == {"SCRN", "GLOFX"}
    assert treatments_before_arms(GLOFIT) == {
        "OBINUTUZUMAB",
        "GLOFITAMAB",
        "POLATUZUMAB VEDOTIN",
        "GEMCITABINE",
        "OXALIPLATIN",
        "ZANUBRUTINIB",
        "LENALIDOMIDE",
    }
    assert treatments_before_arms(load_study("demo")) == frozenset()


def dose(treatment: str, start: str, **more: str) -> Row:
    return {"treatment": treatment, "start": start, **more}


CONSENT: Row = {"date": "2024-01-01"}
INDUCTION = (dose("OBINUTUZUMAB", "2024-01-10"), dose("GLOFITAMAB", "2024-01-17"))
END: Row = {"term": "End", "standard_term": "COMPLETED", "category": "DISPOSITION EVENT"}


def elements(arm: str | None, **tables: list[Row]) -> tuple[list[tuple[object, ...]], Built]:
    """SE of one subject: ETCD, TAETORD, EPOCH, SESTDTC, SEENDTC."""
    source = records(subject=[{**SUBJECT, "arm": arm}], **tables)
    subjects = dm.PAGE.build(source, GLOFIT, {})
    made = se.PAGE.build(source, GLOFIT, {"DM": subjects})
    return made.table.select("ETCD", "TAETORD", "EPOCH", "SESTDTC", "SEENDTC").rows(), made


def test_a_subject_passes_from_element_to_element_without_gaps() -> None:
    rows, made = elements(
        "ASCTCART",
        consent=[CONSENT],
        administration=[
            *INDUCTION,
            dose("MELPHALAN", "2024-03-01"),
            dose("CAR-T CELLS", "2024-03-10"),
            dose("GLOFITAMAB", "2024-04-10"),
            dose("GLOFITAMAB", "2024-05-01"),
        ],
        procedure=[{"name": "STEM CELL REINFUSION", "start": "2024-03-07"}],
        disposition=[
            {**END, "subcategory": "STUDY TREATMENT", "date": "2024-06-20"},
            {**END, "subcategory": "STUDY PARTICIPATION", "date": "2025-06-20"},
        ],
    )
    assert rows == [
        ("SCRN", 1, "SCREENING", "2024-01-01", "2024-01-10"),
        ("GLOFX", 2, "INDUCTION TREATMENT", "2024-01-10", "2024-03-01"),
        ("COND", 3, "TREATMENT", "2024-03-01", "2024-03-07"),
        ("ASCT", 4, "TREATMENT", "2024-03-07", "2024-03-10"),
        ("CART", 5, "TREATMENT", "2024-03-10", "2024-04-10"),
        ("CONS", 6, "CONTINUATION TREATMENT", "2024-04-10", "2024-06-20"),
        ("FOLO", 7, "FOLLOW-UP", "2024-06-20", "2025-06-20"),
    ]
    assert made.issues.is_empty()
    assert made.table.select("SESEQ", "SESTDY", "SEENDY").row(0) == (1, -9, 1)
    fourth = made.lineage.rows.filter(col("row") == "SE|AB1-7-1|4").select("via", "src", "field")
    assert ("begin", "procedure.csv#2", "start") in fourth.rows()
    assert ("next", "administration.csv#5", "start") in fourth.rows()
    assert ("plan", "study.yaml#arms/ASCTCART/ASCT", None) in fourth.rows()
    reads = dict(made.lineage.reads.select("variable", "column").rows())
    assert (reads["EPOCH"], reads["TAETORD"]) == ("plan.epoch", "plan.order")


def test_without_consolidation_follow_up_begins_after_day_28() -> None:
    rows, _ = elements(
        "CART",
        consent=[CONSENT],
        administration=[*INDUCTION, dose("FLUDARABINE", "2024-03-01"), dose("CAR-T CELLS", "2024-03-06")],
        disposition=[{**END, "subcategory": "STUDY PARTICIPATION", "date": "2025-06-20"}],
    )
    assert rows[3:] == [
        ("CART", 4, "TREATMENT", "2024-03-06", "2024-04-04"),
        ("FOLO", 6, "FOLLOW-UP", "2024-04-04", "2025-06-20"),
    ]


def test_who_dies_before_day_28_has_no_follow_up() -> None:
    rows, _ = elements(
        "CART",
        consent=[CONSENT],
        administration=[*INDUCTION, dose("FLUDARABINE", "2024-03-01"), dose("CAR-T CELLS", "2024-03-06")],
        death=[{"date": "2024-03-20"}],
    )
    assert rows[-1] == ("CART", 4, "TREATMENT", "2024-03-06", "2024-03-20")


def test_who_has_no_arm_goes_from_phase_1_to_follow_up() -> None:
    rows, _ = elements(
        None,
        consent=[CONSENT],
        administration=[*INDUCTION],
        disposition=[
            {
                **END,
                "standard_term": "PROGRESSIVE DISEASE",
                "subcategory": "STUDY TREATMENT",
                "date": "2024-02-20",
            },
            {**END, "standard_term": "DEATH", "subcategory": "STUDY PARTICIPATION", "date": "2024-08-20"},
        ],
    )
    # Follow-up is the sixth element of one arm and the seventh of the other.
    assert rows == [
        ("SCRN", 1, "SCREENING", "2024-01-01", "2024-01-10"),
        ("GLOFX", 2, "INDUCTION TREATMENT", "2024-01-10", "2024-02-20"),
        ("FOLO", None, "FOLLOW-UP", "2024-02-20", "2024-08-20"),
    ]


def test_a_screen_failure_has_one_element() -> None:
    rows, _ = elements(
        None,
        consent=[CONSENT],
        disposition=[{**END, "standard_term": "SCREEN FAILURE", "date": "2024-01-09"}],
    )
    assert rows == [("SCRN", 1, "SCREENING", "2024-01-01", "2024-01-09")]


def test_an_element_of_another_arm_is_unplanned_and_said() -> None:
    rows, made = elements(
        "CART",
        consent=[CONSENT],
        administration=[*INDUCTION, dose("MELPHALAN", "2024-03-01"), dose("CAR-T CELLS", "2024-03-06")],
    )
    assert rows[2] == ("UNPLAN", None, "TREATMENT", "2024-03-01", "2024-03-06")
    assert made.table.row(2, named=True)["SEUPDES"] == "Conditioning chemotherapy"
    assert made.table.row(2, named=True)["ELEMENT"] is None
    assert made.issues.select("rule", "source", "value").rows() == [
        ("UNPLANNED ELEMENT", "administration.csv#4", "COND")
    ]


def test_what_was_not_given_begins_nothing() -> None:
    rows, _ = elements(
        "CART",
        consent=[CONSENT],
        administration=[*INDUCTION, dose("FLUDARABINE", "2024-03-01", status="not-done")],
        procedure=[{"name": "STEM CELL REINFUSION", "start": "2024-03-02", "status": "not-done"}],
    )
    assert [r[0] for r in rows] == ["SCRN", "GLOFX"]


def test_a_partial_date_stays_partial_and_in_its_place() -> None:
    rows, _ = elements(
        "CART",
        consent=[{"date": "2024-01"}],
        administration=[*INDUCTION, dose("FLUDARABINE", "2024-03-01"), dose("CAR-T CELLS", "2024-03")],
        visit=[{"visit": "CART D28", "date": "2024-04-02"}],
    )
    assert rows[0] == ("SCRN", 1, "SCREENING", "2024-01", "2024-01-10")
    assert rows[2] == ("FCLD", 3, "TREATMENT", "2024-03-01", "2024-03")


def test_without_consent_screening_begins_with_its_visit() -> None:
    rows, _ = elements(
        None, visit=[{"visit": "SCREENING", "date": "2024-01-03"}], administration=[*INDUCTION]
    )
    assert rows[0] == ("SCRN", 1, "SCREENING", "2024-01-03", "2024-01-10")


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2023-12-31", None),
        ("2024-01-01", "SCREENING"),
        ("2024-01-09", "SCREENING"),
        ("2024-01-10", "INDUCTION TREATMENT"),
        ("2024-01-10T08:30", "INDUCTION TREATMENT"),
        ("2024-01", None),  # screening or induction
        ("2024-02", "INDUCTION TREATMENT"),
        ("2024-03-05", "TREATMENT"),
        ("2024-03", "TREATMENT"),  # in one of two elements of the same epoch
        ("2024-04-03", "TREATMENT"),
        ("2024-04-04", "FOLLOW-UP"),
        ("2026", "FOLLOW-UP"),
        (None, None),
    ],
)
def test_epoch_comes_from_se(date: str | None, expected: str | None) -> None:
    _, made = elements(
        "CART",
        consent=[CONSENT],
        administration=[*INDUCTION, dose("FLUDARABINE", "2024-03-01"), dose("CAR-T CELLS", "2024-03-06")],
        disposition=[{**END, "subcategory": "STUDY PARTICIPATION", "date": "2025-06-20"}],
    )
    rows = pl.DataFrame(
        {"usubjid": ["AB1-7-1", "AB1-7-2"], "on": [date, date]},
        schema=dict.fromkeys(("usubjid", "on"), pl.String),
    )
    found = with_epoch(rows, GLOFIT, "on", made).with_columns(EPOCH=epoch("on"))
    assert found["EPOCH"].to_list() == [expected, None]
    if expected == "FOLLOW-UP":
        assert found.row(0, named=True)["_src:epoch"] == "SE|AB1-7-1|5"
        assert found.row(0, named=True)["_field:epoch"] == "EPOCH"


def test_the_order_of_the_records_changes_nothing() -> None:
    doses = [*INDUCTION, dose("FLUDARABINE", "2024-03-01"), dose("CAR-T CELLS", "2024-03-06")]
    forth, _ = elements("CART", consent=[CONSENT], administration=doses)
    back, _ = elements("CART", consent=[CONSENT], administration=doses[::-1])
    assert forth == back
