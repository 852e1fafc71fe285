"""The catalogue of what is untidy in the simulated export: each defect by name, with what it must come to."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import polars as pl
from polars import col

from interop.simulate.dates import MONTHS

Kind = Literal["cell", "drop", "copy", "file", "visit"]


@dataclasses.dataclass(frozen=True)
class Defect:
    """`where`: the rows it may hit; `becomes`: what their cells become (those of the copy, of kind copy).

    `rate` is the share of these rows. `expected`: an issue of `rule`, or harmless. `stage`: where the issue
    is raised: `records` as the form is read, `sdtm` as the domain is built, `check` where records are
    compared with each other. `formats`: where the defect is: the encoding of a file is no matter of ODM.
    """

    name: str
    form: str
    field: str
    rate: float
    expected: Literal["issue", "harmless"]
    why: str
    kind: Kind = "cell"
    stage: str = ""
    rule: str = ""
    where: pl.Expr = dataclasses.field(default_factory=lambda: pl.lit(True))
    becomes: Mapping[str, pl.Expr] = dataclasses.field(default_factory=dict)
    formats: str = "csv odm"


def _harmless(
    name: str,
    form: str,
    column: str,
    rate: float,
    becomes: pl.Expr,
    why: str,
    where: pl.Expr | None = None,
    **more: pl.Expr,
) -> Defect:
    return Defect(
        name,
        form,
        column,
        rate,
        "harmless",
        why,
        where=_given(column, where),
        becomes={column: becomes, **more},
    )


def _issue(
    name: str,
    form: str,
    column: str,
    rate: float,
    becomes: pl.Expr,
    rule: str,
    why: str,
    where: pl.Expr | None = None,
    stage: str = "records",
    **more: pl.Expr,
) -> Defect:
    return Defect(
        name,
        form,
        column,
        rate,
        "issue",
        why,
        stage=stage,
        rule=rule,
        where=_given(column, where),
        becomes={column: becomes, **more},
    )


def _given(column: str, where: pl.Expr | None) -> pl.Expr:
    there = col(column).is_not_null()
    return there if where is None else there & where


def _times(column: str, factor: float, plus: float = 0.0, decimals: int = 1) -> pl.Expr:
    value = (col(column).cast(pl.Float64, strict=False) * factor + plus).round(decimals)
    return value.cast(pl.Int64 if decimals == 0 else pl.Float64).cast(pl.String)


def _month_only(column: str) -> pl.Expr:
    return pl.lit("UN") + col(column).str.slice(2)


def _later_year(column: str, by: int) -> pl.Expr:
    year = (col(column).str.slice(7).cast(pl.Int64, strict=False) + by).cast(pl.String)
    return col(column).str.slice(0, 7) + year


def _iso(column: str) -> pl.Expr:
    numbers = {m: f"{n:02}" for n, m in enumerate(MONTHS, 1)}
    month = col(column).str.slice(3, 3).replace_strict(numbers, default=None, return_dtype=pl.String)
    return pl.format("{}-{}-{}", col(column).str.slice(7), month, col(column).str.slice(0, 2))


_MILD = (col("AEOUT") != "FATAL") & (col("AEAESI") == "N")
_COUNTS = col("LBORRESU") == "10^9/L"

CATALOGUE: tuple[Defect, ...] = (
    # --- dates
    _harmless(
        "partial_date_day_unknown", "MH", "MHSTDAT", 0.20, _month_only("MHSTDAT"), "kept as year and month"
    ),
    _harmless(
        "partial_date_month_year",
        "PT",
        "PTENDAT",
        0.08,
        col("PTENDAT").str.slice(3),
        "kept as year and month",
    ),
    _harmless(
        "partial_date_year_only", "PT", "PTSTDAT", 0.10, col("PTSTDAT").str.slice(7), "kept as the year"
    ),
    _harmless(
        "partial_date_of_event",
        "AE",
        "AESTDAT",
        0.02,
        _month_only("AESTDAT"),
        "kept as year and month",
        _MILD,
    ),
    _harmless(
        "partial_date_of_death",
        "DTH",
        "DTHDAT",
        0.06,
        _month_only("DTHDAT"),
        "kept as year and month; ADaM imputes it and flags that",
    ),
    _harmless("date_in_iso_form", "DS", "DSSTDAT", 0.02, _iso("DSSTDAT"), "ISO 8601 is always understood"),
    _issue(
        "date_not_of_calendar",
        "VS",
        "VSDAT",
        0.003,
        pl.lit("31-FEB-") + col("VSDAT").str.slice(7),
        "DATE",
        "there is no such day; the date is left out",
    ),
    _issue(
        "date_with_short_year",
        "CM",
        "CMENDAT",
        0.01,
        col("CMENDAT").str.slice(0, 7) + col("CMENDAT").str.slice(9),
        "DATE",
        "not a declared format, and the century would be a guess; the date is left out",
    ),
    _issue(
        "date_wholly_unknown",
        "CM",
        "CMSTDAT",
        0.01,
        pl.lit("UN-UNK-UNKN"),
        "DATE",
        "no year is known; the date is left out",
    ),
    _issue(
        "time_not_of_day",
        "EX",
        "EXSTTIM",
        0.003,
        pl.lit("25:10"),
        "TIME",
        "there is no hour 25; the time is left out",
    ),
    # --- texts
    _harmless(
        "leading_blanks",
        "AE",
        "AETERM",
        0.02,
        pl.lit("  ") + col("AETERM"),
        "blanks around a value do not count",
    ),
    _harmless(
        "text_outside_ascii",
        "MH",
        "MHTERM",
        0.60,
        pl.lit("Sj\u00f6gren\u2019s syndrome, since \u00bd year"),
        "kept letter by letter; the file is in cp1252, as exports of older systems are",
        col("MHTERM") == "Sjogren's syndrome",
    ),
    Defect(
        "file_in_cp1252",
        "MH",
        "",
        1.0,
        "issue",
        "the encoding is not declared: it is found out, and said",
        kind="file",
        stage="records",
        rule="ENCODING",
        formats="csv",
    ),
    _harmless(
        "mixed_case_code",
        "AE",
        "AESER",
        0.02,
        col("AESER").str.to_lowercase(),
        "codes match whatever their case",
    ),
    _harmless(
        "mixed_case_term",
        "AE",
        "AEOUT",
        0.02,
        col("AEOUT").str.to_titlecase(),
        "controlled terms match whatever their case",
        _MILD,
    ),
    _harmless(
        "mixed_case_response",
        "RS",
        "OVRLRESP",
        0.02,
        col("OVRLRESP").str.to_lowercase(),
        "the mapping lists it; case does not count",
    ),
    _issue(
        "free_text_other_site",
        "TL",
        "TLLOC",
        0.03,
        pl.lit("OTHER: soft mass at left psoas"),
        "CODELIST C74456",
        "no term of LOC, which is extensible: kept, with a warning",
        col("TLNODAL") == "N",
        "sdtm",
    ),
    _issue(
        "free_text_other_frequency",
        "CM",
        "CMDOSFRQ",
        0.01,
        pl.lit("other - with dialysis"),
        "CODELIST C71113",
        "no term of FREQ, which is extensible: kept, with a warning",
        stage="sdtm",
    ),
    # --- codes
    _issue(
        "code_out_of_list",
        "AE",
        "AESHOSP",
        0.005,
        pl.lit("MAYBE"),
        "CODE",
        "neither Y nor N: the value is left out",
        _MILD,
    ),
    _issue(
        "term_out_of_closed_list",
        "AE",
        "AEOUT",
        0.008,
        pl.lit("IMPROVING"),
        "CODELIST C66768",
        "no term of OUT, which is closed: the value is left out",
        _MILD & (col("AEONGO") == "N"),
        "sdtm",
    ),
    _issue(
        "deauville_out_of_scale",
        "TM",
        "FDP5PS",
        0.004,
        pl.lit("6"),
        "RESULT OF TEST",
        "the scale ends at 5: kept, with a warning",
        ~col("TMLNKGRP").is_in(["A0"]),
        "sdtm",
    ),
    # --- numbers and units
    _issue(
        "dose_with_unit_in_it",
        "EX",
        "EXDOSE",
        0.008,
        col("EXDOSE") + pl.lit(" mg"),
        "NUMBER",
        "not a number: the dose is left out, the text stays in the issue",
        col("EXTRT").is_in(["GLOFITAMAB", "OBINUTUZUMAB"]),
    ),
    _issue(
        "dose_with_decimal_comma",
        "EX",
        "EXDOSE",
        0.02,
        col("EXDOSE").str.replace(".", ",", literal=True),
        "NUMBER",
        "the source declares points: the dose is left out",
        col("EXDOSE").str.contains(".", literal=True),
    ),
    _harmless(
        "weight_in_pounds",
        "VS",
        "WEIGHT",
        0.02,
        _times("WEIGHT", 2.2046226),
        "converted to kg",
        col("WEIGHT_U") == "kg",
        WEIGHT_U=pl.lit("lbs"),
    ),
    _harmless(
        "temperature_in_fahrenheit",
        "VS",
        "TEMP",
        0.02,
        _times("TEMP", 1.8, 32.0),
        "converted to C",
        col("TEMP_U") == "C",
        TEMP_U=pl.lit("F"),
    ),
    _harmless(
        "haemoglobin_in_g_dl",
        "LB",
        "LBORRES",
        0.05,
        _times("LBORRES", 0.1),
        "converted to g/L",
        col("LBTEST") == "HGB",
        LBORRESU=pl.lit("g/dL"),
        LBORNRLO=_times("LBORNRLO", 0.1),
        LBORNRHI=_times("LBORNRHI", 0.1),
    ),
    _harmless(
        "count_in_another_spelling",
        "LB",
        "LBORRESU",
        0.03,
        pl.lit("x10^9/L"),
        "the mapping lists it: the same unit",
        _COUNTS,
    ),
    _harmless(
        "count_in_per_microlitre",
        "LB",
        "LBORRESU",
        0.02,
        pl.lit("10^3/uL"),
        "a synonym of the same unit",
        _COUNTS,
    ),
    _issue(
        "glucose_in_mg_dl",
        "LB",
        "LBORRES",
        0.04,
        _times("LBORRES", 18.016, decimals=0),
        "UNIT",
        "mass to substance needs the molar mass, which no unit tells: kept in its own unit",
        col("LBTEST") == "GLUC",
        "sdtm",
        LBORRESU=pl.lit("mg/dL"),
        LBORNRLO=pl.lit("70"),
        LBORNRHI=pl.lit("110"),
    ),
    _harmless(
        "result_below_quantification",
        "LB",
        "LBORRES",
        0.10,
        pl.lit("<0.5"),
        "kept as text, no number is made of it",
        ((col("LBTEST") == "CRP") & (col("LBORRES").cast(pl.Float64, strict=False) < 1.5)),
    ),
    # --- rows
    _issue(
        "required_text_missing",
        "MH",
        "MHTERM",
        0.01,
        pl.lit(None, pl.String),
        "REQUIRED",
        "a history without a term says nothing: the row is left out",
    ),
    _issue(
        "visit_without_date",
        "SV",
        "SVSTDAT",
        0.004,
        pl.lit(None, pl.String),
        "REQUIRED",
        "a visit without a date is left out",
        col("_event").is_in(["D7", "D14", "M6", "M18"]),
    ),
    _issue(
        "subject_not_enrolled",
        "VS",
        "SUBJID",
        0.003,
        col("SUBJID") + pl.lit("X"),
        "NO SUBJECT",
        "the demographics do not have the subject: the row is left out",
        stage="sdtm",
    ),
    Defect(
        "missing_page",
        "VS",
        "",
        0.01,
        "harmless",
        "what is not there is not read; the visit has no vital signs",
        kind="drop",
        where=~col("_event").is_in(["SCR", "C1D1"]),
    ),
    Defect(
        "missing_page_of_ecog",
        "PS",
        "",
        0.01,
        "harmless",
        "what is not there is not read",
        kind="drop",
        where=~col("_event").is_in(["SCR", "C1D1"]),
    ),
    Defect(
        "repeated_row",
        "VS",
        "",
        0.006,
        "harmless",
        "the page was exported twice: both rows are kept, each with its line",
        kind="copy",
    ),
    Defect(
        "repeated_event",
        "AE",
        "",
        0.01,
        "harmless",
        "the same event twice: both rows are kept, each with its line",
        kind="copy",
        where=col("AESPID").is_not_null() & _MILD,
    ),
    Defect(
        "contradictory_death",
        "DTH",
        "DTHDAT",
        0.06,
        "issue",
        "two dates of one death",
        kind="copy",
        stage="check",
        rule="DEATH DATES DIFFER",
        where=~col("DTHDAT").str.starts_with("UN"),
        becomes={"DTHDAT": _later_year("DTHDAT", 1)},
    ),
    _issue(
        "event_ends_before_it_starts",
        "AE",
        "AEENDAT",
        0.01,
        _later_year("AEENDAT", -1),
        "END BEFORE START",
        "the year of the end is wrong; both dates are kept",
        _MILD & ~col("AESTDAT").str.starts_with("UN"),
        "check",
    ),
    # --- made with the course of the subject, not after it: everything of the visit is late
    Defect(
        "visit_out_of_window",
        "SV",
        "SVSTDAT",
        0.04,
        "harmless",
        "kept as it was; the window is the analysis's matter",
        kind="visit",
    ),
)
BY_NAME: Mapping[str, Defect] = MappingProxyType({d.name: d for d in CATALOGUE})


def rates(given: Mapping[str, float], on: bool) -> dict[str, float]:
    """The rate of every defect: that of simulation.yaml, else the catalogue's; none where defects are off."""
    return {d.name: given.get(d.name, d.rate) if on else 0.0 for d in CATALOGUE}
