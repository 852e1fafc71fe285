"""The same study as CSV, as an ODM snapshot and as ODM transactions: the same targets, value by value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars import col
from polars.testing import assert_frame_equal

from interop.pipeline import Run, run
from tests.trial.conftest import Export

ODM = ("odm", "transactions")


def places(name: str) -> pl.Expr:
    """Places of source rows, whatever the file that has them: `study.xml/EX#7` and `EX.csv#7` are `EX`."""
    return col(name).str.replace(r"^study\.xml/", "").str.replace(r"(\.csv)?(#\d+)?(:[^:]+)?$", "")


EXPORTS = [
    *[("untidy", name) for name in ODM],
    pytest.param(("large", "odm"), marks=pytest.mark.oracle),
]


@pytest.fixture(scope="module", params=EXPORTS, ids=lambda p: " ".join(p))
def both(request: pytest.FixtureRequest) -> tuple[Run, Run]:
    """The same export, run from CSV and from ODM."""
    export: Export = request.getfixturevalue(request.param[0])
    path: Path | None = getattr(export.made, request.param[1])
    assert path is not None
    return export.run, run(export.run.study, path.parent)


@pytest.fixture
def csv(both: tuple[Run, Run]) -> Run:
    return both[0]


@pytest.fixture
def odm(both: tuple[Run, Run]) -> Run:
    return both[1]


def test_every_sdtm_and_adam_value_is_the_same(csv: Run, odm: Run) -> None:
    assert list(odm.built) == list(csv.built)
    assert sum(b.data.height for b in odm.built.values()) > 10_000
    for name, built in csv.built.items():
        assert_frame_equal(odm.built[name].table, built.table)


def test_every_fhir_resource_is_the_same(csv: Run, odm: Run) -> None:
    assert odm.fhir.resources.keys() == csv.fhir.resources.keys()
    for kind, items in csv.fhir.resources.items():
        assert without_source(odm.fhir.resources[kind]) == without_source(items)


def without_source(resources: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found = {
        r["id"]: {**r, "meta": {k: v for k, v in r.get("meta", {}).items() if k != "source"}}
        for r in resources
    }
    assert len(found) == len(resources)
    return found


def test_the_same_is_said_but_for_the_encoding_of_a_file_and_the_history_of_values(
    csv: Run, odm: Run
) -> None:
    def said(done: Run) -> pl.DataFrame:
        return done.all_issues.with_columns(places("source")).sort(pl.all())

    of_csv, of_odm = said(csv), said(odm)
    assert of_csv.filter(rule="ENCODING").height == 1
    history = of_odm.filter(rule="CHANGED VALUE")
    assert history.is_empty() == ("odm-transactional" not in str(odm.records.files[0].path))
    rest = of_odm.filter(col("rule") != "CHANGED VALUE")
    assert_frame_equal(rest, of_csv.filter(col("rule") != "ENCODING"))


def test_every_record_is_the_same(csv: Run, odm: Run) -> None:
    """Before the targets: whatever no target shows is read alike too."""
    assert odm.records.tables.keys() == csv.records.tables.keys()
    for name, ours in csv.records.tables.items():
        theirs = odm.records.tables[name].select(ours.columns)
        assert_frame_equal(theirs.drop("_src"), ours.drop("_src"), check_row_order=False)
