"""External dictionaries: a small MedDRA, LOINC and UNII in the files of their owners."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from interop.cli import main
from interop.rules.engine import context_of, evaluate
from interop.rules.findings import Findings
from interop.rules.outcome import NotExecutableError
from interop.rules.standards.dictionaries import Dictionaries
from tests.rules.support import Columns, rule, study

# No term of MedDRA's is here: codes and terms are made up. P2 has two ways up, by H1 and H2.
MEDDRA = {
    "soc.asc": "1$Above one$Abo$$\n2$Above two$Abt$$\n",
    "hlgt.asc": "11$Group one$\n12$Group two$\n",
    "hlt.asc": "21$High one$\n22$High two$\n",
    "pt.asc": "31$Preferred one$$1$\n32$Preferred two$$1$\n",
    "llt.asc": "41$Lowest one$31$\n42$Lowest two$32$\n43$Lowest two again$32$\n",
    "soc_hlgt.asc": "1$11$\n2$12$\n",
    "hlgt_hlt.asc": "11$21$\n12$22$\n",
    "hlt_pt.asc": "21$31$\n21$32$\n22$32$\n",
    "meddra_release.asc": "99.1$English$\n",
}


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    made = {n: tmp_path / n for n in ("meddra", "loinc", "unii")}
    for folder in made.values():
        folder.mkdir()
    for name, text in MEDDRA.items():
        (made["meddra"] / name).write_text(text)
    (made["loinc"] / "Loinc.csv").write_text(
        '"LOINC_NUM","COMPONENT","VersionLastChanged"\n"1-1","Thing, one","2.70"\n"2-2","Two","2.9"\n'
    )
    (made["unii"] / "UNII_Records_01Jan2026.txt").write_text("UNII\tDisplay Name\nAAA1\tSUBSTANCE ONE\n")
    return made


def flagged(
    folders: dict[str, Path], columns: Columns, operator: str, define: Path | None = None, **options: Any
) -> Findings:
    """The records of AE for which the operation says no."""
    wanted = rule(
        [{"name": "$valid", "operator": "equal_to", "value": False}],
        Operations=[{"id": "$valid", "operator": operator, **options}],
    )
    rows = len(next(iter(columns.values())))
    context = context_of(study(AE={"DOMAIN": ["AE"] * rows, **columns}), "SDTMIG", "3.4", define)
    return evaluate([wanted], replace(context, dictionaries=Dictionaries(folders)))


def records(found: Findings) -> list[int]:
    assert found.not_executed["reason"].to_list() == []
    return found.findings["record"].to_list()


CODES = ("AESOCCD", "AEHLGTCD", "AEHLTCD", "AEPTCD", "AELLTCD")
TERMS = ("AESOC", "AEHLGT", "AEHLT", "AEDECOD", "AELLT")


def test_codes_must_be_one_way_down(folders: dict[str, Path]) -> None:
    ways = [
        (1, 11, 21, 31, 41),
        (1, 11, 21, 32, 42),
        (2, 12, 22, 32, 43),  # the other way up of 32
        (2, 12, 22, 31, 41),  # 31 has none there
        (1, 11, 21, 31, 42),
        (1, 11, 21, 31, None),
    ]
    columns = {n: [w[i] for w in ways] for i, n in enumerate(CODES)}
    assert records(flagged(folders, columns, "valid_meddra_code_references")) == [4, 5, 6]
    texts = {n: [None if v is None else str(v) for v in c] for n, c in columns.items()}
    assert records(flagged(folders, texts, "valid_meddra_code_references")) == [4, 5, 6]


def test_terms_must_be_one_way_down(folders: dict[str, Path]) -> None:
    ways = [
        ("Above two", "Group two", "High two", "Preferred two", "Lowest two"),
        ("Above two", "Group one", "High two", "Preferred two", "Lowest two"),
    ]
    columns = {n: [w[i] for w in ways] for i, n in enumerate(TERMS)}
    assert records(flagged(folders, columns, "valid_meddra_term_references")) == [2]


@pytest.mark.parametrize("name", ["AEDECOD", "AEPTCD", "--DECOD"])
def test_code_and_term_belong_together(folders: dict[str, Path], name: str) -> None:
    columns = {"AEPTCD": [31, 31, 32], "AEDECOD": ["Preferred one", "Preferred two", ""]}
    assert records(flagged(folders, columns, "valid_meddra_code_term_pairs", name=name)) == [2, 3]


@pytest.mark.parametrize(
    ("values", "operator", "options", "expected"),
    [
        (["PREFERRED ONE", "Lowest one"], "value", {"dictionary_term_type": "PT"}, [2]),
        (["PREFERRED ONE"], "value", {"dictionary_term_type": "PT", "case_sensitive": True}, [1]),
        (["31", "41"], "code", {"dictionary_term_type": "LLT"}, [1]),
        (["1-1", "3-3"], "code", {"external_dictionary_type": "loinc"}, [2]),
        (["1-1", "Thing, one"], "value", {"external_dictionary_type": "loinc"}, [2]),
        (["substance one", "x", ""], "value", {"external_dictionary_type": "unii"}, [2, 3]),
        (["AAA1", "B"], "code", {"external_dictionary_type": "unii"}, [2]),
    ],
)
def test_terms_and_codes_must_be_there(
    folders: dict[str, Path], values: list[str], operator: str, options: Any, expected: list[int]
) -> None:
    found = flagged(
        folders,
        {"AEX": values},
        f"valid_external_dictionary_{operator}",
        name="AEX",
        **{"external_dictionary_type": "meddra", **options},
    )
    assert records(found) == expected


def test_a_code_has_its_own_term(folders: dict[str, Path]) -> None:
    columns = {"AECD": ["AAA1", "AAA1", "B"], "AENAME": ["SUBSTANCE ONE", "SUBSTANCE", "B"]}
    found = flagged(
        folders,
        columns,
        "valid_external_dictionary_code_term_pair",
        name="AECD",
        external_dictionary_type="unii",
        external_dictionary_term_variable="--NAME",
    )
    assert records(found) == [2, 3]


@pytest.mark.parametrize(("version", "expected"), [("99.1", []), ("98.0", [1])])
def test_the_version_stated_is_the_one_here(
    folders: dict[str, Path], tmp_path: Path, version: str, expected: list[int]
) -> None:
    define = tmp_path / "define.xml"
    define.write_text(
        "<ODM><Study><MetaDataVersion><CodeList OID='C'>"
        f"<ExternalCodeList Dictionary='MedDRA' Version='{version}'/></CodeList>"
        "</MetaDataVersion></Study></ODM>"
    )
    operator = "valid_define_external_dictionary_version"
    found = flagged(folders, {"AEX": ["x"]}, operator, define, external_dictionary_type="meddra")
    assert records(found) == expected


def test_a_dictionary_that_is_not_here_is_asked_for() -> None:
    found = flagged({}, {"AEX": ["x"]}, "valid_meddra_code_references")
    assert found.not_executed["reason"].to_list() == [
        "it needs the dictionary meddra: give its folder with --meddra"
    ]
    operator = "valid_external_dictionary_code"
    found = flagged({}, {"AEX": ["x"]}, operator, name="AEX", external_dictionary_type="snomed")
    assert found.not_executed["reason"].to_list() == ["the dictionary 'snomed' is not known"]


def test_a_folder_without_the_files_is_said_so(folders: dict[str, Path]) -> None:
    (folders["meddra"] / "hlt.asc").unlink()
    with pytest.raises(NotExecutableError, match=r"there is no hlt\.asc"):
        Dictionaries(folders).meddra()
    (folders["meddra"] / "hlt.asc").write_text("21$High one$\n22\n")
    with pytest.raises(NotExecutableError, match=r"line 2"):
        Dictionaries(folders).meddra()


def test_the_command_line_takes_the_folder(
    folders: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ae.csv").write_text("DOMAIN,USUBJID,AEPTCD\nAE,S-1,31\nAE,S-2,33\n")
    rules = tmp_path / "rules"
    rules.mkdir()
    operation = {
        "id": "$valid",
        "operator": "valid_external_dictionary_code",
        "name": "--PTCD",
        "external_dictionary_type": "meddra",
        "dictionary_term_type": "PT",
    }
    authority = {"Organization": "ours", "Standards": [{"Name": "SDTMIG", "Version": "3.4"}]}
    wanted = {
        "Core": {"Id": "X-1", "Status": "Published"},
        "Rule Type": "Record Data",
        "Sensitivity": "Record",
        "Authorities": [authority],
        "Operations": [operation],
        "Check": {"all": [{"name": "$valid", "operator": "equal_to", "value": False}]},
        "Outcome": {"Message": "Not in MedDRA", "Output Variables": ["AEPTCD"]},
    }
    (rules / "rule.json").write_text(json.dumps(wanted))
    out = tmp_path / "report.json"
    call = ["validate", str(tmp_path / "ae.csv"), "--rules", str(rules), "--rule", "X-1", "--out", str(out)]
    with pytest.raises(SystemExit):
        main([*call, "--standard", "sdtmig", "--meddra", str(folders["meddra"])])
    assert "Not in MedDRA" in capsys.readouterr().out + out.read_text()
    assert [(i["dataset"], i["row"]) for i in json.loads(out.read_text())["Issue_Details"]] == [("AE", 2)]
