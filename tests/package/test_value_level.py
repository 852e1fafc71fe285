"""Value-level metadata of the reference trial: each test has its own codelist, and its values are in it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from interop.package.submission import submission_table, write_submission_define
from interop.pipeline import Run
from tests.simulatedtrial import simulated
from tests.support import SHARED, needs_shared

XSD = SHARED / "data" / "xsd" / "define-2.1" / "cdisc-define-2.1" / "define2-1-0.xsd"
MOMENT = datetime(2026, 11, 22, tzinfo=UTC)
NAMES = {"o": "http://www.cdisc.org/ns/odm/v1.3", "d": "http://www.cdisc.org/ns/def/v2.1"}
FINDINGS = ("BS", "LB", "RS", "SS", "TR", "VS")
# What CDISC's specialisations say, and of SUVMAX, that numbers have no list.
EXPECTED = {
    "RS.RSORRES.OVRLRESP": "ONCRSR",
    "RS.RSORRES.NEWLIND": "NY",
    "RS.RSORRES.ECOG101": None,
    "RS.RSSTRESC.OVRLRESP": "ONCRSR",
    "RS.RSSTRESC.METBRESP": "ONCRSR",
    "RS.RSSTRESC.ANATRESP": "ONCRSR",
    "RS.RSSTRESC.NEWLIND": "NY",
    "RS.RSSTRESC.ECOG101": "ECOG101STR",
    "TR.TRORRES.TUMSTATE": "TRPROPRS",
    "TR.TRSTRESC.TUMSTATE": "TRPROPRS",
    "TR.TRSTRESC.FDP5PS": "DPETSCRS",
    "TR.TRSTRESC.SUVMAX": None,
    "TR.TRSTRESC.LDIAM": None,
    "TR.TRSTRESU.SUMPPD": "UNIT",
    "LB.LBSTRESC.CTDNA": "LBSTRESC",
    "LB.LBSTRESC.CRP": None,
    "LB.LBSTRESU.HGB": "UNIT",
    "SS.SSSTRESC.SURVSTAT": "SSTATRS",
    "SS.SSSTRESC.INFOSCSS": None,
    "VS.VSORRESU.TEMP": "VSRESU",
    "VS.VSSTRESU.TEMP": "VSRESU",
    "VS.VSSTRESC.TEMP": None,
}


@pytest.fixture(scope="module")
def trial() -> Run:
    return simulated()[0]


@pytest.fixture(scope="module")
def define(trial: Run, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("define")
    built = [b for b in trial.built.values() if b.spec.standard == "sdtmig34"]
    tables = [(b, submission_table(b, trial.study, MOMENT)) for b in built if not b.table.is_empty()]
    write_submission_define(tables, folder, trial.study, MOMENT)
    return etree.parse(folder / "define.xml")


def lists(define: Any) -> dict[str, dict[str, bool]]:
    """Item of a value level ─▶ the values of its codelist, each whether it is an extension."""
    known = {
        node.get("OID"): {
            i.get("CodedValue"): i.get(f"{{{NAMES['d']}}}ExtendedValue") == "Yes"
            for i in node.xpath("o:CodeListItem | o:EnumeratedItem", namespaces=NAMES)
        }
        for node in define.xpath("//o:CodeList", namespaces=NAMES)
    }
    return {oid.removeprefix("IT."): known[name] for oid, name in references(define).items()}


def references(define: Any) -> dict[str, str]:
    listed = define.xpath("//d:ValueListDef/o:ItemRef/@ItemOID", namespaces=NAMES)
    items = define.xpath("//o:ItemDef[o:CodeListRef]", namespaces=NAMES)
    found = {i.get("OID"): i.find("o:CodeListRef", NAMES).get("CodeListOID") for i in items}
    return {oid: found[oid] for oid in listed if oid in found}


@pytest.mark.parametrize("item", EXPECTED)
def test_a_test_has_the_codelist_that_the_terminology_has_for_it(define: Any, item: str) -> None:
    assert f"IT.{item}" in define.xpath("//d:ValueListDef/o:ItemRef/@ItemOID", namespaces=NAMES)
    name = references(define).get(f"IT.{item}")
    code = None if name is None else name.split(".")[1]
    assert code == EXPECTED[item]


def test_every_value_is_in_the_list_of_its_test_or_has_an_issue(define: Any, trial: Run) -> None:
    known, seen = lists(define), 0
    wrong = trial.all_issues.filter(rule="RESULT OF TEST").select("target", "variable", "value").unique()
    aside = set(wrong.rows())
    assert aside == {("TR", "TRSTRESC", "6")}
    for name in FINDINGS:
        table = trial.built[name].table
        for variable in (f"{name}{suffix}" for suffix in ("ORRES", "STRESC", "ORRESU", "STRESU")):
            if variable not in table.columns:
                continue
            pairs = table.select(f"{name}TESTCD", variable).drop_nulls().unique()
            for test, value in pairs.rows():
                if (terms := known.get(f"{name}.{variable}.{test}")) is None:
                    continue
                seen += 1
                assert value in terms or (name, variable, value) in aside, (variable, test, value)
    assert seen > 50


def test_a_test_without_a_unit_has_no_item_for_it(define: Any) -> None:
    items = define.xpath("//d:ValueListDef/o:ItemRef/@ItemOID", namespaces=NAMES)
    assert "IT.LB.LBORRES.CTDNA" in items
    assert "IT.LB.LBORRESU.CTDNA" not in items


def test_only_a_list_that_may_be_extended_is(define: Any) -> None:
    extended = {
        item: [v for v, more in terms.items() if more]
        for item, terms in lists(define).items()
        if any(terms.values())
    }
    assert extended == {"BS.BSORRESU.MNC": ["10^8/kg"]}  # UNIT has 10^5 to 10^7 cells a kg


def test_a_value_level_with_a_list_is_text(define: Any) -> None:
    """Deauville scores and ECOG grades are terms, not counts."""
    items = {i.get("OID"): i for i in define.xpath("//o:ItemDef", namespaces=NAMES)}
    assert {items[oid].get("DataType") for oid in references(define)} == {"text"}


@needs_shared
def test_valid_against_the_schema(define: Any) -> None:
    schema: Any = etree.XMLSchema(etree.parse(XSD))
    schema.validate(define)
    assert [f"{e.line}: {e.message}" for e in schema.error_log] == []
