"""What a define.xml says of where a variable's values come from: origins, methods, comments, value lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from interop.rules.context import Context
from interop.rules.define.metadata import Row
from interop.rules.define.nodes import attribute, children, elements, nci_code, parsed, terms

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
    root = parsed(path)
    known = {kind: {n.get("OID"): n for n in elements(root, kind)} for kind in _KINDS}
    return {
        group.get("Name") or "": {row["name"]: row for row in _variables(group, known)}
        for group in elements(root, "ItemGroupDef")
    }


_KINDS = ("ItemDef", "CodeList", "MethodDef", "CommentDef", "ValueListDef", "WhereClauseDef")
Known = Mapping[str, Mapping[str | None, Any]]


def _variables(group: Any, known: Known) -> Iterator[Row]:
    for ref in children(group, "ItemRef"):
        item = known["ItemDef"].get(ref.get("ItemOID"))
        if item is None:
            continue
        values = _values(item, known)
        refs, items = [ref, *(r for r, _ in values)], [item, *(i for _, i in values)]
        origins = [o for i in items for o in children(i, "Origin")]
        types = list(dict.fromkeys(o.get("Type") or "" for o in origins))
        methods = [r.get("MethodOID") for r in refs if r.get("MethodOID")]
        comments = [c for i in items if (c := attribute(i, "CommentOID"))]
        lists = [c.get("CodeListOID") for i in items for c in children(i, "CodeListRef")]
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
    values = ((i.get("CodedValue") or "", attribute(i, "ExtendedValue") == "Yes") for i in terms(node))
    return nci_code(node), tuple(values)


def _values(item: Any, known: Known) -> list[tuple[Any, Any]]:
    """The item references of a variable's value list, with their items."""
    lists = [known["ValueListDef"].get(r.get("ValueListOID")) for r in children(item, "ValueListRef")]
    refs = [r for one in lists if one is not None for r in children(one, "ItemRef")]
    found = ((r, known["ItemDef"].get(r.get("ItemOID"))) for r in refs)
    return [(r, i) for r, i in found if i is not None]


def _missing(oids: list[str], known: Mapping[str | None, Any]) -> str:
    return ", ".join(dict.fromkeys(o for o in oids if o not in known))


def _text(node: Any) -> str:
    return " ".join("".join(node.itertext()).split())
