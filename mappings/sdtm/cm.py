"""SDTM CM (Concomitant/Prior Medications): one record per recorded medication or constant-dosing interval.

Lines of therapy before the study and anticancer therapy after it are interventions, so they are here and not
in MH, each under a category of its own. A line is one record, as it was collected: a regimen, even where
radiotherapy or a transplant is part of it. CMGRPID has the number of the line.
"""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built
from interop.derive.dates import study_day
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import tabulate
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence
from interop.study import Study
from interop.supp import Qualifier

DAY = "Days from DM.RFSTDTC, which is day 1; no day 0"
ONGOING = col("ongoing") == "Y"
BEFORE = col("regimen").is_not_null()
AFTER = col("phase") == "subsequent"

CM = dataset(
    "CM",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "CMTRT", "CMSTDTC", "VISITNUM", "CMSPID"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("CM"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "CMSEQ": sequence(),
        "CMSPID": collected("identifier"),
        "CMGRPID": assigned(pl.when(col("line").is_not_null()).then(pl.format("LINE {}", col("line")))),
        "CMTRT": collected(pl.coalesce("name", "regimen")),
        "CMDECOD": assigned(col("standard_name")),
        "CMCAT": assigned(
            pl.when(BEFORE)
            .then(pl.lit("PRIOR ANTICANCER THERAPY"))
            .when(AFTER)
            .then(pl.lit("SUBSEQUENT ANTICANCER THERAPY"))
            .otherwise(col("category"))
        ),
        "CMSCAT": assigned(pl.when(BEFORE | AFTER).then(col("category"))),
        "CMINDC": collected("indication"),
        "CMCLAS": assigned(col("class")),
        "CMDOSE": collected("dose"),
        "CMDOSTXT": collected(pl.when(col("dose").is_null()).then(col("dose_text"))),
        "CMDOSU": collected("dose_unit"),
        "CMDOSFRM": collected("dose_form"),
        "CMDOSFRQ": collected("frequency"),
        "CMROUTE": collected("route"),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "VISITDY": protocol("visit.day"),
        "CMDTC": collected("collected"),
        "CMSTDTC": collected("start"),
        "CMENDTC": collected("end"),
        "EPOCH": derived(epoch("CMSTDTC"), EPOCH_METHOD),
        "CMDY": derived(study_day("CMDTC", since="DM.RFSTDTC"), DAY),
        "CMSTDY": derived(study_day("CMSTDTC", since="DM.RFSTDTC"), DAY),
        "CMENDY": derived(study_day("CMENDTC", since="DM.RFSTDTC"), DAY),
        "CMENRTPT": derived(
            pl.when(ONGOING).then(pl.lit("ONGOING")), "ONGOING where the medication was said to go on"
        ),
        "CMENTPT": derived(
            pl.when(ONGOING).then(pl.coalesce("CMDTC", "DM.RFPENDTC")),
            "Date on which the medication was said to go on: CMDTC, or DM.RFPENDTC where that is missing",
        ),
    },
)


QUALIFIERS = (Qualifier("CMBRESP", "Best Response to the Line", field="best_response"),)


def concomitant_medications(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build CM from concomitant medications, prior lines and subsequent therapy."""
    prior = records["prior_therapy"].with_columns(col("best_response").alias("supp.CMBRESP"))
    subsequent = records["subsequent_therapy"].with_columns(phase=pl.lit("subsequent"))
    rows = pl.concat([records["concomitant_medication"], prior, subsequent], how="diagonal")
    return tabulate(CM, rows, study, datasets, epoch_by="start")


PAGE = Domain(
    CM,
    concomitant_medications,
    records={"subsequent_therapy": col("CMCAT") == "SUBSEQUENT ANTICANCER THERAPY"},
)
