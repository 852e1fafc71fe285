"""ODM snapshots to forms: rows, columns, keys, units and references; and the same records as from CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interop import run
from interop.errors import InputError
from interop.records import Records, load_records
from interop.sources import odmstate, read_cell
from interop.sources.odm import read_odm
from interop.sources.odmstate import first_of
from interop.studyfile import load_sources, load_study
from tests.sources import small
from tests.sources.odmsmall import DEFINITIONS, FILE, LINE, document, form_xml, read, rows, said, write

TWO = """\
<SubjectData SubjectKey="S1">
 <SiteRef LocationOID="701"/>
 <StudyEventData StudyEventOID="SE.BL">
  <FormData FormOID="F.VS">
   <ItemGroupData ItemGroupOID="IG.VS">
    <ItemData ItemOID="IT.VS.SYSBP" Value="131"><MeasurementUnitRef MeasurementUnitOID="MU.1"/></ItemData>
    <ItemData ItemOID="IT.7" Value="2014-01-02"/>
   </ItemGroupData>
  </FormData>
 </StudyEventData>
 <StudyEventData StudyEventOID="SE.WK" StudyEventRepeatKey="2">
  <FormData FormOID="F.VS" FormRepeatKey="1">
   <ItemGroupData ItemGroupOID="IG.VS">
    <ItemData ItemOID="IT.VS.SYSBP" IsNull="Yes"/>
    <ItemData ItemOID="IT.7" Value="2014-01-09"/>
   </ItemGroupData>
  </FormData>
 </StudyEventData>
</SubjectData>
"""
VITALS = """\
odm:
  columns: {SUBJID: "@SubjectKey", SITEID: "@LocationOID", VISIT: "@StudyEventName", SYSBP_U: SYSBP.unit}
forms:
  VS:
    unused: {VSPOS: not asked for}
    records:
      - record: vital_sign
        repeat: [SYSBP]
        when_any: ["{}"]
        fields:
          subject: SUBJID
          site: SITEID
          visit: VISIT
          test: {value: "{}"}
          result: "{}"
          unit: "{}_U"
          date: VSDAT
  DTH:
    records:
      - record: death
        fields: {subject: SUBJID, site: SITEID, date: DTHDAT}
