"""What of a path is judged by which standard: an output of ours, a submission folder, a folder, files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from interop.errors import UsageError
from interop.outputfiles import OURS, RUN
from interop.package.convert import SUFFIXES
from interop.rules.data import folder_files, names_analysis
from interop.rules.define.stated import standard_of_define
from interop.rules.read import VARIABLES, one_each

DEFINE = "define.xml"
DEFAULT = ("SDTMIG", "3.4")
ANALYSIS = ("ADAMIG", "1.3")
# Of a folder of many things only these are datasets without doubt; CSV and Parquet where they are named.
_CERTAIN = (".xpt", ".json", ".ndjson", ".dsjc")


@dataclass(frozen=True)
class Part:
    """Datasets to judge by one standard (`SDTMIG`, `3.4`), with the define.xml that describes them."""

    paths: tuple[Path, ...]
    standard: str
    version: str
    define: Path | None = None

    @property
    def folders(self) -> Path | tuple[Path, ...]:
        return self.paths[0] if len(self.paths) == 1 else self.paths


def parts_of(
    paths: Sequence[Path],
    standard: str | None = None,
    version: str | None = None,
    define: Path | None = None,
) -> tuple[Part, ...]:
    """The parts of what a user names: files and folders; of a submission the folder of each standard.

    A folder's standard is the one that its define.xml states; without one ADaMIG 1.3 for datasets whose names
    begin with AD, SDTMIG 3.4 for others, which may lie side by side. `standard`, `version` and `define`
    overrule that, and then everything is one part.
    Raises UsageError where there is nothing to judge.
    """
    for path in paths:
        if not path.exists():
            raise UsageError(
                f"{path} does not exist; name a folder of datasets or an output of `interop run`"
            )
    folders = [f for p in paths if p.is_dir() for f in _folders(p)]
    files = tuple(p for p in paths if p.is_file())
    if not folders and not files:
        raise UsageError(
            f"{', '.join(map(str, paths))}: no datasets here or below (XPT, Dataset-JSON, CSV, Parquet)"
        )
    if standard is not None or version is not None or define is not None:
        return (_one((*folders, *files), standard, version, define),)
    parts = [part for f in dict.fromkeys(folders) for part in _stated(f)]
    parts += _by_kind(files) if files else []
    return tuple(sorted(parts, key=lambda p: (p.standard == ANALYSIS[0], p.standard)))


def run_of(paths: Sequence[Path]) -> Path | None:
    """The output of `interop run` that the datasets are of: values can be followed to their sources."""
    if len(paths) != 1:
        return None
    given, whole = paths[0], paths[0].resolve()
    # As the user names it, where that is enough: a report shows it.
    places = (given, *given.parents, *whole.parents)
    return next((p for p in places if (p / RUN).is_file()), None)


def _one(paths: tuple[Path, ...], standard: str | None, version: str | None, define: Path | None) -> Part:
    stated = None if define is None else standard_of_define(define)
    name, number = stated or _by_names([p for path in paths for p in _data(path)])
    if standard is not None and standard.upper() != name.upper():
        name, number = standard.upper(), dict((DEFAULT, ANALYSIS)).get(standard.upper(), number)
    single = paths[0] / DEFINE if len(paths) == 1 and paths[0].is_dir() else None
    if define is None and single is not None and single.is_file():
        define = single
    return Part(paths, name, (version or number).replace("-", "."), define)


def _stated(folder: Path) -> list[Part]:
    define = folder / DEFINE
    if define.is_file():
        return [Part((folder,), *(standard_of_define(define) or _by_names(_data(folder))), define)]
    kinds = [] if (folder / VARIABLES).is_file() else _by_kind(one_each(_data(folder)))
    return kinds if len(kinds) > 1 else [Part((folder,), *_by_names(_data(folder)))]


def _by_kind(files: Sequence[Path]) -> list[Part]:
    """Tabulations and analysis datasets, where both are among the files."""
    analysis = tuple(f for f in files if names_analysis(f.stem.upper()))
    rest = tuple(f for f in files if f not in analysis)
    if analysis and rest:
        return [Part(rest, *DEFAULT), Part(analysis, *ANALYSIS)]
    return [Part(tuple(files), *_by_names(files))]


def _by_names(files: Sequence[Path]) -> tuple[str, str]:
    return ANALYSIS if any(names_analysis(f.stem.upper()) for f in files) else DEFAULT


def _folders(path: Path) -> Iterator[Path]:
    """The folders with datasets: the path itself, or those below it; of an output of ours its package."""
    if (path / RUN).is_file():
        path = path / "m5"
    elif _data(path) or (path / VARIABLES).is_file():
        yield path
        return
    for place, folders, _ in os.walk(path):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        if any(p.suffix.lower() in _CERTAIN for p in _data(Path(place))):
            yield Path(place)


def _data(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [p for p in folder_files(path, SUFFIXES) if p.name not in OURS]
