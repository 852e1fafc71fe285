"""A package of five small datasets that uses every part of Define-XML that we write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from interop.package.define import (
    DefineDataset,
    DefineStudy,
    Dictionary,
    supplemental_levels,
    value_levels,
)
from interop.package.table import Table, table_of
from interop.spec import (
    Dataset,
    assigned,
    collected,
    dataset,
    derived,
    predecessor,
    protocol,
    sequence,
    sponsor,
)

STUDY = DefineStudy("S1", "S1", "A study of nothing", "S1-PROTOCOL")
IDS = {"STUDYID": assigned("S1"), "USUBJID": derived(pl.format("S1-{}", "subject"), "S1-subject")}

DM = dataset(
    "DM",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID"),
    rules={
        **IDS,
        "DOMAIN": assigned("DM"),
        "SUBJID": collected("subject"),
        "RFSTDTC": collected("start"),
        "SITEID": collected("site"),
        "BRTHDTC": collected("birth"),
        "AGE": derived(pl.col("age"), "Whole years from BRTHDTC to RFSTDTC"),
        "SEX": collected("sex"),
        "ARMCD": protocol("armcd"),
        "ARM": protocol("arm"),
        "COUNTRY": assigned("USA"),
    },
)
AE = dataset(
    "AE",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "AEDECOD", "AESTDTC"),
    rules={
        **IDS,
        "DOMAIN": assigned("AE"),
        "AETERM": collected("term"),
        "AEDECOD": assigned(pl.col("decod")),
        "AESER": collected("serious"),
        "AESTDTC": collected("start"),
        "AESEQ": sequence(),
    },
)
SUPPAE = dataset(
    "SUPPAE",
    standard="sdtmig34",
    facts_of="SUPPQUAL",
    label="Supplemental Qualifiers for AE",
    keys=("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM"),
    rules={
        n: collected(n)
        for n in ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG")
    },
)
VS = dataset(
    "VS",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "VSTESTCD"),
    rules={
        **IDS,
        "DOMAIN": assigned("VS"),
        "VSTESTCD": collected("testcd"),
        "VSTEST": collected("test"),
        "VSORRES": collected("result"),
        "VSORRESU": collected("unit"),
        "VSSEQ": sequence(),
    },
)
TA = dataset(
    "TA",
    standard="sdtmig34",
    keys=("STUDYID", "ARMCD", "TAETORD"),
    rules={
        "STUDYID": assigned("S1"),
        "DOMAIN": assigned("TA"),
        "ARMCD": protocol("armcd"),
        "ARM": protocol("arm"),
        "TAETORD": protocol("order"),
        "ETCD": protocol("etcd"),
        "EPOCH": protocol("epoch"),
    },
)
ADSL = dataset(
    "ADSL",
    standard="adamig13",
    keys=("STUDYID", "USUBJID"),
    rules={
        **{
            n: predecessor(f"DM.{n}")
            for n in ("STUDYID", "USUBJID", "SUBJID", "SITEID", "AGE", "AGEU", "SEX", "RACE", "ARM")
        },
        "TRT01P": derived(pl.col("DM.ARM"), "DM.ARM"),
        "TRTSDT": derived(pl.col("first"), "Date of the first dose"),
        "BMI": sponsor(
            derived(pl.col("bmi"), "Weight in kg over the square of height in m"), "Body Mass Index", "float"
        ),
    },
)


def packed(spec: Dataset, **values: Sequence[object]) -> Table:
    """The values as a table with the labels of the specification, its variables in the standard's order."""
    frame = pl.DataFrame({n: values[n] for n in spec.columns}, strict=False)
    return table_of(frame, spec.name, spec.label, labels={v.name: v.label for v in spec.vars})


def sdtm() -> list[DefineDataset]:
    two = {"STUDYID": ["S1", "S1"], "USUBJID": ["S1-001", "S1-002"]}
    dm = packed(
        DM,
        **two,
        DOMAIN=["DM", "DM"],
        SUBJID=["001", "002"],
        RFSTDTC=["2026-01-05", "2026-02-01T08:30"],
        SITEID=["701", "701"],
        BRTHDTC=["1950", "1961-07"],
        AGE=[75, 64],
        SEX=["F", "M"],
        ARMCD=["A", "B"],
        ARM=["Active", "Best supportive care"],
        COUNTRY=["USA", "USA"],
    )
    ae = packed(
        AE,
        **two,
        DOMAIN=["AE", "AE"],
        AETERM=["Head <ache> & \x02", "Rash"],
        AEDECOD=["Headache", "Rash"],
        AESER=["N", "Y"],
        AESTDTC=["2026-01-07", "2026-02-03"],
        AESEQ=[1, 1],
    )
    suppae = packed(
        SUPPAE,
        STUDYID=["S1"] * 3,
        RDOMAIN=["AE"] * 3,
        USUBJID=["S1-001", "S1-001", "S1-002"],
        IDVAR=["AESEQ"] * 3,
        IDVARVAL=["1"] * 3,
        QNAM=["AESITE", "AETRTEM", "AESITE"],
        QLABEL=["Number of Sites", "Treatment Emergent Flag", "Number of Sites"],
        QVAL=["2", "Y", "14"],
        QORIG=["Collected", "Derived", "Collected"],
    )
    vs = packed(
        VS,
        STUDYID=["S1"] * 3,
        USUBJID=["S1-001"] * 3,
        DOMAIN=["VS"] * 3,
        VSSEQ=[1, 2, 3],
        VSTESTCD=["SYSBP", "TEMP", "MOOD"],
        VSTEST=["Systolic Blood Pressure", "Temperature", "Mood"],
        VSORRES=["120", "36.55", "fair"],
        VSORRESU=["mmHg", "C", None],
    )
    ta = packed(
        TA,
        STUDYID=["S1"],
        DOMAIN=["TA"],
        ARMCD=["A"],
        ARM=["Active"],
        TAETORD=[1],
        ETCD=["TRT"],
        EPOCH=["TREATMENT"],
    )
    return [
        DefineDataset(AE, ae, dictionaries={"AEDECOD": Dictionary("MedDRA", "28.0")}),
        DefineDataset(SUPPAE, suppae, supplemental_levels(suppae)),
        DefineDataset(VS, vs, value_levels(vs, "VSORRES", "VSTESTCD", label="VSTEST", origin="Collected")),
        DefineDataset(
            DM, dm, comment="One row for each enrolled subject.", comments={"COUNTRY": "One country."}
        ),
        DefineDataset(TA, ta),
    ]


def adam() -> list[DefineDataset]:
    adsl = packed(
        ADSL,
        STUDYID=["S1", "S1"],
        USUBJID=["S1-001", "S1-002"],
        SUBJID=["001", "002"],
        SITEID=["701", "701"],
        AGE=[75, 64],
        AGEU=["YEARS", "YEARS"],
        SEX=["F", "M"],
        RACE=["WHITE", "ASIAN"],
        ARM=["Active", "Best supportive care"],
        TRT01P=["Active", "Best supportive care"],
        TRTSDT=[date(2026, 1, 5), None],
        BMI=[21.25, 30.0],
    )
    return [DefineDataset(ADSL, adsl)]
