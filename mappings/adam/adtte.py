"""ADaM ADTTE (time to event): one record per subject and parameter, by the parameters of the study."""

from __future__ import annotations

import polars as pl
from polars import col

from interop import issues
from interop.analysis import times_to_event
from interop.build import Built, build
from interop.derive.tte import COLUMNS, Tte, derive_tte, excluded
from interop.lineage import attach
from interop.mapping import Analysis, Datasets
from interop.spec import assigned, dataset, derived, predecessor, sequence, sponsor
from interop.study import Study

ADTTE = dataset(
    "ADTTE",
    standard="adamig13",
    facts_of="BDS",
    label="Time-to-Event Analysis Dataset",
    structure="One record per subject and parameter",
    keys=("STUDYID", "USUBJID", "PARAMCD"),
    one_per=("USUBJID", "PARAMCD"),
    rules={
        "STUDYID": predecessor("ADSL.STUDYID"),
        "USUBJID": predecessor("ADSL.USUBJID"),
        "SUBJID": predecessor("ADSL.SUBJID"),
        "SITEID": predecessor("ADSL.SITEID"),
        "TRT01P": predecessor("ADSL.TRT01P"),
        "TRT01A": predecessor("ADSL.TRT01A"),
        "SAFFL": sponsor(predecessor("ADSL.SAFFL"), "Safety Population Flag", "text"),
        "ITTFL": sponsor(predecessor("ADSL.ITTFL"), "Intent-To-Treat Population Flag", "text"),
        "PARAM": assigned(col("PARAMETER.PARAM")),
        "PARAMCD": assigned(col("PARAMETER.PARAMCD")),
        "STARTDT": derived(col("START.STARTDT"), "The start that the parameter names"),
        "ADT": derived(
            pl.when(col("EVENT.ADT") < col("STARTDT")).then("STARTDT").otherwise("EVENT.ADT"),
            "Earliest event date, else latest event-free date, of the parameter; not before STARTDT",
        ),
        "AVAL": derived((col("ADT") - col("STARTDT")).dt.total_days() + 1, "ADT - STARTDT + 1, in days"),
        "CNSR": derived(col("PARAMETER.CNSR"), "0: event; 1: censored"),
        "EVNTDESC": assigned(col("PARAMETER.EVNTDESC")),
        "CNSDTDSC": assigned(col("PARAMETER.CNSDTDSC")),
        "SRCDOM": assigned(col("PARAMETER.SRCDOM")),
        "SRCVAR": assigned(col("PARAMETER.SRCVAR")),
        "SRCSEQ": assigned(col("PARAMETER.SRCSEQ")),
        "ASEQ": sequence(),
    },
)


def time_to_event(study: Study, datasets: Datasets) -> Built:
    """Build ADTTE by `analysis.adtte` of the study. A subject without a record is named in the issues."""
    data = {n: b.rows for n, b in datasets.items()}
    parameters = times_to_event(study)
    frames = [derive_tte(p, data) for p in parameters]
    rows = pl.concat([pl.DataFrame(schema=COLUMNS), *frames])
    left_out = [_left_out(p, data) for p in parameters]
    built = build(ADTTE, attach(_placed(rows), data["ADSL"], "ADSL", on="USUBJID_", to="USUBJID"))
    return Built(built.spec, built.data, issues.concat([built.issues, *left_out]), built.lineage)


def _left_out(parameter: Tte, data: dict[str, pl.DataFrame]) -> pl.DataFrame:
    missing = excluded(parameter, data).join(data["ADSL"].select("USUBJID", "_src"), on="USUBJID")
    return issues.issues(
        missing,
        severity="info",
        target="ADTTE",
        variable=parameter.paramcd,
        rule="NO RECORD",
        message=pl.concat_str(pl.lit(f"no {parameter.paramcd} record: "), col("REASON")),
        kept=False,
    )


def _placed(frame: pl.DataFrame) -> pl.DataFrame:
    """Name each column by where its value lies: the dates in the rows that they were read from."""
    parameter = ("PARAM", "PARAMCD", "CNSR", "EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCVAR", "SRCSEQ")
    return frame.filter(col("ADT").is_not_null()).select(
        col("USUBJID").alias("USUBJID_"),
        col("_src:event").alias("_src"),
        *(col(c).alias(f"PARAMETER.{c}") for c in parameter),
        col("ADT").alias("EVENT.ADT"),
        col("_src:event").alias("_src:EVENT"),
        col("_field:event").alias("_field:EVENT"),
        col("STARTDT").alias("START.STARTDT"),
        col("_src:start").alias("_src:START"),
        col("_field:start").alias("_field:START"),
    )


PAGE = Analysis(ADTTE, time_to_event)
