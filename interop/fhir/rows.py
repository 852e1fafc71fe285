"""Record rows on their way to resources: prepared columns remember the record fields they were made "
"from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

import polars as pl
from polars import col, lit

from interop import issues
from interop.lineage import SRC
from interop.records import Records
from interop.recordtypes import record_type
from interop.study import Study

# Root of every id. Fixed for ever: another value would give every resource of every study another id.
NAMESPACE = UUID("a5d65ddf-6773-490e-91e3-ff186e6cb6c7")
ID = "_id"
PATIENT = "_patient"
ENCOUNTER = "_encounter"


def resource_id(study: Study, kind: str, *identity: str | None) -> str:
    """The id of the resource of type `kind` with this business identity: the same in every run and file
    order."""
    return str(uuid5(NAMESPACE, json.dumps([study.id, kind, *identity])))


def system_of(study: Study, name: str) -> str:
    """URI of an identifier system of the study (`USUBJID`, `visit`): a urn:uuid, as no domain is ours to
    name."""
    return f"urn:uuid:{resource_id(study, 'identifier system', name)}"


@dataclass(frozen=True)
class Rows:
    """A frame, and for each column that was computed the columns of the records it came from."""

    frame: pl.DataFrame
    made_from: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def reads(self, value: pl.Expr) -> tuple[str, ...]:
        """The record fields that `value` is made from, however many steps away."""
        roots = value.meta.root_names()
        return tuple(sorted({name for root in roots for name in self.made_from.get(root, (root,))}))

    def derive(self, **columns: pl.Expr) -> Rows:
        """With more columns, each an expression over the present ones."""
        made = {name: self.reads(value) for name, value in columns.items()}
        return Rows(self.frame.with_columns(**columns), {**self.made_from, **made})

    def look_up(self, name: str, source: str, to: Callable[[Any], str | None]) -> Rows:
        """With column `name`: `to` of each value of column `source`, asked once for each distinct value."""
        found = {v: to(v) for v in self.frame[source].unique().drop_nulls()}
        return self.derive(**{name: col(source).replace_strict(found, default=None, return_dtype=pl.String)})

    def filter(self, keep: pl.Expr) -> Rows:
        return Rows(self.frame.filter(keep), self.made_from)

    def one_a_subject(self, study: Study, kind: str) -> Rows:
        """With `_id` of the resource of which there is one a subject."""
        return self.look_up(ID, "usubjid", lambda subject: resource_id(study, kind, subject))

    def identified(self, study: Study, kind: str, key: tuple[str, ...], label: str = "") -> Rows:
        """Sorted, and with `_id`: of the values of `key`, and where several rows agree in them, of their
        rank by content.

        `label` tells apart what different records make into the same resource type.
        """
        rest = [c for c in sorted(self.frame.columns) if c not in key and c != SRC]
        frame = self.frame.sort(*key, *rest, SRC, nulls_last=False)
        rank = pl.int_range(pl.len()).over(key).cast(pl.String)
        parts = frame.select(*key, _rank=rank).iter_rows()
        ids = pl.Series(ID, [resource_id(study, kind, label, *p) for p in parts], pl.String)
        return Rows(frame.with_columns(ids), {**self.made_from, ID: self.reads(pl.struct(key))})


def of_record(
    records: Records, study: Study, name: str, kind: str, qualifiers: tuple[str, ...] = ()
) -> tuple[Rows, pl.DataFrame]:
    """The rows of record `name` with their Patient; and what is to be said of those that lack what a record
    needs.

    Only fields of the record's schema are taken, and the `qualifiers` (`supp.QNAM`) that the page names, null
    where the study has none: whatever else a frame carries cannot reach a resource.
    """
    schema = record_type(name)
    needed = ("usubjid", *(f for f in schema.required if f != "subject"))
    table = records[name]
    lacking = [lit(None, pl.String).alias(q) for q in qualifiers if q not in table.columns]
    frame = table.with_columns(lacking).select(*schema.fields, *qualifiers, "usubjid", SRC)
    lost = [
        issues.issues(
            frame.filter(col(f).is_null()),
            severity="error",
            target=kind,
            variable="subject" if f == "usubjid" else f,
            rule="REQUIRED",
            message=f"the {name} record has no {f}: no {kind} is made of it; give it in the source",
            kept=False,
        )
        for f in needed
    ]
    rows = with_patient(Rows(frame.drop_nulls(needed)), study)
    return (with_encounter(rows, records, study) if "visit" in schema.fields else rows), issues.concat(lost)


def with_patient(rows: Rows, study: Study) -> Rows:
    """With the reference to the Patient of each row's `usubjid`."""
    return rows.look_up(PATIENT, "usubjid", lambda u: f"Patient/{resource_id(study, 'Patient', u)}")


def with_encounter(rows: Rows, records: Records, study: Study) -> Rows:
    """With the reference to the Encounter of each row's `visit`.

    A visit is known by its name, and by its day too where the subject had several of that name (unscheduled
    ones); a row that then fits none of the days has no Encounter.
    """
    date = visit_date(rows.frame.columns)
    days = records["visit"].select("usubjid", "visit", _day=_day("date")).drop_nulls().unique()
    days = days.filter(pl.len().over("usubjid", "visit") > 1).with_columns(_apart=col("_day"))
    several = days.select("usubjid", "visit", _several=lit(value=True)).unique()
    at = ["usubjid", "visit"]
    frame = rows.frame.with_columns(_day=_day(date))
    frame = frame.join(several, on=at, how="left", maintain_order="left")
    frame = frame.join(days, on=[*at, "_day"], how="left", maintain_order="left")
    which = frame.filter(col("_several").is_null() | col("_apart").is_not_null())
    which = which.select(*at, "_apart").drop_nulls(at).unique()
    ids = [
        f"Encounter/{resource_id(study, 'Encounter', subject, visit, *([day] if day else []))}"
        for subject, visit, day in which.iter_rows()
    ]
    which = which.with_columns(pl.Series(ENCOUNTER, ids, pl.String))
    frame = frame.join(which, on=[*at, "_apart"], how="left", nulls_equal=True, maintain_order="left")
    made = {**rows.made_from, ENCOUNTER: ("usubjid", "visit")}
    return Rows(frame.drop("_day", "_several", "_apart"), made)


def visit_date(fields: Iterable[str]) -> str:
    """The field of a record that tells when its visit was."""
    fields = set(fields)
    return next(name for name in ("collected", "date", "start") if name in fields)


def _day(date: str) -> pl.Expr:
    return col(date).str.slice(0, 10)
