"""ODM files that are hostile, broken or wrong: refused in one sentence, or read without what is wrong in
them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from interop.errors import InputError
from interop.records import load_records
from interop.sources.odm import read_odm
from interop.sources.odmissues import EACH
from interop.studyfile import load_sources, load_study
from tests.sources import small
from tests.sources.odmsmall import DEFINITIONS, NS, document, form_xml, read, rows, said, write

GOOD = document(form_xml("F", [{"A": "1"}, {"A": "2"}])).rstrip()


def refused(folder: Path, content: str | bytes) -> str:
    """The sentence with which a file is refused; it never takes more than one, and never shows a value."""
    with pytest.raises(InputError) as error:
        read_odm(write(folder, study=content))
    sentence = str(error.value)
    assert sentence.startswith("study.xml")
    assert "\n" not in sentence
    assert "SECRET" not in sentence
    return sentence


def test_entities_and_dtds(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("SECRET")
    dtds = {
        "file": '<!DOCTYPE ODM [<!ENTITY x SYSTEM "secret.txt">]>',
        "absolute file": f'<!DOCTYPE ODM [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt">]>',
        "network": '<!DOCTYPE ODM SYSTEM "http://127.0.0.1:9/x.dtd">',
        "parameter entity": '<!DOCTYPE ODM [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]>',
        "billion laughs": "<!DOCTYPE ODM [<!ENTITY a 'ha'>"
        + "".join(f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
        + "<!ENTITY x '&i;'>]>",
        "nothing in it": "<!DOCTYPE ODM>",
    }
    for name, dtd in dtds.items():
        text = f'<?xml version="1.0"?>\n{dtd}\n{GOOD}'.replace('Value="1"', 'Value="&x;"')
        assert refused(tmp_path / name, text) == (
            "study.xml, line 2: it has a DOCTYPE, which could hide files or endless text in entities, and is "
            "refused. ODM needs none: export the file without it"
        ), name
    assert "undefined entity" in refused(tmp_path / "undefined", GOOD.replace('Value="1"', 'Value="&x;"'))
    hidden = GOOD.encode("utf-7", "strict")
    utf7 = b'<?xml version="1.0" encoding="utf-7"?><!DOCTYPE ODM [<!ENTITY x "y">]>' + hidden
    assert "DOCTYPE" in refused(tmp_path / "utf7", utf7)


def test_cut_off_and_broken_files(tmp_path: Path) -> None:
    lines = GOOD.split("\n")
    cut = {
        "\n".join(
            lines[:5]
        ): "line 5: the file ends inside ItemGroupData: it is cut off. Export or copy it again",
        "\n".join(lines[:4])
        + '\n<ItemData ItemOID="A" Val': "line 5: the file ends inside ItemGroupData: it is cut "
        "off. Export or copy it again",
        "\n".join(lines[:1]): "line 1: the file ends inside ODM: it is cut off. Export or copy it again",
        "<ODM": "line 1: the file ends: it is cut off. Export or copy it again",
        "": "line 1: the file is empty. Export it again",
        "plain text": "line 1: not well-formed XML (syntax error). Export it again; do not edit it by hand",
        GOOD.replace(
            "</FormData>", "</Form>", 1
        ): "line 6: not well-formed XML (mismatched tag). Export it again; do not edit it by hand",
    }
    for text, sentence in cut.items():
        assert refused(tmp_path, text) == f"study.xml, {sentence}"


@pytest.mark.parametrize("kept", range(0, len(GOOD), 7))
def test_cut_anywhere(tmp_path: Path, kept: int) -> None:
    """No cut is taken for a whole file."""
    assert refused(tmp_path, GOOD[:kept])


def test_other_kinds_of_xml(tmp_path: Path) -> None:
    cases = {
        "<html><body/></html>": "study.xml: its root is html, not ODM. Give ODM-XML 1.3.2",
        GOOD.replace(
            NS, "http://www.cdisc.org/ns/odm/v2.0"
        ): "study.xml, line 1: its ODM element is in the namespace "
        "http://www.cdisc.org/ns/odm/v2.0, which is not that of ODM 1.3. Export it as ODM 1.3.2 "
        f'(xmlns="{NS}")',
        GOOD.replace(
            f'xmlns="{NS}"', ""
        ): "study.xml, line 1: its ODM element is in no namespace, which is not that "
        f'of ODM 1.3. Export it as ODM 1.3.2 (xmlns="{NS}")',
        GOOD.replace(
            '"1.3.2"', '"2.0"'
        ): "study.xml, line 1, ODMVersion: it is ODM 2.0, which is not read. Export it as ODM 1.3.2",
        GOOD.replace(
            '"Snapshot"', '"Archive"'
        ): "study.xml, line 1, FileType: the FileType Archive does not exist. It "
        "may be Snapshot or Transactional",
        document("", definitions=DEFINITIONS).replace(
            "ClinicalData", "Association"
        ): "study.xml: there is no ClinicalData in it, only definitions. Export the data too",
        GOOD.replace(
            "</ODM>", '<ClinicalData StudyOID="OTHER" MetaDataVersionOID="M"/></ODM>'
        ): "study.xml, line 12, StudyOID: the data are those of two studies, ST and OTHER. Give one study at "
        "a time",
    }
    for text, sentence in cases.items():
        assert refused(tmp_path, text) == sentence


def test_wrong_encodings(tmp_path: Path) -> None:
    text = document(form_xml("F", [{"A": "Müller SECRET"}]))
    misfit = (
        "study.xml, line 5: its text is not utf-8, which it declares (or means by declaring none). "
        'Export it again, or correct encoding="…" in its first line (often windows-1252)'
    )
    assert refused(tmp_path, text.encode("cp1252")) == misfit
    declared = '<?xml version="1.0" encoding="{}"?>'
    assert refused(tmp_path, (declared.format("UTF-8") + text).encode("cp1252")) == misfit
    ascii_ = refused(tmp_path, (declared.format("ascii") + text).encode("cp1252"))
    assert ascii_ == misfit.replace("utf-8", "ascii").replace("line 5", "line 1")
    assert refused(tmp_path, (declared.format("rot13") + text).encode()) == (
        "study.xml, line 1: it declares the encoding rot13, which is not known. Export it as UTF-8"
    )
    assert "is not known" in refused(tmp_path, (declared.format("nonsense") + text).encode())
    odm = read_odm(write(tmp_path, study=(declared.format("windows-1252") + text).encode("cp1252")))
    assert rows(odm, "F", "A") == [("Müller SECRET",)]
    assert odm.files[0].encoding == "windows-1252"


def test_bombs_without_entities(tmp_path: Path) -> None:
    deep = GOOD.replace("<ItemGroupData", "<v:x xmlns:v='urn:v'>" + "<v:x>" * 5000, 1)
    assert "elements are nested more than 100 deep" in refused(tmp_path, deep)
    long = GOOD.replace('Value="1"', f'Value="{"x" * (17 << 20)}"')
    assert "one tag or value is longer than 16 MB" in refused(tmp_path, long)
    typed = GOOD.replace(
        '<ItemData ItemOID="A" Value="1"/>', f'<ItemDataString ItemOID="A">{"x" * (17 << 20)}'
    )
    assert "one tag or value is longer than 16 MB" in refused(tmp_path, typed)


def test_a_wrong_element_costs_only_itself(tmp_path: Path) -> None:
    odm = read(
        tmp_path,
        """\
