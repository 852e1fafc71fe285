"""What a report says of findings, rules and suppressions, and its JSON and CSV."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interop.errors import InputError, UsageError
from interop.rules.report import (
    Report,
    Suppression,
    Suppressions,
    jsonfile,
    load_suppressions,
    model,
    severity,
    write_report,
)
from interop.rules.report.suppress import suppressed
from interop.yamlcheck import validator
from tests.rules.reportsupport import (
    EMPTY_SEX,
    ERROR,
    PASSED,
    UNEXECUTED,
    WARNING,
    findings,
    named,
    report,
    written,
)
from tests.rules.support import study

FORMATS = (".json", ".csv", ".xlsx", ".html")


@pytest.mark.parametrize(
    ("executability", "expected"),
    [
        ("Fully Executable", "error"),
        ("", "error"),
        ("Partially Executable", "warning"),
        ("Partially Executable - Possible Overreporting", "warning"),
        ("Partially Executable - Possible Underreporting", "error"),
    ],
)
def test_severity_is_read_off_executability(executability: str, expected: str) -> None:
    assert severity(named("R", EMPTY_SEX, executability)) == expected


def test_summary_counts_by_dataset_and_severity() -> None:
    entries = (Suppression("R-ERROR", "known", subjects=("S-4",)),)
    found = report(suppressions=Suppressions(entries))
    assert found.summary.rows() == [("DM", 4, 1, 1, 1, 1, 0), ("VS", 1, 0, 0, 0, 1, 0)]
    assert found.summary.columns[:5] == ["dataset", "records", "error", "warning", "suppressed"]


def test_a_report_fails_by_open_errors_alone() -> None:
    assert report().failed
    assert not report(rules=[WARNING, PASSED]).failed
    assert not report(suppressions=Suppressions((Suppression("R-ERROR", "known"),))).failed
    assert report(suppressions=Suppressions((Suppression("R-ERROR", "known", subjects=("S-2",)),))).failed


def test_what_was_not_judged_is_not_passed() -> None:
    became = dict(report().rules.select("rule", "status").iter_rows())
    assert became == {
        "R-ERROR": "issues",
        "R-WARNING": "issues",
        "R-SKIPPED": "skipped",
        "R-UNKNOWN": "not executed",
        "R-PASSED": "passed",
    }
    row = report().rules.filter(rule="R-UNKNOWN").row(0, named=True)
    assert (row["datasets_passed"], row["reason"]) == (0, UNEXECUTED)


def test_a_rule_that_failed_on_one_dataset_has_not_passed() -> None:
    """Passed on DM, not executed on VS: the whole is not passed."""
    found = (
        report()
        .outcomes.clear()
        .vstack(
            pl.DataFrame(
                [
                    ("R-PASSED", "DM", "passed", "", 0, 0.0),
                    ("R-PASSED", "VS", "not executed", "no CT", 0, 0.0),
                ],
                schema=report().outcomes.schema,
                orient="row",
            )
        )
    )
    base = findings([], [PASSED])
    made = report(found=type(base)(base.findings, found, base.rules))
    assert made.rules.select("status", "reason", "datasets_passed").rows() == [("not executed", "no CT", 1)]


def test_what_a_rule_cites_of_the_standard() -> None:
    other = named(
        "R",
        EMPTY_SEX,
        authorities=[
            {
                "Organization": "CDISC",
                "Standards": [
                    {"Name": "SENDIG", "Version": "3.1", "References": [{"Rule Identifier": {"Id": "SEND1"}}]}
                ],
            }
        ],
    )
    rows = report(rules=[ERROR, other]).rules.select("cdisc_rule_id", "fda_rule_id", "citation").rows()
    assert rows == [("SEND1", "", ""), ("CG0001", "FB0001", "IG v3.4, 5.2: Sex is sex.")]


def test_the_first_findings_are_of_all_datasets() -> None:
    """A large dataset does not hide a small one from what is shown."""
    rows = [
        {"rule": "R-ERROR", "dataset": d, "record": n}
        for d, many in (("AE", 50), ("VS", 2))
        for n in range(1, many)
    ]
    shown = report(found=findings(rows), per_rule=10).findings.filter("shown")
    assert shown.group_by("dataset").len().sort("dataset").rows() == [("AE", 9), ("VS", 1)]


# --- suppressions ---


def test_suppressed_findings_stay_with_their_reason() -> None:
    entries = (
        Suppression("R-ERROR", "by record", dataset="DM", records=(2,)),
        Suppression("R-ERROR", "by variable", variable="SEX"),
        Suppression("R-WARNING", "elsewhere", dataset="VS"),
        Suppression("R-GONE", "long ago"),
    )
    found = report(suppressions=Suppressions(entries))
    assert found.findings.select("rule", "record", "suppressed", "suppression").rows() == [
        ("R-ERROR", 2, "by record", 1),
        ("R-ERROR", 4, "by variable", 2),
        ("R-WARNING", 3, None, None),
    ]
    assert found.suppressions.select("entry", "findings", "stale", "why").rows() == [
        (1, 1, False, None),
        (2, 2, False, None),  # it is for both, though record 2 falls under the first
        (3, 0, True, "it matched no finding"),
        (4, 0, False, "no rule R-GONE was run"),  # it may be for a rule that others run
    ]


NAMES = st.sampled_from(["A", "B", "C"])
ENTRIES = st.builds(
    Suppression,
    NAMES,
    st.just("known"),
    st.sampled_from(["", "A", "B"]),
    st.sampled_from(["", "A", "B"]),
    st.lists(NAMES, max_size=2).map(tuple),
    st.lists(st.integers(1, 3), max_size=2).map(tuple),
)
ROWS = st.fixed_dictionaries(
    {
        "rule": NAMES,
        "dataset": NAMES,
        "USUBJID": st.none() | NAMES,
        "record": st.none() | st.integers(1, 3),
        "variables": st.lists(NAMES, max_size=2),
    }
)


@given(st.lists(ROWS, max_size=8), st.lists(ENTRIES, max_size=5))
def test_matching_in_columns_is_matching_one_by_one(
    rows: list[dict[str, object]], entries: list[Suppression]
) -> None:
    def falls_under(row: dict[str, object], e: Suppression) -> bool:
        variables = row["variables"]
        assert isinstance(variables, list)
        return (
            row["rule"] == e.rule
            and e.dataset in ("", row["dataset"])
            and (not e.variable or e.variable in variables)
            and (not e.subjects or row["USUBJID"] in e.subjects)
            and (not e.records or row["record"] in e.records)
        )

    marked, counts = suppressed(findings(rows).findings, entries)
    matched = [[n for n, e in enumerate(entries, 1) if falls_under(r, e)] for r in rows]
    assert marked["suppression"].to_list() == [m[0] if m else None for m in matched]
    assert counts["findings"].to_list() == [sum(n in m for m in matched) for n in range(1, len(entries) + 1)]


def test_suppressions_are_read_as_a_list_or_under_their_key(tmp_path: Path) -> None:
    entry = (
        "rule: CORE-000701\n  dataset: cm\n  variable: EPOCH\n  subject: [01-1, 7]\n  records: [3]\n"
        "  reason: >\n    Before\n    the trial.\n"
    )
    bare = load_suppressions(written(tmp_path / "a.yaml", f"- {entry}"))
    assert bare.entries == (
        Suppression("CORE-000701", "Before the trial.", "CM", "EPOCH", ("01-1", "7"), (3,), line=1),
    )
    keyed = "suppressions:\n  - " + entry.replace("\n", "\n  ")
    assert load_suppressions(written(tmp_path / "b.yaml", keyed)).entries[0].reason == "Before the trial."
    assert load_suppressions(written(tmp_path / "c.yaml", "[]")).entries == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- rule: R\n", "line 1, suppressions[1]: `reason` is missing. Add it: Why these findings may stand"),
        ("- rule: R\n  reason: ' '\n", "line 2, suppressions[1].reason: "),
        ("- rule: R\n  reason: \n", "line 2, suppressions[1].reason: this must be text, not empty"),
        (
            "- rule: R\n  reason: x\n  datset: DM\n",
            "line 3, suppressions[1].datset: unknown key `datset`. Did you mean `dataset`?",
        ),
        (
            "- rule: R\n  reason: x\n  records: [1]\n",
            "line 1, suppressions[1]: `records` are numbered by dataset",
        ),
        (
            "- rule: R\n  reason: x\n  dataset: DM\n  records: [0]\n",
            "line 4, suppressions[1].records[1]: 0 must be at least 1",
        ),
        ("- &a\n  rule: R\n  reason: x\n- *a\n", "line 4: the alias *a repeats another part of the file"),
        ("just text\n", "line 1: there is no `key: value` at the top level"),
    ],
)
def test_a_suppression_that_cannot_be_read_is_said_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    path = written(tmp_path / "notes.yaml", text)
    with pytest.raises(InputError) as error:
        load_suppressions(path)
    assert said in str(error.value)
    assert str(error.value).startswith(str(path))


# --- files ---


def test_json_has_everything_and_follows_its_schema(tmp_path: Path) -> None:
    entries = (Suppression("R-ERROR", "known", subjects=("S-2",)), Suppression("R-PASSED", "long ago"))
    made = report(suppressions=Suppressions(entries, "notes.yaml"))
    found = _json(made, tmp_path)
    validator("validation-report.schema.json").validate(found)
    about = found["Conformance_Details"]
    assert (about["Standard"], about["Version"], about["CT_Version"]) == (
        "SDTMIG",
        "V3.4",
        "sdtmct-2025-03-28",
    )
    assert (about["Failed"], about["Errors"], about["Warnings"], about["Suppressed"]) == (True, 1, 1, 1)
    first, second, _ = found["Issue_Details"]
    assert (first["core_id"], first["dataset"], first["USUBJID"], first["row"]) == ("R-ERROR", "DM", "S-2", 2)
    assert dict(zip(first["variables"], first["values"], strict=True)) == {
        "SEX": None,
        "AGE": "41",
        "RACE": "Not in dataset",
    }
    assert (first["suppressed"], second["suppressed"]) == ("known", None)
    outcomes = {(o["core_id"], o["dataset"]): (o["status"], o["reason"]) for o in found["Rule_Outcomes"]}
    assert outcomes[("R-UNKNOWN", "")] == ("NOT EXECUTED", UNEXECUTED)
    assert outcomes[("R-SKIPPED", "DM")] == ("SKIPPED", "ETHNIC is not in the dataset")
    assert {r["core_id"]: r["status"] for r in found["Rules_Report"]}["R-PASSED"] == "SUCCESS"
    assert [s["stale"] for s in found["Suppressions"]] == [False, True]


def test_a_report_without_findings_follows_the_schema(tmp_path: Path) -> None:
    found = _json(report(rules=[]), tmp_path)
    validator("validation-report.schema.json").validate(found)
    assert found["Issue_Details"] == []


def test_numbers_of_the_json_add_up(tmp_path: Path) -> None:
    found = _json(report(), tmp_path)
    about = found["Conformance_Details"]
    assert about["Rules"] == sum(v for k, v in about.items() if k.startswith("Rules_"))
    assert len(found["Issue_Details"]) == sum(i["issues"] for i in found["Issue_Summary"])
    assert about["Errors"] == sum(d["error"] for d in found["Dataset_Details"])


TEXTS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@given(st.lists(st.none() | TEXTS, max_size=3))
def test_values_survive_csv(values: list[str | None]) -> None:
    from interop.rules.report.csvfile import table

    rows = [{"rule": "R-ERROR", "dataset": "DM", "variables": ["X"] * len(values), "values": values}]
    text = table(report(found=findings(rows))).write_csv()
    read = next(csv.DictReader(text.splitlines(keepends=True)))
    assert json.loads(read["values"]) == values


def test_csv_has_a_row_for_all_that_was_found_and_all_that_was_not_judged(tmp_path: Path) -> None:
    entries = (Suppression("R-ERROR", "known", subjects=("S-2",)), Suppression("R-PASSED", "long ago"))
    path = tmp_path / "report.csv"
    write_report(report(suppressions=Suppressions(entries)), path)
    raw = path.read_bytes()
    assert raw.startswith(
        b"status,severity,rule,dataset,record,USUBJID,SEQ,variables,values,message,reason,sources\n"
    )
    rows = list(csv.DictReader(raw.decode("utf-8").splitlines()))
    assert [(r["status"], r["rule"], r["dataset"], r["reason"]) for r in rows] == [
        ("suppressed", "R-ERROR", "DM", "known"),
        ("issue", "R-ERROR", "DM", ""),
        ("issue", "R-WARNING", "DM", ""),
        ("not executed", "R-UNKNOWN", "", UNEXECUTED),
        ("skipped", "R-ERROR", "VS", "SEX is not in the dataset"),
        ("skipped", "R-SKIPPED", "DM", "ETHNIC is not in the dataset"),
        ("skipped", "R-SKIPPED", "VS", "ETHNIC is not in the dataset"),
        ("skipped", "R-WARNING", "VS", "AGE is not in the dataset"),
        ("stale suppression", "R-PASSED", "", "it matched no finding. The entry says: long ago"),
    ]
    assert (rows[0]["variables"], rows[0]["values"]) == ("SEX, AGE, RACE", '[null,"41","Not in dataset"]')


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_report_gives_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    made = report()
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    write_report(made, one)
    write_report(made, two)
    assert one.read_bytes() == two.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == [one.name, two.name]


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "report.json", "the last one")

    def half(_: Report, target: Path) -> None:
        target.write_text("{", encoding="utf-8")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(jsonfile, "write_json", half)
    with pytest.raises(UsageError, match="No space left on device"):
        write_report(report(), path)
    assert path.read_text(encoding="utf-8") == "the last one"
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize("name", ["report", "report.pdf"])
def test_another_suffix_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"\.json, \.csv, \.xlsx, \.html"):
        write_report(report(), tmp_path / name)


@pytest.mark.oracle
def test_a_hundred_thousand_findings_take_seconds(tmp_path: Path) -> None:
    from time import perf_counter

    many = 100_000
    package = study(DM={"USUBJID": [f"S-{n}" for n in range(many)], "SEX": [""] * many, "AGE": [1.0] * many})
    began = perf_counter()
    made = report(package, [ERROR])
    write_report(made, tmp_path / "report.json")
    write_report(made, tmp_path / "report.html")
    assert made.findings.height == many
    assert perf_counter() - began < 10
    assert (tmp_path / "report.html").stat().st_size < 1_000_000
    assert made.findings["shown"].sum() == model.PER_RULE


def _json(made: Report, folder: Path) -> dict[str, Any]:
    path = folder / "report.json"
    write_report(made, path)
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]
