"""define.xml as a page: what a person reads where the browser applies no stylesheet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import html

from interop.pipeline import run
from tests.support import ROOT

DEMO = ROOT / "mappings" / "studies" / "demo"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "out"
    run(DEMO, DEMO / "source", stages=("adam",)).write(folder, created=datetime(2026, 1, 2, tzinfo=UTC))
    return folder


@pytest.mark.parametrize(
    ("name", "dataset"), [("define-sdtm.html", "dm.xpt"), ("define-adam.html", "adsl.xpt")]
)
def test_the_page_shows_the_datasets_and_its_links_lead_to_them(out: Path, name: str, dataset: str) -> None:
    page = out / "report" / name
    shown = html.fromstring(page.read_bytes())
    links = [a.get("href", "") for a in shown.iter("a")]
    files = [page.parent / link for link in links if not link.startswith("#")]
    assert dataset in {f.name for f in files}
    assert all(f.is_file() for f in files)
    anchors = {e.get("id") for e in shown.iter() if isinstance(e.tag, str)}
    assert {link[1:] for link in links if link.startswith("#")} <= anchors
    assert "USUBJID" in "".join(str(t) for t in shown.itertext())


def test_the_page_is_text_in_utf_8_and_takes_nothing_from_elsewhere(out: Path) -> None:
    text = (out / "report" / "define-sdtm.html").read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert 'charset="utf-8"' in text.lower() or "charset=utf-8" in text.lower()
    assert "http://" not in text
    assert "<script" not in text


def test_the_report_leads_to_it(out: Path) -> None:
    links = [a.get("href") for a in html.fromstring((out / "report" / "index.html").read_bytes()).iter("a")]
    assert {"define-sdtm.html", "define-adam.html"} <= set(links)