<SubjectData>
 <StudyEventData StudyEventOID="E"/>
</SubjectData>
<SubjectData SubjectKey="S1"><Foo/>
 <StudyEventData StudyEventOID="E">
  <FormData FormOID="F">
   <ItemGroupData><ItemData ItemOID="A" Value="lost"/></ItemGroupData>
   <ItemGroupData ItemGroupOID="G" TransactionType="Delete">
    <ItemData Value="lost"/>
    <ItemData ItemOID="A" Value="kept" IsNull="No"/>
    <ItemData ItemOID="B" Value="lost" IsNull="Yes"/>
    <ItemData ItemOID="C" Value="kept"><Value>lost</Value></ItemData>
    <ItemDate ItemOID="D">lost</ItemDate>
   </ItemGroupData>
  </FormData>
 </StudyEventData>
</SubjectData>
<ItemGroupData ItemGroupOID="G"/>""",
    )
    assert rows(odm, "F") == [("S1", 10, "kept", None, "kept")]
    assert sorted(said(odm), key=lambda row: int(str(row[1]).partition("#")[2])) == [
        ("error", "study.xml#3", "SubjectData", "SubjectKey", "ODM ATTRIBUTE"),
        ("error", "study.xml#6", "Foo", "", "ODM ELEMENT"),
        ("error", "study.xml#9", "ItemGroupData", "ItemGroupOID", "ODM ATTRIBUTE"),
        ("error", "study.xml#10", "ItemGroupData", "TransactionType", "ODM ATTRIBUTE"),
        ("error", "study.xml#11", "ItemData", "ItemOID", "ODM ATTRIBUTE"),
        ("error", "study.xml#12", "ItemData", "IsNull", "ODM ATTRIBUTE"),
        ("error", "study.xml#13", "ItemData", "IsNull", "ODM ATTRIBUTE"),
        ("error", "study.xml#14", "Value", "", "ODM ELEMENT"),
        ("error", "study.xml#15", "ItemDate", "", "ODM ELEMENT"),
        ("error", "study.xml#20", "ItemGroupData", "", "ODM ELEMENT"),
    ]
    assert "lost" not in odm.issues.write_csv().replace("is lost", "")


def test_what_is_not_read_is_told(tmp_path: Path) -> None:
    text = document(
        form_xml("F", [{"A": "1"}]).replace("</ItemGroupData>", '<Annotation SeqNum="1"/></ItemGroupData>'),
        definitions='<ReferenceData StudyOID="ST" MetaDataVersionOID="M"><ItemGroupData ItemGroupOID="R"/>'
        "</ReferenceData>\n",
    ).replace('FileOID="FILE.1"', "")
    assert said(read_odm(write(tmp_path, study=text))) == [
        ("info", "study.xml", "Annotation", "", "NOT READ"),
        ("warning", "study.xml#1", "ODM", "FileOID", "ODM ATTRIBUTE"),
        ("info", "study.xml#2", "ReferenceData", "", "NOT READ"),
    ]


def test_complaints_do_not_fill_the_memory(tmp_path: Path) -> None:
    odm = read(tmp_path, form_xml("F", [{"A": "1"}]) + "<Foo/>\n" * 5000)
    assert odm.issues.filter(rule="ODM ELEMENT", severity="error").height == EACH
    assert odm.issues.filter(severity="info")["message"].to_list() == [
        f"{5000 - EACH} more of ODM ELEMENT in this file are not listed"
    ]


def test_a_folder_with_other_xml(tmp_path: Path) -> None:
    odm = read_odm(write(tmp_path, study=GOOD, style="<xsl/>"))
    assert [f.path.name for f in odm.files] == ["study.xml"]
    assert said(odm) == [("warning", "style.xml", "", "", "UNUSED FILE")]


def test_nothing_is_written_of_a_refused_file(tmp_path: Path) -> None:
    """The command: exit code 2, one sentence, no output folder."""
    study = small.write_study(tmp_path / "study")
    [source] = write(tmp_path / "in", study=GOOD[:300])
    command = [sys.executable, "-m", "interop.cli", "run", str(study)]
    for where in (source, source.parent):
        done = subprocess.run(
            [*command, "--source", str(where), "--out", str(tmp_path / "out")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 2
        assert done.stderr.strip().endswith("it is cut off. Export or copy it again")
        assert done.stderr.count("\n") == 1
        assert not (tmp_path / "out").exists()
    trial = load_study(study)
    with pytest.raises(InputError, match="cut off"):
        load_records(trial, load_sources(trial), source)
