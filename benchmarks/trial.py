"""The reference trial at growing size, from the command line: simulated forms to a whole package.

    python benchmarks/trial.py [SUBJECTS ...]      default: 100 1000

Prints seconds, CPU seconds and peak memory of `interop run` for each size, reading included, and the CPU
seconds a subject. Fails where 100 subjects take over 20 s, where a subject costs over 1.2 times one of the
size before, or over 6 GB. 10,000 subjects take minutes: ask for them by name.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

SECONDS, GIGABYTES, GROWTH = 20.0, 6.0, 1.2


class Cost(NamedTuple):
    seconds: float
    cpu: float
    gigabytes: float


def measured(*arguments: str) -> Cost:
    """Run `interop` with `arguments` and wait for it with the operating system's own accounting."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "interop.cli", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1):  # 1: the planted defects are told
        raise SystemExit(f"interop {arguments[0]} failed")
    return Cost(time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024**2)


def main() -> int:
    sizes = [int(n) for n in sys.argv[1:]] or [100, 1000]
    failed = 0
    before: float | None = None
    print("| subjects | seconds | CPU seconds | peak memory | CPU seconds a subject |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            made, out = str(Path(folder) / f"made-{size}"), str(Path(folder) / f"out-{size}")
            measured("simulate", "glofit-cart", "--subjects", str(size), "--format", "csv", "--out", made)
            cost = measured("run", "glofit-cart", "--source", f"{made}/csv", "--out", out)
            each = cost.cpu / size
            print(
                f"| {size:,} | {cost.seconds:.1f} | {cost.cpu:.1f} | {cost.gigabytes:.2f} GB | {each:.4f} |",
                flush=True,
            )
            failed |= size <= 100 and cost.seconds > SECONDS
            failed |= cost.gigabytes > GIGABYTES
            failed |= before is not None and each > GROWTH * before
            before = each
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
