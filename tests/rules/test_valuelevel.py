"""Value level metadata: the records that a condition of define.xml names, and the values judged in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from interop.rules.define.metadata import read_define
from interop.rules.engine import context_of, evaluate
from interop.rules.findings import Findings
from tests.rules.support import Columns, rule, study

VS = {
    "DOMAIN": ["VS"] * 5,
    "VSTESTCD": ["SYSBP", "SYSBP", "TEMP", "TEMP", ""],
    "VSPOS": ["SITTING", "", "SITTING", "", ""],
    "VSSTRESN": [120, 1200, 36.6, None, 5],
    "VSORRES": ["120", "1200", "36.6", "", "5"],
}
TOO_LONG = rule(
    {"all": [{"name": "variable_value_length", "operator": "greater_than", "value": "define_vlm_length"}]},
    Rule_Type="Value Check against Define XML VLM",
    Outcome={
        "Message": "Too long",
        "Output Variables": ["variable_name", "variable_value", "define_vlm_length"],
    },
)

NAMES = ("VSTESTCD", "VSPOS", "VSSTRESN", "VSORRES", "ELSEWHERE")


def define(folder: Path, wheres: str, refs: str = "<def:WhereClauseRef WhereClauseOID='W1'/>") -> Path:
    """A define.xml in which VSORRES, in the records that `wheres` name, is an integer of 3 digits."""
    items = "".join(f"<ItemDef OID='IT.{n}' Name='{n}' DataType='text' Length='8'/>" for n in NAMES)
    items = items.replace(
        "Name='VSORRES' DataType='text' Length='8'/>",
        "Name='VSORRES' DataType='text' Length='8'><def:ValueListRef ValueListOID='VL1'/></ItemDef>",
    )
    path = folder / "define.xml"
    path.write_text(
        "<ODM xmlns='http://www.cdisc.org/ns/odm/v1.3' xmlns:def='http://www.cdisc.org/ns/def/v2.1'>"
        "<Study><MetaDataVersion>"
        f"<def:ValueListDef OID='VL1'><ItemRef ItemOID='IT.V' Mandatory='No'>{refs}</ItemRef>"
        "</def:ValueListDef>"
        f"{wheres}"
        "<ItemGroupDef OID='IG.VS' Name='VS' Domain='VS'>"
        + "".join(f"<ItemRef ItemOID='IT.{n}' Mandatory='No'/>" for n in NAMES[:-1])
        + f"</ItemGroupDef>{items}<ItemDef OID='IT.V' Name='VSORRES' DataType='integer' Length='3'/>"
        "</MetaDataVersion></Study></ODM>",
        encoding="utf-8",
    )
    return path


def where(*checks: tuple[str, str, str], oid: str = "W1") -> str:
    made = "".join(
        f"<RangeCheck Comparator='{comparator}' SoftHard='Soft' def:ItemOID='IT.{name}'>"
        + "".join(f"<CheckValue>{v}</CheckValue>" for v in values.split())
        + "</RangeCheck>"
        for name, comparator, values in checks
    )
    return f"<def:WhereClauseDef OID='{oid}'>{made}</def:WhereClauseDef>"


def judged(path: Path, columns: Columns = VS) -> Findings:
    return evaluate([TOO_LONG], context_of(study(VS=columns), "SDTMIG", "3.4", path))


@pytest.mark.parametrize(
    ("checks", "records"),
    [
        ([("VSTESTCD", "EQ", "SYSBP")], [2]),
        ([("VSTESTCD", "NE", "TEMP")], [2]),
        ([("VSTESTCD", "IN", "SYSBP DIABP")], [2]),
        ([("VSTESTCD", "NOTIN", "SYSBP TEMP")], []),
        ([("VSTESTCD", "EQ", "SYSBP"), ("VSPOS", "EQ", "SITTING")], []),
        ([("VSSTRESN", "GT", "120")], [2]),
        ([("VSSTRESN", "GE", "1200")], [2]),
        ([("VSSTRESN", "LT", "1200")], [3]),
        ([("VSSTRESN", "LE", "1200")], [2, 3]),
    ],
)
def test_values_are_judged_in_the_records_that_a_condition_names(
    tmp_path: Path, checks: list[tuple[str, str, str]], records: list[int]
) -> None:
    found = judged(define(tmp_path, where(*checks)))
    # 36.6 is no integer of three digits either: flagged where its record is meant.
    assert found.findings["record"].to_list() == records
    assert found.not_executed.is_empty()


def test_a_finding_shows_the_variable_the_value_and_what_is_stated(tmp_path: Path) -> None:
    found = judged(define(tmp_path, where(("VSTESTCD", "EQ", "SYSBP"))))
    assert found.findings.select("dataset", "record", "variables", "values").rows() == [
        ("VS", 2, ["variable_name", "variable_value", "define_vlm_length"], ["VSORRES", "1200", "3"])
    ]


def test_of_several_conditions_one_must_hold(tmp_path: Path) -> None:
    refs = "<def:WhereClauseRef WhereClauseOID='W1'/><def:WhereClauseRef WhereClauseOID='W2'/>"
    wheres = where(("VSTESTCD", "EQ", "DIABP")) + where(("VSPOS", "NE", "SITTING"), oid="W2")
    assert judged(define(tmp_path, wheres, refs)).findings["record"].to_list() == [2]


def test_what_cannot_be_decided_is_not_executed(tmp_path: Path) -> None:
    found = judged(define(tmp_path, where(("ELSEWHERE", "EQ", "X"))))
    assert found.not_executed["reason"].to_list() == [
        "a condition of the define.xml asks for ELSEWHERE, which VS does not have"
    ]
    found = judged(define(tmp_path, where(("VSSTRESN", "GT", "high"))))
    assert "compares the number VSSTRESN" in found.not_executed["reason"][0]


@pytest.mark.parametrize("wheres", ["", "<def:WhereClauseDef OID='W1'/>"])
def test_a_condition_that_is_not_defined_does_not_hold_everywhere(tmp_path: Path, wheres: str) -> None:
    found = judged(define(tmp_path, wheres))
    assert found.not_executed["reason"].to_list() == [
        "a condition of the define.xml asks for W1, which VS does not have"
    ]


def test_an_item_without_a_condition_is_for_all_records(tmp_path: Path) -> None:
    assert judged(define(tmp_path, "", refs="")).findings["record"].to_list() == [2, 3]


def test_a_define_without_value_lists_is_skipped(tmp_path: Path) -> None:
    path = define(tmp_path, where(("VSTESTCD", "EQ", "SYSBP")))
    path.write_text(path.read_text().replace("<def:ValueListRef ValueListOID='VL1'/>", ""))
    assert judged(path).outcomes.select("status", "reason").rows() == [
        ("skipped", "the define.xml has no value level metadata for VS")
    ]


def test_every_check_of_every_condition_is_read(tmp_path: Path) -> None:
    checks = where(("VSTESTCD", "IN", "A B"), ("VSPOS", "NE", "C"))
    (level,) = read_define(define(tmp_path, checks)).value_level["VS"]
    assert level.variable == "VSORRES"
    assert level.row["define_vlm_data_type"] == "integer"
    assert [[(c.variable, c.comparator, c.values) for c in checks] for checks in level.conditions] == [
        [("VSTESTCD", "IN", ("A", "B")), ("VSPOS", "NE", ("C",))]
    ]


def test_an_operation_reads_what_is_stated_of_a_variable(tmp_path: Path) -> None:
    path = define(tmp_path, where(("VSTESTCD", "EQ", "SYSBP")))
    attribute = "define_variable_length"
    wanted = {"id": "$length", "operator": "define_variable_metadata", "attribute_name": attribute}
    longer = rule(
        [{"name": "VSORRES", "operator": "longer_than", "value": "$length"}],
        Operations=[{**wanted, "name": "--POS"}],
    )
    columns = {"DOMAIN": ["VS"] * 2, "VSORRES": ["12345678", "123456789"]}
    found = evaluate([longer], context_of(study(VS=columns), "SDTMIG", "3.4", path))
    assert found.findings["record"].to_list() == [2]


def test_an_operation_gives_what_a_define_adds_to_codelists(tmp_path: Path) -> None:
    path = define(tmp_path, where(("VSTESTCD", "EQ", "SYSBP")))
    added = (
        "<CodeList OID='CL.P' Name='Position'><Alias Context='nci:ExtCodeID' Name='C71148'/>"
        "<EnumeratedItem CodedValue='SITTING'/><EnumeratedItem CodedValue='TILTED' def:ExtendedValue='Yes'/>"
        "</CodeList></MetaDataVersion>"
    )
    path.write_text(path.read_text().replace("</MetaDataVersion>", added))

    def judged_by(*codelists: str) -> Findings:
        known = {"id": "$added", "operator": "define_extensible_codelists", "codelists": list(codelists)}
        check = [{"name": "VSPOS", "operator": "is_contained_by", "value": "$added"}]
        columns = {"DOMAIN": ["VS"] * 2, "VSPOS": ["SITTING", "TILTED"]}
        context = context_of(study(VS=columns), "SDTMIG", "3.4", path)
        return evaluate([rule(check, Operations=[known])], context)

    assert judged_by("POSITION").findings["record"].to_list() == [2]
    assert judged_by("ALL").findings["record"].to_list() == [2]
    assert judged_by("Unit").not_executed["reason"].to_list() == [
        "the define.xml adds nothing to a codelist Unit"
    ]
