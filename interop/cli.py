"""The command line: `interop`. Heavy modules are imported inside the commands, so that `--help` is quick.

Exit codes: 0 done, no error-level issue; 1 done, with error-level issues; 2 the call or an input is unusable,
said in one sentence; 3 a mapping contradicts itself or its standard (a defect of a mapping, not of the data).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interop import __version__
from interop.errors import InteropError, UsageError
from interop.progress import progress
from interop.rulescli import app as rules
from interop.validatecli import validate

if TYPE_CHECKING:
    from interop.pipeline import Run
    from interop.simulate import Simulated

app = typer.Typer(
    name="interop",
    help="Trial records to FHIR R4, SDTM and ADaM, every value traceable to its source cell.",
    epilog="Example: interop demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

StudyArgument = Annotated[
    str,
    typer.Argument(
        metavar="STUDY", help="A study that ships (`interop studies`), or a folder with study.yaml."
    ),
]
SourceOption = Annotated[
    Path, typer.Option(help="Folder with the source files, a file a form.", metavar="PATH")
]
OwnSourceOption = Annotated[
    Path | None,
    typer.Option(
        help="Folder or file with the source data; left out: the study's own `source` folder.", metavar="PATH"
    ),
]
SubjectsOption = Annotated[int, typer.Option(help="How many subjects to simulate.", min=1, metavar="N")]
SeedOption = Annotated[int, typer.Option(help="The same seed gives the same data.", min=0, metavar="S")]
OutOption = Annotated[Path, typer.Option(help="Folder to write; made, and replaced whole.", metavar="DIR")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is in the output folder.")]


@app.callback()
def _interop(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=lambda asked: _print_version(asked), is_eager=True, help="Show the version."
        ),
    ] = False,
    _debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")
    ] = False,
) -> None:
    pass


@app.command(epilog="Example: interop demo --out my-demo")
def demo(
    out: OutOption = Path("interop-demo"),
    subjects: SubjectsOption = 60,
    seed: SeedOption = 1,
    force: ForceOption = False,
) -> None:
    """Simulate the reference trial into DIR-source, defects planted; run it into DIR; judge the package."""
    from interop.output import check_target

    source = out.with_name(f"{out.name}-source")
    for folder in (out, source):
        check_target(folder, force=force)
    _simulate("glofit-cart", source, formats=("csv",), subjects=subjects, seed=seed, force=force)
    _run("glofit-cart", source / "csv", out, force=force, expected=True)
    _judge(out)


@app.command(epilog="Example: interop simulate glofit-cart --subjects 100 --format csv --out simulated")
def simulate(
    study: StudyArgument,
    out: OutOption,
    subjects: SubjectsOption = 60,
    seed: SeedOption = 1,
    formats: Annotated[
        list[str],
        typer.Option("--format", help="csv, odm or odm-transactional; may be given again.", metavar="FORMAT"),
    ] = ["csv", "odm"],  # noqa: B006
    force: ForceOption = False,
) -> None:
    """Write simulated source data of a study, with their truth and the list of planted defects."""
    made = _simulate(study, out, formats=formats, subjects=subjects, seed=seed, force=force)
    typer.echo(f"{out}: {made.subjects:,} subjects, {made.defects.height:,} planted defects")


@app.command(epilog="Example: interop run lzzt --source exports/lzzt --out out/lzzt")
def run(
    study: StudyArgument, out: OutOption, source: OwnSourceOption = None, force: ForceOption = False
) -> None:
    """Sources to everything: FHIR, SDTM, ADaM, the package, lineage and issues."""
    _run(study, _own(study) if source is None else source, out, force=force)


@app.command(epilog="Example: interop fhir demo --source exports/demo --out out/fhir")
def fhir(study: StudyArgument, source: SourceOption, out: OutOption, force: ForceOption = False) -> None:
    """Sources to FHIR R4 alone: NDJSON a resource type, and a bundle a subject."""
    _run(study, source, out, force=force, stages=("fhir",))


@app.command(epilog="Example: interop sdtm demo --source exports/demo --out out/sdtm")
def sdtm(study: StudyArgument, source: SourceOption, out: OutOption, force: ForceOption = False) -> None:
    """Sources to SDTM alone: XPT, Dataset-JSON and Define-XML."""
    _run(study, source, out, force=force, stages=("sdtm",))


@app.command(epilog="Example: interop adam demo --source exports/demo --out out/adam")
def adam(study: StudyArgument, source: SourceOption, out: OutOption, force: ForceOption = False) -> None:
    """Sources to ADaM, with the SDTM it is made from: XPT, Dataset-JSON and Define-XML."""
    _run(study, source, out, force=force, stages=("adam",))


@app.command(epilog="Example: interop convert dm.xpt dm.json")
def convert(
    source: Annotated[Path, typer.Argument(metavar="IN", help="File to read.")],
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="File to write; its suffix names the format.")
    ],
) -> None:
    """Convert a dataset between XPT, Dataset-JSON (.json, .ndjson), CSV and Parquet."""
    from interop.package.convert import convert as convert_file

    done = convert_file(source, target)
    typer.echo(f"{done.target}: {done.rows:,} rows, {done.columns} columns")
    for note in done.notes:
        typer.echo(f"note: {note}")


@app.command(
    epilog="Example: interop trace out/demo --dataset ADTTE "
    "--key USUBJID=DEMO01-101-001,PARAMCD=PFS --variable AVAL"
)
def trace(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder that `interop run` wrote.")],
    dataset: Annotated[str, typer.Option(help="Dataset, or FHIR resource type.", metavar="NAME")],
    key: Annotated[
        list[str],
        typer.Option(
            help="Variables that name the row, as VAR=value,VAR=value; may be repeated. Of FHIR: id=value.",
            metavar="KEY",
        ),
    ],
    variable: Annotated[str, typer.Option(help="Variable or element to follow.", metavar="NAME")],
) -> None:
    """Follow a value back to the source cells it was made from."""
    from interop.trace import trace_output

    typer.echo(trace_output(out, dataset, _key(key), variable))


app.command(epilog="Example: interop validate out/demo --out findings.html")(validate)
app.add_typer(rules, name="rules")


@app.command(epilog="Example: interop studies")
def studies() -> None:
    """List the studies that ship with the product."""
    from interop.studyfile import load_study, study_names

    for name in study_names():
        typer.echo(f"{name:<12} {load_study(name).title}")


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit; `argv` without the program's name (default: of this process)."""
    given = list(sys.argv[1:] if argv is None else argv)
    arguments = [a for a in given if a != "--debug"]  # it may stand anywhere
    try:
        app(arguments, prog_name="interop")
    except InteropError as error:
        _exit(error.exit_code, str(error))
    except OSError as error:
        if "--debug" in given:
            raise
        place = f"{error.filename}: " if error.filename else ""
        _exit(2, f"{place}{error.strerror or error}.")
    except Exception as error:
        if "--debug" in given:
            raise
        _exit(
            2,
            f"unexpected {type(error).__name__}: {' '.join(str(error).split())}. This is a defect of the "
            "program: please report it in the project's issue tracker with what --debug shows, patient data "
            "removed.",
        )


