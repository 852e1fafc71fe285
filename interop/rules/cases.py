"""The cases of rules: their data and settings, what is expected of them, and the findings against that."""

from __future__ import annotations

import ast
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
from interop.rules.read import read_package
from interop.rules.rulesct import CtPackage, read_ct

Cell = tuple[str, str, str, str]
"""Dataset, record (empty for a whole dataset), variable, value."""


@dataclass(frozen=True, slots=True)
class Case:
    """A case of a rule. `expected` is None where no results are known."""

    rule: str
    name: str
    folder: Path
    expected: frozenset[Cell] | None
    negative: bool


@dataclass(frozen=True, slots=True)
class CaseResult:
    """`agrees`: "exactly", "records", or "" for a difference; `reason` says why a rule did not run.

    `expected` and `found` are numbers of records flagged (of datasets, where the rule is about datasets).
    `stale` says what the expected results have that the case's data have not: they were of other data.
    """

    rule: str
    case: str
    expected: int | None
    found: int
    agrees: str
    not_executed: str = ""
    crashed: str = ""
    stale: str = ""
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


def read_results(path: Path) -> frozenset[Cell]:
    text = path.read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(text, newline="")))
    return frozenset((r["Dataset"].upper(), same(r["Record"]), r["Variable"], same(r["Value"])) for r in rows)


def run_case(rule: Rule, case: Case) -> CaseResult:
    settings = read_settings(case.folder / "data" / ".env")
    expected = None if case.expected is None else len(flagged(case.expected, rule))
    try:
        package = read_package(case.folder / "data")
        standard, version = standard_of(rule, settings)
        context = context_of(package, standard, version, _define(case, settings), _ct(case))
        if lacking := _terminology(rule, settings, context):
            return CaseResult(case.rule, case.name, expected, 0, "", not_executed=lacking)
        found = evaluate([rule], context)
    except InteropError as error:
        return CaseResult(case.rule, case.name, expected, 0, "", not_executed=str(error))
    return judged(rule, case, found, package)


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
    expected, flags = flagged(wanted, rule), flagged(cells, rule)
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
        tuple(sorted(wanted - cells)),
        tuple(sorted(cells - wanted)),
    )


def stale(rule: Rule, case: Case, expected: frozenset[Cell], package: Package) -> str:
    """How the expected results contradict the case's own data, rule or folder: they were made for others."""
    if bool(expected) != case.negative:
        return (
            "a negative case of which nothing is expected"
            if case.negative
            else "a positive case with findings"
        )
    names = {d.name for d in package.datasets}
    study = rule.type.startswith("Domain Presence")
    other = sorted({c[0] for c in expected} - ({STUDY} if study else names))
    if other:
        return f"{other[0]} is none of the case's datasets" if not study else f"{other[0]} for the study"
    if rule.sensitivity == "Dataset" and any(c[1] for c in expected):
        return "records, where the rule is about datasets"
    shown = {o.replace("--", d.wildcard, 1) for o in rule.outputs for d in package.datasets}
    columns = {c for d in package.datasets for c in d.data.columns}
    alien = sorted({c[2] for c in expected} - shown - columns)
    if rule.outputs and alien:
        return f"{alien[0]} is no output variable of the rule"
    return _other_data(expected, package) if rule.type == "Record Data" else ""


def _other_data(expected: Iterable[Cell], package: Package) -> str:
    datasets = {d.name: d for d in package.datasets}
    for name, record, variable, value in sorted(expected):
        data = datasets[name].data
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


def cells_of(found: Findings) -> frozenset[Cell]:
    """What was found, one cell a variable."""
    frame = found.findings.explode("variables", "values").select(
        "dataset", pl.col("record").cast(pl.String).fill_null(""), "variables", pl.col("values").fill_null("")
    )
    return frozenset((d.upper(), r, v or "", same(x)) for d, r, v, x in frame.iter_rows())


def flagged(cells: Iterable[Cell], rule: Rule) -> frozenset[tuple[str, str]]:
    """The records flagged; of a rule about whole datasets the datasets, of one about the study the study.

    The expected results come from several versions of CDISC's engine, which name these differently.
    """
    if rule.type.startswith("Domain Presence"):
        return frozenset((STUDY, "") for _ in cells)
    whole = rule.sensitivity in ("Dataset", "Study")
    return frozenset((c[0], "" if whole else c[1]) for c in cells)


def same(value: str | None) -> str:
    """One spelling of equal values: 2 for 2.0, lists without regard to quotes."""
    text = (value or "").strip()
    if text == "null":
        return ""
    if text.startswith("[") and text.endswith("]"):
        try:
            return str([same(str(v)) for v in ast.literal_eval(text)])
        except (ValueError, SyntaxError):
            return text
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() and abs(number) < 1e15 else str(number)
