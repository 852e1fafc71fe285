"""Resources made of some subjects at a time are those made of all at once."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

import interop
from interop import issues, lineagefile, pipeline
from interop.fhir.output import FhirOutput, apart
from interop.fhir.write import write_parts
from interop.lineage import Lineage

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


def test_counted_issues_of_parts_are_added() -> None:
    def said(*lines: int) -> pl.DataFrame:
        rows = pl.DataFrame({"_src": [f"EX.csv#{n}" for n in lines]})
        return issues.counted(rows, target="Observation", rule="LOCAL-TIME", message="times", variable="x")

    whole = issues.concat([said(2, 3, 4, 5), issues.none()])
    assert whole.select("source", "value", "message").rows() == [("EX.csv", "4", "4 times")]
    assert issues.concat([said(2, 3), said(4, 5)]).equals(whole)
    assert issues.concat([issues.concat([said(2), said(3)]), said(4, 5)]).equals(whole)


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


def test_parts_that_say_the_same_of_a_file_are_all_counted() -> None:
    rows = pl.DataFrame({"_src": ["EX.csv#2"]})
    said = issues.counted(rows, target="Observation", rule="LOCAL-TIME", message="times", variable="x")
    part = FhirOutput({}, said, Lineage.concat(()))
    assert FhirOutput.concat([part, part, part]).issues["value"].to_list() == ["3"]


def test_no_more_than_one_part_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "SUBJECTS_AT_ONCE", 5)
    run = interop.run("demo", SOURCE, stages=("fhir",))
    held: list[weakref.ref[FhirOutput]] = []

    def parts() -> Iterator[FhirOutput]:
        for part in run.fhir_parts():
            assert [made for made in held if made() is not None] == []
            held.append(weakref.ref(part))
            yield part
            del part

    for new in apart(write_parts(parts(), tmp_path, set())):
        assert new.resources["Patient"]
        del new
    assert len(held) == 4


def test_the_file_of_the_lineage_is_the_lineage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "SUBJECTS_AT_ONCE", 5)
    monkeypatch.setattr(lineagefile, "GROUP", 1000)
    run = interop.run("demo", SOURCE)
    run.write(tmp_path / "out", created=MOMENT)
    rows, reads = (pl.read_parquet(tmp_path / "out" / "lineage" / f"{n}.parquet") for n in ("rows", "reads"))
    assert rows.height > 5 * lineagefile.GROUP
    assert rows.equals(run.lineage.rows)
    assert sorted(reads.rows()) == sorted(run.lineage.reads.unique().rows())


def test_what_is_written_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "SUBJECTS_AT_ONCE", 5)
    run = interop.run("demo", SOURCE, stages=("fhir",))
    run.write(tmp_path / "out", created=MOMENT)
    lines = {
        p.stem: len(p.read_text("utf-8").splitlines()) for p in (tmp_path / "out" / "fhir").glob("*.ndjson")
    }
    assert run.fhir_said.counts == lines
    made = {kind: len(items) for kind, items in run.fhir.resources.items()}
    assert made == {kind: n for kind, n in lines.items() if kind != "Provenance"}
