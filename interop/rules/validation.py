"""What `interop validate` does: find datasets and their standards, judge each by its rules, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from time import perf_counter

import polars as pl

from interop.ct import SDTM_CT
from interop.errors import UsageError
from interop.outputfiles import NOTES
from interop.rules.data import Package, package_of
from interop.rules.engine import context_of, evaluate
from interop.rules.findings import Findings
from interop.rules.folders import Gathered, gather_rules, rule_folders
from interop.rules.language import Rule
from interop.rules.load import for_standard
from interop.rules.parts import ANALYSIS, Part, parts_of, run_of
from interop.rules.read import read_package
from interop.rules.report import Report, Suppressions, load_suppressions, make_report
from interop.rules.standards.dictionaries import Dictionaries
from interop.rules.standards.terminology import CtPackage, carried, read_ct


@dataclass(frozen=True)
class Request:
    """What to judge, by what. `paths` are folders, files or an output of ours; what is left out is found."""

    paths: tuple[Path, ...]
    standard: str | None = None
    version: str | None = None
    define: Path | None = None
    rules: tuple[Path, ...] = ()
    ids: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    ct: tuple[str, ...] = ()
    suppressions: Path | None = None
    dictionaries: Mapping[str, Path] = field(default_factory=dict)


def validated(
    request: Request, created: datetime, progress: Callable[[str], None] = lambda _: None
) -> Report:
    """The report on what is asked. Raises UsageError and InputError for inputs that cannot be used."""
    began = perf_counter()
    parts = parts_of(request.paths, request.standard, request.version, request.define)
    run = run_of(request.paths)
    notes = _suppressions(request, run)
    terminology = [_terminology(name) for name in request.ct]
    progress("reading rules")
    folders = rule_folders(request.rules)
    rules = [gather_rules(folders, (p.standard, p.version)) for p in parts]
    _known(request, parts, rules, folders)
    packages: list[Package] = []
    found: list[Findings] = []
    for part, gathered in zip(parts, rules, strict=True):
        progress(f"reading {part.standard} datasets")
        packages.append(read_package(part.folders))
        progress(f"{part.standard} {part.version}")
        found.append(_judged(part, packages, gathered.rules, request, terminology))
    whole = package_of([d for p in packages for d in p.datasets])
    said = [n for r in rules for n in r.notes()] + [n for p in packages for n in p.notes]
    return make_report(
        _together(found, said),
        whole,
        standards=[(p.standard, p.version) for p in parts],
        terminology=[t.name for t in terminology] or [carried(SDTM_CT).name],
        define=next((p.define for p in parts if p.define is not None), None),
        suppressions=notes,
        run=run,
        created=created,
        seconds=perf_counter() - began,
    )


def _judged(
    part: Part,
    packages: Sequence[Package],
    rules: Sequence[Rule],
    request: Request,
    terminology: Sequence[CtPackage],
) -> Findings:
    """Rules of analysis datasets see the tabulations too; those are not in their scope."""
    seen = packages if part.standard == ANALYSIS[0] else packages[-1:]
    package = package_of([d for p in reversed(seen) for d in p.datasets], unread=packages[-1].unread)
    chosen = [
        r
        for r in for_standard(rules, part.standard, part.version)
        if (not request.ids or r.id in request.ids) and r.id not in request.excluded
    ]
    context = context_of(package, part.standard, part.version, part.define, terminology)
    return evaluate(chosen, replace(context, dictionaries=Dictionaries(request.dictionaries)))


def _known(
    request: Request, parts: Sequence[Part], rules: Sequence[Gathered], folders: Sequence[Path]
) -> None:
    """A standard or rule that is not here is a mistake of the call, not a call without findings."""
    for part, gathered in zip(parts, rules, strict=True):
        if not for_standard(gathered.rules, part.standard, part.version):
            named = {f"{s.name} {s.version}" for r in gather_rules(folders).rules for s in r.standards}
            raise UsageError(
                f"no rule here is for {part.standard} {part.version}; the rules here are for "
                f"{', '.join(sorted(named))}"
            )
    here = {r.id for gathered in rules for r in gathered.rules}
    if missing := sorted((request.ids | request.excluded) - here):
        raise UsageError(
            f"no rule {missing[0]} for these datasets; `interop rules list` shows the rules that are here"
        )


def _suppressions(request: Request, run: Path | None) -> Suppressions | None:
    if request.suppressions is not None:
        return load_suppressions(request.suppressions)
    if run is not None and (run / NOTES).is_file():
        return load_suppressions(run / NOTES)
    return None


def _terminology(name: str) -> CtPackage:
    """A file of NCI's, or the name of a release that the product carries."""
    if Path(name).is_file():
        return read_ct(Path(name))
    package = carried(SDTM_CT)
    if name == package.name:  # as CDISC's engine wants it named
        return package
    raise UsageError(
        f"--ct {name}: no such file; name NCI's text or ODM file of the release ({package.name} is carried)"
    )


def _together(found: Sequence[Findings], notes: Sequence[str]) -> Findings:
    rules: dict[str, Rule] = {r.id: r for f in found for r in f.rules}
    return Findings(
        pl.concat([f.findings for f in found]),
        pl.concat([f.outcomes for f in found]),
        tuple(rules.values()),
        tuple(dict.fromkeys([*notes, *(n for f in found for n in f.notes)])),
    )


def hint(report: Report) -> str:
    """What to do where CDISC's own rules are not among those that were used."""
    if any(rule.startswith("CORE-") for rule in report.rules["rule"]):
        return ""
    return (
        "CDISC's own rules are not here: get them with `interop rules update`, or name a folder of them "
        "with --rules"
    )
