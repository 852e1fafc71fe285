"""Rules of the CDISC Library, over its API, with the user's own key."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Mapping
from typing import Any

from interop.errors import InputError, UsageError
from interop.rules.update.files import Staged
from interop.rules.update.http import FetchError, Server

# Address, paths, header and variable as CDISC's own programs have them: cdisc-rules-engine
# (services/cdisc_library_service.py; README, update-cache) and cdisc-library-client (library_client.py:
# get_rule_catalogs, get_rules_catalog).
BASE = "https://api.library.cdisc.org/api"
CATALOGS = "/mdr/rules"
HEADER = "api-key"
KEY = "CDISC_LIBRARY_API_KEY"

MAX_ANSWER = 300_000_000
_HREF = re.compile(r"/mdr/rules(/[A-Za-z0-9][A-Za-z0-9.-]*)+")


def key() -> str:
    """The user's key. UsageError where there is none, or one that no header can carry; it is never shown."""
    found = os.environ.get(KEY, "").strip()
    if not found:
        raise UsageError(f"the CDISC Library wants a key: set {KEY} to yours")
    if not re.fullmatch(r"[!-~]+", found):
        raise UsageError(f"{KEY} holds spaces or letters that no key has; copy it again")
    return found


def fetch(server: Server, staged: Staged) -> None:
    """Fill `staged` with the rules of every catalog. Raises UsageError where they cannot be had."""
    links = _object(_answer(server, CATALOGS), "_links", CATALOGS)
    catalogs = _object(links, "catalogs", CATALOGS)
    rules: dict[str, Any] = {}
    counts: dict[str, int] = {}
    for href in sorted({_href(c) for c in catalogs.values()}):
        found = _object(_answer(server, href), "rules", href)
        counts[href] = len(found)
        for name, rule in found.items():
            rules[name] = _both(rules[name], rule, staged, name) if name in rules else rule
    for name in sorted(rules):
        _add(staged, name, rules[name])
    staged.about |= {"catalogs": counts}


def _answer(server: Server, path: str) -> Mapping[str, Any]:
    with tempfile.TemporaryFile() as target:
        try:
            server.fetch(path, target, MAX_ANSWER)
        except FetchError as error:
            if error.status in (401, 403):
                raise UsageError(
                    f"the CDISC Library refuses the key in {KEY} (HTTP {error.status})"
                ) from None
            raise
        target.seek(0)
        try:
            found = json.loads(target.read().decode("utf-8"))
        except (ValueError, RecursionError):
            raise UsageError(f"what the CDISC Library sent for {path} is not JSON") from None
    if not isinstance(found, dict):
        raise UsageError(f"what the CDISC Library sent for {path} is no JSON object")
    return found


def _object(found: Mapping[str, Any], key: str, path: str) -> Mapping[str, Any]:
    value = found.get(key)
    if not isinstance(value, dict) or not value:
        raise UsageError(f"what the CDISC Library sent for {path} has no {key}")
    return value


def _href(catalog: object) -> str:
    href = catalog.get("href") if isinstance(catalog, dict) else None
    if not isinstance(href, str) or not _HREF.fullmatch(href):
        raise UsageError("the CDISC Library names a catalog of rules that is none of its addresses")
    return href


def _both(one: Any, other: Any, staged: Staged, name: str) -> Any:
    """A rule of two catalogs: with the authorities of both. If they differ besides, the first is kept."""
    if one == other or not (isinstance(one, dict) and isinstance(other, dict)):
        return one
    rest = [{k: v for k, v in r.items() if k != "Authorities"} for r in (one, other)]
    lists = [r.get("Authorities") or [] for r in (one, other)]
    if rest[0] != rest[1] or not all(isinstance(a, list) for a in lists):
        staged.refused[f"{name} of a second catalog"] = "it says something else than in the first"
        return one
    return {**one, "Authorities": [*lists[0], *(a for a in lists[1] if a not in lists[0])]}


def _add(staged: Staged, name: str, rule: object) -> None:
    content = json.dumps(rule, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
    try:
        staged.add(f"{name}/rule.json", content)
    except InputError as error:
        staged.refused[repr(name[:100])] = error.message
