"""Rows of forms to record tables: nothing is lost without a word, and order decides nothing."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from interop.errors import InputError, UsageError
from interop.records import RECORDS, Records, columns, empty, load_records, record_type
from interop.sources import read_cell
from interop.studyfile import load_sources, load_study, study_names
from schemas import ROOT
from tests.sources.small import DM, SOURCES, records, said, write_study
from tests.support import SHARED, needs_shared

VITALS = """\
dates: [DD-MON-YYYY]
missing: [ND]
forms:
  VS:
    unused: {STUDYID: the study says it}
    identifiers: {NAME: a name identifies a person}
    records:
      - record: vital_sign
        repeat: [SYSBP, DIABP]
        when_any: ["{}", "{}_ST"]
        fields:
          subject: SUBJID
          site: SITEID
          test: {value: "{}"}
          result: "{}"
          status: {column: "{}_ST", map: {Not done: NOT DONE}, optional: true}
          unit: "{}_U"
          date: VSDAT
        qualifiers:
          VSARM: {column: CUFF, label: Arm of the cuff}
      - record: death
        when: {DEAD: [Y, 1]}
        otherwise: alive at this visit
        fields: {subject: SUBJID, site: SITEID, date: VSDAT}
"""
VS = """\
STUDYID,SITEID,SUBJID,NAME,VSDAT,SYSBP,SYSBP_U,DIABP,DIABP_U,DIABP_ST,CUFF,DEAD
ABC,701,001,Jane Roe,02-JAN-2014,131.0,mmHg,64,mmHg,,LEFT,
ABC,701,001,Jane Roe,09-JAN-2014,ND,mmHg,,,Not done,,y
ABC,701,002,John Doe,02-JAN-2014,,,,,,,N
ABC,701,,John Doe,02-JAN-2014,120,mmHg,,,,,N
"""


def test_a_row_of_blocks_becomes_a_record_each(tmp_path: Path) -> None:
    made = records(tmp_path, {"VS.csv": VS}, sources=VITALS)
    assert made["vital_sign"].select(
        "usubjid", "test", "result", "unit", "status", "date", "supp.VSARM", "_src"
    ).rows() == [
        ("ABC-701-001", "SYSBP", "131.0", "mmHg", None, "2014-01-02", "LEFT", "VS.csv#2:SYSBP"),
        ("ABC-701-001", "DIABP", "64", "mmHg", None, "2014-01-02", "LEFT", "VS.csv#2:DIABP"),
        ("ABC-701-001", "DIABP", None, None, "NOT DONE", "2014-01-09", None, "VS.csv#3:DIABP"),
    ]
    assert made["death"].select("usubjid", "date", "_src").rows() == [
        ("ABC-701-001", "2014-01-09", "VS.csv#3")
    ]


def test_what_makes_no_record_is_explained(tmp_path: Path) -> None:
    made = records(tmp_path, {"VS.csv": VS}, sources=VITALS)
    assert said(made, "severity", "source", "target", "variable", "rule", "message", "kept") == [
        (
            "info",
            "VS.csv#3",
            "vital_sign",
            "SYSBP",
            "BLOCK WITHOUT RESULT",
            "a value in SYSBP_U but none in SYSBP, SYSBP_ST: no record is made",
            False,
        ),
        (
            "error",
            "VS.csv#5:SYSBP",
            "vital_sign",
            "subject",
            "REQUIRED",
            "subject is required and has no value: the record is left out; fill it in at the source",
            False,
        ),
        (
            "info",
            "VS.csv#4",
            "vital_sign/death",
            "",
            "NO RECORD",
            "there is no value in SYSBP, SYSBP_ST, DIABP, DIABP_ST; alive at this visit",
            False,
        ),
    ]


def test_the_columns_of_every_field_are_known(tmp_path: Path) -> None:
    made = records(tmp_path, {"VS.csv": VS}, sources=VITALS)
    of = made.fields.filter(pl.col("record") == "vital_sign", pl.col("block") == "DIABP")
    assert of.select("file", "field", "column").rows() == [
        ("VS.csv", "subject", "SUBJID"),
        ("VS.csv", "site", "SITEID"),
        ("VS.csv", "test", ""),
        ("VS.csv", "result", "DIABP"),
        ("VS.csv", "status", "DIABP_ST"),
        ("VS.csv", "unit", "DIABP_U"),
        ("VS.csv", "date", "VSDAT"),
        ("VS.csv", "supp.VSARM", "CUFF"),
        ("VS.csv", "usubjid", "SITEID"),
        ("VS.csv", "usubjid", "SUBJID"),
    ]


def test_identifiers_of_persons_are_nowhere(tmp_path: Path) -> None:
    made = records(tmp_path, {"VS.csv": VS}, sources=VITALS)
    everything = "".join(t.write_csv() for t in (*made.tables.values(), made.issues, made.fields))
    assert "Jane" not in everything
    assert "Doe" not in everything


def test_two_records_of_one_type_from_one_row_have_references_of_their_own(tmp_path: Path) -> None:
    second = SOURCES + "      - record: subject\n        fields: {subject: SUBJID, site: SITEID, age: AGE2}\n"
    made = records(tmp_path, {"DM.csv": "SITEID,SUBJID,AGE,AGE2,DMDAT\n1,2,3,4,\n"}, sources=second)
    assert made["subject"].select("age", "_src").rows() == [("3", "DM.csv#2"), ("4", "DM.csv#2:2")]
    assert made.fields.filter(field="age").select("block", "column").rows() == [("", "AGE"), ("2", "AGE2")]


def test_columns_that_the_mapping_passes_over_are_said(tmp_path: Path) -> None:
    made = records(tmp_path, {"DM.csv": "SITEID,SUBJID,AGE,DMDAT,SHOE,HAT\n701,001,63,,42,\n"})
    assert said(made, "severity", "source", "target", "variable", "message") == [
        (
            "info",
            "DM.csv",
            "DM",
            "HAT",
            "it has no value and no record reads the column: map it, or give the reason under `unused` "
            "of the "
            "form DM in sources.yaml",
        ),
        (
            "warning",
            "DM.csv",
            "DM",
            "SHOE",
            "no record reads the column: map it, or give the reason under `unused` of the form DM in "
            "sources.yaml",
        ),
    ]


def test_an_optional_column_may_be_absent_and_another_may_not(tmp_path: Path) -> None:
    optional = SOURCES.replace("age: AGE", "age: {column: AGE, optional: true}")
    text = "SITEID,SUBJID,DMDAT\n701,001,\n"
    assert records(tmp_path, {"DM.csv": text}, sources=optional)["subject"]["age"].to_list() == [None]
    with pytest.raises(InputError, match="there is no column AGE, which subject"):
        records(tmp_path, {"DM.csv": text})


def test_dataframes_give_what_files_give(tmp_path: Path) -> None:
    from_file = records(tmp_path, {"DM.csv": DM})
    frame = pl.DataFrame({"SITEID": [701, 701], "SUBJID": ["001", "002"], "AGE": [63.0, 64.0]}).with_columns(
        DMDAT=pl.Series(["2013-12-26", "2012-07-22"]).str.to_date()
    )
    from_frame = records(tmp_path, {"DM": frame})
    assert from_frame["subject"].drop("_src").equals(from_file["subject"].drop("_src"))
    assert from_frame["subject"]["_src"].to_list() == ["DM#2", "DM#3"]
    assert from_frame.files[0].path is None
    trial = load_study(tmp_path / "study")
    from_pandas = load_records(trial, load_sources(trial), {"DM": frame.to_pandas()})
    assert from_pandas["subject"].equals(from_frame["subject"])


@pytest.mark.parametrize(
    ("forms", "message"),
    [
        ([], "the form DM is missing: study/sources.yaml has the forms DM; give a DataFrame for each"),
        (["DM", "AE"], "there is no form AE: study/sources.yaml has the forms DM; give a DataFrame for each"),
    ],
)
def test_dataframes_must_be_the_forms(tmp_path: Path, forms: list[str], message: str) -> None:
    trial = load_study(write_study(tmp_path / "study"))
    with pytest.raises(UsageError) as error:
        load_records(trial, load_sources(trial), {name: pl.DataFrame({"SUBJID": ["1"]}) for name in forms})
    assert str(error.value).replace(f"{tmp_path}/", "") == message


def test_a_cell_can_be_read_again_until_its_file_changes(tmp_path: Path) -> None:
    (file,) = records(tmp_path, {"DM.csv": DM}).files
    assert file.path is not None
    assert read_cell(file.path, file.sha256, 3, "AGE") == "64"
    assert read_cell(file.path, file.sha256, 9, "AGE") is None
    file.path.write_text(DM.replace("64", "46"))
    assert read_cell(file.path, file.sha256, 3, "AGE") is None


@pytest.mark.parametrize("name", RECORDS)
def test_an_absent_record_type_is_an_empty_table_of_the_same_columns(tmp_path: Path, name: str) -> None:
    made = Records({}, pl.DataFrame(), pl.DataFrame())
    assert made[name].equals(empty(name))
    assert set(made[name].dtypes) == {pl.String()}
    assert columns(name)[-3:] == ["study", "usubjid", "_src"]


def test_the_record_types_are_those_of_the_folder() -> None:
    folder = Path(str(ROOT)) / "records"
    assert sorted(RECORDS) == sorted(f.name.removesuffix(".schema.json") for f in folder.iterdir())


CELL = st.one_of(
    st.sampled_from(
        ["", " ", "ND", "Y", "N", "701", "001", "02-JAN-2014", "30-FEB-2014", "96.90", "<5", "Not done"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters='\r\n",\x00'), max_size=6),
)
ROW = st.lists(CELL, min_size=12, max_size=12)


def _run(folder: Path, rows: list[list[str]]) -> Records:
    header = VS.splitlines()[0].split(",")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(header, pl.String), orient="row")
    return records(folder, {"VS": frame}, sources=VITALS)


# The folder is only written to with the same small study, so examples may share it.
shared_folder = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)


@shared_folder
@given(rows=st.lists(ROW, max_size=8))
def test_every_row_ends_in_a_record_or_in_an_issue(tmp_path: Path, rows: list[list[str]]) -> None:
    made = _run(tmp_path, rows)
    kept = {s.partition(":")[0] for t in made.tables.values() for s in t["_src"]}
    explained = {s.partition(":")[0] for s in made.issues.filter(~pl.col("kept"))["source"]}
    assert kept | explained == {f"VS#{n}" for n in range(2, len(rows) + 2)}


@shared_folder
@given(rows=st.lists(ROW, max_size=8))
def test_every_value_is_one_that_the_record_schema_allows(tmp_path: Path, rows: list[list[str]]) -> None:
    made = _run(tmp_path, rows)
    for name, table in made.tables.items():
        schema = json.loads((ROOT / "records" / f"{name}.schema.json").read_text(encoding="utf-8"))
        validator = Draft202012Validator(schema)
        for row in table.select(list(record_type(name).fields)).to_dicts():
            validator.validate({k: v for k, v in row.items() if v is not None})


@shared_folder
@given(
    rows=st.lists(ROW, min_size=2, max_size=8).flatmap(lambda r: st.tuples(st.just(r), st.permutations(r)))
)
def test_the_order_of_rows_changes_nothing(
    tmp_path: Path, rows: tuple[list[list[str]], list[list[str]]]
) -> None:
    one, other = (_run(tmp_path, r) for r in rows)
    for name in RECORDS:
        first, second = (t[name].drop("_src") for t in (one, other))
        assert first.sort(first.columns).equals(second.sort(second.columns))
    first, second = (t.issues.drop("source") for t in (one, other))
    assert first.sort(first.columns).equals(second.sort(second.columns))


@pytest.mark.parametrize("name", [n for n in study_names() if (load_study(n).folder / "source").is_dir()])
def test_the_sources_that_ship_lose_no_row(name: str) -> None:
    study = load_study(name)
    made = load_records(study, load_sources(study), study.folder / "source")
    assert _unexplained(made) == []


@needs_shared
def test_the_real_export_loses_no_row() -> None:
    study = load_study("lzzt")
    made = load_records(study, load_sources(study), SHARED / "data" / "edc-lzzt")
    for file in made.files:
        assert file.path is not None
        assert file.rows == pl.read_csv(file.path, infer_schema=False).height
    assert made["subject"].height == 306
    assert made["administration"].height == 591
    assert _unexplained(made) == []


def _unexplained(made: Records) -> list[str]:
    """Files of which fewer rows are kept or explained than were read."""
    kept = pl.concat([t["_src"] for t in made.tables.values()])
    told = made.issues.filter(~pl.col("kept"))["source"]
    rows = pl.concat([kept, told]).str.split(":").list.first().unique().str.split("#").list.first()
    counts = dict(rows.value_counts().iter_rows())
    return [f.name for f in made.files if counts.get(f.name, 0) < f.rows]
