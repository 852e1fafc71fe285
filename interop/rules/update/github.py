"""Rules of CDISC's open repository on GitHub, from the archive of one commit."""

from __future__ import annotations

import gzip
import re
import tarfile
import tempfile
import zlib
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import quote

from interop.errors import InputError, UsageError
from interop.rules.load import MAX_BYTES, SUFFIXES
from interop.rules.update.files import Staged
from interop.rules.update.http import FetchError, Server

BASE = "https://api.github.com"
# The repository, its branch and its folders: the README of cdisc-org/cdisc-open-rules and its own script
# .github/scripts/build_library_rules.py, which fetches archives of GitHub in the same way.
REPOSITORY = "cdisc-org/cdisc-open-rules"
BRANCH = "main"
# Deprecated rules were withdrawn from publication for their licences and are right: SDTMIG 3.4 needs both.
FOLDERS = ("Published", "Deprecated")
# GitHub REST API 2022-11-28, "Download a repository archive (tar)": a redirect, then the archive.
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}

MAX_ARCHIVE = 300_000_000
MAX_UNPACKED = 2_000_000_000
MAX_FILES = 500_000
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")


def fetch(server: Server, staged: Staged, ref: str | None) -> None:
    """Fill `staged` with the rules of a branch, tag or commit. Raises UsageError where they cannot be had."""
    ref = ref or BRANCH
    if not _REF.fullmatch(ref) or ".." in ref:
        raise UsageError(f"--ref {ref!r} is no branch, tag or commit")
    with tempfile.TemporaryFile() as archive:
        try:
            server.fetch(f"/repos/{REPOSITORY}/tarball/{quote(ref, safe='')}", archive, MAX_ARCHIVE)
        except FetchError as error:
            if error.status == 404:
                raise UsageError(f"{REPOSITORY} has no branch, tag or commit {ref}") from None
            raise
        archive.seek(0)
        commit = unpack(archive, staged)
    staged.about |= {"repository": REPOSITORY, "ref": ref, "commit": commit}


def unpack(archive: IO[bytes], staged: Staged) -> str:
    """Rules from a gzipped tar into `staged`, and the commit that the archive names.

    Nothing is extracted by name: only plain files in FOLDERS are read, and kept where they are rules. An
    archive that is cut, has names that lead out of it, links among the rules, or more than MAX_UNPACKED bytes
    is refused (UsageError).
    """
    commit = ""
    try:
        with gzip.GzipFile(fileobj=archive) as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
            for number, member in enumerate(tar):
                # `git archive` writes the commit as the comment of the archive's global header.
                commit = commit or tar.pax_headers.get("comment", "") or _suffix(member.name)
                if number >= MAX_FILES or packed.tell() + member.size > MAX_UNPACKED:
                    raise UsageError("the archive holds more than is unpacked")
                place = _place(member)
                if place is not None:
                    _add(staged, place, member, tar)
            # tar may stop early; the checksum at the end says that nothing is missing.
            while packed.read(1 << 20):
                if packed.tell() > MAX_UNPACKED:
                    raise UsageError("the archive holds more than is unpacked")
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile):
        raise UsageError("what came is no whole archive of the repository") from None
    return commit if _COMMIT.fullmatch(commit) else ""


def _place(member: tarfile.TarInfo) -> str | None:
    """`Published/CORE-000001/rule.yml` for a file that may be a rule, else None."""
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or re.search(r'[\\:*?"<>|\x00-\x1f]', member.name):
        raise UsageError("the archive names a file outside of itself, and is refused")
    below = path.parts[1:]
    if not below or below[0] not in FOLDERS:
        return None
    if not (member.isfile() or member.isdir()):
        raise UsageError(f"the archive has a link or device at {'/'.join(below)}, and is refused")
    # A rule is FOLDER/ID/rule.yml; what lies deeper are its cases.
    return "/".join(below) if member.isfile() and len(below) == 3 and _is_rule(path) else None


def _is_rule(path: PurePosixPath) -> bool:
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _add(staged: Staged, place: str, member: tarfile.TarInfo, tar: tarfile.TarFile) -> None:
    if member.size > MAX_BYTES:
        staged.refused[place] = f"it has more than {MAX_BYTES:,} bytes"
        return
    file = tar.extractfile(member)
    content = file.read() if file is not None else b""
    try:
        staged.add(place, content)
    except InputError as error:
        raise UsageError(f"the archive is refused: {error}") from None


def _suffix(root: str) -> str:
    """GitHub calls the archive's folder OWNER-REPOSITORY-COMMIT."""
    return root.split("/")[0].rpartition("-")[2]
