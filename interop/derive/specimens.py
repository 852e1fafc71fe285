"""Procedures of a study, the specimens that they collect or give back, and what is counted in these."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.lineage import SRC, attach
from interop.records import Records
from interop.study import Study

REFID = "_specimen"
"""Identifier of the specimen of a row; the rules name the fields that it is made of."""
DONE = col("status").ne_missing("not-done")


def standard_names(study: Study) -> pl.DataFrame:
    """The procedures of the study: name, standard_name and `_src`."""
    rows = [(p.name, p.standard_name, f"study.yaml#procedures/{p.name}") for p in study.procedures]
    schema = dict.fromkeys(("name", "standard_name", SRC), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row")


def yields(records: Records) -> pl.DataFrame:
    """The yields, with the procedure that collected as `collection.*`, and the identifier of their specimen.

    That of the product, as the yield or its collection names it; else that of the collection; else that of
    the yield.
    """
    procedures = records["procedure"].filter(col("identifier").is_not_null())
    named = procedures.sort("usubjid", "identifier", SRC).select(
        "identifier", "product_collected", SRC, _key=_key("identifier")
    )
    rows = records["collection_yield"].with_columns(_key=_key("procedure"))
    found = attach(rows, named.unique("_key", keep="first"), "collection", on="_key").drop("_key")
    refid = pl.coalesce("product_id", "collection.product_collected", "procedure", "identifier")
    return found.with_columns(refid.alias(REFID))


def specimen_events(records: Records) -> pl.DataFrame:
    """A row for each specimen collected, given back or infused, with the first of its yields as `yield.*`.

    Collected: by a procedure that names the product, or that a yield names. Given: by a procedure that says
    so, or an administration of a product of which there is a yield; the number of another kit names no
    specimen. What did not take place is no event.
    """
    counted = yields(records)
    first = counted.drop_nulls(REFID).sort("usubjid", REFID, SRC).with_columns(_key=_key(REFID))
    first = first.unique("_key", keep="first", maintain_order=True)
    events = pl.concat([_collected(records, counted), _given(records, first)], how="diagonal")
    named = first.select("product_id", "date", SRC, "_key")
    return attach(events.with_columns(_key=_key(REFID)), named, "yield", on="_key").drop("_key", REFID)


def _collected(records: Records, counted: pl.DataFrame) -> pl.DataFrame:
    done = _plain(records, "procedure").with_columns(product_given=pl.lit(None, pl.String))
    named = done.filter(col("product_collected").is_not_null())
    pairs = counted.drop_nulls("procedure").select("usubjid", REFID, identifier="procedure").unique()
    by_yield = done.drop_nulls("identifier").join(pairs, on=("usubjid", "identifier"), how="inner")
    both = pl.concat([by_yield, named.with_columns(col("product_collected").alias(REFID))], how="diagonal")
    return both.sort(SRC, REFID).unique((SRC, REFID), keep="first", maintain_order=True)


def _given(records: Records, counted: pl.DataFrame) -> pl.DataFrame:
    back = _plain(records, "procedure").with_columns(product_collected=pl.lit(None, pl.String))
    back = back.filter(col("product_given").is_not_null())
    infused = _plain(records, "administration").filter(
        col("product_id").is_not_null(), _key("product_id").is_in(counted["_key"].implode())
    )
    return pl.concat(
        [
            back.with_columns(col("product_given").alias(REFID)),
            infused.with_columns(col("product_id").alias(REFID)),
        ],
        how="diagonal",
    )


def _plain(records: Records, record: str) -> pl.DataFrame:
    return records[record].filter(DONE).select(pl.exclude("^supp\\..*$"))


def _key(identifier: str) -> pl.Expr:
    return pl.concat_str("usubjid", identifier, separator="\x1f")
