"""Where rules come from: folders that are named, those of INTEROP_RULES, the fetched, those that ship."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from interop.errors import InputError, UsageError
from interop.rules.language import Rule
from interop.rules.load import load_rule, load_rules, names_standard, rule_files
from interop.sentence import some
from schemas import ROOT

VARIABLE = "INTEROP_RULES"
HOME = "INTEROP_HOME"
SHIPPED = Path(str(ROOT)) / "rules"
_ID = re.compile(rb"""["']?\bId["']?\s*:\s*["']?([^\s"',}]+)""")
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A rule that was not taken, for an earlier folder has one of its id."""

    id: str
    path: Path
    taken: Path


@dataclass(frozen=True, slots=True)
class Gathered:
    """The rules of several folders, one an id, in the order of their ids.

    `failed` are files that are no rules, `passed_over` rules whose id an earlier folder has.
    """

    rules: tuple[Rule, ...]
    failed: tuple[tuple[Path, InputError], ...]
    passed_over: tuple[PassedOver, ...]

    def notes(self) -> tuple[str, ...]:
        """What a report says of the reading of rules: a line a file that is none, one a pair of folders."""
        return (*(f"not a rule: {error}" for _, error in self.failed), *_said(self.passed_over))


def updated_folder() -> Path:
    """The folder that `interop rules update` keeps: in INTEROP_HOME, else among the user's data."""
    if home := os.environ.get(HOME):
        return Path(home).expanduser() / "rules"
    from platformdirs import user_data_path

    return user_data_path("interop", appauthor=False) / "rules"


def set_aside(folder: Path) -> Path:
    """Where the last rules of a folder are while an update puts the newest in place of them."""
    return folder.with_name(f".{folder.name}.old")


def recover(folder: Path) -> None:
    """Give a folder its name back that a stopped update had set aside."""
    old = set_aside(folder)
    if old.is_dir() and not folder.exists():
        old.rename(folder)


def rule_folders(given: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Folders of rules, in the order of belief: `given`, those of INTEROP_RULES, the fetched, the shipped.

    Raises UsageError where one that is named is none. The last two are left out where they do not exist.
    """
    named = [(Path(p), "--rules") for p in given]
    named += [(Path(p), VARIABLE) for p in os.environ.get(VARIABLE, "").split(os.pathsep) if p.strip()]
    for folder, where in named:
        if not folder.is_dir():
            raise UsageError(f"{folder} is no folder of rules; it is named by {where}")
    kept = updated_folder()
    recover(kept)
    own = [p for p in (kept, SHIPPED) if p.is_dir()]
    first: dict[Path, Path] = {}
    for folder in (*(p for p, _ in named), *own):
        first.setdefault(folder.resolve(), folder)
    return tuple(first.values())


def gather_rules(folders: Sequence[Path], standard: tuple[str, str] | None = None) -> Gathered:
    """The rules of `folders`; of those with one id that of the first folder, whatever standards it names.

    `standard` (name and version) keeps those whose file names both. Raises UsageError without a folder.
    """
    if not folders:
        raise UsageError(
            "no rules are here; name a folder with --rules, or fetch CDISC's with `interop rules update`"
        )
    rules: dict[str, Rule] = {}
    failed: list[tuple[Path, InputError]] = []
    passed: list[PassedOver] = []
    for number, folder in enumerate(folders):
        loaded = load_rules(folder, standard=standard)
        failed += loaded.failed
        fresh = {r.id: r for r in loaded.rules if r.id not in rules}
        passed += (_passed(r, rules[r.id]) for r in loaded.rules if r.id in rules)
        for other in _elsewhere(folders[:number], standard, fresh) if standard else ():
            passed.append(_passed(fresh.pop(other.id), other))
        rules |= fresh
    kept = sorted(rules.values(), key=lambda r: r.id)
    # A folder within another: the same file is no other rule.
    other_files = (p for p in passed if p.path.resolve() != p.taken.resolve())
    once = {path.resolve(): (path, error) for path, error in reversed(failed)}
    return Gathered(tuple(kept), tuple(reversed(once.values())), tuple(other_files))


def _elsewhere(folders: Sequence[Path], standard: tuple[str, str], rules: dict[str, Rule]) -> Iterator[Rule]:
    """Rules of earlier folders with an id of `rules` that are for other standards, and are believed too.

    Files are looked through for the ids, and only those that may have one are parsed.
    """
    seen: set[str] = set()
    for folder in folders:
        for path in rule_files(folder):
            text = path.read_bytes()
            if names_standard(text, *standard) or not _mentions(text, path, rules):
                continue
            try:
                rule = load_rule(path)
            except InputError:
                continue
            if rule.id in rules and rule.id not in seen:
                seen.add(rule.id)
                yield rule


def _mentions(text: bytes, path: Path, rules: dict[str, Rule]) -> bool:
    if path.parent.name in rules:
        return True
    return any(found.decode("utf-8", "replace") in rules for found in _ID.findall(text))


def _passed(rule: Rule, taken: Rule) -> PassedOver:
    return PassedOver(rule.id, rule.path or Path(), taken.path or Path())


def _said(passed: Sequence[PassedOver]) -> Iterator[str]:
    pairs: dict[tuple[Path, Path], list[str]] = {}
    for one in passed:
        pairs.setdefault((_top(one.path, one.id), _top(one.taken, one.id)), []).append(one.id)
    for (path, taken), ids in pairs.items():
        count = "1 rule" if len(ids) == 1 else f"{len(ids):,} rules"
        yield f"{count} of {path} passed over, for {taken} has the same ids: {some(ids, _SHOWN)}"


def _top(path: Path, rule: str) -> Path:
    """The folder that a rule's file or folder lies in."""
    return path.parent.parent if path.parent.name == rule else path.parent
