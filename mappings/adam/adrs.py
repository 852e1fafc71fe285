"""ADaM ADRS (response): one record per subject, parameter and analysis date."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import polars as pl
from polars import col

from interop.analysis import Population, Response, check_dates, populations, response
from interop.build import Built, build
from interop.derive.response import COLUMNS, derive_adrs
from interop.lineage import attach
from interop.mapping import Analysis, Datasets
from interop.spec import Dataset, Rule, assigned, dataset, derived, predecessor, sequence, sponsor
from interop.study import Study
from mappings.adam.adsl import OF_ADSL, STANDARD, flags_of_adsl

METHOD = "By the response parameters of the study definition (docs: response parameters)"

REST: Mapping[str, Rule] = {
    "PARAM": assigned(col("PARAMETER.PARAM")),
    "PARAMCD": assigned(col("PARAMETER.PARAMCD")),
    "PARCAT1": assigned(col("PARAMETER.PARCAT1")),
    "PARCAT2": assigned(col("PARAMETER.PARCAT2")),
    "PARCAT3": assigned(col("PARAMETER.PARCAT3")),
    "AVALC": derived(pl.coalesce("DECIDED.AVALC", "CONFIRM.AVALC"), METHOD),
    "AVAL": derived(col("DECIDED.AVAL"), "Numeric code of AVALC in the response criteria; Y = 1, N = 0"),
    "ADT": derived(col("DATED.ADT"), "Date of the assessment or event that decides the value"),
    "ADTF": derived(col("DATED.ADTF"), "D where the day of ADT is imputed"),
    "ADY": derived(
        (col("ADT") - col("ADSL.TRTSDT")).dt.total_days() + (col("ADT") >= col("ADSL.TRTSDT")).cast(pl.Int64),
        "ADT - ADSL.TRTSDT, plus 1 from TRTSDT on",
    ),
    "AVISIT": derived(col("DECIDED.AVISIT"), "RS.VISIT"),
    "VISITNUM": sponsor(predecessor("DECIDED.VISITNUM", "RS.VISITNUM"), "Visit Number", "float"),
    "ANL01FL": derived(
        col("DECIDED.ANL01FL"), "Y: the worst assessment of its date, on or after the start of the period"
    ),
    "ANL02FL": derived(col("DECIDED.ANL02FL"), "Y: up to and including the first progression"),
    "SRCDOM": assigned(col("PARAMETER.SRCDOM")),
    "SRCVAR": assigned(col("PARAMETER.SRCVAR")),
    "SRCSEQ": assigned(col("PARAMETER.SRCSEQ")),
    "ASEQ": sequence(),
}


@cache
def specification(flags: tuple[Population, ...]) -> Dataset:
    """ADRS with the population flags of a study."""
    return dataset(
        "ADRS",
        standard="adamig13",
        facts_of="BDS",
        label="Response Analysis Dataset",
        structure="One record per subject, parameter and analysis date",
        keys=("STUDYID", "USUBJID", "PARAMCD", "ADT", "VISITNUM", "SRCSEQ"),
        rules={**OF_ADSL, **flags_of_adsl(flags), **REST},
    )


def tumour_response(study: Study, datasets: Datasets) -> Built:
    """Build ADRS from RS and ADSL by `analysis.adrs` of the study; empty where the study has none."""
    adsl = datasets["ADSL"].rows
    how = response(study)
    if how is None:
        derived_rows = pl.DataFrame(schema=COLUMNS)
    else:
        data = {n: b.rows for n, b in datasets.items()}
        check_dates(study, datasets["ADSL"].spec.columns)
        derived_rows = derive_adrs(
            data["RS"], adsl, how.parameters, how.criteria, how.start, select=how.select, data=data
        )
        derived_rows = _said_of_all(derived_rows, how)
    rows = attach(_placed(derived_rows), adsl, "ADSL", on="USUBJID_", to="USUBJID")
    return build(specification(populations(study)), rows)


def _said_of_all(rows: pl.DataFrame, how: Response) -> pl.DataFrame:
    """A last assessment that never was is the criteria's MISSING, as a best response is: a record of ADaM has
    AVAL or AVALC."""
    last = [p.paramcd for p in how.parameters if p.kind == "LSTA"]
    never = col("PARAMCD").is_in(last) & col("AVALC").is_null()
    missing = how.criteria.missing
    return rows.with_columns(
        AVALC=pl.when(never).then(pl.lit(missing)).otherwise("AVALC"),
        AVAL=pl.when(never).then(pl.lit(how.criteria.codes[missing])).otherwise("AVAL"),
    )


def _placed(frame: pl.DataFrame) -> pl.DataFrame:
    """Name each column by where its value lies, so that lineage follows.

    The decided value lies in the variable of the source row that SRCVAR names, its date in that row's date;
    the confirming assessment stands beside them.
    """
    in_rs = col("SRCDOM") == "RS"
    decided = ("AVALC", "AVAL", "AVISIT", "VISITNUM", "ANL01FL", "ANL02FL")
    parameter = ("PARAM", "PARAMCD", "PARCAT1", "PARCAT2", "PARCAT3", "SRCDOM", "SRCVAR", "SRCSEQ")
    return frame.select(
        col("USUBJID").alias("USUBJID_"),
        col("_src"),
        *(col(c).alias(f"PARAMETER.{c}") for c in parameter),
        *(col(c).alias(f"DECIDED.{c}") for c in decided),
        col("_src").alias("_src:DECIDED"),
        col("SRCVAR").alias("_field:DECIDED"),
        *(col(c).alias(f"DATED.{c}") for c in ("ADT", "ADTF")),
        col("_src").alias("_src:DATED"),
        pl.when(in_rs).then(pl.lit("RSDTC")).otherwise("SRCVAR").alias("_field:DATED"),
        pl.lit(None, pl.String).alias("CONFIRM.AVALC"),
        col("_src:confirm").alias("_src:CONFIRM"),
        pl.lit("RSSTRESC").alias("_field:CONFIRM"),
    )


ADRS = specification(STANDARD)
PAGE = Analysis(ADRS, tumour_response)