"""


def loaded(folder: Path, sources: str, source: Path) -> Records:
    trial = load_study(small.write_study(folder / "study", sources=sources))
    return load_records(trial, load_sources(trial), source)


def test_a_row_an_item_group_with_its_keys(tmp_path: Path) -> None:
    odm = read(tmp_path, TWO, definitions=DEFINITIONS)
    keys = ("@SubjectKey", "@LocationOID", "@StudyEventOID", "@StudyEventName", "@StudyEventRepeatKey")
    assert rows(odm, "F.VS", *keys, "@FormRepeatKey") == [
        ("S1", "701", "SE.BL", "BASELINE", None, None),
        ("S1", "701", "SE.WK", None, "2", "1"),
    ]
    assert odm.forms["F.VS"].items == ("IT.VS.SYSBP", "IT.VS.SYSBP.unit", "IT.7")
    # lines 30 and 38 are where the ItemGroupData begin; an IsNull value is no value
    assert rows(odm, "F.VS") == [
        ("S1", 30, "131", "mmHg", "2014-01-02"),
        ("S1", 38, None, None, "2014-01-09"),
    ]
    assert said(odm) == []


def test_one_mapping_serves_odm_and_csv(tmp_path: Path) -> None:
    """The forms are found by the end of their OID, the columns by that, by SASFieldName and by `odm:
    columns`."""
    write(tmp_path / "odm", study=document(TWO, definitions=DEFINITIONS))
    (tmp_path / "csv").mkdir()
    (tmp_path / "csv/VS.csv").write_text(
        "SUBJID,SITEID,VISIT,SYSBP,SYSBP_U,VSDAT,VSPOS\n"
        "S1,701,BASELINE,131,mmHg,2014-01-02,\nS1,701,,,,2014-01-09,\n"
    )
    (tmp_path / "csv/DTH.csv").write_text("SUBJID,SITEID,DTHDAT\n")
    from_odm = loaded(tmp_path, VITALS, tmp_path / "odm")
    from_csv = loaded(tmp_path, VITALS, tmp_path / "csv")
    for record in from_csv.tables:
        assert from_odm[record].drop("_src").equals(from_csv[record].drop("_src")), record
    assert from_odm["vital_sign"]["_src"].to_list() == ["study.xml/F.VS#30:SYSBP"]
    assert [f.name for f in from_odm.files] == ["study.xml/F.VS", "study.xml/F.DTH"]
    # nothing but the row without a result, in both
    assert [i["rule"] for i in from_odm.issues.to_dicts()] == ["NO RECORD"]
    assert [i["rule"] for i in from_csv.issues.to_dicts()] == ["NO RECORD"]


def test_a_trace_ends_at_the_item(tmp_path: Path) -> None:
    made = loaded(tmp_path, VITALS, write(tmp_path / "odm", study=document(TWO, definitions=DEFINITIONS))[0])
    origin = made.fields.filter(record="vital_sign").select("file", "field", "column").rows()
    assert ("study.xml/F.VS", "result", "IT.VS.SYSBP") in origin
    assert ("study.xml/F.VS", "unit", "IT.VS.SYSBP.unit") in origin
    assert ("study.xml/F.VS", "usubjid", "@SubjectKey") in origin
    file = made.files[0]
    assert file.path is not None
    for column, value in (("IT.VS.SYSBP", "131"), ("IT.VS.SYSBP.unit", "mmHg"), ("@LocationOID", "701")):
        assert read_cell(file.path, file.sha256, 30, column, name=file.name) == value
    assert read_cell(file.path, file.sha256, 29, "IT.7", name=file.name) is None
    file.path.write_text(file.path.read_text().replace("131", "132"))
    assert read_cell(file.path, file.sha256, 30, "IT.VS.SYSBP", name=file.name) is None


def test_typed_items(tmp_path: Path) -> None:
    odm = read(
        tmp_path,
        """\
<SubjectData SubjectKey="S1"><StudyEventData StudyEventOID="E"><FormData FormOID="F">
<ItemGroupData ItemGroupOID="G">
<ItemDataString ItemOID="NAME"> two words </ItemDataString>
<ItemDataInteger ItemOID="AGE" MeasurementUnitOID="MU.YEAR">
  63
</ItemDataInteger>
<ItemDataPartialDate ItemOID="DAT">2014-01</ItemDataPartialDate>
<ItemDataAny ItemOID="NONE" IsNull="Yes"/>
<ItemDataString ItemOID="MARK">a &lt; b &amp; c<![CDATA[ <d>]]></ItemDataString>
</ItemGroupData></FormData></StudyEventData></SubjectData>""",
    )
    assert rows(odm, "F", "NAME", "AGE", "AGE.unit", "DAT", "NONE", "MARK") == [
        (" two words ", "63", "MU.YEAR", "2014-01", None, "a < b & c <d>")
    ]


def test_item_groups_of_a_form_stand_on_its_rows(tmp_path: Path) -> None:
    """Groups that repeat have a row a repeat; the others' values stand on each of them, as in a CSV
    export."""
    odm = read(
        tmp_path,
        """\
