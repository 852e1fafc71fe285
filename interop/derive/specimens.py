"""Procedures of a study, and those that collected the cells of which a yield is stated."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.lineage import SRC, attach
from interop.records import Records
from interop.study import Study


def standard_names(study: Study) -> pl.DataFrame:
    """The procedures of the study: name, standard_name and `_src`."""
    rows = [(p.name, p.standard_name, f"study.yaml#procedures/{p.name}") for p in study.procedures]
    schema = dict.fromkeys(("name", "standard_name", SRC), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


def collections(records: Records) -> pl.DataFrame:
    """The procedures whose identifier a yield names, once each, with the `product` of the first yield as
    `yield.product` and `yield.date`. A procedure that did not take place collected nothing."""
    named = (
        records["collection_yield"]
        .filter(col("procedure").is_not_null())
        .sort("usubjid", "procedure", "product", SRC, nulls_last=True)
        .unique(["usubjid", "procedure"], keep="first", maintain_order=True)
        .select("product", "date", SRC, _key=_key("procedure"))
    )
    done = records["procedure"].filter(col("identifier").is_not_null(), col("status").ne_missing("not-done"))
    keyed = done.select(pl.exclude("^supp\\..*$"), _key=_key("identifier"))
    found = keyed.filter(col("_key").is_in(named["_key"].implode()))
    return attach(found, named, "yield", on="_key").drop("_key")


def _key(identifier: str) -> pl.Expr:
    return pl.concat_str("usubjid", identifier, separator="\x1f")
