"""The reference trial, simulated once for all tests that look at a whole run of it."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import polars as pl

from interop.pipeline import Run, run
from interop.simulate import simulate
from interop.simulate.catalogue import CATALOGUE
from interop.study import Study
from interop.studyfile import load_study

SUBJECTS, SEED = 80, 20261122
COMMON = ("AE", "LB", "VS", "CM")
"""Forms of many rows: a few of a hundred suffice to have each of their defects."""


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


def untidy(study: Study, folder: Path) -> Study:
    """The study, copied to `folder`, with defects so frequent that few subjects have them all."""
    for path in study.folder.glob("*.yaml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    rates = "".join(f"\n  {d.name}: {max(d.rate, 0.05 if d.form in COMMON else 0.25)}" for d in CATALOGUE)
    file = folder / "simulation.yaml"
    text = file.read_text(encoding="utf-8")
    assert "defects: {}" in text
    file.write_text(text.replace("defects: {}", f"defects:{rates}"), encoding="utf-8")
    return load_study(folder)
