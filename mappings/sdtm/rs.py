"""SDTM RS (Disease Response and Clin Classification): one record per response assessment or clinical
classification per time point per visit per subject per assessor per medical evaluator.

ECOG performance status is a clinical classification: RSCAT ECOG, RSTESTCD ECOG101. Where a lymphoma's overall
response was not collected, PET-CT and CT make it.
"""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built
from interop.derive.baseline import last_before
from interop.derive.dates import study_day
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import also, tabulate, test_name
from interop.derive.lugano import table_of
from interop.derive.readings import METHOD as RESPONSE_METHOD
from interop.derive.readings import with_overall
from interop.derive.results import not_of_the_test
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence, within
from interop.study import Study

ECOG = ("C101815", "C101816", "C179944")  # codelists of its test code, test name and result
# The codelist of each test's results, as CDISC's specialisations of RS for Lugano and ECOG have them.
RESULTS = {
    **dict.fromkeys(("OVRLRESP", "METBRESP", "ANATRESP", "TRGRESP", "NTRGRESP", "SPLNRESP"), "C96785"),
    **dict.fromkeys(("NEWLIND", "BMIVLIND"), "C66742"),
    "ECOG101": ECOG[2],
}
# As collected too, but for ECOG, whose list for RSORRES has sentences where forms have the grade.
AS_COLLECTED = {test: code for test, code in RESULTS.items() if test != "ECOG101"}

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
        "RSTESTCD": within(assigned(col("test")), ECOG[0]),
        "RSTEST": within(assigned(test_name("RSTESTCD", ("C96782", "C96781"), ECOG[:2])), ECOG[1]),
        "RSCAT": assigned(col("criteria")),
        "RSORRES": within(collected(pl.coalesce("result", "grade")), by_test=AS_COLLECTED),
        "RSSTRESC": within(
            derived(pl.coalesce("RSORRES", "derived.response"), RESPONSE_METHOD),
            *("C66742", ECOG[2]),
            by_test=RESULTS,
        ),
        "RSSTRESN": derived(col("RSSTRESC"), "RSSTRESC where it is a number"),
        "RSSTAT": collected("status"),
        "RSREASND": collected("reason_not_done"),
        "RSMETHOD": within(collected("method"), "C85492"),  # a modality is no QRS method but a METHOD
        "RSDRVFL": derived(
            pl.when(col("RSORRES").is_null() & col("RSSTRESC").is_not_null()).then(pl.lit("Y")),
            "Y for an overall response that was not collected",
        ),
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
    """Build RS from response assessments, what they make, and performance status."""
    status = records["performance_status"].with_columns(test=pl.lit("ECOG101"), criteria=pl.lit("ECOG"))
    rows = pl.concat([with_overall(records["response_assessment"], table_of(study)), status], how="diagonal")
    built = tabulate(RS, rows, study, datasets, epoch_by="date")
    return also(built, [not_of_the_test(built, "RSTESTCD", "RSSTRESC", RESULTS)])


PAGE = Domain(RS, response)
