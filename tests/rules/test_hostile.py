"""Input made to hurt: it costs a rule, never the run."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interop.errors import InputError, UsageError
from interop.package.convert import read_table
from interop.package.csvfile import write_csv
from interop.package.table import Table, table_of
from interop.package.xpt import write_xpt
from interop.rules import findings, read, regex
from interop.rules.define.metadata import read_define
from interop.rules.findings import Findings
from interop.rules.load import load_rules
from interop.rules.outcome import NotExecutableError
from interop.rules.read import read_package
from interop.rules.regex import compiled_by_re
from interop.rules.report.severity import severity
from interop.rules.standards.terminology import read_ct
from interop.rules.unread import READABLE
from tests.rules.support import records, rule, run, study

# Exponential where an engine backtracks. The look-ahead keeps the others from the linear engine.
CATASTROPHIC = [r"^(a|aa)+$", r"^(?=a)(a|aa)+$", r"^(?=a)(a|b|ab)*c$", r"^(?=a)(\w+\s?)+:$", r"(?=a)(a+)+$"]


@pytest.fixture
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regex, "SECONDS", 0.2)


def _bounded(pattern: str) -> Findings:
    texts = {"DOMAIN": ["AE", "AE"], "AETERM": ["a" * 60 + "!", "ab" * 40 + "!"]}
    bad = rule([{"name": "AETERM", "operator": "matches_regex", "value": pattern}])
    well = rule([{"name": "AETERM", "operator": "equal_to", "value": "nothing"}])
    start = time.process_time()
    found = run(study(AE=texts), bad, well)
    assert time.process_time() - start < 4
    return found


@pytest.mark.usefixtures("_soon")
@pytest.mark.parametrize("pattern", CATASTROPHIC)
def test_a_pattern_that_backtracks_for_ever_is_stopped(pattern: str) -> None:
    with ThreadPoolExecutor(1) as pool:  # no signal comes into a thread
        for found in (_bounded(pattern), pool.submit(_bounded, pattern).result()):
            status = found.outcomes["status"].to_list()
            assert status in (["not executed", "passed"], ["passed", "passed"])
            assert all("takes more than 0.2 s" in r for r in found.not_executed["reason"])


@pytest.mark.usefixtures("_soon")
def test_of_the_catastrophic_patterns_some_are_stopped_and_the_linear_engine_answers() -> None:
    assert _bounded(CATASTROPHIC[0]).outcomes["status"].to_list() == ["passed", "passed"]
    assert _bounded(CATASTROPHIC[1]).outcomes["status"].to_list() == ["not executed", "passed"]


@pytest.mark.usefixtures("_soon")
def test_a_pattern_stands_for_others_in_operations_too() -> None:
    ae = {"DOMAIN": ["AE"], "AETERM": ["a" * 60 + "!"]}
    cut = rule([{"name": "AETERM", "operator": "is_unique_set", "value": [], "regex": CATASTROPHIC[1]}])
    found = run(study(AE=ae), cut)
    assert "takes more than 0.2 s" in found.not_executed["reason"][0]


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("a{4294967296}", "not valid"),
        ("(" * 3000 + ")" * 3000, "not valid"),
        ("(?P<x>a)(?P=y)", "not valid"),
        ("[a", "not valid"),
        ("(?=a)" + "a" * 10_000, "10,005 letters"),
    ],
)
def test_a_pattern_that_is_none_costs_its_rule(pattern: str, why: str) -> None:
    ae = {"DOMAIN": ["AE"], "AETERM": ["a"]}
    found = run(study(AE=ae), rule([{"name": "AETERM", "operator": "matches_regex", "value": pattern}]))
    assert why in found.not_executed["reason"][0]
    assert len(found.not_executed["reason"][0]) < 500


PIECES = st.sampled_from(
    ["a", "b", ".", "[ab]", "a+", "(ab|a)", "(?=a)", "(?!b)", r"(a)\1", "{", "{e}", "{1}", r"\{", "^", "$"]
)


@given(st.lists(PIECES, max_size=5).map("".join), st.text("abe{1}", max_size=6))
def test_patterns_mean_what_re_says(pattern: str, text: str) -> None:
    try:
        expected = re.search(pattern, text)
    except re.error:
        with pytest.raises(NotExecutableError):
            compiled_by_re(pattern)
        return
    found = compiled_by_re(pattern).search(text)
    assert (found and (found.span(), found.groups())) == (expected and (expected.span(), expected.groups()))


def write(folder: Path, name: str, columns: Mapping[str, Any], suffix: str = ".xpt") -> Path:
    path = folder / f"{name.lower()}{suffix}"
    (write_xpt if suffix == ".xpt" else write_csv)(table_of(pl.DataFrame(columns), name), path)
    return path


AE: dict[str, Any] = {
    "DOMAIN": ["AE", "AE"],
    "USUBJID": ["01", "02"],
    "AESEQ": [1, 1],
    "AETERM": ["Headache", ""],
}
DM: dict[str, Any] = {"DOMAIN": ["DM", "DM"], "USUBJID": ["01", "02"]}
EMPTY_TERM = rule([{"name": "AETERM", "operator": "empty"}])


def told(found: Findings) -> list[tuple[str, str]]:
    """The files that could not be read, as findings say it."""
    hits = found.findings.filter(pl.col("rule") == READABLE.id)
    return list(hits.select("dataset", "message").rows())


def judged(folder: Path) -> Findings:
    """The folder by one rule, which must find its one record, whatever else lies there."""
    found = run(read_package(folder), EMPTY_TERM)
    hits = found.findings.filter(pl.col("rule") == EMPTY_TERM.id)
    assert hits.select("dataset", "record").rows() == [("AE", 2)]
    return found


def test_a_folder_of_nothing_and_a_cut_file_alone_are_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no datasets"):
        read_package(tmp_path)
    (tmp_path / "ae.xpt").write_bytes(b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!000")
    with pytest.raises(InputError, match=r"ae\.xpt: the XPT file is cut short"):
        read_package(tmp_path)
    (tmp_path / "dm.xpt").write_bytes(b"")
    with pytest.raises(InputError, match=r"\(and 1 more files that cannot be read\)"):
        read_package(tmp_path)


BAD: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "cut in its rows": ("dm.xpt", lambda raw: raw[:-40], "cut short or damaged"),
    "cut in its header": ("dm.xpt", lambda raw: raw[:700], "cut short or damaged"),
    "empty": ("dm.xpt", lambda _: b"", "the file is empty"),
    "no XPT": ("dm.xpt", lambda _: b"%PDF-1.7" * 100, "not an XPT file"),
    "JSON with NaN": (
        "dm.json",
        lambda _: b'{"datasetJSONVersion": "1.1.0", "rows": [[NaN]]}',
        "NaN is no number",
    ),
    "deep JSON": ("dm.json", lambda _: b"[" * 200_000, "nested too deeply"),
    "cut JSON": ("dm.ndjson", lambda _: b'{"datasetJSONVersion": "1.1.0", "na', "not valid JSON"),
    "Parquet": ("dm.parquet", lambda _: b"PAR1 and no more PAR1", "Parquet file cannot be read"),
    "UTF-16": ("dm.csv", lambda _: "DOMAIN\nDM\n".encode("utf-16"), "the text is UTF-16"),
    "neither": ("dm.csv", lambda _: b"DOMAIN\nD\x81\n", "line 2"),
    "ragged": ("dm.csv", lambda _: b"DOMAIN,X\nDM,1,2\n", "line 2: the row has 3 fields"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_file_is_an_error_and_the_others_are_judged(tmp_path: Path, bad: str) -> None:
    name, damage, why = BAD[bad]
    write(tmp_path, "AE", AE)
    whole = write(tmp_path, "DM", DM).read_bytes()
    (tmp_path / "dm.xpt").unlink()
    (tmp_path / name).write_bytes(damage(whole))
    found = judged(tmp_path)
    ((dataset, message),) = told(found)
    assert dataset == "DM"
    assert message.startswith(f"{name}: ")
    assert why in message
    assert str(tmp_path) not in message
    assert severity(READABLE) == "error"
    assert found.rules[-1] is READABLE


def test_a_file_of_our_own_defect_is_said_without_its_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "AE", AE)
    write(tmp_path, "DM", DM)

    def broken(path: Path) -> Table:
        if path.stem == "dm":
            raise ZeroDivisionError("Jane Doe")
        return read_table(path)

    monkeypatch.setattr(read, "read_table", broken)
    assert told(judged(tmp_path)) == [("DM", "dm.xpt: it cannot be read (ZeroDivisionError)")]


def test_what_asks_for_a_file_that_is_unread_is_not_executed(tmp_path: Path) -> None:
    write(tmp_path, "AE", AE)
    (tmp_path / "dm.xpt").write_bytes(b"")
    absent = rule(
        [{"name": "DM", "operator": "not_exists"}], Rule_Type="Domain Presence Check", Sensitivity="Dataset"
    )
    joined = rule(
        [{"name": "AETERM", "operator": "empty"}], Match_Datasets=[{"Name": "DM", "Keys": ["USUBJID"]}]
    )
    known = rule(
        [{"name": "USUBJID", "operator": "is_not_contained_by", "value": "$subjects"}],
        Operations=[{"id": "$subjects", "operator": "distinct", "domain": "DM", "name": "USUBJID"}],
    )
    found = run(read_package(tmp_path), absent, joined, known)
    assert found.not_executed["reason"].to_list() == [
        "dm.xpt cannot be read, so it is not known which datasets the study has",
        "dm.xpt cannot be read",
        "dm.xpt cannot be read",
    ]
    assert [d for d, _ in told(found)] == ["DM"]


def test_of_two_datasets_of_one_name_the_first_is_judged(tmp_path: Path) -> None:
    write(tmp_path, "AE", AE)
    other = write(tmp_path, "AE", AE | {"AETERM": ["", ""]}, ".xpt").rename(tmp_path / "ae2.xpt")
    write(tmp_path, "AE", AE)
    assert told(judged(tmp_path)) == [
        ("AE", "ae2.xpt: its dataset is AE, as that of ae.xpt is; leave one out")
    ]
    presence = rule(
        [{"name": "DM", "operator": "not_exists"}], Rule_Type="Domain Presence Check", Sensitivity="Dataset"
    )
    found = run(read_package(tmp_path), presence)  # AE is there: nothing of the study is missing
    assert found.not_executed.is_empty()
    assert ("STUDY", None) in records(found)
    (tmp_path / "x").mkdir()
    package = read_package([tmp_path / "ae.xpt", other.rename(tmp_path / "x" / "AE.xpt")])
    assert [u.file for u in package.unread] == ["AE.xpt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_or_folder_with_the_name_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, "AE", AE)
    (tmp_path / "dm.csv").mkdir()
    for name in ("cm.csv", "rule.yml"):
        os.mkfifo(tmp_path / name)
    assert told(judged(tmp_path)) == []
    assert load_rules(tmp_path).rules == ()


def test_json_that_is_no_dataset_is_passed_by_and_said(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text('{"resourceType": "Bundle"}')
    with pytest.raises(UsageError, match="no datasets"):
        read_package(tmp_path)
    write(tmp_path, "AE", AE)
    assert "report.json is JSON, but no Dataset-JSON, and was passed by" in read_package(tmp_path).notes
    assert told(judged(tmp_path)) == []


def test_one_dataset_in_several_formats_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, "AE", AE)
    write(tmp_path, "AE", AE | {"AETERM": ["", ""]}, ".csv")
    assert told(judged(tmp_path)) == []


@pytest.mark.parametrize("suffix", [".xpt", ".csv"])
def test_one_byte_of_cp1252_is_said_with_its_record_and_the_rest_judged(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path, "AE", AE | {"AETERM": ["F#ver", ""]}, suffix)
    path.write_bytes(path.read_bytes().replace(b"F#ver", "Fèver".encode("cp1252")))
    write(tmp_path, "DM", DM)
    package = read_package(tmp_path)
    where = "AETERM of record 1" if suffix == ".xpt" else "line 2"
    assert f"{path.name}: The text is not UTF-8 and was read as cp1252: {where}." in package.notes
    assert package.datasets[0].data["AETERM"].to_list() == ["Fèver", None]
    assert told(judged(tmp_path)) == []


def test_a_dataset_without_records_is_none_that_is_wrong(tmp_path: Path) -> None:
    none = pl.DataFrame(AE).clear().to_dict()
    for suffix in (".xpt", ".csv"):
        (tmp_path / suffix).mkdir()
        write(tmp_path / suffix, "AE", none, suffix)
        found = run(read_package(tmp_path / suffix), EMPTY_TERM)
        assert found.findings.is_empty()
        assert found.outcomes.select("status", "reason").rows() == [
            ("skipped", "there are no records to judge")
        ]


def test_what_a_finding_shows_does_not_depend_on_the_width(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = {"Message": "m", "Output Variables": ["--SEQ", "$terms", "AETERM", "AEBODSYS"]}
    wide = rule(
        [{"name": "AETERM", "operator": "empty"}],
        Outcome=shown,
        Operations=[{"id": "$terms", "operator": "distinct", "name": "AETERM", "domain": "AE"}],
    )
    group = rule(
        [{"name": "AETERM", "operator": "non_empty"}],
        Sensitivity="Group",
        Grouping_Variables=["--SEQ"],
    )
    before = run(study(AE=AE), wide, group).findings
    monkeypatch.setattr(findings, "WIDE", 0)
    assert run(study(AE=AE), wide, group).findings.equals(before)
    assert before["values"].to_list()[0] == ["1", "['Headache']", None, "Not in dataset"]


def test_a_dataset_of_3000_columns_is_judged(tmp_path: Path) -> None:
    # CSV, for pyreadstat takes four seconds to read so many columns of an XPT.
    write(tmp_path, "AE", AE | {f"X{n:07}": ["a", "b"] for n in range(3000)}, ".csv")
    each = rule(
        [{"name": "variable_value", "operator": "matches_regex", "value": "^b$"}],
        Rule_Type="Value Check with Variable Metadata",
    )
    lengths = rule(
        [{"name": "variable_name", "operator": "longer_than", "value": 8}],
        Rule_Type="Variable Metadata Check",
        Sensitivity="Dataset",
    )
    package = read_package(tmp_path)
    start = time.process_time()
    found = run(package, EMPTY_TERM, each, lengths)
    assert time.process_time() - start < 5  # it was 20 s when each variable asked for the schema of all
    assert found.findings["record"].to_list() == [2, *[2] * 3000]
    assert found.outcomes["status"].to_list() == ["issues", "issues", "passed"]


def test_numbers_without_measure_and_nul_bytes_are_kept_as_text_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "ae.csv"
    path.write_text(f"DOMAIN,AESEQ,AETERM,BIG,LONG\nAE,1,a\0b,1e400,{'9' * 400}\nAE,2,,-1e400,1\n")
    package = read_package(tmp_path)
    assert "ae.csv: A text holds a NUL byte: line 2." in package.notes
    big = rule([{"name": "BIG", "operator": "greater_than", "value": 10**300}])
    found = run(package, EMPTY_TERM, big)
    assert records(found)[0] == ("AE", 2)
    assert not any("internal error" in r for r in found.not_executed["reason"])


def test_what_is_no_operator_is_not_executed_and_costs_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, "AE", AE)
    bad = rule([{"name": "AETERM", "operator": "is_nice"}])
    found = run(read_package(tmp_path), bad, EMPTY_TERM)
    assert found.not_executed["reason"].to_list() == ["the operator 'is_nice' is not known"]
    assert records(found) == [("AE", 2)]


def test_a_join_of_each_with_each_is_not_begun() -> None:
    many = {"STUDYID": ["S"] * 30_000, "DOMAIN": ["AE"] * 30_000, "AETERM": [""] * 30_000}
    other = {"STUDYID": ["S"] * 30_000, "DOMAIN": ["CM"] * 30_000, "CMTRT": [""] * 30_000}
    joined = rule(
        [{"name": "CMTRT", "operator": "empty"}],
        Match_Datasets=[{"Name": "CM", "Keys": ["STUDYID"]}],
        Scope={"Domains": {"Include": ["AE"]}},
    )
    found = run(study(AE=many, CM=other), joined)
    assert found.not_executed["reason"].to_list() == [
        "joining CM by STUDYID would make 900,000,000 records of 7 variables"
    ]


DEEP = "{all: [" * 60 + "{name: A, operator: empty}" + "]}" * 60
RULE = "Core: {Id: X}\nOutcome: {Message: m}\nRule Type: Record Data\nCheck: "
BAD_RULES = {
    "alias.yml": ("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n", "line 2: the alias"),
    "deep.yml": (RULE + DEEP, "line 4: more than 40 levels of nesting"),
    "brackets.yml": ("a: " + "[" * 100_000, "more than 40 levels of nesting"),
    "type.yml": (RULE + "!!python/object/apply:os.system [x]", "is not supported"),
    "number.yml": (
        RULE + f"{{all: [{{name: A, operator: equal_to, value: {'9' * 5000}}}]}}",
        "number is too large",
    ),
    "float.yml": (RULE + "{all: [{name: A, operator: equal_to, value: 1.0e999}]}", "number is too large"),
    "nul.yml": (RULE + "a\0b", "not valid YAML"),
    "empty.yml": ("", "no `key: value` at the top level"),
    "nan.json": ('{"Core": {"Id": "X"}, "Check": NaN}', "NaN is no number"),
    "float.json": ('{"Core": {"Id": "X"}, "Check": 1e999}', "the number is too large"),
    "deep.json": ('{"a":' * 100_000, "not valid JSON"),
    "nested.json": ('{"Check": ' + '{"not": ' * 200 + "{}" + "}" * 201, "more than 40 levels of nesting"),
    "list.json": ("[1]", "a rule is one JSON object"),
}


def test_a_rule_made_to_hurt_is_said_with_its_file_and_costs_no_other(tmp_path: Path) -> None:
    for name, (text, _) in BAD_RULES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "big.yml").write_text(RULE + "{all: []}\n" + "# x\n" * 2_000_000)
    (tmp_path / "good.yml").write_text(RULE + "{all: [{name: AETERM, operator: empty}]}\n")
    start = time.process_time()
    loaded = load_rules(tmp_path)
    assert time.process_time() - start < 10
    assert [r.id for r in loaded.rules] == ["X"]
    said = {path.name: str(error) for path, error in loaded.failed}
    assert said.keys() == {*BAD_RULES, "big.yml"}
    for name, (_, why) in BAD_RULES.items():
        assert why in said[name]
        assert name in said[name]


def test_a_case_is_read_with_its_side_files_whatever_the_encoding(tmp_path: Path) -> None:
    (tmp_path / "_datasets.csv").write_text("Filename,Label\nae,Adverse Events\n")
    (tmp_path / "_variables.csv").write_text(
        "dataset,variable,label,type,length\nae,DOMAIN,Domain,Char,2\nae,AESEQ,Seq,Num,8\nae,AETERM,Term,Char,20\n"
    )
    (tmp_path / "ae.csv").write_bytes("DOMAIN,AESEQ,AETERM\nAE, . ,Fièvre\nAE,2,\n\n".encode("cp1252"))
    ae = read_package(tmp_path).datasets[0]
    assert ae.data.rows() == [("AE", None, "Fièvre"), ("AE", 2.0, None)]
    assert (ae.label, ae.variables[1].type) == ("Adverse Events", "Num")
    assert read_package(tmp_path).notes == ("ae.csv: the text is not UTF-8 and was read as cp1252: line 2",)
    found = run(read_package(tmp_path), rule([{"name": "AESEQ", "operator": "empty"}]))
    assert records(found) == [("AE", 1)]


PASSWORDS = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
LAUGHS = "<!ENTITY l0 'lol'>" + "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))


@pytest.mark.parametrize(
    "text",
    [
        f"{PASSWORDS}<ODM><MetaDataVersion>&a;</MetaDataVersion></ODM>",
        f'{PASSWORDS}<ODM><MetaDataVersion Name="&a;"/></ODM>',
        f'<!DOCTYPE x [{LAUGHS}]><ODM><MetaDataVersion Name="&l9;"/></ODM>',
        f"<!DOCTYPE x [{LAUGHS}]><ODM><MetaDataVersion>&l9;</MetaDataVersion></ODM>",
        '<!DOCTYPE ODM SYSTEM "http://127.0.0.1:9/x.dtd"><ODM><MetaDataVersion/></ODM>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x []><ODM><MetaDataVersion/></ODM>',
    ],
)
@pytest.mark.parametrize("read_file", [read_define, read_ct])
def test_xml_with_a_doctype_is_refused(
    tmp_path: Path, text: str, read_file: Callable[[Path], object]
) -> None:
    path = tmp_path / "define.xml"
    path.write_text(text, encoding="utf-16" if "UTF-16" in text else "utf-8")
    with pytest.raises(InputError, match=r"define\.xml.*DOCTYPE"):
        read_file(path)


def test_a_define_that_is_none_is_said(tmp_path: Path) -> None:
    path = tmp_path / "define.xml"
    for text, why in (
        ("<ODM/>", "no MetaDataVersion"),
        ("<ODM><MetaDataVersion>", "not XML"),
        ("", "not XML"),
        ("\0" * 100, "not XML"),
        ("<ODM>" + "<a>" * 100_000, "not XML"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=why):
            read_define(path)
    with pytest.raises(InputError, match="no such file"):
        read_define(tmp_path / "none.xml")


@pytest.mark.parametrize("attribute", ["OrderNumber", "KeySequence", "Length"])
def test_a_number_of_a_define_that_is_none_is_said(tmp_path: Path, attribute: str) -> None:
    said = {"OrderNumber": "1", "KeySequence": "1", "Length": "8", attribute: "eight"}
    path = tmp_path / "define.xml"
    path.write_text(
        '<ODM><MetaDataVersion><ItemGroupDef OID="G" Name="AE"><ItemRef ItemOID="I" '
        f'OrderNumber="{said["OrderNumber"]}" KeySequence="{said["KeySequence"]}"/></ItemGroupDef>'
        f'<ItemDef OID="I" Name="AETERM" DataType="text" Length="{said["Length"]}"/></MetaDataVersion></ODM>'
    )
    with pytest.raises(InputError, match=rf"define\.xml, line 1, {attribute}: 'eight' is no number"):
        read_define(path)


def test_terminology_as_nci_publishes_it(tmp_path: Path) -> None:
    text = tmp_path / "SDTM Terminology 2024-09-27.txt"
    head = ("Code", "Codelist Code", "Codelist Extensible (Yes/No)", "Codelist Name")
    text.write_text(
        "\t".join([*head, "CDISC Submission Value", "NCI Preferred Term"]) + "\n"
        "C66742\t\tNo\tNo Yes Response\tNY\tCDISC SDTM Yes No Terminology\n"
        "C49488\tC66742\t\tNo Yes Response\tY\tYes\n"
    )
    package = read_ct(text)
    assert package.name == "sdtmct-2024-09-27"
    assert [t.code for t in package.by_value("ny").terms] == ["C49488"]
    odm = tmp_path / "SDTM Terminology 2024-09-27.xml"
    odm.write_text(
        '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:nci="http://ncicb.nci.nih.gov/xml/odm/EVS/CDISC">'
        '<CodeList Name="No Yes Response" nci:ExtCodeID="C66742" nci:CodeListExtensible="No">'
        '<EnumeratedItem CodedValue="Y" nci:ExtCodeID="C49488"><nci:PreferredTerm>Yes</nci:PreferredTerm>'
        "</EnumeratedItem><nci:CDISCSubmissionValue>NY</nci:CDISCSubmissionValue></CodeList></ODM>"
    )
    assert read_ct(odm).lists == package.lists
    (tmp_path / "bad.txt").write_text("x\n1\n")
    with pytest.raises(InputError, match="header lacks"):
        read_ct(tmp_path / "bad.txt")
