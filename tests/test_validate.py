"""`interop validate` as people meet it: what is judged, by which standard, the report's files, mistakes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from interop.errors import UsageError
from interop.package.convert import write_table
from interop.package.table import Column, Table
from interop.rules.parts import Part, parts_of, run_of
from interop.validatecli import report_paths
from tests.support import ROOT, Call

CREATED = datetime(2026, 1, 2)

RULE = """
Core: {{Id: {id}, Status: Published}}
Description: AESER is Y or N
Rule Type: Record Data
Sensitivity: Record
Executability: {executability}
Authorities:
  - Organization: ours
    Standards:
      - Name: SDTMIG
        Version: "3.4"
        References: [{{Rule Identifier: {{Id: OURS1, Version: "1"}}, Origin: ours, Version: "1"}}]
Scope: {{Domains: {{Include: [AE]}}}}
Check: {{all: [{{name: AESER, operator: is_not_contained_by, value: [Y, N]}}]}}
Outcome: {{Message: AESER is neither Y nor N, Output Variables: [AESER]}}
"""


@pytest.fixture(autouse=True)
def _rules_that_ship_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INTEROP_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("INTEROP_RULES", raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """DM of two subjects and AE of which one record has AESER X."""
    folder = tmp_path / "data"
    folder.mkdir()
    dm = pl.DataFrame({"STUDYID": ["S", "S"], "DOMAIN": ["DM", "DM"], "USUBJID": ["S-1", "S-2"]})
    ae = pl.DataFrame(
        {
            "STUDYID": ["S", "S"],
            "DOMAIN": ["AE", "AE"],
            "USUBJID": ["S-1", "S-2"],
            "AESEQ": [1.0, 1.0],
            "AETERM": ["HEADACHE", "<b>RASH</b>"],
            "AESER": ["N", "X"],
        }
    )
    for name, frame in (("DM", dm), ("AE", ae)):
        write(frame, name, folder / f"{name.lower()}.xpt")
    return folder


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """One rule of AE, an error."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "one.yml").write_text(RULE.format(id="OURS-1", executability="Fully Executable"))
    return folder


def write(frame: pl.DataFrame, name: str, path: Path) -> None:
    columns = tuple(
        Column(n, n, "string", 20) if t == pl.String else Column(n, n, "float")
        for n, t in frame.schema.items()
    )
    write_table(Table(name, name, columns, frame), path, created=CREATED)


def test_a_finding_ends_with_1_and_says_where(call: Call, data: Path, rules: Path) -> None:
    code, said, _ = call("validate", data, "--rules", rules, "--rule", "OURS-1")
    assert code == 1
    assert "Findings: 1 error, 0 warnings, 0 explained" in said
    assert "OURS-1" in said
    assert "AESER is neither Y nor N" in said
    assert "interop rules update" in said  # CDISC's rules are not among those


def test_no_finding_of_error_level_ends_with_0(call: Call, data: Path, rules: Path) -> None:
    (rules / "one.yml").write_text(RULE.format(id="OURS-1", executability="Partially Executable"))
    code, said, _ = call("validate", data, "--rules", rules, "--rule", "OURS-1")
    assert code == 0
    assert "0 errors, 1 warning" in said


