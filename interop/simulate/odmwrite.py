"""The simulated forms as ODM-XML 1.3.2 with the same cell texts, written some subjects at a time.

An item group is a line, so a reference into the file is a line of it. The transactional variant enters some
rows wrongly at first, corrects them and removes others, each with its audit record; it ends in the state of
the snapshot.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from zlib import crc32

import numpy as np
import polars as pl
from polars import col

from interop.simulate.draw import shares
from interop.simulate.forms import BY_NAME, FORMS, FormDef
from interop.simulate.odmmeta import LOG, TAIL, UNSCHEDULED, USER, event_oid, head, item_oid
from interop.simulate.settings import Settings
from interop.study import Study

CORRECTED, REMOVED = 0.02, 0.004
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}
_KEYS = ["SUBJID", "SITEID", "oid", "rep", "form"]


class OdmFile:
    """One ODM file that grows by `add`. `transactions`: write its history instead of its state."""

    def __init__(
        self, path: Path, study: Study, settings: Settings, seed: int, *, transactions: bool = False
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="utf-8", newline="\n")
        self._transactions, self._seed = transactions, seed
        self._stamp = date.fromordinal(settings.data_cut - 30).isoformat()
        self._later = date.fromordinal(settings.data_cut - 7).isoformat()
        order = ["", *settings.visits]
        self._order = {event_oid(k): n for n, k in enumerate(order)}
        kind = "Transactional" if transactions else "Snapshot"
        self._file.write(head(study, settings, kind, f"{study.id}.{kind}"))

    def add(self, frames: Mapping[str, pl.DataFrame]) -> None:
        """Write the rows of some subjects: every form's frame as `defects.plant` leaves it."""
        rows = [_keyed(BY_NAME[name], frame) for name, frame in frames.items() if frame.height]
        if not rows:
            return
        if not self._transactions:
            self._write([r.with_columns(xml=_group(BY_NAME[r["form"][0]], "")) for r in rows], "")
            return
        first: list[pl.DataFrame] = []
        second: list[pl.DataFrame] = []
        for r in rows:
            form = BY_NAME[r["form"][0]]
            self._history(form, r, first, second)
        audit = self._audit(self._stamp, "")
        self._write(first, ' TransactionType="Insert"', audit)
        self._write(second, ' TransactionType="Context"')

    def close(self) -> None:
        self._file.write(TAIL)
        self._file.close()

    def _audit(self, day: str, reason: str) -> str:
        why = f"<ReasonForChange>{reason}</ReasonForChange>" if reason else ""
        return (
            f'<AuditRecord EditPoint="DataManagement"><UserRef UserOID="{USER}"/>'
            '<LocationRef LocationOID="@SITE@"/>'
            f"<DateTimeStamp>{day}T12:00:00</DateTimeStamp>{why}</AuditRecord>"
        )

    def _history(
        self, form: FormDef, rows: pl.DataFrame, first: list[pl.DataFrame], second: list[pl.DataFrame]
    ) -> None:
        """Rows as they were entered at first, and what was changed or removed later."""
        share = pl.Series(
            shares(
                self._seed,
                crc32(f"odm {form.name}".encode()),
                rows["_n"].to_numpy().astype(np.uint64),
                rows["_k"].to_numpy().astype(np.uint64),
            )
        )
        lead = form.items[0]
        wrong = (share < CORRECTED) & rows[lead].is_not_null()
        entered = rows.with_columns(pl.when(wrong).then(pl.lit("?")).otherwise(lead).alias(lead))
        first.append(entered.with_columns(xml=_group(form, "")))
        changed = rows.filter(wrong).with_columns(pl.lit(None, pl.String).alias(c) for c in form.items[1:])
        audit = self._audit(self._later, "Typing error")
        second.append(changed.with_columns(xml=_group(form, ' TransactionType="Update"', audit)))
        spare = rows.filter((share > 1 - REMOVED) & (share <= 1)).with_columns(repeat=col("repeat") + "-E")
        first.append(spare.with_columns(xml=_group(form, "")))
        audit = self._audit(self._later, "Entered by mistake")
        emptied = spare.with_columns(pl.lit(None, pl.String).alias(c) for c in form.items)
        second.append(emptied.with_columns(xml=_group(form, ' TransactionType="Remove"', audit)))

    def _write(self, rows: list[pl.DataFrame], kind: str, audit: str = "") -> None:
        """The item groups of `rows` in subjects, events and forms, in order."""
        place = {f.name: n for n, f in enumerate(FORMS)}
        all_rows = pl.concat([r.select("_n", *_KEYS, "nth", "xml") for r in rows])
        if all_rows.is_empty():
            return
        all_rows = all_rows.with_columns(
            col("oid").replace_strict(self._order, return_dtype=pl.Int64).alias("at"),
            col("form").replace_strict(place, return_dtype=pl.Int64).alias("place"),
        ).sort("_n", "SUBJID", "at", "rep", "place", "nth", "xml", nulls_last=False)
        text = all_rows.select(pl.concat_str(_tags(kind, audit), "xml")).to_series()
        self._file.write("".join(text.to_list()))
        self._file.write("</FormData></StudyEventData></SubjectData>\n")


