"""Overall response of a lymphoma by Lugano 2014, from PET-CT and CT readings.

The Lugano classification itself says what a PET-CT or a CT shows; how the two make one response at
a time point is a table of the study (`table_of`). The default is that of admiralonco's article on
Lugano 2014; `DRAFT` is an earlier version of it. A reading that no rule of the table knows makes no
response: the row stays, with a null RSSTRESC and RULE, where guessing would hide it.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from polars import col

from interop.derive.assessments import Impute, analysis_date, check
from interop.errors import SpecError
from interop.study import Study
from interop.trialdesign import ReadingRule as Rule

EVALUABLE = ("CMR", "PMR", "NMR", "SMD", "PMD")
"""PET readings that stand alone, and that may be carried forward."""

OVERALL: Mapping[str, str] = {
    "CMR": "CR",
    "PMR": "PR",
    "NMR": "SD",
    "SMD": "SD",
    "PMD": "PD",
    "CAR": "CR",
    "PAR": "PR",
    "SAD": "SD",
    "PAD": "PD",
    "NE": "NE",
    "ND": "ND",
    "NED": "NED",
}
"""The overall response that a reading stands for."""

_WORST_LAST = ("ND", "NE", "NED", "CMR", "CAR", "PMR", "PAR", "NMR", "SMD", "SAD", "PMD", "PAD")


LUGANO_2014: tuple[Rule, ...] = (
    Rule("PET", "PET", pet=EVALUABLE),
    Rule("PET without disease, no CT", "PET", pet=("NED",), ct=(None,)),
    Rule("CT, PET without disease", "CT", pet=("NED",)),
    Rule("CT progression", "CT", pet=("NE", "ND"), ct=("PAD",)),
    Rule(
        "earlier PET carried forward",
        "PRIOR",
        pet=("NE", "ND"),
        ct=("CAR", "PAR", "SAD", "NE", "ND", "NED"),
        prior=True,
    ),
    Rule("CT, no PET so far", "CT", pet=("NE", "ND"), ct=("CAR", "PAR", "SAD", "NED"), prior=False),
    Rule("PET not evaluable or not done", "PET", pet=("NE", "ND"), ct=("NE", "ND", None)),
    Rule("neither", "ND", pet=(None,), ct=(None,)),
    Rule("CT alone", "CT", pet=(None,)),
)
"""The first rule that is met decides."""

DRAFT: tuple[Rule, ...] = (
    Rule("PET", "PET", pet=(*EVALUABLE, "NED")),
    Rule("CT progression", "CT", pet=("NE", "ND"), ct=("PAD",)),
    Rule(
        "earlier PET carried forward",
        "PRIOR",
        pet=("NE",),
        ct=("CAR", "PAR", "SAD", "NE", "ND", "NED"),
        prior=True,
    ),
    Rule("CT, no PET so far", "CT", pet=("NE",), ct=("CAR", "PAR", "SAD", "NED"), prior=False),
    Rule("CT, PET not done", "CT", pet=("ND",), ct=("CAR", "PAR", "SAD", "NED")),
    Rule("PET not evaluable or not done", "PET", pet=("NE", "ND"), ct=("NE", "ND", None)),
    Rule("neither", "ND", pet=(None,), ct=(None,)),
    Rule("CT alone", "CT", pet=(None,)),
)
"""As LUGANO_2014, but a NED by PET always wins, and nothing is carried forward for an ND."""

TABLES: Mapping[str, tuple[Rule, ...]] = {"LUGANO 2014": LUGANO_2014, "LUGANO 2014 DRAFT": DRAFT}


def table_of(study: Study) -> tuple[Rule, ...]:
    """The table by which the study makes an overall response of PET-CT and CT."""
    return study.response.rules or TABLES[study.response.criteria]


def overall(
    pet: pl.DataFrame,
    ct: pl.DataFrame,
    table: tuple[Rule, ...] = LUGANO_2014,
    *,
    on: str = "RSDTC",
    impute: Impute | None = "last",
) -> pl.DataFrame:
    """One overall response per subject and time point that has a reading of either kind.

    `pet` and `ct` are rows of RS: USUBJID, RSSEQ, RSSTRESC, `_src`, RSDTC, and RSSTAT, VISITNUM,
    VISIT if they have them. RSSTAT = NOT DONE reads as ND. Readings are matched on `on`, a date or
    a link id (RSLNKGRP, say); a reading without it is matched by VISITNUM. Of several of a kind at
    one time point the worst counts, then the highest RSSEQ.

    Columns: USUBJID, RSTESTCD, RSDTC, ADT, ADTF, VISITNUM, VISIT, RSSEQ, `_src` (of the reading
    that decided; of the current PET, else CT, its date and visit), PET, CT, PRIOR, RSSTRESC, RULE,
    and `_src:pet`, `_src:ct`, `_src:prior`.
    """
    pets, cts = _readings(pet, "PET", on, impute), _readings(ct, "CT", on, impute)
    both = pets.join(cts, on=("USUBJID", "_key"), how="full", suffix="_ct", coalesce=True)
    points = _with_prior(both, pets).with_columns(
        RULE=_first(table, {rule.name: pl.lit(rule.name) for rule in table}),
        RSSTRESC=_first(table, {rule.name: _taken(rule) for rule in table}),
        _from=_first(table, {rule.name: pl.lit(rule.take) for rule in table}),
    )
    by_ct = ((col("_from") == "CT") & col("_src_ct").is_not_null()).fill_null(False) | col("_src").is_null()
    carried = (col("_from") == "PRIOR").fill_null(False)

    def own(name: str) -> pl.Expr:
        return pl.when(by_ct).then(f"{name}_ct").otherwise(name).alias(name)

    return (
        points.with_columns(col("_src").alias("_src:pet"), col("_src_ct").alias("_src:ct"))
        .with_columns(*(own(n) for n in ("RSDTC", "ADT", "ADTF", "VISITNUM", "VISIT", "RSSEQ", "_src")))
        .with_columns(_src=pl.when(carried).then("_src:prior").otherwise("_src"))
        .select(
            *("USUBJID", "RSDTC", "ADT", "ADTF", "VISITNUM", "VISIT", "RSSEQ", "_src"),
            *("PET", "CT", "PRIOR", "RSSTRESC", "RULE", "_src:pet", "_src:ct", "_src:prior"),
            RSTESTCD=pl.lit("OVRLRESP"),
        )
        .sort("USUBJID", "ADT", "VISITNUM", "RSSEQ", "_src", nulls_last=True)
    )


def _readings(frame: pl.DataFrame, kind: str, on: str, impute: Impute | None) -> pl.DataFrame:
    """One reading per subject and time point: its value as `kind`, its dates, its key."""
    check("RS", frame, ["USUBJID", "RSSEQ", "RSSTRESC", "RSDTC", "_src", on])

    def optional(name: str, dtype: type[pl.DataType]) -> pl.Expr:
        return (col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)

    undone = pl.when(optional("RSSTAT", pl.String) == "NOT DONE").then(pl.lit("ND"))
    places = {value: place for place, value in enumerate(_WORST_LAST)}
    key = pl.coalesce(
        pl.concat_str(pl.lit("on "), col(on)),
        pl.concat_str(pl.lit("visit "), optional("VISITNUM", pl.Float64)),
        pl.lit("undated"),
    )
    return (
        frame.select(
            "USUBJID",
            "RSDTC",
            *analysis_date("RSDTC", impute),
            optional("VISITNUM", pl.Float64),
            optional("VISIT", pl.String),
            col("RSSEQ").cast(pl.Int64),
            "_src",
            pl.coalesce("RSSTRESC", undone).alias(kind),
            key.alias("_key"),
        )
        .with_columns(
            _rank=pl.when(col(kind).is_not_null()).then(
                col(kind).replace_strict(places, default=len(places), return_dtype=pl.Int64)
            )
        )
        .sort("USUBJID", "_key", "_rank", "RSSEQ", "_src")
        .unique(["USUBJID", "_key"], keep="last", maintain_order=True)
        .drop("_rank")
    )


def _with_prior(points: pl.DataFrame, pets: pl.DataFrame) -> pl.DataFrame:
    """Add PRIOR and `_src:prior`: the latest evaluable PET strictly before the time point."""
    prior = (
        pets.filter(col("PET").is_in(EVALUABLE), col("ADT").is_not_null())
        .select("USUBJID", "ADT", "RSSEQ", PRIOR="PET", prior_src="_src")
        .sort("ADT", "RSSEQ", "prior_src")
        .unique(["USUBJID", "ADT"], keep="last", maintain_order=True)
        .drop("RSSEQ")
        .rename({"ADT": "_at", "prior_src": "_src:prior"})
    )
    at = points.with_columns(_at=pl.coalesce("ADT", "ADT_ct")).with_row_index("_point")
    earlier = (
        at.select("_point", "USUBJID", DAY="_at")
        .join(prior, on="USUBJID", how="inner")
        .filter(col("_at") < col("DAY"))
        .sort("_point", "_at")
        .unique("_point", keep="last", maintain_order=True)
        .select("_point", "PRIOR", "_src:prior")
    )
    return at.join(earlier, on="_point", how="left").drop("_point", "_at")


def _first(table: tuple[Rule, ...], value: Mapping[str, pl.Expr]) -> pl.Expr:
    """The value of the first rule that is met, else null."""
    if not table or len(value) != len(table):
        raise SpecError("a Lugano table needs rules, and no two of the same name")
    return pl.coalesce(pl.when(_met(rule)).then(value[rule.name]) for rule in table)


def _met(rule: Rule) -> pl.Expr:
    met = pl.lit(True)
    for column, wanted in (("PET", rule.pet), ("CT", rule.ct)):
        if wanted is not None:
            some = col(column).is_in([w for w in wanted if w is not None]).fill_null(False)
            met = met & (some | col(column).is_null() if None in wanted else some)
    if rule.prior is not None:
        met = met & (col("PRIOR").is_not_null() == rule.prior)
    return met


def _taken(rule: Rule) -> pl.Expr:
    if rule.take in ("PET", "CT", "PRIOR"):
        return col(rule.take).replace_strict(OVERALL, default=None, return_dtype=pl.String)
    return pl.lit(rule.take)
