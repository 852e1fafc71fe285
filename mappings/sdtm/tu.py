"""SDTM TU (Tumor/Lesion Identification): one record per identified tumor per subject per assessor."""

from __future__ import annotations

from polars import col

from interop.build import Built
from interop.derive.baseline import last_before
from interop.derive.dates import study_day
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import tabulate, test_name
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence
from interop.study import Study
from interop.supp import Qualifier

TU = dataset(
    "TU",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "TUEVAL", "TUEVALID", "TULNKID", "TUDTC"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("TU"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "TUSEQ": sequence(),
        "TULNKID": collected("lesion"),
        "TUTESTCD": assigned("TUMIDENT"),
        "TUTEST": assigned(test_name("TUTESTCD", ("C96784", "C96783"))),
        "TUORRES": collected("kind"),
        "TUSTRESC": derived(col("TUORRES"), "TUORRES as the codelist spells it"),
        "TULOC": collected("location"),
        "TULAT": collected("laterality"),
        "TUMETHOD": collected("method"),
        "TUEVAL": assigned(col("evaluator")),
        "TUEVALID": assigned(col("evaluator_id")),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "VISITDY": protocol("visit.day"),
        "TUDTC": collected("date"),
        "EPOCH": derived(epoch("TUDTC"), EPOCH_METHOD),
        "TUDY": derived(
            study_day("TUDTC", since="DM.RFSTDTC"), "Days from DM.RFSTDTC, which is day 1; no day 0"
        ),
        "TULOBXFL": last_before(
            date="TUDTC",
            value="TUSTRESC",
            since="DM.RFXSTDTC",
            by=("USUBJID", "TULNKID", "TUEVAL", "TUEVALID"),
            method="Y on the last identification of the lesion by the evaluator on or before DM.RFXSTDTC, by "
            "date; before its time where both have one",
        ),
    },
)

# TULOCDTL is the name that CDISC's own specialisations of TU (Biomedical Concepts, 2025-12-16) give it.
QUALIFIERS = (
    Qualifier("TULOCDTL", "Location Detail", field="location_detail"),
    Qualifier("TUNODIND", "Lymph Node Indicator", field="nodal"),
)


def tumor_identification(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build TU from lesions."""
    rows = records["lesion"].with_columns(
        col("location_detail").alias("supp.TULOCDTL"), col("nodal").alias("supp.TUNODIND")
    )
    return tabulate(TU, rows, study, datasets, epoch_by="date")


PAGE = Domain(TU, tumor_identification)
