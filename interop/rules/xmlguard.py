"""XML that could hide files or endless text: refused before it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn
from xml.parsers import expat

from lxml import etree

from interop.errors import InputError

CHUNK = 1 << 16


class _RootError(Exception):
    """The first element is reached, after which no DOCTYPE can stand."""


def refuse_doctype(path: Path) -> None:
    """InputError where the file has a DOCTYPE, which alone can declare entities; only its head is read.

    What is no XML is left to the parser that reads the file, to be said there. Raises OSError.
    """
    parser = expat.ParserCreate()

    def doctype(*_: object) -> NoReturn:
        raise InputError(
            "it has a DOCTYPE, which could hide files or endless text in entities, and is refused",
            file=path,
            line=parser.CurrentLineNumber,
            mend="Export it without.",
        )

    def root(*_: object) -> NoReturn:
        raise _RootError

    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = root
    with path.open("rb") as file:
        try:
            while part := file.read(CHUNK):
                parser.Parse(part, False)
        except (_RootError, expat.ExpatError):
            return


def root_of(path: Path) -> Any:
    """The root of an XML file, without entities, DTDs or network. InputError where it is no XML; OSError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    refuse_doctype(path)
    try:
        return etree.parse(str(path), parser).getroot()
    except etree.XMLSyntaxError as error:
        raise InputError(f"not XML: {error.msg}", file=path, line=error.lineno) from None
