"""Transactions of ODM applied in document order (ODM 1.3.2, section 2.9), as joins.

    Insert   the entity is new          Update   it is there and changes          Upsert   either
    Remove   it goes, with everything in it          Context   resent to be recognised, changes nothing

An element without a TransactionType has its parent's. A Remove that comes later than an element takes it
away, whichever of its ancestors it names; what is left of an item group is one row, and the last value of
each item counts."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from polars import col

from interop.sources.odmissues import Problems

STUDY, SUBJECT, EVENT, FORM, GROUP, ITEM = range(6)
NONE, INSERT, UPDATE, UPSERT, CONTEXT, REMOVE, EXISTS = range(7)  # EXISTS: a row of an earlier result
OPS = {"Insert": INSERT, "Update": UPDATE, "Upsert": UPSERT, "Context": CONTEXT, "Remove": REMOVE}
LEVELS = {SUBJECT: "SubjectData", EVENT: "StudyEventData", FORM: "FormData", GROUP: "ItemGroupData"}

KEYS = ["subject", "event", "event_rep", "form", "form_rep", "group", "group_rep"]
_PREFIX = {SUBJECT: KEYS[:1], EVENT: KEYS[:3], FORM: KEYS[:5], GROUP: KEYS}
# An ItemGroupData, or any data element with Remove (then the keys below its level are 0). `nth`: it is the
# n-th ItemGroupData of its file; `n`: elements that this row was made of.
VISITS: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(KEYS, pl.UInt32),
    "level": pl.UInt8,
    "op": pl.UInt8,
    "file": pl.UInt32,
    "line": pl.UInt32,
    "nth": pl.UInt32,
    "audit": pl.UInt32,
    "n": pl.UInt32,
}
CELLS: dict[str, type[pl.DataType]] = {
    "visit": pl.UInt32,
    "item": pl.UInt32,
    "value": pl.Categorical,
    "audit": pl.UInt32,
    "n": pl.UInt32,  # versions
}
AT_ONCE = 1_000_000  # cells that are sorted together
KEY = col("row").cast(pl.UInt64) * 2**32 + col("item")  # of a cell


@dataclass(frozen=True)
class State:
    """`rows`: VISITS, one a living item group, in document order; `cells`: CELLS, one a row and item, where
    `visit` is the number of the row. A value that was removed or set to null has a cell without value."""

    rows: pl.DataFrame
    cells: pl.DataFrame


def resolve(
    visits: pl.DataFrame, cells: pl.DataFrame, names: list[str], snapshots: set[int], problems: Problems
) -> State:
    """Apply the transactions. `names` of the files by number; `snapshots`: which of them are Snapshots."""
    visits = visits.with_row_index("seq")
    data, removals = visits.filter(col("op") != REMOVE), visits.filter(col("op") == REMOVE)
    if removals.height:
        _tell_idle(data, removals, names, problems)
        data = _left(data, removals)
    context = data.filter(col("op") == CONTEXT)
    if context.height:  # of these, only those with a value that has another TransactionType count
        applied = context.join(cells.select(seq=col("visit")), on="seq", how="semi")
        data = pl.concat([data.filter(col("op") != CONTEXT), applied]).sort("seq")
    data = data.with_columns(first_of(data, KEYS, "seq").alias("first"))
    _tell_order(data, names, snapshots, problems)
    rows = data.drop("seq")
    if not (data["first"] == data["seq"]).all():
        rows = data.group_by("first", maintain_order=True).agg(
            *(col(c).first() for c in VISITS if c not in ("audit", "n")),
            col("audit").drop_nulls().last(),
            col("n").sum(),
        )
    number = rows.select("first", row=pl.int_range(pl.len(), dtype=pl.UInt32))
    row_of = (
        visits.select("seq")
        .join(data.select("seq", "first"), on="seq", how="left", maintain_order="left")
        .join(number, on="first", how="left", maintain_order="left")["row"]
    )
    at = cells["visit"]
    # Column by column: to drop one would copy the rest.
    cells = pl.DataFrame([row_of.gather(at).alias("row"), *(cells[c] for c in CELLS if c != "visit")])
    if row_of.has_nulls():
        living = cells["row"].is_not_null()
        at, cells = at.filter(living), cells.filter(living)
    return State(rows.select(list(VISITS)), _last(cells, at, visits, names, snapshots, problems))


def _left(data: pl.DataFrame, removals: pl.DataFrame) -> pl.DataFrame:
    """The elements that no later Remove takes away."""
    for level, keys in _PREFIX.items():
        gone = removals.filter(col("level") == level).group_by(keys).agg(gone=col("seq").max())
        if gone.height:
            data = data.join(gone, on=keys, how="left", maintain_order="left")
            data = data.filter(col("gone").is_null() | (col("seq") > col("gone"))).drop("gone")
    return data


def _last(
    cells: pl.DataFrame,
    at: pl.Series,
    visits: pl.DataFrame,
    names: list[str],
    snapshots: set[int],
    problems: Problems,
) -> pl.DataFrame:
    """The last value of each item of a row, and how many there were. `at`: the visit of each of `cells`."""
    # A value has rarely more than one version; sorted numbers tell it in a tenth of the memory of a group_by.
    # Some rows at a time, for a key is as wide as a cell.
    parts = 1 + cells.height // AT_ONCE
    twice = pl.concat(_twice(cells.lazy().filter(col("row") % parts == n)) for n in range(parts))
    if twice.len():
        again = cells.select(KEY).to_series().is_in(twice.implode())
        many = cells.filter(again)
        _tell_twice(many, at.filter(again), visits, names, snapshots, problems)
        last = many.group_by("row", "item", maintain_order=True).agg(
            col("value").last(), col("audit").drop_nulls().last(), col("n").sum()
        )
        cells = pl.concat([cells.filter(~again), last.select(cells.columns)])
    return cells.rename({"row": "visit"})


def first_of(frame: pl.DataFrame, keys: list[str], value: str) -> pl.Series:
    """The least `value` (unique, ascending) of the rows with the same `keys` as each row.

    As `min().over(keys)`, which takes many times the memory of the keys; here only what repeats goes there.
    """
    hashes = frame.select(keys).hash_rows()
    ordered = hashes.sort()
    again = ordered.filter(ordered == ordered.shift(1)).unique()
    if again.is_empty():
        return frame[value]
    several = hashes.is_in(again.implode())
    firsts = frame.filter(several).select(value, first=col(value).min().over(keys))
    found = frame.select(value).join(firsts, on=value, how="left", maintain_order="left")
    return found.select(pl.coalesce("first", value)).to_series()


def _twice(cells: pl.LazyFrame) -> pl.Series:
    """The keys that several of `cells` have."""
    ordered = cells.select(KEY).collect().to_series().sort()
    return ordered.filter(ordered == ordered.shift(1)).unique()


def _tell_idle(data: pl.DataFrame, removals: pl.DataFrame, names: list[str], problems: Problems) -> None:
    for level, keys in _PREFIX.items():
        here = removals.filter(col("level") == level)
        if here.is_empty():
            continue
        events = pl.concat([data, here]).sort("seq").with_columns(before=col("op").shift(1).over(keys))
        idle = events.filter(
            col("op") == REMOVE, col("level") == level, col("before").is_null() | (col("before") == REMOVE)
        )
        for file, line in idle.select("file", "line").iter_rows():
            problems.add(
                names[file],
                line,
                LEVELS[level],
                "REMOVE WITHOUT DATA",
                "it removes what is not there: nothing changes; are earlier files of the series missing?",
                severity="warning",
            )


def _tell_order(data: pl.DataFrame, names: list[str], snapshots: set[int], problems: Problems) -> None:
    first = col("seq") == col("first")
    stated = data.filter(~col("file").is_in(list(snapshots)))
    for rows, rule, message in (
        (
            stated.filter(first, col("op") == UPDATE),
            "UPDATE WITHOUT INSERT",
            "it updates an item group that is not there: inserted; are earlier files of the series missing?",
        ),
        (
            stated.filter(~first, col("op") == INSERT),
            "INSERT AGAIN",
            "it inserts an item group that is there already: updated; look for a missing ItemGroupRepeatKey",
        ),
    ):
        for file, line in rows.select("file", "line").iter_rows():
            problems.add(names[file], line, "ItemGroupData", rule, message, severity="warning", kept=True)


def _tell_twice(
    many: pl.DataFrame,
    at: pl.Series,
    visits: pl.DataFrame,
    names: list[str],
    snapshots: set[int],
    problems: Problems,
) -> None:
    """A Snapshot has one value a data point. Where it has several, the others are lost."""
    if not snapshots:
        return
    where = many.with_columns(file=visits["file"].gather(at), line=visits["line"].gather(at))
    said = (
        where.filter(col("file").is_in(list(snapshots)))
        .group_by("row", "item", "file", maintain_order=True)
        .agg(col("line").first(), lost=col("value").n_unique() - 1)
        .filter(col("lost") > 0)
    )
    by_line = said.group_by("file", "line", maintain_order=True).agg(col("lost").sum())
    for file, line, lost in by_line.iter_rows():
        problems.add(
            names[file],
            line,
            "ItemGroupData",
            "REPEATED KEYS",
            f"the Snapshot repeats the keys of this item group with other values: "
            f"{lost} value{'s are' if lost > 1 else ' is'} lost, the last of each counts; give each its "
            "ItemGroupRepeatKey",
            kept=True,
        )
