"""SDTM TR (Tumor/Lesion Results): one record per tumor measurement or assessment per visit per subject per
assessor.

Sizes are standardised to mm and their products to mm2. The sum of the products of the target lesions
(SUMPPD), by which Lugano reads a CT, is derived where it was not collected; it belongs to no one lesion and
has no TRLNKID.
"""

from __future__ import annotations

import polars as pl
from polars import col

from interop import issues
from interop.build import Built
from interop.derive.baseline import last_before
from interop.derive.dates import study_day
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import also, tabulate, test_name
from interop.derive.lesions import METHOD as SUM_METHOD
from interop.derive.lesions import UNIT, with_sums
from interop.derive.results import in_words, not_of_the_test
from interop.derive.units import not_standard, standard_result, standard_unit, with_standard_unit
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence, within
from interop.study import Study

SUMMED = col("derived.sum").is_not_null()
RESULTS = {"FDP5PS": "C202306"}  # London Deauville Criteria Point Scale 2014
# The states of a lesion, as CDISC's specialisations of TR have them.
STATES = dict.fromkeys(("TUMSTATE", "LNSTATE"), "C124309")

TR = dataset(
    "TR",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "TREVAL", "TREVALID", "TRDTC", "TRLNKID", "TRTESTCD", "VISITNUM"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("TR"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "TRSEQ": sequence(),
        "TRLNKID": collected("lesion"),
        "TRLNKGRP": collected("link_group"),
        "TRTESTCD": assigned(col("test")),
        "TRTEST": assigned(test_name("TRTESTCD", ("C96779", "C96778"))),
        "TRORRES": within(collected("result"), by_test=STATES),
        "TRORRESU": collected("unit"),
        "TRSTRESC": within(
            derived(
                pl.coalesce(
                    standard_result("TRORRES", "TRORRESU", "standard.unit", "standard.decimals"),
                    "derived.sum",
                ),
                f"TRORRES in the standard unit of the study definition, by UCUM's factors; SUMPPD: "
                f"{SUM_METHOD}",
            ),
            *RESULTS.values(),
            applies=in_words("TRSTRESC"),
            by_test={**STATES, **RESULTS},
        ),
        "TRSTRESN": derived(col("TRSTRESC"), "TRSTRESC where it is a number"),
        "TRSTRESU": derived(
            pl.when(SUMMED).then(pl.lit(UNIT)).otherwise(standard_unit("TRORRESU", "standard.unit")),
            "Standard unit of the study definition, where TRORRESU can be converted to it; else TRORRESU; "
            "mm2 for SUMPPD",
        ),
        "TRSTAT": collected("status"),
        "TRREASND": collected("reason_not_done"),
        "TRMETHOD": collected("method"),
        "TRDRVFL": derived(pl.when(SUMMED).then(pl.lit("Y")), "Y for a sum that was not collected"),
        "TREVAL": assigned(col("evaluator")),
        "TREVALID": assigned(col("evaluator_id")),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "VISITDY": protocol("visit.day"),
        "TRDTC": collected("date"),
        "EPOCH": derived(epoch("TRDTC"), EPOCH_METHOD),
        "TRDY": derived(
            study_day("TRDTC", since="DM.RFSTDTC"), "Days from DM.RFSTDTC, which is day 1; no day 0"
        ),
        "TRLOBXFL": last_before(
            date="TRDTC",
            value="TRSTRESC",
            since="DM.RFXSTDTC",
            by=("USUBJID", "TRLNKID", "TRTESTCD", "TREVAL", "TREVALID"),
            method="Y on the last result of lesion, test and evaluator on or before DM.RFXSTDTC, by date; "
            "before its time where both have one",
        ),
    },
)


def tumor_results(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build TR from lesion measurements, and the sums that they make."""
    lesions = records["lesion"]
    rows = with_standard_unit(with_sums(records["lesion_measurement"], lesions), study)
    built = tabulate(TR, rows, study, datasets, epoch_by="date")
    unknown = issues.issues(
        records["lesion_measurement"].join(lesions, on=("usubjid", "lesion"), how="anti"),
        severity="warning",
        target="TR",
        variable="TRLNKID",
        rule="NO LESION",
        value=col("lesion"),
        message="no lesion of this identifier was recorded of the subject, so TU has none: add the lesion, "
        "or correct the identifier",
    )
    return also(
        built,
        [
            unknown,
            not_standard(built.data, study, "TR", "TRTESTCD", "TRSTRESU"),
            not_of_the_test(built, "TRTESTCD", "TRSTRESC", RESULTS),
        ],
    )


PAGE = Domain(TR, tumor_results)
