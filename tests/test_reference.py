"""`docs/reference` says what the specifications say."""

from __future__ import annotations

from pathlib import Path

from schemas import ROOT
from scripts.build_docs import pages

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"


def test_the_reference_is_not_stale() -> None:
    wanted = pages()
    kept = {path.name: path.read_text(encoding="utf-8") for path in REFERENCE.iterdir()}
    assert sorted(kept) == sorted(wanted)
    stale = [name for name, text in wanted.items() if kept[name] != text]
    assert stale == [], "run `python scripts/build_docs.py`"


def test_every_rule_that_ships_is_on_its_page_once() -> None:
    page = (REFERENCE / "rules.md").read_text(encoding="utf-8")
    rules = sorted(p.name for p in (Path(str(ROOT)) / "rules").iterdir())
    assert [
        line.split(" | ")[0].removeprefix("| ") for line in page.splitlines() if "| INT-" in line
    ] == rules
