"""The pages do what they say: their files are written, their commands run, their Python executed.

In a page, a fence whose info string ends in a path is a file (```yaml my-study/study.yaml); with `:AE`
behind the path it replaces that file from the line `AE:` to its end. ```console holds commands after `$ ` and
what they print, ```pycon an interpreter session. `...` stands for any text.
"""

from __future__ import annotations

import doctest
import json
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import ROOT

README = ROOT / "README.md"
OWN_STUDY = ROOT / "docs" / "bring-your-own-study.md"
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True)
class Fence:
    page: Path
    line: int
    language: str
    name: str
    text: str

    @property
    def commands(self) -> Iterator[tuple[str, str]]:
        """Each command of a console fence, and what the page says that it prints."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            command, _, output = part.replace("\\\n", "").partition("\n")
            yield command, output


def fences(page: Path) -> list[Fence]:
    text = page.read_text(encoding="utf-8")
    found = re.finditer(r"^```(\w+) ?(\S*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return [Fence(page, text[: m.start()].count("\n") + 1, m[1], m[2], m[3]) for m in found]


def check_console(fence: Fence, folder: Path) -> None:
    for command, wanted in fence.commands:
        got = printed(command, folder)
        place = f"{fence.page.name} line {fence.line}: {command}"
        assert doctest.OutputChecker().check_output(wanted, got, FLAGS), f"{place} prints\n{got}"


def printed(command: str, folder: Path) -> str:
    program, *words = shlex.split(command)
    if program == "cat":
        return (folder / words[0]).read_text(encoding="utf-8")
    assert program == "interop", command
    done = subprocess.run(
        [sys.executable, "-m", "interop.cli", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def write_file(fence: Fence, folder: Path) -> None:
    name, _, key = fence.name.partition(":")
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    before = ""
    if key:
        before = re.split(rf"^ *{key}:$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[0]
    path.write_text(before + fence.text, encoding="utf-8")


def check_pycon(fence: Fence, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    test = doctest.DocTestParser().get_doctest(fence.text, {}, fence.page.name, str(fence.page), fence.line)
    said: list[str] = []
    failed = doctest.DocTestRunner(optionflags=FLAGS).run(test, out=said.append).failed
    assert failed == 0, "".join(said)


def test_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a checkout: the demonstration study lies under `mappings`."""
    shutil.copytree(ROOT / "mappings" / "studies", tmp_path / "mappings" / "studies")
    monkeypatch.setenv("COLUMNS", "110")
    ran = [f.language for f in fences(README) if f.language in {"console", "pycon"}]
    for fence in fences(README):
        if fence.language == "console":
            check_console(fence, tmp_path)
        elif fence.language == "pycon":
            check_pycon(fence, tmp_path, monkeypatch)
    assert {"console", "pycon"} <= set(ran)
    check_outputs(tmp_path / "out" / "demo")


def check_outputs(out: Path) -> None:
    """The table of what comes out names each resource type and dataset of the demonstration, and no other."""
    about = json.loads((out / "run.json").read_text(encoding="utf-8"))
    wrote = {
        "FHIR R4": set(about["resources"]),
        "SDTM 3.4": {
            re.sub("^SUPP.*", "SUPP--", d["name"]) for d in about["datasets"] if d["standard"] == "SDTMIG 3.4"
        },
        "ADaM 1.3": {d["name"] for d in about["datasets"] if d["standard"] == "ADaMIG 1.3"},
    }
    page = README.read_text(encoding="utf-8")
    said = {name: set(re.findall(rf"\| {name}: ([^;]+);", page)[0].split(", ")) for name in wrote}
    assert said == wrote


def test_bring_your_own_study(tmp_path: Path) -> None:
    commands = 0
    for fence in fences(OWN_STUDY):
        if fence.name:
            write_file(fence, tmp_path)
        elif fence.language == "console":
            check_console(fence, tmp_path)
            commands += 1
    assert commands >= 3


@pytest.mark.parametrize(
    "page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda p: p.name
)
def test_links_within_the_project_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith(("http:", "https:", "mailto:"))]
    assert [link for link in local if not (page.parent / link).exists()] == []
