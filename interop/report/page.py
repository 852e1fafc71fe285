"""OUT/report/index.html: what a run found, on one page that needs nothing but itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from polars import col

from interop import __version__
from interop.report.curves import months, survival_figures
from interop.report.findings import events_section, issues_section
from interop.report.flowchart import flowchart
from interop.report.markup import Markup, el, join, table, unbroken
from interop.report.rates import rates_figure
from interop.report.results import ALL, Results, results
from interop.report.swimmer import swimmer

if TYPE_CHECKING:
    from interop.pipeline import Run

FOLDER = "report"
Section = tuple[str, str, Markup]  # id, title, content


def write_report(run: Run, out: Path, created: datetime) -> Path:
    """Write `out`/report/index.html and return its path. Links lead to the files that `out` holds by then."""
    page = out / FOLDER / "index.html"
    page.parent.mkdir(exist_ok=True)
    page.write_text(report_page(run, out, created), encoding="utf-8", newline="\n")
    return page


def report_page(run: Run, out: Path, created: datetime) -> str:
    """The page as text. A section stands where its data do."""
    found = results(run)
    sections = [s for s in _sections(run, found, out) if s[2]]
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    links = [el("li", el("a", title, href=f"#{name}")) for name, title, _ in sections]
    body = [el("section", el("h2", title), content, id=name) for name, title, content in sections]
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", f"{run.study.id}: report"),
        el("style", Markup(style)),
    )
    shown = el(
        "body",
        el("header", el("div", _header(run), el("nav", el("ul", links), aria_label="Sections"))),
        el("main", _cards(run, found), body),
        el(
            "footer",
            f"Made {created:%d %B %Y, %H:%M} UTC by interop {__version__}. Every number above follows from "
            "the datasets linked here; `interop trace` leads each value back to its source cell.",
        ),
    )
    return f'<!DOCTYPE html>\n<html lang="en">{head}{shown}</html>\n'


def _sections(run: Run, found: Results, out: Path) -> Iterator[Section]:
    nothing = Markup("")
    yield "endpoints", "Endpoints", _endpoints(run, found)
    yield "flow", "Flow of subjects", flowchart(found.flow) if len(found.flow) else nothing
    yield "response", "Response", rates_figure(found.rates) if len(found.rates) else nothing
    yield (
        "survival",
        "Time to event",
        survival_figures(found.curves, found.times) if len(found.times) else nothing,
    )
    yield "subjects", "Subject by subject", swimmer(run) if len(found.rates) else nothing
    yield "safety", "Adverse events", events_section(found.events) if len(found.events) else nothing
    yield "assumptions", "Assumptions", _assumptions(run)
    yield "issues", "Issues", issues_section(run.all_issues)
    yield "outputs", "Outputs", _outputs(out)


def _header(run: Run) -> Markup:
    study = run.study
    about = [el("p", study.id, class_="id"), el("h1", unbroken(study.title))]
    if run.simulated:
        about.append(el("p", "Simulated data: no result on this page is of a person.", class_="simulated"))
    if study.condition:
        about.append(el("p", study.condition, class_="soft"))
    if study.description:
        about.append(el("p", study.description))
    return join(about)


def _cards(run: Run, found: Results) -> Markup:
    """The numbers to see first."""
    cards: list[tuple[str, str, str]] = []
    if "ADSL" in run.built:
        adsl = run.built["ADSL"].table
        cards.append(("Subjects", f"{len(adsl)}", f"{adsl['SITEID'].n_unique()} sites"))
    for code in dict.fromkeys(p for e in run.study.endpoints for p in e.parameters):
        for name, value, more in _result(found, code):
            cards.append((name, value, more))
    counts = dict(run.all_issues.group_by("severity").len().iter_rows())
    rows = sum(f.rows for f in run.records.files)
    cards.append(("Source rows", f"{rows:,}", f"{len(run.records.files)} files"))
    said = f"{counts.get('warning', 0)} warnings, {counts.get('info', 0)} info"
    cards.append(("Issues that are errors", f"{counts.get('error', 0)}", said))
    shown = [el("div", el("dt", name), el("dd", value, el("small", more))) for name, value, more in cards]
    return el("dl", shown, class_="cards")


def _result(found: Results, code: str) -> Iterator[tuple[str, str, str]]:
    """Name, value and interval of a parameter, of all its subjects."""
    for r in found.rates.filter(col("PARAMCD") == code, col("GROUP") == ALL).iter_rows(named=True):
        interval = f"{r['n']} of {r['N']}; {r['lower'] * 100:.1f} to {r['upper'] * 100:.1f} %"
        yield r["PARAM"], f"{r['rate'] * 100:.1f} %", interval
    for r in found.times.filter(col("PARAMCD") == code, col("GROUP") == ALL).iter_rows(named=True):
        median = "not reached" if r["median"] is None else f"{months(r['median'])} mo"
        interval = (
            f"{r['events']} events of {r['N']}; {months(r['median_lower'])} to {months(r['median_upper'])}"
        )
        yield f"{r['PARAM'].partition(':')[0]}, median", median, interval


def _endpoints(run: Run, found: Results) -> Markup:
    rows = []
    for e in run.study.endpoints:
        values = [f"{value} ({more})" for p in e.parameters for _, value, more in _result(found, p)]
        shown = (unbroken(e.name), e.level, unbroken(e.definition), unbroken(e.window or ""))
        rows.append((*shown, "; ".join(values) or "–"))
    if not rows:
        return Markup("")
    head = ("Endpoint", "Level", "Definition", "Window", "Result, all subjects (95 % interval)")
    return table("As the protocol has them, and what the analysis datasets give", head, rows)


def _assumptions(run: Run) -> Markup:
    rows = [(a.about, a.decision, a.governs) for a in run.study.assumptions]
    if not rows:
        return Markup("")
    what = "What the protocol leaves open and the study definition decides"
    listed = table(what, ("About", "Decision", "Key in study.yaml"), rows)
    return el("details", el("summary", f"{len(rows)} decisions that the protocol leaves open"), listed)


def _outputs(out: Path) -> Markup:
    """Links to the files of the folder by kind: what describes a package first, the formats of a dataset
    together, one bundle of a subject for all."""
    paths = sorted(p.relative_to(out) for p in out.rglob("*") if p.is_file() and p.parent != out / FOLDER)
    kinds: dict[str, dict[str, list[Path]]] = {kind: {} for kind in KINDS}
    bundles = [p for p in paths if p.parent.name == "bundles"]
    others = set(bundles[1:])
    for path in (p for p in paths if p not in others):
        together = path.stem.upper() if path.suffix in DATASETS and path.parts[0] == "m5" else path.name
        kinds[_kind(path)].setdefault(together, []).append(path)
    parts = []
    for kind, members in kinds.items():
        if members:
            first = sorted(members.items(), key=lambda item: not item[0].startswith("define"))
            named = [el("li", _links(out, name, files, len(bundles))) for name, files in first]
            parts.append(join([el("h3", kind), el("ul", named, class_="files")]))
    return join(parts)


KINDS = ("Submission package: SDTM", "Submission package: ADaM", "FHIR R4", "Issues, lineage and the run")
DATASETS = {".xpt": "XPT", ".json": "Dataset-JSON"}


def _kind(path: Path) -> str:
    if path.parts[0] == "m5":
        return KINDS[0] if "tabulations" in path.parts else KINDS[1]
    return KINDS[2] if path.parts[0] == "fhir" else KINDS[3]


def define_page(out: Path, define: Path) -> Path:
    """Where the page of a define.xml of the package lies."""
    which = "sdtm" if "tabulations" in define.parts else "adam"
    return out / FOLDER / f"define-{which}.html"


def _links(out: Path, name: str, files: list[Path], bundles: int) -> Markup:
    if len(files) > 1:
        links = [join([" ", el("a", DATASETS[p.suffix], href=_href(p))]) for p in sorted(files, reverse=True)]
        return join([name, *links])
    more: str | Markup = f", one of {bundles} bundles" if files[0].parent.name == "bundles" else ""
    if files[0].name == "define.xml" and (page := define_page(out, files[0])).is_file():
        more = join([" ", el("a", "as a page", href=page.name)])
    return join([el("a", files[0].name, href=_href(files[0])), more])


def _href(path: Path) -> str:
    return quote(os.path.relpath(path, FOLDER).replace(os.sep, "/"))
