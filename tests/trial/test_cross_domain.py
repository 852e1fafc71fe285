"""The domains tell one story: what relates them resolves, what two of them say of one thing is the same."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pytest
from polars import col

from tests.trial.conftest import Export

Tables = Mapping[str, pl.DataFrame]
EPOCH_DATE = {
    **{d: f"{d}STDTC" for d in ("AE", "BE", "CM", "DS", "EC", "EX", "PR")},
    **{d: f"{d}DTC" for d in ("BS", "IE", "LB", "RS", "SS", "TR", "TU", "VS")},
}
KEY = ["USUBJID", "VALUE"]


@pytest.fixture(scope="module", params=["clean", "untidy", pytest.param("large", marks=pytest.mark.oracle)])
def export(request: pytest.FixtureRequest) -> Export:
    found: Export = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def t(export: Export) -> Tables:
    return {n: b.table for n, b in export.run.built.items()}


def of_subjects(t: Tables) -> dict[str, pl.DataFrame]:
    return {n: f for n, f in t.items() if "USUBJID" in f.columns and n != "RELREC"}


# --- identifiers


def test_every_subject_of_any_dataset_is_in_dm(t: Tables, export: Export) -> None:
    known = set(t["DM"]["USUBJID"])
    assert known == set(export.made.truth["usubjid"])
    for name, frame in of_subjects(t).items():
        assert set(frame["USUBJID"]) <= known, name
    assert set(t["ADSL"]["USUBJID"]) == known


def test_sequence_numbers_are_unique_in_the_subject_and_count_from_1(t: Tables) -> None:
    counted = 0
    for name, frame in of_subjects(t).items():
        sequence = next((v for v in (f"{name}SEQ", "ASEQ") if v in frame.columns), None)
        if sequence is not None and frame.height:
            counted += 1
            of_each = frame.group_by("USUBJID").agg(
                pl.len(), first=col(sequence).min(), last=col(sequence).max(), all=col(sequence).n_unique()
            )
            assert of_each.filter(
                (col("first") != 1) | (col("last") != col("len")) | (col("all") != col("len"))
            ).is_empty(), name
    assert counted >= 20


def test_every_supplemental_value_has_its_parent_and_stands_once(t: Tables) -> None:
    seen = 0
    for name in [n for n in t if n.startswith("SUPP")]:
        supp = t[name]
        parents = t[name.removeprefix("SUPP")]
        for (domain, variable), rows in supp.group_by("RDOMAIN", "IDVAR"):
            assert (domain, variable) == (name.removeprefix("SUPP"), f"{domain}SEQ")
            key = parents.select("USUBJID", IDVARVAL=col(str(variable)).cast(pl.String))
            assert rows.join(key, on=["USUBJID", "IDVARVAL"], how="anti").is_empty()
            seen += rows.height
        assert supp.select("USUBJID", "IDVAR", "IDVARVAL", "QNAM").is_unique().all()
        assert supp["QVAL"].null_count() == 0
    assert seen > 100


# --- RELREC, tumours


def related(t: Tables, domain: str, variable: str) -> pl.DataFrame:
    return t[domain].select("USUBJID", VALUE=variable).drop_nulls()


def test_relrec_names_variables_that_are_there_and_relates_rows(t: Tables) -> None:
    relations = t["RELREC"].partition_by("RELID")
    assert {r["RELID"][0] for r in relations} >= {"TUTR", "TRRS", "ECEX", "PRBE", "BEBS"}
    for relation in relations:
        left, right = relation.select("RDOMAIN", "IDVAR", "RELTYPE").rows()
        assert relation["USUBJID"].null_count() == relation["IDVARVAL"].null_count() == 2
        a, b = (related(t, domain, variable) for domain, variable, _ in (left, right))
        assert not a.join(b, on=KEY, how="semi").is_empty()
        for side, (_, _, kind) in ((a, left), (b, right)):
            assert kind in ("ONE", "MANY")
            assert kind == "MANY" or side.is_unique().all()


def test_every_relation_resolves_where_a_partner_is_due(t: Tables) -> None:
    for domain, variable, other, partner in (
        ("TR", "TRLNKID", "TU", "TULNKID"),
        ("TU", "TULNKID", "TR", "TRLNKID"),
        ("EX", "EXLNKID", "EC", "ECLNKID"),
        ("BE", "BELNKID", "PR", "PRLNKID"),
        ("RS", "RSLNKGRP", "TR", "TRLNKGRP"),
    ):
        alone = related(t, domain, variable).join(related(t, other, partner), on=KEY, how="anti")
        assert alone.is_empty(), (domain, alone.head())


def test_every_yield_but_that_of_the_product_has_its_collection(t: Tables) -> None:
    be = t["BE"].select("USUBJID", BSREFID="BEREFID")
    alone = t["BS"].join(be, on=["USUBJID", "BSREFID"], how="anti")
    assert (
        set(alone["BSSPEC"])
        == {"CAR-T CELLS"}
        == set(t["BS"]["BSSPEC"])
        - {
            "LYMPHOCYTE",
            "PERIPHERAL BLOOD STEM CELL",
        }
    )


def test_every_tumour_result_has_its_tumour_and_its_response(t: Tables) -> None:
    tr, tu, rs = t["TR"], t["TU"], t["RS"]
    # a sum is of several lesions, so it is of no TU row but of an examination
    assert tr.filter(col("TRLNKID").is_null() != (col("TRDRVFL") == "Y").fill_null(False)).is_empty()
    assert tr["TRLNKGRP"].null_count() == 0
    of_lesion = tr.drop_nulls("TRLNKID")
    assert of_lesion.join(
        tu, left_on=["USUBJID", "TRLNKID"], right_on=["USUBJID", "TULNKID"], how="anti"
    ).is_empty()
    started = tr.join(t["DM"].select("USUBJID", "RFXSTDTC"), on="USUBJID")
    after = started.filter(col("TRDTC").str.slice(0, 10) >= col("RFXSTDTC").str.slice(0, 10))
    read = rs.filter(RSTESTCD="OVRLRESP", RSEVAL="INVESTIGATOR").select("USUBJID", "RSLNKGRP", "RSDTC")
    assert read.drop_nulls("RSLNKGRP").select("USUBJID", "RSLNKGRP").is_unique().all()
    both = after.join(read, left_on=["USUBJID", "TRLNKGRP"], right_on=["USUBJID", "RSLNKGRP"], how="left")
    assert both.height == after.height > 1000
    assert both["RSDTC"].null_count() == 0, "a measurement without an overall response"
    assert both.filter(col("TRDTC") != col("RSDTC")).is_empty(), "measured on another day than read"


def test_what_is_before_treatment_is_baseline(t: Tables) -> None:
    """The other TR rows: those without a response are of the examination at screening, all of them."""
    tr = t["TR"].join(t["DM"].select("USUBJID", "RFXSTDTC"), on="USUBJID")
    answered = t["RS"].drop_nulls("RSLNKGRP").select("USUBJID", TRLNKGRP="RSLNKGRP").unique()
    alone = tr.join(answered, on=["USUBJID", "TRLNKGRP"], how="anti")
    treated = alone.drop_nulls("RFXSTDTC")
    assert treated.filter(col("TRDTC").str.slice(0, 10) >= col("RFXSTDTC").str.slice(0, 10)).is_empty()
    assert set(alone["VISIT"]) == {"SCREENING"}


# --- exposure


def test_exposure_is_what_was_collected_as_given(t: Tables) -> None:
    ec, ex = t["EC"], t["EX"]
    given = ec.filter(ECOCCUR="Y")
    facts = ["TRT", "DOSE", "DOSU", "DOSFRM", "DOSFRQ", "ROUTE", "LOT", "STDTC", "ENDTC", "LNKID", "STDY"]
    common = ["USUBJID", "VISIT", "EPOCH"]
    a = given.select(*common, *(col(f"EC{f}").alias(f) for f in facts)).sort(pl.all())
    b = ex.select(*common, *(col(f"EX{f}").alias(f) for f in facts)).sort(pl.all())
    assert a.equals(b)
    assert a.height > 200
    not_given = ec.filter(ECOCCUR="N")
    assert not_given.height == ec.height - ex.height
    assert not_given["ECDOSE"].null_count() == not_given.height
    assert not_given["ECREASOC"].null_count() == 0


# --- the story of a subject


def same(frame: pl.DataFrame, one: str, other: str) -> None:
    differ = frame.filter(col(one).ne_missing(col(other))).select("USUBJID", one, other)
    assert differ.is_empty(), differ


def day(name: str) -> pl.Expr:
    """The day of a date, as text; null where it is partial."""
    text = col(name).cast(pl.String).str.slice(0, 10)
    return pl.when(text.str.len_chars() == 10).then(text)


def test_dates_of_dm_are_those_of_exposure_consent_and_death(t: Tables) -> None:
    dm, ds = t["DM"], t["DS"]
    dates = (
        t["EX"]
        .group_by("USUBJID")
        .agg(first=col("EXSTDTC").min(), last=pl.max_horizontal("EXSTDTC", "EXENDTC").max())
    )
    consent = ds.filter(DSDECOD="INFORMED CONSENT OBTAINED").select("USUBJID", consent="DSSTDTC")
    both = dm.join(dates, on="USUBJID", how="left").join(consent, on="USUBJID", how="left", validate="1:1")
    both = both.with_columns(day(c).alias(c) for c in ("RFSTDTC", "RFENDTC", "first", "last", "RFXSTDTC"))
    same(both, "RFSTDTC", "first")
    same(both, "RFXSTDTC", "first")
    same(both, "RFENDTC", "last")
    same(both, "RFICDTC", "consent")


def test_who_died_died_in_every_dataset(t: Tables) -> None:
    dead = set(t["DM"].filter(DTHFL="Y")["USUBJID"])
    assert len(dead) > 5
    assert (
        dead == set(t["ADSL"].filter(DTHFL="Y")["USUBJID"]) == set(t["ADSL"].drop_nulls("DTHDT")["USUBJID"])
    )
    assert dead == set(t["ADRS"].filter(PARAMCD="DEATH", AVALC="Y")["USUBJID"])
    assert dead == set(t["DD"]["USUBJID"])
    assert dead >= set(t["DS"].filter(DSDECOD="DEATH")["USUBJID"])
    assert dead >= set(t["AE"].filter(AEOUT="FATAL")["USUBJID"])
    assert dead >= set(t["SS"].filter(SSSTRESC="DEAD")["USUBJID"])
    assert dead >= set(t["ADTTE"].filter(EVNTDESC="Death")["USUBJID"])


def test_the_day_of_death_is_the_same_everywhere(t: Tables) -> None:
    died = t["DM"].filter(DTHFL="Y").select("USUBJID", "DTHDTC")
    of_ds = t["DS"].filter(DSDECOD="DEATH").select("USUBJID", "DSSTDTC").join(died, on="USUBJID")
    assert of_ds.filter(~col("DSSTDTC").str.starts_with(col("DTHDTC"))).is_empty()  # DTHDTC may be partial
    adsl = t["ADSL"].join(died, on="USUBJID")
    assert adsl.filter(~col("DTHDT").cast(pl.String).str.starts_with(col("DTHDTC"))).is_empty()
    assert adsl.filter((col("DTHDTC").str.len_chars() < 10) != col("DTHDTF").is_not_null()).is_empty()
    assert t["ADSL"].filter(col("LSTALVDT") > col("DTHDT")).is_empty()
    for name, variable in (("EX", "EXSTDTC"), ("LB", "LBDTC"), ("VS", "VSDTC"), ("RS", "RSDTC")):
        last = t[name].group_by("USUBJID").agg(LAST=col(variable).str.slice(0, 10).max())
        beyond = last.join(died, on="USUBJID").filter(
            col("LAST").str.slice(0, 7) > col("DTHDTC").str.slice(0, 7)
        )
        assert beyond.is_empty(), (name, beyond)


def test_arms_are_those_of_the_elements_the_subjects_passed(t: Tables, export: Export) -> None:
    dm = t["DM"].join(export.made.truth, left_on="USUBJID", right_on="usubjid")
    same(dm, "ARMCD", "cohort")
    same(dm, "ACTARMCD", "cohort")
    assert dm.filter(col("ARMCD").is_null() != col("ARMNRS").is_not_null()).is_empty()
    failed = dm.filter(col("screen_failure"))
    assert set(failed["ARMNRS"]) == {"SCREEN FAILURE"}
    assert set(dm.filter(~col("screen_failure"), col("cohort").is_null())["ARMNRS"]) == {"NOT ASSIGNED"}
    same(dm.join(t["ADSL"].select("USUBJID", "TRT01P", "TRT01A"), on="USUBJID"), "ARM", "TRT01P")
    passed = t["SE"].join(dm.select("USUBJID", "ARMCD"), on="USUBJID").drop_nulls("ARMCD")
    planned = t["TA"].select("ARMCD", "ETCD", "TAETORD", PLANNED="EPOCH")
    both = passed.join(planned, on=["ARMCD", "ETCD"], how="left", suffix="_ta")
    same(both, "EPOCH", "PLANNED")
    same(both, "TAETORD", "TAETORD_ta")
    cells = {u for u, e in t["SE"].select("USUBJID", "ETCD").iter_rows() if e in ("FCLD", "COND")}
    assert cells == set(dm.drop_nulls("ARMCD")["USUBJID"])


def test_elements_follow_one_another_from_consent_to_the_end_of_participation(t: Tables) -> None:
    se = t["SE"].sort("USUBJID", "SESEQ")
    following = se.with_columns(NEXT=col("SESTDTC").shift(-1).over("USUBJID")).drop_nulls("NEXT")
    same(following, "SEENDTC", "NEXT")
    assert se.filter(day("SESTDTC") > day("SEENDTC")).is_empty()
    ends = se.group_by("USUBJID").agg(first=col("SESTDTC").first(), last=col("SEENDTC").last())
    dm = t["DM"].join(ends, on="USUBJID", how="left", validate="1:1")
    same(dm, "RFICDTC", "first")
    same(dm, "RFPENDTC", "last")


def test_completion_is_told_alike(t: Tables) -> None:
    ds = t["DS"].filter(DSCAT="DISPOSITION EVENT")
    ends = ds.filter(DSSCAT="STUDY PARTICIPATION").select("USUBJID", "DSDECOD", "DSSTDTC")
    assert ends["USUBJID"].is_unique().all()
    adsl = t["ADSL"].join(ends, on="USUBJID", how="left", validate="1:1")
    how = pl.col("DSDECOD")
    story = (
        pl.when(how == "COMPLETED")
        .then(pl.lit("COMPLETED"))
        .when(how.is_not_null())
        .then(pl.lit("DISCONTINUED"))
        .otherwise(pl.lit("ONGOING"))
    )
    adsl = adsl.with_columns(
        STORY=story, WHY=pl.when(how != "COMPLETED").then(how), END=col("EOSDT").cast(pl.String)
    )
    same(adsl, "EOSSTT", "STORY")
    same(adsl, "DCSREAS", "WHY")
    same(adsl, "END", "DSSTDTC")
    assert set(t["DM"].filter(ARMNRS="SCREEN FAILURE")["USUBJID"]) == set(
        ends.filter(DSDECOD="SCREEN FAILURE")["USUBJID"]
    )
    assert set(t["EX"]["USUBJID"]) == set(t["ADSL"].filter(SAFFL="Y")["USUBJID"])
    met = t["DS"].filter(DSDECOD="ELIGIBILITY CRITERIA MET")
    assert not set(met["USUBJID"]) & set(t["IE"].filter(IESTRESC="N")["USUBJID"])
    assert set(ends.filter(DSDECOD="SCREEN FAILURE")["USUBJID"]) == set(t["IE"]["USUBJID"])


MILESTONES = {
    "RFICDT": "consent",
    "TRTSDT": "first_treatment",
    "GLFSDT": "first_glofitamab",
    "PRECTDT": "lymphodepletion",
    "ASCTDT": "reinfusion",
    "CARTDT": "car_t",
    "CTSDT": "cellular_therapy",
    "CONSSDT": "consolidation",
    "NACTDT": "new_therapy",
}


@pytest.mark.parametrize("variable", MILESTONES)
def test_a_milestone_of_adsl_is_the_day_it_truly_happened(variable: str, t: Tables, export: Export) -> None:
    both = t["ADSL"].join(export.made.truth, left_on="USUBJID", right_on="usubjid")
    assert both.drop_nulls(variable).height > 0
    same(both, variable, MILESTONES[variable])


def test_epoch_is_that_of_the_element_in_which_the_day_lies(t: Tables) -> None:
    elements: dict[str, list[tuple[str, str]]] = {}
    for subject, start, epoch in (
        t["SE"].sort("USUBJID", "SESEQ").select("USUBJID", "SESTDTC", "EPOCH").iter_rows()
    ):
        elements.setdefault(subject, []).append((start[:10], epoch))

    def epoch_on(subject: str, on: str) -> str | None:
        return next((e for start, e in reversed(elements[subject]) if start <= on), None)

    with_epoch = {n for n, f in t.items() if "EPOCH" in f.columns and n not in ("TA", "SE") and f.height}
    assert with_epoch == set(EPOCH_DATE)
    for name, date in EPOCH_DATE.items():
        for subject, at, epoch in t[name].select("USUBJID", date, "EPOCH").iter_rows():
            if at is None:
                assert epoch is None
            elif len(at) >= 10:
                assert epoch == epoch_on(subject, at[:10]), (name, subject, at)
            elif epoch is not None:  # whichever day it was
                assert epoch == epoch_on(subject, f"{at}-01"[:10]) == epoch_on(subject, f"{at}-31")


# --- analysis


def test_every_source_variable_of_adam_resolves_to_its_value(t: Tables) -> None:
    for name in ("ADRS", "ADTTE"):
        rows = t[name].drop_nulls("SRCVAR")
        assert rows.height > 0.8 * t[name].height
        for (domain, variable), part in rows.group_by("SRCDOM", "SRCVAR"):
            source = t[str(domain)]
            sequence = next((v for v in (f"{domain}SEQ", "ASEQ") if v in source.columns), None)
            keys = ["USUBJID"] if sequence is None else ["USUBJID", "SRCSEQ"]
            assert (sequence is None) == (part["SRCSEQ"].null_count() == part.height), (name, domain)
            values = source.select(
                "USUBJID", *([] if sequence is None else [col(sequence).alias("SRCSEQ")]), VALUE=str(variable)
            )
            found = part.join(values, on=keys, how="left", validate="m:1")
            assert found["VALUE"].null_count() == 0, (name, domain, variable)
            if name == "ADRS" and domain == "RS":
                of_row = found.filter(PARAMCD="OVR")
                same(of_row, "AVALC", "VALUE")
            elif name == "ADTTE":
                # the day that the source has, or the end of the window that cut it
                assert found.filter(
                    col("VALUE").ne_missing(col("ADT")) & ((col("CNSR") == 0) | (col("ADT") > col("VALUE")))
                ).is_empty()


CELL, DEFINED = "source cell", ("study definition", "constant of the source mapping")


def test_every_time_to_event_leads_back_to_cells_of_the_sources(export: Export) -> None:
    rows = export.run.built["ADTTE"].table
    for subject, paramcd, event in rows.select("USUBJID", "PARAMCD", "EVNTDESC").iter_rows():
        traced = export.run.trace("ADTTE", {"USUBJID": subject, "PARAMCD": paramcd}, "ADT")
        leaves = list(traced.cells())
        cells = [n for n in leaves if n.how == CELL]
        assert any(n.name.endswith("DAT") and n.value for n in cells), (subject, paramcd)
        assert all(n.how in (CELL, *DEFINED) or n.value is None for n in leaves), str(traced)
        if event == "Death":
            assert any(n.place.startswith("DTH.csv") for n in cells), str(traced)
        if event == "Progression or relapse":
            assert any(n.place.startswith("RS.csv") for n in cells), str(traced)


def test_every_value_of_a_subject_leads_back_to_the_sources(export: Export) -> None:
    """All variables of a row of every dataset: what is collected ends in a cell."""
    who = export.made.truth.drop_nulls("consolidation")["usubjid"][0]
    origins, traced = export.run.origins, 0
    for name, built in export.run.built.items():
        if (
            "USUBJID" not in built.data.columns
            or built.data.filter(USUBJID=who).is_empty()
            or name == "RELREC"
        ):
            continue
        row = built.data.filter(USUBJID=who).row(-1, named=True)
        key = {v: str(row[v]) for v in built.spec.row_id}
        for variable in (v for v in built.spec.columns if row[v] is not None and v != "STUDYID"):
            leaves = origins.trace(name, key, variable).cells()
            lost = [
                n
                for n in leaves
                if n.value is not None
                and n.name != "STUDYID"
                and n.how.startswith(("Predecessor", "Collected"))
            ]
            assert lost == [], (name, variable)
            traced += 1
    assert traced > 300
