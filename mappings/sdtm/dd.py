"""SDTM DD (Death Details): one record per finding per subject. That and when one died is in DM."""

from __future__ import annotations

from polars import col

from interop.build import Built
from interop.derive.dates import study_day
from interop.derive.join import tabulate, test_name
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence
from interop.study import Study

DD = dataset(
    "DD",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "DDTESTCD", "DDDTC"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("DD"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "DDSEQ": sequence(),
        "DDTESTCD": assigned("PRCDTH"),
        "DDTEST": assigned(test_name("DDTESTCD", ("C116108", "C116107"))),
        "DDORRES": collected("cause"),
        "DDSTRESC": derived(col("DDORRES"), "DDORRES"),
        "DDDTC": collected("collected"),  # when the cause was told, not when the subject died
        "DDDY": derived(
            study_day("DDDTC", since="DM.RFSTDTC"), "Days from DM.RFSTDTC, which is day 1; no day 0"
        ),
    },
)


def death_details(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build DD from deaths with a cause; the others are in DM."""
    return tabulate(DD, records["death"].filter(col("cause").is_not_null()), study, datasets)


PAGE = Domain(DD, death_details)
