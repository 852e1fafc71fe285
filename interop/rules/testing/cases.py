"""The cases of rules: their data and settings, what is expected of them, and the findings against that."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import polars as pl

from interop.errors import InteropError
from interop.rules.context import Context
from interop.rules.data import Package
from interop.rules.engine import DEFECT, context_of, evaluate
from interop.rules.findings import Findings
from interop.rules.frames import STUDY
from interop.rules.language import Rule
from interop.rules.outcome import NotExecutableError
from interop.rules.read import read_package
from interop.rules.standards.terminology import CtPackage, read_ct
from interop.rules.testing.cells import Cell, Cells, cells_of, flagged, paired, same


@dataclass(frozen=True, slots=True)
class Case:
    """A case of a rule. `expected` is None where no results are known."""

    rule: str
    name: str
    folder: Path
    expected: Cells | None
    negative: bool


@dataclass(frozen=True, slots=True)
class CaseResult:
    """`agrees`: "exactly", "records", or "" for a difference; `reason` says why a rule did not run.

    `expected` and `found` are numbers of records flagged (of datasets, where the rule is about datasets).
    `verbatim`: both sides agree as they stand, without the one name of `cells`. `stale` says what the
    expected results have that the case's data have not: they were of other data.
    """

    rule: str
    case: str
    expected: int | None
    found: int
    agrees: str
    not_executed: str = ""
    crashed: str = ""
    stale: str = ""
    verbatim: bool = False
    missing: tuple[Cell, ...] = ()
    extra: tuple[Cell, ...] = ()


def cases(folder: Path) -> Iterator[Case]:
    """The cases below a folder, in order."""
    for kind in sorted(folder.rglob("*tive")):
        if kind.name not in ("positive", "negative") or not kind.is_dir():
            continue
        for place in sorted(p for p in kind.iterdir() if (p / "data").is_dir()):
            results = place / "results" / "results.csv"
            expected = read_results(results) if results.is_file() else None
            name = f"{kind.name}/{place.name}"
            yield Case(kind.parent.name, name, place, expected, kind.name == "negative")


def read_results(path: Path) -> Cells:
    text = path.read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text, newline="")))
    return frozenset((r["Dataset"].upper(), same(r["Record"]), r["Variable"], same(r["Value"])) for r in rows)


def run_case(rule: Rule, case: Case) -> CaseResult:
    expected = None if case.expected is None else len(flagged(case.expected))
    try:
        context = case_context(rule, case)
        found = evaluate([rule], context)
    except (InteropError, NotExecutableError) as error:
        return CaseResult(case.rule, case.name, expected, 0, "", not_executed=str(error))
    return judged(rule, case, found, context.package)


def case_context(rule: Rule, case: Case) -> Context:
    """The datasets and settings of a case.

    Raises InputError for what cannot be read, NotExecutableError where the terminology that it names is not
    here and its rule asks for terminology.
    """
    settings = read_settings(case.folder / "data" / ".env")
    package = read_package(case.folder / "data")
    if package.unread:
        raise NotExecutableError(f"{package.unread[0].file}: {package.unread[0].reason}")
    standard, version = standard_of(rule, settings)
    context = context_of(package, standard, version, _define(case, settings), _ct(case))
    if lacking := _terminology(rule, settings, context):
        raise NotExecutableError(lacking)
    return context


def judged(rule: Rule, case: Case, found: Findings, package: Package) -> CaseResult:
    """A case's findings against those expected."""
    reason = _reason(found)
    crashed = reason if reason.startswith(DEFECT) else ""
    cells = cells_of(found)
    if case.expected is None:
        count = found.findings.height
        agrees = "folder" if bool(count) == case.negative and not reason else ""
        return CaseResult(case.rule, case.name, None, count, agrees, reason, crashed)
    # A dataset named alone, without record and variable, is one that CDISC's engine came to no answer on.
    unanswered = {c[0] for c in case.expected if not any(c[1:])}
    wanted = frozenset(c for c in case.expected if c[0] not in unanswered)
    cells = frozenset(c for c in cells if c[0] not in unanswered)
    verbatim = cells == wanted
    wanted, cells = paired(wanted, cells, rule, package)
    expected, flags = flagged(wanted), flagged(cells)
    agrees = "exactly" if cells == wanted else "records" if flags == expected else ""
    if reason and not wanted:
        agrees = ""  # nothing found by a rule that was not executed is no agreement
    return CaseResult(
        case.rule,
        case.name,
        len(expected),
        len(flags),
        agrees,
        reason,
        crashed,
        "" if agrees == "exactly" else stale(rule, case, wanted, package),
        verbatim and agrees == "exactly",
        tuple(sorted(wanted - cells)),
        tuple(sorted(cells - wanted)),
    )


