"""The command `interop validate`. Its options answer to the names of CDISC's own command line too."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from interop.errors import UsageError
from interop.rules.threads import one_for_few

PathsArgument = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="PATH", help="An output of `interop run`, a submission, a folder of datasets, or files."
    ),
]
DataOption = Annotated[
    list[Path] | None,
    typer.Option("--data", "-d", "--dataset-path", "-dp", help="The same as PATH.", metavar="PATH"),
]
StandardOption = Annotated[
    str | None,
    typer.Option(
        "--standard", "-s", help="sdtmig, sendig or adamig; left out: what define.xml states.", metavar="NAME"
    ),
]
VersionOption = Annotated[
    str | None, typer.Option("--version", "-v", help="Its version, such as 3-4.", metavar="VERSION")
]
RulesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        "-lr",
        "--local-rules",
        help="Folder of rules besides those that ship; INTEROP_RULES names some too.",
        metavar="DIR",
    ),
]
RuleOption = Annotated[
    list[str] | None, typer.Option("--rule", "-r", help="This rule alone; may be repeated.", metavar="ID")
]
ExcludeOption = Annotated[
    list[str] | None,
    typer.Option("--exclude-rule", "-er", "--exclude-rules", help="Not this rule.", metavar="ID"),
]
DefineOption = Annotated[
    Path | None,
    typer.Option(
        "--define",
        "-dxp",
        "--define-xml-path",
        help="define.xml; left out: the one beside the datasets.",
        metavar="FILE",
    ),
]
CtOption = Annotated[
    list[str] | None,
    typer.Option(
        "--ct",
        "-ct",
        "--controlled-terminology-package",
        help="NCI's text or ODM file of a release of terminology; the first is judged by.",
        metavar="FILE",
    ),
]
MeddraOption = Annotated[
    Path | None, typer.Option("--meddra", help="Folder of MedDRA's ASCII files.", metavar="DIR")
]
LoincOption = Annotated[
    Path | None, typer.Option("--loinc", help="Folder with LOINC's Loinc.csv.", metavar="DIR")
]
UniiOption = Annotated[
    Path | None, typer.Option("--unii", help="Folder with UNII's UNII_Records_… file.", metavar="DIR")
]
SuppressionsOption = Annotated[
    Path | None,
    typer.Option(help="Findings that are explained, with their reasons (YAML).", metavar="FILE"),
]
OutOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--out",
        "-o",
        "--output",
        help="Report to write: .html, .xlsx, .csv or .json; may be repeated.",
        metavar="FILE",
    ),
]
FormatOption = Annotated[
    list[str] | None,
    typer.Option("--output-format", "-of", help="Format of an --out that has no suffix.", metavar="FORMAT"),
]


def validate(
    paths: PathsArgument = None,
    data: DataOption = None,
    standard: StandardOption = None,
    version: VersionOption = None,
    rules: RulesOption = None,
    rule: RuleOption = None,
    exclude_rule: ExcludeOption = None,
    define: DefineOption = None,
    ct: CtOption = None,
    meddra: MeddraOption = None,
    loinc: LoincOption = None,
    unii: UniiOption = None,
    suppressions: SuppressionsOption = None,
    out: OutOption = None,
    output_format: FormatOption = None,
) -> None:
    """Judge SDTM, SEND or ADaM datasets by rules: XPT, Dataset-JSON, CSV or Parquet."""
    given = [*(paths or ()), *(data or ())]
    if not given:
        raise UsageError(
            "name the datasets: interop validate PATH, where PATH is a folder or an output of ours"
        )
    targets = report_paths(out or (), output_format or ())
    one_for_few(given)
    from interop.output import now
    from interop.progress import progress
    from interop.rules.report import write_report
    from interop.rules.report.terminal import summary
    from interop.rules.validation import Request, hint, validated

    request = Request(
        tuple(given),
        standard,
        version,
        define,
        tuple(rules or ()),
        frozenset(rule or ()),
        frozenset(exclude_rule or ()),
        tuple(ct or ()),
        suppressions,
        {n: p for n, p in (("meddra", meddra), ("loinc", loinc), ("unii", unii)) if p is not None},
    )
    with progress() as say:
        report = validated(request, now(), say)
        say("writing")
        for target in targets:
            write_report(report, target)
    typer.echo(summary(report, targets, hint=hint(report)))
    if report.failed:
        raise typer.Exit(1)


def report_paths(out: list[Path] | tuple[Path, ...], formats: list[str] | tuple[str, ...]) -> list[Path]:
    """The files to write: `--out report --output-format XLSX` is report.xlsx. UsageError for what is none."""
    from interop.rules.report.write import SUFFIXES, check_path

    known = [s.removeprefix(".") for s in SUFFIXES]
    wanted = [f.lower().lstrip(".") for f in formats]
    if unknown := [f for f in wanted if f not in known]:
        raise UsageError(f"there is no report in the format {unknown[0]}; the formats are {', '.join(known)}")
    found = []
    for path in out or ((Path("validation-report"),) if wanted else ()):
        if path.suffix.lower() in SUFFIXES:
            found.append(path)
        elif path.is_dir():
            raise UsageError(f"{path} is a folder; name a file, such as {path / 'report.html'}")
        elif wanted:
            found += [path.with_name(f"{path.name}.{f}") for f in wanted]
        else:
            raise UsageError(f"{path}: name a report as .html, .xlsx, .csv or .json")
    for path in found:
        check_path(path)
        if not path.parent.is_dir():
            raise UsageError(f"there is no folder {path.parent} to write {path.name} to")
    return found
