"""`interop rules update`: the newest rules, whole or not at all, whatever the network does."""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interop.errors import UsageError
from interop.rules.folders import rule_folders, updated_folder
from interop.rules.load import load_rules
from interop.rules.update import github as open_repository
from interop.rules.update import said, update
from interop.rules.update.files import MANIFEST, compared
from interop.rules.update.http import FetchError, Patience, Server
from tests.rules.ruleserver import (
    COMMIT,
    KEY,
    MAIN,
    QUICK,
    TARBALL,
    TWO,
    Answer,
    archive,
    github,
    rule_yaml,
    serving,
)
from tests.support import ROOT, SHARED, needs_shared

pytestmark = pytest.mark.usefixtures("alone")


def ids(folder: Path) -> list[str]:
    return [r.id for r in load_rules(folder).rules]


def files(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A folder that an update wrote."""
    folder = tmp_path / "rules"
    github(folder, Answer(archive(TWO)))
    return folder


def refused(folder: Path, answers: Answer | Sequence[Answer], match: str) -> None:
    """The update says `match` in one sentence, and the folder is as it was, byte for byte and alone."""
    before = files(folder)
    with pytest.raises(UsageError, match=match) as caught:
        github(folder, answers)
    assert "stay as they were" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert files(folder) == before
    assert [p.name for p in folder.parent.iterdir() if p.name.startswith(".")] == []


def test_the_rules_of_the_repository_are_kept_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    with serving({MAIN: Answer(archive(TWO))}) as server:
        done = update(folder, "github", base_url=server.base, patience=QUICK)
    assert sorted(files(folder)) == [
        MANIFEST,
        "Deprecated/CORE-000002/rule.yml",
        "Published/CORE-000001/rule.yml",
    ]
    assert (done.rules, done.change.new) == (2, ("CORE-000001", "CORE-000002"))
    about = json.loads((folder / MANIFEST).read_text())
    assert (about["source"], about["ref"], about["commit"], about["count"]) == ("github", "main", COMMIT, 2)
    assert about["rules"]["CORE-000001"]["path"] == "Published/CORE-000001/rule.yml"
    agent = server.asked[0][1]["user-agent"]
    assert agent.startswith("clinical-interop/")  # GitHub refuses requests without
    assert "api-key" not in server.asked[0][1]
    assert list(said(done))[:2] == [
        f"{folder}: 2 rules of CDISC's open rules (cdisc-org/cdisc-open-rules, main, commit {COMMIT[:12]})",
        "new 2: CORE-000001, CORE-000002",
    ]


def test_a_second_update_says_what_is_new_changed_and_withdrawn(kept: Path) -> None:
    again = {
        "Published/CORE-000001/rule.yml": rule_yaml("CORE-000001", "It says more now"),
        "Published/CORE-000004/rule.yml": rule_yaml("CORE-000004"),
    }
    done = github(kept, Answer(archive(again)))
    assert ids(kept) == ["CORE-000001", "CORE-000004"]
    assert list(said(done))[1:] == [
        "new 1: CORE-000004",
        "changed 1: CORE-000001",
        "withdrawn 1: CORE-000002",
    ]
    assert list(said(github(kept, Answer(archive(again)))))[1:] == ["nothing new"]


def test_how_a_rule_is_written_is_no_change_of_it(kept: Path) -> None:
    written = TWO["Published/CORE-000001/rule.yml"]
    assert isinstance(written, str)
    files_now = {**TWO, "Published/CORE-000001/rule.yml": "# a comment\n" + written.replace('"3.4"', "'3.4'")}
    assert list(said(github(kept, Answer(archive(files_now)))))[1:] == ["nothing new"]


def test_another_commit_is_asked_for_by_its_name(tmp_path: Path) -> None:
    with serving({TARBALL + "feature%2Fnew": Answer(archive(TWO))}) as server:
        update(tmp_path / "rules", "github", ref="feature/new", base_url=server.base, patience=QUICK)
        with pytest.raises(UsageError, match="no branch, tag or commit v9"):
            update(tmp_path / "other", "github", ref="v9", base_url=server.base, patience=QUICK)
        with pytest.raises(UsageError, match="is no branch"):
            update(tmp_path / "other", "github", ref="../../x", base_url=server.base, patience=QUICK)
    assert not (tmp_path / "other").exists()


def test_what_passes_is_tried_again(tmp_path: Path) -> None:
    body = archive(TWO)
    answers = [
        Answer(b"later", 429, {"Retry-After": "1"}),
        Answer(b"broken", 502),
        Answer(b"limit", 403, {"X-RateLimit-Remaining": "0"}),
        Answer(body, cut=20),
        Answer(body, delay=0.6),
        Answer(body),
    ]
    waited: list[float] = []
    with serving({MAIN: answers}) as server:
        patience = Patience(tries=6, pause=0.01, connect=2, read=0.3, wait=5, whole=30)
        target = io.BytesIO()
        Server(server.base, patience=patience, sleep=waited.append).fetch(MAIN, target, 1_000_000)
    assert target.getvalue() == body
    assert waited == [1.0, 0.02, 0.04, 0.08, 0.16]
    assert len(server.asked) == 6


def test_a_date_in_retry_after_is_waited_for(tmp_path: Path) -> None:
    past = {"Retry-After": "Fri, 01 Jan 2021 00:00:00 GMT"}
    assert github(tmp_path / "rules", [Answer(b"", 503, past), Answer(archive(TWO))]).rules == 2


def test_what_does_not_pass_is_said_and_changes_nothing(kept: Path) -> None:
    body = archive(TWO)
    refused(kept, Answer(b"", 500), r"127\.0\.0\.1 does not work at the moment \(HTTP 500\), after 3 tries")
    refused(kept, Answer(b"", 429, {"Retry-After": "3600"}), "asks for patience.*asks to wait 3600 seconds")
    refused(kept, Answer(b"", 404), "no branch, tag or commit main")
    refused(kept, Answer(b"", 451), "answers HTTP 451")
    refused(kept, Answer(body, cut=40), "broke off before its answer was whole, after 3 tries")
    refused(kept, Answer(body, delay=1), "does not answer in time, after 3 tries")


def test_what_is_no_archive_of_rules_is_refused(kept: Path) -> None:
    refused(kept, Answer(b"<html>Sign in to the guest network</html>"), "no whole archive")
    refused(kept, Answer(archive(TWO)[:-30]), "no whole archive")
    refused(kept, Answer(archive({"README.md": "moved"})), "of 0 files that came 0 are rules")
    broken = {"Published/CORE-000001/rule.yml": "Check: {all: []}", "Published/X/rule.yml": "- no\n- rule"}
    refused(
        kept, Answer(archive(broken)), "of 2 files that came 0 are rules; Published/CORE-000001/rule.yml:"
    )


def test_a_file_that_is_no_rule_costs_only_itself(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    bomb = "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n"
    extra = {
        "Published/CORE-000009/rule.yml": bomb,
        "Deprecated/CORE-000010/rule.yml": rule_yaml("CORE-000001"),
        "Published/CORE-000011/rule.yml": "x" * 1_000_001,
    }
    more = {f"Published/CORE-{n}/rule.yml": rule_yaml(f"CORE-{n}") for n in (4, 5)}
    done = github(folder, Answer(archive({**TWO, **extra, **more})))
    assert ids(folder) == ["CORE-000001", "CORE-000002", "CORE-4", "CORE-5"]
    why = done.refused
    assert "alias" in why["Published/CORE-000009/rule.yml"]
    assert "is CORE-000001 already" in why["Deprecated/CORE-000010/rule.yml"]
    assert "1,000,000 bytes" in why["Published/CORE-000011/rule.yml"]
    assert sum(line.startswith("not a rule: ") for line in said(done)) == 3
    assert not (folder / "Published/CORE-000009/rule.yml").exists()


@pytest.mark.parametrize(
    ("bad", "match"),
    [
        (archive({**TWO, "../../outside/rule.yml": "x"}), "outside of itself"),
        (archive({**TWO}, root="/"), "outside of itself"),
        (archive({**TWO, "Published\\..\\x": "x"}), "outside of itself"),
        (
            archive(TWO, links={"Published/CORE-9/rule.yml": "/etc/passwd"}),
            "link or device at Published/CORE-9",
        ),
        (archive(TWO, links={"Published/CORE-9": "/etc"}), "link or device at Published/CORE-9"),
        (archive({**TWO, "Published/CORE 9/rule.yml": rule_yaml("CORE-9")}), "is no name for a rule's file"),
    ],
    ids=["zip slip", "absolute", "backslash", "link", "linked folder", "name"],
)
def test_an_archive_that_reaches_out_is_refused_whole(kept: Path, bad: bytes, match: str) -> None:
    refused(kept, Answer(bad), match)
    assert not (kept.parent / "outside").exists()


def test_a_file_twice_in_an_archive_is_refused(kept: Path) -> None:
    raw = gzip.decompress(archive({"Published/A/rule.yml": rule_yaml("A")}))
    joined = raw.rstrip(b"\0")
    joined += b"\0" * (-len(joined) % 512) + raw  # the end marks of the first are gone
    refused(kept, Answer(gzip.compress(joined)), "is there twice")


def test_more_than_is_allowed_is_refused(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"data/{n}.csv": "x" * 1000 for n in range(50)}
    monkeypatch.setattr(open_repository, "MAX_UNPACKED", 20_000)
    refused(kept, Answer(archive({**TWO, **many})), "more than is unpacked")
    monkeypatch.setattr(open_repository, "MAX_ARCHIVE", 100)
    refused(kept, Answer(archive(TWO)), "more than 100 bytes")
    refused(kept, Answer(archive(TWO), headers={"Transfer-Encoding": "identity"}), "more than 100 bytes")


def test_a_redirect_is_followed_and_not_for_ever(tmp_path: Path, kept: Path) -> None:
    with serving({"/legacy.tar.gz": Answer(archive(TWO))}) as other:
        away = Answer(b"", 302, {"Location": f"{other.base}/legacy.tar.gz"})
        assert github(tmp_path / "new", away).rules == 2
    refused(kept, Answer(b"", 302, {"Location": MAIN}), "from one address to the next without an end")
    refused(kept, Answer(b"", 302), "without saying where")
    refused(kept, Answer(b"", 302, {"Location": "http://example.org/x"}), "over https alone")
    refused(kept, Answer(b"", 302, {"Location": "file:///etc/passwd"}), "over https alone")


def test_the_key_goes_to_the_library_alone(tmp_path: Path) -> None:
    with serving({"/mdr/rules": Answer(b'{"_links": {"self": {}}}')}) as other:
        away = Answer(b"", 302, {"Location": f"{other.base}/mdr/rules"})
        with serving({"/mdr/rules": away}) as server, pytest.raises(UsageError, match="has no catalogs"):
            update(tmp_path / "rules", "library", base_url=server.base, patience=QUICK)
    assert server.asked[0][1]["api-key"] == KEY
    assert "api-key" not in other.asked[0][1]


@pytest.mark.parametrize(
    "base",
    [
        "http://example.org",
        "ftp://example.org",
        "https://",
        "https://me:sesame@example.org",
        "https://example.org/?key=1",
        "no address",
        "https://example.org:99999",
    ],
)
def test_rules_come_over_https_alone(tmp_path: Path, base: str) -> None:
    with pytest.raises(UsageError) as caught:
        update(tmp_path / "rules", "library", base_url=base, patience=QUICK)
    assert "sesame" not in str(caught.value)
    assert KEY not in str(caught.value)


def test_offline_is_said_in_one_sentence(kept: Path) -> None:
    with serving({}) as server:
        pass  # nobody listens there any more
    before = files(kept)
    with pytest.raises(
        UsageError, match=r"127\.0\.0\.1 cannot be reached, after 2 tries\. The rules that are"
    ):
        update(kept, base_url=server.base, patience=QUICK)
    with pytest.raises(UsageError, match=r"no-such-host\.invalid cannot be reached"):
        update(kept, base_url="https://no-such-host.invalid", patience=QUICK)
    assert files(kept) == before


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, with its key."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here to make a certificate")
    path = tmp_path / "tls.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    made = ["openssl", "req", "-x509", *key, *subject, "-keyout", "key.pem", "-out", "tls.pem"]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True)
    path.write_text(path.read_text() + (tmp_path / "key.pem").read_text())
    return path


def test_a_certificate_is_verified(
    tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving({MAIN: Answer(archive(TWO))}, certificate) as server:
        with pytest.raises(UsageError, match=r"its certificate is not trusted here"):
            update(tmp_path / "rules", base_url=server.base, patience=QUICK)
        assert server.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert update(tmp_path / "rules", base_url=server.base, patience=QUICK).rules == 2
    away = Answer(b"", 302, {"Location": "http://127.0.0.1:9/x"})
    with serving({MAIN: away}, certificate) as server, pytest.raises(UsageError, match="open connection"):
        update(tmp_path / "rules", base_url=server.base, patience=QUICK)


def test_a_server_without_tls_is_refused(tmp_path: Path) -> None:
    with serving({}) as server, pytest.raises(UsageError, match=r"127\.0\.0\.1 speaks no TLS"):
        update(tmp_path / "rules", base_url=server.base.replace("http", "https", 1), patience=QUICK)
    assert server.asked == []


def test_a_proxy_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absolute = f"http://localhost:9{MAIN}"
    with serving({absolute: Answer(archive(TWO))}) as proxy:
        monkeypatch.setenv("http_proxy", proxy.base.replace("http://", "http://user:word@"))
        assert update(tmp_path / "rules", base_url="http://localhost:9", patience=QUICK).rules == 2
    assert proxy.paths == [absolute]
    assert proxy.asked[0][1]["proxy-authorization"].startswith("Basic ")


@needs_shared
def test_every_rule_of_the_open_rules_arrives(tmp_path: Path) -> None:
    place = SHARED / "data" / "open-rules"
    found = {
        p.relative_to(place).as_posix(): p.read_bytes()
        for folder in open_repository.FOLDERS
        for p in (place / folder).glob("*/rule.yml")
    }
    done = github(tmp_path / "rules", Answer(archive(found)))
    assert done.refused == {}
    assert done.rules == len(found) > 480


# ------------------------------------------------------------------------------------------------- the folder


def test_a_folder_of_others_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with serving({MAIN: Answer(archive(TWO))}) as server:
        with pytest.raises(UsageError, match="holds files that no update wrote"):
            update(tmp_path, base_url=server.base, patience=QUICK)
        with pytest.raises(UsageError, match="is a file"):
            update(tmp_path / "mine.txt", base_url=server.base, patience=QUICK)
    assert server.asked == []
    assert files(tmp_path) == {"mine.txt": b"mine"}


@pytest.mark.parametrize("stopped", [OSError("disk"), KeyboardInterrupt()], ids=["error", "interrupt"])
def test_a_swap_that_fails_leaves_the_old(
    kept: Path, monkeypatch: pytest.MonkeyPatch, stopped: BaseException
) -> None:
    before = files(kept)
    rename, calls = Path.rename, []

    def failing(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == 2:
            raise stopped
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(type(stopped)):
        github(kept, Answer(archive({"Published/CORE-7/rule.yml": rule_yaml("CORE-7")})))
    assert len(calls) == 3
    assert files(kept) == before
    assert [p.name for p in kept.parent.iterdir() if p.name.startswith(".")] == []


def test_a_machine_that_stops_in_the_swap_leaves_the_old(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = updated_folder()
    github(folder, Answer(archive(TWO)))
    before = files(folder)
    program = """
import os, sys
from pathlib import Path
from interop.rules.update import update
rename, calls = Path.rename, []
def stopping(self, target):
    calls.append(target)
    return rename(self, target) if len(calls) == 1 else os._exit(9)
Path.rename = stopping
update(Path(sys.argv[1]), base_url=sys.argv[2])
"""
    new = {"Published/CORE-7/rule.yml": rule_yaml("CORE-7")}
    with serving({MAIN: Answer(archive(new))}) as server:
        ended = subprocess.run(
            [sys.executable, "-c", program, str(folder), server.base], cwd=ROOT, check=False, timeout=60
        )
    assert ended.returncode == 9
    assert not folder.exists()
    assert folder in rule_folders()  # who reads rules mends it
    assert files(folder) == before
    assert github(folder, Answer(archive(new))).change.withdrawn == ("CORE-000001", "CORE-000002")


def test_what_a_killed_update_left_is_removed_after_a_day(kept: Path) -> None:
    old, young = (kept.parent / f".rules.new.{n}" for n in ("old", "young"))
    for folder in (old, young):
        folder.mkdir()
        (folder / "x").write_text("x")
    os.utime(old, (0, 0))
    github(kept, Answer(archive(TWO)))
    assert [old.exists(), young.exists()] == [False, True]


@given(st.dictionaries(st.text("AB", max_size=2), st.text("xy", max_size=1)), st.data())
def test_every_rule_is_told_once(before: dict[str, str], data: st.DataObject) -> None:
    now = data.draw(st.dictionaries(st.sampled_from([*before, "C"]), st.text("xy", max_size=1)))
    change = compared(before, now)
    told = [*change.new, *change.changed, *change.withdrawn]
    assert len(told) == len(set(told))
    kept = {k: v for k, v in before.items() if k not in change.withdrawn}
    assert kept | {k: now[k] for k in (*change.new, *change.changed)} == now


def test_a_server_that_answers_wrongly_is_a_usage_error() -> None:
    assert issubclass(FetchError, UsageError)
    assert FetchError.exit_code == 2
