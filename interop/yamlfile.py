"""YAML that knows its lines: what a file says, and where each key of it stands.

YAML 1.2 core scalars: `true`/`false`, `null`, decimal numbers; everything else is text. So `No`, `12:30` and
`2014-01-02` stay what was typed, and a number remembers how it was written (`written`). Aliases, anchors'
copies, explicit types and deep nesting are refused: a study file needs none, and they can be made to explode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isinf
from pathlib import Path
from typing import Any

import yaml

from interop.errors import InputError

Key = tuple[str | int, ...]
"""Where a value stands: `("visits", 2, "number")`."""

MAX_BYTES = 5_000_000
MAX_DEPTH = 40
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+\.[0-9]*)([eE][-+]?[0-9]+)?")
_TAGS = frozenset(
    f"tag:yaml.org,2002:{t}" for t in ("str", "int", "float", "bool", "null", "map", "seq", "timestamp")
)
# PyYAML resolves `<<` and `=` to types of their own; here they are plain keys, which no schema knows.
_PLAIN_TAGS = _TAGS | {"tag:yaml.org,2002:merge", "tag:yaml.org,2002:value"}
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class WrittenInt(int):
    """A whole number that remembers how it was written."""

    text: str


class WrittenFloat(float):
    """A decimal number that remembers how it was written: `54.0` is not `54`."""

    text: str


def written(value: object) -> str:
    """The text of a scalar as it stands in the file."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(getattr(value, "text", value))


def show(key: Key) -> str:
    """A key as people write it: `visits[2].number`."""
    said = ""
    for part in key:
        said += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if said else part
    return said


@dataclass(frozen=True)
class Document:
    """The content of a YAML file (`data`) and the line of every key and item (`lines`)."""

    path: Path
    data: dict[str, Any]
    lines: Mapping[Key, int]

    @property
    def name(self) -> str:
        """The path as messages show it: relative where the file lies below the working folder."""
        return shown(self.path)

    def line(self, key: Key) -> int:
        """Line of `key`, or of what it stands in."""
        while key and key not in self.lines:
            key = key[:-1]
        return self.lines.get(key, 1)

    def error(self, key: Key, message: str, mend: str = "") -> InputError:
        return InputError(message, file=self.name, line=self.line(key), field=show(key) or None, mend=mend)


def shown(path: Path) -> str:
    """`path` as messages show it: relative where it lies below the working folder."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def load_yaml(path: Path, *, items: str | None = None) -> Document:
    """Read a mapping from `path`. InputError names the line of whatever cannot be read.

    With `items` a file that is a bare list is read as the mapping of that one key to the list.
    """
    text = _text(path)
    _refuse(path, text)
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise _syntax(path, error) from None
    lines: dict[Key, int] = {}
    if items is not None and isinstance(node, yaml.SequenceNode):
        return Document(path, {items: _value(path, node, (items,), lines)}, lines)
    if not isinstance(node, yaml.MappingNode):
        raise InputError(
            "there is no `key: value` at the top level",
            file=shown(path),
            line=1,
            mend="Start from the example in the README",
        )
    return Document(path, dict(_mapping(path, node, (), lines)), lines)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise InputError("there is no such file", file=shown(path)) from None
    except OSError as error:
        raise InputError(f"it cannot be read: {error.strerror}", file=shown(path)) from None
    if len(raw) > MAX_BYTES:
        raise InputError(f"a YAML file over {MAX_BYTES:,} bytes is not read", file=shown(path))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"byte {error.start + 1} (0x{raw[error.start]:02X}) is not UTF-8",
            file=shown(path),
            line=line,
            mend="Save the file as UTF-8",
        ) from None


def _refuse(path: Path, text: str) -> None:
    """Stop at what could explode or carry code, before anything is built from it."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            at = _line(event)
            if isinstance(event, yaml.AliasEvent):
                raise InputError(
                    f"the alias *{event.anchor} repeats another part of the file",
                    file=shown(path),
                    line=at,
                    mend="Aliases are not supported: write the value out",
                )
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise InputError(
                        f"more than {MAX_DEPTH} levels of nesting",
                        file=shown(path),
                        line=at,
                        mend="Look for brackets that are never closed",
                    )
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
    except yaml.YAMLError as error:
        raise _syntax(path, error) from None


def _line(marked: Any) -> int:
    return int(marked.start_mark.line) + 1


def _syntax(path: Path, error: yaml.YAMLError) -> InputError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return InputError(
        f"not valid YAML: {problem}",
        file=shown(path),
        line=mark.line + 1 if mark is not None else None,
        mend="Check indentation, quotes and brackets there and in the line before",
    )


def _mapping(
    path: Path, node: yaml.MappingNode, key: Key, lines: dict[Key, int]
) -> Iterator[tuple[str, Any]]:
    lines.setdefault(key, _line(node))
    first: dict[str, int] = {}
    for name_node, value in node.value:
        at = _line(name_node)
        if not isinstance(name_node, yaml.ScalarNode):
            raise InputError("a key must be text", file=shown(path), line=at, mend="Put it in quotes")
        name = str(name_node.value)
        if name in first:
            raise InputError(
                f"the key `{name}` stands here and in line {first[name]}",
                file=shown(path),
                line=at,
                field=show(key) or None,
                mend="Keep one of them",
            )
        first[name] = at
        lines[(*key, name)] = at
        yield name, _value(path, value, (*key, name), lines)


def _value(path: Path, node: yaml.Node, key: Key, lines: dict[Key, int]) -> Any:
    if node.tag not in _PLAIN_TAGS:
        raise InputError(
            f"the type {node.tag} is not supported",
            file=shown(path),
            line=_line(node),
            field=show(key),
            mend="Leave the `!` out, or put the text in quotes",
        )
    lines.setdefault(key, _line(node))
    if isinstance(node, yaml.MappingNode):
        return dict(_mapping(path, node, key, lines))
    if isinstance(node, yaml.SequenceNode):
        return [_value(path, item, (*key, n), lines) for n, item in enumerate(node.value)]
    plain = getattr(node, "style", None) in (None, "")
    try:
        return _scalar(str(node.value)) if plain else str(node.value)
    except (ValueError, OverflowError):
        raise InputError(
            "the number is too large",
            file=shown(path),
            line=_line(node),
            field=show(key),
            mend="Put it in quotes if it is text",
        ) from None


def _scalar(text: str) -> Any:
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    number: WrittenInt | WrittenFloat
    if _INT.fullmatch(text):
        number = WrittenInt(text)
    elif _FLOAT.fullmatch(text):
        number = WrittenFloat(text)
        if isinf(number):
            raise OverflowError
    else:
        return text
    number.text = text
    return number
