"""Parquet: columns with their types; the dataset's metadata rides along in the file's schema metadata."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import polars as pl

from interop.errors import InputError
from interop.package.datasetjson import described, metadata
from interop.package.table import Table, conform, table_of

# Key of the file metadata; its value is what Dataset-JSON 1.1 says of a dataset without its rows.
KEY = "dataset-json"


def write_parquet(table: Table, path: Path, *, created: datetime) -> None:
    about = json.dumps(metadata(table, created), ensure_ascii=False)
    table.data.write_parquet(path, metadata={KEY: about})


def read_parquet(path: Path) -> Table:
    """Read any Parquet file; one of ours keeps labels, lengths, formats and dataset metadata."""
    try:
        data = pl.read_parquet(path)
        about = pl.read_parquet_metadata(path).get(KEY)
    except pl.exceptions.PolarsError as error:
        raise InputError(f"the Parquet file cannot be read: {error}", file=path) from None
    if about is None:
        return table_of(data, path.stem.upper())
    try:
        return described(path, json.loads(about), lambda columns: conform(data, columns), data.height)
    except (ValueError, pl.exceptions.PolarsError):
        raise InputError("the data do not fit the metadata in the file", file=path) from None
