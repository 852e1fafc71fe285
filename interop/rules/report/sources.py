"""Source cells of findings, where the datasets are of a run of ours: `interop trace` for many values at once.

What `interop.trace` does for one value by walking a tree is done here level by level, all values together, as
joins over the lineage that a run leaves behind. Cells are named by file, line and column; what stands in them
is not read, for a source holds more than a report may show.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl
from polars import col

from interop.errors import InputError
from interop.lineage import reference
from interop.outputfiles import RUN
from interop.rules.data import Package
from interop.trace import DEPTH

LISTED = 12
"""Source cells listed of a finding; a value may be made of a thousand."""

SOURCE = pl.Struct({"variable": pl.String, "file": pl.String, "line": pl.Int64, "column": pl.String})
_LISTED = ("finding", "place", "variable", "file", "line", "column")
_PLACE = r"^(.*)#(\d+)(?::(.+))?$"  # as lineage.parse
_UNQUOTED = r"^[A-Za-z0-9_.,=:/+-]*$"  # what no shell interprets


def with_sources(findings: pl.DataFrame, package: Package, run: Path | None) -> pl.DataFrame:
    """`findings` with `sources`, `sources_left_out` and `trace` (see `Report`); null where unknown."""
    found = _followed(findings, package, _Output.read(run)) if run is not None else None
    if found is None:
        return findings.with_columns(
            pl.lit(None, dtype=pl.List(SOURCE)).alias("sources"),
            pl.lit(None, dtype=pl.UInt32).alias("sources_left_out"),
            pl.lit(None, dtype=pl.String).alias("trace"),
        )
    return findings.join(found, on="finding", how="left", maintain_order="left")


def _followed(findings: pl.DataFrame, package: Package, out: _Output) -> pl.DataFrame | None:
    """finding, sources, sources_left_out, trace of the findings shown that are about a record of the run."""
    shown = findings.filter(col("shown"), col("record").is_not_null())
    names = [n for n in shown["dataset"].unique(maintain_order=True) if n in out.datasets]
    judged = {d.name: d.data.height for d in package.datasets}
    places = [p for n in names if (p := out.places(n)).height == judged.get(n)]
    if not places:
        return None
    # A record is followed only if it is the run's: same number of records, same subject.
    of_run = (
        shown.select("finding", "dataset", "record", "USUBJID", col("variables").alias("variable"))
        .join(pl.concat(places), on=["dataset", "record"])
        .filter(col("USUBJID").is_null() | col("subject").is_null() | (col("USUBJID") == col("subject")))
    )
    values = (
        of_run.explode("variable")
        .with_columns(pl.int_range(pl.len()).over("finding").alias("place"))
        .join(out.columns(names), on=["dataset", "variable"], how="semi", maintain_order="left")
    )
    cells = values.select("dataset", "row", "variable").unique(maintain_order=True).with_row_index("cell")
    leaves = out.leaves(cells)
    of_values = values.join(cells, on=["dataset", "row", "variable"]).join(leaves, on="cell")
    # Where no value has a cell (all are assigned, or empty), the lines that the record is made from.
    bare = of_run.drop("variable").join(of_values, on="finding", how="anti").join(out.lines(of_run), on="row")
    listed = (
        pl.concat([of_values.select(_LISTED), bare.select(_LISTED)])
        .sort("finding", "place", "file", "line", "column")
        .unique(["finding", "variable", "file", "line", "column"], maintain_order=True)
        .group_by("finding", maintain_order=True)
        .agg(
            pl.struct("variable", "file", "line", "column").head(LISTED).alias("sources"),
            (pl.len().cast(pl.Int64) - LISTED).clip(lower_bound=0).cast(pl.UInt32).alias("sources_left_out"),
        )
    )
    commands = values.group_by("finding", maintain_order=True).first().select("finding", out.command())
    return (
        of_run.select("finding")
        .join(listed, on="finding", how="left")
        .join(commands, on="finding", how="left")
        .with_columns(
            col("sources").fill_null(pl.lit([], dtype=pl.List(SOURCE))), col("sources_left_out").fill_null(0)
        )
    )


@dataclass(frozen=True)
class _Output:
    """What an OUT folder knows of where its values come from."""

    folder: Path
    datasets: dict[str, dict[str, Any]]
    reads: pl.DataFrame
    fields: pl.DataFrame
    variables: pl.DataFrame

    @classmethod
    def read(cls, folder: Path) -> _Output:
        lineage = folder / "lineage"
        try:
            about = json.loads((folder / RUN).read_text(encoding="utf-8"))
            tables = [pl.read_parquet(lineage / f"{n}.parquet") for n in ("reads", "fields", "variables")]
        except FileNotFoundError as error:
            raise InputError(
                f"there is no {Path(str(error.filename or 'lineage')).name} in it",
                file=folder,
                mend="Name the OUT folder of `interop run`, or leave it out.",
            ) from None
        return cls(folder, {d["name"]: d for d in about["datasets"]}, *tables)

    @cached_property
    def _tables(self) -> dict[str, pl.DataFrame]:
        return {}

    def _table(self, name: str) -> pl.DataFrame:
        from interop.package.xpt import read_xpt

        if name not in self._tables:
            self._tables[name] = read_xpt(self.folder / self.datasets[name]["path"]).data
        return self._tables[name]

    def places(self, name: str) -> pl.DataFrame:
        """dataset, record, row (reference), subject, key (as `interop trace --key` takes it) of each row."""
        data, row_id = self._table(name), self.datasets[name]["row_id"]
        parts = [pl.concat_str(pl.lit(f"{k}="), col(k).cast(pl.String)) for k in row_id]
        subject = col("USUBJID") if "USUBJID" in data.columns else pl.lit(None, dtype=pl.String)
        return data.select(
            pl.lit(name).alias("dataset"),
            pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias("record"),
            reference(name, row_id).alias("row"),
            subject.alias("subject"),
            pl.concat_str(parts, separator=",").alias("key"),
        )

    def columns(self, names: Iterable[str]) -> pl.DataFrame:
        pairs = [(n, c) for n in names for c in self._table(n).columns]
        return pl.DataFrame(pairs, schema={"dataset": pl.String, "variable": pl.String}, orient="row")

    def command(self) -> pl.Expr:
        """The command that follows `variable` of the row with `key`; null where part of the key is empty."""
        quoted = pl.concat_str(
            pl.lit("'"), col("key").str.replace_all("'", "'\"'\"'", literal=True), pl.lit("'")
        )
        return pl.concat_str(
            pl.lit(f"interop trace {shlex.quote(str(self.folder))} --dataset "),
            "dataset",
            pl.lit(" --key "),
            pl.when(col("key").str.contains(_UNQUOTED)).then("key").otherwise(quoted),
            pl.lit(" --variable "),
            "variable",
        ).alias("trace")

    def _rows(self, frontier: pl.DataFrame) -> pl.DataFrame:
        """Lineage of the rows of `frontier`: row, via, src, field. The file is large: only these are held."""
        wanted = frontier.select("row").unique().lazy()
        rows = pl.scan_parquet(self.folder / "lineage" / "rows.parquet")
        return (
            rows.filter(col("dataset").is_in(list(self.datasets)))
            .select("row", "via", "src", "field")
            .join(wanted, on="row", how="semi")
            .collect()
        )

    def leaves(self, cells: pl.DataFrame) -> pl.DataFrame:
        """cell, file, line, column: the source cells of each of `cells` (cell, dataset, row, variable), and
        the facts of the study definition, which have no line."""
        names = ("cell", "dataset", "row", "variable")
        frontier, seen = cells.select(names), cells.select(names)
        known = self.variables.select("dataset", col("variable").alias("column"))
        found = []
        for _ in range(DEPTH):
            if frontier.is_empty():
                break
            reads = frontier.join(self.reads, on=["dataset", "variable"])
            own = reads.join(known, on=["dataset", "column"], how="semi")
            read = self._sources(reads.join(known, on=["dataset", "column"], how="anti"))
            onward = col("src").str.contains("|", literal=True)
            found.append(self._cells(read.filter(~onward)))
            above = read.filter(onward).select(
                "cell",
                col("src").str.extract(r"^([^|]*)").alias("dataset"),
                col("src").alias("row"),
                col("name").alias("variable"),
            )
            below = own.select("cell", "dataset", "row", col("column").alias("variable"))
            frontier = pl.concat([below, above]).unique().join(seen, on=names, how="anti")
            seen = pl.concat([seen, frontier])
        return pl.concat([pl.DataFrame(schema=_LEAF), *found]).unique()

    def lines(self, rows: pl.DataFrame) -> pl.DataFrame:
        """row, place, variable, file, line, column: the source lines that `rows` are made from themselves."""
        own = self._rows(rows).filter(col("via") == "", col("src").str.contains(_PLACE))
        return own.select(
            "row",
            pl.lit(0, dtype=pl.Int64).alias("place"),
            pl.lit(None, dtype=pl.String).alias("variable"),
            col("src").str.extract(_PLACE, 1).alias("file"),
            col("src").str.extract(_PLACE, 2).cast(pl.Int64).alias("line"),
            pl.lit(None, dtype=pl.String).alias("column"),
        )

    def _sources(self, read: pl.DataFrame) -> pl.DataFrame:
        """cell, src, name: the rows that the columns (`P.F`) were joined from, and what they are there."""
        return (
            read.select(
                "cell",
                "row",
                col("column").str.extract(r"^(.*)\.[^.]*$").fill_null("").alias("via"),
                col("column").str.extract(r"([^.]*)$").alias("name"),
            )
            .join(self._rows(read), on=["row", "via"])
            .select("cell", "src", pl.coalesce("field", "name").alias("name"))
            .unique()
        )

    def _cells(self, read: pl.DataFrame) -> pl.DataFrame:
        """Cells of source files by the mapping's fields; a field that is a constant there has no cell."""
        fact = ~col("src").str.contains(_PLACE)
        study = read.filter(fact).select(
            "cell",
            col("src").alias("file"),
            pl.lit(None, dtype=pl.Int64).alias("line"),
            col("name").alias("column"),
        )
        in_files = (
            read.filter(~fact)
            .with_columns(
                col("src").str.extract(_PLACE, 1).alias("file"),
                col("src").str.extract(_PLACE, 2).cast(pl.Int64).alias("line"),
                col("src").str.extract(_PLACE, 3).fill_null("").alias("block"),
            )
            .join(
                self.fields.select("file", col("block").fill_null(""), col("field").alias("name"), "column"),
                on=["file", "block", "name"],
            )
            .filter(col("column") != "")
        )
        return pl.concat([study, in_files.select("cell", "file", "line", "column")]).cast(_LEAF)  # type: ignore[arg-type]


_LEAF = {"cell": pl.UInt32, "file": pl.String, "line": pl.Int64, "column": pl.String}
