"""`interop rules`: try rules on their cases, fetch the newest, list those that are here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="rules",
    help="Conformance rules: try them on their cases, fetch CDISC's newest, list them.",
    epilog="Example: interop rules update",
    no_args_is_help=True,
    rich_markup_mode=None,
)

RulesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--rules",
        help="Folder of rules, believed before those of INTEROP_RULES, the fetched and the shipped ones; "
        "may be given again.",
        metavar="DIR",
    ),
]


@app.command("test", epilog="Example: interop rules test my-rules --json agreement.json")
def try_rules(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder with rules' positive and negative cases.")
    ],
    rules: Annotated[
        Path | None,
        typer.Option(help="Folder of the rules; left out: they lie beside their cases.", metavar="DIR"),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the outcome of each case here.", metavar="FILE")
    ] = None,
    rule: Annotated[
        list[str] | None, typer.Option("--rule", help="Only this rule; may be given again.", metavar="ID")
    ] = None,
) -> None:
    """Run rules on their cases and compare with what is expected; exit code 1 where a case differs."""
    import json

    from interop.errors import UsageError
    from interop.progress import progress
    from interop.rules.testing import said, test_rules

    for place in (folder, *([rules] if rules else [])):
        if not place.is_dir():
            raise UsageError(f"{place} is no folder")
    with progress() as say:
        say("trying rules on their cases")
        agreement = test_rules(folder, rules, rule)
    if not agreement.results and not agreement.without_rule:
        which = f" of {', '.join(rule)}" if rule else ""
        raise UsageError(
            f"{folder} has no cases{which}: they are ID/positive/01/data and ID/negative/01/data"
        )
    if json_file is not None:
        text = json.dumps(agreement.to_json(), ensure_ascii=False, indent=1)
        json_file.write_text(text + "\n", encoding="utf-8")
    for line in said(agreement):
        typer.echo(line)
    if not agreement.agrees:
        raise typer.Exit(1)


@app.command(epilog="Example: interop rules update --from library")
def update(
    source: Annotated[
        str,
        typer.Option(
            "--from",
            help="github: CDISC's open rules; library: the CDISC Library, with your key in "
            "CDISC_LIBRARY_API_KEY.",
            metavar="github|library",
        ),
    ] = "github",
    to: Annotated[
        Path | None,
        typer.Option(
            help="Folder to keep them in; left out: the one that `interop validate` reads.", metavar="DIR"
        ),
    ] = None,
    ref: Annotated[str | None, typer.Option(help="Branch, tag or commit, of github.", metavar="REF")] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Another server that answers the same way.", metavar="URL")
    ] = None,
) -> None:
    """Fetch CDISC's newest rules, check each, and put them in place of the last ones, whole or not at all."""
    from interop.errors import UsageError
    from interop.progress import progress
    from interop.rules.folders import updated_folder
    from interop.rules.update import SOURCES, said
    from interop.rules.update import update as update_rules

    if source not in SOURCES:
        raise UsageError(f"--from {source}: rules come from {' or '.join(SOURCES)}")
    with progress() as say:
        say("fetching rules")
        done = update_rules(
            to or updated_folder(),
            source,  # type: ignore[arg-type]
            ref=ref,
            base_url=base_url,
        )
    for line in said(done):
        typer.echo(line)


@app.command("list", epilog="Example: interop rules list --standard SDTMIG --version 3.4")
def list_rules(
    standard: Annotated[
        str | None,
        typer.Option("--standard", "-s", help="Rules for this standard, such as SDTMIG.", metavar="NAME"),
    ] = None,
    version: Annotated[
        str | None,
        typer.Option("--version", "-v", help="Rules for this version, such as 3.4.", metavar="VERSION"),
    ] = None,
    rules: RulesOption = None,
) -> None:
    """List rules: id, severity and what they say."""
    from interop.errors import UsageError
    from interop.rules.folders import gather_rules, rule_folders
    from interop.rules.load import for_standard
    from interop.rules.report.severity import severity

    if version is not None and standard is None:
        raise UsageError("--version is of a standard; name it with --standard")
    found = gather_rules(rule_folders(rules or ()))
    shown = found.rules if standard is None else for_standard(found.rules, standard, version)
    width = max((len(r.id) for r in shown), default=0)
    for rule in shown:
        typer.echo(f"{rule.id:<{width}}  {severity(rule):<7}  {rule.description}")
    typer.echo(f"{len(shown):,} rules")
    for note in found.notes():
        typer.echo(f"note: {note}", err=True)