<SubjectData SubjectKey="S1"><StudyEventData StudyEventOID="E"><FormData FormOID="CM">
<ItemGroupData ItemGroupOID="HEAD"><ItemData ItemOID="DONE" Value="Y"/></ItemGroupData>
<ItemGroupData ItemGroupOID="LOG" ItemGroupRepeatKey="1">
<ItemData ItemOID="TRT" Value="Aspirin"/></ItemGroupData>
<ItemGroupData ItemGroupOID="LOG" ItemGroupRepeatKey="2">
<ItemData ItemOID="TRT" Value="Zinc"/></ItemGroupData>
</FormData></StudyEventData></SubjectData>
<SubjectData SubjectKey="S2"><StudyEventData StudyEventOID="E"><FormData FormOID="CM">
<ItemGroupData ItemGroupOID="HEAD"><ItemData ItemOID="DONE" Value="N"/></ItemGroupData>
</FormData></StudyEventData></SubjectData>""",
    )
    assert rows(odm, "CM", "@SubjectKey", LINE, "@ItemGroupRepeatKey", "DONE", "TRT") == [
        ("S1", 5, "1", "Y", "Aspirin"),
        ("S1", 7, "2", "Y", "Zinc"),
        ("S2", 11, None, "N", None),
    ]


def test_item_groups_that_share_an_item_are_not_merged(tmp_path: Path) -> None:
    odm = read(
        tmp_path,
        """\
<SubjectData SubjectKey="S1"><StudyEventData StudyEventOID="E"><FormData FormOID="VS">
<ItemGroupData ItemGroupOID="SUPINE"><ItemData ItemOID="PULSE" Value="60"/></ItemGroupData>
<ItemGroupData ItemGroupOID="STANDING"><ItemData ItemOID="PULSE" Value="72"/></ItemGroupData>
<ItemGroupData ItemGroupOID="BOTH"><ItemData ItemOID="DAT" Value="2014-01-02"/></ItemGroupData>
</FormData></StudyEventData></SubjectData>""",
    )
    assert rows(odm, "VS", "@ItemGroupOID", "PULSE", "DAT") == [
        ("SUPINE", "60", "2014-01-02"),
        ("STANDING", "72", "2014-01-02"),
    ]


def test_a_repeat_key_of_a_group_that_does_not_repeat_makes_no_row(tmp_path: Path) -> None:
    """Some systems write ItemGroupRepeatKey="1" everywhere; the definition says that it means nothing."""
    body = """\
