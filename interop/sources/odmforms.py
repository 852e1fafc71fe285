"""Rows and values of item groups to one wide table a form, as an export to CSV would have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
from polars import col

from interop.errors import InputError
from interop.sources.odmmeta import Definitions
from interop.sources.odmstate import KEYS, State, first_of
from interop.sources.odmstore import Store
from interop.sources.table import LINE

INSTANCE = KEYS[:5]  # what tells a filled-in form from another
FILE = "_file"
# Key columns, beside a column for each ItemOID.
KEY_COLUMNS = (
    "@SubjectKey",
    "@LocationOID",
    "@StudyEventOID",
    "@StudyEventName",
    "@StudyEventRepeatKey",
    "@FormOID",
    "@FormRepeatKey",
    "@ItemGroupOID",
    "@ItemGroupRepeatKey",
    "@DateTimeStamp",
)
HISTORY: dict[str, type[pl.DataType]] = {
    "source": pl.String,
    "item": pl.String,
    "versions": pl.UInt32,
    "date_time": pl.String,
    "reason": pl.String,
    "user": pl.String,
}


@dataclass(frozen=True)
class OdmForm:
    """A form. `rows`: `_file` (number of its file), `_line`, KEY_COLUMNS, and a column an item; all but the
    first two are text, categorical: a text stands once, and a cell is its number. `items` are its ItemOIDs
    (and `<ItemOID>.unit`), `history` the values that were changed: `source` (reference of the row), item,
    versions (how many there were with this one), and of the AuditRecord of the last DateTimeStamp,
    ReasonForChange and UserOID."""

    oid: str
    items: tuple[str, ...]
    rows: pl.DataFrame
    history: pl.DataFrame


def forms(
    state: State, store: Store, definitions: Definitions, by_line: dict[int, bool]
) -> Iterator[OdmForm]:
    """The forms that have data, in the order of their first. `by_line`: whether references into a file are
    lines."""
    audits = store.audit_records()
    rows = state.rows.with_columns(
        row=pl.int_range(pl.len(), dtype=pl.UInt32),
        number=pl.when(col("file").replace_strict(by_line, return_dtype=pl.Boolean))
        .then("line")
        .otherwise("nth"),
    )
    rows = rows.with_columns(first_of(rows, INSTANCE, "row").alias("instance"))
    one = rows["form"].n_unique() == 1
    for form in rows["form"].unique(maintain_order=True):
        cells = state.cells
        mine = cells if one else cells.filter(rows["form"].gather(cells["visit"]) == form)
        yield _form(form, rows, mine, store, definitions, audits)


def _form(
    form: int,
    every: pl.DataFrame,
    cells: pl.DataFrame,
    store: Store,
    definitions: Definitions,
    audits: pl.DataFrame,
) -> OdmForm:
    """The form of `cells`; a cell's `visit` is the number of its row in `every`, the rows of all forms."""
    oid = str(store.keys.texts[form])
    rows = every.filter(col("form") == form)
    if rows["group"].n_unique() > 1:
        cells = _with(cells, every, "group")
    own = _own_rows(rows, cells, store, definitions)
    if not rows["group"].is_in(own).all():
        cells = _with(cells, every, "instance")
    table = _table(rows, own)
    values: dict[int, pl.Series] = {}
    for group in rows["group"].unique():
        mine = cells if rows["group"].n_unique() == 1 else cells.filter(col("group") == group)
        by_row = group in own
        key, wanted = ("visit", table["row"]) if by_row else ("instance", table["instance"])
        for item, found in _wide(mine, key, wanted).items():
            values[item] = values[item].zip_with(found.is_null(), found) if item in values else found
    items = sorted(values)
    names = [str(store.items.texts[i]) for i in items]
    _check_names(oid, names)
    wide = pl.DataFrame(
        [
            table["file"].alias(FILE),
            table["number"].cast(pl.Int64).alias(LINE),
            *_keys(table, store, definitions, audits),
            *(_unit(values[i], i, store, definitions).alias(n) for i, n in zip(items, names, strict=True)),
        ]
    )
    changed = _with(cells.filter(col("n") > 1), every, "group", "instance")
    return OdmForm(oid, tuple(names), wide, _history(oid, changed, table, own, store, audits))


