"""SDTM AE (Adverse Events): one record per adverse event per subject."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built
from interop.derive.dates import study_day
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import also, tabulate
from interop.derive.updates import latest_state
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence
from interop.study import Study

DAY = "Days from DM.RFSTDTC, which is day 1; no day 0"
ONGOING = col("ongoing") == "Y"

AE = dataset(
    "AE",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "AEDECOD", "AESTDTC", "AETERM", "AESPID"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("AE"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "AESEQ": sequence(),
        "AESPID": collected("identifier"),
        "AETERM": collected("term"),
        "AELLT": assigned(col("lowest_level_term")),
        "AELLTCD": assigned(col("lowest_level_term_code")),
        "AEDECOD": assigned(col("preferred_term")),
        "AEPTCD": assigned(col("preferred_term_code")),
        "AEHLT": assigned(col("high_level_term")),
        "AEHLTCD": assigned(col("high_level_term_code")),
        "AEHLGT": assigned(col("high_level_group_term")),
        "AEHLGTCD": assigned(col("high_level_group_term_code")),
        "AECAT": assigned(col("category")),
        "AEBODSYS": assigned(col("body_system")),
        "AEBDSYCD": assigned(col("body_system_code")),
        "AESOC": assigned(col("system_organ_class")),
        "AESOCCD": assigned(col("system_organ_class_code")),
        "AESEV": collected("severity"),
        "AESER": collected("serious"),
        "AEACN": collected("action_taken"),
        "AEREL": collected("causality"),
        "AEOUT": collected("outcome"),
        "AESCAN": collected("serious_cancer"),
        "AESCONG": collected("serious_congenital"),
        "AESDISAB": collected("serious_disability"),
        "AESDTH": collected("serious_death"),
        "AESHOSP": collected("serious_hospitalisation"),
        "AESLIFE": collected("serious_life_threatening"),
        "AESOD": collected("serious_overdose"),
        "AESMIE": collected("serious_important"),
        "AETOXGR": collected("toxicity_grade"),
        "AEDTC": collected("collected"),
        "AESTDTC": collected("start"),
        "AEENDTC": collected("end"),
        "EPOCH": derived(epoch("AESTDTC"), EPOCH_METHOD),
        "AEDY": derived(study_day("AEDTC", since="DM.RFSTDTC"), DAY),
        "AESTDY": derived(study_day("AESTDTC", since="DM.RFSTDTC"), DAY),
        "AEENDY": derived(study_day("AEENDTC", since="DM.RFSTDTC"), DAY),
        "AEENRTPT": derived(
            pl.when(ONGOING).then(pl.lit("ONGOING")), "ONGOING where the event was said to go on"
        ),
        "AEENTPT": derived(
            pl.when(ONGOING).then(pl.coalesce("AEDTC", "DM.RFPENDTC")),
            "Date on which the event was said to go on: AEDTC, or DM.RFPENDTC where that is missing",
        ),
    },
)


def adverse_events(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build AE from adverse events, each as it was last collected."""
    rows, earlier = latest_state(
        records["adverse_event"], of="identifier", may_change=("outcome", "ongoing"), target="AE"
    )
    return also(tabulate(AE, rows, study, datasets, epoch_by="start"), [earlier])


PAGE = Domain(AE, adverse_events)
