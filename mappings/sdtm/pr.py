"""SDTM PR (Procedures): one record per recorded procedure per occurrence per subject.

Imaging is a procedure; what it shows is in TU, TR and RS. A collection of cells is a procedure too: its
yields are in BS, linked to it through BE.
"""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built
from interop.derive.dates import study_day
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import tabulate
from interop.derive.specimens import standard_names
from interop.lineage import attach
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence, within
from interop.study import Study

DAY = "Days from DM.RFSTDTC, which is day 1; no day 0"
IMAGING = col("modality").is_not_null()
NOT_DONE = col("status").is_in(["not-done", "NOT DONE"])
# Codelist PROCEDUR has CT SCAN but no PET/CT, which METHOD has (NCI C103512).
MODALITIES = {"PET-CT": "PET/CT SCAN", "PET/CT": "PET/CT SCAN", "CT": "CT SCAN"}

PR = dataset(
    "PR",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "PRTRT", "PRSTDTC", "PRSPID"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("PR"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "PRSEQ": sequence(),
        "PRSPID": collected("identifier"),
        "PRLNKID": assigned(col("identifier")),
        "PRTRT": collected(pl.coalesce("name", "modality")),
        "PRDECOD": within(
            assigned(
                pl.coalesce("standard_name", "planned.standard_name", col("modality").replace(MODALITIES))
            ),
            "C85492",
        ),
        "PRCAT": assigned(pl.when(IMAGING).then(pl.lit("IMAGING")).otherwise(col("category"))),
        "PRPRESP": assigned(pl.when(col("status").is_not_null() | IMAGING).then(pl.lit("Y"))),
        "PROCCUR": collected(
            pl.when(NOT_DONE).then(pl.lit("N")).when(col("PRPRESP") == "Y").then(pl.lit("Y"))
        ),
        "PRREASOC": collected("reason_not_done"),
        "PRINDC": collected("indication"),
        "PRLOC": collected("location"),
        "PRLAT": collected("laterality"),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "VISITDY": protocol("visit.day"),
        "PRSTDTC": collected(pl.coalesce("start", "date")),
        "PRENDTC": collected("end"),
        "EPOCH": derived(epoch("PRSTDTC"), EPOCH_METHOD),
        "PRSTDY": derived(study_day("PRSTDTC", since="DM.RFSTDTC"), DAY),
        "PRENDY": derived(study_day("PRENDTC", since="DM.RFSTDTC"), DAY),
    },
)


def procedures(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build PR from procedures and imaging, done or not."""
    rows = pl.concat([records["procedure"], records["imaging"]], how="diagonal")
    rows = rows.with_columns(on=pl.coalesce("start", "date"), what=pl.coalesce("name", "modality"))
    rows = attach(rows, standard_names(study), "planned", on="what", to="name")
    return tabulate(PR, rows, study, datasets, epoch_by="on")


PAGE = Domain(PR, procedures, records={"procedure": col("PRCAT").ne_missing("IMAGING")})
