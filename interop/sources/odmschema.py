"""ODM files against the XSD of ODM 1.3.2 (CDISC's, which is not part of this product), as a stream.

A subject at a time is built as a tree and validated, so memory is that of one subject, every subject is
checked and lines are right however long the file is: what lxml offers for streams stops at the first
violation and has no line. (Within an element, libxml2 passes over what follows a child out of place.)"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import polars as pl
from lxml import etree

from interop.errors import InputError
from interop.sources.odmissues import Problems
from interop.sources.odmstream import MAX_DEPTH, NAMESPACE, Stream, name

XSD = "ODM1-3-2.xsd"
# Validated by themselves and then forgotten: what a file has many of.
_PIECES = {name("SubjectData"), name("AuditRecord"), name("Location"), name("User")}
_CAPPED = 65535  # libxml2 keeps lines in 16 bits


def check_schema(path: Path, xsd: Path) -> pl.DataFrame:
    """The violations of the schema in one file, as issues (rule ODM SCHEMA); values are left out of the
    messages.

    `xsd` is the folder of CDISC's ODM 1.3.2 schema, or its ODM1-3-2.xsd. InputError where that cannot be
    used, or where the file is not well-formed."""
    problems = Problems()
    _Checker(path, _schema(xsd), problems).read()
    return problems.frame()


@lru_cache(maxsize=2)
def _schema(xsd: Path) -> etree.XMLSchema:
    path = xsd / XSD if xsd.is_dir() else xsd
    if not path.is_file():
        raise InputError(
            "there is no such schema",
            file=path,
            mend=f"Give the folder that has {XSD}, as CDISC publishes it",
        )
    parser = etree.XMLParser(no_network=True, load_dtd=False)
    try:
        return etree.XMLSchema(etree.parse(str(path), parser))
    except (etree.XMLSchemaParseError, etree.XMLSyntaxError) as error:
        raise InputError(f"not a usable schema: {error}", file=path) from None


class _Checker(Stream):
    """Builds pieces of the file with lxml; the lines of a piece are counted from where it begins."""

    def __init__(self, path: Path, schema: etree.XMLSchema, problems: Problems) -> None:
        super().__init__(path, lambda _tag, _a: None)
        self._schema, self._problems = schema, problems
        self._trail: list[etree._Element] = []
        self._piece: etree._Element | None = None
        self._from = 1
        self._file = path.name

    def _first(self, tag: str, attributes: dict[str, str]) -> None:
        parser = self._parser
        parser.StartElementHandler, parser.EndElementHandler = self._begin, self._finish
        parser.CharacterDataHandler = self._characters
        self._begin(tag, attributes)

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._trail) > MAX_DEPTH:
            raise self._too_deep()
        named = {_lxml_name(k): v for k, v in attributes.items()}
        if not self._trail or (self._piece is None and tag in _PIECES):
            element = etree.Element(_lxml_name(tag), named)
            if self._trail:
                self._piece, self._from = element, self.line()
        else:
            element = etree.SubElement(self._trail[-1], _lxml_name(tag), named)
        line = self.line() - (self._from - 1 if self._piece is not None else 0)
        element.sourceline = min(line, _CAPPED)  # type: ignore[assignment]  # it can be set, the stubs forgot
        self._trail.append(element)

    def _finish(self, _tag: str) -> None:
        element = self._trail.pop()
        if element is self._piece or not self._trail:
            self._validate(element)
            self._piece = None

    def _inside(self) -> str:
        return str(self._trail[-1].tag).replace("}", " ") if self._trail else ""

    def _characters(self, text: str) -> None:
        if text.isspace():
            return  # between elements; ODM has no value that blanks make valid
        element = self._trail[-1]
        if len(element):
            element[-1].tail = (element[-1].tail or "") + text
        else:
            element.text = (element.text or "") + text

    def _validate(self, element: etree._Element) -> None:
        if self._schema.validate(element):
            return
        first = self._from if element is self._piece else 1
        for entry in iter(self._schema.error_log):  # type: ignore[call-overload]  # missing in the stubs
            said = entry.message.replace(f"{{{NAMESPACE}}}", "")
            tag, attribute = re.match(r"Element '([^']*)'", said), re.search(r"attribute '([^']*)'", said)
            self._problems.add(
                self._file,
                None if entry.line >= _CAPPED else entry.line + first - 1,
                tag[1] if tag else "",
                "ODM SCHEMA",
                _without_values(said),
                field=attribute[1] if attribute else "",
                severity="warning",
                kept=True,
            )


def _lxml_name(tag: str) -> str:
    space, _, short = tag.rpartition(" ")
    return f"{{{space}}}{short}" if space else short


def _without_values(message: str) -> str:
    """The message of libxml2 without the value it quotes, which may be a person's."""
    message = re.sub(r"^Element '[^']*'(, attribute '[^']*')?: ", "", message)
    message = re.sub(r"The value '.*?' (is not|has)", r"The value \1", message, flags=re.DOTALL)
    message = re.sub(
        r"^(\[[^]]*\] )?'.*' is not a valid value", r"\1It is not a valid value", message, flags=re.DOTALL
    )
    return re.sub(r"(key-sequence|ID|IDREF) (\[.*?\]|'.*?')", r"\1", message, flags=re.DOTALL).strip()
