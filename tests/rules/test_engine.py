"""Rules over small studies: scope, joins, operations, what is reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from interop.rules.data import package_of
from interop.rules.engine import validate
from tests.rules.support import dataset, records, rule, run, study

DM = {
    "STUDYID": ["S", "S"],
    "DOMAIN": ["DM", "DM"],
    "USUBJID": ["1", "2"],
    "RFSTDTC": ["2020-01-05", "2020-02"],
}
AE = {
    "STUDYID": ["S"] * 3,
    "DOMAIN": ["AE"] * 3,
    "USUBJID": ["1", "1", "2"],
    "AESEQ": [1.0, 2.0, 1.0],
    "AETERM": ["Headache", "", "Fever"],
    "AESTDTC": ["2020-01-05", "2020-01-04", "2020-02-01"],
}


def test_a_finding_names_record_keys_variables_and_values() -> None:
    found = run(study(AE=AE), rule([{"name": "--TERM", "operator": "empty"}]))
    assert found.findings.to_dicts() == [
        {
            "rule": "TEST-1",
            "dataset": "AE",
            "domain": "AE",
            "record": 2,
            "USUBJID": "1",
            "SEQ": 2.0,
            "variables": ["AETERM"],
            "values": [None],
            "message": "It is wrong",
            "sensitivity": "Record",
        }
    ]
    assert json.loads(found.findings.write_json())[0]["record"] == 2
    assert found.outcomes.select("rule", "dataset", "status", "findings").rows() == [
        ("TEST-1", "AE", "issues", 1)
    ]


def test_output_variables_that_are_absent_are_said_so() -> None:
    checked = rule(
        [{"name": "AETERM", "operator": "empty"}],
        Outcome={"Message": "", "Output Variables": ["--SEQ", "--X"]},
    )
    found = run(study(AE=AE), checked).findings
    assert found["variables"].to_list() == [["AESEQ", "AEX"]]
    assert found["values"].to_list() == [["2", "Not in dataset"]]


@pytest.mark.parametrize(
    ("check", "status", "said"),
    [
        ([{"name": "AENONE", "operator": "empty"}], "skipped", "AENONE is not in the dataset"),
        ([{"name": "AETERM", "operator": "is_odd"}], "not executed", "'is_odd' is not known"),
        ([{"name": "ROOT(N)||'FL'", "operator": "empty"}], "not executed", "names no variable"),
        ([{"name": "AETERM", "operator": "matches_regex", "value": "("}], "not executed", "not valid"),
        ([{"name": "AESEQ", "operator": "longer_than", "value": 1}], "not executed", "is for text"),
    ],
)
def test_nothing_is_passed_by_in_silence(check: Any, status: str, said: str) -> None:
    outcome = run(study(AE=AE), rule(check)).outcomes.row(0, named=True)
    assert outcome["status"] == status
    assert said in outcome["reason"]


def test_an_alternative_that_cannot_be_asked_is_not_met() -> None:
    missing = {"name": "AENONE", "operator": "empty"}
    found = run(study(AE=AE), rule({"any": [missing, {"name": "AETERM", "operator": "empty"}]}))
    assert records(found) == [("AE", 2)]
    assert run(study(AE=AE), rule({"any": [missing, missing]})).outcomes["status"].to_list() == ["skipped"]


def test_unknown_rule_types_and_operations_are_not_executed() -> None:
    check = [{"name": "AETERM", "operator": "empty"}]
    odd = [rule(check, Rule_Type="Tea Leaves"), rule(check, Operations=[{"id": "$x", "operator": "guess"}])]
    assert [o["status"] for o in run(study(AE=AE), *odd).outcomes.to_dicts()] == ["not executed"] * 2


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"Domains": {"Include": ["AE"]}}, {"AE"}),
        ({"Domains": {"Include": ["ALL"], "Exclude": ["SUPP--"]}}, {"AE", "DM", "XX"}),
        ({"Domains": {"Include": ["SUPP--"]}}, {"SUPPAE"}),
        ({"Classes": {"Include": ["EVENTS"]}}, {"AE", "XX"}),
        ({"Classes": {"Include": ["SPECIAL PURPOSE"]}}, {"DM"}),
        ({"Classes": {"Include": ["ALL"], "Exclude": ["EVENTS"]}}, {"AE", "DM", "XX", "SUPPAE"}),
        ({"Classes": {"Exclude": ["EVENTS"]}}, {"DM", "SUPPAE"}),
        ({"Classes": {"Include": ["RELATIONSHIP"]}}, {"SUPPAE"}),
        ({"Datasets": {"Include": ["DM"]}}, {"DM"}),
    ],
)
def test_scope(scope: dict[str, Any], expected: set[str]) -> None:
    custom = {"DOMAIN": ["XX"], "XXTERM": ["x"], "STUDYID": ["S"]}
    supp = {"STUDYID": ["S"], "RDOMAIN": ["AE"], "QNAM": ["A"]}
    package = study(AE=AE, DM=DM, XX=custom, SUPPAE=supp)
    found = run(package, rule([{"name": "STUDYID", "operator": "non_empty"}], Scope=scope))
    assert set(found.findings["dataset"]) == expected


def test_adam_scope_by_data_structure() -> None:
    package = study(
        ADSL={"STUDYID": ["S"]},
        ADVS={"STUDYID": ["S"], "PARAMCD": ["A"]},
        ADAE={"AETERM": ["x"], "STUDYID": ["S"]},
    )
    check = [{"name": "STUDYID", "operator": "non_empty"}]
    for structure, name in (
        ("SUBJECT LEVEL ANALYSIS DATASET", "ADSL"),
        ("BASIC DATA STRUCTURE", "ADVS"),
        ("OCCURRENCE DATA STRUCTURE", "ADAE"),
    ):
        found = run(
            package,
            rule(check, Scope={"Data Structures": {"Include": [structure]}}),
            standard="ADAMIG",
            version="1.3",
        )
        assert set(found.findings["dataset"]) == {name}


def test_dataset_and_group_sensitivity_report_once() -> None:
    check = [{"name": "USUBJID", "operator": "non_empty"}]
    found = run(study(AE=AE), rule(check, Sensitivity="Dataset"))
    assert records(found) == [("AE", None)]
    found = run(study(AE=AE), rule(check, Sensitivity="Group", Grouping_Variables=["USUBJID"]))
    assert records(found) == [("AE", 1), ("AE", 3)]


def test_dm_is_joined_and_told_apart() -> None:
    match = [{"Name": "DM", "Keys": ["USUBJID"]}]
    later = rule(
        [{"name": "--STDTC", "operator": "date_less_than", "value": "RFSTDTC"}], Match_Datasets=match
    )
    assert records(run(study(AE=AE, DM=DM), later)) == [("AE", 2)]
    apart = rule(
        [{"name": "DOMAIN", "operator": "not_equal_to", "value": "DM.DOMAIN"}],
        Match_Datasets=match,
        Scope={"Domains": {"Include": ["AE"]}},
    )
    assert records(run(study(AE=AE, DM=DM), apart)) == [("AE", 1), ("AE", 2), ("AE", 3)]


def test_supp_is_joined_as_columns() -> None:
    supp = {
        "STUDYID": ["S"] * 3,
        "RDOMAIN": ["AE"] * 3,
        "USUBJID": ["1", "1", "2"],
        "IDVAR": ["AESEQ"] * 3,
        "IDVARVAL": ["1", "2", "1"],
        "QNAM": ["AESOSP", "AETRT", "AESOSP"],
        "QVAL": ["other", "yes", ""],
    }
    check = [{"name": "AESOSP", "operator": "non_empty"}, {"name": "AETRT", "operator": "empty"}]
    found = run(
        study(AE=AE, SUPPAE=supp),
        rule(check, Match_Datasets=[{"Name": "SUPP--"}], Scope={"Domains": {"Include": ["AE"]}}),
    )
    assert records(found) == [("AE", 1)]


def test_a_supp_record_finds_its_parent() -> None:
    supp = {
        "STUDYID": ["S"] * 3,
        "RDOMAIN": ["AE"] * 3,
        "USUBJID": ["1", "1", "2"],
        "IDVAR": ["AESEQ"] * 3,
        "IDVARVAL": ["1", "3", "1"],
    }
    check = [
        {
            "name": "IDVARVAL",
            "operator": "not_equal_to",
            "value": "IDVAR",
            "value_is_reference": True,
            "type_insensitive": True,
        }
    ]
    match = [{"Name": "SUPP--", "Child": True, "Keys": ["USUBJID", "IDVAR", "IDVARVAL"]}]
    found = run(
        study(AE=AE, SUPPAE=supp),
        rule(check, Match_Datasets=match, Scope={"Domains": {"Include": ["SUPP--"]}}),
    )
    assert records(found) == [("SUPPAE", 2)]


def test_relrec_joins_record_to_record() -> None:
    relrec = {
        "STUDYID": ["S"] * 4,
        "RDOMAIN": ["AE", "CM", "AE", "CM"],
        "USUBJID": ["1", "1", "", ""],
        "IDVAR": ["AESEQ", "CMSEQ", "AESEQ", "CMSEQ"],
        "IDVARVAL": ["1", "7", "2", "8"],
        "RELID": ["R1", "R1", "R2", "R2"],
    }
    cm = {
        "STUDYID": ["S"] * 2,
        "DOMAIN": ["CM"] * 2,
        "USUBJID": ["1"] * 2,
        "CMSEQ": [7.0, 8.0],
        "CMTRT": ["Headache", "Aspirin"],
    }
    check = [{"name": "AETERM", "operator": "not_equal_to", "value": "RELREC.**TRT"}]
    related = rule(check, Match_Datasets=[{"Name": "RELREC"}], Scope={"Domains": {"Include": ["AE"]}})
    assert records(run(study(AE=AE, CM=cm, RELREC=relrec), related)) == [("AE", 2)]


def test_a_split_dataset_is_one_and_its_records_keep_their_place() -> None:
    part = {"DOMAIN": ["QS"] * 2, "USUBJID": ["1", "2"], "QSSEQ": [1.0, 2.0]}
    package = study(QSA=part, QSB={**part, "QSSEQ": [1.0, 3.0]})
    twice = rule([{"name": "--SEQ", "operator": "is_not_unique_set", "value": ["USUBJID"]}])
    assert records(run(package, twice)) == [("QSA", 1), ("QSB", 1)]
    apart = rule(
        [{"name": "--SEQ", "operator": "is_not_unique_set", "value": ["USUBJID"]}],
        Scope={"Domains": {"include_split_datasets": True}},
    )
    assert records(run(package, apart)) == []


def test_presence_of_datasets_is_about_the_study() -> None:
    check = [{"name": "AE", "operator": "exists"}, {"name": "DM", "operator": "not_exists"}]
    found = run(study(AE=AE, CM=AE), rule(check, Rule_Type="Domain Presence Check"))
    assert records(found) == [("STUDY", None)]


def test_metadata_of_variables_and_datasets() -> None:
    long = rule(
        [{"name": "variable_name", "operator": "longer_than", "value": 6}],
        Rule_Type="Variable Metadata Check",
    )
    assert records(run(study(AE=AE), long)) == [("AE", 1), ("AE", 3), ("AE", 6)]
    label = rule(
        [{"name": "dataset_label", "operator": "equal_to", "value": "AE"}], Rule_Type="Dataset Metadata Check"
    )
    assert records(run(study(AE=AE), label)) == [("AE", 1)]
    check = [
        {"name": "variable_name", "operator": "equal_to", "value": "library_variable_name"},
        {"name": "variable_label", "operator": "not_equal_to", "value": "library_variable_label"},
    ]
    against = rule(check, Rule_Type="Variable Metadata Check against Library Metadata")
    assert run(study(AE=AE), against).findings.height == 6


def test_values_with_the_metadata_of_their_variables() -> None:
    check = [
        {"name": "variable_data_type", "operator": "equal_to", "value": "Char"},
        {"name": "variable_value", "operator": "empty"},
    ]
    outcome = {"Message": "", "Output Variables": ["variable_name"]}
    found = run(study(AE=AE), rule(check, Rule_Type="Value Check with Variable Metadata", Outcome=outcome))
    assert found.findings.select("record", "values").rows() == [(2, ["AETERM"])]


def test_define_is_asked_for() -> None:
    check = [{"name": "define_variable_role", "operator": "empty"}]
    found = run(study(AE=AE), rule(check, Rule_Type="Variable Metadata Check against Define XML"))
    assert found.not_executed["reason"].to_list() == ["it needs a define.xml: give one with --define"]


def test_a_folder_is_validated(tmp_path: Path) -> None:
    data, rules = tmp_path / "data", tmp_path / "rules"
    data.mkdir()
    rules.mkdir()
    pl.DataFrame(AE).write_csv(data / "ae.csv", quote_style="non_numeric")
    text = json.dumps(
        {
            "Authorities": [{"Organization": "X", "Standards": [{"Name": "SDTMIG", "Version": "3.4"}]}],
            "Check": {"all": [{"name": "--TERM", "operator": "empty"}]},
            "Core": {"Id": "X-1"},
            "Outcome": {"Message": "--TERM is empty"},
            "Rule Type": "Record Data",
            "Sensitivity": "Record",
        }
    )
    (rules / "x.json").write_text(text)
    found = validate(data, rules)
    assert found.findings.select("record", "message").rows() == [(2, "AETERM is empty")]
    assert validate(data, rules, version="3.3").findings.is_empty()


def test_no_rows_and_many_columns() -> None:
    check = [{"name": "--TERM", "operator": "empty"}]
    nothing = dataset("AE", {k: [] for k in AE})
    wide = dataset("AE", {**AE, **{f"X{n}": ["a"] * 3 for n in range(3000)}})
    assert run(package_of([nothing]), rule(check)).outcomes["status"].to_list() == ["skipped"]
    assert records(run(package_of([wide]), rule(check))) == [("AE", 2)]


def test_what_one_dataset_shows_of_the_study_is_said_once() -> None:
    operation = [{"id": "$mids", "operator": "variable_exists", "name": "MIDS"}]
    check = [
        {"name": "$mids", "operator": "equal_to", "value": True},
        {"name": "TM", "operator": "not_exists"},
    ]
    needs = rule(check, Rule_Type="Domain Presence Check", Operations=operation)
    with_mids = {**AE, "MIDS": ["x"] * 3}
    assert run(study(DM=DM, AE=AE), needs).findings.is_empty()
    assert records(run(study(DM=DM, AE=with_mids, CM={**DM, "MIDS": ["", "y"]}), needs)) == [("STUDY", None)]
