"""Bring the newest rules into the folder that is kept for them: fetch, check each, compare, swap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

from interop import __version__
from interop.errors import UsageError
from interop.rules.update import github, library
from interop.rules.update.files import Change, Staged, compared, fingerprints, put, staging
from interop.rules.update.http import Patience, Server
from interop.sentence import some

Source = Literal["github", "library"]
SOURCES: tuple[str, ...] = get_args(Source)
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Updated:
    """What an update did: the folder, where the rules are from, and how many differ from before."""

    folder: Path
    source: str
    rules: int
    refused: dict[str, str]
    change: Change


def update(
    folder: Path,
    source: Source = "github",
    *,
    ref: str | None = None,
    base_url: str | None = None,
    patience: Patience | None = None,
) -> Updated:
    """Fetch the rules of CDISC's open repository (at `ref`) or of the CDISC Library into `folder`.

    `folder` is new, empty or was written by an update; it is replaced whole, and only when more files are
    rules than are none. `base_url` names another server that answers alike (https, or http here).
    Raises UsageError in one sentence otherwise, with the folder as it was.
    """
    try:
        with staging(folder) as staged:
            said = _filled(staged, source, ref, base_url, patience or Patience())
            if len(staged.rules) <= len(staged.refused):
                came = len(staged.rules) + len(staged.refused)
                raise UsageError(f"of {came} files that came {len(staged.rules)} are rules{_first(staged)}")
            change = compared(fingerprints(folder), {i: k.sha256 for i, k in staged.rules.items()})
            put(staged, folder)
    except UsageError as error:
        raise UsageError(f"{str(error).rstrip('.')}. {_kept(folder)}") from None
    return Updated(folder, said, len(staged.rules), staged.refused, change)


def _filled(staged: Staged, source: Source, ref: str | None, base_url: str | None, patience: Patience) -> str:
    """Fill `staged` from `source`, and say where that is."""
    if source == "github":
        base = base_url or github.BASE
        server = Server(base, github.HEADERS, patience=patience)
        github.fetch(server, staged, ref)
        said = f"CDISC's open rules ({github.REPOSITORY}, {staged.about['ref']}"
        said += f", commit {staged.about['commit'][:12]})" if staged.about["commit"] else ")"
    elif source == "library":
        if ref is not None:
            raise UsageError("the CDISC Library has one state of its rules; leave --ref out")
        base = base_url or library.BASE
        secret = {library.HEADER: library.key()}
        server = Server(base, {"Accept": "application/json"}, secret, patience)
        library.fetch(server, staged)
        said = f"the CDISC Library ({len(staged.about['catalogs'])} catalogs)"
    else:
        raise UsageError(f"--from {source}: rules come from {' or '.join(SOURCES)}")
    staged.about = {
        "source": source,
        "base_url": base,
        **staged.about,
        "fetched": datetime.now(UTC).replace(microsecond=0).isoformat(),
        "program": f"interop {__version__}",
        "count": len(staged.rules),
        "not_rules": staged.refused,
    }
    return said


def said(done: Updated) -> Iterator[str]:
    """What an update did, in a few lines."""
    yield f"{done.folder}: {done.rules:,} rules of {done.source}"
    change = done.change
    kinds = (("new", change.new), ("changed", change.changed), ("withdrawn", change.withdrawn))
    for kind, ids in kinds:
        if ids:
            yield f"{kind} {len(ids):,}: {some(ids, _SHOWN)}"
    if not any(ids for _, ids in kinds):
        yield "nothing new"
    for path, why in sorted(done.refused.items()):
        yield f"not a rule: {path}: {why}"


def _first(staged: Staged) -> str:
    return next((f"; {path}: {why}" for path, why in sorted(staged.refused.items())), "")


def _kept(folder: Path) -> str:
    return "The rules that are here stay as they were" if fingerprints(folder) else "No rules were changed"
