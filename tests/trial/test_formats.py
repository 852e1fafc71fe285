"""The same study as CSV, as an ODM snapshot and as ODM transactions: the same targets, value by value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars import col
from polars.testing import assert_frame_equal

from interop.pipeline import Run, run
from interop.study import Study
from tests.trial.conftest import Export

ODM = ("odm", "transactions")


def places(name: str) -> pl.Expr:
    """Places of source rows, whatever the file that has them: `study.xml/EX#7` and `EX.csv#7` are `EX`."""
    return col(name).str.replace(r"^study\.xml/", "").str.replace(r"(\.csv)?(#\d+)?(:[^:]+)?$", "")


@pytest.fixture(scope="module", params=ODM)
def odm(request: pytest.FixtureRequest, untidy: Export, untidy_study: Study) -> Run:
    path: Path | None = getattr(untidy.made, request.param)
    assert path is not None
    return run(untidy_study, path.parent)


def test_every_sdtm_and_adam_value_is_the_same(odm: Run, untidy: Export) -> None:
    assert list(odm.built) == list(untidy.run.built)
    assert sum(b.data.height for b in odm.built.values()) > 10_000
    for name, built in untidy.run.built.items():
        assert_frame_equal(odm.built[name].table, built.table)


def test_every_fhir_resource_is_the_same(odm: Run, untidy: Export) -> None:
    assert odm.fhir.resources.keys() == untidy.run.fhir.resources.keys()
    for kind, items in untidy.run.fhir.resources.items():
        assert without_source(odm.fhir.resources[kind]) == without_source(items)


def without_source(resources: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found = {
        r["id"]: {**r, "meta": {k: v for k, v in r.get("meta", {}).items() if k != "source"}}
        for r in resources
    }
    assert len(found) == len(resources)
    return found


def test_the_same_is_said_but_for_the_encoding_of_a_file_and_the_history_of_values(
    odm: Run, untidy: Export
) -> None:
    def said(done: Run) -> pl.DataFrame:
        return done.all_issues.with_columns(places("source")).sort(pl.all())

    of_csv, of_odm = said(untidy.run), said(odm)
    assert of_csv.filter(rule="ENCODING").height == 1
    history = of_odm.filter(rule="CHANGED VALUE")
    assert history.is_empty() == ("odm-transactional" not in str(odm.records.files[0].path))
    rest = of_odm.filter(col("rule") != "CHANGED VALUE")
    assert_frame_equal(rest, of_csv.filter(col("rule") != "ENCODING"))


def test_every_record_is_the_same(odm: Run, untidy: Export) -> None:
    """Before the targets: whatever no target shows is read alike too."""
    assert odm.records.tables.keys() == untidy.run.records.tables.keys()
    for name, ours in untidy.run.records.tables.items():
        theirs = odm.records.tables[name].select(ours.columns)
        assert_frame_equal(theirs.drop("_src"), ours.drop("_src"), check_row_order=False)
