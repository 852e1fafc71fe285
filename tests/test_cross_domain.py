"""What must hold between the SDTM domains of the reference trial, simulated, also with planted defects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from polars import col

import mappings
from interop import ct
from interop.build import Built
from interop.records import load_records
from interop.simulate import simulate
from interop.studyfile import load_sources, load_study
from mappings.sdtm.relrec import RELATIONS

SUBJECTS = 25


class Sdtm:
    """The SDTM of one simulated export."""

    def __init__(self, out: Path, *, defects: bool) -> None:
        study = load_study("glofit-cart")
        made = simulate(study, subjects=SUBJECTS, seed=11, formats=("csv",), out=out, defects=defects)
        assert made.csv is not None
        records = load_records(study, load_sources(study), made.csv)
        self.built: dict[str, Built] = {}
        for domain in mappings.SDTM:
            self.built[domain.spec.name] = domain.build(records, study, self.built)

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.built[name].table

    def domains(self) -> Iterator[tuple[str, Built]]:
        return ((n, b) for n, b in self.built.items() if b.spec.cls not in ("Trial Design", "Relationship"))


@pytest.fixture(scope="module", params=[False, True], ids=["clean", "with defects"])
def sdtm(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sdtm:
    return Sdtm(tmp_path_factory.mktemp("export"), defects=request.param)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Sdtm:
    return Sdtm(tmp_path_factory.mktemp("clean"), defects=False)


def test_the_trial_fills_its_domains(sdtm: Sdtm) -> None:
    without = {n for n in sdtm.built if not n.startswith("SUPP") and sdtm[n].is_empty()}
    assert without == set()
    assert sdtm["SUPPTU"].height > 0
    assert sdtm["SUPPMH"].height > 0


def test_coherent_data_have_no_issues_but_what_is_left_out_on_purpose(clean: Sdtm) -> None:
    found = pl.concat(b.issues for b in clean.built.values())
    assert found.filter(col("severity") != "info").is_empty()
    assert set(found["target"]) <= {"IE", "EX"}


def test_every_term_is_in_its_codelist_or_is_declared_as_the_sponsors(clean: Sdtm) -> None:
    for name, built in clean.domains():
        for var in built.spec.vars:
            if var.codelists:
                rows = built.data if var.rule.applies is None else built.data.filter(var.rule.applies)
                known = {t for c in var.codelists for t in ct.codelist(c).terms} | set(var.rule.terms)
                assert set(rows[var.name].drop_nulls()) <= known, f"{name}.{var.name}"


def test_relrec_resolves(sdtm: Sdtm) -> None:
    told = sdtm["RELREC"]
    assert told["RELID"].unique().sort().to_list() == sorted(r.id for r in RELATIONS)
    assert told.group_by("RELID").len()["len"].unique().to_list() == [2]
    assert told["USUBJID"].null_count() == told["IDVARVAL"].null_count() == len(told)
    for relation in RELATIONS:
        for side in relation.sides:
            rows = sdtm[side.domain].drop_nulls(side.variable)
            assert rows.height, side
            if side.type == "ONE":
                assert rows.select("USUBJID", side.variable).is_unique().all(), side


def test_every_row_of_tr_has_its_lesion_and_its_response(sdtm: Sdtm) -> None:
    tr, tu, rs, dm = sdtm["TR"], sdtm["TU"], sdtm["RS"], sdtm["DM"]
    lesion = {"left_on": ("USUBJID", "TRLNKID", "TREVAL"), "right_on": ("USUBJID", "TULNKID", "TUEVAL")}
    assert tr.drop_nulls("TRLNKID").join(tu, how="anti", **lesion).is_empty()  # type: ignore[arg-type]
    assert set(tr.filter(col("TRLNKID").is_null())["TRTESTCD"]) == {"SUMPPD"}
    since = tr.join(dm.select("USUBJID", "RFXSTDTC"), on="USUBJID").filter(
        col("TRDTC").str.slice(0, 10) > col("RFXSTDTC").str.slice(0, 10)
    )
    assert since.height > 100
    alone = since.join(rs, left_on=("USUBJID", "TRLNKGRP"), right_on=("USUBJID", "RSLNKGRP"), how="anti")
    said = sdtm.built["RELREC"].issues.filter(variable="TRLNKGRP", rule="NOT RELATED")
    assert alone.height == said.height


def test_every_time_point_of_an_evaluator_has_one_overall_response(clean: Sdtm) -> None:
    point = ("USUBJID", "RSEVAL", "at")
    rs = clean["RS"].with_columns(at=pl.coalesce("RSLNKGRP", "RSDTC"))
    read = rs.filter(col("RSTESTCD").is_in(["METBRESP", "ANATRESP"])).select(point).unique()
    overall = rs.filter(RSTESTCD="OVRLRESP").select(point)
    assert overall.is_unique().all()
    assert read.height > 20
    assert read.join(overall, on=point, how="anti").is_empty()


def test_a_derived_sum_is_that_of_its_lesions(sdtm: Sdtm) -> None:
    tr = sdtm["TR"]
    sums = tr.filter(TRTESTCD="SUMPPD", TRDRVFL="Y").sort("USUBJID", "TREVAL", "TRLNKGRP").row(0, named=True)
    here = tr.filter(
        *(col(v) == sums[v] for v in ("USUBJID", "TREVAL", "TRLNKGRP")),
        col("TRTESTCD").is_in(["LDIAM", "LPERP"]),
    )
    targets = sdtm["TU"].filter(USUBJID=sums["USUBJID"], TUSTRESC="TARGET")["TULNKID"].to_list()
    sides = here.filter(col("TRLNKID").is_in(targets)).pivot("TRTESTCD", index="TRLNKID", values="TRSTRESN")
    assert sums["TRSTRESN"] == pytest.approx((sides["LDIAM"] * sides["LPERP"]).sum())


def test_ec_and_ex_reconcile(sdtm: Sdtm) -> None:
    ec, ex = sdtm["EC"], sdtm["EX"]
    same = ("LNKID", "TRT", "DOSE", "DOSU", "ROUTE", "STDTC", "ENDTC", "STDY")

    def told(rows: pl.DataFrame, domain: str) -> list[tuple[object, ...]]:
        return rows.select("USUBJID", "EPOCH", *(f"{domain}{v}" for v in same)).sort(pl.all()).rows()

    assert told(ec.filter(ECOCCUR="Y"), "EC") == told(ex, "EX")
    withheld = ec.filter(ECOCCUR="N")
    assert withheld.height > 0
    assert withheld["ECDOSE"].null_count() == withheld.height
    assert withheld["ECREASOC"].null_count() == 0


def test_cells_are_dosed_per_kilogram_within_the_protocol(clean: Sdtm) -> None:
    cells = clean["EX"].filter(EXTRT="CAR-T CELLS")
    assert cells.height > 5
    assert cells["EXDOSU"].unique().to_list() == ["10^6/kg"]
    assert cells["EXDOSE"].is_between(2, 4).all()


def test_dm_has_the_dates_of_the_other_domains(sdtm: Sdtm) -> None:
    dm, ex = sdtm["DM"], sdtm["EX"]
    first = ex.group_by("USUBJID").agg(col("EXSTDTC").min().alias("first"))
    treated = dm.join(first, on="USUBJID")
    assert treated.height == dm["RFXSTDTC"].drop_nulls().len()
    assert (treated["RFXSTDTC"] == treated["first"]).all()
    consented = sdtm["DS"].filter(DSDECOD="INFORMED CONSENT OBTAINED").join(dm, on="USUBJID")
    assert (consented["DSSTDTC"] == consented["RFICDTC"]).all()


def test_death_is_one_story(clean: Sdtm) -> None:
    dead = set(clean["DM"].filter(DTHFL="Y")["USUBJID"])
    assert dead
    assert set(clean["DS"].filter(DSDECOD="DEATH")["USUBJID"]) <= dead
    assert set(clean["SS"].filter(SSTESTCD="SURVSTAT", SSSTRESC="DEAD")["USUBJID"]) <= dead
    assert set(clean["DD"]["USUBJID"]) <= dead
    alive = clean["SS"].filter(SSSTRESC="ALIVE").join(clean["DM"].drop_nulls("DTHDTC"), on="USUBJID")
    assert alive.filter(col("SSDTC") > col("DTHDTC")).is_empty()


def test_visits_are_numbered_once_and_everywhere_alike(sdtm: Sdtm) -> None:
    sv = sdtm["SV"]
    assert sv.select("USUBJID", "VISITNUM").is_unique().all()
    planned = set(sdtm["TV"]["VISITNUM"])
    assert set(sv.filter(SVPRESP="Y")["VISITNUM"]) <= planned
    for name, built in sdtm.domains():
        if {"USUBJID", "VISIT", "VISITNUM"} <= set(built.spec.columns):
            seen = built.table.select("USUBJID", "VISIT", "VISITNUM").drop_nulls("VISITNUM").unique()
            held = seen.join(sv, on=("USUBJID", "VISIT"), how="semi")
            assert held.join(sv, on=("USUBJID", "VISIT", "VISITNUM"), how="anti").is_empty(), name


def test_specimens_come_from_procedures_that_took_place(sdtm: Sdtm) -> None:
    done = sdtm["PR"].filter(PROCCUR="Y")
    on = {"left_on": ("USUBJID", "BELNKID"), "right_on": ("USUBJID", "PRLNKID")}
    of_procedures = sdtm["BE"].filter(col("BELNKID").is_not_null())
    events = of_procedures.join(done, how="inner", **on)  # type: ignore[arg-type]
    assert events.height == of_procedures.height > 0
    assert (events["BESTDTC"] == events["PRSTDTC"]).all()
    yields = sdtm["BS"].filter(col("BSTESTCD").is_in(["MNC", "CD34"]))
    assert yields["BSSTRESU"].drop_nulls().unique().to_list() == ["10^6/kg"]
    held = yields.join(
        sdtm["BE"], left_on=("USUBJID", "BSREFID"), right_on=("USUBJID", "BEREFID"), how="anti"
    )
    assert held.is_empty()


def test_a_product_has_one_identifier_in_its_events_findings_and_doses(sdtm: Sdtm) -> None:
    be, bs = sdtm["BE"], sdtm["BS"]
    key = ("USUBJID", "BEREFID")
    given = be.filter(BEDECOD="CONSUMING")
    doses = sdtm["EX"].filter(EXTRT="CAR-T CELLS").select("USUBJID", BEREFID="EXREFID", BESTDTC="EXSTDTC")
    assert doses.height > 0
    assert doses.join(given, on=(*key, "BESTDTC"), how="anti").is_empty()
    # What was given was measured, and each stem cell bag was collected before it was given back.
    measured = bs.select("USUBJID", BEREFID="BSREFID")
    assert given.join(measured, on=key, how="anti").is_empty()
    back = given.filter(BETERM="STEM CELL REINFUSION")
    both = back.join(be.filter(BEDECOD="COLLECTING"), on=key, how="inner", suffix="_first")
    assert both.height == back.height > 0
    assert (both["BESTDTC_first"] < both["BESTDTC"]).all()
    # Dose and viability of the cell product: one specimen, two findings, and the dose that it says.
    cells = bs.filter(BSSPEC="CAR-T CELLS").join(
        sdtm["EX"], left_on=("USUBJID", "BSREFID"), right_on=("USUBJID", "EXREFID"), how="inner"
    )
    assert (
        cells.group_by("USUBJID", "BSREFID").agg(col("BSTESTCD").sort())["BSTESTCD"].to_list()
        == [["CARPOS", "VBLSPCT"]] * doses.height
    )
    dosed = cells.filter(BSTESTCD="CARPOS")
    assert (dosed["BSSTRESN"] == dosed["EXDOSE"]).all()


def test_a_comment_is_on_a_row_that_is_there_or_on_the_subject(sdtm: Sdtm) -> None:
    co = sdtm["CO"]
    on = co.drop_nulls("RDOMAIN")
    assert set(on["RDOMAIN"]) == {"AE", "EC", "PR", "RS"}
    assert (on["IDVAR"] == on["RDOMAIN"] + "SEQ").all()
    for domain in on["RDOMAIN"].unique():
        rows = sdtm[domain].select("USUBJID", IDVARVAL=col(f"{domain}SEQ").cast(pl.String))
        lost = on.filter(RDOMAIN=domain).join(rows, on=("USUBJID", "IDVARVAL"), how="anti")
        assert lost.is_empty(), domain
    assert on["CODTC"].null_count() == on.height, "the timing is that of the row"
    general = co.filter(col("RDOMAIN").is_null())
    assert general.height > 0
    assert general.select(pl.col("IDVAR", "IDVARVAL").is_null().all()).row(0) == (True, True)
    assert general["CODTC"].null_count() == 0
    assert set(co["USUBJID"]) <= set(sdtm["DM"]["USUBJID"])
    further = co["COVAL1"].drop_nulls().str.len_chars()
    assert further.len() > 0
    assert (further > 50).all(), "a long comment goes on"


def test_exceptions_to_eligibility_are_criteria_of_the_trial(sdtm: Sdtm) -> None:
    ie, ti = sdtm["IE"], sdtm["TI"]
    assert ie.join(ti, on=("IETESTCD", "IETEST", "IECAT"), how="anti").is_empty()
    treated = sdtm["DM"].drop_nulls("RFXSTDTC")
    assert set(ie["USUBJID"]).isdisjoint(treated["USUBJID"])


def test_there_is_no_day_0_and_one_last_value_before_treatment(sdtm: Sdtm) -> None:
    for name, built in sdtm.domains():
        table = built.table
        days = [c for c in table.columns if c.endswith("DY") and c != "VISITDY"]
        assert not any((table[c] == 0).any() for c in days), name
        if f"{name}LOBXFL" not in table.columns:
            continue
        before = table.filter(col(f"{name}LOBXFL") == "Y").join(sdtm["DM"], on="USUBJID")
        assert before.height > 0, name
        assert (before[f"{name}DTC"].str.slice(0, 10) <= before["RFXSTDTC"].str.slice(0, 10)).all(), name
