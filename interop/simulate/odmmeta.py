"""The definitions of the simulated study in ODM-XML 1.3.2."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from xml.sax.saxutils import quoteattr

from interop.simulate.forms import CODES, FORMS, Column
from interop.simulate.settings import Settings
from interop.study import Study

VERSION, LOG, UNSCHEDULED, USER = "MDV.1", "SE.LOG", "SE.UNS", "USR.SITE"
_TYPES = {
    "number": "text",
    "date": "text",
    "time": "text",
    "text": "text",
}  # cells as they were typed, right or wrong


def event_oid(key: str) -> str:
    """OID of the event of a visit key; rows of no visit are in the log."""
    if not key:
        return LOG
    return UNSCHEDULED if key.startswith("UNS") else f"SE.{key}"


def item_oid(form: str, column: str) -> str:
    return f"{form}.{column}"


def head(study: Study, settings: Settings, file_type: str, file_oid: str) -> str:
    """Everything up to and with the start tag of ClinicalData. The file says the day of the data cut."""
    stamp = f"{date.fromordinal(settings.data_cut).isoformat()}T00:00:00"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="{file_type}" '
        f'FileOID={quoteattr(file_oid)} CreationDateTime="{stamp}" AsOfDateTime="{stamp}" '
        'Description="Simulated data; nothing here is a fact about a person">',
        f"<Study OID={quoteattr(study.id)}>",
        f"<GlobalVariables><StudyName>{_text(study.id)}</StudyName>"
        f"<StudyDescription>{_text(study.title)}</StudyDescription>"
        f"<ProtocolName>{_text(study.id)}</ProtocolName></GlobalVariables>",
        f'<MetaDataVersion OID="{VERSION}" Name="Simulated export">',
        *_events(settings),
        *_forms(),
        *_items(),
        *_codelists(),
        "</MetaDataVersion>",
        "</Study>",
        "<AdminData>",
        f'<User OID="{USER}" UserType="Other"><DisplayName>Site staff</DisplayName></User>',
        *_sites(study, settings),
        "</AdminData>",
        f'<ClinicalData StudyOID={quoteattr(study.id)} MetaDataVersionOID="{VERSION}">',
    ]
    return "\n".join(lines) + "\n"


TAIL = "</ClinicalData>\n</ODM>\n"


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _events(settings: Settings) -> Iterator[str]:
    keys = ["", *settings.visits]
    yield "<Protocol>"
    for n, key in enumerate(keys, 1):
        yield f'<StudyEventRef StudyEventOID="{event_oid(key)}" OrderNumber="{n}" Mandatory="No"/>'
    yield "</Protocol>"
    for key in keys:
        name = settings.visits[key] if key else "LOG"
        kind = "Unscheduled" if key == "UNS" else "Scheduled" if key else "Common"
        repeating = "Yes" if key == "UNS" else "No"
        named = f'OID="{event_oid(key)}" Name={quoteattr(name)}'
        yield f'<StudyEventDef {named} Repeating="{repeating}" Type="{kind}">'
        for form in FORMS:
            if form.visits == bool(key):
                yield f'<FormRef FormOID="{form.name}" Mandatory="No"/>'
        yield "</StudyEventDef>"


def _forms() -> Iterator[str]:
    for form in FORMS:
        yield f'<FormDef OID="{form.name}" Name={quoteattr(form.label)} Repeating="No">'
        yield f'<ItemGroupRef ItemGroupOID="IG.{form.name}" Mandatory="No"/>'
        yield "</FormDef>"
    for form in FORMS:
        yield f'<ItemGroupDef OID="IG.{form.name}" Name={quoteattr(form.label)} Repeating="Yes">'
        for n, column in enumerate(form.cells, 1):
            yield f'<ItemRef ItemOID="{item_oid(form.name, column.name)}" OrderNumber="{n}" Mandatory="No"/>'
        yield "</ItemGroupDef>"


def _items() -> Iterator[str]:
    for form in FORMS:
        for column in form.cells:
            yield _item(form.name, column)


def _item(form: str, column: Column) -> str:
    # text, whatever the kind: the cells are as they were typed, right or wrong
    oid = item_oid(form, column.name)
    start = f'<ItemDef OID="{oid}" Name="{column.name}" DataType="text" Length="200"'
    if column.kind in CODES:
        return f'{start}><CodeListRef CodeListOID="CL.{column.kind}"/></ItemDef>'
    return f"{start}/>"


def _codelists() -> Iterator[str]:
    for name, codes in CODES.items():
        yield f'<CodeList OID="CL.{name}" Name="{name}" DataType="text">'
        for code in codes:
            yield f"<EnumeratedItem CodedValue={quoteattr(code)}/>"
        yield "</CodeList>"


def _sites(study: Study, settings: Settings) -> Iterator[str]:
    day = date.fromordinal(settings.first_consent).isoformat()
    for site in settings.sites:
        yield (
            f'<Location OID={quoteattr(site.name)} Name={quoteattr(f"Site {site.name}")} LocationType="Site">'
            f'<MetaDataVersionRef StudyOID={quoteattr(study.id)} MetaDataVersionOID="{VERSION}" '
            f'EffectiveDate="{day}"/></Location>'
        )
