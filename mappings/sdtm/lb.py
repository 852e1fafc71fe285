"""SDTM LB (Laboratory Test Results): one record per lab test per time point per visit per subject.

Circulating tumour DNA is here as a test of plasma, found or not found, by which the study decides on
treatment. GF is for what a genome looks like, and its codelist has no test for it; `ctDNA` itself is a term
of GENSMP, the samples of GF. LBTESTCD has none either, so CTDNA is the sponsor's.
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
from interop.derive.results import in_words, range_indicator
from interop.derive.units import not_standard, standard_result, standard_unit, with_standard_unit
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence, within
from interop.study import Study

TESTS = {"CTDNA": "Circulating Tumor DNA"}
PLACE = ("USUBJID", "LBTESTCD", "LBSPEC", "LBMETHOD")
CONVERTED = (
    "in the standard unit of the study definition, by UCUM's factors, rounded half away from zero to the "
    "decimals given there, without zeros that say nothing"
)
ASKED = ("LBORRESU", "standard.unit", "standard.decimals")

LB = dataset(
    "LB",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "LBTESTCD", "LBSPEC", "VISITNUM", "LBDTC"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("LB"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "LBSEQ": sequence(),
        "LBSPID": collected("identifier"),
        "LBTESTCD": within(assigned(col("test")), terms=tuple(TESTS)),
        "LBTEST": within(
            assigned(test_name("LBTESTCD", ("C65047", "C67154")).replace(TESTS)), terms=tuple(TESTS.values())
        ),
        "LBCAT": assigned(col("category")),
        "LBORRES": collected("result"),
        "LBORRESU": collected("unit"),
        "LBORNRLO": collected("low"),
        "LBORNRHI": collected("high"),
        "LBSTRESC": within(
            derived(standard_result("LBORRES", *ASKED), f"LBORRES {CONVERTED}"), applies=in_words("LBSTRESC")
        ),
        "LBSTRESN": derived(col("LBSTRESC"), "LBSTRESC where it is a number"),
        "LBSTRESU": derived(
            standard_unit("LBORRESU", "standard.unit"),
            "Standard unit of the study definition, where LBORRESU can be converted to it; else LBORRESU",
        ),
        "LBSTNRLO": derived(standard_result("LBORNRLO", *ASKED), f"LBORNRLO {CONVERTED}"),
        "LBSTNRHI": derived(standard_result("LBORNRHI", *ASKED), f"LBORNRHI {CONVERTED}"),
        "LBNRIND": derived(
            pl.coalesce("indicator", range_indicator("LBSTRESN", "LBSTNRLO", "LBSTNRHI")),
            "As the laboratory said; else LBSTRESN against LBSTNRLO and LBSTNRHI",
        ),
        "LBSTAT": collected("status"),
        "LBREASND": collected("reason_not_done"),
        "LBSPEC": collected("specimen"),
        "LBMETHOD": collected("method"),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "VISITDY": protocol("visit.day"),
        "LBDTC": collected("date"),
        "EPOCH": derived(epoch("LBDTC"), EPOCH_METHOD),
        "LBDY": derived(
            study_day("LBDTC", since="DM.RFSTDTC"), "Days from DM.RFSTDTC, which is day 1; no day 0"
        ),
        "LBLOBXFL": last_before(
            date="LBDTC",
            value="LBSTRESC",
            since="DM.RFXSTDTC",
            by=PLACE,
            method="Y on the last result of test, specimen and method on or before DM.RFXSTDTC, by date; "
            "before its time where both have one",
        ),
        "LBBLFL": last_before(
            date="LBDTC",
            value="LBSTRESC",
            since="DM.RFSTDTC",
            by=PLACE,
            method="Y on the last result of test, specimen and method on or before DM.RFSTDTC, by date; "
            "before its time where both have one",
        ),
    },
)


def laboratory(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build LB from laboratory results, with standard units by the study definition."""
    rows = with_standard_unit(records["laboratory_result"], study)
    built = tabulate(LB, rows, study, datasets, epoch_by="date")
    return also(built, [not_standard(built.data, study, "LB", "LBTESTCD", "LBSTRESU")])


PAGE = Domain(LB, laboratory)
