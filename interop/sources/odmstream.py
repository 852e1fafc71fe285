"""ODM-XML as a stream of elements: no tree is built, no DTD, entity or network is ever followed.

Read with expat and not with lxml: libxml2 keeps the line of an element in 16 bits, so beyond line 65535
lxml names a wrong one, and its tree costs time. lxml checks files against the XSD (`odmschema`)."""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from interop.errors import InputError

NAMESPACE = "http://www.cdisc.org/ns/odm/v1.3"
CHUNK = 1 << 20
MAX_TOKEN = 16 << 20  # bytes of one tag or comment: expat holds it whole
MAX_TEXT = 16 << 20  # characters of one value
MAX_DEPTH = 100  # ODM is 12 deep, extensions a few more

Attributes = Mapping[str, str]
Children = Mapping[
    str, "Node | None"
]  # `name(...)` ─▶ None: passed over. With "*", whatever is not listed too


@dataclass(frozen=True, slots=True)
class Node:
    """An element that is read. `opened` gets the attributes and returns what to expect in it, or None to
    pass over all of it; `closed` gets its text, if `text` is asked for."""

    opened: Callable[[Attributes], Children | None]
    closed: Callable[[str], None] | None = None
    text: bool = False


Root = Callable[[str, Attributes], Children | None]


@dataclass(frozen=True, slots=True)
class Read:
    sha256: str
    encoding: str


def name(tag: str) -> str:
    """An ODM element as the parser names it."""
    return f"{NAMESPACE} {tag}"


