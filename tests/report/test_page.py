"""The report page: every section, valid, self-contained, without persons, the same bytes each time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
from lxml import html

from interop import issues
from interop.pipeline import Run, run
from interop.report.findings import issues_section
from interop.report.markup import Markup, el, table, unbroken
from interop.report.page import report_page, write_report
from interop.report.results import results
from interop.report.swimmer import marked_events
from tests.simulatedtrial import SUBJECTS, simulated
from tests.support import ROOT

MOMENT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECTIONS = [
    "endpoints",
    "flow",
    "response",
    "survival",
    "subjects",
    "safety",
    "assumptions",
    "issues",
    "outputs",
]
DEMO = ROOT / "mappings" / "studies" / "demo"


@pytest.fixture(scope="module")
def trial() -> Run:
    return simulated(True)[0]


@pytest.fixture(scope="module")
def page(trial: Run, tmp_path_factory: pytest.TempPathFactory) -> Any:
    out = tmp_path_factory.mktemp("out")
    folder = out / "m5" / "datasets" / "t" / "tabulations" / "sdtm"
    folder.mkdir(parents=True)
    for name in ("dm.xpt", "dm.json", "define.xml"):
        (folder / name).touch()
    (out / "run.json").touch()
    path = write_report(trial, out, MOMENT)
    assert path == out / "report" / "index.html"
    return html.document_fromstring(path.read_text(encoding="utf-8"))


def texts(page: Any, path: str) -> list[str]:
    return [" ".join(e.text_content().split()) for e in page.xpath(path)]


def test_every_section_stands_and_is_linked(page: Any) -> None:
    assert page.xpath("//section/@id") == SECTIONS
    assert page.xpath("//nav//a/@href") == [f"#{s}" for s in SECTIONS]
    assert page.xpath("count(//h1)") == 1
    assert page.get("lang") == "en"


def test_nothing_is_loaded_from_anywhere(page: Any) -> None:
    assert page.xpath("//script | //link | //img | //iframe | //object") == []
    urls = [str(u) for u in page.xpath("//@href | //@src")]
    assert [u for u in urls if "//" in u or u.startswith("/")] == []
    assert re.findall(r"url\((?!#)|@import", page.xpath("string(//style)")) == []


def test_pictures_are_named_and_ids_are_unique(page: Any) -> None:
    ids = [str(i) for i in page.xpath("//@id")]
    assert sorted(ids) == sorted(set(ids))
    pictures = page.xpath("//svg[not(@aria-hidden)]")
    assert len(pictures) == 7  # flow, rates, four curves, swimmer
    for picture in pictures:
        assert page.xpath(f"string(//*[@id='{picture.get('aria-labelledby')}'])")


def test_tables_have_captions_and_as_many_cells_as_heads(page: Any) -> None:
    tables = page.xpath("//table")
    assert len(tables) >= 8
    for found in tables:
        assert found.xpath("string(caption)")
        heads = len(found.xpath("thead/tr/th"))
        assert {len(row.xpath("th | td")) for row in found.xpath("tbody/tr")} == {heads}


def test_numbers_on_the_page_are_those_of_the_results(trial: Run, page: Any) -> None:
    found: Any = results(trial).frames
    rates = found["rates"].set_index(["PARAMCD", "GROUP"])
    after: Any = rates.loc[("CRAFT", "All subjects")]
    said = f"{after['rate'] * 100:.1f} % ({after['lower'] * 100:.1f} to {after['upper'] * 100:.1f})"
    assert said in page.xpath("string(//section[@id='response'])")
    assert f"{after['n']} of {after['N']}" in page.xpath("string(//section[@id='endpoints'])")
    adsl = trial.adam["ADSL"]
    boxes = texts(page, "//section[@id='flow']//svg//*[name()='text']")
    assert boxes[:2] == ["In the study", f"n = {SUBJECTS}"]
    assert f"n = {int(adsl['PH2SDT'].notna().sum())}" in boxes
    events: Any = found["times"].set_index(["PARAMCD", "GROUP"]).loc[("PFSC", "All subjects")]
    cells = texts(page, "//section[@id='survival']//tbody/tr[starts-with(th, 'PFS-c')][1]/*")
    assert cells[2:4] == [str(events["N"]), str(events["events"])]


def test_a_lane_a_treated_subject_with_its_dead_marked(trial: Run, page: Any) -> None:
    adsl = trial.adam["ADSL"]
    treated = adsl[adsl["TRTSDT"].notna()]
    swimmer = page.xpath("//section[@id='subjects']//figure//svg")[0]
    assert len(swimmer.xpath("./g[title]")) == len(treated)
    assert len(swimmer.xpath(".//path[@class='died']")) == int(treated["DTHDT"].notna().sum())
    first = int(treated["CARTDT"].notna().sum())
    assert first > 0
    marks = len(swimmer.xpath(".//path[@class='mark']"))
    events = [e.variable for e in marked_events(trial.study, list(adsl.columns))]
    assert events == ["GLFSDT", "ASCTDT", "CARTDT", "NACTDT"]
    assert marks == int(treated[events].notna().sum().sum())


def test_issues_are_shown_without_the_values_of_the_source() -> None:
    """They may name a person; issues.csv has them."""
    row = ("error", "AE.csv#7", "AE", "AETERM", "CODELIST", "Jane Doe fell", "not a term", True)
    shown = issues_section(pl.DataFrame([row], schema=issues.SCHEMA, orient="row"))
    assert "Jane" not in shown
    assert all(text in shown for text in ("AE.csv#7", "AE.AETERM", "CODELIST", "not a term"))


def test_the_same_run_gives_the_same_page(trial: Run, tmp_path: Path) -> None:
    assert report_page(trial, tmp_path, MOMENT) == report_page(trial, tmp_path, MOMENT)


def test_links_lead_to_the_files_that_are_there(page: Any) -> None:
    links = [str(u) for u in page.xpath("//section[@id='outputs']//a/@href")]
    folder = "../m5/datasets/t/tabulations/sdtm"
    assert links == [f"{folder}/define.xml", f"{folder}/dm.xpt", f"{folder}/dm.json", "../run.json"]


def test_of_a_whole_output_every_link_leads_somewhere(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(DEMO, DEMO / "source").write(out)
    page: Any = html.parse(str(out / "report" / "index.html"))
    links = [str(u) for u in page.xpath("//a/@href") if not str(u).startswith("#")]
    assert len(links) > 30
    assert [u for u in links if not (out / "report" / u).resolve().is_file()] == []


def sections_of(study: Run, folder: Path) -> Iterator[str]:
    page: Any = html.document_fromstring(report_page(study, folder, MOMENT))
    yield from (str(s) for s in page.xpath("//section/@id"))


def test_another_study_has_the_sections_that_it_has_data_for(tmp_path: Path) -> None:
    (tmp_path / "run.json").touch()
    demo = run(DEMO, DEMO / "source", stages=("adam",))
    wanted = ["flow", "response", "survival", "subjects", "safety", "assumptions", "issues", "outputs"]
    assert list(sections_of(demo, tmp_path)) == wanted
    only = run(DEMO, DEMO / "source", stages=("fhir",))
    assert list(sections_of(only, tmp_path)) == ["assumptions", "issues", "outputs"]


def test_results_are_pandas_at_the_edge(trial: Run) -> None:
    frames = results(trial).frames
    assert set(frames) == {"rates", "curves", "times", "flow", "events"}
    assert all(isinstance(f, pd.DataFrame) and len(f) for f in frames.values())


def test_text_is_escaped_and_markup_is_not() -> None:
    assert el("p", "a < b & c", title='"x"') == '<p title="&quot;x&quot;">a &lt; b &amp; c</p>'
    assert el("p", Markup("<b>x</b>"), None, 1.50, [2, "3"]) == "<p><b>x</b>1.523</p>"
    assert "&lt;script&gt;" in table("<script>", ("A",), [("<script>",)])
    assert unbroken("by CAR-T ± ASCT") == 'by <span class="nb">CAR-T</span> ± ASCT'
