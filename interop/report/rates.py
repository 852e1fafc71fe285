"""Response rates with exact intervals, as a picture and a table."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.report.markup import Markup, el, figure, join, table, text
from interop.report.results import ALL, NO_GROUP
from interop.report.style import colours

LATER = " Before the cohorts were chosen, subjects are shown by the one that they came into."
LEFT, PLOT, WIDTH, ROW = 250, 440, 1000, 22


def rates_figure(rates: pl.DataFrame) -> Markup:
    """The picture of `Results.rates`: a line a parameter and group, and the same as a table."""
    tint = colours(rates["GROUP"].unique(maintain_order=True).to_list())
    parts: list[Markup] = []
    y = 8.0
    for (paramcd,), of in rates.group_by("PARAMCD", maintain_order=True):
        parts.append(text(0, y + 14, of["PARAM"][0], "bold"))
        parts.append(text(WIDTH, y + 14, paramcd, "small mute", "end"))
        y += ROW
        for row in of.iter_rows(named=True):
            parts.append(_line(row, y + ROW / 2, tint[row["GROUP"]]))
            y += ROW
        y += 12
    grid = [
        join(
            [
                el("line", x1=_x(p), x2=_x(p), y1=4, y2=y, class_="grid"),
                text(_x(p), y + 16, f"{p * 100:.0f} %", "small mute", "middle"),
            ]
        )
        for p in (0, 0.25, 0.5, 0.75, 1)
    ]
    first = rates.row(0, named=True)
    picture = figure(
        join([*grid, *parts]),
        "Share of subjects and its exact 95 % interval (Clopper-Pearson). The denominator is everyone in the "
        "population of the parameter; a subject without an assessment is not a responder."
        + (LATER if _chosen_later(rates) else ""),
        WIDTH,
        round(y + 24),
        "rates",
        f"Response rates. {first['PARAM']}: {_said(first)}. The table has all numbers.",
    )
    return join([picture, _table(rates)])


def _chosen_later(rates: pl.DataFrame) -> bool:
    """Whether groups were chosen on the way: some parameters have subjects without one, others have none."""
    without = rates.group_by("PARAMCD").agg((col("GROUP") == NO_GROUP).any().alias("some"))["some"]
    return bool(without.any()) and not bool(without.all())


def _line(row: dict[str, object], y: float, tint: str) -> Markup:
    lower, rate, upper = (_x(float(str(row[k]))) for k in ("lower", "rate", "upper"))
    weight = "bold" if row["GROUP"] == ALL else None
    return el(
        "g",
        text(14, y + 4, str(row["GROUP"]), "small"),
        el("line", x1=lower, x2=upper, y1=y, y2=y, class_="reach"),
        el("line", x1=lower, x2=lower, y1=y - 4, y2=y + 4, class_="reach"),
        el("line", x1=upper, x2=upper, y1=y - 4, y2=y + 4, class_="reach"),
        el("circle", cx=rate, cy=y, r=5, class_="dot"),
        text(LEFT + PLOT + 40, y + 4, f"{row['n']} of {row['N']}", "small"),
        text(LEFT + PLOT + 120, y + 4, _said(row), f"small {weight or ''}".strip()),
        style=f"--c:{tint}",
    )


def _x(share: float) -> float:
    return LEFT + PLOT * share


def _said(row: dict[str, object]) -> str:
    rate, lower, upper = (float(str(row[k])) * 100 for k in ("rate", "lower", "upper"))
    return f"{rate:.1f} % ({lower:.1f} to {upper:.1f})"


def _table(rates: pl.DataFrame) -> Markup:
    rows = [
        (r["PARAM"], r["GROUP"], r["N"], r["n"], _said(r))
        for r in rates.sort(col("PARAMCD").rank("dense"), maintain_order=True).iter_rows(named=True)
    ]
    head = ("Parameter", "Subjects", "N", "n", "Share (95 % interval)")
    return el(
        "details", el("summary", "The numbers"), table("Response rates (from ADRS)", head, rows, (2, 3, 4))
    )
