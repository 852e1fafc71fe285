"""Memory is that of the data, not of the file: changing the same values again and again takes none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.sources.odmsmall import document

MEASURE = """
import sys
from pathlib import Path
from interop.sources import odmstore
from interop.sources.odm import read_odm
odmstore.FLUSH, odmstore.COMPACT = 10_000, 50_000
odm = read_odm([Path(sys.argv[1])])
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(status["VmHWM"].split()[0], odm.forms["F"].rows.height, len(odm.history))
"""

# ru_maxrss would do everywhere, but a process inherits it from the one that starts it.
linux = pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="peak memory is read from /proc")


def trail(path: Path, rounds: int) -> Path:
    """1,000 item groups of 4 values, changed in every round."""
    audit = (
        '<AuditRecord><UserRef UserOID="U"/><LocationRef LocationOID="701"/>\n'
        "<DateTimeStamp>2025-01-01T10:{:02}:00</DateTimeStamp></AuditRecord>"
    )
    body = "".join(
        f'<SubjectData SubjectKey="{row}" TransactionType="Upsert"><StudyEventData StudyEventOID="E">'
        '<FormData FormOID="F">\n<ItemGroupData ItemGroupOID="G">'
        + "".join(
            f'<ItemData ItemOID="I{i}" Value="{(row + n + i) % 97}">{audit.format(n % 60)}</ItemData>'
            for i in range(4)
        )
        + "</ItemGroupData></FormData></StudyEventData></SubjectData>\n"
        for n in range(rounds)
        for row in range(1000)
    )
    path.write_text(document(body, kind="Transactional"))
    return path


def measured(path: Path) -> tuple[float, int, int]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
    )
    peak, rows, changed = map(int, done.stdout.split())
    return peak / 1024, rows, changed


@linux
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    short, long = trail(tmp_path / "short.xml", 10), trail(tmp_path / "long.xml", 50)
    assert long.stat().st_size > 30e6
    before, *same = measured(short)
    after, *there = measured(long)
    assert same == there == [1000, 4000]
    assert after - before < 25  # MB, for a file that is 28 MB longer
