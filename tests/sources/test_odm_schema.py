"""Files against CDISC's XSD: every violation with its line, and no value in a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from interop.errors import InputError
from interop.sources.odmschema import check_schema
from tests.sources.odmsmall import document, form_xml, write
from tests.sources.test_odm import TWO, VITALS, loaded
from tests.support import SHARED, needs_shared

XSD = SHARED / "data" / "xsd" / "odm-1.3.2"


@needs_shared
def test_a_valid_file_has_no_issue(tmp_path: Path) -> None:
    [path] = write(tmp_path, study=document(TWO))
    assert check_schema(path, XSD).is_empty()


@needs_shared
def test_every_violation_with_its_line(tmp_path: Path) -> None:
    body = (
        "\n" * 70_000
        + """\
<SubjectData SubjectKey="S1"><Foo/></SubjectData>
<SubjectData SubjectKey="S2">
<StudyEventData StudyEventOID="" TransactionType="SECRET">
<FormData><ItemGroupData ItemGroupOID="G">
<ItemDataDate ItemOID="A">SECRET 1</ItemDataDate>
</ItemGroupData></FormData></StudyEventData></SubjectData>
<SubjectData/>
"""
    )
    text = document("x").replace("x\n</Cl", body + "</Cl").replace('FileType="Snapshot" ', "")
    [path] = write(tmp_path, study=text)
    found = check_schema(path, XSD)
    assert found.select("source", "target", "variable").unique(maintain_order=True).rows() == [
        ("study.xml#70003", "Foo", ""),
        ("study.xml#70005", "StudyEventData", "StudyEventOID"),
        ("study.xml#70005", "StudyEventData", "TransactionType"),
        ("study.xml#70006", "FormData", "FormOID"),
        ("study.xml#70007", "ItemDataDate", ""),
        ("study.xml#70009", "SubjectData", "SubjectKey"),
        ("study.xml#1", "ODM", "FileType"),
    ]
    assert set(found["severity"]) == {"warning"}
    assert "SECRET" not in found.write_csv()


@needs_shared
def test_the_mapping_names_the_schema(tmp_path: Path) -> None:
    text = document(TWO.replace('StudyEventOID="SE.BL"', 'StudyEventOID="SE.BL" Phase="1"'))
    [path] = write(tmp_path / "in", study=text)
    sources = VITALS.replace("odm:\n", f"odm:\n  xsd: {XSD}\n").replace(
        "  DTH:", "  DTH:\n    required: false"
    )
    made = loaded(tmp_path, sources, path)
    assert made["vital_sign"].height == 1
    assert made.issues.filter(rule="ODM SCHEMA").select("source", "variable", "message").rows() == [
        ("study.xml#5", "Phase", "The attribute 'Phase' is not allowed."),
    ]


def test_a_schema_that_is_not_there(tmp_path: Path) -> None:
    [path] = write(tmp_path, study=document(form_xml("F", [{"A": "1"}])))
    with pytest.raises(InputError, match="there is no such schema"):
        check_schema(path, tmp_path / "nowhere")
    (tmp_path / "ODM1-3-2.xsd").write_text("<xs:schema")
    with pytest.raises(InputError, match="not a usable schema"):
        check_schema(path, tmp_path)
