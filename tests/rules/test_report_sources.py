"""Source cells of findings: the same that `interop trace` finds for each value alone."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from interop.cli import main
from interop.errors import InputError
from interop.pipeline import run
from interop.rules.data import Package, package_of
from interop.rules.read import read_package
from interop.rules.report import Report
from interop.trace import read_origins
from tests.rules.reportsupport import findings, report
from tests.support import ROOT

DEMO = ROOT / "mappings" / "studies" / "demo"
RECORDS = 4  # of each dataset


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "it's out"
    run(DEMO, DEMO / "source").write(folder)
    return folder


@pytest.fixture(scope="module")
def package(out: Path) -> Package:
    folders = sorted({p.parent for p in (out / "m5").rglob("*.xpt")})
    return package_of([d for f in folders for d in read_package(f).datasets])


@pytest.fixture(scope="module")
def made(out: Path, package: Package) -> Report:
    """A finding for every value of some records of all datasets."""
    rows = [
        {"rule": "R-ERROR", "dataset": d.name, "record": record, "variables": [variable]}
        for d in package.datasets
        for record in range(1, min(RECORDS, d.data.height) + 1)
        for variable in d.data.columns
    ]
    return report(package, found=findings(rows), run=out, per_rule=len(rows))


def test_cells_are_those_of_the_trace_of_each_value(out: Path, made: Report) -> None:
    origins = read_origins(out)
    followed = 0
    for finding in made.findings.iter_rows(named=True):
        dataset, variable = finding["dataset"], finding["variables"][0]
        row = origins.dataset(dataset)["_row"][finding["record"] - 1]
        leaves = origins._variable(dataset, row, variable, 0).cells()
        wanted = {(c.place, c.name) for c in leaves if c.how == "source cell"}
        said = [c for c in finding["sources"] if c["variable"] and c["line"] is not None]
        cells = {(f"{c['file']} line {c['line']}", c["column"]) for c in said}
        assert cells <= wanted, (row, variable)
        assert len(wanted) <= len(cells) + finding["sources_left_out"], (row, variable)
        followed += bool(cells)
    assert followed > 200


def test_a_record_without_a_cell_for_its_values_has_its_lines(made: Report) -> None:
    """DOMAIN is assigned: no cell holds it, but the record was made from a line."""
    domain = made.findings.filter(pl.col("variables").list.first() == "DOMAIN", dataset="AE")
    for sources in domain["sources"].to_list():
        assert [(s["variable"], s["file"], s["column"]) for s in sources] == [(None, "AE.csv", None)]


def test_the_command_of_a_finding_runs(made: Report, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = made.findings.filter(pl.col("variables").list.first() == "AETERM").row(0, named=True)
    program, *arguments = shlex.split(chosen["trace"])
    assert program == "interop"
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert not end.value.code
    cell = chosen["sources"][0]
    assert f"{cell['file']} line {cell['line']}  {cell['column']}" in capsys.readouterr().out


def test_only_the_first_findings_of_a_rule_are_followed(out: Path, package: Package) -> None:
    rows = [{"rule": "R-ERROR", "dataset": "AE", "record": n, "variables": ["AETERM"]} for n in (1, 2, 3)]
    found = report(package, found=findings(rows), run=out, per_rule=2).findings
    assert found["sources"].is_null().to_list() == [False, False, True]
    assert found["trace"].is_null().to_list() == [False, False, True]


@pytest.mark.parametrize("change", ["a row less", "another subject"])
def test_data_that_are_not_of_the_run_are_not_followed(out: Path, package: Package, change: str) -> None:
    row: dict[str, Any] = {"rule": "R-ERROR", "dataset": "AE", "record": 1, "variables": ["AETERM"]}
    datasets = list(package.datasets)
    if change == "a row less":
        from dataclasses import replace

        datasets = [replace(d, data=d.data.head(1)) for d in datasets]
    else:
        row["USUBJID"] = "SOMEBODY"
    found = report(package_of(datasets), found=findings([row]), run=out).findings
    assert found.select("sources", "trace").row(0) == (None, None)


def test_a_folder_that_is_no_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no run\.json in it\. Name the OUT folder"):
        report(run=tmp_path)
