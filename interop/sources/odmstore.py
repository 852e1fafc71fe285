"""What the ClinicalData of ODM files say, in columns: item group elements (`visits`) and their values
(`cells`).

Nothing here stays a Python object a cell: short lists become Polars frames again and again, and as soon as
there is twice as much as the data need, transactions are applied (`odmstate.resolve`) and only their result
is kept. Memory is bounded by the data, not by the length of the files; a value that repeats stands once."""

from __future__ import annotations

from typing import Any

import polars as pl
from polars import col

from interop.sources.odmissues import Problems
from interop.sources.odmstate import CELLS, EXISTS, GROUP, VISITS, State, resolve

FLUSH = 100_000  # cells, elements or AuditRecords in Python lists before they become a frame
COMPACT = 500_000  # cells and elements beyond twice the last result before transactions are applied
AUDITS: dict[str, type[pl.DataType]] = {
    "audit": pl.UInt32,
    "stamp": pl.Categorical,
    "reason": pl.UInt32,
    "user": pl.UInt32,
}


class Codes:
    """Texts that repeat (keys, OIDs, reasons) as numbers. 0 stands for no text."""

    def __init__(self) -> None:
        self.texts: list[str | None] = [None]
        self.known: dict[str | None, int] = {None: 0}

    def __call__(self, text: str | None) -> int:
        code = self.known.get(text)
        if code is None:
            code = self.known[text] = len(self.texts)
            self.texts.append(text)
        return code

    def of(self, codes: pl.Series) -> pl.Series:
        """The texts of a column of codes."""
        return pl.Series(self.texts, dtype=pl.Categorical).gather(codes).alias(codes.name)


class Store:
    """The columns. The reader appends to the lists itself, since a call for each cell would cost a third
    more.

    `names` of the files by number; `snapshots`: which of them are Snapshots. Both grow as files are read.
    """

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.names: list[str] = []
        self.snapshots: set[int] = set()
        self.keys, self.items = Codes(), Codes()
        self.units: dict[int, int] = {}  # code of an item ─▶ code of the column with its unit
        self.sites: dict[int, str] = {}  # code of a subject ─▶ LocationOID
        self.visits: list[tuple[int | None, ...]] = []
        self.audits: list[tuple[int, str | None, int, int]] = []
        self.cell_visit: list[int] = []
        self.cell_item: list[int] = []
        self.cell_value: list[str | None] = []
        self.cell_audit: list[int | None] = []
        self._visits = [pl.DataFrame(schema=VISITS)]
        self._cells = [pl.DataFrame(schema=CELLS)]
        self._audits = [pl.DataFrame(schema=AUDITS)]
        self._numbered = 0
        self._base = self._held = self._settled = 0  # visits and cells in frames; both, of the last result

    def visit(self, *values: int | None) -> int:
        """Note an element (VISITS without `n`); its number, which is good until the next `flush`."""
        self.visits.append(values)
        return self._base + len(self.visits) - 1

    def audited(self, audit: int) -> None:
        """The AuditRecord of the element noted last."""
        self.visits[-1] = (*self.visits[-1][:-1], audit)

    def next_audit(self) -> int:
        """A number for an AuditRecord."""
        self._numbered += 1
        return self._numbered

    def flush(self) -> None:
        """Turn the lists into frames if they are long, and apply transactions if the frames are. To be called
        between item groups."""
        if max(len(self.cell_item), len(self.visits), len(self.audits)) >= FLUSH:
            self._to_frames()
            if self._held + self._base > 2 * self._settled + COMPACT:
                self._compact()

    def _to_frames(self) -> None:
        one = pl.lit(1, dtype=pl.UInt32)
        cells: tuple[list[Any], ...] = (self.cell_visit, self.cell_item, self.cell_value, self.cell_audit)
        cell_schema = [(c, kind) for c, kind in CELLS.items() if c != "n"]
        visit_schema = {c: kind for c, kind in VISITS.items() if c != "n"}
        self._visits.append(pl.DataFrame(self.visits, schema=visit_schema, orient="row").with_columns(n=one))
        columns = [pl.Series(c, v, dtype=kind) for (c, kind), v in zip(cell_schema, cells, strict=True)]
        self._cells.append(pl.DataFrame(columns).with_columns(n=one))
        self._audits.append(pl.DataFrame(self.audits, schema=AUDITS, orient="row"))
        self._base += len(self.visits)
        self._held += len(self.cell_item)
        self.visits.clear()
        self.audits.clear()
        for column in cells:
            column.clear()

    def resolved(self) -> State:
        """The transactions applied, and their issues told. The store is empty afterwards."""
        self._to_frames()
        visits, cells = pl.concat(self._visits), pl.concat(self._cells)
        self._visits, self._cells = [], []
        return resolve(visits, cells, self.names, self.snapshots, self.problems)

    def audit_records(self) -> pl.DataFrame:
        """AUDITS, reason and user as text (`user` is a UserOID)."""
        audits = pl.concat(self._audits)
        return audits.with_columns(self.keys.of(audits[c]) for c in ("reason", "user"))

    def _compact(self) -> None:
        state = self.resolved()
        rows = state.rows.with_columns(
            level=pl.lit(GROUP, dtype=VISITS["level"]), op=pl.lit(EXISTS, dtype=VISITS["op"])
        )
        self._visits, self._cells = [rows], [state.cells]
        self._base, self._held = rows.height, state.cells.height
        self._settled = self._base + self._held
        used = pl.concat([rows["audit"], state.cells["audit"]]).drop_nulls().unique()
        self._audits = [pl.concat(self._audits).filter(col("audit").is_in(used.implode()))]
