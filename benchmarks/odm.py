"""ODM reading: speed and memory on generated files.

    python benchmarks/odm.py [--mb 100 1000] [--keep FOLDER]

Each file is read in a process of its own, whose peak memory is told (Linux).
`snapshot`: every value once, so that the tables grow with the file.
`transactional`: the same 20,000 item groups changed again and again, with AuditRecords, so that
the file grows and the data do not.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

MB = 1_000_000
ITEMS = 10
ROOT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" '
    'FileType="{kind}" FileOID="BENCH" CreationDateTime="2026-01-01T00:00:00">\n'
    '<ClinicalData StudyOID="BENCH" MetaDataVersionOID="MDV">\n'
)
END = "</ClinicalData>\n</ODM>\n"
GROUP = """\
 <SubjectData SubjectKey="{subject:06}"{op}>
  <SiteRef LocationOID="{site}"/>
  <StudyEventData StudyEventOID="SE.WEEK" StudyEventRepeatKey="{week}">
   <FormData FormOID="F.VS">
    <ItemGroupData ItemGroupOID="IG.VS">
{items}    </ItemGroupData>
   </FormData>
  </StudyEventData>
 </SubjectData>
"""
AUDIT = """
      <AuditRecord>
       <UserRef UserOID="USER.{user}"/><LocationRef LocationOID="{user}"/>
       <DateTimeStamp>2025-01-{day:02}T10:{minute:02}:00</DateTimeStamp>
       <ReasonForChange>corrected</ReasonForChange>
      </AuditRecord>
     </ItemData>
"""


def snapshot() -> Iterator[str]:
    for n in count():
        cells = "".join(
            f'     <ItemData ItemOID="IT.VS.RESULT{i}" Value="{(n * 7 + i * 13) % 997}"/>\n'
            for i in range(ITEMS)
        )
        yield GROUP.format(subject=n // 20, op="", site=n // 2000, week=n % 20, items=cells)


def transactional() -> Iterator[str]:
    for n in count():
        row = n % 20_000
        audit = AUDIT.format(user=n % 9, day=n % 28 + 1, minute=n % 60)
        cells = "".join(
            f'     <ItemData ItemOID="IT.VS.RESULT{i}" Value="{(n + i) % 997}">{audit}' for i in range(ITEMS)
        )
        yield GROUP.format(
            subject=row // 20, op=' TransactionType="Upsert"', site=row // 2000, week=row % 20, items=cells
        )


KINDS = {"snapshot": ("Snapshot", snapshot), "transactional": ("Transactional", transactional)}


def generate(path: Path, kind: str, size: int) -> None:
    """A file of about `size` bytes."""
    file_type, pieces = KINDS[kind]
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(ROOT.format(kind=file_type))
        written = 0
        for piece in pieces():
            written += file.write(piece)
            if written >= size:
                break
        file.write(END)


def measure(path: Path) -> None:
    """Read one file and print: seconds, peak MB, rows, values."""
    from interop.sources.odm import read_odm

    start = time.perf_counter()
    odm = read_odm([path])
    seconds = time.perf_counter() - start
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    peak = int(status["VmHWM"].split()[0]) / 1024  # not ru_maxrss, which is inherited from the caller
    tables = [f.rows.select(f.items) for f in odm.forms.values()]
    values = sum(t.height * t.width - sum(t.null_count().row(0)) for t in tables)
    print(seconds, peak, sum(t.height for t in tables), values)


def apart(path: Path) -> tuple[float, float, int, int]:
    done = subprocess.run(
        [sys.executable, __file__, "--one", str(path)], capture_output=True, text=True, check=True
    )
    seconds, peak, rows, values = done.stdout.split()
    return float(seconds), float(peak), int(rows), int(values)


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed and memory of reading ODM.")
    parser.add_argument("--mb", type=int, nargs="+", default=[25, 100], help="sizes of the files in MB")
    parser.add_argument("--keep", type=Path, help="folder to leave the generated files in")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        measure(asked.one)
        return 0
    print("| file | size | rows | values | time | speed | peak memory |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.keep or Path(temporary)
        for kind in KINDS:
            for megabytes in asked.mb:
                path = folder / f"{kind}-{megabytes}.xml"
                generate(path, kind, megabytes * MB)
                size = path.stat().st_size / MB
                seconds, peak, rows, values = apart(path)
                print(
                    f"| {kind} | {size:,.0f} MB | {rows:,} | {values:,} | {seconds:.1f} s "
                    f"| {size / seconds:.0f} MB/s | {peak:,.0f} MB |",
                    flush=True,
                )
                if not asked.keep:
                    path.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
