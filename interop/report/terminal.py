"""The summary that ends a run on a terminal: what was written and where, issues by rule, what to try next."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from polars import col

from interop.issues import SEVERITIES
from interop.outputfiles import RUN
from interop.sentence import counted

if TYPE_CHECKING:
    from interop.pipeline import Run

WIDTH = 110
GLUE = "\N{NO-BREAK SPACE}"  # a name and its number stay on one line
RULES = 30  # as many lines of issues as a person reads; all of them are in issues.csv
STANDARDS = {"sdtmig34": "SDTM", "adamig13": "ADaM"}


def summary(run: Run, paths: Sequence[Path], out: Path, seconds: float, program: str = "interop") -> str:
    """Lines of text: sources, targets with rows and folder, issues, the files to open, the next command, and
    last the page that shows it all.

    `seconds` is what the run took, `program` how the command line was called.
    """
    rows = sum(f.rows for f in run.records.files)
    lines = [
        f"{run.study.id}: {rows:,} source rows of {counted(len(run.records.files), 'file')}, {seconds:.1f} s",
        "",
    ]
    counts = dict(sorted(run.fhir_said.counts.items()))
    if counts:
        lines += _target("FHIR R4", counts, "resource", out / "fhir")
    for standard, name in STANDARDS.items():
        counts = {n: len(b.data) for n, b in run.built.items() if b.spec.standard == standard and len(b.data)}
        folders = {p.parent for p in paths if p.suffix == ".xpt" and p.stem.upper() in counts}
        for folder in sorted(folders):
            lines += _target(name, counts, "row", folder)
    lines += [*_issues(run.all_issues), "", *_files(paths, out)]
    example = _next(run, out, program)
    if example:
        lines += ["", f"Next: {example}"]
    if page := next((p for p in paths if p == out / "report" / "index.html"), None):
        lines += ["", f"Report: {page}"]
    return "\n".join(lines)


def _target(name: str, counts: Mapping[str, int], what: str, folder: Path) -> list[str]:
    said = ", ".join(f"{n}{GLUE}{rows:,}" for n, rows in sorted(counts.items()))
    wrapped = textwrap.wrap(said, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    lines = [line.replace(GLUE, " ") for line in wrapped]
    return [f"{name}: {counted(sum(counts.values()), what)} in {folder}", *lines, ""]


def _issues(found: pl.DataFrame) -> Iterator[str]:
    counts = {s: found.filter(col("severity") == s).height for s in SEVERITIES}
    told = (
        counted(counts["error"], "error"),
        counted(counts["warning"], "warning"),
        f"{counts['info']:,} info",
    )
    yield f"Issues: {', '.join(told)}"
    order = pl.col("severity").replace_strict(list(SEVERITIES), range(3), return_dtype=pl.Int8)
    rules = found.group_by("severity", "target", "variable", "rule").len().with_columns(order=order)
    listed = [
        (r["severity"], f"{r['len']:,}", ".".join(filter(None, (r["target"], r["variable"]))), r["rule"])
        for r in rules.sort("order", "target", "variable", "rule").iter_rows(named=True)
    ]
    widths = [max(map(len, column), default=0) for column in zip(*listed[:RULES], strict=True)]
    for severity, count, place, rule in listed[:RULES]:
        yield f"  {severity:<{widths[0]}}  {count:>{widths[1]}}  {place:<{widths[2]}}  {rule}"
    if len(listed) > RULES:
        yield f"  and {counted(len(listed) - RULES, 'rule')} more"


def _files(paths: Sequence[Path], out: Path) -> Iterator[str]:
    """The files that a person opens first."""
    for title, wanted in (
        ("Define-XML", "define.xml"),
        ("Issues", "issues.csv"),
        ("About the run", RUN),
    ):
        for path in sorted(p for p in paths if p.name == wanted):
            yield f"{title + ':':<15}{path}"
    yield f"{'All files:':<15}{counted(len(paths), 'file')} in {out}"


def _next(run: Run, out: Path, program: str) -> str:
    """A trace command that works on what was just written; prefers an event of time-to-event data."""
    wishes = (
        ("ADTTE", "AVAL", col("CNSR") == 0),
        ("ADSL", "TRTSDT", col("TRTSDT").is_not_null()),
        ("DM", "RFSTDTC", pl.lit(True)),
    )
    for dataset, variable, wanted in wishes:
        if dataset not in run.built:
            continue
        built = run.built[dataset]
        rows = built.data.filter(wanted)
        if len(rows):
            keys = built.spec.one_per or built.spec.row_id
            key = ",".join(f"{k}={rows[k][0]}" for k in keys)
            words = (program, "trace", str(out), "--dataset", dataset, "--key", key, "--variable", variable)
            return shlex.join(words)
    return ""
