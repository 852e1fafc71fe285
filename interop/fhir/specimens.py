"""Specimens: what laboratory results and cell counts were measured in, one for all that name the same."""

from __future__ import annotations

import polars as pl
from polars import col, lit

from interop.fhir.rows import ID, Rows, of_record, resource_id
from interop.records import Records
from interop.study import Study

SPECIMEN = "_specimen"
KIND = "Specimen"
# Record, what the specimen is called in it, and what tells one collection from another.
SOURCES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("laboratory_result", "specimen", ("date", "visit")),
    ("collection_yield", "product", ("date", "procedure")),
)


def with_specimen(rows: Rows, study: Study, record: str) -> Rows:
    """With the reference to the Specimen of each row: of rows that agree in subject, specimen and
    collection."""
    name, apart = next((name, apart) for source, name, apart in SOURCES if source == record)
    key = ["usubjid", name, *apart]
    taken = rows.frame.filter(col("status").is_null()).select(key).drop_nulls(["usubjid", name]).unique()
    ids = [f"{KIND}/{resource_id(study, KIND, record, *row)}" for row in taken.iter_rows()]
    taken = taken.with_columns(pl.Series(SPECIMEN, ids, pl.String), status=lit(None, pl.String))
    frame = rows.frame.join(taken, on=[*key, "status"], how="left", nulls_equal=True, maintain_order="left")
    return Rows(frame, {**rows.made_from, SPECIMEN: rows.reads(pl.struct(key))})


def specimens(records: Records, study: Study, record: str) -> Rows:
    """One row a Specimen of the record: its first row in a fixed order, with `_id` and `_kind`."""
    name, apart = next((name, apart) for source, name, apart in SOURCES if source == record)
    rows = with_specimen(of_record(records, study, record, KIND)[0], study, record)
    rows = rows.derive(**{ID: col(SPECIMEN).str.strip_prefix(f"{KIND}/"), "_kind": col(name)})
    order = ["usubjid", name, *apart, ID]
    frame = rows.frame.drop_nulls(SPECIMEN).sort(order, nulls_last=True)
    return Rows(frame, rows.made_from)
