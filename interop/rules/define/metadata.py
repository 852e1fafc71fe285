"""What rules ask of a define.xml (2.0 and 2.1): its datasets, variables and codelists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from interop.errors import InputError
from interop.rules.xmlguard import refuse_doctype

XLINK = "{http://www.w3.org/1999/xlink}"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RangeCheck:
    """A test of a condition: `comparator` is LT, LE, GT, GE, EQ, NE, IN or NOTIN."""

    variable: str
    comparator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ValueLevel:
    """An item of a variable's value list; of its conditions one must hold, of a condition every check."""

    variable: str
    row: Row
    conditions: tuple[tuple[RangeCheck, ...], ...]


@dataclass(frozen=True)
class Define:
    """Rows named as the rule language names them: `define_dataset_…`, `define_variable_…`, `define_vlm_…`."""

    datasets: tuple[Row, ...]
    variables: Mapping[str, tuple[Row, ...]]
    value_level: Mapping[str, tuple[ValueLevel, ...]] = field(default_factory=dict)
    dictionaries: Mapping[str, str] = field(default_factory=dict)
    """Version of each external dictionary, by its name in lower case."""
    extended: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values that the sponsor added to each codelist of CDISC's, by the codelist's name in lower case."""

    def dataset(self, name: str) -> Row | None:
        return next((d for d in self.datasets if d["define_dataset_name"] == name), None)


def read_define(path: Path) -> Define:
    """Read without entities, DTDs or network. InputError where it is no define.xml."""
    try:
        return _define(path, _parsed(path))
    except InputError as error:
        if error.file is not None:
            raise
        raise InputError(error.message, file=path, line=error.line, field=error.field) from None


def _define(path: Path, root: Any) -> Define:
    version = next(_all(root, "MetaDataVersion"), None)
    if version is None:
        raise InputError("it has no MetaDataVersion, so it is no define.xml", file=path)
    items = {i.get("OID") or "": i for i in _all(version, "ItemDef")}
    lists = {c.get("OID") or "": c for c in _all(version, "CodeList")}
    groups = list(_all(version, "ItemGroupDef"))
    return Define(
        tuple(_dataset(g, items) for g in groups),
        {g.get("Name") or "": tuple(_variables(g, items, lists)) for g in groups},
        _value_level(version, groups, items, lists),
        {
            str(_attribute(e, "Dictionary")).lower(): _attribute(e, "Version")
            for e in _all(version, "ExternalCodeList")
        },
        _extended(lists.values()),
    )


def _parsed(path: Path) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        refuse_doctype(path)
        return etree.parse(str(path), parser).getroot()
    except OSError:
        raise InputError(
            "there is no such file", file=path, mend="Check the path given with --define."
        ) from None
    except etree.XMLSyntaxError as error:
        raise InputError(f"not XML: {error.msg}", file=path, line=error.lineno) from None


def _all(node: Any, name: str) -> Iterator[Any]:
    """Elements by local name, in any version of the namespaces."""
    return (n for n in node.iter() if isinstance(n.tag, str) and etree.QName(n).localname == name)


def _children(node: Any, name: str) -> list[Any]:
    return [n for n in node if isinstance(n.tag, str) and etree.QName(n).localname == name]


def _attribute(node: Any, name: str) -> str:
    """An attribute by local name."""
    return next((str(v) for k, v in node.attrib.items() if etree.QName(k).localname == name), "")


def _label(node: Any) -> str:
    text = next((t for d in _children(node, "Description") for t in _children(d, "TranslatedText")), None)
    return (text.text or "").strip() if text is not None else ""


def _refs(group: Any) -> list[Any]:
    refs = _children(group, "ItemRef")
    return sorted(refs, key=lambda r: _number(r, "OrderNumber") or 0)


def _number(node: Any, name: str) -> float | None:
    """An attribute that is a whole number; None where it is absent or empty."""
    text = node.get(name)
    if not text:
        return None
    if not (text.isascii() and text.strip().removeprefix("-").isdigit() and len(text) < 20):
        raise InputError(f"{text[:40]!r} is no number", line=node.sourceline, field=name)
    return float(text)


def _dataset(group: Any, items: Mapping[str, Any]) -> Row:
    refs = _refs(group)
    names = [items[r.get("ItemOID")].get("Name") for r in refs if r.get("ItemOID") in items]
    keyed = sorted((r for r in refs if r.get("KeySequence")), key=lambda r: _number(r, "KeySequence") or 0)
    leaf = next(iter(_children(group, "leaf")), None)
    classes = _children(group, "Class")
    return {
        "define_dataset_name": group.get("Name") or "",
        "define_dataset_label": _label(group),
        "define_dataset_location": leaf.get(f"{XLINK}href") if leaf is not None else "",
        "define_dataset_domain": group.get("Domain") or "",
        "define_dataset_class": classes[0].get("Name") if classes else _attribute(group, "Class"),
        "define_dataset_structure": _attribute(group, "Structure"),
        "define_dataset_is_non_standard": _attribute(group, "IsNonStandard"),
        "define_dataset_has_no_data": _attribute(group, "HasNoData"),
        "define_dataset_variables": names,
        "define_dataset_variable_order": names,
        "define_dataset_key_sequence": [
            items[r.get("ItemOID")].get("Name") for r in keyed if r.get("ItemOID") in items
        ],
    }


def _variables(group: Any, items: Mapping[str, Any], lists: Mapping[str, Any]) -> Iterator[Row]:
    for order, ref in enumerate(_refs(group), 1):
        item = items.get(ref.get("ItemOID"))
        if item is None:
            continue
        codelist = _codelist(item, lists)
        origins = _children(item, "Origin")
        terms = [] if codelist is None else _terms(codelist)
        length = _number(item, "Length")
        yield {
            "define_variable_name": item.get("Name") or "",
            "define_variable_label": _label(item),
            "define_variable_data_type": item.get("DataType") or "",
            "define_variable_role": ref.get("Role") or "",
            "define_variable_size": length,
            "define_variable_length": length,
            "define_variable_format": _attribute(item, "DisplayFormat"),
            "define_variable_ccode": "" if codelist is None else _code(codelist),
            "define_variable_has_codelist": codelist is not None,
            "define_variable_allowed_terms": [t[0] for t in terms],
            "define_variable_codelist_coded_values": [t[0] for t in terms],
            "define_variable_codelist_coded_codes": [t[1] for t in terms if t[1]],
            "define_variable_origin_type": origins[0].get("Type") if origins else "",
            "define_variable_is_collected": bool(origins) and origins[0].get("Type") == "Collected",
            "define_variable_has_no_data": _attribute(ref, "HasNoData"),
            "define_variable_order_number": _number(ref, "OrderNumber") or float(order),
            "define_variable_mandatory": ref.get("Mandatory") or "",
            "define_variable_has_comment": bool(_attribute(item, "CommentOID")),
            "define_variable_has_method": bool(ref.get("MethodOID")),
        }


def _value_level(
    version: Any, groups: list[Any], items: Mapping[str, Any], lists: Mapping[str, Any]
) -> dict[str, tuple[ValueLevel, ...]]:
    """The value lists of each dataset's variables."""
    value_lists = {v.get("OID") or "": v for v in _all(version, "ValueListDef")}
    clauses = {w.get("OID") or "": _range_checks(w, items) for w in _all(version, "WhereClauseDef")}
    found: dict[str, tuple[ValueLevel, ...]] = {}
    for group in groups:
        levels: list[ValueLevel] = []
        for item in (items[r.get("ItemOID")] for r in _refs(group) if r.get("ItemOID") in items):
            for ref in _children(item, "ValueListRef"):
                listed = value_lists.get(_attribute(ref, "ValueListOID"))
                if listed is not None:
                    levels += _levels(item.get("Name") or "", listed, clauses, items, lists)
        found[group.get("Name") or ""] = tuple(levels)
    return found


