"""Resources made of some subjects at a time are those made of all at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import interop
from interop import pipeline

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = Path(interop.__path__[0]).parent / "mappings" / "studies" / "demo" / "source"


def test_parts_together_are_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = interop.run("demo", SOURCE, stages=("fhir",))
    monkeypatch.setattr(pipeline, "SUBJECTS_AT_ONCE", 5)
    split = interop.run("demo", SOURCE, stages=("fhir",))
    assert len(list(split.fhir_parts())) == 4
    by_id = {
        kind: sorted(items, key=lambda item: str(item["id"])) for kind, items in whole.fhir.resources.items()
    }
    assert {
        kind: sorted(items, key=lambda item: str(item["id"])) for kind, items in split.fhir.resources.items()
    } == by_id
    assert sorted(split.all_issues.rows(), key=str) == sorted(whole.all_issues.rows(), key=str)
    assert sorted(split.lineage.rows.rows(), key=str) == sorted(whole.lineage.rows.unique().rows(), key=str)


def test_what_is_written_in_parts_is_what_is_written_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interop.run("demo", SOURCE, stages=("fhir",)).write(tmp_path / "whole", created=MOMENT)
    monkeypatch.setattr(pipeline, "SUBJECTS_AT_ONCE", 5)
    interop.run("demo", SOURCE, stages=("fhir",)).write(tmp_path / "split", created=MOMENT)
    whole = sorted((tmp_path / "whole" / "fhir").rglob("*.*json"))
    assert whole
    for path in whole:
        other = tmp_path / "split" / path.relative_to(tmp_path / "whole")
        assert sorted(other.read_text("utf-8").splitlines()) == sorted(path.read_text("utf-8").splitlines())
