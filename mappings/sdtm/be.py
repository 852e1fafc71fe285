"""SDTM BE (Biospecimen Events): one record per instance per biospecimen event per biospecimen identifier per
subject.

The collection of cells, by apheresis or otherwise, and what became of them: given back, or infused as the
product that was made of them. What was done to the subject is a procedure (PR) or a dose (EC); that a
specimen came of it, or was used up by it, is an event of the specimen. It has one identifier (BEREFID) in all
of them and in BS, which states its yields. PR with LB would do without, but LB is of the subject's blood and
not of what was taken out of it, and no yield in LB could be told from the blood count of that day but by its
unit.
"""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built
from interop.derive.dates import study_day
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import tabulate
from interop.derive.specimens import specimen_events
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence
from interop.study import Study

GIVEN = pl.coalesce("product_given", "product_id").is_not_null()
DAY = "Days from DM.RFSTDTC, which is day 1; no day 0"

BE = dataset(
    "BE",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "BEREFID", "BEDECOD", "BESTDTC"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("BE"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "BESEQ": sequence(),
        "BEREFID": assigned(
            pl.coalesce("product_given", "product_id", "yield.product_id", "product_collected", "identifier")
        ),
        "BELNKID": assigned(pl.when(col("name").is_not_null()).then(col("identifier"))),  # of PR
        "BETERM": collected(pl.coalesce("name", "treatment")),
        "BEDECOD": assigned(pl.when(GIVEN).then(pl.lit("CONSUMING")).otherwise(pl.lit("COLLECTING"))),
        "BECAT": assigned(pl.when(GIVEN).then(pl.lit("INFUSION")).otherwise(pl.lit("COLLECTION"))),
        "BELOC": collected("location"),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "VISITDY": protocol("visit.day"),
        "BEDTC": collected(pl.coalesce("yield.date", "start")),
        "BESTDTC": collected("start"),
        "BEENDTC": collected("end"),
        "EPOCH": derived(epoch("BESTDTC"), EPOCH_METHOD),
        "BEDY": derived(study_day("BEDTC", since="DM.RFSTDTC"), DAY),
        "BESTDY": derived(study_day("BESTDTC", since="DM.RFSTDTC"), DAY),
        "BEENDY": derived(study_day("BEENDTC", since="DM.RFSTDTC"), DAY),
    },
)


def biospecimen_events(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build BE from the procedures that collect or give back a product, and its infusions."""
    return tabulate(BE, specimen_events(records), study, datasets, epoch_by="start")


PAGE = Domain(BE, biospecimen_events)
