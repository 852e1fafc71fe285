"""ADaM ADTTE (time to event): one record per subject and parameter, by the parameters of the study."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl
from polars import col

from interop import issues
from interop.analysis import Population, check_dates, populations, times_to_event
from interop.build import Built, build
from interop.derive.join import also
from interop.derive.tte import COLUMNS, Tte, derive_tte, excluded
from interop.lineage import attach
from interop.mapping import Analysis, Datasets
from interop.spec import Dataset, Rule, assigned, dataset, derived, sequence
from interop.study import Study
from mappings.adam.adsl import OF_ADSL, STANDARD, flags_of_adsl

REST: Mapping[str, Rule] = {
    "PARAM": assigned(col("PARAMETER.PARAM")),
    "PARAMCD": assigned(col("PARAMETER.PARAMCD")),
    "STARTDT": derived(col("START.STARTDT"), "The start that the parameter names"),
    "ADT": derived(
        pl.when(col("EVENT.ADT") < col("STARTDT")).then("STARTDT").otherwise("EVENT.ADT"),
        "Earliest event date, else latest event-free date, of the parameter; not before STARTDT",
    ),
    "STARTDTF": derived(col("STARTF.FLAG"), "The imputation flag of the date that STARTDT is"),
    "ADTF": derived(
        pl.when(col("EVENT.ADT") < col("STARTDT")).then("STARTDTF").otherwise("EVENTF.FLAG"),
        "The imputation flag of the date that ADT is",
    ),
    "AVAL": derived((col("ADT") - col("STARTDT")).dt.total_days() + 1, "ADT - STARTDT + 1, in days"),
    "CNSR": derived(col("PARAMETER.CNSR"), "0: event; 1: censored"),
    "EVNTDESC": assigned(col("PARAMETER.EVNTDESC")),
    "CNSDTDSC": assigned(col("PARAMETER.CNSDTDSC")),
    "SRCDOM": assigned(col("PARAMETER.SRCDOM")),
    "SRCVAR": assigned(col("PARAMETER.SRCVAR")),
    "SRCSEQ": assigned(col("PARAMETER.SRCSEQ")),
    "ASEQ": sequence(),
}


@cache
def specification(flags: tuple[Population, ...]) -> Dataset:
    """ADTTE with the population flags of a study."""
    return dataset(
        "ADTTE",
        standard="adamig13",
        facts_of="BDS",
        label="Time-to-Event Analysis Dataset",
        structure="One record per subject and parameter",
        keys=("STUDYID", "USUBJID", "PARAMCD"),
        one_per=("USUBJID", "PARAMCD"),
        rules={**OF_ADSL, **flags_of_adsl(flags), **REST},
    )


def time_to_event(study: Study, datasets: Datasets) -> Built:
    """Build ADTTE by `analysis.adtte` of the study. A subject without a record is named in the issues."""
    data = {n: b.rows for n, b in datasets.items()}
    check_dates(study, datasets["ADSL"].spec.columns)
    parameters = times_to_event(study)
    frames = [derive_tte(p, data) for p in parameters]
    rows = pl.concat([pl.DataFrame(schema=COLUMNS), *frames])
    left_out = [_left_out(p, data) for p in parameters]
    placed = attach(_placed(rows, _flags(data)), data["ADSL"], "ADSL", on="USUBJID_", to="USUBJID")
    return also(build(specification(populations(study)), placed), left_out)


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


def _flags(data: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """row, field (a date variable of it), name and value of each imputation flag of ADSL and ADRS."""
    parts = [pl.DataFrame(schema=dict.fromkeys(("row", "field", "name", "FLAG"), pl.String))]
    for dataset_name in ("ADSL", "ADRS"):
        rows = data[dataset_name]
        for name in rows.columns:
            field = name.removesuffix("F")
            if name.endswith("DTF") and field in rows.columns:
                flags = rows.select(row="_src", field=pl.lit(field), name=pl.lit(name), FLAG=col(name))
                parts.append(flags.drop_nulls("FLAG"))
    return pl.concat(parts)


def _placed(frame: pl.DataFrame, flags: pl.DataFrame) -> pl.DataFrame:
    """Name each column by where its value lies: the dates in the rows that they were read from."""
    parameter = ("PARAM", "PARAMCD", "CNSR", "EVNTDESC", "CNSDTDSC", "SRCDOM", "SRCVAR", "SRCSEQ")
    for end in ("event", "start"):
        of = flags.select(
            col("row").alias(f"_src:{end}"),
            col("field").alias(f"_field:{end}"),
            col("name").alias(f"_name:{end}"),
            col("FLAG").alias(f"_flag:{end}"),
        )
        frame = frame.join(of, on=(f"_src:{end}", f"_field:{end}"), how="left", validate="m:1")
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
        *(
            made
            for end in ("event", "start")
            for made in (
                col(f"_flag:{end}").alias(f"{end.upper()}F.FLAG"),
                pl.when(col(f"_flag:{end}").is_not_null()).then(f"_src:{end}").alias(f"_src:{end.upper()}F"),
                col(f"_name:{end}").alias(f"_field:{end.upper()}F"),
            )
        ),
    )


ADTTE = specification(STANDARD)
PAGE = Analysis(ADTTE, time_to_event)