<SubjectData SubjectKey="S1"><StudyEventData StudyEventOID="SE.BL"><FormData FormOID="F.VS">
<ItemGroupData ItemGroupOID="IG.VS" ItemGroupRepeatKey="1">
<ItemData ItemOID="IT.7" Value="x"/></ItemGroupData>
<ItemGroupData ItemGroupOID="IG.B" ItemGroupRepeatKey="1"><ItemData ItemOID="IT.B" Value="y"/></ItemGroupData>
</FormData></StudyEventData></SubjectData>"""
    other = '<ItemGroupDef OID="IG.B" Name="B" Repeating="No"/></MetaDataVersion>'
    odm = read(tmp_path / "a", body, definitions=DEFINITIONS.replace("</MetaDataVersion>", other))
    assert rows(odm, "F.VS", "IT.7", "IT.B") == [("x", "y")]
    undefined = read(tmp_path / "b", body)
    assert rows(undefined, "F.VS", "IT.7", "IT.B") == [("x", None), (None, "y")]


def test_data_of_an_entity_may_come_in_pieces(tmp_path: Path) -> None:
    """The same keys mean the same subject, wherever they stand: ClinicalData elements and files are
    merged."""
    piece = (
        '<SubjectData SubjectKey="S1">{site}<StudyEventData StudyEventOID="E"><FormData FormOID="F">\n'
        '<ItemGroupData ItemGroupOID="G">{item}</ItemGroupData></FormData></StudyEventData></SubjectData>'
    )
    one = piece.format(site='<SiteRef LocationOID="701"/>', item='<ItemData ItemOID="A" Value="1"/>')
    two = piece.format(site="", item='<ItemData ItemOID="B" Value="2"/>')
    ends = '</ClinicalData><ClinicalData StudyOID="ST" MetaDataVersionOID="MDV">'
    assert rows(read(tmp_path / "a", one + ends + two), "F", "@LocationOID", "A", "B") == [("701", "1", "2")]
    paths = write(tmp_path / "b", one=document(one), two=document(two, oid="FILE.2", prior="FILE.1"))
    odm = read_odm(list(reversed(paths)))
    assert [f.path.name for f in odm.files] == ["one.xml", "two.xml"]
    assert rows(odm, "F", "@LocationOID", "A", "B") == [("701", "1", "2")]


@pytest.mark.parametrize("at_once", [1_000_000, 1])
def test_a_snapshot_that_repeats_its_keys_loses_values_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(odmstate, "AT_ONCE", at_once)
    group = '<ItemGroupData ItemGroupOID="G"><ItemData ItemOID="A" Value="{}"/></ItemGroupData>\n'
    open_ = '<SubjectData SubjectKey="S1"><StudyEventData StudyEventOID="E"><FormData FormOID="F">\n'
    close = "</FormData></StudyEventData></SubjectData>"
    odm = read(tmp_path, open_ + "".join(map(group.format, "121")) + close)
    assert rows(odm, "F", "A") == [("1",)]
    assert said(odm, "severity", "source", "rule", "message")[-1] == (
        "error",
        "study.xml#4",
        "REPEATED KEYS",
        "the Snapshot repeats the keys of this item group with other values: 1 value is lost, the last of "
        "each counts; give each its ItemGroupRepeatKey",
    )


def test_without_line_ends_references_count_item_groups(tmp_path: Path) -> None:
    flat = "".join(document(TWO).split("\n"))
    odm = read_odm(write(tmp_path, study=flat))
    assert rows(odm, "F.VS", "@StudyEventOID", LINE) == [("SE.BL", 1), ("SE.WK", 2)]
    assert said(odm) == [("info", "study.xml", "ItemGroupData", "", "REFERENCES")]


def test_prefixes_and_extensions(tmp_path: Path) -> None:
    text = (
        document(TWO)
        .replace("xmlns=", 'xmlns:v="urn:vendor" xmlns:odm=')
        .replace("</", "</odm:")
        .replace("<", "<odm:")
        .replace("<odm:/odm:", "</odm:")
        .replace('Key="S1">', 'Key="S1" v:Name="Jane"><v:Note><v:Deep>1</v:Deep></v:Note>')
    )
    odm = read_odm(write(tmp_path, study=text))
    assert rows(odm, "F.VS", "IT.7") == [("2014-01-02",), ("2014-01-09",)]
    assert said(odm) == []


def test_no_person_of_admindata_is_read(tmp_path: Path) -> None:
    admin = """<AdminData StudyOID="ST"><User OID="U1"><FullName>Jane Roe</FullName><Address>
    <StreetName>Elm Street</StreetName></Address></User></AdminData>\n"""
    audit = """<AuditRecord><UserRef UserOID="U1"/><LocationRef LocationOID="701"/>