def test_an_explained_finding_is_no_failure(call: Call, data: Path, rules: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.yaml"
    notes.write_text("- rule: OURS-1\n  dataset: AE\n  reason: the site confirmed the value\n")
    target = tmp_path / "report.json"
    code, said, _ = call(
        "validate", data, "--rules", rules, "--rule", "OURS-1", "--suppressions", notes, "--out", target
    )
    assert code == 0
    assert "1 explained" in said
    assert "the site confirmed the value" in target.read_text(encoding="utf-8")


def test_names_of_options_as_in_cdiscs_engine(call: Call, data: Path, rules: Path, tmp_path: Path) -> None:
    out = tmp_path / "found"
    code, said, _ = call(
        *("validate", "-s", "sdtmig", "-v", "3-4", "-d", data, "-lr", rules, "-r", "OURS-1"),
        *("-o", out, "-of", "JSON", "-of", "XLSX", "-ct", "sdtmct-2025-03-28"),
    )
    assert code == 1
    assert out.with_name("found.json").is_file()
    assert out.with_name("found.xlsx").is_file()
    assert str(out.with_name("found.xlsx")) in said


def test_a_single_dataset(call: Call, data: Path, rules: Path) -> None:
    code, said, _ = call("validate", "-dp", data / "ae.xpt", "--rules", rules, "-r", "OURS-1")
    assert code == 1
    assert "1 dataset, 2 records" in said


@pytest.mark.parametrize("suffix", ["html", "csv", "json", "xlsx"])
def test_every_format_holds_the_finding(
    call: Call, data: Path, rules: Path, tmp_path: Path, suffix: str
) -> None:
    target = tmp_path / f"report.{suffix}"
    call("validate", data, "--rules", rules, "-r", "OURS-1", "--out", target)
    if suffix == "xlsx":
        text = str(pl.read_excel(target, sheet_name="Issue Details", engine="calamine").rows())
    else:
        text = target.read_text(encoding="utf-8")
    assert "OURS-1" in text
    assert "S-2" in text


def test_mistakes_are_said_in_a_sentence(call: Call, data: Path, rules: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for arguments, said in (
        (["validate"], "name the datasets"),
        (["validate", tmp_path / "nowhere"], "does not exist"),
        (["validate", empty], "no datasets here or below"),
        (["validate", data, "--rules", tmp_path / "no-rules"], "no folder of rules"),
        (["validate", data, "--rules", rules, "--rule", "OURS-2"], "no rule OURS-2"),
        (["validate", data, "-s", "sdtm"], "no rule here is for SDTM"),
        (["validate", data, "-v", "9.9"], "the rules here are for ADaMIG 1.1"),
        (["validate", data, "--out", tmp_path / "report.pdf"], "name a report as .html"),
        (["validate", data, "--out", empty], "is a folder"),
        (["validate", data, "--out", tmp_path / "no" / "report.html"], "there is no folder"),
        (["validate", data, "-of", "pdf"], "no report in the format pdf"),
        (["validate", data, "--ct", "sdtmct-1999-01-01"], "name NCI's text or ODM file"),
        (["validate", data, "--define", tmp_path / "define.xml"], "there is no such file"),
    ):
        code, out, err = call(*arguments)
        assert code == 2, arguments
        assert said in err
        assert err.count("\n") == 1
        assert not out
    assert not list(empty.iterdir())


# What is judged by which standard


def test_parts_of_a_submission_are_judged_by_their_own_standards(tmp_path: Path, data: Path) -> None:
    sdtm, adam = tmp_path / "m5" / "sdtm", tmp_path / "m5" / "adam"
    shutil.copytree(data, sdtm)
    adam.mkdir()
    write(pl.DataFrame({"USUBJID": ["S-1"]}), "ADSL", adam / "adsl.xpt")
    assert parts_of([tmp_path / "m5"]) == (
        Part((sdtm,), "SDTMIG", "3.4"),
        Part((adam,), "ADAMIG", "1.3"),
    )


def test_tabulations_and_analysis_datasets_in_one_folder_are_two_parts(tmp_path: Path, data: Path) -> None:
    write(pl.DataFrame({"USUBJID": ["S-1"]}), "ADSL", data / "adsl.xpt")
    tabulations = tuple(sorted(p for p in data.iterdir() if p.suffix == ".xpt" and p.stem != "adsl"))
    parts = (Part(tabulations, "SDTMIG", "3.4"), Part((data / "adsl.xpt",), "ADAMIG", "1.3"))
    assert parts_of([data]) == parts
    assert parts_of([*tabulations, data / "adsl.xpt"]) == parts


def test_the_standard_of_a_define(data: Path) -> None:
    (data / "define.xml").write_text(
        '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:def="http://www.cdisc.org/ns/def/v2.0"><Study>'
        '<MetaDataVersion def:StandardName="SDTM-IG" def:StandardVersion="3.2"/></Study></ODM>'
    )
    assert parts_of([data]) == (Part((data,), "SDTMIG", "3.2", data / "define.xml"),)
    assert parts_of([data], version="3-3") == (Part((data,), "SDTMIG", "3.3", data / "define.xml"),)


def test_what_is_named_overrules_what_is_found(data: Path) -> None:
    assert parts_of([data], "sendig", "3-1") == (Part((data,), "SENDIG", "3.1"),)
    assert parts_of([data], "adamig") == (Part((data,), "ADAMIG", "1.3"),)


def test_files_beside_a_folder_are_judged_together(data: Path) -> None:
    files = [data / "dm.xpt", data / "ae.xpt"]
    assert parts_of(files) == (Part(tuple(files), "SDTMIG", "3.4"),)


def test_reports_are_named_by_suffix_or_format() -> None:
    assert report_paths([Path("a.html")], []) == [Path("a.html")]
    assert report_paths([Path("a")], ["XLSX", "json"]) == [Path("a.xlsx"), Path("a.json")]
    assert report_paths([], ["html"]) == [Path("validation-report.html")]
    with pytest.raises(UsageError, match=r"name a report as \.html"):
        report_paths([Path("a")], [])


def test_a_report_that_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "a.html").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        report_paths([tmp_path / "a.html"], [])


# An output of ours


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study `demo`, run once from its own source."""
    out = tmp_path_factory.mktemp("run") / "out"
    command = [sys.executable, "-m", "interop.cli", "run", "demo", "--out", str(out)]
    subprocess.run(command, capture_output=True, check=False)
    return out


def test_an_output_of_ours_is_judged_whole_and_followed_to_its_cells(
    call: Call, output: Path, rules: Path, tmp_path: Path
) -> None:
    text = RULE.format(id="OURS-1", executability="Fully Executable")
    text = text.replace("operator: is_not_contained_by, value: [Y, N]", "operator: non_empty")
    (rules / "one.yml").write_text(text)
    target = tmp_path / "report.json"
    code, said, _ = call("validate", output, "--rules", rules, "-r", "OURS-1", "--out", target)
    assert code == 1
    assert said.startswith("SDTMIG 3.4, ADaMIG 1.3: ")
    found = json.loads(target.read_text(encoding="utf-8"))
    cells = [c for f in found["Issue_Details"] for c in f.get("sources") or ()]
    assert cells, "the findings name no source cell"
    files = {p.name for p in (ROOT / "mappings" / "studies" / "demo" / "source").iterdir()}
    assert {c["file"] for c in cells} <= files
    assert all(c["line"] > 1 and c["column"] for c in cells)


def test_a_part_of_an_output_is_known_as_such(output: Path) -> None:
    sdtm = next(output.rglob("dm.xpt")).parent
    assert run_of([sdtm]) == output.resolve()
    assert run_of([ROOT / "tests"]) is None
