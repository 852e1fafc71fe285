"""How many threads judge a study. It is asked before Polars is imported, which reads the number once."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

VARIABLE = "POLARS_MAX_THREADS"
SMALL = 10_000_000  # bytes


def one_for_few(paths: Iterable[Path]) -> None:
    """One thread where the datasets are small, unless POLARS_MAX_THREADS says how many.

    To hand each of some thousand small queries to another thread costs more than it saves: on the CDISC pilot
    (4.6 MB) a quarter of the CPU time and a fifth of the time, on 40 MB neither.
    """
    if VARIABLE not in os.environ and "polars" not in sys.modules and _bytes(paths) < SMALL:
        os.environ[VARIABLE] = "1"


def _bytes(paths: Iterable[Path]) -> int:
    """Of a folder the XPT files below it count, where it has any: the other formats repeat them."""
    total = 0
    for path in paths:
        files = list(path.rglob("*")) if path.is_dir() else [path]
        submitted = [p for p in files if p.suffix.lower() == ".xpt"]
        total += sum(p.stat().st_size for p in submitted or files if p.is_file())
    return total
