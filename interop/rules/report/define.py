"""The version that a define.xml says it has."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from interop.errors import InputError
from interop.rules.xmlguard import refuse_doctype


def define_version(path: Path) -> str | None:
    """`DefineVersion` of the first MetaDataVersion (`2.1.0`), None where it says none. Read without entities,
    DTDs or network; InputError where it cannot be read."""
    try:
        refuse_doctype(path)
        with path.open("rb") as file:
            nodes = etree.iterparse(
                file, events=("start",), resolve_entities=False, no_network=True, load_dtd=False
            )
            for _, node in nodes:
                if etree.QName(node).localname == "MetaDataVersion":
                    said = [v for k, v in node.attrib.items() if etree.QName(k).localname == "DefineVersion"]
                    return str(said[0]) if said else None
    except OSError:
        raise InputError("there is no such file", file=path) from None
    except etree.XMLSyntaxError as error:
        raise InputError(f"not XML: {error.msg}", file=path, line=error.lineno) from None
    return None
