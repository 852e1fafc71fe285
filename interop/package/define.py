"""Define-XML 2.1: the metadata of a package, written from the objects that built its datasets.

Source: CDISC Define-XML 2.1, element order after its schema (define2-1-0.xsd).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from lxml import etree
from lxml.etree import _Element

from interop import ct
from interop.package.definecodes import CodeLists
from interop.package.defineitems import (
    DEF,
    NSMAP,
    ODM,
    code_list,
    comment_defs,
    dictionary_list,
    item_defs,
    item_group,
    method_defs,
    sub,
    value_lists,
    where_clauses,
)
from interop.package.definemodel import (
    DefineDataset,
    DefineStudy,
    Dictionary,
    Shape,
    ValueLevel,
    supplemental_levels,
    value_levels,
)
from interop.package.files import replacing
from interop.standards import TITLES

__all__ = [
    "DefineDataset",
    "DefineStudy",
    "Dictionary",
    "Shape",
    "ValueLevel",
    "supplemental_levels",
    "value_levels",
    "write_define",
]

STYLESHEET = "define2-1.xsl"
# Order of the classes in a define.xml: CDISC's Metadata Submission Guidelines.
_CLASSES = (
    "TRIAL DESIGN",
    "STUDY REFERENCE",
    "SPECIAL PURPOSE",
    "INTERVENTIONS",
    "EVENTS",
    "FINDINGS",
    "FINDINGS ABOUT",
    "RELATIONSHIP",
    "SUBJECT LEVEL ANALYSIS DATASET",
    "BASIC DATA STRUCTURE",
)


def write_define(
    path: Path,
    datasets: Sequence[DefineDataset],
    *,
    study: DefineStudy,
    created: datetime,
    originator: str = "",
    submission: bool = False,
) -> None:
    """Write the define.xml of `datasets`, all of one standard, and its stylesheet beside it.

    `created` is the only timestamp; the same input gives the same bytes. `submission` says that the package
    goes to a regulator (def:Context).
    """
    ordered = sorted(datasets, key=_place)
    standards = {d.spec.standard for d in ordered}
    if len(standards) != 1:
        raise ValueError("a define.xml describes the datasets of one standard")
    root = _odm(ordered, study, created, originator, submission)
    text = etree.tostring(_document(root), xml_declaration=True, encoding="UTF-8", pretty_print=True)
    style = files("interop.package").joinpath(STYLESHEET).read_bytes()
    with replacing(path.with_name(STYLESHEET)) as temporary:
        temporary.write_bytes(style)
    with replacing(path) as temporary:
        temporary.write_bytes(text)


def _place(dataset: DefineDataset) -> tuple[int, str]:
    name = class_of(dataset)
    return (_CLASSES.index(name) if name in _CLASSES else len(_CLASSES), dataset.name)


def class_of(dataset: DefineDataset) -> str:
    return dataset.spec.cls.upper().replace("-", " ")


def _document(root: _Element) -> etree._ElementTree:
    style = etree.ProcessingInstruction("xml-stylesheet", f'type="text/xsl" href="{STYLESHEET}"')
    root.addprevious(style)
    return root.getroottree()


def _odm(
    datasets: list[DefineDataset], study: DefineStudy, created: datetime, originator: str, submission: bool
) -> _Element:
    standard, version = TITLES[datasets[0].spec.standard]
    metadata_oid = datasets[0].table.meta_data_version_oid or f"MDV.{study.oid}.{standard}.{version}"
    root = etree.Element(
        f"{{{ODM}}}ODM",
        {
            "FileType": "Snapshot",
            "FileOID": f"{metadata_oid}.define",
            "CreationDateTime": created.isoformat(timespec="seconds"),
            "ODMVersion": "1.3.2",
            f"{{{DEF}}}Context": "Submission" if submission else "Other",
            **({"Originator": originator} if originator else {}),
        },
        nsmap=NSMAP,
    )
    node = sub(root, "Study", OID=study.oid)
    about = sub(node, "GlobalVariables")
    sub(about, "StudyName", study.name)
    sub(about, "StudyDescription", study.description)
    sub(about, "ProtocolName", study.protocol)
    metadata = sub(
        node,
        "MetaDataVersion",
        OID=metadata_oid,
        Name=f"{study.name}, {standard} {version}",
        Description=f"Metadata of the {standard} {version} datasets of {study.name}",
    )
    metadata.set(f"{{{DEF}}}DefineVersion", "2.1.0")
    _fill(metadata, datasets, standard, version)
    return root


def _fill(metadata: _Element, datasets: list[DefineDataset], standard: str, version: str) -> None:
    """The parts in the order that the schema asks for."""
    codes = CodeLists(datasets)
    packages = _packages(codes, standard)
    _standards(metadata, standard, version, packages)
    _append(metadata, value_lists(datasets))
    _append(metadata, where_clauses(datasets))
    _append(metadata, (item_group(d, class_of(d)) for d in datasets))
    for dataset in datasets:
        _append(metadata, item_defs(dataset, codes))
    _append(metadata, (code_list(c, packages) for c in codes.all()))
    _append(metadata, (dictionary_list(oid, d) for oid, d in codes.dictionaries().items()))
    for dataset in datasets:
        _append(metadata, method_defs(dataset))
    for dataset in datasets:
        _append(metadata, comment_defs(dataset))


def _append(parent: _Element, children: Iterable[_Element]) -> None:
    for child in children:
        parent.append(child)


def _packages(codes: CodeLists, standard: str) -> dict[str, str]:
    """CT package ─▶ OID of its def:Standard. The standard's own package is named even where unused."""
    own = ct.SDTM_CT if standard == "SDTMIG" else ct.ADAM_CT
    used = {own, *(c.package for c in codes.all() if c.package)}
    return {name: f"STD.CT.{n}" for n, name in enumerate(sorted(used), 1)}


def _standards(metadata: _Element, standard: str, version: str, packages: dict[str, str]) -> None:
    node = sub(metadata, "def:Standards")
    said = {"Name": standard, "Type": "IG", "Version": version, "Status": "Final"}
    sub(node, "def:Standard", OID="STD.IG", **said)
    for name, oid in packages.items():
        publishing_set, _, date = name.partition("-")
        shown = {"sdtm": "SDTM", "adam": "ADaM"}[publishing_set]
        said = {"Name": "CDISC/NCI", "Type": "CT", "PublishingSet": shown, "Version": date, "Status": "Final"}
        sub(node, "def:Standard", OID=oid, **said)
