"""How a page of `mappings/` is registered: a specification and the function that wires its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from interop.build import Built
from interop.records import Records
from interop.spec import Dataset
from interop.study import Study

Datasets = Mapping[str, Built]  # what is built so far, by name


@dataclass(frozen=True, slots=True)
class Domain:
    """An SDTM dataset, made from records and from the domains before it.

    `records` says where an analysis finds the events that the study states over records: record type ─▶ the
    condition, over the dataset's variables, that tells its rows (None: every row is of that record type).
    """

    spec: Dataset
    build: Callable[[Records, Study, Datasets], Built]
    records: Mapping[str, pl.Expr | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Analysis:
    """An ADaM dataset, made from SDTM and from the analysis datasets before it (never from records)."""

    spec: Dataset
    build: Callable[[Study, Datasets], Built]
