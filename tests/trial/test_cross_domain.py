"""The domains tell one story: what relates them resolves, what two of them say of one thing is the same."""

from __future__ import annotations

import polars as pl
from polars import col

from tests.trial.conftest import Export, Tables

KEY = ["USUBJID", "VALUE"]


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


def test_every_specimen_that_was_measured_was_collected_or_infused(t: Tables) -> None:
    be = t["BE"].select("USUBJID", "BEDECOD", BSREFID="BEREFID")
    events = t["BS"].join(be, on=["USUBJID", "BSREFID"], how="left")
    seen = events.select("BSSPEC", "BEDECOD").unique().sort(pl.all()).rows()
    assert seen == [
        ("CAR-T CELLS", "CONSUMING"),
        ("LYMPHOCYTE", "COLLECTING"),
        ("PERIPHERAL BLOOD STEM CELL", "COLLECTING"),
        ("PERIPHERAL BLOOD STEM CELL", "CONSUMING"),
    ]


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
