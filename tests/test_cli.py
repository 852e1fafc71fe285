"""The command line as people meet it: exit codes, sentences, silence in a pipe, nothing half-written."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import interop
from interop.cli import main
from interop.errors import UsageError
from tests.support import ROOT, Call

DEMO = ROOT / "mappings" / "studies" / "demo"
COMMANDS = (
    *("demo", "simulate", "run", "fhir", "sdtm", "adam", "convert", "trace", "validate", "studies", "rules"),
)
HEAVY = ("pandas", "polars", "pyreadstat", "fhir", "lxml", "jsonschema", "pyarrow", "yaml", "numpy")

Done = subprocess.CompletedProcess[str]


def process(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """`interop` as a process of its own, its output in pipes."""
    command = [sys.executable, "-m", "interop.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """`interop demo`, the reference trial, run once from a folder of its own; few subjects are enough."""
    folder = tmp_path_factory.mktemp("demo")
    return folder, process("demo", "--subjects", "8", "--out", "out", cwd=folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """The study `demo`, 16 subjects that do not change, run once from its own source."""
    folder = tmp_path_factory.mktemp("small")
    return folder, process("run", "demo", "--out", "out", cwd=folder)


def about(folder: Path) -> dict[str, Any]:
    """What the run in `folder`/out says of itself."""
    said: dict[str, Any] = json.loads((folder / "out" / "run.json").read_text(encoding="utf-8"))
    return said


# Help


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, interop.cli\n"
        "try: interop.cli.main(['run', '--help'])\n"
        "except SystemExit: pass\n"
        f"print('heavy:', sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("heavy: []\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(command: str, call: Call) -> None:
    code, out, _ = call(command, "--help")
    assert code == 0
    assert f"Example: interop {command}" in " ".join(out.split())


def test_help_lists_all_commands(call: Call) -> None:
    code, out, _ = call("--help")
    assert code == 0
    listed = out.partition("Commands:")[2].partition("Example:")[0]
    assert tuple(line.split()[0] for line in listed.strip().splitlines()) == COMMANDS


def test_version(call: Call) -> None:
    assert call("--version") == (0, f"interop {interop.__version__}\n", "")


# A run


def test_demo_succeeds_and_is_silent_in_a_pipe(demo: tuple[Path, Done]) -> None:
    """Its planted defects are errors of the source, and wanted: the exit code is 0."""
    folder, done = demo
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    assert about(folder)["issues"]["error"] > 0
    *_, report, conformance, verdict = done.stdout.splitlines()
    assert report == "Report: out/report/index.html"
    assert conformance == "Conformance: out/report/conformance.html"
    assert verdict.startswith("  0 errors, ")
    assert (folder / "out" / "report" / "conformance.html").is_file()
    assert sorted(p.name for p in folder.iterdir()) == ["out", "out-source"]


def test_demo_keeps_what_it_simulated(demo: tuple[Path, Done]) -> None:
    folder, _ = demo
    forms = {p.name for p in (folder / "out-source" / "csv").iterdir()}
    assert {source["name"] for source in about(folder)["sources"]} == forms
    planted = (folder / "out-source" / "defects.csv").read_text(encoding="utf-8").splitlines()
    assert len(planted) > 8
    subjects = next(d for d in about(folder)["datasets"] if d["name"] == "DM")
    assert subjects["rows"] == 8


def test_a_run_without_a_source_takes_the_study_s_own(small: tuple[Path, Done]) -> None:
    folder, done = small
    assert (done.returncode, done.stderr) == (0, "")
    paths = {Path(source["path"]) for source in about(folder)["sources"]}
    assert paths == set((DEMO / "source").iterdir())


def test_summary_names_what_is_there(demo: tuple[Path, Done]) -> None:
    folder, done = demo
    said = " ".join(done.stdout.split())  # lines are wrapped
    for dataset in about(folder)["datasets"]:
        assert f"{dataset['name']} {dataset['rows']:,}" in said
        assert (folder / "out" / dataset["path"]).is_file()
    for kind, count in about(folder)["resources"].items():
        assert f"{kind} {count:,}" in said
    paths = [word for word in done.stdout.split() if word.startswith("out/")]
    assert paths
    assert [p for p in paths if not (folder / p).exists()] == []


@pytest.mark.parametrize("study", ["demo", "small"])
def test_summary_counts_the_issues(study: str, request: pytest.FixtureRequest) -> None:
    folder, done = request.getfixturevalue(study)
    counts = {severity: about(folder)["issues"].get(severity, 0) for severity in ("error", "warning")}
    said = ", ".join(f"{n:,} {severity}{'' if n == 1 else 's'}" for severity, n in counts.items())
    assert f"Issues: {said}, {about(folder)['issues']['info']:,} info" in done.stdout


@pytest.mark.parametrize("study", ["demo", "small"])
def test_next_command_of_the_summary_works(study: str, request: pytest.FixtureRequest) -> None:
    folder, done = request.getfixturevalue(study)
    line = next(line for line in done.stdout.splitlines() if line.startswith("Next: interop "))
    traced = process(*shlex.split(line.removeprefix("Next: interop ")), cwd=folder)
    assert (traced.returncode, traced.stderr) == (0, "")
    assert "source cell" in traced.stdout


def test_trace_ends_at_the_cell_of_the_source(small: tuple[Path, Done]) -> None:
    folder, _ = small
    key = "USUBJID=DEMO01-101-003,PARAMCD=PFS"
    done = process("trace", "out", "--dataset", "ADTTE", "--key", key, "--variable", "AVAL", cwd=folder)
    assert done.returncode == 0
    # The form RS has the progression of subject 101-003 on line 13: WEEK 24, 18-AUG-2024.
    lines = (DEMO / "source" / "RS.csv").read_text(encoding="utf-8").splitlines()
    line = 1 + next(i for i, row in enumerate(lines) if row.startswith("DEMO01,101,003,WEEK 24,"))
    assert f"RS.csv line {line}" in done.stdout
    assert "18-AUG-2024" in done.stdout


def test_simulated_sources_run_by_name_of_the_study(tmp_path: Path, call: Call) -> None:
    """CSV and ODM-XML of one simulation: the same datasets with as many rows."""
    made = tmp_path / "made"
    code, out, err = call("simulate", "glofit-cart", "--subjects", "2", "--seed", "7", "--out", made)
    assert (code, err) == (0, "")
    assert "2 subjects" in out
    assert {p.name for p in made.iterdir()} == {"csv", "odm", "defects.csv", "truth.json", "truth.parquet"}
    rows = {}
    for source in ("csv", "odm"):
        code, _, err = call("sdtm", "glofit-cart", "--source", made / source, "--out", tmp_path / source)
        assert (code in (0, 1), err) == (True, "")
        said = json.loads((tmp_path / source / "run.json").read_text(encoding="utf-8"))
        rows[source] = {d["name"]: d["rows"] for d in said["datasets"]}
    assert rows["csv"] == rows["odm"]
    assert rows["csv"]["DM"] == 2


def test_two_runs_give_the_same_bytes(tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for name in ("a", "b"):
        assert call("run", DEMO, "--source", DEMO / "source", "--out", tmp_path / name)[0] == 0
    files = [p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file()]
    assert len(files) > 20
    differing = [p for p in files if (tmp_path / "a" / p).read_bytes() != (tmp_path / "b" / p).read_bytes()]
    assert differing == []


def test_an_error_level_issue_makes_the_exit_code_1(tmp_path: Path, call: Call) -> None:
    source = shutil.copytree(DEMO / "source", tmp_path / "source")
    ae = source / "AE.csv"
    ae.write_text(ae.read_text(encoding="utf-8").replace(",Fatal,", ",Getting better,"), encoding="utf-8")
    code, out, err = call("run", DEMO, "--source", source, "--out", tmp_path / "out")
    assert (code, err) == (1, "")
    assert "Issues: 1 error," in out
    assert (tmp_path / "out" / "run.json").is_file()  # everything else is kept


@pytest.mark.parametrize(
    ("stage", "there", "absent"),
    [("fhir", "fhir", "m5"), ("sdtm", "tabulations", "analysis"), ("adam", "analysis", "fhir")],
)
def test_one_stage_alone(stage: str, there: str, absent: str, tmp_path: Path, call: Call) -> None:
    code, _, err = call(stage, DEMO, "--source", DEMO / "source", "--out", tmp_path / "out")
    assert (code, err) == (0, "")
    folders = {p.name for p in (tmp_path / "out").rglob("*") if p.is_dir()}
    assert there in folders
    assert absent not in folders


# Unusable calls: exit code 2, one sentence, nothing written


def refused(answer: tuple[int, str, str]) -> str:
    code, out, err = answer
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1
    return err


def test_missing_source_folder(tmp_path: Path, call: Call) -> None:
    err = refused(call("run", DEMO, "--source", tmp_path / "nowhere", "--out", tmp_path / "out"))
    assert "nowhere" in err
    assert list(tmp_path.iterdir()) == []


def test_missing_form(tmp_path: Path, call: Call) -> None:
    source = shutil.copytree(DEMO / "source", tmp_path / "source")
    (source / "EX.csv").unlink()
    assert "EX" in refused(call("run", DEMO, "--source", source, "--out", tmp_path / "out"))
    assert [p.name for p in tmp_path.iterdir()] == ["source"]


def test_a_study_without_source_data_asks_for_them(tmp_path: Path, call: Call) -> None:
    assert "--source" in refused(call("run", "lzzt", "--out", tmp_path / "out"))
    assert list(tmp_path.iterdir()) == []


def test_simulating_a_study_that_does_not_say_how(tmp_path: Path, call: Call) -> None:
    assert "simulation.yaml" in refused(call("simulate", DEMO, "--out", tmp_path / "out"))
    assert list(tmp_path.iterdir()) == []


def test_simulating_an_unknown_format(tmp_path: Path, call: Call) -> None:
    err = refused(call("simulate", "glofit-cart", "--format", "docx", "--out", tmp_path / "out"))
    assert "docx" in err
    assert list(tmp_path.iterdir()) == []


def test_unknown_study_suggests_one(tmp_path: Path, call: Call) -> None:
    err = refused(call("run", "demmo", "--source", DEMO / "source", "--out", tmp_path / "out"))
    assert "`demo`" in err


def test_output_folder_in_use(tmp_path: Path, call: Call) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine", encoding="utf-8")
    assert "--force" in refused(call("demo", "--out", out))
    assert "run.json" in refused(call("demo", "--out", out, "--force"))  # not ours: never replaced
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert (out / "thesis.txt").read_text(encoding="utf-8") == "mine"


def test_force_replaces_an_earlier_run(tmp_path: Path, call: Call) -> None:
    out = tmp_path / "out"
    assert call("fhir", DEMO, "--source", DEMO / "source", "--out", out)[0] == 0
    assert call("sdtm", DEMO, "--source", DEMO / "source", "--out", out, "--force")[0] == 0
    assert not (out / "fhir").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_failure_while_writing_leaves_nothing(
    tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device", "dm.xpt")

    monkeypatch.setattr("interop.output.joins_apart", fails)
    assert "No space left on device" in refused(call("run", "demo", "--out", tmp_path / "out"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["USUBJID", "=DEMO01"])
def test_trace_key_without_a_value(key: str, tmp_path: Path, call: Call) -> None:
    err = refused(call("trace", tmp_path, "--dataset", "DM", "--key", key, "--variable", "AGE"))
    assert "VARIABLE=value" in err


def test_trace_of_a_folder_that_is_no_output(tmp_path: Path, call: Call) -> None:
    err = refused(call("trace", tmp_path, "--dataset", "DM", "--key", "USUBJID=1", "--variable", "AGE"))
    assert "run.json" in err


def test_convert(tmp_path: Path, call: Call, small: tuple[Path, Done]) -> None:
    xpt = next((small[0] / "out").rglob("dm.xpt"))
    code, out, err = call("convert", xpt, tmp_path / "dm.json")
    assert (code, err) == (0, "")
    assert "16 rows" in out
    assert json.loads((tmp_path / "dm.json").read_text(encoding="utf-8"))["records"] == 16


def test_convert_to_an_unknown_format(tmp_path: Path, call: Call) -> None:
    (tmp_path / "dm.csv").write_text("A\n1\n", encoding="utf-8")
    assert ".docx" in refused(call("convert", tmp_path / "dm.csv", tmp_path / "dm.docx"))


def test_a_missing_option_shows_the_usage(call: Call) -> None:
    code, _, err = call("run", "demo")
    assert code == 2
    assert "--out" in err


# Unexpected errors


def fails(*_: object, **__: object) -> None:
    raise ZeroDivisionError("division by zero\n\nDid you mean 1?")  # Polars says things in paragraphs


def test_an_unexpected_error_is_one_sentence(
    tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interop.pipeline.run", fails)
    err = refused(call("run", "demo", "--out", tmp_path / "out"))
    assert "ZeroDivisionError" in err
    assert "report" in err
    assert "--debug" in err


@pytest.mark.parametrize("place", [0, 1, 4])
def test_debug_shows_the_traceback(place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interop.pipeline.run", fails)
    arguments = ["run", "demo", "--out", str(tmp_path / "out")]
    arguments.insert(place, "--debug")
    with pytest.raises(ZeroDivisionError):
        main(arguments)


# Progress


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of Unix")
def test_progress_on_a_terminal_goes_to_stderr_alone(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "interop.cli", "demo", "--subjects", "2", "--out", str(tmp_path / "out")]
    environment = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=environment) as done:
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b""))
        out, _ = done.communicate()
    os.close(ours)
    assert done.returncode == 0
    for step in (b"simulating", b"reading sources", b"writing"):
        assert step in shown
        assert step not in out


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says EIO when the other side has closed
        return b""


# The key of a trace


@pytest.mark.parametrize(
    ("given", "pairs"),
    [
        (["USUBJID=01-01,PARAMCD=PFS"], {"USUBJID": "01-01", "PARAMCD": "PFS"}),
        (["usubjid=01-01", "PARAMCD=PFS"], {"USUBJID": "01-01", "PARAMCD": "PFS"}),
        (["PARAM=Survival, overall"], {"PARAM": "Survival, overall"}),
        (["AESPID=E=1"], {"AESPID": "E=1"}),
    ],
)
def test_key(given: list[str], pairs: dict[str, str]) -> None:
    from interop.cli import _key

    assert _key(given) == pairs


def test_a_key_that_starts_without_a_variable() -> None:
    from interop.cli import _key

    with pytest.raises(UsageError, match="VARIABLE=value"):
        _key(["PFS,USUBJID=1"])
