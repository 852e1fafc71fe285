"""XML that could hide files or endless text: refused before it is read."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

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
