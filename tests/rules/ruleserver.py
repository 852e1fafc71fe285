"""A server on this machine that plays GitHub and the CDISC Library, and updates from it."""

from __future__ import annotations

import gzip
import io
import json
import ssl
import tarfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from interop.rules.update import Updated, update
from interop.rules.update.github import REPOSITORY
from interop.rules.update.http import Patience

TARBALL = f"/repos/{REPOSITORY}/tarball/"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
QUICK = Patience(tries=3, pause=0.01, connect=2, read=0.3, wait=2, whole=10)


@dataclass(frozen=True)
class Answer:
    """What is sent: `cut` bytes of the body are kept back, `delay` seconds pass before it."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int = 0
    delay: float = 0.0


@dataclass
class Played:
    """A running server: `asked` are the requests it got, as path and headers."""

    base: str
    asked: list[tuple[str, dict[str, str]]]

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextmanager
def serving(
    answers: Mapping[str, Answer | Sequence[Answer]], certificate: Path | None = None
) -> Iterator[Played]:
    """Serve `answers` by path; of several for one path the next each time, the last for ever.

    With a `certificate` (and its key, one PEM file) it speaks HTTPS.
    """
    lists = {p: [a] if isinstance(a, Answer) else list(a) for p, a in answers.items()}
    asked: list[tuple[str, dict[str, str]]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            waiting = lists.get(self.path, [Answer(b"nothing here", 404)])
            answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
            time.sleep(answer.delay)
            try:
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body[: len(answer.body) - answer.cut])
            except OSError:
                pass  # the other side gave up, as some tests want

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the client hangs up
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        scheme = "http" if certificate is None else "https"
        yield Played(f"{scheme}://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def rule_yaml(rule: str, message: str = "It is empty", standard: str = "SDTMIG", version: str = "3.4") -> str:
    return f"""\
Authorities:
  - Organization: CDISC
    Standards:
      - Name: {standard}
        Version: "{version}"
Check:
  all:
    - name: AETERM
      operator: empty
Core:
  Id: {rule}
  Status: Published
  Version: "1"
Description: {message}
Executability: Fully Executable
Outcome:
  Message: {message}
  Output Variables:
    - AETERM
Rule Type: Record Data
Scope:
  Domains:
    Include:
      - ALL
Sensitivity: Record
"""


def rule_json(rule: str, message: str = "It is empty") -> dict[str, Any]:
    """The same rule in the form of the CDISC Library: keys without spaces, versions as text."""
    return {
        "Authorities": [{"Organization": "CDISC", "Standards": [{"Name": "SDTMIG", "Version": "3.4"}]}],
        "Check": {"all": [{"name": "AETERM", "operator": "empty"}]},
        "Core": {"Id": rule, "Status": "Published", "Version": "1"},
        "Description": message,
        "Executability": "Fully Executable",
        "Outcome": {"Message": message, "Output_Variables": ["AETERM"]},
        "Rule_Type": "Record Data",
        "Scope": {"Domains": {"Include": ["ALL"]}},
        "Sensitivity": "Record",
    }


def archive(
    files: Mapping[str, str | bytes], links: Mapping[str, str] | None = None, root: str = ""
) -> bytes:
    """A repository's archive as GitHub makes it: the commit in its header, all below one folder."""
    packed = io.BytesIO()
    headers = {"comment": COMMIT}
    top = root or f"cdisc-org-cdisc-open-rules-{COMMIT[:7]}/"
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT, pax_headers=headers) as tar:
        for name, content in files.items():
            raw = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(top + name)
            member.size = len(raw)
            tar.addfile(member, io.BytesIO(raw))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(top + name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return gzip.compress(packed.getvalue(), mtime=0)


def library(catalogs: Mapping[str, Mapping[str, Any]]) -> dict[str, Answer]:
    """The CDISC Library's answers: the list of catalogs, and each with its rules."""
    links = {
        href.removeprefix("/mdr/rules/").replace("/", "-"): {
            "href": href,
            "type": "Conformance Rules Package",
        }
        for href in catalogs
    }
    answers = {"/mdr/rules": {"_links": {"catalogs": links, "self": {"href": "/mdr/rules"}}}}
    found = {href: {"_links": {}, "rules": rules} for href, rules in catalogs.items()}
    return {path: Answer(json.dumps(body).encode()) for path, body in {**answers, **found}.items()}


KEY = "secret-key-0815"
MAIN = TARBALL + "main"
TWO = {
    "README.md": "# rules",
    "Published/CORE-000001/rule.yml": rule_yaml("CORE-000001"),
    "Published/CORE-000001/negative/01/data/ae.csv": "AETERM\n\n",
    "Deprecated/CORE-000002/rule.yml": rule_yaml("CORE-000002"),
    "Unpublished/NEW-RULE/rule.yml": rule_yaml("CORE-000003"),
    ".github/ISSUE_TEMPLATE/1-rule-issue.yml": "name: no rule",
}


def github(
    folder: Path, answers: Answer | Sequence[Answer], ref: str | None = None, patience: Patience = QUICK
) -> Updated:
    with serving({MAIN: answers}) as server:
        return update(folder, "github", ref=ref, base_url=server.base, patience=patience)


def fetched(folder: Path, answers: Mapping[str, Answer | Sequence[Answer]]) -> Updated:
    with serving(answers) as server:
        return update(folder, "library", base_url=server.base, patience=QUICK)
