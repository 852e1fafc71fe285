"""SDTM MH (Medical History): one record per event or condition of the medical history per subject."""

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

ONGOING = col("ongoing") == "Y"

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
        "MHCAT": assigned(col("category")),
        "MHBODSYS": assigned(col("body_system")),
        "MHBDSYCD": assigned(col("body_system_code")),
        "MHSOC": assigned(col("system_organ_class")),
        "MHSOCCD": assigned(col("system_organ_class_code")),
        "MHSEV": collected("severity"),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "VISITDY": protocol("visit.day"),
        "MHDTC": collected("collected"),
        "MHSTDTC": collected("start"),
        "MHENDTC": collected("end"),
        "MHDY": derived(
            study_day("MHDTC", since="DM.RFSTDTC"), "Days from DM.RFSTDTC, which is day 1; no day 0"
        ),
        "MHENRTPT": derived(
            pl.when(ONGOING).then(pl.lit("ONGOING")), "ONGOING where the condition was said to go on"
        ),
        "MHENTPT": derived(
            pl.when(ONGOING).then(pl.coalesce("MHDTC", "DM.RFPENDTC")),
            "Date on which the condition was said to go on: MHDTC, or DM.RFPENDTC where that is missing",
        ),
    },
)


def medical_history(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build MH from medical history; it has no EPOCH, as it lies before the study."""
    return tabulate(MH, records["medical_history"], study, datasets)


PAGE = Domain(MH, medical_history)
