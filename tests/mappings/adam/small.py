"""Subjects of the reference trial, each a few records, and the analysis datasets made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

import mappings
from interop.build import Built
from interop.study import Study
from interop.studyfile import find_study, load_study
from tests.mappings.sdtm.small import Row, records

STUDY_YAML = find_study("glofit-cart")
Subject = Mapping[str, Sequence[Row]]


def dose(treatment: str, day: str) -> Row:
    return {"treatment": treatment, "start": day, "end": day, "status": "completed"}


def scan(day: str, response: str | None, status: str | None = None) -> Row:
    """An overall response by the investigator."""
    return {
        "test": "OVRLRESP",
        "criteria": "LUGANO CLASSIFICATION",
        "evaluator": "INVESTIGATOR",
        "result": response,
        "status": status,
        "date": day,
        "identifier": f"RS-{day}",
    }


def salvage(first: str = "2024-01-01") -> list[Row]:
    """Obinutuzumab on `first`, glofitamab in the week after it."""
    glofitamab = pl.Series([first]).str.to_date().dt.offset_by("7d")[0].isoformat()
    return [dose("OBINUTUZUMAB", first), dose("GLOFITAMAB", glofitamab)]


def car_t(day: str) -> list[Row]:
    """Lymphodepletion from five days before it, and CAR-T cells on `day`."""
    start = pl.Series([day]).str.to_date().dt.offset_by("-5d")[0].isoformat()
    return [dose("FLUDARABINE", start), dose("CYCLOPHOSPHAMIDE", start), dose("CAR-T CELLS", day)]


def adam(subjects: Mapping[str, Subject], study: Study | None = None) -> dict[str, Built]:
    """All datasets of the subjects (number ─▶ record type ─▶ records), SDTM and ADaM."""
    trial = study or load_study("glofit-cart")
    tables: dict[str, list[Row]] = {}
    for number, of in subjects.items():
        whole = {"subject": [{"sex": "F", "age": "60", "age_unit": "YEARS"}], **of}
        for record, rows in whole.items():
            tables.setdefault(record, []).extend({"subject": number, **row} for row in rows)
    source = records(**tables)
    built: dict[str, Built] = {}
    for domain in mappings.SDTM:
        built[domain.spec.name] = domain.build(source, trial, built)
    for analysis in mappings.ADAM:
        built[analysis.spec.name] = analysis.build(trial, built)
    return built


def changed(folder: Path, *changes: tuple[str, str]) -> Study:
    """The reference trial with text of its study.yaml replaced; each must be there."""
    text = STUDY_YAML.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return load_study(path)


def of(
    built: Mapping[str, Built], dataset: str, number: str, *variables: str, **where: str
) -> tuple[object, ...]:
    """The values of one row of the subject; dates as text."""
    rows = built[dataset].table.filter(pl.col("SUBJID") == number, **where)
    assert len(rows) == 1, rows
    return tuple(str(v) if hasattr(v, "isoformat") else v for v in rows.select(variables).row(0))
