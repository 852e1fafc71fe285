"""SDTM SS (Subject Status): one record per status per visit per subject.

A contact says whether the subject lives (SURVSTAT) and how that is known (INFOSCSS): a record each.
"""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built
from interop.derive.dates import study_day
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import tabulate, test_name
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence, within
from interop.study import Study

STATUS = col("asked") == "status"

SS = dataset(
    "SS",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "SSTESTCD", "SSDTC", "VISITNUM"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("SS"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "SSSEQ": sequence(),
        "SSTESTCD": assigned(pl.when(STATUS).then(pl.lit("SURVSTAT")).otherwise(pl.lit("INFOSCSS"))),
        "SSTEST": assigned(test_name("SSTESTCD", ("C124305", "C124306"))),
        "SSORRES": collected(pl.when(STATUS).then(col("status")).otherwise(col("source"))),
        "SSSTRESC": within(
            derived(col("SSORRES"), "SSORRES; a status as the codelist spells it"),
            applies=col("SSTESTCD") == "SURVSTAT",
        ),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "VISITDY": protocol("visit.day"),
        "SSDTC": collected("date"),
        "EPOCH": derived(epoch("SSDTC"), EPOCH_METHOD),
        "SSDY": derived(
            study_day("SSDTC", since="DM.RFSTDTC"), "Days from DM.RFSTDTC, which is day 1; no day 0"
        ),
    },
)


def subject_status(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build SS from survival follow-up."""
    contacts = records["survival_followup"]
    sources = contacts.filter(col("source").is_not_null()).select(pl.exclude("^supp\\..*$"))
    rows = pl.concat(
        [contacts.with_columns(asked=pl.lit("status")), sources.with_columns(asked=pl.lit("source"))],
        how="diagonal",
    )
    return tabulate(SS, rows, study, datasets, epoch_by="date")


PAGE = Domain(SS, subject_status)
