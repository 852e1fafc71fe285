"""Define-XML: what it says of a small package, and that the same input gives the same bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from lxml import etree

from interop.package.define import DefineDataset, Shape, write_define
from interop.package.definemodel import iso_type, shape_of, text_shape
from interop.package.table import Column
from tests.package.definesamples import AE, STUDY, adam, sdtm
from tests.package.samples import MOMENT

NS = {"o": "http://www.cdisc.org/ns/odm/v1.3", "d": "http://www.cdisc.org/ns/def/v2.1"}
STYLE = Path(__file__).parents[2] / "interop" / "package" / "define2-1.xsl"


def define(tmp_path: Path, datasets: list[DefineDataset]) -> Any:
    write_define(tmp_path / "define.xml", datasets, study=STUDY, created=MOMENT)
    return etree.parse(tmp_path / "define.xml", etree.XMLParser(resolve_entities=False, no_network=True))


def found(tree: Any, path: str) -> list[str]:
    return [str(x) for x in tree.xpath(path, namespaces=NS)]


def test_datasets_stand_in_the_order_of_their_classes(tmp_path: Path) -> None:
    tree = define(tmp_path, sdtm())
    assert found(tree, "//o:ItemGroupDef/@Name") == ["TA", "DM", "AE", "VS", "SUPPAE"]
    assert found(tree, "//o:ItemGroupDef/@Domain") == ["TA", "DM", "AE", "VS", "AE"]
    assert found(tree, "//o:ItemGroupDef/@Repeating") == ["Yes", "No", "Yes", "Yes", "Yes"]
    assert found(tree, "//o:ItemGroupDef/@IsReferenceData") == ["Yes", "No", "No", "No", "No"]
    assert found(tree, "//d:Class/@Name") == [
        "TRIAL DESIGN",
        "SPECIAL PURPOSE",
        "EVENTS",
        "FINDINGS",
        "RELATIONSHIP",
    ]


def test_standards_name_the_guide_and_the_terminology(tmp_path: Path) -> None:
    tree = define(tmp_path, sdtm())
    assert found(tree, "//d:Standard/@Name") == ["SDTMIG", "CDISC/NCI"]
    assert found(tree, "//d:Standard/@Version") == ["3.4", "2025-03-28"]
    assert found(define(tmp_path, adam()), "//d:Standard/@PublishingSet") == ["ADaM", "SDTM"]


def test_variables_have_keys_roles_methods_and_origins(tmp_path: Path) -> None:
    tree = define(tmp_path, sdtm())
    keys = "//o:ItemGroupDef[@Name='AE']/o:ItemRef[@KeySequence]/@ItemOID"
    assert found(tree, keys) == ["IT.AE.STUDYID", "IT.AE.USUBJID", "IT.AE.AEDECOD", "IT.AE.AESTDTC"]
    ref = "//o:ItemRef[@ItemOID='IT.DM.AGE']"
    assert found(tree, f"{ref}/@MethodOID") == ["MT.DM.AGE"]
    assert found(tree, f"{ref}/@Role") == ["Record Qualifier"]
    assert found(tree, "//o:MethodDef[@OID='MT.DM.AGE']//o:TranslatedText/text()") == [
        "Whole years from BRTHDTC to RFSTDTC"
    ]
    origins = {
        o: found(tree, f"//d:Origin[@Type='{o}']/@Source") for o in ("Collected", "Derived", "Protocol")
    }
    assert set(origins["Collected"]) == {"Investigator"}
    assert set(origins["Derived"]) == set(origins["Protocol"]) == {"Sponsor"}


def test_a_predecessor_says_which(tmp_path: Path) -> None:
    tree = define(tmp_path, adam())
    origin = "//o:ItemDef[@Name='SEX']/d:Origin"
    assert found(tree, f"{origin}/@Type") == ["Predecessor"]
    assert found(tree, f"{origin}//o:TranslatedText/text()") == ["DM.SEX"]


def test_mandatory_is_what_has_a_value_in_every_record(tmp_path: Path) -> None:
    said = "//o:ItemRef[@ItemOID='IT.ADSL.ARM']/@Mandatory"
    (adsl,) = adam()
    assert found(define(tmp_path, [adsl]), said) == ["Yes"]
    data = adsl.table.data.with_columns(ARM=pl.lit(None, pl.String))
    adsl = replace(adsl, table=replace(adsl.table, data=data))
    assert found(define(tmp_path, [adsl]), said) == ["No"], "Req of ADaM asks for the variable"
    assert found(define(tmp_path, sdtm()), "//o:ItemRef[@ItemOID='IT.AE.AETERM']/@Mandatory") == ["Yes"]


def test_types_and_lengths_are_those_of_the_data(tmp_path: Path) -> None:
    tree = define(tmp_path, sdtm())
    said = {
        n: tuple(found(tree, f"//o:ItemDef[@OID='IT.{n}']/@{a}") for a in ("DataType", "Length"))
        for n in ("DM.RFSTDTC", "DM.BRTHDTC", "AE.AESTDTC", "DM.AGE", "DM.SEX", "DM.ARM")
    }
    assert said == {
        "DM.RFSTDTC": (["partialDatetime"], []),
        "DM.BRTHDTC": (["partialDate"], []),
        "AE.AESTDTC": (["date"], []),
        "DM.AGE": (["integer"], ["2"]),
        "DM.SEX": (["text"], ["1"]),
        "DM.ARM": (["text"], ["20"]),
    }
    adsl = define(tmp_path, adam())
    assert found(adsl, "//o:ItemDef[@Name='TRTSDT']/@*[name()!='OID']") == [
        "TRTSDT",
        "integer",
        "8",
        "TRTSDT",
        "DATE9.",
    ]
    assert found(adsl, "//o:ItemDef[@Name='BMI']/@SignificantDigits") == ["2"]


def test_codelists_hold_the_terms_in_use_with_their_codes(tmp_path: Path) -> None:
    tree = define(tmp_path, sdtm())
    ny = "//o:CodeList[@OID='CL.NY']"
    assert found(tree, f"{ny}/o:CodeListItem/@CodedValue") == ["N", "Y"]
    assert found(tree, f"{ny}//o:TranslatedText/text()") == ["No", "Yes"]
    assert found(tree, f"{ny}/o:CodeListItem/o:Alias/@Name") == ["C49487", "C49488"]
    assert found(tree, f"{ny}/o:Alias/@Name") == ["C66742"]
    assert found(tree, "//o:CodeList[@OID='CL.SEX']/o:CodeListItem/@CodedValue") == ["F", "M"]


def test_a_sponsors_term_is_marked_and_decoded_by_its_pair(tmp_path: Path) -> None:
    tree = define(tmp_path, sdtm())
    term = "//o:CodeList[@OID='CL.VSTESTCD']/o:CodeListItem[@CodedValue='MOOD']"
    assert found(tree, f"{term}/@d:ExtendedValue") == ["Yes"]
    assert found(tree, f"{term}//o:TranslatedText/text()") == ["Mood"]
    assert found(tree, f"{term}/o:Alias/@Name") == []


def test_lists_that_are_the_sponsors_are_marked(tmp_path: Path) -> None:
    tree = define(tmp_path, sdtm())
    arms = "//o:CodeList[@OID='CL.DM.ARMCD']"
    assert found(tree, f"{arms}/@d:IsNonStandard") == ["Yes"]
    assert found(tree, f"{arms}/o:CodeListItem/@CodedValue") == ["A", "B"]
    assert found(tree, f"{arms}//o:TranslatedText/text()") == ["Active", "Best supportive care"]
    # TA has one of the arms only, so its list is another one with another name.
    assert found(tree, "//o:CodeList[starts-with(@Name, 'Planned Arm Code')]/@OID") == [
        "CL.DM.ARMCD",
        "CL.TA.ARMCD",
    ]
    assert len(set(found(tree, "//o:CodeList/@Name"))) == len(found(tree, "//o:CodeList/@Name"))


def test_a_dictionary_is_external(tmp_path: Path) -> None:
    tree = define(tmp_path, sdtm())
    assert found(tree, "//o:ItemDef[@Name='AEDECOD']/o:CodeListRef/@CodeListOID") == ["CL.MedDRA"]
    assert found(tree, "//o:CodeList[@OID='CL.MedDRA']/o:ExternalCodeList/@Version") == ["28.0"]


def test_supplemental_qualifiers_have_value_level(tmp_path: Path) -> None:
    tree = define(tmp_path, sdtm())
    assert found(tree, "//o:ItemDef[@OID='IT.SUPPAE.QVAL']/d:ValueListRef/@ValueListOID") == [
        "VL.SUPPAE.QVAL"
    ]
    items = "//d:ValueListDef[@OID='VL.SUPPAE.QVAL']/o:ItemRef/@ItemOID"
    assert found(tree, items) == ["IT.SUPPAE.QVAL.AESITE", "IT.SUPPAE.QVAL.AETRTEM"]
    item = "//o:ItemDef[@OID='IT.SUPPAE.QVAL.AESITE']"
    assert found(tree, f"{item}/@DataType | {item}/@Length | {item}/d:Origin/@Type") == [
        "integer",
        "2",
        "Collected",
    ]
    assert found(tree, "//d:WhereClauseDef[@OID='WC.SUPPAE.QNAM.AESITE']//o:CheckValue/text()") == ["AESITE"]


def test_results_have_value_level_by_test(tmp_path: Path) -> None:
    tree = define(tmp_path, sdtm())
    types = found(tree, "//o:ItemDef[starts-with(@OID, 'IT.VS.VSORRES.')]/@DataType")
    assert types == ["text", "integer", "float"]  # MOOD, SYSBP, TEMP


def test_comments_are_written_once_where_given(tmp_path: Path) -> None:
    tree = define(tmp_path, sdtm())
    assert found(tree, "//d:CommentDef/@OID") == ["COM.DM", "COM.DM.COUNTRY"]
    assert found(tree, "//o:ItemGroupDef/@d:CommentOID") == ["COM.DM"]
    assert found(tree, "//o:ItemDef/@d:CommentOID") == ["COM.DM.COUNTRY"]


def test_every_reference_has_its_definition(tmp_path: Path) -> None:
    for datasets in (sdtm(), adam()):
        tree = define(tmp_path, datasets)
        defined = set(found(tree, "//@OID | //d:leaf/@ID"))
        names = ("ItemOID", "MethodOID", "CodeListOID", "ValueListOID", "WhereClauseOID")
        refs = [r for n in names for r in found(tree, f"//@{n}")]
        refs += found(tree, "//@d:ItemOID | //@d:StandardOID | //@d:CommentOID | //@d:ArchiveLocationID")
        assert set(refs) <= defined
        assert len(found(tree, "//@OID")) == len(set(found(tree, "//@OID")))


def test_same_input_in_any_order_gives_same_bytes(tmp_path: Path) -> None:
    define(tmp_path, sdtm())
    first = (tmp_path / "define.xml").read_bytes()
    define(tmp_path, list(reversed(sdtm())))
    assert (tmp_path / "define.xml").read_bytes() == first
    assert b'CreationDateTime="2026-11-22T08:30:05"' in first


def test_one_define_describes_one_standard(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one standard"):
        define(tmp_path, [*sdtm(), *adam()])


def test_the_stylesheet_beside_it_renders_every_part(tmp_path: Path) -> None:
    tree = define(tmp_path, sdtm())
    assert (tmp_path / "define2-1.xsl").read_bytes() == STYLE.read_bytes()
    assert b'href="define2-1.xsl"' in (tmp_path / "define.xml").read_bytes()
    control: Any = etree.XSLTAccessControl
    sealed = control(read_file=False, read_network=False, write_file=False)
    page: Any = etree.XSLT(etree.parse(tmp_path / "define2-1.xsl"), access_control=sealed)(tree)
    text = " ".join(page.xpath("//body//text()"))
    for said in (
        "Adverse Events",
        "One record per subject",
        "STUDYID, USUBJID, AEDECOD, AESTDTC",
        "QNAM EQ AESITE",
        "Whole years from BRTHDTC to RFSTDTC",
        "C49488",
        "sponsor's term",
        "MedDRA 28.0",
        "One row for each enrolled subject.",
    ):
        assert said in text
    anchors = set(page.xpath("//@id"))
    assert {a[1:] for a in page.xpath("//a/@href") if a.startswith("#")} <= anchors
    assert len(page.xpath("//h2")) == 1 + 1 + 5 + 1 + 1 + 1 + 1


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2026-01-05", "2026-02-01"], "date"),
        (["2026-01-05T08:30:00", "2026-01-05T08:30:00.5Z"], "datetime"),
        (["2026-01-05", "2026-02"], "partialDate"),
        (["2026-01-05", "2026-01-05T08:30"], "partialDatetime"),
        (["2026-01-05", "2026---05"], "incompleteDatetime"),
        ([None, ""], "datetime"),
    ],
)
def test_iso_text_has_the_narrowest_type(values: list[str | None], expected: str) -> None:
    assert iso_type(pl.Series(values, dtype=pl.String)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-20"], Shape("integer", 2)),
        (["1.50", "20"], Shape("float", 4, 2)),
        (["007"], Shape("text", 3)),
        (["<5", "7"], Shape("text", 2)),
        ([], Shape("text", 1)),
    ],
)
def test_text_results_are_numbers_only_where_all_are(values: list[str], expected: Shape) -> None:
    assert text_shape(pl.Series(values, dtype=pl.String)) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.5, 1200.0, None], Shape("float", 5, 1)),
        ([1e-7], Shape("float", 8, 7)),
        ([0.0], Shape("float", 1, 0)),
    ],
)
def test_digits_are_counted(values: list[float | None], expected: Shape) -> None:
    assert shape_of(pl.Series("A", values), Column("A", "", "float"), "float") == expected


def test_a_control_character_does_not_break_the_document(tmp_path: Path) -> None:
    datasets = [DefineDataset(AE, sdtm()[0].table, comment="bell \x07 <&>")]
    tree = define(tmp_path, datasets)
    assert found(tree, "//d:CommentDef//o:TranslatedText/text()") == ["bell \ufffd <&>"]
