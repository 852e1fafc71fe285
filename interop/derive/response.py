"""Response parameters (ADaM ADRS) from overall responses: flags, best response, confirmation.

The rules are those of the field's reference implementation (admiralonco: `ad_adrs` and its event
objects), checked value by value against `pharmaverseadam.adrs_onco`. One defect there is mended:
CBCP follows CBOR, where upstream reads a dataset that has no CBOR yet and is always N.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from polars import col

from interop.derive.assessments import Impute, analysis_date, assessments, check, confirm
from interop.derive.criteria import (
    BENEFIT,
    CR,
    CRITERIA,
    INVESTIGATOR,
    NE,
    NON,
    PARAMS,
    PD,
    PR,
    RESPONSE,
    SD,
    Kind,
    Param,
    Period,
    ResponseCriteria,
)
from interop.derive.where import Where, columns_of, condition
from interop.errors import SpecError

__all__ = [
    "COLUMNS",
    "CRITERIA",
    "INVESTIGATOR",
    "PARAMS",
    "Impute",
    "Kind",
    "Param",
    "Period",
    "ResponseCriteria",
    "analysis_date",
    "assessments",
    "derive_adrs",
]

COLUMNS = {
    "USUBJID": pl.String,
    "ASEQ": pl.Int64,
    "PARAMCD": pl.String,
    "PARAM": pl.String,
    "PARCAT1": pl.String,
    "PARCAT2": pl.String,
    "PARCAT3": pl.String,
    "ADT": pl.Date,
    "ADTF": pl.String,
    "AVISIT": pl.String,
    "VISITNUM": pl.Float64,
    "AVALC": pl.String,
    "AVAL": pl.Int64,
    "ANL01FL": pl.String,
    "ANL02FL": pl.String,
    "RSSEQ": pl.Int64,
    "SRCDOM": pl.String,
    "SRCVAR": pl.String,
    "SRCSEQ": pl.Int64,
    "_src": pl.String,
    "_src:confirm": pl.String,
}
_DECIDED = ("USUBJID", "ADT", "ADTF", "AVISIT", "VISITNUM", "AVALC", "ANL01FL", "ANL02FL", "RSSEQ")
_LINEAGE = ("SRCDOM", "SRCVAR", "SRCSEQ", "_src", "_src:confirm")


def derive_adrs(
    rs: pl.DataFrame,
    adsl: pl.DataFrame,
    params: Sequence[Param] = PARAMS,
    criteria: ResponseCriteria = CRITERIA["RECIST 1.1"],
    ref_start: str | Period = "RANDDT",
    *,
    select: Where | None = INVESTIGATOR,
    impute: Impute | None = "last",
    data: Mapping[str, pl.DataFrame] | None = None,
) -> pl.DataFrame:
    """ADRS: `COLUMNS`, every assessment (OVR) and one record per subject and other parameter.

    Every subject of `adsl` (one row each, with `_src`) in the population of a parameter has its
    record, assessed or not. `_src` is the row that decided the value, else the ADSL row; with
    confirmation, `_src:confirm` is the row that confirmed it. `data` holds what MDIS reads, {"TU":
    ...}. ASEQ follows PARAMCD, ADT, VISITNUM, RSSEQ. Raises SpecError for a name that is not there.
    """
    read: dict[str | Period, pl.DataFrame] = {}
    frames = []
    for param in params:
        period = param.period or ref_start
        if period not in read:
            rows = assessments(rs, adsl, criteria, period, select=select, impute=impute)
            read[period] = confirm(rows, criteria)
        frames.append(_param(param, read[period], adsl, criteria, data or {}))
    codes = {**criteria.codes, "Y": 1, "N": 0}
    return (
        pl.concat(frames)
        .with_columns(AVAL=col("AVALC").replace_strict(codes, default=None, return_dtype=pl.Int64))
        .sort("USUBJID", "PARAMCD", "ADT", "VISITNUM", "RSSEQ", "_src", nulls_last=True)
        .with_columns(ASEQ=pl.int_range(1, pl.len() + 1).over("USUBJID"))
        .select(col(name).cast(dtype) for name, dtype in COLUMNS.items())
    )


def _param(
    param: Param,
    rows: pl.DataFrame,
    adsl: pl.DataFrame,
    criteria: ResponseCriteria,
    data: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    """The records of one parameter, without AVAL and ASEQ."""
    check("ADSL", adsl, ["USUBJID", "_src", *columns_of(param.population)])
    subjects = adsl.filter(condition(param.population)).select("USUBJID", adsl_src="_src")
    if param.kind == "DEATH":
        hits = _death(param, adsl)
    elif param.kind == "MDIS":
        hits = _measurable(param, data)
    else:
        hits = _decided(param, rows, criteria)
    if param.kind == "OVR":
        records = hits
    else:
        default = {"BOR": criteria.missing, "LSTA": "N" if param.values else None}
        records = subjects.join(hits, on="USUBJID", how="left", validate="1:1").with_columns(
            AVALC=pl.coalesce("AVALC", pl.lit(default.get(param.kind, "N"), pl.String)),
            ANL01FL=pl.lit("Y"),
            SRCDOM=pl.coalesce("SRCDOM", pl.lit("ADSL")),
            _src=pl.coalesce("_src", "adsl_src"),
        )
    if param.population is not None:
        records = records.join(subjects, on="USUBJID", how="semi")
    return records.select(
        *_DECIDED,
        *_LINEAGE,
        PARAMCD=pl.lit(param.paramcd),
        PARAM=pl.lit(param.param),
        PARCAT1=pl.lit(param.parcat1, pl.String),
        PARCAT2=pl.lit(param.parcat2, pl.String),
        PARCAT3=pl.lit(None if param.kind == "DEATH" else criteria.name, pl.String),
    )


def _decided(param: Param, rows: pl.DataFrame, criteria: ResponseCriteria) -> pl.DataFrame:
    """The assessment that decides, per subject: the first of the strongest outcome, LSTA the last."""
    rows = rows.with_columns(SRCDOM=pl.lit("RS"), SRCVAR=pl.lit("RSSTRESC"), SRCSEQ=col("RSSEQ"))
    if not param.confirmed:
        rows = rows.with_columns(pl.lit(None, pl.String).alias("_src:confirm"))
    if param.kind == "OVR":
        return rows.select(*_DECIDED, *_LINEAGE)
    flagged = rows.filter(col("ANL01FL") == "Y")
    if param.kind == "LSTA":
        done = ~col("AVALC").is_in(criteria.not_done)
        among = col("CATEGORY").is_in(param.among) if param.among else pl.lit(True)
        yes = pl.when(col("CATEGORY").is_in(param.values)).then(pl.lit("Y")).otherwise(pl.lit("N"))
        return (
            flagged.filter(done, among)
            .sort("USUBJID", "ADT")
            .unique("USUBJID", keep="last", maintain_order=True)
            .with_columns(AVALC=yes if param.values else col("AVALC"))
            .select(*_DECIDED, *_LINEAGE)
        )
    outcomes = _outcomes(param, criteria)
    place = pl.coalesce(pl.when(met).then(pl.lit(number)) for number, (met, _) in enumerate(outcomes))
    return (
        flagged.filter(col("ANL02FL") == "Y")
        .with_columns(_place=place)
        .filter(col("_place").is_not_null())
        .sort("USUBJID", "_place", "ADT")
        .unique("USUBJID", keep="first", maintain_order=True)
        .with_columns(
            AVALC=col("_place").replace_strict(
                {number: value for number, (_, value) in enumerate(outcomes)},
                return_dtype=pl.String,
            )
        )
        .filter(col("AVALC") != "N")
        .select(*_DECIDED, *_LINEAGE)
    )


def _outcomes(param: Param, criteria: ResponseCriteria) -> list[tuple[pl.Expr, str]]:
    """What an assessment may show, the outcome that settles the parameter first."""
    value = col("CATEGORY")
    reply = col("CONFIRMED") if param.confirmed else value
    late = col("ADT") >= col("STARTDT").dt.offset_by(f"{criteria.min_days}d")
    best = [
        (reply == CR, CR),
        (reply == PR, PR),
        (value.is_in((CR, PR, SD)) & late, SD),
        ((value == NON) & late, NON),
        (value == PD, PD),
        (value.is_in((*BENEFIT, NE)), NE),
    ]
    wanted = param.values or RESPONSE
    if param.kind == "BOR":
        return best
    if param.kind == "BCP":  # of the best response: another best is an N, and has no date
        return [(met, "Y" if best_value in wanted else "N") for met, best_value in best]
    if param.kind == "PD":
        return [(value == PD, "Y")]
    if param.kind == "RSP":
        return [(reply.is_in(wanted), "Y")]
    if param.kind == "CB":
        return [(reply.is_in(wanted) | (value.is_in(BENEFIT) & late), "Y")]
    raise SpecError(f"{param.paramcd}: {param.kind} is not a kind of response parameter")


def _death(param: Param, adsl: pl.DataFrame) -> pl.DataFrame:
    check("ADSL", adsl, [param.date])
    return _plain(
        adsl.filter(col(param.date).is_not_null()),
        ADT=col(param.date).cast(pl.Date),
        SRCDOM=pl.lit("ADSL"),
        SRCVAR=pl.lit(param.date),
    )


def _measurable(param: Param, data: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    if param.dataset not in data:
        raise SpecError(f"{param.paramcd} reads {param.dataset}, which was not given")
    sequence, rows = f"{param.dataset}SEQ", data[param.dataset]
    check(param.dataset, rows, [sequence, "_src", *columns_of(param.where)])
    first = (
        rows.filter(condition(param.where))
        .sort("USUBJID", sequence, "_src")
        .unique("USUBJID", keep="first", maintain_order=True)
    )
    return _plain(
        first,
        SRCDOM=pl.lit(param.dataset),
        SRCVAR=pl.lit(f"{param.dataset}STRESC"),
        SRCSEQ=col(sequence).cast(pl.Int64),
    )


def _plain(frame: pl.DataFrame, **known: pl.Expr) -> pl.DataFrame:
    """A Y of a record that is no assessment: what it does not know is null."""
    known = {"USUBJID": col("USUBJID"), "_src": col("_src"), "AVALC": pl.lit("Y"), **known}
    return frame.select(
        known.get(name, pl.lit(None)).cast(COLUMNS[name]).alias(name) for name in (*_DECIDED, *_LINEAGE)
    )