def _with(cells: pl.DataFrame, rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """The cells with what their rows say, where they have not got it."""
    return cells.with_columns(rows[c].gather(cells["visit"]) for c in columns)


def _own_rows(rows: pl.DataFrame, cells: pl.DataFrame, store: Store, definitions: Definitions) -> list[int]:
    """The item groups that have rows of their own: those that repeat, and those that share an item.

    The values of all others stand on every row of their form, as exports of EDC systems do it.
    """
    repeated = rows.group_by("instance", "group").agg(n=col("group_rep").n_unique()).filter(col("n") > 1)
    own = set(repeated["group"])
    keyed = rows.filter(col("group_rep") > 0)["group"].unique()
    for group in rows["group"].unique():
        defined = definitions.repeating.get(str(store.keys.texts[group]))
        if defined or (defined is None and group in keyed):
            own.add(group)
    groups = rows["group"].unique().to_list()
    if len(groups) > 1:
        has = {g: set(cells["item"].filter(cells["group"] == g).unique()) for g in groups}
        times = Counter(item for items in has.values() for item in items)
        own |= {g for g, items in has.items() if any(times[i] > 1 for i in items)}
    return sorted(own)


def _table(rows: pl.DataFrame, own: list[int]) -> pl.DataFrame:
    """The rows that the form has: an own one an item group, else one an instance of the form."""
    mine = rows.filter(col("group").is_in(own))
    rest = rows.filter(~col("group").is_in(own)).join(mine, on="instance", how="anti", maintain_order="left")
    whole = rest.group_by("instance", maintain_order=True).agg(
        col("*").exclude("instance", "group", "group_rep", "audit").first(),
        *(pl.when(col(c).n_unique() == 1).then(col(c).first()).otherwise(0) for c in ("group", "group_rep")),
        col("audit").drop_nulls().last(),
    )
    return pl.concat([mine, whole.select(mine.columns)]).sort("file", "nth", "row")


def _wide(cells: pl.DataFrame, key: str, wanted: pl.Series) -> dict[int, pl.Series]:
    """Item ─▶ its column, for the rows that `wanted` names by `key`. One by one, since a pivot of all takes
    three times the memory."""
    index = pl.DataFrame({key: wanted})
    return {
        item: index.join(
            cells.filter(col("item") == item).select(key, "value"), on=key, how="left", maintain_order="left"
        )["value"]
        for item in cells["item"].unique()
    }


def _keys(
    table: pl.DataFrame, store: Store, definitions: Definitions, audits: pl.DataFrame
) -> Iterator[pl.Series]:
    text = {k: store.keys.of(table[k]) for k in KEYS}
    named = [definitions.events.get(t or "") for t in store.keys.texts]
    events = pl.Series(named, dtype=pl.Categorical).gather(table["event"])
    stamps = table.select("audit").join(audits, on="audit", how="left", maintain_order="left")["stamp"]
    placed = [store.sites.get(code) for code in range(len(store.keys.texts))]
    sites = pl.Series(placed, dtype=pl.Categorical).gather(table["subject"])
    found = (
        text["subject"],
        sites,
        text["event"],
        events,
        text["event_rep"],
        text["form"],
        text["form_rep"],
        text["group"],
        text["group_rep"],
        stamps,
    )
    return (s.alias(n) for n, s in zip(KEY_COLUMNS, found, strict=True))


def _unit(values: pl.Series, item: int, store: Store, definitions: Definitions) -> pl.Series:
    if item not in store.units.values():
        return values
    # an OID that nothing defines stays as it is
    return values.cast(pl.String).replace(definitions.units).cast(pl.Categorical)


def _check_names(form: str, names: list[str]) -> None:
    for oid in names:
        if oid in KEY_COLUMNS or oid in (LINE, FILE):
            raise InputError(
                f"the ItemOID {oid} of the form {form} is a name that the reader needs for itself",
                mend="Give the item another OID",
            )


def _history(
    form: str,
    changed: pl.DataFrame,
    table: pl.DataFrame,
    own: list[int],
    store: Store,
    audits: pl.DataFrame,
) -> pl.DataFrame:
    if changed.is_empty():
        return pl.DataFrame(schema=HISTORY)
    # the row of the table where the value stands; of several with the same value, the first
    here = table.select("instance", "row", "file", "number")
    first = here.unique("instance", keep="first", maintain_order=True)
    mine = changed.filter(col("group").is_in(own)).join(
        here.select("row", "file", "number"), left_on="visit", right_on="row"
    )
    rest = changed.filter(~col("group").is_in(own)).join(first.drop("row"), on="instance")
    both = pl.concat([mine, rest.select(mine.columns)]).sort("file", "number", "item")
    both = both.join(audits, on="audit", how="left", maintain_order="left")
    files = pl.Series(store.names, dtype=pl.String).gather(both["file"])
    return both.select(
        pl.format("{}/{}#{}", files, pl.lit(form), "number").alias("source"),
        store.items.of(both["item"]),
        versions="n",
        date_time="stamp",
        reason="reason",
        user="user",
    ).cast(HISTORY)  # type: ignore[arg-type]
