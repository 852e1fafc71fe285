"""SDTM SV (Subject Visits): one record per visit of a subject that took place.

A planned visit that did not take place is not told by its absence: which visits a subject still had before
him depends on cohort, response and dropout, and no form asks. So SVOCCUR is Y or, for unplanned visits,
empty.
"""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built, build
from interop.derive.dates import study_day
from interop.derive.join import also, of_subjects
from interop.derive.visit import apart, with_visit
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol
from interop.study import Study

DAY = "Days from DM.RFSTDTC, which is day 1; no day 0"
PLANNED = col("visit.planned") == "Y"

SV = dataset(
    "SV",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "VISITNUM"),
    one_per=("USUBJID", "VISITNUM"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("SV"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "VISITNUM": derived(
            col("visit.number"),
            "Number of the visit in the study definition; a later visit of the same name counts on by 0.01",
        ),
        "VISIT": collected("visit"),
        "SVPRESP": derived(pl.when(PLANNED).then(pl.lit("Y")), "Y where the study plans the visit"),
        "SVOCCUR": derived(pl.when(PLANNED).then(pl.lit("Y")), "Y for a planned visit, as it took place"),
        "VISITDY": protocol("visit.day"),
        "SVSTDTC": collected("date"),
        "SVENDTC": collected("end"),
        "SVSTDY": derived(study_day("SVSTDTC", since="DM.RFSTDTC"), DAY),
        "SVENDY": derived(study_day("SVENDTC", since="DM.RFSTDTC"), DAY),
        "SVUPDES": collected(pl.when(PLANNED.ne_missing(True)).then(col("reason_unscheduled"))),
    },
)


def subject_visits(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build SV from the visits that took place."""
    rows, no_subject = of_subjects(records["visit"], datasets["DM"], "SV")
    rows, unplanned = with_visit(rows, study, "SV")
    rows, repeated = apart(rows, target="SV")
    return also(build(SV, rows), [no_subject, unplanned, repeated])


PAGE = Domain(SV, subject_visits)
