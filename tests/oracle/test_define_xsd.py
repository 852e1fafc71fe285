"""Our Define-XML against CDISC's schema, and its shape against CDISC's own examples."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from interop.package.define import DefineDataset, write_define
from tests.package.definesamples import STUDY, adam, sdtm
from tests.package.samples import MOMENT
from tests.support import SHARED, needs_shared

pytestmark = needs_shared

XSD = SHARED / "data" / "xsd" / "define-2.1" / "cdisc-define-2.1" / "define2-1-0.xsd"
EXAMPLES = SHARED / "data" / "define-examples"
PACKAGES = {"definev21-sdtm.xml": sdtm, "defineV21-ADaM.xml": adam}


def parsed(path: Path) -> etree._ElementTree:
    return etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))


@cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(parsed(XSD))


def written(tmp_path: Path, datasets: list[DefineDataset]) -> etree._ElementTree:
    write_define(tmp_path / "define.xml", datasets, study=STUDY, created=MOMENT)
    return parsed(tmp_path / "define.xml")


@pytest.mark.parametrize("datasets", PACKAGES.values(), ids=["sdtm", "adam"])
def test_valid_against_the_schema(tmp_path: Path, datasets: object) -> None:
    tree = written(tmp_path, datasets())  # type: ignore[operator]
    schema().validate(tree)
    log: Any = schema().error_log
    assert [f"{e.line}: {e.message}" for e in log] == []


def test_the_schema_can_fail(tmp_path: Path) -> None:
    tree = written(tmp_path, sdtm())
    group = tree.find(".//{*}ItemGroupDef")
    assert group is not None
    del group.attrib["Repeating"]
    assert not schema().validate(tree)


@pytest.mark.parametrize("name", PACKAGES)
def test_every_element_and_attribute_is_used_where_cdisc_uses_it(tmp_path: Path, name: str) -> None:
    """Paths of elements and attributes that we write and the example of the same standard does not."""
    ours = _paths(written(tmp_path, PACKAGES[name]()))
    examples = _paths(parsed(EXAMPLES / "definev21-sdtm.xml")) | _paths(
        parsed(EXAMPLES / "defineV21-ADaM.xml")
    )
    assert ours - examples == set()


def _paths(tree: etree._ElementTree) -> set[str]:
    """Parent/child and child/@attribute pairs, without namespaces."""
    found = set()
    for element in tree.iter("{*}*"):
        name = etree.QName(element).localname
        parent = element.getparent()
        if parent is not None:
            found.add(f"{etree.QName(parent).localname}/{name}")
        found |= {f"{name}/@{etree.QName(a).localname}" for a in element.attrib}
    return found
