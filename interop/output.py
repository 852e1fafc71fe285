"""Write a run as a folder: FHIR, the submission package, lineage, issues and `run.json`; whole or not at all.

OUT/fhir/                                          <ResourceType>.ndjson, bundles/<subject>.json
OUT/m5/datasets/<study>/tabulations/sdtm/          *.xpt, *.json (Dataset-JSON), define.xml
OUT/m5/datasets/<study>/analysis/adam/datasets/    the same for ADaM
OUT/report/index.html                              results and issues on a page, links to every file
OUT/report/define-sdtm.html, define-adam.html      define.xml as a page
OUT/lineage/*.parquet  OUT/issues.{parquet,csv}  OUT/run.json
OUT/reviewers-notes.yaml                           of a study that has them: findings of rules explained
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interop import __version__, ct
from interop.build import ROW
from interop.errors import UsageError
from interop.lineage import joins_apart
from interop.lineagefile import rows_file
from interop.outputfiles import NOTES, OURS, RUN
from interop.package.datasetjson import write_dataset_json
from interop.package.submission import submission_table, write_submission_define
from interop.package.xpt import write_xpt
from interop.standards import TITLES

if TYPE_CHECKING:
    from interop.build import Built
    from interop.pipeline import Run

PLACES: Mapping[str, str] = {"sdtmig34": "tabulations/sdtm", "adamig13": "analysis/adam/datasets"}


def write_run(run: Run, out: Path, *, force: bool = False, created: datetime | None = None) -> list[Path]:
    """Write `run` under `out` and return the paths.

    `created` (default: SOURCE_DATE_EPOCH, else now) is the one timestamp in all files.
    """
    from interop.package.definepage import write_define_page  # only who writes needs it
    from interop.report.page import define_page, write_report

    moment = created or now()
    with replacing_folder(out, force=force) as folder:
        datasets = _package(run, folder, moment)
        _fhir_and_lineage(run, folder, moment)
        run.all_issues.write_parquet(folder / "issues.parquet")
        run.all_issues.write_csv(folder / "issues.csv")
        about = _about(run, datasets, moment)
        (folder / RUN).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        for define in folder.glob("m5/**/define.xml"):
            write_define_page(define, define_page(folder, define))
        write_report(run, folder, moment)
        if (notes := run.study.folder / NOTES).is_file():
            shutil.copyfile(notes, folder / NOTES)
        written = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return [out / p for p in written]


def now() -> datetime:
    """The time to write into files: SOURCE_DATE_EPOCH where it is set (reproducible-builds.org), else now."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    return moment.replace(microsecond=0)


def check_target(out: Path, *, force: bool) -> None:
    """Raise UsageError unless `out` may be written: new, empty, or with `force` an output of ours."""
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out} is a file; name a folder to write to")
    if not out.exists() or not any(out.iterdir()):
        return
    if not force:
        raise UsageError(f"{out} is not empty; name another folder, or say --force to replace it")
    if not any((out / mark).is_file() for mark in OURS):  # never a home directory
        raise UsageError(
            f"{out} holds other files than an output of interop (no run.json); name another folder"
        )


@contextmanager
def replacing_folder(out: Path, *, force: bool) -> Iterator[Path]:
    """A new folder beside `out`, renamed onto it when the block ends well and removed when it does not."""
    check_target(out, force=force)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    except OSError as error:
        raise UsageError(f"cannot write to {out.parent}: {error.strerror}") from None
    folder.chmod(0o755)
    try:
        yield folder
        if out.exists():
            old = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.")) / "old"
            out.rename(old)
            folder.rename(out)
            shutil.rmtree(old.parent)
        else:
            folder.rename(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _package(run: Run, folder: Path, moment: datetime) -> list[dict[str, Any]]:
    """The datasets that have rows, in the folders regulators expect; returns what run.json says of them."""
    study = re.sub(r"[^a-z0-9-]+", "-", run.study.id.lower()).strip("-")
    about = []
    for standard, place in PLACES.items():
        built = [b for b in run.built.values() if b.spec.standard == standard and len(b.data)]
        if not built:
            continue
        target = folder / "m5" / "datasets" / study / place
        target.mkdir(parents=True)
        tables = [(b, submission_table(b, run.study, moment)) for b in built]
        for dataset, table in tables:
            path = target / f"{dataset.spec.name.lower()}.xpt"
            write_xpt(table, path, modified=moment)
            write_dataset_json(table, path.with_suffix(".json"), created=moment)
            about.append(_dataset(dataset, path.relative_to(folder)))
        write_submission_define(tables, target, run.study, moment)
    return about


def _dataset(built: Built, path: Path) -> dict[str, Any]:
    return {
        "name": built.spec.name,
        "standard": " ".join(TITLES[built.spec.standard]),
        "path": path.as_posix(),
        "row_id": list(built.spec.row_id),
        "rows": len(built.data),
    }


def _fhir_and_lineage(run: Run, folder: Path, moment: datetime) -> None:
    """The resources, and where these and the datasets come from; rows of lineage go to the file as they are
    made."""
    out = folder / "lineage"
    out.mkdir()
    with rows_file(out / "rows.parquet") as keep:
        if run.pages:
            run.write_fhir(folder / "fhir", moment, keep)
        for built in run.built.values():
            for rows in joins_apart(built.spec.name, built.joins, ROW):
                keep(rows)
    run.reads.write_parquet(out / "reads.parquet")
    run.records.fields.write_parquet(out / "fields.parquet")
    run.variables.write_parquet(out / "variables.parquet")


def _about(run: Run, datasets: list[dict[str, Any]], moment: datetime) -> dict[str, Any]:
    counts = run.all_issues.group_by("severity").len().sort("severity")
    return {
        "study": run.study.id,
        "created": moment.isoformat(),
        "simulated": run.simulated,
        "program": f"interop {__version__}",
        "terminology": [ct.SDTM_CT, ct.ADAM_CT],
        "sources": [
            {
                "name": f.name,
                "path": str(f.path.resolve()) if f.path else None,
                "sha256": f.sha256,
                "rows": f.rows,
                "encoding": f.encoding,
            }
            for f in run.records.files
        ],
        "datasets": datasets,
        "resources": dict(sorted(run.fhir_said.counts.items())),
        "issues": dict(counts.iter_rows()),
    }