def _simulate(
    study: str, out: Path, *, formats: Sequence[str], subjects: int, seed: int, force: bool
) -> Simulated:
    from interop.output import replacing_folder
    from interop.simulate import simulate as simulate_study
    from interop.studyfile import load_study

    trial = load_study(study)
    with progress() as say, replacing_folder(out, force=force) as folder:
        say("simulating")
        return simulate_study(trial, subjects=subjects, seed=seed, formats=formats, out=folder)


def _own(study: str) -> Path:
    """The source data that ship with a study."""
    from interop.studyfile import load_study

    source = load_study(study).folder / "source"
    if not source.is_dir():
        raise UsageError(f"the study {study} ships no source data; name them with --source")
    return source


def _run(
    study: str,
    source: Path,
    out: Path,
    *,
    force: bool,
    stages: Iterable[str] | None = None,
    expected: bool = False,
) -> None:
    from time import perf_counter

    from interop.output import check_target
    from interop.pipeline import STAGES
    from interop.pipeline import run as run_study
    from interop.report.terminal import summary

    check_target(out, force=force)
    began = perf_counter()
    with progress() as say:
        done: Run = run_study(study, source, stages=stages or STAGES, progress=say)
        say("writing")
        paths = done.write(out, force=force)
    typer.echo(summary(done, paths, out, perf_counter() - began, _program()))
    if done.failed and not expected:
        raise typer.Exit(1)


def _judge(out: Path) -> None:
    """Put a conformance report beside the run's report, and say the outcome in a line."""
    from interop.output import now
    from interop.rules.report import write_report
    from interop.rules.report.terminal import verdict
    from interop.rules.validation import Request, validated

    target = out / "report" / "conformance.html"
    with progress() as say:
        report = validated(Request((out,)), now(), say)
        write_report(report, target)
    typer.echo(f"Conformance: {target}\n  {verdict(report)}")


def _program() -> str:
    """How to call this program again: by its path where `interop` is not on the search path (`make demo`)."""
    from shutil import which

    called = sys.argv[0]
    return called if Path(called).stem == "interop" and not which("interop") else "interop"


def _key(given: Sequence[str]) -> dict[str, str]:
    """`USUBJID=01-01,PARAMCD=PFS` ─▶ the pairs; a value may hold a comma if what follows has no `=`."""
    pairs: list[tuple[str, str]] = []
    for part in (p for text in given for p in text.split(",")):
        name, equals, value = part.partition("=")
        if equals and name.strip():
            pairs.append((name.strip().upper(), value.strip()))
        elif pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]},{part}")
        else:
            raise UsageError(
                f"--key {part}: write VARIABLE=value, such as USUBJID=DEMO01-101-001,PARAMCD=PFS"
            )
    return dict(pairs)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"interop {__version__}")
        raise typer.Exit


def _exit(code: int, sentence: str) -> None:
    typer.echo(f"interop: {sentence}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
