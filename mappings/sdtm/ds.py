"""SDTM DS (Disposition): one record per disposition event or protocol milestone of a subject."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built
from interop.derive.dates import study_day
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import tabulate
from interop.derive.milestones import CONSENTED, RANDOMISED, with_milestones
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence
from interop.study import Study

DAY = "Days from DM.RFSTDTC, which is day 1; no day 0"
MILESTONE = (
    pl.when(col("milestone") == "consent")
    .then(pl.lit(CONSENTED))
    .when(col("milestone") == "randomised")
    .then(pl.lit(RANDOMISED))
)

DS = dataset(
    "DS",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "DSSTDTC", "DSDECOD", "DSSCAT"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("DS"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "DSSEQ": sequence(),
        "DSSPID": collected("identifier"),
        "DSTERM": collected(pl.coalesce("term", MILESTONE)),
        "DSDECOD": assigned(pl.coalesce("standard_term", MILESTONE)),
        "DSCAT": assigned(
            pl.coalesce("category", pl.when(MILESTONE.is_not_null()).then(pl.lit("PROTOCOL MILESTONE")))
        ),
        "DSSCAT": assigned(col("subcategory")),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "DSDTC": collected("collected"),
        "DSSTDTC": collected(pl.coalesce("date", "randomised")),
        "EPOCH": derived(epoch("DSSTDTC"), EPOCH_METHOD),
        "DSDY": derived(study_day("DSDTC", since="DM.RFSTDTC"), DAY),
        "DSSTDY": derived(study_day("DSSTDTC", since="DM.RFSTDTC"), DAY),
    },
)


def disposition(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build DS from disposition records, and from consents and randomisations that are not among them."""
    rows = with_milestones(records).with_columns(pl.coalesce("date", "randomised").alias("on"))
    return tabulate(DS, rows, study, datasets, epoch_by="on")


PAGE = Domain(DS, disposition, records={"disposition": None})
