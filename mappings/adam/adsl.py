"""ADaM ADSL (Subject-Level Analysis Dataset): one record per subject of DM."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.analysis import last_alive, populations
from interop.build import Built, build
from interop.derive.adsl import alive_until, first_of, last_of, with_populations
from interop.derive.assessments import analysis_date
from interop.lineage import attach
from interop.mapping import Analysis, Datasets
from interop.spec import dataset, derived, predecessor, sponsor
from interop.study import Study

TREATED = col("TRTSDT").is_not_null()
END = col("END.DSDECOD")


def _date(dtc: str) -> pl.Expr:
    return analysis_date(dtc, None)[0]


ADSL = dataset(
    "ADSL",
    standard="adamig13",
    label="Subject-Level Analysis Dataset",
    structure="One record per subject",
    keys=("STUDYID", "USUBJID"),
    one_per=("USUBJID",),
    rules={
        "STUDYID": predecessor("DM.STUDYID"),
        "USUBJID": predecessor("DM.USUBJID"),
        "SUBJID": predecessor("DM.SUBJID"),
        "SITEID": predecessor("DM.SITEID"),
        "COUNTRY": predecessor("DM.COUNTRY"),
        "AGE": predecessor("DM.AGE"),
        "AGEU": predecessor("DM.AGEU"),
        "SEX": predecessor("DM.SEX"),
        "RACE": predecessor("DM.RACE"),
        "ETHNIC": predecessor("DM.ETHNIC"),
        "ARMCD": predecessor("DM.ARMCD"),
        "ARM": predecessor("DM.ARM"),
        "ACTARMCD": predecessor("DM.ACTARMCD"),
        "ACTARM": predecessor("DM.ACTARM"),
        "ARMNRS": predecessor("DM.ARMNRS"),
        "TRT01P": derived(col("DM.ARM"), "DM.ARM"),
        "TRT01A": derived(col("DM.ACTARM"), "DM.ACTARM"),
        "RFSTDTC": predecessor("DM.RFSTDTC"),
        "RFENDTC": predecessor("DM.RFENDTC"),
        "RFICDT": sponsor(
            derived(_date("DM.RFICDTC"), "Date part of DM.RFICDTC where it is complete"),
            "Date of Informed Consent",
            "date",
        ),
        "RANDDT": derived(
            _date("RAND.DSSTDTC"), "Date of the first DS record with DSDECOD = RANDOMIZED, where complete"
        ),
        "TRTSDT": derived(_date("FIRST.EXSTDTC"), "Earliest complete EX.EXSTDTC of the subject"),
        "TRTEDT": derived(
            _date("LAST.EXENDTC"),
            "Latest complete date of EX.EXENDTC, or of EX.EXSTDTC where EXENDTC is missing, of the subject",
        ),
        "TRTDURD": derived(
            (col("TRTEDT") - col("TRTSDT")).dt.total_days() + 1, "TRTEDT - TRTSDT + 1, in days"
        ),
        "DTHFL": predecessor("DM.DTHFL"),
        "DTHDT": derived(
            analysis_date("DM.DTHDTC", "first")[0],
            "Date part of DM.DTHDTC; where only its day is missing, the first of the month",
        ),
        "DTHDTF": derived(analysis_date("DM.DTHDTC", "first")[1], "D where the day of DTHDT is imputed"),
        "LSTALVDT": derived(
            pl.min_horizontal("ALIVE.date", "DTHDT"),
            "Latest complete date of the records that show the subject alive, not after DTHDT",
        ),
        "EOSSTT": derived(
            pl.when(END == "COMPLETED")
            .then(pl.lit("COMPLETED"))
            .when(END.is_not_null())
            .then(pl.lit("DISCONTINUED"))
            .when(TREATED)
            .then(pl.lit("ONGOING")),
            "COMPLETED or DISCONTINUED by the subject's last DS disposition event; ONGOING where a treated "
            "subject has none",
        ),
        "EOSDT": derived(_date("END.DSSTDTC"), "Date of the subject's last DS disposition event"),
        "DCSREAS": derived(
            pl.when(END != "COMPLETED").then(END), "DS.DSDECOD of the disposition event, unless COMPLETED"
        ),
        "SAFFL": derived(
            col("flag.SAFFL"), "Y where the subject is in the population of the study definition"
        ),
        "ITTFL": derived(
            col("flag.ITTFL"), "Y where the subject is in the population of the study definition"
        ),
    },
)


def subject_level(study: Study, datasets: Datasets) -> Built:
    """Build ADSL from DM, with the dates of EX and DS and whatever shows the subject alive."""
    rows = datasets["DM"].rows
    rows = rows.rename({c: f"DM.{c}" for c in rows.columns if c != "_src"})
    for prefix, found in (
        ("FIRST", first_of(datasets["EX"].rows, "EXSTDTC")),
        ("LAST", last_of(datasets["EX"].rows, "EXENDTC", "EXSTDTC")),
        ("RAND", first_of(datasets["DS"].rows.filter(col("DSDECOD") == "RANDOMIZED"), "DSSTDTC")),
        ("END", last_of(datasets["DS"].rows.filter(col("DSCAT") == "DISPOSITION EVENT"), "DSSTDTC")),
        ("ALIVE", alive_until(datasets, last_alive(study))),
    ):
        rows = attach(rows, found, prefix, on="DM.USUBJID", to="USUBJID")
    return build(ADSL, with_populations(rows, populations(study)))


PAGE = Analysis(ADSL, subject_level)
