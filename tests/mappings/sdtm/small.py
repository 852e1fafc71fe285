"""Records and a study for the tests of the SDTM pages: small, written here; a test says what it varies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

import mappings
from interop import issues
from interop.build import Built
from interop.records import RECORDS, Records, columns
from interop.study import Arm, Epoch, Reference, StandardUnit, Study, Treatment, Visit
from interop.supp import Qualifier

STUDY = Study(
    id="AB1",
    title="A study",
    usubjid="AB1-{site}-{subject}",
    folder=Path(),
    reference=Reference("first administration", "disposition"),
    arms=(
        Arm("LO", "Low dose", {"XELTUMAB": 10.0}),
        Arm("HI", "High dose", {"XELTUMAB": 20.0}),
        Arm("COMBI", "High dose and Y", {"XELTUMAB": 20.0, "YELTUMAB": None}),
    ),
    epochs=(
        Epoch("SCREENING", "RFICDTC"),
        Epoch("TREATMENT", "RFSTDTC"),
        Epoch("FOLLOW-UP", "RFXENDTC", after=True),
    ),
    visits=(Visit("SCREENING", 1, -7), Visit("BASELINE", 2, 1), Visit("WEEK 2", 3, 14)),
    treatments=(Treatment("XELTUMAB"), Treatment("YELTUMAB")),
    units=(StandardUnit("WEIGHT", "kg", 1), StandardUnit("TEMP", "C", 1)),
    qualifiers={"adverse_event": (Qualifier("AEIMMUNE", "Immune-Related", qeval="INVESTIGATOR"),)},
)
Row = Mapping[str, str | None]

SUBJECT = {"sex": "F", "age": "61", "age_unit": "YEARS", "country": "USA", "collected": "2024-01-02"}
CONSENT = {"date": "2024-01-02"}
DOSE = {"treatment": "XELTUMAB", "dose": "10", "dose_unit": "mg", "start": "2024-01-10", "end": "2024-01-24"}
END = {
    "term": "Completed",
    "standard_term": "COMPLETED",
    "category": "DISPOSITION EVENT",
    "date": "2024-02-01",
}
EVENT = {"term": "Headache", "preferred_term": "Headache", "start": "2024-01-12"}


def records(**tables: Sequence[Row]) -> Records:
    """Records of subject 1 of site 7 unless a row says otherwise, from `<record>.csv`, line 2 on."""
    frames = {}
    for name in RECORDS:
        rows = [
            {"subject": "1", "site": "7", "study": STUDY.id, "_src": f"{name}.csv#{n}", **row}
            for n, row in enumerate(tables.get(name, ()), start=2)
        ]
        more = sorted({key for row in rows for key in row} - set(columns(name)))
        frame = pl.DataFrame(rows, schema=dict.fromkeys([*columns(name), *more], pl.String))
        frames[name] = frame.with_columns(
            usubjid=pl.format(f"{STUDY.id}-{{}}-{{}}", pl.col("site"), pl.col("subject"))
        )
    fields = pl.DataFrame(schema=dict.fromkeys(("file", "block", "record", "field", "column"), pl.String))
    return Records(frames, issues.none(), fields)


class Made(dict[str, Built]):
    """The SDTM datasets of `source` by name, each built when it is first asked for (and DM before it)."""

    def __init__(self, source: Records, study: Study) -> None:
        self.source, self.study = source, study

    def __missing__(self, name: str) -> Built:
        page = next(p for p in mappings.SDTM if p.spec.name == name)
        for before in {"DM", name.removeprefix("SUPP")} - {name}:
            self[before]
        self[name] = page.build(self.source, self.study, self)
        return self[name]


def sdtm(source: Records | None = None, study: Study = STUDY, **tables: Sequence[Row]) -> Made:
    """SDTM of the records; subject 1 is consented and treated unless `tables` say otherwise."""
    treated: dict[str, Sequence[Row]] = {
        "subject": [SUBJECT],
        "consent": [CONSENT],
        "administration": [DOSE],
        "disposition": [END],
    }
    return Made(source or records(**{**treated, **tables}), study)


def said(built: Built) -> list[tuple[str, str, str, str]]:
    """severity, source, variable and rule of each issue."""
    return built.issues.select("severity", "source", "variable", "rule").rows()
