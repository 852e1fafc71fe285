"""The wheel holds all that the product needs, and runs where no checkout is."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

import interop
from tests.support import ROOT

SHIPPED = ("interop", "mappings", "schemas")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as `pip wheel` does, with the build backend of this environment."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(out.glob("*.whl"))


def test_version_is_stated_alike() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == interop.__version__


def test_wheel_holds_every_shipped_file_and_no_other(wheel: Path) -> None:
    files = {
        path.relative_to(ROOT).as_posix()
        for top in SHIPPED
        for path in (ROOT / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == files
    assert {"mappings/studies/demo/source/RS.csv", "mappings/studies/glofit-cart/simulation.yaml"} <= held


def test_demo_from_the_unpacked_wheel(wheel: Path, tmp_path: Path) -> None:
    """A quick stand-in for the installation below: only the dependencies are this environment's."""
    unpacked = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(unpacked)
    where = "import interop, mappings, schemas; print(*(m.__file__ for m in (interop, mappings, schemas)))"
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    found = _run(sys.executable, "-c", where, cwd=tmp_path, env=environment).split()
    assert [Path(f).is_relative_to(unpacked) for f in found] == [True, True, True]
    said = _run(
        sys.executable,
        "-m",
        "interop.cli",
        "demo",
        "--subjects",
        "3",
        "--out",
        "out",
        cwd=tmp_path,
        env=environment,
    )
    assert said.splitlines()[-3] == "Report: out/report/index.html"
    assert (tmp_path / "out" / "report" / "index.html").is_file()
    assert said.splitlines()[-1].startswith("  0 errors, 0 warnings, ")


@pytest.mark.oracle
def test_demo_from_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """`pip install` into an empty environment, then `interop demo` from any folder."""
    venv.create(tmp_path / "env", with_pip=True)
    binaries = tmp_path / "env" / "bin"
    constraints = ROOT / "constraints.txt"
    _run(str(binaries / "pip"), "install", "-q", "-c", str(constraints), str(wheel), cwd=tmp_path)
    said = _run(str(binaries / "interop"), "demo", "--out", "out", cwd=tmp_path)
    assert said.splitlines()[-3] == "Report: out/report/index.html"
    assert (tmp_path / "out" / "report" / "index.html").is_file()
    assert said.splitlines()[-1].startswith("  0 errors, 0 warnings, ")


def test_the_api_may_be_called_again() -> None:
    code = "import interop; assert callable(interop.run); assert callable(interop.run)"
    _run(sys.executable, "-c", code, cwd=ROOT)


def test_constraints_are_names_and_versions_alone() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [p for p in pins if not _is_pin(p)] == []
    names = [_normal(p.partition("==")[0]) for p in pins]
    assert len(set(names)) == len(names)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    assert {_normal(a) for a in asked} <= set(names)


def _is_pin(line: str) -> bool:
    name, equals, version = line.partition("==")
    return bool(name and equals and version) and not set(line) & set(" @/;\\")


def _normal(requirement: str) -> str:
    name = requirement
    for end in "<>=!~ [;":
        name = name.partition(end)[0]
    return name.lower().replace("_", "-").replace(".", "-")


def _run(*command: str, cwd: Path, env: dict[str, str] | None = None) -> str:
    clean = {k: v for k, v in (env or os.environ).items() if k != "PYTHONHOME"}
    return subprocess.run(command, cwd=cwd, env=clean, check=True, capture_output=True, text=True).stdout