class Stream:
    """Reads one file. `root` gets the name and attributes of its root and says what to expect in it;
    `unknown` hears of ODM elements out of place."""

    def __init__(self, path: Path, root: Root, unknown: Callable[[str], None] | None = None) -> None:
        self._path, self._root, self._unknown = path, root, unknown
        self._children: Children = {}
        self._stack: list[tuple[Children, Node, str]] = []
        self._length = 0
        self._text: list[str] = []
        self._encoding = "utf-8"
        self._parser: expat.XMLParserType

    def line(self) -> int:
        """The line where the element that was opened last begins."""
        return self._parser.CurrentLineNumber

    def read(self, until: Callable[[], bool] = bool) -> Read:
        """Read the file, or as much of it as it takes `until`. InputError where it is not well-formed, cut
        off, or has a DOCTYPE."""
        digest, fed, chunk = hashlib.sha256(), 0, b""
        with self._path.open("rb") as file:
            raw = file.read(CHUNK)
            if not raw:
                raise self._error("the file is empty", 1, "Export it again")
            decode = self._decoder(raw)
            try:
                while raw and not until():
                    digest.update(raw)
                    chunk = decode(raw, False)
                    self._parser.Parse(chunk, False)
                    fed += len(chunk)
                    if fed - self._parser.CurrentByteIndex > MAX_TOKEN:
                        self._too_long()
                    raw = file.read(CHUNK)
                if not until():
                    chunk = decode(b"", True)
                    self._parser.Parse(chunk, True)
            except expat.ExpatError as error:
                raise self._broken(error, chunk, fed) from None
            except UnicodeError:
                raise self._misfit(self._parser.CurrentLineNumber) from None
        return Read(digest.hexdigest(), self._encoding)

    def _decoder(self, head: bytes) -> Callable[[bytes, bool], bytes]:
        """Makes the parser. What it does not understand by itself is turned into UTF-8 on the way in."""
        said = re.match(rb"(?:\xef\xbb\xbf)?<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)[\"']", head)
        declared = said[1].decode("ascii") if said else "utf-8"
        self._encoding = declared.lower()
        plain = self._encoding in ("utf-8", "utf-16", "us-ascii", "iso-8859-1")
        parser = self._parser = expat.ParserCreate(None if plain else "utf-8", namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._first
        parser.StartDoctypeDeclHandler = self._doctype
        if plain:
            return lambda data, _final: data
        try:
            "".encode(declared)  # refuses codecs that are no text encoding
            decoder = codecs.getincrementaldecoder(declared)()
        except LookupError:
            raise self._error(
                f"it declares the encoding {declared}, which is not known", 1, "Export it as UTF-8"
            ) from None
        return lambda data, final: decoder.decode(data, final).encode()

    # --- the elements ------------------------------------------------------------------------------

    def _first(self, tag: str, attributes: dict[str, str]) -> None:
        root = self._root(tag, attributes)
        self._children = {"*": None} if root is None else root
        self._stack.append((self._children, Node(lambda _: None), tag))
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._handlers()

    def _handlers(self) -> tuple[Callable[[str, dict[str, str]], None], Callable[[str], None]]:
        """What happens as an element begins and ends. Closures, since attributes of `self` would take a third
        longer over the millions of elements."""
        children, skipped = self._children, 0
        push, pop = self._stack.append, self._stack.pop

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal children, skipped
            if skipped:
                skipped += 1
                if skipped > MAX_DEPTH:
                    raise self._too_deep()
                return
            node = children.get(tag)
            if node is None:
                skipped = 1
                if tag not in children and "*" not in children:
                    self._stray(tag)
            else:
                expected = node.opened(attributes)
                if expected is None:
                    skipped = 1
                else:
                    push((children, node, tag))
                    children = expected
                    if node.text:
                        self._collect()
            if skipped:
                self._parser.CharacterDataHandler = None

        def end(_tag: str) -> None:
            nonlocal children, skipped
            if skipped:
                skipped -= 1
                return
            children, node, _ = pop()
            if node.closed is not None:
                node.closed(self._collected() if node.text else "")

        return start, end

    def _collect(self) -> None:
        self._text.clear()
        self._length = 0
        self._parser.CharacterDataHandler = self._characters

    def _collected(self) -> str:
        self._parser.CharacterDataHandler = None
        return "".join(self._text)

    def _inside(self) -> str:
        """The innermost element that is read and not yet ended; empty at the top."""
        return self._stack[-1][2] if self._stack else ""

    def _characters(self, text: str) -> None:
        self._text.append(text)
        self._length += len(text)
        if self._length > MAX_TEXT:
            self._too_long()

    def _stray(self, tag: str) -> None:
        space, _, short = tag.rpartition(" ")
        if space == NAMESPACE and self._unknown is not None:  # other namespaces are extensions, and allowed
            self._unknown(short)

    # --- what is wrong with a file -----------------------------------------------------------------

    def _error(self, message: str, line: int | None, mend: str) -> InputError:
        return InputError(message, file=self._path.name, line=line, mend=mend)

    def _doctype(self, *_: object) -> NoReturn:
        raise self._error(
            "it has a DOCTYPE, which could hide files or endless text in entities, and is refused",
            self.line(),
            "ODM needs none: export the file without it",
        )

    def _too_deep(self) -> InputError:
        return self._error(
            f"elements are nested more than {MAX_DEPTH} deep, which no ODM file needs",
            self.line(),
            "Look where this file comes from",
        )

    def _too_long(self) -> NoReturn:
        raise self._error(
            f"one tag or value is longer than {MAX_TOKEN >> 20} MB",
            self._parser.CurrentLineNumber,
            "Look where this file comes from",
        )

    def _misfit(self, line: int) -> InputError:
        return self._error(
            f"its text is not {self._encoding}, which it declares (or means by declaring none)",
            line,
            'Export it again, or correct encoding="…" in its first line (often windows-1252)',
        )

    def _broken(self, error: expat.ExpatError, chunk: bytes, before: int) -> InputError:
        said = expat.errors.messages[error.code]
        line = error.lineno
        at = self._parser.ErrorByteIndex - before
        if said == expat.errors.XML_ERROR_INVALID_TOKEN and 0 <= at < len(chunk) and chunk[at] >= 0x80:
            return self._misfit(line)
        if said == expat.errors.XML_ERROR_PARTIAL_CHAR and self._encoding == "utf-8":
            return self._misfit(line)
        if said in (
            expat.errors.XML_ERROR_NO_ELEMENTS,
            expat.errors.XML_ERROR_UNCLOSED_TOKEN,
            expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
            expat.errors.XML_ERROR_PARTIAL_CHAR,
        ):
            where = f" inside {self._inside().rpartition(' ')[2]}" if self._inside() else ""
            return self._error(f"the file ends{where}: it is cut off", line, "Export or copy it again")
        return self._error(f"not well-formed XML ({said})", line, "Export it again; do not edit it by hand")
