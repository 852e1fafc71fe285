"""What rules ask of a define.xml (2.0 and 2.1): its datasets, variables and codelists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from interop.errors import InputError
from interop.rules.define.nodes import attribute, children, elements, nci_code, parsed, terms

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
        return _define(path, parsed(path))
    except InputError as error:
        if error.file is not None:
            raise
        raise InputError(error.message, file=path, line=error.line, field=error.field) from None


def _define(path: Path, root: Any) -> Define:
    version = next(elements(root, "MetaDataVersion"), None)
    if version is None:
        raise InputError("it has no MetaDataVersion, so it is no define.xml", file=path)
    items = {i.get("OID") or "": i for i in elements(version, "ItemDef")}
    lists = {c.get("OID") or "": c for c in elements(version, "CodeList")}
    groups = list(elements(version, "ItemGroupDef"))
    return Define(
        tuple(_dataset(g, items) for g in groups),
        {g.get("Name") or "": tuple(_variables(g, items, lists)) for g in groups},
        _value_level(version, groups, items, lists),
        {
            str(attribute(e, "Dictionary")).lower(): attribute(e, "Version")
            for e in elements(version, "ExternalCodeList")
        },
        _extended(lists.values()),
    )


def _label(node: Any) -> str:
    text = next((t for d in children(node, "Description") for t in children(d, "TranslatedText")), None)
    return (text.text or "").strip() if text is not None else ""


def _refs(group: Any) -> list[Any]:
    refs = children(group, "ItemRef")
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
    leaf = next(iter(children(group, "leaf")), None)
    classes = children(group, "Class")
    return {
        "define_dataset_name": group.get("Name") or "",
        "define_dataset_label": _label(group),
        "define_dataset_location": leaf.get(f"{XLINK}href") if leaf is not None else "",
        "define_dataset_domain": group.get("Domain") or "",
        "define_dataset_class": classes[0].get("Name") if classes else attribute(group, "Class"),
        "define_dataset_structure": attribute(group, "Structure"),
        "define_dataset_is_non_standard": attribute(group, "IsNonStandard"),
        "define_dataset_has_no_data": attribute(group, "HasNoData"),
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
        origins = children(item, "Origin")
        listed = [] if codelist is None else terms(codelist)
        length = _number(item, "Length")
        yield {
            "define_variable_name": item.get("Name") or "",
            "define_variable_label": _label(item),
            "define_variable_data_type": item.get("DataType") or "",
            "define_variable_role": ref.get("Role") or "",
            "define_variable_size": length,
            "define_variable_length": length,
            "define_variable_format": attribute(item, "DisplayFormat"),
            "define_variable_ccode": "" if codelist is None else nci_code(codelist),
            "define_variable_has_codelist": codelist is not None,
            "define_variable_allowed_terms": [t.get("CodedValue") or "" for t in listed],
            "define_variable_codelist_coded_values": [t.get("CodedValue") or "" for t in listed],
            "define_variable_codelist_coded_codes": [c for t in listed if (c := nci_code(t))],
            "define_variable_origin_type": origins[0].get("Type") if origins else "",
            "define_variable_is_collected": bool(origins) and origins[0].get("Type") == "Collected",
            "define_variable_has_no_data": attribute(ref, "HasNoData"),
            "define_variable_order_number": _number(ref, "OrderNumber") or float(order),
            "define_variable_mandatory": ref.get("Mandatory") or "",
            "define_variable_has_comment": bool(attribute(item, "CommentOID")),
            "define_variable_has_method": bool(ref.get("MethodOID")),
        }


def _value_level(
    version: Any, groups: list[Any], items: Mapping[str, Any], lists: Mapping[str, Any]
) -> dict[str, tuple[ValueLevel, ...]]:
    """The value lists of each dataset's variables."""
    value_lists = {v.get("OID") or "": v for v in elements(version, "ValueListDef")}
    clauses = {w.get("OID") or "": _range_checks(w, items) for w in elements(version, "WhereClauseDef")}
    found: dict[str, tuple[ValueLevel, ...]] = {}
    for group in groups:
        levels: list[ValueLevel] = []
        for item in (items[r.get("ItemOID")] for r in _refs(group) if r.get("ItemOID") in items):
            for ref in children(item, "ValueListRef"):
                listed = value_lists.get(attribute(ref, "ValueListOID"))
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
        named = [attribute(w, "WhereClauseOID") for w in children(ref, "WhereClauseRef")]
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
            items[oid].get("Name") if (oid := attribute(check, "ItemOID")) in items else oid,
            check.get("Comparator") or "",
            tuple((v.text or "").strip() for v in children(check, "CheckValue")),
        )
        for check in children(clause, "RangeCheck")
    )


def _codelist(item: Any, lists: Mapping[str, Any]) -> Any | None:
    ref = next(iter(children(item, "CodeListRef")), None)
    return lists.get(ref.get("CodeListOID")) if ref is not None else None


def _extended(codelists: Iterable[Any]) -> dict[str, tuple[str, ...]]:
    found = {}
    for codelist in codelists:
        extending = (i for i in terms(codelist) if attribute(i, "ExtendedValue") == "Yes")
        added = tuple(i.get("CodedValue") or "" for i in extending)
        if added and nci_code(codelist):
            found[str(codelist.get("Name") or "").lower()] = added
    return found
