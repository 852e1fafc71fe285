"""Comments of records, each with the row of the dataset that it is a comment on."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from polars import col

from interop.lineage import SRC
from interop.mapping import Datasets
from interop.records import Records
from interop.supp import pieces_of

FIELDS: dict[str, type[pl.DataType] | pl.DataType] = {
    **dict.fromkeys(("parent.STUDYID", "parent.USUBJID", "parent.IDVARVAL", "RDOMAIN_", "IDVAR_"), pl.String),
    "comment": pl.List(pl.String),
    "date": pl.String,
    SRC: pl.String,
    f"{SRC}:parent": pl.String,
    "_field:parent": pl.String,
}


def comments(records: Records, datasets: Datasets, sources: Mapping[str, tuple[str, str]]) -> pl.DataFrame:
    """One row a comment: domain ─▶ record type that has a `comment`, and the record's date that dates it.

    `comment` is cut into pieces of at most 200 bytes; `parent.*` name the row of the domain that was made of
    the same record. A comment on a record without such a row is not here: `without_row` has it.
    """
    parts = [_of(records, datasets, domain, *source) for domain, source in sources.items()]
    return pl.concat([pl.DataFrame(schema=FIELDS), *parts], how="diagonal")


def without_row(records: Records, datasets: Datasets, sources: Mapping[str, tuple[str, str]]) -> pl.DataFrame:
    """The records whose comment belongs to no row."""
    parts = [
        _commented(records, record).join(datasets[domain].data.select(SRC), on=SRC, how="anti").select(SRC)
        for domain, (record, _) in sources.items()
    ]
    return pl.concat([pl.DataFrame(schema={SRC: pl.String}), *parts])


def _of(records: Records, datasets: Datasets, domain: str, record: str, date: str) -> pl.DataFrame:
    built = datasets[domain]
    sequence = f"{domain}SEQ"
    rows = built.data.select(
        "STUDYID", "USUBJID", SRC, parent=col("_row"), value=col(sequence).cast(pl.String)
    )
    found = _commented(records, record).join(rows, on=SRC, how="inner", maintain_order="left")
    pieces = found["comment"].map_elements(pieces_of, return_dtype=pl.List(pl.String))
    return found.select(
        SRC,
        comment=pieces,
        date=col(date),
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
