"""The export as a whole: same seed same bytes, each subject by itself, formats that agree."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from polars import col

from interop.errors import InputError, UsageError
from interop.records import RECORDS, Records, load_records
from interop.simulate.catalogue import CATALOGUE
from interop.simulate.forms import FORMS
from interop.simulate.run import Simulated, simulate
from interop.simulate.settings import load_settings
from interop.sources.odmschema import check_schema
from interop.study import Study
from interop.studyfile import load_sources, load_study
from tests.simulate.conftest import SEED, SUBJECTS
from tests.support import SHARED, needs_shared

ALL = ("csv", "odm", "odm-transactional")


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def same_tables(one: Records, other: Records) -> None:
    for record in RECORDS:
        a, b = (x[record].drop("_src") for x in (one, other))
        assert a.columns == b.columns
        assert a.sort(a.columns).equals(b.sort(b.columns)), record


def test_the_same_seed_gives_the_same_bytes(study: Study, tmp_path: Path, untidy: Simulated) -> None:
    again = simulate(study, subjects=SUBJECTS, seed=SEED, formats=ALL, out=tmp_path)
    assert files(again.out) == files(untidy.out)


def test_another_seed_gives_other_subjects(study: Study, tmp_path: Path, untidy: Simulated) -> None:
    other = simulate(study, subjects=SUBJECTS, seed=SEED + 1, formats=("csv",), out=tmp_path)
    assert not other.truth.drop("subject").equals(untidy.truth.drop("subject"))


def test_more_subjects_change_no_other(study: Study, tmp_path: Path, untidy: Simulated) -> None:
    few = simulate(study, subjects=30, seed=SEED, formats=("csv",), out=tmp_path)
    assert few.truth.equals(untidy.truth.head(30))
    for form in FORMS:
        alone, among = (read(s, form.name) for s in (few, untidy))
        assert alone, form.name
        assert alone == among[: len(alone)], form.name


def read(made: Simulated, form: str) -> list[bytes]:
    assert made.csv is not None
    return (made.csv / f"{form}.csv").read_bytes().splitlines()


def test_a_subject_is_the_same_in_any_part(
    study: Study, tmp_path: Path, untidy: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interop.simulate.run.CHUNK", 7)
    parts = simulate(study, subjects=SUBJECTS, seed=SEED, formats=("csv", "odm"), out=tmp_path)
    whole = files(untidy.out)
    assert files(parts.out) == {name: whole[name] for name in whole if "transactional" not in name}


def test_without_defects_every_row_becomes_records(study: Study, clean: Simulated) -> None:
    assert clean.defects.is_empty()
    for source in (clean.csv, clean.odm):
        assert source is not None
        records = load_records(study, load_sources(study), source)
        # the form itself says that there was no adverse event
        assert records.issues["rule"].unique().to_list() in ([], ["NO RECORD"])
        without = [f.name for f in records.files if f.rows == 0]
        assert not without
        assert {r for r in RECORDS if records[r].is_empty()} == set()


def test_every_column_is_mapped_or_left_out_with_a_reason(study: Study) -> None:
    forms = {f.name: f for f in load_sources(study).forms}
    assert forms.keys() == {f.name for f in FORMS}
    for form in FORMS:
        mapped = forms[form.name]
        read = {c for r in mapped.records for b in r.blocks for c in r.read(b)}
        assert set(form.columns) == read | mapped.unused.keys() | mapped.identifiers.keys()


def test_csv_and_odm_make_the_same_records(study: Study, untidy: Simulated) -> None:
    assert untidy.csv is not None
    assert untidy.odm is not None
    assert untidy.transactions is not None
    mapping = load_sources(study)
    csv = load_records(study, mapping, untidy.csv)
    snapshot = load_records(study, mapping, untidy.odm)
    transactions = load_records(study, mapping, untidy.transactions)
    same_tables(csv, snapshot)
    same_tables(csv, transactions)
    changed = transactions.issues.filter(rule="CHANGED VALUE")
    assert changed.height
    assert transactions.issues.height == snapshot.issues.height + changed.height


def test_references_into_odm_are_lines(study: Study, untidy: Simulated) -> None:
    assert untidy.odm is not None
    records = load_records(study, load_sources(study), untidy.odm)
    lines = untidy.odm.read_text(encoding="utf-8").splitlines()
    doses = records["administration"].filter(col("dose").is_not_null(), status="completed").head(50)
    for source, lot in doses.filter(col("lot").is_not_null()).select("_src", "lot").iter_rows():
        assert f'ItemOID="EX.EXLOT" Value="{lot}"' in lines[int(source.rpartition("#")[2]) - 1]


@needs_shared
def test_odm_is_valid_by_the_schema(study: Study, tmp_path: Path) -> None:
    made = simulate(study, subjects=12, seed=SEED, formats=("odm", "odm-transactional"), out=tmp_path)
    for path in (made.odm, made.transactions):
        assert path is not None
        assert check_schema(path, SHARED / "data" / "xsd" / "odm-1.3.2").is_empty()


def test_the_truth_is_that_of_the_clean_forms(study: Study, clean: Simulated) -> None:
    assert clean.csv is not None
    records = load_records(study, load_sources(study), clean.csv)
    first = (
        records["administration"].filter(status="completed").with_columns(day=col("start").str.slice(0, 10))
    )
    for column, treatments in (
        ("first_glofitamab", ["GLOFITAMAB"]),
        ("car_t", ["CAR-T CELLS"]),
        ("lymphodepletion", ["FLUDARABINE", "CARMUSTINE"]),
    ):
        found = first.filter(col("treatment").is_in(treatments)).group_by("usubjid").agg(col("day").min())
        compare(clean.truth, found, column)
    compare(clean.truth, records["death"].select("usubjid", day="date"), "death")
    responses = records["response_assessment"].filter(test="OVRLRESP", evaluator="INVESTIGATOR", result="PD")
    compare(clean.truth, responses.group_by("usubjid").agg(day=col("date").min()), "progression")
    therapies = records["subsequent_therapy"].group_by("usubjid").agg(day=col("start").min())
    compare(clean.truth, therapies, "new_therapy")


def compare(truth: pl.DataFrame, found: pl.DataFrame, column: str) -> None:
    expected = truth.filter(col(column).is_not_null()).select(
        "usubjid", day=col(column).dt.strftime("%Y-%m-%d")
    )
    assert expected.height, column
    assert expected.sort("usubjid").equals(found.select("usubjid", "day").sort("usubjid")), column


def test_truth_is_written_twice(untidy: Simulated) -> None:
    rows = json.loads((untidy.out / "truth.json").read_text(encoding="utf-8"))
    assert [r["usubjid"] for r in rows] == untidy.truth["usubjid"].to_list()
    assert pl.read_parquet(untidy.out / "truth.parquet").equals(untidy.truth)
    survived = untidy.truth.filter(col("pfst_event").is_not_null())
    assert (survived["pfst_days"] >= 1).all()
    assert (survived["os_days"] >= survived["pfst_days"]).all()


def test_what_cannot_be_simulated_is_said(study: Study, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no format `xlsx`"):
        simulate(study, subjects=1, seed=1, formats=("xlsx",), out=tmp_path)
    with pytest.raises(UsageError, match="at least one subject"):
        simulate(study, subjects=0, seed=1, out=tmp_path)
    with pytest.raises(UsageError, match=r"has no simulation\.yaml"):
        simulate(load_study("demo"), subjects=1, seed=1, out=tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  C1D8: C1D8", "  C1D8: C1 D8", "the study has no visit `C1 D8`. Did you mean `C1D8`"),
        ("  screen_failure: 0.10", "  screen_failure: 1.10", "must be at most 1"),
        ("defects: {}", "defects: {weight_in_pound: 0.1}", "Did you mean `weight_in_pounds`"),
        ("  eoi_to_chemo: [5, 13]", "  eoi_to_chemo: [13, 5]", "shorter than the shortest"),
        ("  first_consent: 2022-02-01", "  first_consent: 2022-02-30", "not a day of the calendar"),
        ("screen_failures: [INCL01]", "screen_failures: [INCL77]", "no criterion `INCL77`"),
        ("  WARFARIN: {", "  WARFARIN: {", "the study has no treatment `WARFARIN`"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_line(
    study: Study, tmp_path: Path, old: str, new: str, message: str
) -> None:
    for path in study.folder.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    file = tmp_path / "simulation.yaml"
    text = file.read_text(encoding="utf-8")
    text = (
        text.replace("doses:\n", "doses:\n  WARFARIN: {dose: '1', unit: mg}\n") if "WARFARIN" in old else text
    )
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    line = text[: text.index(old)].count("\n") + 1
    with pytest.raises(InputError) as caught:
        load_settings(load_study(tmp_path))
    assert message in str(caught.value)
    assert f"line {line}" in str(caught.value)


def test_the_parameters_say_that_they_are_invented(study: Study) -> None:
    text = (study.folder / "simulation.yaml").read_text(encoding="utf-8")
    assert "INVENTED" in text.splitlines()[0]
    assert len({d.name for d in CATALOGUE}) == len(CATALOGUE)
