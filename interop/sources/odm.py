"""ODM-XML 1.3.2 ClinicalData as a source: the same forms as a folder of CSV files, from one file or a
series.

A form is a FormOID; its columns are ItemOIDs (or what sources.yaml calls them: `odmmeta.candidates`), its
rows item groups, and the keys are columns that begin with `@` (`odmforms.KEY_COLUMNS`). See docs/odm.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from polars import col

from interop import issues
from interop.errors import InputError
from interop.sources.odmclinical import ClinicalReader
from interop.sources.odmfiles import Root, in_series, root_of
from interop.sources.odmforms import OdmForm, forms
from interop.sources.odmissues import Problems
from interop.sources.odmmeta import DefinitionReader, Definitions
from interop.sources.odmstate import State
from interop.sources.odmstore import Store
from interop.sources.odmstream import Attributes, Children, Node, Read, Stream, name

# Parts that hold no clinical data. AdminData has names and addresses: nothing of it is ever read.
PASSED = ("AdminData", "Association")


@dataclass(frozen=True)
class OdmFile:
    """A file of the series. `by_line`: references into it are lines; else (where two item groups begin in one
    line) they count its ItemGroupData elements."""

    path: Path
    sha256: str
    encoding: str
    snapshot: bool
    by_line: bool


@dataclass(frozen=True)
class Odm:
    """What the ClinicalData of one or several ODM files come to, transactions applied."""

    files: tuple[OdmFile, ...]
    forms: Mapping[str, OdmForm]
    definitions: Definitions
    issues: pl.DataFrame

    @property
    def history(self) -> pl.DataFrame:
        """The values that were changed after they were first given (see `OdmForm`)."""
        return pl.concat([f.history for f in self.forms.values()]) if self.forms else pl.DataFrame()

    @property
    def sha256(self) -> str:
        """Of the file; of a series, of the digests of its files."""
        return _digest([f.sha256 for f in self.files])


def read_odm(paths: Sequence[Path]) -> Odm:
    """Read ODM files and apply their transactions in the order of the series.

    InputError where a file is no ODM 1.3, is broken, cut off or has a DOCTYPE, or where they have no
    ClinicalData or that of two studies. What is wrong with single elements is in `issues`, and costs only
    these."""
    roots: list[Root] = []
    foreign: list[tuple[Path, str]] = []
    for path in paths:
        root = root_of(path)
        if isinstance(root, Root):
            roots.append(root)
        else:
            foreign.append((path, root))
    if not roots:
        raise InputError(
            f"its root is {foreign[0][1]}, not ODM" if foreign else "there is no ODM file",
            file=foreign[0][0].name if foreign else None,
            mend="Give ODM-XML 1.3.2",
        )
    problems = Problems()
    for path, tag in foreign:
        problems.add(
            path.name,
            None,
            "",
            "UNUSED FILE",
            f"its root is {tag}, not ODM: it is not read; take it out of the folder",
            severity="warning",
        )
    store, definitions = Store(problems), Definitions()
    studies: dict[str, tuple[str, int]] = {}
    read = [_read(root, store, definitions, studies) for root in in_series(roots)]
    _one_study(studies, read)
    state = store.resolved()
    by_line = _by_line(state, len(read))
    files = tuple(
        OdmFile(r.path, said.sha256, said.encoding, r.file_type != "Transactional", by_line[n])
        for n, (r, said) in enumerate(read)
    )
    made = {f.oid: f for f in forms(state, store, definitions, by_line)}
    _tell_references(files, problems)
    return Odm(files, made, definitions, issues.concat([problems.frame(), *map(_changed, made.values())]))


def _read(
    root: Root, store: Store, definitions: Definitions, studies: dict[str, tuple[str, int]]
) -> tuple[Root, Read]:
    """One file into the store."""
    file, snapshot = len(store.names), root.file_type != "Transactional"
    file_name, problems = root.path.name, store.problems
    store.names.append(file_name)
    if snapshot:
        store.snapshots.add(file)
    clinical = ClinicalReader(store, file, snapshot, lambda: stream.line())
    references: list[int] = []

    def reference(_: Attributes) -> Children | None:
        references.append(stream.line())
        return None

    def opened(_tag: str, a: Attributes) -> Children:
        for attribute in ("FileType", "FileOID", "CreationDateTime"):
            if not a.get(attribute):
                problems.add(
                    file_name,
                    stream.line(),
                    "ODM",
                    "ODM ATTRIBUTE",
                    f"it lacks {attribute}"
                    + (": it is taken as a Snapshot" if attribute == "FileType" else ", which ODM requires"),
                    field=attribute,
                    severity="warning",
                    kept=True,
                )
        return {
            **dict.fromkeys(map(name, PASSED)),
            name("Study"): DefinitionReader(definitions).study,
            name("ReferenceData"): Node(reference),
            name("ClinicalData"): clinical.node,
        }

    stream = Stream(root.path, opened, clinical.unknown)
    said = stream.read()
    for study, line in clinical.studies.items():
        studies.setdefault(study, (file_name, line))
    _tell_passed(file_name, clinical, references, problems)
    return root, said


def _tell_passed(file: str, clinical: ClinicalReader, references: list[int], problems: Problems) -> None:
    for line in references:
        problems.add(
            file,
            line,
            "ReferenceData",
            "NOT READ",
            "ReferenceData are of no subject: not read",
            severity="info",
        )
    for tag, n in clinical.passed.items():
        problems.add(file, None, tag, "NOT READ", f"{n} {tag} elements are not read", severity="info")


def _one_study(studies: Mapping[str, tuple[str, int]], read: Sequence[tuple[Root, Read]]) -> None:
    if not studies:
        raise InputError(
            "there is no ClinicalData in it, only definitions",
            file=", ".join(root.path.name for root, _ in read),
            mend="Export the data too",
        )
    if len(studies) > 1:
        (one, _), (other, (file, line)) = list(studies.items())[:2]
        raise InputError(
            f"the data are those of two studies, {one} and {other}",
            file=file,
            line=line,
            field="StudyOID",
            mend="Give one study at a time",
        )


def _by_line(state: State, files: int) -> dict[int, bool]:
    """Whether no two item groups of a file begin in the same line."""
    twice = state.rows.filter(pl.struct("file", "line").is_duplicated())["file"].unique()
    return {n: n not in twice for n in range(files)}


def _tell_references(files: Sequence[OdmFile], problems: Problems) -> None:
    for file in files:
        if not file.by_line:
            problems.add(
                file.path.name,
                None,
                "ItemGroupData",
                "REFERENCES",
                "item groups share lines, so the number after # in references into this file counts its "
                "ItemGroupData elements (7: the seventh), not lines",
                severity="info",
                kept=True,
            )


def _changed(form: OdmForm) -> pl.DataFrame:
    """That values were changed, row by row; the values before the last are in no output."""
    rows = form.history.group_by("source", maintain_order=True).agg(
        items=col("item").str.join(", "), before=(col("versions") - 1).sum()
    )
    return issues.issues(
        rows,
        severity="info",
        source="source",
        target=form.oid,
        rule="CHANGED VALUE",
        message=pl.format("{} changed after entry ({} earlier): the last value is used", "items", "before"),
    )


def _digest(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else hashlib.sha256("".join(parts).encode()).hexdigest()
