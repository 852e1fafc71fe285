"""Specimens: what laboratory results and cell counts were measured in, one for all that name the same."""

from __future__ import annotations

import polars as pl
from polars import col, lit, when

from interop.fhir.rows import ID, Rows, of_record, resource_id
from interop.records import Records
from interop.study import Study

SPECIMEN = "_specimen"
KIND = "Specimen"
PRODUCT = "product_id"
# Record, what the specimen is called in it, and what tells one collection from another.
SOURCES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("laboratory_result", "specimen", ("date", "visit")),
    ("collection_yield", "product", ("date", "procedure")),
)


def with_specimen(rows: Rows, study: Study, record: str) -> Rows:
    """With the reference to the Specimen of each row: of rows that agree in subject and specimen, and in the
    identifier of the product, or where it has none in the collection."""
    name, apart = next((name, apart) for source, name, apart in SOURCES if source == record)
    read = [c for c in ("usubjid", name, *apart, PRODUCT) if c in rows.frame.columns]
    if PRODUCT not in read:
        rows = Rows(rows.frame.with_columns(lit(None, pl.String).alias(PRODUCT)), rows.made_from)
    keyed = rows.frame.with_columns(
        when(col(PRODUCT).is_null()).then(col(c)).alias(f"_apart:{c}") for c in apart
    )
    key = ["usubjid", name, *(f"_apart:{c}" for c in apart), PRODUCT]
    taken = keyed.filter(col("status").is_null()).select(key).drop_nulls(["usubjid", name]).unique()
    ids = [f"{KIND}/{resource_id(study, KIND, record, *_named(row))}" for row in taken.iter_rows()]
    taken = taken.with_columns(pl.Series(SPECIMEN, ids, pl.String), status=lit(None, pl.String))
    frame = keyed.join(taken, on=[*key, "status"], how="left", nulls_equal=True, maintain_order="left")
    return Rows(
        frame.select(pl.exclude("^_apart:.*$")), {**rows.made_from, SPECIMEN: rows.reads(pl.struct(read))}
    )


def _named(key: tuple[str | None, ...]) -> tuple[str | None, ...]:
    """What names the specimen: its collection, or subject, specimen and product."""
    return key[:-1] if key[-1] is None else (*key[:2], key[-1])


def specimens(records: Records, study: Study, record: str) -> Rows:
    """One row a Specimen of the record: its first row in a fixed order, with `_id` and `_kind`."""
    name, apart = next((name, apart) for source, name, apart in SOURCES if source == record)
    rows = with_specimen(of_record(records, study, record, KIND)[0], study, record)
    rows = rows.derive(**{ID: col(SPECIMEN).str.strip_prefix(f"{KIND}/"), "_kind": col(name)})
    order = ["usubjid", name, *apart, ID]
    frame = rows.frame.drop_nulls(SPECIMEN).sort(order, nulls_last=True)
    return Rows(frame, rows.made_from)
