"""The elements of Define-XML 2.1, each from the part of a dataset that it describes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree
from lxml.etree import _Element

from interop.package.definecodes import CodeList, CodeLists, level_oid, where_suffix
from interop.package.definemodel import DefineDataset, Dictionary, Shape, ValueLevel, domain_of, shape_of
from interop.spec import Origin, Var

ODM = "http://www.cdisc.org/ns/odm/v1.3"
DEF = "http://www.cdisc.org/ns/def/v2.1"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"
# lxml takes None for the default namespace; its stubs do not know.
NSMAP: Any = {None: ODM, "def": DEF, "xlink": XLINK}
_PREFIXES = {"def": DEF, "xlink": XLINK, "xml": XML}
# XML 1.0 has no other control characters; a value with one is shown with this in its place.
_CONTROL = {code: "\ufffd" for code in range(0x20) if code not in (9, 10, 13)}


def _qualified(name: str) -> str:
    prefix, colon, local = name.rpartition(":")
    return f"{{{_PREFIXES[prefix]}}}{local}" if colon else name


def sub(parent: _Element, name: str, text: str | None = None, **attributes: str | int | None) -> _Element:
    """A child element `name`, of ODM unless prefixed; attributes that are None are left out."""
    child = etree.SubElement(parent, _qualified(name) if ":" in name else f"{{{ODM}}}{name}")
    _set(child, attributes)
    if text is not None:
        child.text = text.translate(_CONTROL)
    return child


def _element(name: str, attributes: Mapping[str, str | int | None]) -> _Element:
    element = etree.Element(_qualified(name) if ":" in name else f"{{{ODM}}}{name}", nsmap=NSMAP)
    _set(element, attributes)
    return element


def _set(element: _Element, attributes: Mapping[str, str | int | None]) -> None:
    for name, value in attributes.items():
        if value is not None:
            element.set(_qualified(name), str(value).translate(_CONTROL))


def _describe(parent: _Element, text: str, name: str = "Description") -> None:
    sub(sub(parent, name), "TranslatedText", text, **{"xml:lang": "en"})


def item_group(dataset: DefineDataset, class_name: str) -> _Element:
    """ItemGroupDef: the dataset, its variables in order with their keys, roles and methods, and its file."""
    spec, file = dataset.spec, f"{dataset.name.lower()}.xpt"
    sdtm = spec.standard == "sdtmig34"
    per_subject = set(spec.keys) <= {"STUDYID", "USUBJID"}
    group = _element(
        "ItemGroupDef",
        {
            "OID": dataset.oid,
            "Domain": domain_of(dataset.name) if sdtm else None,
            "Name": dataset.name,
            "Repeating": "No" if per_subject else "Yes",
            "IsReferenceData": "No" if "USUBJID" in dataset.table.data.columns else "Yes",
            "SASDatasetName": dataset.name,
            "Purpose": "Tabulation" if sdtm else "Analysis",
            "def:Structure": spec.structure,
            "def:StandardOID": "STD.IG",
            "def:ArchiveLocationID": f"LF.{dataset.name}",
            "def:CommentOID": f"COM.{dataset.name}" if dataset.comment else None,
        },
    )
    _describe(group, dataset.table.label)
    keys = {k: n for n, k in enumerate((k for k in spec.keys if k in dataset.table.data.columns), 1)}
    for order, column in enumerate(dataset.table.columns, 1):
        var = spec[column.name]
        sub(
            group,
            "ItemRef",
            ItemOID=dataset.item_oid(var.name),
            OrderNumber=order,
            Mandatory="Yes" if _mandatory(dataset, var) else "No",
            KeySequence=keys.get(var.name),
            MethodOID=_method_oid(dataset, var.name) if has_method(var) else None,
            Role=(var.role or None) if sdtm else None,
        )
    kind = sub(group, "def:Class", Name=class_name)
    if dataset.subclass:
        sub(kind, "def:SubClass", Name=dataset.subclass)
    leaf = sub(group, "def:leaf", ID=f"LF.{dataset.name}", **{"xlink:href": file})
    sub(leaf, "def:title", file)
    return group


def _mandatory(dataset: DefineDataset, var: Var) -> bool:
    """Whether every record has a value: Req of SDTM asks for it, Req of ADaM for the variable."""
    if dataset.spec.standard == "adamig13" and dataset.table.data[var.name].null_count():
        return False
    return var.core == "Req"


def has_method(var: Var) -> bool:
    return var.rule.origin == "Derived" and bool(var.rule.method)


def _method_oid(dataset: DefineDataset, variable: str) -> str:
    return f"MT.{dataset.name}.{variable}"


def item_defs(dataset: DefineDataset, codes: CodeLists) -> Iterator[_Element]:
    """ItemDef of every variable, then of every value level."""
    leveled = {level.variable for level in dataset.value_level}
    for column in dataset.table.columns:
        var = dataset.spec[column.name]
        oid = dataset.item_oid(var.name)
        comment = f"COM.{dataset.name}.{var.name}" if var.name in dataset.comments else None
        item = _item(
            oid,
            var.name,
            shape_of(dataset.table.data[var.name], column, var.kind),
            {
                "SASFieldName": var.name,
                "def:DisplayFormat": column.display_format,
                "def:CommentOID": comment,
            },
            column.label,
            codes.oid(oid),
        )
        _origin(item, dataset, var.rule.origin, _predecessor(var))
        if var.name in leveled:
            sub(item, "def:ValueListRef", ValueListOID=_list_oid(dataset, var.name))
        yield item
    for level in dataset.value_level:
        oid = level_oid(dataset, level.variable, level.where)
        item = _item(oid, _level_name(level), level.shape, {}, level.label, codes.oid(oid))
        _origin(item, dataset, level.origin, "")
        yield item


def _item(
    oid: str,
    name: str,
    shape: Shape,
    more: Mapping[str, str | None],
    label: str,
    codelist: str | None,
) -> _Element:
    said: dict[str, str | int | None] = {
        "OID": oid,
        "Name": name,
        "DataType": shape.data_type,
        "Length": shape.length,
        "SignificantDigits": shape.significant_digits,
        **more,
    }
    item = _element("ItemDef", said)
    _describe(item, label)
    if codelist is not None:
        sub(item, "CodeListRef", CodeListOID=codelist)
    return item


def _level_name(level: ValueLevel) -> str:
    return ".".join("_".join(values) for _, values in sorted(level.where.items()))


def _origin(item: _Element, dataset: DefineDataset, origin: Origin, said: str) -> None:
    """def:Origin; a predecessor is described, every other origin has a source."""
    source = None if origin == "Predecessor" else "Sponsor"
    if origin == "Collected":
        source = dataset.collected_by
    node = sub(item, "def:Origin", Type=origin, Source=source)
    if said:
        _describe(node, said)


def _predecessor(var: Var) -> str:
    if var.rule.origin != "Predecessor":
        return ""
    return var.rule.method or ", ".join(var.rule.reads)


def _list_oid(dataset: DefineDataset, variable: str) -> str:
    return f"VL.{dataset.name}.{variable}"


def _clause_oid(dataset: DefineDataset, level: ValueLevel) -> str:
    return f"WC.{dataset.name}.{'.'.join(sorted(level.where))}.{where_suffix(level.where)}"


def value_lists(datasets: list[DefineDataset]) -> Iterator[_Element]:
    """def:ValueListDef of each variable that has value levels."""
    for dataset in datasets:
        for variable in dict.fromkeys(level.variable for level in dataset.value_level):
            node = _element("def:ValueListDef", {"OID": _list_oid(dataset, variable)})
            levels = [level for level in dataset.value_level if level.variable == variable]
            for order, level in enumerate(levels, 1):
                oid = level_oid(dataset, variable, level.where)
                method = f"MT.{oid.removeprefix('IT.')}" if level.method else None
                said: dict[str, Any] = {"OrderNumber": order, "Mandatory": "No", "MethodOID": method}
                ref = sub(node, "ItemRef", ItemOID=oid, **said)
                sub(ref, "def:WhereClauseRef", WhereClauseOID=_clause_oid(dataset, level))
            yield node


def where_clauses(datasets: list[DefineDataset]) -> Iterator[_Element]:
    """def:WhereClauseDef of each condition; variables with the same condition share it."""
    for dataset in datasets:
        for level in {_clause_oid(dataset, level): level for level in dataset.value_level}.values():
            node = _element("def:WhereClauseDef", {"OID": _clause_oid(dataset, level)})
            for variable, values in sorted(level.where.items()):
                check = sub(
                    node,
                    "RangeCheck",
                    Comparator="EQ" if len(values) == 1 else "IN",
                    SoftHard="Soft",
                    **{"def:ItemOID": dataset.item_oid(variable)},
                )
                for value in values:
                    sub(check, "CheckValue", value)
            yield node


def code_list(codelist: CodeList, packages: Mapping[str, str]) -> _Element:
    """CodeList with the terms in use: decoded where all have a decode, else enumerated."""
    content = codelist.content
    node = _element(
        "CodeList",
        {
            "OID": codelist.oid,
            "Name": codelist.name,
            "DataType": "text",
            "def:StandardOID": packages.get(codelist.package),
            "def:IsNonStandard": None if content.codes else "Yes",
        },
    )
    decoded = all(item.decode for item in content.items)
    for order, item in enumerate(content.items, 1):
        said = {"def:ExtendedValue": "Yes" if item.extended else None}
        name = "CodeListItem" if decoded else "EnumeratedItem"
        term = sub(node, name, CodedValue=item.value, OrderNumber=order, **said)
        if decoded:
            _describe(term, item.decode, "Decode")
        if item.code:
            sub(term, "Alias", Context="nci:ExtCodeID", Name=item.code)
    if len(content.codes) == 1:
        sub(node, "Alias", Context="nci:ExtCodeID", Name=content.codes[0])
    return node


def dictionary_list(oid: str, dictionary: Dictionary) -> _Element:
    node = _element(
        "CodeList", {"OID": oid, "Name": dictionary.name, "DataType": "text", "def:IsNonStandard": "Yes"}
    )
    href = dictionary.href or None
    sub(node, "ExternalCodeList", Dictionary=dictionary.name, Version=dictionary.version, href=href)
    return node


def method_defs(dataset: DefineDataset) -> Iterator[_Element]:
    """MethodDef of every derived variable and value level, in the words of the mapping."""
    said = [
        (_method_oid(dataset, column.name), column.name, dataset.spec[column.name].rule.method)
        for column in dataset.table.columns
        if has_method(dataset.spec[column.name])
    ]
    for level in dataset.value_level:
        if level.method:
            oid = level_oid(dataset, level.variable, level.where).removeprefix("IT.")
            said.append((f"MT.{oid}", f"{level.variable} {_level_name(level)}", level.method))
    for oid, name, text in said:
        title = f"Algorithm to derive {dataset.name}.{name}"
        node = _element("MethodDef", {"OID": oid, "Name": title, "Type": "Computation"})
        _describe(node, text)
        yield node


def comment_defs(dataset: DefineDataset) -> Iterator[_Element]:
    said = {f"COM.{dataset.name}": dataset.comment} if dataset.comment else {}
    said |= {
        f"COM.{dataset.name}.{c.name}": dataset.comments[c.name]
        for c in dataset.table.columns
        if c.name in dataset.comments
    }
    for oid, text in said.items():
        node = _element("def:CommentDef", {"OID": oid})
        _describe(node, text)
        yield node
