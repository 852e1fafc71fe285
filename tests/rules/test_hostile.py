"""Input made to hurt: it costs a rule, never the run."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from interop.errors import InputError, UsageError
from interop.rules.definexml import read_define
from interop.rules.read import read_package
from interop.rules.rulesct import read_ct
from tests.rules.support import records, rule, run, study


def test_a_pattern_that_backtracks_for_ever_is_stopped() -> None:
    texts = {"DOMAIN": ["AE"], "AETERM": ["a" * 40 + "!"]}
    # The look-ahead keeps the pattern from the linear engine.
    bad = rule([{"name": "AETERM", "operator": "matches_regex", "value": r"^(?=a)(a+)+$"}])
    well = rule([{"name": "AETERM", "operator": "matches_regex", "value": r"^(a+)+$"}])
    start = time.monotonic()
    found = run(study(AE=texts), bad, well)
    assert time.monotonic() - start < 10
    assert "takes more than" in found.not_executed["reason"][0]
    assert found.outcomes["status"].to_list() == ["not executed", "passed"]


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
