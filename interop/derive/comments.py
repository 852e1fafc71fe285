"""Comments: those on records, each with the row that it is on, and those on a subject at large."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from polars import col

from interop.build import Built
from interop.lineage import SRC
from interop.mapping import Datasets
from interop.records import Records
from interop.supp import in_pieces

PARENT = ("parent.STUDYID", "parent.USUBJID", "parent.IDVARVAL")
FIELDS: dict[str, type[pl.DataType] | pl.DataType] = {
    **dict.fromkeys((*PARENT, "RDOMAIN_", "IDVAR_"), pl.String),
    "comment": pl.List(pl.String),
    "date": pl.String,
    SRC: pl.String,
    f"{SRC}:parent": pl.String,
    "_field:parent": pl.String,
}


def comments(records: Records, datasets: Datasets, sources: Mapping[str, str]) -> pl.DataFrame:
    """One row a comment on a record: domain ─▶ record type that has a `comment`.

    `comment` is cut into pieces of at most 200 bytes; `parent.*` name the row of the domain that was made of
    the same record, whose timing is the comment's: `date` is null. A comment on a record without such a row
    is not here: `without_row` has it.
    """
    parts = [_of(records, datasets, domain, record) for domain, record in sources.items()]
    return pl.concat([pl.DataFrame(schema=FIELDS), *parts], how="diagonal")


def general(rows: pl.DataFrame, dm: Built) -> pl.DataFrame:
    """One row a comment of `rows` (records of type comment, of subjects that DM has) on no record: its
    parent is the subject's row, and it has a date of its own."""
    subjects = dm.data.select("STUDYID", "USUBJID", parent=col("_row"))
    found = rows.join(subjects, left_on="usubjid", right_on="USUBJID", how="inner", maintain_order="left")
    return found.select(
        SRC,
        "date",
        comment=in_pieces(found["comment"]),
        **{
            "parent.STUDYID": col("STUDYID"),
            "parent.USUBJID": col("usubjid"),
            f"{SRC}:parent": col("parent"),
        },
    )


def without_row(records: Records, datasets: Datasets, sources: Mapping[str, str]) -> pl.DataFrame:
    """The records whose comment belongs to no row."""
    parts = [
        _commented(records, record).join(datasets[domain].data.select(SRC), on=SRC, how="anti").select(SRC)
        for domain, record in sources.items()
    ]
    return pl.concat([pl.DataFrame(schema={SRC: pl.String}), *parts])


def _of(records: Records, datasets: Datasets, domain: str, record: str) -> pl.DataFrame:
    built = datasets[domain]
    sequence = f"{domain}SEQ"
    rows = built.data.select(
        "STUDYID", "USUBJID", SRC, parent=col("_row"), value=col(sequence).cast(pl.String)
    )
    found = _commented(records, record).join(rows, on=SRC, how="inner", maintain_order="left")
    return found.select(
        SRC,
        comment=in_pieces(found["comment"]),
        RDOMAIN_=pl.lit(domain),
        IDVAR_=pl.lit(sequence),
        **{
            "parent.STUDYID": col("STUDYID"),
            "parent.USUBJID": col("USUBJID"),
            "parent.IDVARVAL": col("value"),
            f"{SRC}:parent": col("parent"),
            "_field:parent": pl.lit(sequence),
        },
    )


def _commented(records: Records, record: str) -> pl.DataFrame:
    return records[record].filter(col("comment").str.strip_chars() != "")
