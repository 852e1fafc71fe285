"""Lesions, and the measurements and responses that belong to them and to each other."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.fhir.rows import ID, Rows, of_record
from interop.records import Records
from interop.study import Study

LESION = "_lesion"
KIND = "BodyStructure"
KEY = ("usubjid", "lesion", "evaluator", "evaluator_id")


def lesions(records: Records, study: Study) -> tuple[Rows, pl.DataFrame]:
    """The lesion records with the ids of their BodyStructures; and what is said of the rest."""
    rows, lost = of_record(records, study, "lesion", KIND)
    return rows.identified(study, KIND, KEY), lost


def with_lesion(rows: Rows, records: Records, study: Study) -> Rows:
    """With the reference to the BodyStructure of each row's `lesion`: as the same evaluator identified it,
    else the only one of that name."""
    found = lesions(records, study)[0].frame
    reference = (pl.lit(f"{KIND}/") + col(ID)).alias(LESION)
    mine = found.sort(ID).unique(KEY, keep="first").select(*KEY, reference)
    only = found.filter(pl.len().over("usubjid", "lesion") == 1).select(
        "usubjid", "lesion", reference.alias("_only")
    )
    frame = rows.frame.join(mine, on=list(KEY), how="left", nulls_equal=True, maintain_order="left")
    frame = frame.join(only, on=["usubjid", "lesion"], how="left", maintain_order="left")
    frame = frame.with_columns(pl.coalesce(LESION, "_only").alias(LESION)).drop("_only")
    return Rows(frame, {**rows.made_from, LESION: KEY})
