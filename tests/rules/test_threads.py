"""A small study is judged by one thread: said to Polars before it is there, unless the user says how many."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SEEN = (
    "import sys, os; from pathlib import Path; from interop.rules.threads import one_for_few; "
    "one_for_few([Path(sys.argv[1])]); print(os.environ.get('POLARS_MAX_THREADS', 'all'))"
)


@pytest.mark.parametrize(
    ("files", "given", "threads"),
    [
        ({"dm.xpt": 100}, None, "1"),
        ({"dm.xpt": 100, "lb.xpt": 11_000_000}, None, "all"),
        ({"dm.xpt": 100, "dm.json": 11_000_000}, None, "1"),  # another form of the same
        ({"lb.json": 11_000_000}, None, "all"),
        ({"dm.xpt": 100}, "2", "2"),
    ],
)
def test_threads_by_size(tmp_path: Path, files: dict[str, int], given: str | None, threads: str) -> None:
    for name, size in files.items():
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    environment = {k: v for k, v in os.environ.items() if k != "POLARS_MAX_THREADS"}
    if given:
        environment["POLARS_MAX_THREADS"] = given
    done = subprocess.run(
        [sys.executable, "-c", SEEN, tmp_path], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == threads
