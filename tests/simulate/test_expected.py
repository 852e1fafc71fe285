"""What the catalogue expects of the SDTM domains: every such defect is said, and nothing else is."""

from __future__ import annotations

import polars as pl
import pytest
from polars import col

import mappings
from interop import issues
from interop.build import Built
from interop.records import Records, load_records
from interop.simulate.catalogue import CATALOGUE
from interop.simulate.run import Simulated
from interop.study import Study
from interop.studyfile import load_sources

SAID = ("SCOPE", "NO RECORD")
"""Rows left out on purpose: what was not given, the criteria that were met."""


def domains(study: Study, made: Simulated) -> tuple[Records, pl.DataFrame]:
    assert made.csv is not None
    records = load_records(study, load_sources(study), made.csv)
    built: dict[str, Built] = {}
    for page in mappings.SDTM:
        built[page.spec.name] = page.build(records, study, built)
    return records, issues.concat(b.issues for b in built.values())


@pytest.fixture(scope="module")
def found(study: Study, untidy: Simulated) -> pl.DataFrame:
    return domains(study, untidy)[1].filter(~col("rule").is_in(SAID))


def test_clean_forms_make_domains_without_issues(study: Study, clean: Simulated) -> None:
    _, said = domains(study, clean)
    assert said.filter(~col("rule").is_in(SAID)).is_empty()


EXPECTED = [d.name for d in CATALOGUE if d.stage == "sdtm"]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_defect_of_the_domains_is_said(name: str, found: pl.DataFrame, untidy: Simulated) -> None:
    planted = untidy.defects.filter(defect=name)
    if planted.is_empty():
        pytest.skip("too rare for so few subjects; tests/simulate/test_defects.py has it occur")
    rule = planted["rule"][0]
    said = found.filter(rule=rule)
    lines = planted.select(pl.format("{}#{}", "file", "line")).to_series()
    files = said.filter(col("source").str.contains(".csv", literal=True))
    if files.is_empty():  # said of the row of the domain that the source row became
        same_rule = [d.name for d in CATALOGUE if d.rule == rule]
        assert said.height == untidy.defects.filter(col("defect").is_in(same_rule)).height
        return
    sources = set(files["source"].str.replace(r":.*$", ""))
    assert set(lines) <= sources


def test_nothing_else_is_said(found: pl.DataFrame, untidy: Simulated) -> None:
    told = untidy.defects.filter(pl.col("stage").is_in(["sdtm", "check"]))
    assert set(found["rule"]) <= set(told["rule"])
