"""The composition root: sources ─▶ records ─▶ FHIR, SDTM, ADaM.

Beside the command line, the only module of the engine that knows the registries of `mappings`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

import mappings
from interop import issues
from interop.build import ROW, Built
from interop.errors import UsageError
from interop.fhir import FhirOutput, Resource, build_fhir
from interop.fhir.output import apart
from interop.lineage import Lineage, rows_of
from interop.outputfiles import TRUTH
from interop.records import Records, load_records
from interop.study import Study
from interop.studyfile import load_sources, load_study

if TYPE_CHECKING:
    import pandas as pd

    from interop.trace import Node, Origins

Progress = Callable[[str], None]
Sources = str | Path | Mapping[str, "pd.DataFrame | pl.DataFrame"]
STAGES = ("fhir", "sdtm", "adam")


class Frames(Mapping[str, "pd.DataFrame"]):
    """Datasets by name, as pandas DataFrames (rows × the standard's variables); converted when asked for."""

    def __init__(self, built: Mapping[str, Built]) -> None:
        self._built = built

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self._built[name].table.to_pandas()

    def __iter__(self) -> Iterator[str]:
        return iter(self._built)

    def __len__(self) -> int:
        return len(self._built)

    def __repr__(self) -> str:
        return f"<datasets {', '.join(self)}>"


SUBJECTS_AT_ONCE = 200  # resources are made and written of so many subjects at a time, to bound the memory


@dataclass(frozen=True)
class FhirSaid:
    """What remains of resources that were written: how many there are by type, issues, and what each element
    is made from (their lineage but for its rows, which are in the file)."""

    counts: Mapping[str, int]
    issues: pl.DataFrame
    reads: pl.DataFrame


@dataclass(frozen=True)
class Run:
    """One study, run. `built` are the kernel's datasets by name; the rest are views for users.

    `sdtm["EX"]`, `adam["ADRS"]`: pandas DataFrames.  `fhir`: resources by type.  `issues`: a pandas DataFrame
    with severity, source, target, variable, rule, value, message, kept.  `trace(...)`: a value
    back to its cells.
    """

    study: Study
    records: Records
    built: Mapping[str, Built]
    pages: tuple[Resource, ...] = ()

    @cached_property
    def simulated(self) -> bool:
        """Whether the sources lie where `interop simulate` put them: their truth beside them."""
        paths = {f.path.parent.parent for f in self.records.files if f.path is not None}
        return any((path / TRUTH).is_file() for path in paths)

    def fhir_parts(self) -> Iterator[FhirOutput]:
        """The resources of some subjects at a time; together they are `fhir`."""
        if self.pages:
            for part in self.records.parts(SUBJECTS_AT_ONCE):
                yield build_fhir(part, self.study, self.pages)

    @cached_property
    def fhir(self) -> FhirOutput:
        """All resources, held at once."""
        return FhirOutput.concat(self.fhir_parts())

    @cached_property
    def fhir_said(self) -> FhirSaid:
        """What remains of the resources; `write` tells it without holding them."""
        return _said([self.fhir], lambda _: None)

    @cached_property
    def sdtm(self) -> Frames:
        return Frames({n: b for n, b in self.built.items() if b.spec.standard == "sdtmig34"})

    @cached_property
    def adam(self) -> Frames:
        return Frames({n: b for n, b in self.built.items() if b.spec.standard == "adamig13"})

    @cached_property
    def all_issues(self) -> pl.DataFrame:
        """Every issue, from the reading of the sources to the last dataset."""
        parts = [self.records.issues, self.fhir_said.issues, *(b.issues for b in self.built.values())]
        return issues.concat(parts)

    @property
    def issues(self) -> pd.DataFrame:
        return self.all_issues.to_pandas()

    @property
    def failed(self) -> bool:
        """Whether any issue is an error: a value or a row was lost."""
        return bool((self.all_issues["severity"] == "error").any())

    @cached_property
    def lineage(self) -> Lineage:
        """All of it, held at once; of a large study it takes more memory than the datasets."""
        parts = [self.fhir] if "fhir" in self.__dict__ else apart(self.fhir_parts())
        return Lineage.concat([*(p.lineage for p in parts), *(b.lineage for b in self.built.values())])

    @property
    def reads(self) -> pl.DataFrame:
        """Which columns each variable and element was made from: `lineage.reads`, without the rows."""
        return pl.concat([self.fhir_said.reads, *(b.reads for b in self.built.values())])

    @cached_property
    def variables(self) -> pl.DataFrame:
        """dataset, variable, origin, method."""
        rows = [
            (b.spec.name, v.name, v.rule.origin, v.rule.method)
            for b in self.built.values()
            for v in b.spec.vars
        ]
        schema = dict.fromkeys(("dataset", "variable", "origin", "method"), pl.String)
        return pl.DataFrame(rows, schema=schema, orient="row")

    @cached_property
    def origins(self) -> Origins:
        from interop.sources import read_cell
        from interop.trace import Origins

        files = {f.name: f for f in self.records.files if f.path is not None}

        def cell(file: str, line: int, column: str) -> str | None:
            found = files.get(file)
            if found is None or found.path is None:
                return None
            return read_cell(found.path, found.sha256, line, column, name=file)

        return Origins(
            self._lineage_of,
            self.reads,
            self.records.fields,
            self.variables,
            self._rows,
            cell,
            lambda reference: self.fhir.resource(reference),
        )

    def _lineage_of(self, row: str) -> pl.DataFrame:
        """Row lineage of one row of a dataset, or of one resource."""
        dataset, bar, _ = row.partition("|")
        if not bar:
            return self.fhir.lineage.rows.filter(pl.col("row") == row)
        return rows_of(dataset, self.built[dataset].joins.filter(pl.col(ROW) == row), ROW)

    def _rows(self, dataset: str) -> pl.DataFrame:
        if dataset not in self.built:
            raise UsageError(f"there is no dataset {dataset} here. There are {', '.join(self.built)}.")
        return self.built[dataset].data

    def trace(self, dataset: str, key: Mapping[str, str], variable: str) -> Node:
        """Where a value comes from: `run.trace("ADTTE", {"USUBJID": "01-01", "PARAMCD": "PFS"}, "AVAL")`.

        Raises UsageError where dataset, key or variable name nothing, or more than one row.
        """
        return self.origins.trace(dataset, key, variable)

    def trace_resource(self, reference: str, element: str) -> Node:
        """Where an element of a resource comes from: `trace_resource("Observation/<id>", "valueQuantity")`.

        Raises UsageError where the resource or the element is not there.
        """
        return self.origins.trace_resource(reference, element)

    def write_fhir(self, folder: Path, recorded: datetime, keep: Callable[[pl.DataFrame], None]) -> None:
        """Write the resources, some subjects at a time, with their Provenance, and remember what they say.

        `keep` is given their row lineage, part by part.
        """
        from interop.fhir.provenance import Origin
        from interop.fhir.write import write_parts

        origin = Origin(self.study, self.records.files, recorded)
        parts = [self.fhir] if "fhir" in self.__dict__ else self.fhir_parts()
        said = _said(write_parts(parts, folder, set(), origin), keep)
        self.__dict__["fhir_said"] = said  # what the cached property would hold

    def write(self, out: str | Path, *, force: bool = False, created: datetime | None = None) -> list[Path]:
        """Write everything under `out` and return the paths; whole or not at all. See `interop.output`."""
        from interop.output import write_run

        return write_run(self, Path(out), force=force, created=created)


def run(
    study: str | Path | Study,
    sources: Sources,
    *,
    stages: Iterable[str] = STAGES,
    progress: Progress | None = None,
) -> Run:
    """Run a study over its sources.

    study     a name under `mappings/studies`, a folder with study.yaml and sources.yaml, or a Study
    sources   a folder of files, or DataFrames by form name
    stages    which of fhir, sdtm, adam to build (adam needs sdtm and builds it)
    progress  called with a short text at each step

    Problems of single rows are in `Run.issues`. Raises InputError or UsageError where a file or the call
    cannot be used at all.
    """
    say = progress or (lambda _: None)
    wanted = set(stages)
    if unknown := wanted - set(STAGES):
        raise UsageError(f"no stage {sorted(unknown)[0]}; the stages are {', '.join(STAGES)}")
    trial = study if isinstance(study, Study) else load_study(study)
    where = Path(sources) if isinstance(sources, str) else sources
    say("reading sources")
    records = load_records(trial, load_sources(trial), where)
    built: dict[str, Built] = {}
    if wanted & {"sdtm", "adam"}:
        for domain in mappings.SDTM:
            say(domain.spec.name)
            built[domain.spec.name] = domain.build(records, trial, built)
    if "adam" in wanted:
        for analysis in mappings.ADAM:
            say(analysis.spec.name)
            built[analysis.spec.name] = analysis.build(trial, built)
    return Run(trial, records, built, tuple(mappings.FHIR) if "fhir" in wanted else ())


def _said(parts: Iterable[FhirOutput], keep: Callable[[pl.DataFrame], None]) -> FhirSaid:
    counts = Counter[str]()
    said, reads = [], Lineage.concat(()).reads
    for new in apart(parts):
        counts.update({kind: len(items) for kind, items in new.resources.items()})
        said.append(new.issues)
        reads = pl.concat([reads, new.lineage.reads]).unique(maintain_order=True)
        keep(new.lineage.rows)
        del new  # before the next is made
    return FhirSaid(counts, issues.concat(said), reads)
