"""What holds of a whole run: rows are kept or explained, order and neighbours change nothing."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import interop
from interop.pipeline import Run
from mappings import studies

SOURCE = Path(studies.__path__[0]) / "demo" / "source"
FORMS = sorted(p.stem for p in SOURCE.glob("*.csv"))


@cache
def forms() -> dict[str, pd.DataFrame]:
    def read(path: Path) -> pd.DataFrame:
        encoding = "cp1252" if path.stem == "MH" else "utf-8"
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)

    return {p.stem: read(p) for p in sorted(SOURCE.glob("*.csv"))}


@cache
def whole() -> Run:
    return interop.run("demo", forms())


def of_subjects(run: Run) -> dict[str, pd.DataFrame]:
    """The datasets whose rows are of a subject: not the design of the trial, nor what relates datasets."""
    return {n: f for n, f in datasets(run).items() if "USUBJID" in f.columns and n != "RELREC"}


def datasets(run: Run) -> dict[str, pd.DataFrame]:
    return {**{n: run.sdtm[n] for n in run.sdtm}, **{n: run.adam[n] for n in run.adam}}


def texts(run: Run) -> dict[str, list[dict[str, object]]]:
    """Resources without the place that they came from."""
    found = {}
    for kind, items in run.fhir.resources.items():
        found[kind] = [
            {**item, "meta": {k: v for k, v in item.get("meta", {}).items() if k != "source"}}
            for item in items
        ]
    return found


def places(frame: pd.DataFrame, form: str) -> set[str]:
    return {f"{form}#{n + 2}" for n in range(len(frame))}


@pytest.mark.parametrize("form", FORMS)
def test_every_source_row_ends_in_a_target_or_in_the_issues(form: str) -> None:
    run = whole()
    used = {s.split(":")[0] for s in (*run.lineage.rows["src"], *run.fhir.lineage.rows["src"])}
    explained = {s.split(":")[0] for s in run.all_issues["source"]}
    assert places(forms()[form], form) <= used | explained


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_the_source_rows_changes_nothing(seed: int) -> None:
    mixed = {
        name: frame.sample(frac=1, random_state=random.Random(f"{seed}{name}").randrange(2**31)).reset_index(
            drop=True
        )
        for name, frame in forms().items()
    }
    run = interop.run("demo", mixed)
    for name, frame in datasets(whole()).items():
        assert_frame_equal(frame, datasets(run)[name], obj=name)
    assert texts(run) == texts(whole())
    counted = ["severity", "target", "variable", "rule", "value", "message", "kept"]
    assert sorted(run.all_issues.select(counted).rows()) == sorted(whole().all_issues.select(counted).rows())


@settings(max_examples=4, deadline=None)
@given(st.sets(st.sampled_from(range(16)), min_size=1, max_size=15))
def test_the_other_subjects_change_no_row_of_a_subject(chosen: set[int]) -> None:
    keys = forms()["DM"][["SITEID", "SUBJID"]].agg("-".join, axis=1).tolist()
    kept = {keys[n] for n in chosen}
    some = {
        name: frame[frame[["SITEID", "SUBJID"]].agg("-".join, axis=1).isin(kept)].reset_index(drop=True)
        for name, frame in forms().items()
    }
    run = interop.run("demo", some)
    names = {f"DEMO01-{k}" for k in kept}
    for name, frame in of_subjects(whole()).items():
        theirs = frame[frame["USUBJID"].isin(names)].reset_index(drop=True)
        assert_frame_equal(theirs, datasets(run)[name], obj=name, check_dtype=False)


def test_sequence_numbers_are_unique_in_a_subject_and_start_at_one() -> None:
    for name, frame in of_subjects(whole()).items():
        found = [c for c in frame.columns if c in (f"{name}SEQ", "ASEQ")]
        for variable in found:
            counted = frame.groupby("USUBJID")[variable].apply(sorted)
            assert all(v == list(range(1, len(v) + 1)) for v in counted), name


def test_every_value_of_adtte_leads_to_source_cells() -> None:
    run = whole()
    for row in run.adam["ADTTE"][["USUBJID", "PARAMCD"]].to_dict("records"):
        tree = run.trace("ADTTE", {str(k): str(v) for k, v in row.items()}, "AVAL")
        cells = list(tree.cells())
        assert cells
        assert any(cell.how == "source cell" for cell in cells)


def test_the_issues_name_a_place_that_exists() -> None:
    run = whole()
    known = pl.concat([run.lineage.rows["src"], run.lineage.rows["row"]]).unique().to_list()
    lines = {place for form in FORMS for place in places(forms()[form], form)} | set(FORMS) | set(known)
    for source in run.all_issues["source"]:
        assert source in lines or source.rsplit(":", 1)[0] in lines or source.removesuffix(".csv") in lines, (
            source
        )
