"""Overall responses as analysis reads them: a value, a date and flags each, and which are confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import polars as pl
from polars import col

from interop.derive.criteria import CR, INVESTIGATOR, NE, PD, PR, RESPONSE, Period, ResponseCriteria
from interop.derive.where import Where, columns_of, condition
from interop.errors import SpecError

Impute = Literal["first", "last"]
"""The day that stands for a missing day of the month; a missing month is never made up."""

_ORDER = ("USUBJID", "ADT", "_rank", "RSSEQ", "_src")


def analysis_date(dtc: str, impute: Impute | None) -> tuple[pl.Expr, pl.Expr]:
    """ADT and ADTF of an ISO 8601 text; a date that is neither whole nor imputed is null."""
    whole = col(dtc).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    month = (col(dtc) + "-01").str.to_date("%Y-%m-%d", strict=False)
    if impute is None:
        return whole.alias("ADT"), pl.lit(None, pl.String).alias("ADTF")
    day = month if impute == "first" else month.dt.month_end()
    flag = pl.when(whole.is_null() & month.is_not_null()).then(pl.lit("D"))
    return pl.coalesce(whole, day).alias("ADT"), flag.alias("ADTF")


MADE_UP = "; where only its day is missing the first of the month, or TRTEDT if that lies in it"


def day_or_treated(dtc: str, treated: pl.Expr) -> pl.Expr:
    """The day of an ISO 8601 text; where only its day is missing the first of the month, or `treated`, the
    day of the last study treatment, if that lies in it. What is more partial is null."""
    first, flag = analysis_date(dtc, "first")
    inside = (flag == "D") & (treated > first) & (treated <= first.dt.month_end())
    return pl.when(inside).then(treated).otherwise(first)


def assessments(
    rs: pl.DataFrame,
    adsl: pl.DataFrame,
    criteria: ResponseCriteria,
    ref_start: str | Period = "RANDDT",
    *,
    select: Where | None = INVESTIGATOR,
    impute: Impute | None = "last",
) -> pl.DataFrame:
    """Every row of `rs` that meets `select`, with its value, date and flags; none is dropped.

    ANL01FL = Y on at most one row per subject and date: in the period, of a value that counts, the
    worst of the date, then the highest RSSEQ. ANL02FL = Y up to and including the first PD among
    those. `rs` has USUBJID, RSSEQ, RSSTRESC, `_src` and RSDTC (or a Date ADT); RSSTAT, VISIT and
    VISITNUM if it has them. Added: ADT, ADTF, AVISIT, AVALC, AVAL, CATEGORY (what it counts as),
    STARTDT (of the period).
    """
    period = Period(ref_start) if isinstance(ref_start, str) else ref_start
    check("RS", rs, ["USUBJID", "RSSEQ", "RSSTRESC", "_src", *columns_of(select)])
    check("ADSL", adsl, [period.start, *([period.until] if period.until else [])])
    bounds = adsl.select(
        "USUBJID",
        STARTDT=col(period.start).cast(pl.Date),
        _until=col(period.until).cast(pl.Date) if period.until else pl.lit(None, pl.Date),
    )
    places = {value: place for place, value in enumerate(criteria.order)}
    rows = (
        _values(rs.filter(condition(select)), criteria, impute)
        .join(bounds, on="USUBJID", how="left", validate="m:1")
        .with_columns(
            AVAL=col("AVALC").replace_strict(criteria.codes, default=None, return_dtype=pl.Int64),
            CATEGORY=col("AVALC").replace_strict(criteria.counts_as, default=None, return_dtype=pl.String),
            _rank=col("AVALC").replace_strict(places, default=None, return_dtype=pl.Int64),
        )
        .sort(*_ORDER)
        .with_row_index("_row")
    )
    counts = period.met(col("ADT"), col("STARTDT"), col("_until")) & col("CATEGORY").is_not_null()
    worst = pl.when(counts).then("_row").max().over("USUBJID", "ADT")
    rows = rows.with_columns(ANL01FL=pl.when(counts & (col("_row") == worst)).then(pl.lit("Y")))
    progressed = (col("ANL01FL") == "Y") & (col("CATEGORY") == PD)
    first = pl.when(progressed).then("ADT").min().over("USUBJID")
    before = pl.when(col("ADT") <= pl.coalesce(first, "ADT")).then(pl.lit("Y"))
    return rows.with_columns(ANL02FL=before).drop("_row", "_rank", "_until")


def check(dataset: str, frame: pl.DataFrame, names: Sequence[str]) -> None:
    for name in names:
        if name not in frame.columns:
            raise SpecError(f"the response parameters read {dataset}.{name}, which is not there")


def _values(rs: pl.DataFrame, criteria: ResponseCriteria, impute: Impute | None) -> pl.DataFrame:
    """Date and value of each row; a reading with status NOT DONE is the criteria's not-done."""
    if "ADT" in rs.columns:
        flag = col("ADTF") if "ADTF" in rs.columns else pl.lit(None, pl.String).alias("ADTF")
        dates: tuple[pl.Expr, ...] = (col("ADT").cast(pl.Date), flag)
    else:
        check("RS", rs, ["RSDTC"])
        dates = analysis_date("RSDTC", impute)
    undone = pl.lit(None, pl.String)
    if "RSSTAT" in rs.columns and criteria.not_done:
        undone = pl.when(col("RSSTAT") == "NOT DONE").then(pl.lit(criteria.not_done[0]))
    visit = col("VISIT") if "VISIT" in rs.columns else pl.lit(None)
    number = col("VISITNUM") if "VISITNUM" in rs.columns else pl.lit(None)
    return rs.with_columns(
        *dates,
        pl.coalesce("RSSTRESC", undone).alias("AVALC"),
        visit.cast(pl.String).alias("AVISIT"),
        number.cast(pl.Float64).alias("VISITNUM"),
        col("RSSEQ").cast(pl.Int64),
    )


