"""SDTM EC (Exposure as Collected): one record per protocol-specified study treatment, collected-dosing
interval, per subject.

Every administration that the form asks for is here, given or not; EX holds those given, from the same
records, linked by ECLNKID and EXLNKID. All records are of one mood, what was done, so there is no ECMOOD. The
agents of lymphodepletion and conditioning and the cells of CAR-T are treatments that the protocol specifies,
with dose and day: they are here and in EX, and not in CM or PR. The reinfusion of stem cells, a procedure, is
in PR.
"""

from __future__ import annotations

import polars as pl
from polars import col

from interop import issues
from interop.build import Built
from interop.derive.dates import study_day
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import also, tabulate
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence
from interop.study import Study

DAY = "Days from DM.RFSTDTC, which is day 1; no day 0"
GIVEN = col("status").ne_missing("not-done")

EC = dataset(
    "EC",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "ECTRT", "ECSTDTC"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("EC"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "ECSEQ": sequence(),
        "ECSPID": collected("identifier"),
        "ECREFID": collected("product_id"),
        "ECLNKID": assigned(col("identifier")),
        "ECTRT": collected("treatment"),
        "ECPRESP": assigned("Y"),
        "ECOCCUR": collected(pl.when(GIVEN).then(pl.lit("Y")).otherwise(pl.lit("N"))),
        "ECREASOC": collected("reason_not_done"),
        "ECDOSE": collected(pl.when(GIVEN).then(col("dose"))),
        "ECDOSU": collected(pl.when(GIVEN).then(col("dose_unit"))),
        "ECDOSFRM": collected("dose_form"),
        "ECDOSFRQ": collected("frequency"),
        "ECROUTE": collected("route"),
        "ECLOT": collected("lot"),
        "ECLOC": collected("location"),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "VISITDY": protocol("visit.day"),
        "ECSTDTC": collected("start"),
        "ECENDTC": collected("end"),
        "EPOCH": derived(epoch("ECSTDTC"), EPOCH_METHOD),
        "ECSTDY": derived(study_day("ECSTDTC", since="DM.RFSTDTC"), DAY),
        "ECENDY": derived(study_day("ECENDTC", since="DM.RFSTDTC"), DAY),
    },
)


def exposure_as_collected(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build EC from all administrations."""
    rows = records["administration"]
    contradiction = issues.issues(
        rows.filter(~GIVEN, col("dose").cast(pl.Float64, strict=False) != 0),
        severity="warning",
        target="EC",
        variable="ECDOSE",
        rule="DOSE NOT GIVEN",
        value=col("dose"),
        message="the treatment was not given, yet there is a dose, which is left out: correct status or dose "
        "at the source",
    )
    return also(tabulate(EC, rows, study, datasets, epoch_by="start"), [contradiction])


PAGE = Domain(EC, exposure_as_collected)
