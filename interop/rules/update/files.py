"""Rules on their way into a folder: checked one by one, counted, and put in place whole or not at all."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from interop.errors import InputError, UsageError
from interop.rules.folders import recover, set_aside
from interop.rules.language import parse
from interop.rules.load import read_document

MANIFEST = ".manifest.json"
"""What a kept folder holds and where it is from; hidden, so that nobody takes it for a rule."""
DAY = 86_400
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A rule file: its place in the folder, and a fingerprint of what it says (not of how it is written)."""

    path: str
    sha256: str


@dataclass
class Staged:
    """A folder being filled. `rules` are by id; `refused` says of each file that is no rule why."""

    folder: Path
    rules: dict[str, Kept] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)

    def add(self, path: str, content: bytes) -> None:
        """Keep `content` at `path` if it is a rule that is not here yet; say why not, if not.

        `path` has plain names alone, at most 100 characters each: InputError otherwise.
        """
        parts = path.split("/")
        if not all(_NAME.fullmatch(p) for p in parts):
            raise InputError(f"{path!r} is no name for a rule's file")
        file = self.folder.joinpath(*parts)
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.exists():
            raise InputError(f"{path} is there twice")
        file.write_bytes(content)
        try:
            document = read_document(file)
            rule = parse(document)
        except InputError as error:
            file.unlink()
            self.refused[path] = (
                error.message if error.line is None else f"line {error.line}: {error.message}"
            )
            return
        if rule.id in self.rules:
            file.unlink()
            self.refused[path] = f"{self.rules[rule.id].path} is {rule.id} already"
            return
        said = json.dumps(document.data, sort_keys=True, ensure_ascii=False)
        self.rules[rule.id] = Kept(path, hashlib.sha256(said.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Change:
    """Ids of rules, sorted: `new` were not there before, `changed` say something else now."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    withdrawn: tuple[str, ...]


def compared(before: Mapping[str, str], now: Mapping[str, str]) -> Change:
    """Two states of a folder, each ids with fingerprints."""
    return Change(
        tuple(sorted(now.keys() - before.keys())),
        tuple(sorted(i for i in now.keys() & before.keys() if now[i] != before[i])),
        tuple(sorted(before.keys() - now.keys())),
    )


def fingerprints(folder: Path) -> dict[str, str]:
    """What a kept folder says it holds; nothing where there is none."""
    rules = manifest(folder).get("rules", {})
    return {i: str(k.get("sha256", "")) for i, k in rules.items() if isinstance(k, dict)}


def manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a kept folder, empty where there is none or it cannot be read."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("rules", {}), dict) else {}


def check_target(folder: Path) -> None:
    """UsageError unless `folder` is new, empty or one that an update wrote: never somebody's own folder."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder with --to")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MANIFEST).is_file():
        raise UsageError(
            f"{folder} holds files that no update wrote; name another folder with --to, or move them away"
        )


@contextmanager
def staging(target: Path) -> Iterator[Staged]:
    """A folder beside `target` to fill; removed at the end unless `put` has moved it."""
    recover(target)
    check_target(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target)
        folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.new."))
    except OSError as error:
        raise UsageError(f"cannot write to {target.parent}: {error.strerror}") from None
    folder.chmod(0o755)
    try:
        yield Staged(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put(staged: Staged, target: Path) -> None:
    """Make the staged folder the target. The old one stays under another name until the new one is in place.

    Two renames, for a folder cannot be swapped in one everywhere. What fails between them is undone here;
    if the machine stops there, `recover` undoes it.
    """
    about = {**staged.about, "rules": {i: {"path": k.path, "sha256": k.sha256} for i, k in _sorted(staged)}}
    text = json.dumps(about, ensure_ascii=False, indent=1)
    (staged.folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    if not target.exists():
        staged.folder.rename(target)
        return
    old = set_aside(target)
    shutil.rmtree(old, ignore_errors=True)
    target.rename(old)
    try:
        staged.folder.rename(target)
    except BaseException:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _sweep(target: Path) -> None:
    """Remove what an update that was killed more than a day ago had begun; a younger one may be at work."""
    for left in target.parent.glob(f".{target.name}.new.*"):
        if time.time() - left.stat().st_mtime > DAY:
            shutil.rmtree(left, ignore_errors=True)


def _sorted(staged: Staged) -> list[tuple[str, Kept]]:
    return sorted(staged.rules.items())
