"""DM, DS, SE, EX, DD, SS and ADSL tell one story of each subject, and it is what happened."""

from __future__ import annotations

import polars as pl
import pytest
from polars import col

from tests.trial.conftest import Export, Tables, same

EPOCH_DATE = {
    **{d: f"{d}STDTC" for d in ("AE", "BE", "CM", "DS", "EC", "EX", "PR")},
    **{d: f"{d}DTC" for d in ("BS", "IE", "LB", "RS", "SS", "TR", "TU", "VS")},
}


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
    of_an_event = t["DD"].filter(col("DDSTRESC") != "Lymphoma")  # progression is an endpoint and no event
    assert set(of_an_event["USUBJID"]) == set(t["AE"].filter(AEOUT="FATAL")["USUBJID"])
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


@pytest.mark.parametrize("domain", ["AE", "CM", "DS", "EC", "PR"])
def test_nothing_is_told_after_the_end_of_participation(domain: str, t: Tables) -> None:
    rows = t[domain].join(t["DM"].select("USUBJID", day("RFPENDTC")), on="USUBJID")
    dates = [day(d) for d in (f"{domain}STDTC", f"{domain}ENDTC") if d in rows.columns]
    assert rows.filter(pl.any_horizontal(d > col("RFPENDTC") for d in dates)).is_empty()


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
