"""SDTM RS (Disease Response): one record per response assessment per time point per assessor per subject."""

from __future__ import annotations

import polars as pl
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

RS = dataset(
    "RS",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "RSTESTCD", "RSEVAL", "RSEVALID", "RSDTC", "VISITNUM"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("RS"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "RSSEQ": sequence(),
        "RSSPID": collected("identifier"),
        "RSLNKGRP": collected("link_group"),
        "RSTESTCD": assigned(col("test")),
        "RSTEST": assigned(test_name("RSTESTCD", ("C96782", "C96781"))),
        "RSCAT": assigned(col("criteria")),
        "RSORRES": collected("result"),
        "RSSTRESC": derived(col("RSORRES"), "RSORRES as the codelist spells it"),
        "RSSTRESN": derived(col("RSSTRESC"), "RSSTRESC where it is a number"),
        "RSSTAT": collected("status"),
        "RSREASND": collected("reason_not_done"),
        "RSMETHOD": collected("method"),
        "RSEVAL": assigned(col("evaluator")),
        "RSEVALID": assigned(pl.when(col("RSEVAL").is_not_null()).then(col("evaluator_id"))),
        "RSACPTFL": assigned(col("accepted")),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "VISITDY": protocol("visit.day"),
        "RSDTC": collected("date"),
        "EPOCH": derived(epoch("RSDTC"), EPOCH_METHOD),
        "RSDY": derived(
            study_day("RSDTC", since="DM.RFSTDTC"), "Days from DM.RFSTDTC, which is day 1; no day 0"
        ),
        "RSLOBXFL": last_before(
            date="RSDTC",
            value="RSSTRESC",
            since="DM.RFXSTDTC",
            by=("USUBJID", "RSTESTCD", "RSCAT", "RSEVAL", "RSEVALID"),
            method="Y on the last result of test, criteria and evaluator on or before DM.RFXSTDTC, by date; "
            "before its time where both have one",
        ),
    },
)


def response(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build RS from response assessments."""
    return tabulate(RS, records["response_assessment"], study, datasets, epoch_by="date")


PAGE = Domain(RS, response)