def _keyed(form: FormDef, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with the keys of ODM: `oid` and `rep` of the event, `form`, `repeat` of the item group."""
    key = col("_event")
    oid = pl.when(key == "").then(pl.lit(LOG)).when(key.str.starts_with("UNS")).then(pl.lit(UNSCHEDULED))
    return (
        frame.with_columns(
            oid=oid.otherwise(pl.lit("SE.") + key),
            rep=pl.when(key.str.starts_with("UNS")).then(key.str.slice(3)),
            form=pl.lit(form.name),
        )
        .with_columns(nth=pl.int_range(1, pl.len() + 1).over("SUBJID", "oid", "rep"))
        .with_columns(repeat=col("nth").cast(pl.String))
    )


def _group(form: FormDef, kind: str, audit: str = "") -> pl.Expr:
    """The element of an item group, a line."""
    items = [
        pl.when(col(c).is_not_null()).then(
            pl.concat_str(
                pl.lit(f'<ItemData ItemOID="{item_oid(form.name, c)}" Value="'),
                _escaped(col(c)),
                pl.lit('"/>'),
            )
        )
        for c in form.items
    ]
    start = pl.concat_str(
        pl.lit(f'<ItemGroupData ItemGroupOID="IG.{form.name}" ItemGroupRepeatKey="'),
        "repeat",
        pl.lit(f'"{kind}>'),
    )
    return pl.concat_str(start, _at_site(audit), *items, pl.lit("</ItemGroupData>\n"), ignore_nulls=True)


def _at_site(audit: str) -> pl.Expr:
    """An audit record with the site of the row in the place of @SITE@."""
    if not audit:
        return pl.lit("")
    before, _, after = audit.partition("@SITE@")
    return pl.concat_str(pl.lit(before), _escaped(col("SITEID")), pl.lit(after))


def _escaped(text: pl.Expr) -> pl.Expr:
    return text.str.replace_many(list(_ESCAPED), list(_ESCAPED.values()))


def _tags(kind: str, audit: str) -> pl.Expr:
    """The end tags of what came before a row, and the start tags of what begins with it."""

    def differs(*names: str) -> pl.Expr:
        return pl.any_horizontal(col(n).ne_missing(col(n).shift(1)) for n in names)

    first = pl.int_range(pl.len()) == 0
    subject = first | differs("SUBJID", "SITEID")
    event = subject | differs("oid", "rep")
    form = event | differs("form")
    opened_form = pl.concat_str(pl.lit('<FormData FormOID="'), "form", pl.lit(f'"{kind}>\n'))
    repeat = (
        pl.when(col("rep").is_not_null())
        .then(pl.concat_str(pl.lit(' StudyEventRepeatKey="'), "rep", pl.lit('"')))
        .otherwise(pl.lit(""))
    )
    opened_event = pl.concat_str(
        pl.lit('<StudyEventData StudyEventOID="'),
        "oid",
        pl.lit('"'),
        repeat,
        pl.lit(f"{kind}>\n"),
        opened_form,
    )
    opened_subject = pl.concat_str(
        pl.lit('<SubjectData SubjectKey="'),
        _escaped(col("SUBJID")),
        pl.lit(f'"{kind}>'),
        _at_site(audit),
        pl.lit('<SiteRef LocationOID="'),
        _escaped(col("SITEID")),
        pl.lit('"/>\n'),
        opened_event,
    )
    return (
        pl.when(first)
        .then(opened_subject)
        .when(subject)
        .then(pl.lit("</FormData></StudyEventData></SubjectData>\n") + opened_subject)
        .when(event)
        .then(pl.lit("</FormData></StudyEventData>\n") + opened_event)
        .when(form)
        .then(pl.lit("</FormData>\n") + opened_form)
        .otherwise(pl.lit(""))
    )
