"""Elements and attributes of a define.xml, by local name: its versions differ in their namespaces."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from interop.errors import InputError
from interop.rules.xmlguard import root_of


def parsed(path: Path) -> Any:
    """The root, read without entities, DTDs or network. InputError where there is none."""
    try:
        return root_of(path)
    except OSError:
        raise InputError(
            "there is no such file", file=path, mend="Check the path given with --define."
        ) from None


def elements(node: Any, name: str) -> Iterator[Any]:
    """The elements of that name at any depth, the node itself among them."""
    return (n for n in node.iter() if isinstance(n.tag, str) and etree.QName(n).localname == name)


def children(node: Any, name: str) -> list[Any]:
    return [n for n in node if isinstance(n.tag, str) and etree.QName(n).localname == name]


def attribute(node: Any, name: str) -> str:
    """Empty where the node has none of that name."""
    return next((str(v) for k, v in node.attrib.items() if etree.QName(k).localname == name), "")


def nci_code(node: Any) -> str:
    """The NCI code of a codelist or term, which an Alias of context nci:ExtCodeID states; empty without."""
    aliases = (a for a in children(node, "Alias") if a.get("Context") == "nci:ExtCodeID")
    return next((a.get("Name") or "" for a in aliases), "")


def terms(codelist: Any) -> list[Any]:
    """The EnumeratedItem or CodeListItem elements of a CodeList."""
    return [*children(codelist, "EnumeratedItem"), *children(codelist, "CodeListItem")]
