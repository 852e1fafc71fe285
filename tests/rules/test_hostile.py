"""Input made to hurt: it costs a rule, never the run."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interop.errors import InputError, UsageError
from interop.rules import regex
from interop.rules.definexml import read_define
from interop.rules.findings import Findings
from interop.rules.outcome import NotExecutableError
from interop.rules.read import read_package
from interop.rules.regex import compiled_by_re
from interop.rules.rulesct import read_ct
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


def test_a_folder_of_nothing_and_a_cut_file_are_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no datasets"):
        read_package(tmp_path)
    (tmp_path / "ae.xpt").write_bytes(b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!000")
    with pytest.raises(InputError, match=r"ae\.xpt"):
        read_package(tmp_path)


def test_one_dataset_in_several_formats_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "ae.csv").write_text('"DOMAIN"\n"AE"\n')
    (tmp_path / "dm.csv").write_text('"DOMAIN"\n"DM"\n')
    assert [d.name for d in read_package(tmp_path).datasets] == ["AE", "DM"]
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "AE.csv").write_text('"DOMAIN"\n"AE"\n')
    with pytest.raises(InputError, match="both AE"):
        read_package([tmp_path / "ae.csv", tmp_path / "x" / "AE.csv"])


def test_a_case_is_read_with_its_side_files_whatever_the_encoding(tmp_path: Path) -> None:
    (tmp_path / "_datasets.csv").write_text("Filename,Label\nae,Adverse Events\n")
    (tmp_path / "_variables.csv").write_text(
        "dataset,variable,label,type,length\nae,DOMAIN,Domain,Char,2\nae,AESEQ,Seq,Num,8\nae,AETERM,Term,Char,20\n"
    )
    (tmp_path / "ae.csv").write_bytes("DOMAIN,AESEQ,AETERM\nAE, . ,Fièvre\nAE,2,\n\n".encode("cp1252"))
    ae = read_package(tmp_path).datasets[0]
    assert ae.data.rows() == [("AE", None, "Fièvre"), ("AE", 2.0, None)]
    assert (ae.label, ae.variables[1].type) == ("Adverse Events", "Num")
    found = run(read_package(tmp_path), rule([{"name": "AESEQ", "operator": "empty"}]))
    assert records(found) == [("AE", 1)]


def test_xml_with_entities_is_not_expanded(tmp_path: Path) -> None:
    path = tmp_path / "define.xml"
    entity = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    path.write_text(entity + '<ODM><MetaDataVersion Name="&a;x"/></ODM>')
    with pytest.raises(InputError, match=r"define\.xml"):
        read_define(path)
    path.write_text("<ODM/>")
    with pytest.raises(InputError, match="no MetaDataVersion"):
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
