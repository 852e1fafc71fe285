"""Rules from files: one YAML or JSON file a rule, in any folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from math import isinf
from pathlib import Path
from typing import Any

from interop.errors import InputError, UsageError
from interop.rules.language import Rule, parse
from interop.yamlfile import MAX_DEPTH, Document, load_yaml, shown

SUFFIXES = (".yml", ".yaml", ".json")
MAX_BYTES = 1_000_000
_CASES = ("positive", "negative")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The rules of a folder, and the files that are none with the reason of each."""

    rules: tuple[Rule, ...]
    failed: tuple[tuple[Path, InputError], ...]


def load_rule(path: Path) -> Rule:
    """Read one rule. InputError names the line and key of what is wrong."""
    return parse(read_document(path))


def read_document(path: Path) -> Document:
    """What a rule's file says, not yet checked; a rule as CDISC Library has it gets the keys of YAML."""
    return _json(path) if path.suffix.lower() == ".json" else load_yaml(path)


def load_rules(
    folder: Path, ids: Iterable[str] | None = None, standard: tuple[str, str] | None = None
) -> Loaded:
    """Every rule below `folder` (cases and hidden files are passed by), in the order of their ids.

    `ids` keeps those rules alone, `standard` (name and version) those whose file names both. A file that
    cannot be read is in `failed`, never left out in silence.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder of rules; name one with --rules")
    rules, failed = [], []
    for path in rule_files(folder):
        if standard is not None and not names_standard(path.read_bytes(), *standard):
            continue
        try:
            rules.append(load_rule(path))
        except InputError as error:
            failed.append((path, error))
    wanted = set(ids) if ids is not None else None
    kept = [r for r in rules if wanted is None or r.id in wanted]
    return Loaded(tuple(sorted(kept, key=lambda r: r.id)), tuple(failed))


def names_standard(content: bytes, standard: str, version: str) -> bool:
    """The words are in the file at all: enough to pass by most rules of other standards unparsed."""
    text = content.upper()
    return standard.upper().encode() in text and version.replace("-", ".").encode() in text


def rule_files(folder: Path) -> list[Path]:
    """Files that may hold a rule: cases (`positive`, `negative`) and hidden files hold none."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in _CASES and not f.startswith("."))
        found += [Path(place, f) for f in files if f.lower().endswith(SUFFIXES) and not f.startswith(".")]
    return sorted(p for p in found if p.is_file())  # a pipe would be waited for


def for_standard(rules: Iterable[Rule], name: str, version: str | None) -> list[Rule]:
    """The rules whose authorities name the standard and version (`SDTMIG`, `3.4` or `3-4`); None is any."""
    wanted = name.upper(), None if version is None else version.replace("-", ".")
    return [r for r in rules if any((s.name.upper(), version and s.version) == wanted for s in r.standards)]


def _json(path: Path) -> Document:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"a rule over {MAX_BYTES:,} bytes is not read", file=shown(path))
        data = json.loads(
            path.read_bytes().decode("utf-8-sig"), parse_constant=_no_number, parse_float=_finite
        )
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is a ValueError too
        line = getattr(error, "lineno", None)
        why = f": {error}" if str(error) in _CONSTANTS else ""
        raise InputError(f"not valid JSON in UTF-8{why}", file=shown(path), line=line) from None
    if not isinstance(data, dict):
        raise InputError("a rule is one JSON object", file=shown(path), line=1)
    if _too_deep(data):
        raise InputError(f"more than {MAX_DEPTH} levels of nesting", file=shown(path))
    return Document(path, _spaced(data) if "Rule_Type" in data else data, {})


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        inner = (v.values() if isinstance(v, dict) else v for v in level if isinstance(v, (dict, list)))
        level = [v for values in inner for v in values]
    return bool(level)


_CONSTANTS = (
    "the number is too large",
    "NaN is no number",
    "Infinity is no number",
    "-Infinity is no number",
)


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError("the number is too large")
    return number


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _spaced(value: Any) -> Any:
    """The keys of YAML (`Rule Type`) for the CDISC Library's (`Rule_Type`); no others are in mixed case."""
    if isinstance(value, list):
        return [_spaced(v) for v in value]
    if not isinstance(value, dict):
        return value
    mixed = (k[:1].isupper() and not k.isupper() for k in value)
    return {
        k.replace("_", " ") if m else k: _spaced(v) for (k, v), m in zip(value.items(), mixed, strict=True)
    }