def _levels(
    variable: str,
    value_list: Any,
    clauses: Mapping[str, tuple[RangeCheck, ...]],
    items: Mapping[str, Any],
    lists: Mapping[str, Any],
) -> Iterator[ValueLevel]:
    refs = [r for r in _refs(value_list) if r.get("ItemOID") in items]
    for ref, row in zip(refs, _variables(value_list, items, lists), strict=True):
        named = [_attribute(w, "WhereClauseOID") for w in _children(ref, "WhereClauseRef")]
        yield ValueLevel(
            variable,
            {k.replace("define_variable_", "define_vlm_"): v for k, v in row.items()},
            # A condition that the file does not define, or leaves empty, is not one that holds everywhere.
            tuple(clauses.get(n) or (RangeCheck(n, "", ()),) for n in named),
        )


def _range_checks(clause: Any, items: Mapping[str, Any]) -> tuple[RangeCheck, ...]:
    """The checks of a WhereClauseDef; a variable that the file does not define keeps its OID for a name."""
    return tuple(
        RangeCheck(
            items[oid].get("Name") if (oid := _attribute(check, "ItemOID")) in items else oid,
            check.get("Comparator") or "",
            tuple((v.text or "").strip() for v in _children(check, "CheckValue")),
        )
        for check in _children(clause, "RangeCheck")
    )


def _codelist(item: Any, lists: Mapping[str, Any]) -> Any | None:
    ref = next(iter(_children(item, "CodeListRef")), None)
    return lists.get(ref.get("CodeListOID")) if ref is not None else None


def _code(node: Any) -> str:
    """The NCI code that an Alias of context nci:ExtCodeID states."""
    return next(
        (a.get("Name") or "" for a in _children(node, "Alias") if a.get("Context") == "nci:ExtCodeID"), ""
    )


def _extended(codelists: Iterable[Any]) -> dict[str, tuple[str, ...]]:
    found = {}
    for codelist in codelists:
        items = [*_children(codelist, "EnumeratedItem"), *_children(codelist, "CodeListItem")]
        added = tuple(i.get("CodedValue") or "" for i in items if _attribute(i, "ExtendedValue") == "Yes")
        if added and _code(codelist):
            found[str(codelist.get("Name") or "").lower()] = added
    return found


def _terms(codelist: Any) -> list[tuple[str, str]]:
    items = [*_children(codelist, "EnumeratedItem"), *_children(codelist, "CodeListItem")]
    return [(i.get("CodedValue") or "", _code(i)) for i in items]


def standard_of_define(path: Path) -> tuple[str, str] | None:
    """The guide that a define.xml states, as rules' authorities write it: SDTMIG, 3.4; None where none."""
    root = _parsed(path)
    guide = next((s for s in _all(root, "Standard") if s.get("Type") == "IG"), None)
    if guide is not None:
        name, version = guide.get("Name") or "", guide.get("Version") or ""
    else:  # Define-XML 2.0
        stated = next(_all(root, "MetaDataVersion"), None)
        if stated is None:
            return None
        name, version = _attribute(stated, "StandardName"), _attribute(stated, "StandardVersion")
    return (name.replace("-", "").upper(), version.replace("-", ".")) if name and version else None
