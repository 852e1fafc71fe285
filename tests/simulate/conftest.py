"""One export, read once, for the tests that look at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from interop.simulate.run import Simulated, simulate
from interop.simulate.settings import Settings, load_settings
from interop.study import Study
from interop.studyfile import load_study

SUBJECTS, SEED = 120, 11


@pytest.fixture(scope="session")
def study() -> Study:
    return load_study("glofit-cart")


@pytest.fixture(scope="session")
def settings(study: Study) -> Settings:
    return load_settings(study)


@pytest.fixture(scope="session")
def clean(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    out = tmp_path_factory.mktemp("clean")
    return simulate(study, subjects=40, seed=SEED, formats=("csv", "odm"), out=out, defects=False)


@pytest.fixture(scope="session")
def untidy(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    out: Path = tmp_path_factory.mktemp("untidy")
    formats = ("csv", "odm", "odm-transactional")
    return simulate(study, subjects=SUBJECTS, seed=SEED, formats=formats, out=out)
