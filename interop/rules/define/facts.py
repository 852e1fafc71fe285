"""What a define.xml says of where a variable's values come from: origins, methods, comments, value lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from interop.errors import InputError
from interop.rules.context import Context
from interop.rules.define.metadata import Row

_KEY = "define facts"
Facts = Mapping[str, Mapping[str, Row]]


def define_facts(context: Context) -> Facts:
    """Dataset ─▶ variable ─▶ its facts, read once. NotExecutableError where there is no define.xml."""
    context.need_define()
    if _KEY not in context.kept:
        path = context.define_path
        context.kept[_KEY] = {} if path is None else read_facts(path)
    facts: Facts = context.kept[_KEY]
    return facts


def read_facts(path: Path) -> Facts:
    """Read without entities, DTDs or network. InputError where it is no XML."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.parse(str(path), parser).getroot()
    except etree.XMLSyntaxError as error:
        raise InputError(f"not XML: {error.msg}", file=path, line=error.lineno) from None
    known = {kind: {n.get("OID"): n for n in _all(root, kind)} for kind in _KINDS}
    return {
        group.get("Name") or "": {row["name"]: row for row in _variables(group, known)}
        for group in _all(root, "ItemGroupDef")
    }


_KINDS = ("ItemDef", "CodeList", "MethodDef", "CommentDef", "ValueListDef", "WhereClauseDef")
Known = Mapping[str, Mapping[str | None, Any]]


def _variables(group: Any, known: Known) -> Iterator[Row]:
    for ref in _children(group, "ItemRef"):
        item = known["ItemDef"].get(ref.get("ItemOID"))
        if item is None:
            continue
        values = _values(item, known)
        refs, items = [ref, *(r for r, _ in values)], [item, *(i for _, i in values)]
        origins = [o for i in items for o in _children(i, "Origin")]
        types = list(dict.fromkeys(o.get("Type") or "" for o in origins))
        methods = [r.get("MethodOID") for r in refs if r.get("MethodOID")]
        comments = [c for i in items if (c := _attribute(i, "CommentOID"))]
        lists = [c.get("CodeListOID") for i in items for c in _children(i, "CodeListRef")]
        yield {
            "name": item.get("Name") or "",
            "define_variable_origins": types,
            "define_variable_has_origin": bool(types),
            "define_variable_is_derived": "Derived" in types,
            "define_variable_is_predecessor": "Predecessor" in types,
            "define_variable_predecessor_is_named": all(
                _text(o) for o in origins if o.get("Type") == "Predecessor"
            ),
            "define_variable_has_any_method": bool(methods),
            "define_variable_missing_methods": _missing(methods, known["MethodDef"]),
            "define_variable_missing_comments": _missing(comments, known["CommentDef"]),
            "define_variable_missing_codelists": _missing(lists, known["CodeList"]),
            "codelists": [
                _codelist(known["CodeList"][o]) for o in dict.fromkeys(lists) if o in known["CodeList"]
            ],
        }


def _codelist(node: Any) -> tuple[str, tuple[tuple[str, bool], ...]]:
    """NCI code (empty where none is stated), and the values with whether they extend the terminology."""
    aliases = (a for a in _children(node, "Alias") if a.get("Context") == "nci:ExtCodeID")
    items = [*_children(node, "EnumeratedItem"), *_children(node, "CodeListItem")]
    values = ((i.get("CodedValue") or "", _attribute(i, "ExtendedValue") == "Yes") for i in items)
    return next((a.get("Name") or "" for a in aliases), ""), tuple(values)


def _values(item: Any, known: Known) -> list[tuple[Any, Any]]:
    """The item references of a variable's value list, with their items."""
    lists = [known["ValueListDef"].get(r.get("ValueListOID")) for r in _children(item, "ValueListRef")]
    refs = [r for one in lists if one is not None for r in _children(one, "ItemRef")]
    found = ((r, known["ItemDef"].get(r.get("ItemOID"))) for r in refs)
    return [(r, i) for r, i in found if i is not None]


def _missing(oids: list[str], known: Mapping[str | None, Any]) -> str:
    return ", ".join(dict.fromkeys(o for o in oids if o not in known))


def _text(node: Any) -> str:
    return " ".join("".join(node.itertext()).split())


def _all(node: Any, name: str) -> Iterator[Any]:
    return (n for n in node.iter() if isinstance(n.tag, str) and etree.QName(n).localname == name)


def _children(node: Any, name: str) -> list[Any]:
    return [n for n in node if isinstance(n.tag, str) and etree.QName(n).localname == name]


def _attribute(node: Any, name: str) -> str:
    return next((str(v) for k, v in node.attrib.items() if etree.QName(k).localname == name), "")
