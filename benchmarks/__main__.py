"""Run every benchmark, each as a program of its own: `python -m benchmarks`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    here = Path(__file__).parent
    failed = 0
    for program in sorted(p for p in here.glob("*.py") if not p.name.startswith("_")):
        print(f"\n== {program.name}", flush=True)
        failed |= subprocess.run([sys.executable, str(program)], check=False).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
