"""A whole real study from the command line: raw EDC forms to a whole package, reading included.

    python benchmarks/study.py [FOLDER]      default: the CDISC pilot's raw EDC beside the checkout (edc-lzzt)

Prints seconds, CPU seconds and peak memory of the process, and fails over 10 s or 1 GB.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("INTEROP_SHARED", ROOT.parent / "shared"))
SECONDS, MEGABYTES, REPEATS = 10.0, 1024.0, 3


def main() -> int:
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED / "data" / "edc-lzzt"
    if not source.is_dir():
        print(f"{source} is not here: nothing measured")
        return 0
    wall = []
    with tempfile.TemporaryDirectory() as folder:
        for n in range(REPEATS):
            started = time.perf_counter()
            out = Path(folder) / str(n)
            command = [
                sys.executable,
                "-m",
                "interop.cli",
                "run",
                "lzzt",
                "--source",
                str(source),
                "--out",
                str(out),
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            wall.append(time.perf_counter() - started)
            if done.returncode not in (0, 1):
                print(done.stderr)
                return done.returncode
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (used.ru_utime + used.ru_stime) / REPEATS
    peak = used.ru_maxrss / 1024
    median = statistics.median(wall)
    print("| study | seconds | limit | CPU seconds | peak memory | limit |")
    print("| --- | --- | --- | --- | --- | --- |")
    print(f"| lzzt | {median:.1f} | {SECONDS:.0f} | {cpu:.1f} | {peak:.0f} MB | {MEGABYTES:.0f} MB |")
    return int(median > SECONDS or peak > MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())
