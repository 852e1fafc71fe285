"""SDTM VS (Vital Signs): one record per vital sign measurement per time point per visit per subject."""

from __future__ import annotations

from polars import col

from interop.build import Built
from interop.derive.baseline import last_before
from interop.derive.dates import study_day
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import also, tabulate, test_name
from interop.derive.units import not_standard, standard_result, standard_unit, with_standard_unit
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence
from interop.study import Study

PLACE = ("USUBJID", "VSTESTCD", "VSPOS", "VSTPT")
CONVERTED = (
    "VSORRES in the standard unit of the study definition, by UCUM's factors, rounded half away from zero to "
    "the decimals given there, without zeros that say nothing"
)

VS = dataset(
    "VS",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "VSTESTCD", "VISITNUM", "VSTPTNUM", "VSDTC"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("VS"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "VSSEQ": sequence(),
        "VSTESTCD": assigned(col("test")),
        "VSTEST": assigned(test_name("VSTESTCD", ("C66741", "C67153"))),
        "VSPOS": collected("position"),
        "VSORRES": collected("result"),
        "VSORRESU": collected("unit"),
        "VSSTRESC": derived(
            standard_result("VSORRES", "VSORRESU", "standard.unit", "standard.decimals"), CONVERTED
        ),
        "VSSTRESN": derived(col("VSSTRESC"), "VSSTRESC where it is a number"),
        "VSSTRESU": derived(
            standard_unit("VSORRESU", "standard.unit"),
            "Standard unit of the study definition, where VSORRESU can be converted to it; else VSORRESU",
        ),
        "VSSTAT": collected("status"),
        "VSREASND": collected("reason_not_done"),
        "VSLOC": collected("location"),
        "VSLAT": collected("laterality"),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "VISITDY": protocol("visit.day"),
        "VSDTC": collected("date"),
        "EPOCH": derived(epoch("VSDTC"), EPOCH_METHOD),
        "VSDY": derived(
            study_day("VSDTC", since="DM.RFSTDTC"), "Days from DM.RFSTDTC, which is day 1; no day 0"
        ),
        "VSTPT": collected("timepoint"),
        "VSTPTNUM": protocol("timepoint_number"),
        "VSELTM": protocol("elapsed"),
        "VSTPTREF": protocol("timepoint_reference"),
        "VSLOBXFL": last_before(
            date="VSDTC",
            value="VSSTRESC",
            since="DM.RFXSTDTC",
            by=PLACE,
            method="Y on the last result of test, position and time point on or before DM.RFXSTDTC, by date; "
            "before its time where both have one",
        ),
        "VSBLFL": last_before(
            date="VSDTC",
            value="VSSTRESC",
            since="DM.RFSTDTC",
            by=PLACE,
            method="Y on the last result of test, position and time point on or before DM.RFSTDTC, by date; "
            "before its time where both have one",
        ),
    },
)


def vital_signs(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build VS from vital signs, with standard units by the study definition."""
    built = tabulate(VS, with_standard_unit(records["vital_sign"], study), study, datasets, epoch_by="date")
    return also(built, [not_standard(built.data, study, "VS", "VSTESTCD", "VSSTRESU")])


PAGE = Domain(VS, vital_signs)