def stale(rule: Rule, case: Case, expected: Cells, package: Package) -> str:
    """How the expected results (as `paired` names them) contradict the case's own data, rule or folder."""
    if bool(expected) != case.negative:
        return (
            "a negative case of which nothing is expected"
            if case.negative
            else "a positive case with findings"
        )
    names = {STUDY} if rule.about_study else {n for d in package.datasets for n in (d.name, d.unsplit)}
    other = sorted({c[0] for c in expected} - names)
    if other:
        return f"{other[0]} is none of the case's datasets"
    named = rule.outputs or tuple(c.target for c in rule.conditions())
    shown = {o.replace("--", d.wildcard, 1) for o in named for d in package.datasets}
    columns = {c for d in package.datasets for c in d.data.columns}
    alien = sorted({c[2] for c in expected} - shown - columns)
    if alien:
        return f"{alien[0]} is no output variable of the rule"
    return _other_data(expected, package) if rule.type == "Record Data" and not rule.about_whole else ""


def _other_data(expected: Iterable[Cell], package: Package) -> str:
    frames = {n: package.whole(d) for d in package.datasets for n in (d.name, d.unsplit)}
    for name, record, variable, value in sorted(expected):
        data = frames[name]
        if not record.isdigit():
            continue
        if int(record) > data.height:
            return f"{name} has {data.height} records, not {record}"
        if variable in data.columns:
            actual = same(_shown(data[variable][int(record) - 1]))
            if actual != value:
                return f"{name}.{variable} of record {record} is {actual!r}, not {value!r}"
    for dataset in package.datasets:
        for meta in dataset.variables:
            if meta.type == "Num" and dataset.data.schema.get(meta.name) == pl.String:
                return f"{dataset.name}.{meta.name} is Num and holds text, which CDISC's engine cannot read"
    return ""


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _define(case: Case, settings: dict[str, str]) -> Path | None:
    name = settings.get("DEFINE_XML")
    return case.folder / "data" / name if name else None


def _ct(case: Case) -> list[CtPackage]:
    return [read_ct(p) for p in sorted((case.folder / "data").glob("*Terminology*.txt"))]


def _terminology(rule: Rule, settings: dict[str, str], context: Context) -> str:
    """The release that the case names, where the rule asks for terminology and it is not here."""
    named = settings.get("CT", "")
    asks = any("codelist" in o.operator for o in rule.operations)
    if not named or not asks or context.terminology.find(named) is not None:
        return ""
    return f"the terminology {named} is not here"


def _reason(found: Findings) -> str:
    reasons = found.not_executed["reason"].unique(maintain_order=True).to_list()
    return "; ".join(reasons)


def read_settings(path: Path) -> dict[str, str]:
    """PRODUCT, VERSION and more, as lines NAME=value."""
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {k.strip(): v.strip() for k, v in pairs}


def standard_of(rule: Rule, settings: dict[str, str]) -> tuple[str, str]:
    """The standard that the case names, else the last that the rule names."""
    name, version = settings.get("PRODUCT", ""), settings.get("VERSION", "")
    if name and version:
        return name.upper(), version
    known = [(s.name, s.version) for s in rule.standards if s.name and s.version]
    wanted = [k for k in known if not name or k[0].upper() == name.upper()] or known or [("SDTMIG", "3.4")]
    return max(wanted, key=lambda k: k[1])
