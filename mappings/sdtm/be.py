"""SDTM BE (Biospecimen Events): one record per instance per biospecimen event per biospecimen identifier per
subject.

The collection of cells, by apheresis or otherwise. What was done to the subject is a procedure (PR); that a
specimen came of it is an event of the specimen, which has an identifier (BEREFID) by which BS states its
yields. PR with LB would do without, but LB is of the subject's blood and not of what was taken out of it, and
no yield in LB could be told from the blood count of that day but by its unit.
"""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built
from interop.derive.dates import study_day
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import tabulate
from interop.derive.specimens import collections
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence
from interop.study import Study

DAY = "Days from DM.RFSTDTC, which is day 1; no day 0"

BE = dataset(
    "BE",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "BEREFID", "BESTDTC"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("BE"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "BESEQ": sequence(),
        "BEREFID": assigned(col("identifier")),
        "BELNKID": assigned(col("identifier")),
        "BETERM": collected("name"),
        "BEDECOD": assigned("COLLECTING"),
        "BECAT": assigned("COLLECTION"),
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
    """Build BE from the procedures of which a yield is stated."""
    return tabulate(BE, collections(records), study, datasets, epoch_by="start")


PAGE = Domain(BE, biospecimen_events)
