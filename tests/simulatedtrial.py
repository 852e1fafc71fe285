"""The reference trial, simulated once for all tests that look at a whole run of it."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import polars as pl

from interop.pipeline import Run, run
from interop.simulate import simulate
from interop.studyfile import load_study

SUBJECTS, SEED = 80, 20261122


@cache
def simulated(defects: bool = True) -> tuple[Run, pl.DataFrame]:
    """The run of the simulated forms up to ADaM, and the truth: a row a subject."""
    with tempfile.TemporaryDirectory() as folder:
        made = simulate(
            load_study("glofit-cart"),
            subjects=SUBJECTS,
            seed=SEED,
            formats=("csv",),
            out=Path(folder) / "export",
            defects=defects,
        )
        assert made.csv is not None
        return run("glofit-cart", made.csv, stages=("adam",)), made.truth
