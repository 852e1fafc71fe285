"""`docs/reference` says what the specifications say."""

from __future__ import annotations

from pathlib import Path

from scripts.build_docs import pages

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"


def test_the_reference_is_not_stale() -> None:
    wanted = pages()
    kept = {path.name: path.read_text(encoding="utf-8") for path in REFERENCE.iterdir()}
    assert sorted(kept) == sorted(wanted)
    stale = [name for name, text in wanted.items() if kept[name] != text]
    assert stale == [], "run `python scripts/build_docs.py`"
