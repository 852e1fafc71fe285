"""Simulate a study, some subjects at a time: forms, defects, CSV, ODM-XML, truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from polars import col

from interop.errors import UsageError
from interop.outputfiles import TRUTH
from interop.simulate.catalogue import BY_NAME as DEFECTS
from interop.simulate.catalogue import CATALOGUE, rates
from interop.simulate.course import Course
from interop.simulate.csvfiles import CsvFiles
from interop.simulate.defects import PLANTED, plant
from interop.simulate.forms import FORMS
from interop.simulate.labs import Labs
from interop.simulate.odmmeta import event_oid
from interop.simulate.odmwrite import OdmFile
from interop.simulate.rows import Rows, add_rows
from interop.simulate.settings import Settings, load_settings
from interop.simulate.treat import simulated
from interop.simulate.truth import truth
from interop.study import Study

FORMATS = ("csv", "odm", "odm-transactional")
CHUNK = 250
"""Subjects made at a time: memory does not grow with their number."""


@dataclass(frozen=True)
class Simulated:
    """What was written. `csv` is a folder, `odm` and `transactions` are files; None where not asked for."""

    out: Path
    subjects: int
    seed: int
    csv: Path | None
    odm: Path | None
    transactions: Path | None
    truth: pl.DataFrame
    defects: pl.DataFrame


def simulate(
    study: Study,
    *,
    subjects: int,
    seed: int,
    formats: Sequence[str] = ("csv", "odm"),
    out: Path,
    defects: bool = True,
) -> Simulated:
    """Write the simulated export of `study` below `out`, which is made.

    `csv/<form>.csv`, `odm/study.xml` (Snapshot), `odm-transactional/study.xml`, `truth.parquet` and
    `truth.json` (a row a subject), and `defects.csv` (what was planted, and what it must come to; none with
    `defects=False`).
    The same study, seed and number give the same bytes; more subjects change nothing of the others. Raises
    UsageError, and InputError where simulation.yaml cannot be used.
    """
    if subjects < 1 or seed < 0:
        raise UsageError("a simulation needs at least one subject and a seed of 0 or more")
    unknown = [f for f in formats if f not in FORMATS]
    if unknown:
        raise UsageError(f"there is no format `{unknown[0]}`; there are {', '.join(FORMATS)}")
    settings = load_settings(study)
    rate = rates(settings.defects, defects)
    out.mkdir(parents=True, exist_ok=True)
    names = {"odm": out / "odm" / "study.xml", "odm-transactional": out / "odm-transactional" / "study.xml"}
    csv = CsvFiles(out / "csv", study.id, rate["file_in_cp1252"] > 0) if "csv" in formats else None
    odm = [
        OdmFile(path, study, settings, seed, transactions=name != "odm")
        for name, path in names.items()
        if name in formats
    ]
    truths, planted, lines = [], [], {f.name: 2 for f in FORMS}
    try:
        for start in range(1, subjects + 1, CHUNK):
            numbers = range(start, min(start + CHUNK, subjects + 1))
            courses = [simulated(n, seed, settings, rate["visit_out_of_window"]) for n in numbers]
            frames, found = plant(_frames(courses, seed, settings), seed, rate)
            found = pl.concat([found, _late(courses)])
            truths.append(truth(courses, study.usubjid))
            planted.append(_located(found, frames, lines))
            for form in FORMS:
                lines[form.name] += frames[form.name].height
                if csv is not None:
                    csv.add(form, _with_visit(frames[form.name], settings))
            for file in odm:
                file.add(frames)
    finally:
        for file in odm:
            file.close()
        if csv is not None:
            csv.close()
    known, said = pl.concat(truths), _report(pl.concat(planted), settings, rate)
    _write(known, said, out)
    return Simulated(
        out=out,
        subjects=subjects,
        seed=seed,
        csv=out / "csv" if csv is not None else None,
        odm=names["odm"] if "odm" in formats else None,
        transactions=names["odm-transactional"] if "odm-transactional" in formats else None,
        truth=known,
        defects=said,
    )


def _frames(courses: list[Course], seed: int, settings: Settings) -> dict[str, pl.DataFrame]:
    """The forms of the subjects, clean: `_n`, `_event`, SITEID, SUBJID and the cells."""
    rows: Rows = {f.name: [] for f in FORMS}
    labs = Labs(settings)
    for course in courses:
        add_rows(course, seed, rows)
        labs.add(course, seed)
    frames = {}
    for form in FORMS:
        schema = {"_n": pl.UInt32, **dict.fromkeys(("_event", "SITEID", "SUBJID", *form.items), pl.String)}
        frames[form.name] = pl.DataFrame(rows[form.name], schema=schema, orient="row")
    measured = labs.frame()
    if measured.height:
        both = pl.concat([measured.cast(frames["LB"].schema), frames["LB"]])
        frames["LB"] = both.sort("_n", maintain_order=True)
    return frames


def _with_visit(frame: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    names = {**settings.visits, "": ""}
    key = pl.when(col("_event").str.starts_with("UNS")).then(pl.lit("UNS")).otherwise("_event")
    return frame.with_columns(VISIT=key.replace_strict(names, return_dtype=pl.String))


def _late(courses: list[Course]) -> pl.DataFrame:
    """The visits that came too late, as planted defects of their row in SV."""
    rows = []
    for c in courses:
        order = [v.key for v in sorted(c.visits, key=lambda v: v.day)]
        rows += [
            (
                "visit_out_of_window",
                "SV",
                c.number,
                order.index(key),
                0,
                c.subject,
                key,
                "SVSTDAT",
                None,
                f"{by} days late",
            )
            for key, by in c.late
        ]
    return pl.DataFrame(rows, schema=dict(PLANTED), orient="row")


def _located(found: pl.DataFrame, frames: dict[str, pl.DataFrame], lines: dict[str, int]) -> pl.DataFrame:
    """The planted defects with the line of their row in the CSV file, and its keys in ODM."""
    places = [
        frames[name].select(
            *("_n", "_k", "_copy"),
            form=pl.lit(name),
            line=pl.int_range(pl.len()) + lines[name],
            repeat=pl.int_range(1, pl.len() + 1).over("SUBJID", "_event"),
        )
        for name in found["form"].unique(maintain_order=True)
    ]
    if not places:
        return found.with_columns(line=pl.lit(None, pl.Int64), repeat=pl.lit(None, pl.Int64))
    return found.join(pl.concat(places), on=["form", "_n", "_k", "_copy"], how="left", maintain_order="left")


def _report(planted: pl.DataFrame, settings: Settings, rate: dict[str, float]) -> pl.DataFrame:
    """`defects.csv`: what was planted where, and what it must come to."""
    names = {**settings.visits, "": None}
    key = pl.when(col("event").str.starts_with("UNS")).then(pl.lit("UNS")).otherwise("event")
    oids = {k: event_oid(k) for k in planted["event"].unique().to_list()}
    rows = planted.select(
        "defect",
        "form",
        pl.format("{}.csv", "form").alias("file"),
        col("line").cast(pl.Int64),
        "subject",
        key.replace_strict(names, default=None, return_dtype=pl.String).alias("visit"),
        "field",
        "before",
        "after",
        col("event").replace_strict(oids, return_dtype=pl.String).alias("odm_event"),
        col("repeat").cast(pl.Int64).alias("odm_repeat"),
    )
    if (planted["defect"] == "text_outside_ascii").any() and rate["file_in_cp1252"] > 0:
        form = DEFECTS["file_in_cp1252"].form
        row = {"defect": "file_in_cp1252", "form": form, "file": f"{form}.csv", "after": "cp1252"}
        rows = pl.concat([rows, pl.DataFrame([row], schema=rows.schema)])
    facts = pl.DataFrame(
        [(d.name, n, d.expected, d.stage, d.rule, d.formats, d.why) for n, d in enumerate(CATALOGUE)],
        schema=["defect", "_order", "expected", "stage", "rule", "formats", "why"],
        orient="row",
    )
    joined = rows.join(facts, on="defect", how="left", maintain_order="left")
    return joined.sort("_order", "line", "subject", nulls_last=True, maintain_order=True).drop("_order")


def _write(known: pl.DataFrame, said: pl.DataFrame, out: Path) -> None:
    known.write_parquet(out / "truth.parquet")
    rows = [
        {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()}
        for row in known.iter_rows(named=True)
    ]
    text = ",\n".join(json.dumps(r, ensure_ascii=False) for r in rows)
    (out / TRUTH).write_text(f"[\n{text}\n]\n", encoding="utf-8")
    said.write_csv(out / "defects.csv")
