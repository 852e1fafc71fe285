"""SDTM SV (Subject Visits): one record per visit of a subject that took place."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built
from interop.derive.dates import study_day
from interop.derive.join import tabulate
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol
from interop.study import Study

DAY = "Days from DM.RFSTDTC, which is day 1; no day 0"
PLANNED = col("visit.day").is_not_null()

SV = dataset(
    "SV",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "VISITNUM", "SVSTDTC"),
    one_per=("USUBJID", "VISITNUM", "SVSTDTC"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("SV"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "SVPRESP": derived(
            pl.when(PLANNED).then(pl.lit("Y")), "Y where the study plans the day of the visit"
        ),
        "SVOCCUR": derived(pl.when(PLANNED).then(pl.lit("Y")), "Y for a planned visit, as it took place"),
        "VISITDY": protocol("visit.day"),
        "SVSTDTC": collected("date"),
        "SVENDTC": collected("end"),
        "SVSTDY": derived(study_day("SVSTDTC", since="DM.RFSTDTC"), DAY),
        "SVENDY": derived(study_day("SVENDTC", since="DM.RFSTDTC"), DAY),
        "SVUPDES": collected(pl.when(~PLANNED).then(col("reason_unscheduled"))),
    },
)


def subject_visits(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build SV from the visits that took place."""
    return tabulate(SV, records["visit"], study, datasets)


PAGE = Domain(SV, subject_visits)
