"""Every defect of the catalogue: it occurs, stands where `defects.csv` says, comes to what is expected."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest
from polars import col

from interop.records import Records, load_records
from interop.simulate.catalogue import BY_NAME, CATALOGUE
from interop.simulate.run import Simulated, simulate
from interop.study import Study
from interop.studyfile import load_sources, load_study
from tests.support import ROOT

OFTEN = 0.3
"""A rate at which a hundred subjects show nearly everything."""


@pytest.fixture(scope="module")
def made(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """An export as untidy as can be told apart."""
    folder = tmp_path_factory.mktemp("study")
    for path in study.folder.glob("*.yaml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    rates = "".join(
        f"\n  {d.name}: {max(d.rate, 0.06 if d.form in ('AE', 'LB', 'VS', 'CM') else OFTEN)}"
        for d in CATALOGUE
    )
    file = folder / "simulation.yaml"
    text = file.read_text(encoding="utf-8").replace("defects: {}", f"defects:{rates}")
    file.write_text(text, encoding="utf-8")
    out = tmp_path_factory.mktemp("out")
    return simulate(load_study(folder), subjects=150, seed=3, formats=("csv", "odm"), out=out)


@pytest.fixture(scope="module")
def records(study: Study, made: Simulated) -> Records:
    assert made.csv is not None
    return load_records(study, load_sources(study), made.csv)


def rows_of(made: Simulated, form: str) -> tuple[list[str], list[list[str]]]:
    assert made.csv is not None
    raw = (made.csv / f"{form}.csv").read_bytes()
    encoding = "cp1252" if form == "MH" else "utf-8"
    header, *rows = csv.reader(raw.decode(encoding).splitlines())
    return header, rows


def test_every_defect_occurs_and_is_written_down(made: Simulated) -> None:
    assert set(made.defects["defect"]) == set(BY_NAME)
    again = pl.read_csv(made.out / "defects.csv", infer_schema=False)
    assert again.columns == made.defects.columns
    assert again.height == made.defects.height
    for row in made.defects.unique("defect").iter_rows(named=True):
        assert row["expected"] in ("issue", "harmless")
        assert (row["expected"] == "issue") == bool(row["rule"]) == bool(row["stage"])
        assert row["why"]


def test_every_planted_cell_stands_where_it_is_said(made: Simulated) -> None:
    cells = made.defects.filter(col("line").is_not_null() & (col("field") != ""))
    assert cells.height > 100
    for form in cells["form"].unique():
        header, rows = rows_of(made, form)
        for d in cells.filter(form=form).iter_rows(named=True):
            row = dict(zip(header, rows[d["line"] - 2], strict=True))
            assert row["SUBJID"] == d["subject"]
            assert row.get("VISIT") == d["visit"]
            if BY_NAME[d["defect"]].kind != "visit":
                assert row[d["field"]] == (d["after"] or "")
            assert d["before"] != d["after"]


def test_no_row_has_two_defects(made: Simulated) -> None:
    one_each = made.defects.filter(col("line").is_not_null(), col("defect") != "visit_out_of_window")
    assert one_each.select("form", "line").is_unique().all()


def test_what_should_be_an_issue_is_one_and_nothing_else_is(made: Simulated, records: Records) -> None:
    """At reading; the issues of later stages are the matter of those."""
    planted = made.defects.filter(stage="records", expected="issue")
    line = pl.when(col("line").is_not_null()).then(pl.format("{}#{}", "file", "line")).otherwise("file")
    expected = planted.select("rule", source=line)
    found = records.issues.filter(col("rule") != "NO RECORD").with_columns(
        source=col("source").str.replace(r":.*$", "")
    )
    # a date that a row has once and several blocks read is said for each of them
    said = found.select("rule", "source").unique()
    assert said.sort("rule", "source").equals(expected.unique().sort("rule", "source"))


def test_what_is_harmless_arrives(made: Simulated, records: Records) -> None:
    def arrived(defect: str, record: str, field: str) -> list[tuple[str | None, str | None]]:
        rows = made.defects.filter(defect=defect)
        files = rows.select("after", _at=pl.format("{}#{}", "file", "line"))
        table = records[record].with_columns(_at=col("_src").str.replace(r":.*$", ""))
        found = files.join(table, on="_at").select("after", field)
        assert found.height >= rows.height
        return found.rows()

    for after, start in arrived("partial_date_day_unknown", "medical_history", "start"):
        assert start is not None
        assert after is not None
        assert start[:4] == after[-4:]
        assert len(start) == 7
    assert all(end == iso(after) for after, end in arrived("partial_date_month_year", "prior_therapy", "end"))
    assert all(start == after for after, start in arrived("partial_date_year_only", "prior_therapy", "start"))
    assert all(date == after for after, date in arrived("date_in_iso_form", "disposition", "date"))
    assert all(
        term == (after or "").strip() for after, term in arrived("leading_blanks", "adverse_event", "term")
    )
    assert all(term == after for after, term in arrived("text_outside_ascii", "medical_history", "term"))
    assert {value for _, value in arrived("mixed_case_code", "adverse_event", "serious")} <= {"Y", "N"}
    assert {unit for _, unit in arrived("count_in_another_spelling", "laboratory_result", "unit")} == {
        "10^9/L"
    }
    assert {unit for _, unit in arrived("count_in_per_microlitre", "laboratory_result", "unit")} == {"10^9/L"}
    weights = records["vital_sign"].filter(test="WEIGHT", unit="LB")
    assert weights.height == made.defects.filter(defect="weight_in_pounds").height


MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]


def iso(text: str | None) -> str:
    assert text is not None
    month, year = text.split("-")
    return f"{year}-{MONTHS.index(month) + 1:02}"


def test_missing_pages_are_missing(made: Simulated) -> None:
    for d in made.defects.filter(col("defect").str.starts_with("missing_page")).iter_rows(named=True):
        header, rows = rows_of(made, d["form"])
        subject, visit = header.index("SUBJID"), header.index("VISIT")
        if d["visit"] != "UNSCHEDULED":
            assert not [r for r in rows if r[subject] == d["subject"] and r[visit] == d["visit"]]


def test_repeated_rows_stand_twice(made: Simulated) -> None:
    for d in made.defects.filter(col("defect").is_in(["repeated_row", "repeated_event"])).iter_rows(
        named=True
    ):
        _, rows = rows_of(made, d["form"])
        assert rows[d["line"] - 2] == rows[d["line"] - 3]


def test_contradictory_deaths_are_two_dates_of_one_subject(made: Simulated, records: Records) -> None:
    twice = records["death"].group_by("subject").agg(col("date").n_unique().alias("dates"), pl.len())
    assert set(twice.filter(col("len") > 1)["subject"]) == set(
        made.defects.filter(defect="contradictory_death")["subject"]
    )
    assert twice.filter(col("len") > 1)["dates"].to_list() == [2] * twice.filter(col("len") > 1).height


def test_unknown_subjects_are_not_in_the_demographics(made: Simulated, records: Records) -> None:
    known = set(records["subject"]["usubjid"])
    strangers = set(records["vital_sign"]["subject"]) - set(records["subject"]["subject"])
    assert strangers == set(made.defects.filter(defect="subject_not_enrolled")["subject"])
    assert known == set(made.truth["usubjid"])


def test_a_file_in_another_encoding_is_said_of_csv_alone(
    made: Simulated, study: Study, records: Records
) -> None:
    assert records.issues.filter(rule="ENCODING")["source"].to_list() == ["MH.csv"]
    assert made.odm is not None
    odm = load_records(study, load_sources(study), made.odm)
    assert odm.issues.filter(rule="ENCODING").is_empty()
    terms = [set(r["medical_history"]["term"]) for r in (records, odm)]
    assert terms[0] == terms[1]
    assert any("ö" in t for t in terms[0] if t)


def test_late_visits_are_out_of_their_window(made: Simulated, study: Study, records: Records) -> None:
    windows = {v.name: v for v in study.visits}
    infusions = records["administration"].filter(treatment="CAR-T CELLS", status="completed")
    start = dict(infusions.select("subject", "start").iter_rows())
    for d in made.defects.filter(defect="visit_out_of_window").iter_rows(named=True):
        visit = windows[d["visit"]]
        date = records["visit"].filter(subject=d["subject"], visit=d["visit"])["date"].to_list()
        planned = getattr(visit, "after", None)
        if not date or planned is None or visit.window is None:
            continue  # its date is another defect of the row
        day = pl.Series([date[0], start[d["subject"]][:10]]).str.to_date()
        assert (day[0] - day[1]).days > planned + visit.window[1]


@pytest.mark.parametrize("name", ["csv", "odm"])
def test_the_paths_of_the_result_are_there(made: Simulated, name: str) -> None:
    path: Path | None = getattr(made, name)
    assert path is not None
    assert path.exists()


def test_the_page_lists_the_catalogue() -> None:
    page = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")
    for d in CATALOGUE:
        place = f"{d.form} {d.field}" if d.field else d.form
        to = f"issue `{d.rule}` ({d.stage})" if d.expected == "issue" else "harmless"
        assert f"| {d.name} | {place} | {d.rate:g} | {to} | {d.why} |" in page
