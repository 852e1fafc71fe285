"""Exports of the simulated trial and what the pipeline makes of them: each made once, for all tests here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from polars import col

from interop.pipeline import Run, run
from interop.simulate.run import FORMATS, Simulated, simulate
from interop.study import Study
from interop.studyfile import load_study
from tests.simulatedtrial import untidy as untidy_copy

SUBJECTS, SEED = 40, 5
Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Export:
    """An export and its run from CSV."""

    made: Simulated
    run: Run

    @property
    def csv(self) -> Path:
        assert self.made.csv is not None
        return self.made.csv


@pytest.fixture(scope="session")
def study() -> Study:
    return load_study("glofit-cart")


@pytest.fixture(scope="session")
def untidy_study(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The study with defects so frequent that few subjects have them all."""
    return untidy_copy(study, tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="session")
def clean(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Export:
    out = tmp_path_factory.mktemp("clean")
    made = simulate(study, subjects=SUBJECTS, seed=SEED, formats=("csv",), out=out, defects=False)
    return Export(made, run(study, out / "csv"))


@pytest.fixture(scope="session")
def untidy(untidy_study: Study, tmp_path_factory: pytest.TempPathFactory) -> Export:
    """Every defect of the catalogue, in every format."""
    out = tmp_path_factory.mktemp("untidy")
    made = simulate(untidy_study, subjects=SUBJECTS, seed=SEED, formats=FORMATS, out=out)
    return Export(made, run(untidy_study, out / "csv"))


@pytest.fixture(scope="session")
def large(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Export:
    """More subjects, with defects as frequent as the study has them."""
    out = tmp_path_factory.mktemp("large")
    made = simulate(study, subjects=200, seed=SEED, formats=("csv", "odm"), out=out)
    return Export(made, run(study, out / "csv"))


@pytest.fixture(scope="module", params=["clean", "untidy", pytest.param("large", marks=pytest.mark.oracle)])
def export(request: pytest.FixtureRequest) -> Export:
    found: Export = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def t(export: Export) -> Tables:
    return {n: b.table for n, b in export.run.built.items()}


def same(frame: pl.DataFrame, one: str, other: str) -> None:
    differ = frame.filter(col(one).ne_missing(col(other))).select("USUBJID", one, other)
    assert differ.is_empty(), differ