<DateTimeStamp>2024-01-02T03:04:05</DateTimeStamp></AuditRecord>"""
    body = TWO.replace('Key="S1">', f'Key="S1">{audit}')
    odm = read_odm(write(tmp_path, study=document(body, definitions=admin)))
    for frame in (*(f.rows for f in odm.forms.values()), odm.history, odm.issues):
        text = frame.write_csv()
        assert "Roe" not in text
        assert "Elm" not in text
    assert rows(odm, "F.VS", "@DateTimeStamp") == [("2024-01-02T03:04:05",)] * 2


# --- forms and columns by name -----------------------------------------------------------------


def test_names_that_fit_nothing_or_several(tmp_path: Path) -> None:
    path = write(tmp_path, study=document(TWO, definitions=DEFINITIONS))[0]
    cases = {
        VITALS.replace("  DTH:", "  DTHX:"): "study.xml: the form DTHX is missing. Did you mean `F.DTH`?",
        VITALS.replace("  DTH:", "  death:"): "",  # FormDef Name, in any case
        VITALS.replace("VSDAT", "VSDATE"): "study.xml/F.VS, line 1, VSDATE: there is no column VSDATE",
        VITALS.replace('"@StudyEventName"', '"@Visit"'): "study.xml, VISIT: there is no key @Visit in ODM (",
    }
    for sources, sentence in cases.items():
        if not sentence:
            assert loaded(tmp_path, sources, path)["vital_sign"].height == 1
            continue
        with pytest.raises(InputError) as error:
            loaded(tmp_path, sources, path)
        assert str(error.value).startswith(sentence)


def test_an_item_that_could_be_two(tmp_path: Path) -> None:
    both = DEFINITIONS.replace("IT.VS.VSPOS", "IT.B.SYSBP")
    path = write(tmp_path, study=document(TWO, definitions=both))[0]
    with pytest.raises(InputError) as error:
        loaded(tmp_path, VITALS.replace("unused: {VSPOS: not asked for}", "unused: {}"), path)
    assert str(error.value) == (
        "study.xml, SYSBP: SYSBP of the form F.VS could be any of IT.VS.SYSBP, IT.B.SYSBP. Name the ItemOID: "
        f"`odm: {{columns: {{SYSBP: IT.VS.SYSBP}}}}` in {tmp_path}/study/sources.yaml"
    )


def test_without_definitions_an_item_without_data_is_empty_and_told(tmp_path: Path) -> None:
    """ODM does not send empty items, so only definitions can tell a renamed item from one never filled in."""
    sources = VITALS.split("  DTH:")[0].replace("VSDAT", "IT.7").replace("VSPOS", "OTHER") + ""
    made = loaded(tmp_path, sources.replace("IT.7", "VSDTC"), write(tmp_path, study=document(TWO))[0])
    assert made["vital_sign"].select("result", "date").rows() == [("131", None)]
    rules = made.issues.select("severity", "target", "rule", "message").rows()
    assert (
        "warning",
        "VS",
        "NO SUCH ITEM",
        "no item is called VSDTC, and no MetaDataVersion tells whether it is: taken as never filled in; "
        "is it renamed?",
    ) in rules
    assert any(rule == "UNMAPPED COLUMN" for _, _, rule, _ in rules)  # IT.7


def test_forms_that_nothing_reads_are_told(tmp_path: Path) -> None:
    extra = (
        '<SubjectData SubjectKey="S1"><StudyEventData StudyEventOID="E"><FormData FormOID="F.X">'
        '<ItemGroupData ItemGroupOID="G"/></FormData></StudyEventData></SubjectData>'
    )
    made = loaded(tmp_path, VITALS, write(tmp_path, study=document(TWO + extra, definitions=DEFINITIONS))[0])
    assert ("warning", "study.xml/F.X", "UNUSED FORM") in made.issues.select(
        "severity", "source", "rule"
    ).rows()


def test_beside_csv_an_xml_file_is_left_and_told(tmp_path: Path) -> None:
    folder = small.write_files(tmp_path / "in", {"DM.csv": small.DM, "define.xml": "<ODM/>"})
    made = loaded(tmp_path, small.SOURCES, folder)
    assert made["subject"].height == 2
    assert ("define.xml", "UNUSED FILE") in made.issues.select("source", "rule").rows()


# --- what holds for any table ------------------------------------------------------------------

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
OIDS = st.lists(
    st.from_regex(r"[A-Z]{1,3}(\.[A-Z]{1,3})?", fullmatch=True), min_size=1, max_size=4, unique=True
)


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, str | None]]:
    oids = draw(OIDS)
    return draw(st.lists(st.fixed_dictionaries({o: st.none() | TEXT for o in oids}), min_size=1, max_size=6))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables(), st.sampled_from(["utf-8", "utf-16", "gb18030"]))
def test_any_table_survives(tmp_path: Path, table: list[dict[str, str | None]], encoding: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding}"?>\n'
    text = declared + document(form_xml("F", table))
    path = write(tmp_path, any=text.encode(encoding, "xmlcharrefreplace"))[0]
    found = read_odm([path]).forms["F"]
    oids = [o for o in table[0] if any(row[o] is not None for row in table)]
    assert sorted(found.items) == sorted(oids)
    assert found.rows.select("@SubjectKey", *oids).rows() == [
        (f"r{n}", *(row[o] for o in oids)) for n, row in enumerate(table, 1)
    ]
    lines = path.read_bytes().decode(encoding).split("\n")
    assert all(lines[n - 1].startswith("<ItemGroupData") for n in found.rows[LINE])


def test_lines_are_right_in_a_long_file(tmp_path: Path) -> None:
    """libxml2 counts lines to 65535; references must not end there."""
    body = form_xml("F", [{"A": str(n)} for n in range(2)]) + "\n" * 70_000 + form_xml("F2", [{"A": "last"}])
    odm = read(tmp_path, body)
    line = odm.forms["F2"].rows[LINE].item()
    assert line > 65_535
    assert (tmp_path / "study.xml").read_text().split("\n")[line - 1].startswith("<ItemGroupData")


def test_everything_is_text(tmp_path: Path) -> None:
    found = read(tmp_path, TWO, definitions=DEFINITIONS).forms["F.VS"].rows
    assert {c: t for c, t in found.schema.items() if t != pl.Categorical} == {FILE: pl.UInt32, LINE: pl.Int64}


def test_the_least_of_a_key_is_that_of_polars() -> None:
    rows = pl.DataFrame({"a": [1, 1, 2, 1, None, None], "b": [1, 2, 1, 1, 3, 3], "n": [0, 1, 2, 3, 4, 5]})
    wanted = rows.select(pl.col("n").min().over("a", "b")).to_series()
    assert first_of(rows, ["a", "b"], "n").to_list() == wanted.to_list() == [0, 1, 2, 0, 4, 4]
    alone = rows.head(3)
    assert first_of(alone, ["a", "b"], "n").to_list() == [0, 1, 2]


def test_the_demonstration_study_from_odm(tmp_path: Path) -> None:
    """All forms of the demonstration, under its own unchanged mapping: the same records as from its CSV."""
    study = load_study("demo")
    mapping = load_sources(study)
    source = study.folder / "source"
    forms = []
    for file in sorted(source.glob("*.csv")):
        raw = file.read_bytes()
        text = raw.decode("utf-8-sig" if file.name != "MH.csv" else "cp1252")
        table = list(csv.DictReader(io.StringIO(text, newline="")))
        forms.append(
            form_xml(
                f"F.{file.stem}", [{f"I.{file.stem}.{c}": v or None for c, v in r.items()} for r in table]
            )
        )
    [path] = write(tmp_path, study=document("".join(forms)))
    from_odm, from_csv = load_records(study, mapping, path), load_records(study, mapping, source)
    assert sum(t.height for t in from_csv.tables.values()) > 300
    for record in from_csv.tables:
        assert from_odm[record].drop("_src").equals(from_csv[record].drop("_src")), record
    # line by line the same reference, but for its file and line
    for record, frame in from_csv.tables.items():
        block = pl.col("_src").str.extract(r"#\d+(.*)$")
        assert from_odm[record].select(block).equals(frame.select(block)), record


def test_a_run_traces_to_the_item(tmp_path: Path) -> None:
    """From a value of SDTM through the records back to the ItemOID and its line."""
    rows_ = [{"I.SITEID": "701", "I.SUBJID": "001", "I.AGE": "63", "I.DMDAT": "26-DEC-2013"}]
    [path] = write(tmp_path / "in", study=document(form_xml("F.DM", rows_)))
    done = run(small.write_study(tmp_path / "study"), path, stages=["sdtm"])
    found = done.trace("DM", {"USUBJID": "ABC-701-001"}, "AGE")
    assert [(n.place, n.name, n.value) for n in found.cells()] == [("study.xml/F.DM line 4", "I.AGE", "63")]