def confirm(rows: pl.DataFrame, criteria: ResponseCriteria) -> pl.DataFrame:
    """Add CONFIRMED (CR or PR that a later assessment confirms, else null) and `_src:confirm`.

    CR by the next CR at least `confirm_days` later with only CR or NE between; PR by the next CR or
    PR that late with only CR, PR or NE between and no PR after a CR; few enough NE between.
    """
    counting = rows.filter((col("ANL01FL") == "Y") & (col("ANL02FL") == "Y")).select(
        "USUBJID", "ADT", "CATEGORY", "_src"
    )
    later = (
        counting.filter(col("CATEGORY").is_in(RESPONSE))
        .drop("_src")
        .join(counting, on="USUBJID", suffix="_2")
        .filter(col("ADT_2") > col("ADT"))
        .sort("USUBJID", "ADT", "ADT_2")
    )
    complete, value = col("CATEGORY") == CR, col("CATEGORY_2")
    same = (value == CR) | (~complete & (value == PR))
    due = col("ADT_2") >= col("ADT").dt.offset_by(f"{criteria.confirm_days}d")
    each = ("USUBJID", "ADT", "CATEGORY")
    found = (
        later.with_columns(_at=pl.when(same & due).then("ADT_2").min().over(each), _same=same)
        .filter(col("ADT_2") <= col("_at"))
        .group_by(each)
        .agg(
            _fits=(col("_same") | (value == NE)).all(),
            _ne=(value == NE).sum(),
            _cr=pl.when(value == CR).then("ADT_2").min(),
            _pr=pl.when(value == PR).then("ADT_2").max(),
            src=col("_src").last(),
        )
        .filter(
            "_fits",
            col("_ne") <= criteria.max_not_evaluable,
            complete | (col("_cr") > col("_pr")).fill_null(True),
        )
        .select("USUBJID", "ADT", CONFIRMED="CATEGORY", ANL01FL=pl.lit("Y"), **{"_src:confirm": "src"})
    )
    return rows.join(found, on=("USUBJID", "ADT", "ANL01FL"), how="left")
