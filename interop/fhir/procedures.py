"""Procedures and imaging examinations, and the records that lead to them."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.fhir.rows import ID, Rows, of_record
from interop.fhir.terms import letters
from interop.records import Records
from interop.study import Study

PROCEDURE = "_procedure"
KIND = "Procedure"
PROCEDURES = ("usubjid", "identifier", "name", "start", "visit")
IMAGING = ("usubjid", "identifier", "modality", "location", "date", "visit")


def procedures(records: Records, study: Study) -> tuple[Rows, pl.DataFrame]:
    """The procedure records with the ids of their Procedures; and what is said of the rest."""
    rows, lost = of_record(records, study, "procedure", KIND)
    return rows.identified(study, KIND, PROCEDURES, "procedure"), lost


def imaging(records: Records, study: Study) -> tuple[Rows, pl.DataFrame]:
    """The imaging records with the ids of their Procedures; and what is said of the rest."""
    rows, lost = of_record(records, study, "imaging", KIND)
    return rows.identified(study, KIND, IMAGING, "imaging"), lost


def with_collection(rows: Rows, records: Records, study: Study) -> Rows:
    """With the reference to the Procedure whose identifier the row's `procedure` is, where it is that of
    one."""
    found, _ = procedures(records, study)
    return _joined(rows, found.frame.select("usubjid", ID, procedure=col("identifier")), ("procedure",))


def with_imaging(rows: Rows, records: Records, study: Study) -> Rows:
    """With the reference to the imaging Procedure of the row's day and method, where there is one such.

    A modality and a method (codelist METHOD) are the same by their letters: PET-CT and PET/CT SCAN.
    """
    found, _ = imaging(records, study)
    done = found.frame.filter(col("status").is_null())
    exams = done.select("usubjid", ID, _day=_day(), _modality=_letters("modality"))
    rows = rows.derive(_day=_day(), _modality=_letters("method"))
    exact = _joined(rows, exams, ("_day", "_modality"))
    # A PET-CT has a CT in it: where there was no other CT that day, a reading of CT is of it.
    parts = exams.with_columns(_modality=col("_modality").str.strip_prefix("PET"))
    inside = _joined(rows, parts.filter(col("_modality") != ""), ("_day", "_modality"))
    either = exact.frame.with_columns(pl.coalesce(PROCEDURE, inside.frame[PROCEDURE]).alias(PROCEDURE))
    return Rows(either, exact.made_from)


def _joined(rows: Rows, found: pl.DataFrame, on: tuple[str, ...]) -> Rows:
    """With the one of `found` that has the same `usubjid` and `on`."""
    key = ["usubjid", *on]
    one = found.drop_nulls(key).filter(pl.len().over(key) == 1)
    one = one.select(*key, (pl.lit(f"{KIND}/") + col(ID)).alias(PROCEDURE))
    made = {**rows.made_from, PROCEDURE: rows.reads(pl.struct(key))}
    return Rows(rows.frame.join(one, on=key, how="left", maintain_order="left"), made)


def _day() -> pl.Expr:
    return col("date").str.slice(0, 10)


def _letters(name: str) -> pl.Expr:
    return letters(col(name)).str.strip_suffix("SCAN")
