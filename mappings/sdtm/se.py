"""SDTM SE (Subject Elements): one record per actual element per subject."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built, build
from interop.derive.dates import study_day
from interop.derive.elements import UNPLANNED, passed
from interop.derive.join import also
from interop.lineage import SRC
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, dataset, derived, protocol
from interop.study import Study

DAY = "Days from DM.RFSTDTC, which is day 1; no day 0"
PLANNED = col("element.unplanned").is_null()

SE = dataset(
    "SE",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "SESEQ"),
    one_per=("USUBJID", "SESEQ"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("SE"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        # Not by SESTDTC as text: a partial date would stand before a day that it may include.
        "SESEQ": derived(col("number"), "Number of the element in the order in which the subject began them"),
        "ETCD": derived(
            pl.when(PLANNED).then(col("element.code")).otherwise(pl.lit(UNPLANNED)),
            "Element whose milestone, by the study definition, the subject reached; UNPLAN where the "
            "subject's arm does not have it",
        ),
        "ELEMENT": protocol(pl.when(PLANNED).then(col("element.name"))),
        "TAETORD": protocol("plan.order"),
        "EPOCH": protocol("plan.epoch"),
        "SESTDTC": derived(
            col("begin.date"), "Date of the milestone that begins the element by the study definition"
        ),
        "SEENDTC": derived(
            pl.coalesce("next.date", "DM.RFPENDTC"),
            "SESTDTC of the subject's next element; of the last one DM.RFPENDTC",
        ),
        "SESTDY": derived(study_day("SESTDTC", since="DM.RFSTDTC"), DAY),
        "SEENDY": derived(study_day("SEENDTC", since="DM.RFSTDTC"), DAY),
        "SEUPDES": derived(
            col("element.unplanned"), "Name of an element that the subject's arm does not have"
        ),
    },
)


def subject_elements(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build SE from the milestones of the subjects of DM."""
    subjects = datasets["DM"].rows.select(
        "STUDYID",
        pl.col("USUBJID").alias("usubjid"),
        pl.coalesce("ARMCD", "ACTARMCD").alias("arm"),
        col("RFPENDTC").alias("over"),
        col("RFSTDTC").alias("DM.RFSTDTC"),
        col("RFPENDTC").alias("DM.RFPENDTC"),
        col(SRC).alias(f"{SRC}:DM"),
    )
    rows, said = passed(subjects.rename({"STUDYID": "study"}), records, study)
    rows = rows.with_columns(col(f"{SRC}:begin").alias(SRC))
    return also(build(SE, rows), [said])


PAGE = Domain(SE, subject_elements)
