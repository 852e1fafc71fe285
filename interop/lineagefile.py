"""The row lineage of a run as a file, written while it is made: held, it is the largest table of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from interop.lineage import ROWS

GROUP = 250_000  # rows of a row group: as many are held before they are written


@contextmanager
def rows_file(path: Path) -> Iterator[Callable[[pl.DataFrame], None]]:
    """A Parquet file of `lineage.ROWS` under `path`: what the block gives to the function, in that order."""
    import pyarrow.parquet as parquet  # only who writes needs it

    oldest = pl.CompatLevel.oldest()  # text that every reader of Parquet knows
    schema = pl.DataFrame(schema=ROWS).to_arrow(compat_level=oldest).schema
    held: list[pl.DataFrame] = []
    with parquet.ParquetWriter(path, schema, compression="zstd") as file:

        def flush() -> None:
            rows = pl.concat(held)
            held.clear()
            file.write_table(rows.to_arrow(compat_level=oldest), row_group_size=GROUP)

        def write(rows: pl.DataFrame) -> None:
            held.append(rows)
            if sum(part.height for part in held) >= GROUP:
                flush()

        yield write
        if held:
            flush()
