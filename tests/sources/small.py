"""A study of a few lines, for tests that vary one thing of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from interop.records import Records, load_records
from interop.studyfile import load_sources, load_study

STUDY = """\
study:
  id: ABC
  title: A small study
  usubjid: "ABC-{site}-{subject}"
epochs:
  - {name: SCREENING}
  - {name: TREATMENT, start: RFSTDTC}
visits:
  - {name: BASELINE, number: 1, day: 1, epoch: TREATMENT}
  - {name: WEEK 2, number: 2, day: 14, epoch: TREATMENT, window: [-3, 3]}
treatments:
  - {name: EXAMPLIMAB}
arms:
  - {code: EXA, label: Examplimab, given: {EXAMPLIMAB: null}}
"""

SOURCES = """\
dates: [DD-MON-YYYY]
forms:
  DM:
    records:
      - record: subject
        fields:
          subject: SUBJID
          site: SITEID
          age: AGE
          collected: DMDAT
"""

DM = """\
SITEID,SUBJID,AGE,DMDAT
701,001,63,26-DEC-2013
701,002,64,22-JUL-2012
"""


def write_study(folder: Path, *, study: str = STUDY, sources: str | None = SOURCES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.yaml").write_text(study, encoding="utf-8")
    if sources is not None:
        (folder / "sources.yaml").write_text(sources, encoding="utf-8")
    return folder


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def records(
    folder: Path,
    files: Mapping[str, str | bytes] | Mapping[str, pl.DataFrame],
    *,
    sources: str = SOURCES,
    study: str = STUDY,
) -> Records:
    """The records of `files` (contents by file name, or DataFrames by form) under the small study."""
    trial = load_study(write_study(folder / "study", study=study, sources=sources))
    mapping = load_sources(trial)
    if any(isinstance(f, pl.DataFrame) for f in files.values()):
        return load_records(trial, mapping, files)  # type: ignore[arg-type]
    return load_records(trial, mapping, write_files(folder / "source", files))  # type: ignore[arg-type]


def said(of: Records, *columns: str) -> list[tuple[object, ...]]:
    """The issues, as rows of the named columns."""
    return of.issues.select(columns).rows()
