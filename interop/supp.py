"""SUPP--: what a source has and a domain has not, and what of a long text does not fit 200 bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl
from polars import col

from interop import issues
from interop.lineage import SRC

if TYPE_CHECKING:
    from interop.build import Built
    from interop.spec import Dataset

LIMIT = 200  # bytes in a character variable of XPT v5
PREFIX = "supp."


@dataclass(frozen=True, slots=True)
class Qualifier:
    """A non-standard variable: QNAM (8), QLABEL (40), QORIG, QEVAL; `field` is the record field that a page
    makes it of, where it is not a qualifier of the source mapping."""

    qnam: str
    qlabel: str
    qorig: str = "Collected"
    qeval: str | None = None
    field: str | None = None


def split_long_text(spec: Dataset, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Keep the first 200 bytes of a text in its variable, the rest in `supp.` columns (SDTMIG 3.4, 4.5.3)."""
    said = []
    for var in spec.vars:
        if var.kind != "text" or var.name not in frame.columns:
            continue
        long = frame.filter(col(var.name).str.len_bytes() > LIMIT)
        if long.is_empty():
            continue
        said.append(
            issues.issues(
                long,
                severity="info",
                target=spec.name,
                variable=var.name,
                rule="LONG TEXT",
                value=col(var.name).str.len_bytes(),
                message=f"text over {LIMIT} bytes: its first part is here, the rest in SUPP{spec.name}",
            )
        )
        pieces = {t: pieces_of(t) for t in long[var.name].unique()}
        for n in range(1, max(map(len, pieces.values()))):
            part = {t: p[n] for t, p in pieces.items() if n < len(p)}
            name = PREFIX + overflow(var.name, n)
            value = col(var.name).replace_strict(part, default=None, return_dtype=pl.String)
            frame = frame.with_columns(value.alias(name))
        frame = frame.with_columns(col(var.name).replace({t: p[0] for t, p in pieces.items()}))
    return frame, issues.concat(said)


def overflow(variable: str, n: int) -> str:
    """QNAM of the n-th continuation of a variable: AETERM1."""
    return f"{variable[: 8 - len(str(n))]}{n}"


def supplemental(built: Built, qualifiers: Iterable[Qualifier]) -> pl.DataFrame:
    """Source rows of SUPP-- for `built`: one a `supp.` value.

    Columns: `parent.STUDYID`, `parent.USUBJID`, `parent.IDVARVAL` of the parent row; `RDOMAIN_`, `IDVAR_`,
    `QNAM_`, `QLABEL_`, `QORIG_`, `QEVAL_` of the qualifier; `qualifier.QVAL`. `_src` and `_src:parent` name
    the parent row, `_src:qualifier` the source row that has the value.
    """
    known = {q.qnam: q for q in qualifiers}
    for var in built.spec.vars:  # continuations describe themselves
        for n in range(1, 10):
            name = overflow(var.name, n)
            known.setdefault(name, Qualifier(name, f"{var.label[:37]} {n}"))
    present = [c for c in built.data.columns if c.startswith(PREFIX)]
    sequence = next((v for v in built.spec.row_id if v.endswith("SEQ")), None)
    parts = [
        built.data.filter(col(c).is_not_null()).select(
            col("_row").alias(SRC),
            col("_row").alias(f"{SRC}:parent"),
            col(SRC).alias(f"{SRC}:qualifier"),
            pl.lit(known[c.removeprefix(PREFIX)].field or c).alias("_field:qualifier"),
            col("STUDYID").alias("parent.STUDYID"),
            col("USUBJID").alias("parent.USUBJID"),
            (col(sequence).cast(pl.String) if sequence else pl.lit(None, pl.String)).alias("parent.IDVARVAL"),
            pl.lit(sequence, pl.String).alias("_field:parent"),
            pl.lit(built.spec.name).alias("RDOMAIN_"),
            pl.lit(sequence, pl.String).alias("IDVAR_"),
            col(c).alias("qualifier.QVAL"),
            *_described(known[c.removeprefix(PREFIX)]),
        )
        for c in present
    ]
    return pl.concat([pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String)), *parts])


COLUMNS = (
    SRC,
    f"{SRC}:parent",
    f"{SRC}:qualifier",
    "_field:qualifier",
    "parent.STUDYID",
    "parent.USUBJID",
    "parent.IDVARVAL",
    "_field:parent",
    "RDOMAIN_",
    "IDVAR_",
    "qualifier.QVAL",
    "QNAM_",
    "QLABEL_",
    "QORIG_",
    "QEVAL_",
)


def _described(qualifier: Qualifier) -> list[pl.Expr]:
    return [
        pl.lit(qualifier.qnam).alias("QNAM_"),
        pl.lit(qualifier.qlabel).alias("QLABEL_"),
        pl.lit(qualifier.qorig).alias("QORIG_"),
        pl.lit(qualifier.qeval, pl.String).alias("QEVAL_"),
    ]


def in_pieces(texts: pl.Series) -> pl.Series:
    """The `pieces_of` each text."""
    return texts.map_elements(pieces_of, return_dtype=pl.List(pl.String))


def pieces_of(text: str) -> list[str]:
    """Cut at the last blank within 200 bytes, else between characters; nothing is dropped but that blank."""
    pieces = []
    while len(text.encode()) > LIMIT:
        head = text.encode()[:LIMIT].decode(errors="ignore")
        cut = head.rfind(" ")
        if cut > 0:
            head = head[:cut]
            pieces.append(head)
            text = text[cut + 1 :]
        else:
            pieces.append(head)
            text = text[len(head) :]
    return [*pieces, text]
