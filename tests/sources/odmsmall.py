"""ODM files of a few lines, for tests that vary one thing of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

from interop.sources.odm import Odm, read_odm
from interop.sources.odmforms import FILE
from interop.sources.table import LINE

NS = "http://www.cdisc.org/ns/odm/v1.3"
ROOT = (
    f'<ODM xmlns="{NS}" ODMVersion="1.3.2" FileType="{{kind}}" FileOID="{{oid}}" {{prior}}'
    'CreationDateTime="2024-05-01T12:00:00">'
)
DEFINITIONS = """\
<Study OID="ST"><GlobalVariables/>
 <BasicDefinitions>
  <MeasurementUnit OID="MU.1" Name="mm Hg"><Symbol>
   <TranslatedText>mmHg</TranslatedText></Symbol></MeasurementUnit>
 </BasicDefinitions>
 <MetaDataVersion OID="MDV" Name="Version 1">
  <StudyEventDef OID="SE.BL" Name="BASELINE" Repeating="No" Type="Scheduled"/>
  <FormDef OID="F.VS" Name="Vital Signs" Repeating="No">
   <ItemGroupRef ItemGroupOID="IG.VS" Mandatory="Yes"/></FormDef>
  <FormDef OID="F.DTH" Name="Death" Repeating="No">
   <ItemGroupRef ItemGroupOID="IG.DTH" Mandatory="No"/></FormDef>
  <ItemGroupDef OID="IG.VS" Name="VS" Repeating="No">
   <ItemRef ItemOID="IT.VS.SYSBP" Mandatory="No"/><ItemRef ItemOID="IT.7" Mandatory="No"/>
   <ItemRef ItemOID="IT.VS.VSPOS" Mandatory="No"/>
  </ItemGroupDef>
  <ItemGroupDef OID="IG.DTH" Name="DTH" Repeating="No">
   <ItemRef ItemOID="IT.DTH.DTHDAT" Mandatory="No"/></ItemGroupDef>
  <ItemDef OID="IT.VS.SYSBP" Name="Systolic blood pressure" DataType="integer"/>
  <ItemDef OID="IT.7" Name="Date of assessment" SASFieldName="VSDAT" DataType="date"/>
  <ItemDef OID="IT.VS.VSPOS" Name="Position" DataType="text"/>
  <ItemDef OID="IT.DTH.DTHDAT" Name="Date of death" DataType="date"/>
 </MetaDataVersion>
</Study>
"""


def document(
    clinical: str,
    *,
    kind: str = "Snapshot",
    oid: str = "FILE.1",
    prior: str = "",
    definitions: str = "",
    study: str = "ST",
) -> str:
    """A file with this inside its ClinicalData. The ClinicalData begins in line 2 unless there are
    definitions."""
    named = f'PriorFileOID="{prior}" ' if prior else ""
    return (
        ROOT.format(kind=kind, oid=oid, prior=named)
        + f'\n{definitions}<ClinicalData StudyOID="{study}" MetaDataVersionOID="MDV">\n'
        + clinical.strip("\n")
        + "\n</ClinicalData>\n</ODM>\n"
    )


def write(folder: Path, **files: str | bytes) -> list[Path]:
    """Write `name.xml` files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, content in files.items():
        path = folder / f"{name}.xml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths.append(path)
    return paths


def read(folder: Path, clinical: str, **about: str) -> Odm:
    return read_odm(write(folder, study=document(clinical, **about)))


def rows(of: Odm, form: str, *columns: str) -> list[tuple[object, ...]]:
    """Rows of a form: the named columns, or the subject, the line and all items."""
    found = of.forms[form]
    return found.rows.select(columns or ("@SubjectKey", LINE, *found.items)).rows()


def said(of: Odm, *columns: str) -> list[tuple[object, ...]]:
    return of.issues.select(columns or ("severity", "source", "target", "variable", "rule")).rows()


def items(values: Mapping[str, str | None]) -> str:
    """ItemData of the values; none for an empty one, as ODM asks."""
    return "".join(
        f"<ItemData ItemOID={quoteattr(oid)} Value={quoteattr(value)}/>\n"
        for oid, value in values.items()
        if value is not None
    )


def form_xml(form: str, table: Sequence[Mapping[str, str | None]]) -> str:
    """A table as one subject a row with SubjectKey r1, r2, …: for values, not for structure."""
    return "".join(
        f'<SubjectData SubjectKey="r{n}"><StudyEventData StudyEventOID="SE"><FormData FormOID="{form}">\n'
        f'<ItemGroupData ItemGroupOID="IG">\n{items(row)}</ItemGroupData>'
        "</FormData></StudyEventData></SubjectData>\n"
        for n, row in enumerate(table, 1)
    )


__all__ = [
    "DEFINITIONS",
    "FILE",
    "LINE",
    "NS",
    "document",
    "form_xml",
    "items",
    "read",
    "rows",
    "said",
    "write",
]
