"""SDTM DM (Demographics): one record per subject."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built, build
from interop.derive.arm import unknown_arms, with_arms
from interop.derive.dates import study_day
from interop.derive.join import also
from interop.derive.subject import deaths_differ, with_reference_dates
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol
from interop.study import Study

TREATED = col("treated.treatment").is_not_null() | col("treated.dose").is_not_null()
# Left before the arms part: nothing unplanned was given, and no arm was assigned.
ONLY_SHARED = col("shared.only").fill_null(False)
PLANNED = (
    "Arm of the code that the source states; where it states none, the arm that the treatment received tells"
)
RECEIVED = (
    "Arm that the treatments received and their highest dose tell by the study definition; in a study whose "
    "definition says nothing of them, the arm that the source states, of a treated subject"
)

DM = dataset(
    "DM",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID"),
    one_per=("USUBJID",),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("DM"),
        "USUBJID": derived(
            col("usubjid"), "Study identifier, site and subject as the study definition joins them"
        ),
        "SUBJID": collected("subject"),
        "RFSTDTC": derived(
            col("reference_start.date"), "Start of the reference period by the study definition"
        ),
        "RFENDTC": derived(
            pl.when(col("RFSTDTC").is_not_null()).then(col("reference_end.date")),
            "End of the reference period by the study definition; empty for a subject without RFSTDTC",
        ),
        "RFXSTDTC": derived(col("first_dose.date"), "Earliest start of an administration that took place"),
        "RFXENDTC": derived(col("last_dose.date"), "Latest date of an administration that took place"),
        "RFICDTC": derived(col("informed_consent.date"), "Earliest date of informed consent"),
        "RFPENDTC": derived(
            col("last_contact.date"),
            "Latest date on which a record of the subject was collected, a treatment was given, a visit or "
            "assessment took place, or a disposition event or death happened",
        ),
        "DTHDTC": collected("died.date"),
        "DTHFL": derived(
            pl.when(col("died.usubjid").is_not_null()).then(pl.lit("Y")), "Y where there is a death record"
        ),
        "SITEID": collected("site"),
        "AGE": collected("age"),
        "AGEU": collected(pl.when(col("age").is_not_null()).then(col("age_unit"))),
        "SEX": collected("sex"),
        "RACE": collected("race"),
        "ETHNIC": collected("ethnicity"),
        "ARMCD": derived(pl.coalesce("assigned.code", "received.code"), PLANNED),
        "ARM": derived(pl.coalesce("assigned.label", "received.label"), PLANNED),
        "ACTARMCD": derived(pl.when(TREATED).then(col("received.code")), RECEIVED),
        "ACTARM": derived(pl.when(TREATED).then(col("received.label")), RECEIVED),
        "ARMNRS": derived(
            pl.when(col("ARM").is_not_null() & col("ACTARM").is_not_null())
            .then(None)
            .when(col("ended.standard_term").is_not_null() & ~TREATED)
            .then(pl.lit("SCREEN FAILURE"))
            .when(TREATED & ~ONLY_SHARED)
            .then(pl.lit("UNPLANNED TREATMENT"))
            .when(col("ARM").is_not_null())
            .then(pl.lit("ASSIGNED, NOT TREATED"))
            .otherwise(pl.lit("NOT ASSIGNED")),
            "Why ARM or ACTARM is empty: a disposition event of screen failure, treatment of no arm, no "
            "treatment, no assignment",
        ),
        "ACTARMUD": derived(
            pl.when(TREATED & ~ONLY_SHARED & col("ACTARM").is_null()).then(col("treated.treatment")),
            "Treatment of the highest dose received, where it tells no arm",
        ),
        "COUNTRY": collected("country"),
        "DMDTC": collected("collected"),
        "DMDY": derived(study_day("DMDTC", since="RFSTDTC"), "Days from RFSTDTC, which is day 1; no day 0"),
    },
)


def demographics(records: Records, study: Study, _datasets: Datasets) -> Built:
    """Build DM from subjects, with the dates of their other records and their arms."""
    rows = with_arms(with_reference_dates(records["subject"], records, study), records, study)
    return also(build(DM, rows), [unknown_arms(rows, study), deaths_differ(records)])


PAGE = Domain(DM, demographics)
