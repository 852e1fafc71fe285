"""Dictionaries of terms that a user has and the product does not: MedDRA, LOINC, UNII.

Each is a folder as its owner distributes it; the columns are read as CDISC's engine reads them:

* MedDRA: `soc.asc`, `hlgt.asc`, `hlt.asc`, `pt.asc`, `llt.asc` (code$term$…; an LLT names its PT third),
  `soc_hlgt.asc`, `hlgt_hlt.asc`, `hlt_pt.asc` (code above$code below). `meddra_release.asc` begins with the
  version.
* LOINC: `Loinc.csv`, a code and its component.
* UNII: `UNII_Records_<version>.txt`, a code and its preferred name, tab-separated with a header.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import StringIO
from itertools import pairwise
from pathlib import Path

import polars as pl

from interop.errors import InputError
from interop.rules.outcome import NotExecutableError

MEDDRA, LOINC, UNII = "meddra", "loinc", "unii"
KNOWN = (MEDDRA, LOINC, UNII)
LEVELS = ("soc", "hlgt", "hlt", "pt", "llt")
"""The levels of MedDRA, from above."""
SEPARATOR = "/"


@dataclass(frozen=True)
class MedDra:
    """`levels`: of each level `code` and `term`. `links`: level above, level below ─▶ pairs of codes."""

    version: str
    levels: Mapping[str, pl.DataFrame]
    links: Mapping[tuple[str, str], pl.DataFrame]

    @cached_property
    def paths(self) -> pl.DataFrame:
        """Every way down from a SOC to an LLT: a column of codes for each level, and `<level>_term`.

        A PT with several HLTs has several ways, of which one is by its primary SOC. CDISC's engine keeps the
        last it reads; here each of them is right.
        """
        ways = self._named("soc")
        for above, below in pairwise(LEVELS):
            pairs = self.links[above, below].rename({"above": above, "below": below})
            ways = ways.join(pairs, on=above).join(self._named(below), on=below)
        return ways

    def _named(self, level: str) -> pl.DataFrame:
        return self.levels[level].select(pl.col("code").alias(level), pl.col("term").alias(f"{level}_term"))


@dataclass(frozen=True)
class Terms:
    """A dictionary without levels: `code` and `term`."""

    version: str
    terms: pl.DataFrame


@dataclass(frozen=True)
class Dictionaries:
    """The folders of the dictionaries that are here, by name; each is read when a rule first asks for it."""

    folders: Mapping[str, Path] = field(default_factory=dict)
    _read: dict[str, MedDra | Terms] = field(default_factory=dict)

    def meddra(self) -> MedDra:
        found = self._get(MEDDRA)
        if not isinstance(found, MedDra):
            raise TypeError("the reader of MedDRA gives MedDRA")
        return found

    def terms(self, name: str, level: str = "") -> pl.DataFrame:
        """`code` and `term` of a dictionary, or a level of MedDRA. NotExecutableError where there is none."""
        found = self._get(name)
        if isinstance(found, Terms):
            return found.terms
        if level.lower() not in found.levels:
            raise NotExecutableError(f"{level or 'nothing'} is no level of MedDRA ({', '.join(LEVELS)})")
        return found.levels[level.lower()]

    def version(self, name: str) -> str:
        return self._get(name).version

    def _get(self, name: str) -> MedDra | Terms:
        if name not in KNOWN:
            raise NotExecutableError(f"the dictionary {name!r} is not known")
        if name not in self.folders:
            raise NotExecutableError(f"it needs the dictionary {name}: give its folder with --{name}")
        if name not in self._read:
            try:
                self._read[name] = _READERS[name](self.folders[name])
            except InputError as error:
                raise NotExecutableError(str(error)) from None
        return self._read[name]


def read_meddra(folder: Path) -> MedDra:
    """MedDRA's ASCII files. InputError for one that is absent or has no codes."""
    tables = {level: _asc(folder, f"{level}.asc", 3 if level == "llt" else 2) for level in LEVELS}
    links = {
        (above, below): _asc(folder, f"{above}_{below}.asc", 2).rename({"0": "above", "1": "below"})
        for above, below in pairwise(LEVELS[:4])
    }
    links["pt", "llt"] = tables["llt"].select(pl.col("2").alias("above"), pl.col("0").alias("below"))
    levels = {n: t.select(pl.col("0").alias("code"), pl.col("1").alias("term")) for n, t in tables.items()}
    release = folder / "meddra_release.asc"
    version = _text(release).split("$", 1)[0].strip() if release.is_file() else ""
    return MedDra(version, levels, links)


def _asc(folder: Path, name: str, wanted: int) -> pl.DataFrame:
    """The first columns of a file with `$` between them, named 0, 1, …"""
    lines = [line.split("$")[:wanted] for line in _text(_there(folder, name)).splitlines() if line.strip()]
    short = next((n for n, line in enumerate(lines, 1) if len(line) < wanted), None)
    if short is not None or not lines:
        raise InputError(
            f"it has no {wanted} columns with $ between them", file=folder / name, line=short or 1
        )
    return _frame([str(n) for n in range(wanted)], lines)


def read_loinc(folder: Path) -> Terms:
    """LOINC's table. InputError where it is absent."""
    rows = list(csv.DictReader(StringIO(_text(_there(folder, "Loinc.csv")), newline="")))
    if not rows or not {"LOINC_NUM", "COMPONENT"} <= rows[0].keys():
        raise InputError("it has no columns LOINC_NUM and COMPONENT", file=folder / "Loinc.csv")
    releases = {r.get("VersionLastChanged") or "" for r in rows}
    numbers = [float(r) for r in releases if r.replace(".", "", 1).isdigit()]
    terms = _frame(["code", "term"], [[r["LOINC_NUM"], r["COMPONENT"]] for r in rows])
    return Terms(str(max(numbers, default="")), terms)


def read_unii(folder: Path) -> Terms:
    """The records of UNII. InputError where there are none."""
    files = sorted(folder.glob("UNII_Records_*")) if folder.is_dir() else []
    if not files:
        raise InputError(
            "there is no file UNII_Records_…", file=folder, mend="Check the path given with --unii."
        )
    rows = [row[:2] for row in csv.reader(StringIO(_text(files[-1])), delimiter="\t") if len(row) > 1]
    return Terms(files[-1].stem.rpartition("_")[2], _frame(["code", "term"], rows[1:]))


_READERS: Mapping[str, Callable[[Path], MedDra | Terms]] = {
    MEDDRA: read_meddra,
    LOINC: read_loinc,
    UNII: read_unii,
}


def _frame(names: Sequence[str], rows: Sequence[Sequence[str]]) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in names]
    return pl.DataFrame(
        [
            pl.Series(n, list(c), dtype=pl.String).str.strip_chars()
            for n, c in zip(names, columns, strict=True)
        ]
    )


def _there(folder: Path, name: str) -> Path:
    """A file by its name in any case."""
    found = next((p for p in sorted(folder.glob("*")) if p.name.lower() == name.lower()), None)
    if found is None:
        raise InputError(
            f"there is no {name}", file=folder, mend="Name the folder that holds the dictionary."
        )
    return found


def _text(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
