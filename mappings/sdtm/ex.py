"""SDTM EX (Exposure): one record per constant-dosing interval of a study treatment that was given.

What the form asked for and was not given is in EC, of the same records; EXLNKID and ECLNKID tell them
together.
"""

from __future__ import annotations

from polars import col

from interop.build import Built, Scope
from interop.derive.dates import study_day
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import tabulate
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence
from interop.study import Study

DAY = "Days from DM.RFSTDTC, which is day 1; no day 0"

EX = dataset(
    "EX",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "EXTRT", "EXSTDTC"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("EX"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "EXSEQ": sequence(),
        "EXSPID": collected("identifier"),
        "EXREFID": collected("product_id"),
        "EXLNKID": assigned(col("identifier")),
        "EXTRT": collected("treatment"),
        "EXDOSE": collected("dose"),
        "EXDOSU": collected("dose_unit"),
        "EXDOSFRM": collected("dose_form"),
        "EXDOSFRQ": collected("frequency"),
        "EXROUTE": collected("route"),
        "EXLOT": collected("lot"),
        "EXLOC": collected("location"),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "VISITDY": protocol("visit.day"),
        "EXSTDTC": collected("start"),
        "EXENDTC": collected("end"),
        "EPOCH": derived(epoch("EXSTDTC"), EPOCH_METHOD),
        "EXSTDY": derived(study_day("EXSTDTC", since="DM.RFSTDTC"), DAY),
        "EXENDY": derived(study_day("EXENDTC", since="DM.RFSTDTC"), DAY),
    },
)

GIVEN = Scope(
    where=col("status").ne_missing("not-done"),
    otherwise="the treatment was not given, and EX holds what was given",
)


def exposure(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build EX from the administrations that took place, whole or in part."""
    return tabulate(EX, records["administration"], study, datasets, epoch_by="start", scope=GIVEN)


PAGE = Domain(EX, exposure, records={"administration": None})
