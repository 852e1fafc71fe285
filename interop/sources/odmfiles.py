"""Which files are ODM, what their roots say, and in which order a series of them is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from interop.errors import InputError
from interop.sources.odmstream import NAMESPACE, Attributes, Children, Stream

SUFFIXES = (".xml", ".odm")
VERSIONS = ("1.2", "1.2.1", "1.3", "1.3.1", "1.3.2")  # what the XSD of 1.3.2 allows in ODMVersion
FILE_TYPES = ("Snapshot", "Transactional")


@dataclass(frozen=True, slots=True)
class Root:
    """The ODM element of a file. `file_type` is empty where the file does not say it."""

    path: Path
    file_oid: str
    prior: str
    created: str
    file_type: str


def odm_files(source: Path) -> list[Path]:
    """The XML files that `source` is (a file) or holds (a folder), by name."""
    if source.is_dir():
        files = [f for f in source.iterdir() if f.is_file() and f.name[0] not in "~."]
        return sorted(f for f in files if f.suffix.lower() in SUFFIXES)
    return [source] if source.is_file() and source.suffix.lower() in SUFFIXES else []


def root_of(path: Path) -> Root | str:
    """The root of a file, or its name where it is not ODM at all. InputError where it is not ODM 1.3."""
    found: list[Root | str] = []

    def root(tag: str, a: Attributes) -> Children | None:
        space, _, short = tag.rpartition(" ")
        found.append(short if short != "ODM" else _root(path, space, a, stream.line()))
        return None

    stream = Stream(path, root)
    stream.read(until=lambda: bool(found))
    return found[0]


def _root(path: Path, space: str, a: Attributes, line: int) -> Root:
    version, kind = a.get("ODMVersion", "1.3.2"), a.get("FileType", "")
    if space != NAMESPACE:
        there = f"in the namespace {space}" if space else "in no namespace"
        raise InputError(
            f"its ODM element is {there}, which is not that of ODM 1.3",
            file=path.name,
            line=line,
            mend=f'Export it as ODM 1.3.2 (xmlns="{NAMESPACE}")',
        )
    if version not in VERSIONS:
        raise InputError(
            f"it is ODM {version}, which is not read",
            file=path.name,
            line=line,
            field="ODMVersion",
            mend="Export it as ODM 1.3.2",
        )
    if kind not in ("", *FILE_TYPES):
        raise InputError(
            f"the FileType {kind} does not exist",
            file=path.name,
            line=line,
            field="FileType",
            mend=f"It may be {' or '.join(FILE_TYPES)}",
        )
    return Root(path, a.get("FileOID", ""), a.get("PriorFileOID", ""), a.get("CreationDateTime", ""), kind)


def in_series(roots: Sequence[Root]) -> list[Root]:
    """The files in the order in which they are to be applied: each after the one that its PriorFileOID
    names, and otherwise by CreationDateTime, then by name."""
    left = sorted(roots, key=lambda r: (_moment(r.created), r.path.name))
    known = {r.file_oid for r in left}
    done: list[Root] = []
    read: set[str] = set()
    while left:
        ready = (r for r in left if r.prior not in known or r.prior in read or r.prior == r.file_oid)
        following = next(ready, left[0])  # left[0]: they name each other in a circle
        left.remove(following)
        done.append(following)
        read.add(following.file_oid)
    return done


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
