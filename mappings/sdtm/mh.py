"""SDTM MH (Medical History): one record per event or condition of the medical history per subject.

The disease under study is in it, under a category of its own: one record for its diagnosis and one for its
latest relapse, each dated by what MHEVDTYP names. What was done about it before the study are interventions:
CM.
"""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built
from interop.derive.dates import study_day
from interop.derive.join import tabulate
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence
from interop.study import Study
from interop.supp import Qualifier

DAY = "Days from DM.RFSTDTC, which is day 1; no day 0"
ONGOING = col("ongoing") == "Y"
DIAGNOSED = col("event") == "diagnosis"

MH = dataset(
    "MH",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "MHCAT", "MHTERM", "MHSTDTC"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("MH"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "MHSEQ": sequence(),
        "MHSPID": collected("identifier"),
        "MHTERM": collected("term"),
        "MHLLT": assigned(col("lowest_level_term")),
        "MHLLTCD": assigned(col("lowest_level_term_code")),
        "MHDECOD": assigned(col("preferred_term")),
        "MHPTCD": assigned(col("preferred_term_code")),
        "MHHLT": assigned(col("high_level_term")),
        "MHHLTCD": assigned(col("high_level_term_code")),
        "MHHLGT": assigned(col("high_level_group_term")),
        "MHHLGTCD": assigned(col("high_level_group_term_code")),
        "MHEVDTYP": assigned(
            pl.when(DIAGNOSED)
            .then(pl.lit("DIAGNOSIS"))
            .when(col("event") == "relapse")
            .then(pl.lit("MOST RECENT DISEASE RELAPSE"))
        ),
        "MHCAT": assigned(
            pl.when(col("event").is_not_null()).then(pl.lit("PRIMARY DIAGNOSIS")).otherwise(col("category"))
        ),
        "MHBODSYS": assigned(col("body_system")),
        "MHBDSYCD": assigned(col("body_system_code")),
        "MHSOC": assigned(col("system_organ_class")),
        "MHSOCCD": assigned(col("system_organ_class_code")),
        "MHSEV": collected("severity"),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "VISITDY": protocol("visit.day"),
        "MHDTC": collected("collected"),
        "MHSTDTC": collected(pl.when(DIAGNOSED).then(col("date")).otherwise(pl.coalesce("start", "relapse"))),
        "MHENDTC": collected("end"),
        "MHDY": derived(study_day("MHDTC", since="DM.RFSTDTC"), DAY),
        "MHSTDY": derived(study_day("MHSTDTC", since="DM.RFSTDTC"), DAY),
        "MHENDY": derived(study_day("MHENDTC", since="DM.RFSTDTC"), DAY),
        "MHENRTPT": derived(
            pl.when(ONGOING).then(pl.lit("ONGOING")), "ONGOING where the condition was said to go on"
        ),
        "MHENTPT": derived(
            pl.when(ONGOING).then(pl.coalesce("MHDTC", "DM.RFPENDTC")),
            "Date on which the condition was said to go on: MHDTC, or DM.RFPENDTC where that is missing",
        ),
    },
)


QUALIFIERS = (
    Qualifier("MHHISTOL", "Histological Subtype", field="histology"),
    Qualifier("MHSTAGE", "Stage of Disease", field="stage"),
    Qualifier("MHDSTAT", "Relapsed or Refractory", field="status"),
)


def medical_history(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build MH from medical history and diagnoses; it has no EPOCH, as it lies before the study."""
    diagnosed = records["diagnosis"].with_columns(
        pl.lit("diagnosis").alias("event"), *(col(q.field or "").alias(f"supp.{q.qnam}") for q in QUALIFIERS)
    )
    relapsed = records["diagnosis"].filter(col("relapse").is_not_null())
    relapsed = relapsed.select(pl.exclude("^supp\\..*$"), pl.lit("relapse").alias("event"))
    rows = pl.concat([records["medical_history"], diagnosed, relapsed], how="diagonal")
    return tabulate(MH, rows, study, datasets)


PAGE = Domain(MH, medical_history)
