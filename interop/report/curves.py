"""Kaplan-Meier curves with censoring marks, intervals and numbers at risk."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.report.markup import Markup, el, figure, join, table, text
from interop.report.results import ALL
from interop.report.statistics import at
from interop.report.style import MONTH, colours, month_ticks

WIDTH, LEFT, RIGHT, TOP, PLOT = 560, 46, 14, 8, 250


def survival_figures(curves: pl.DataFrame, times: pl.DataFrame) -> Markup:
    """A picture a time-to-event parameter, and the table of `Results.times`."""
    pictures = []
    for (paramcd, param), of in times.group_by("PARAMCD", "PARAM", maintain_order=True):
        here = curves.filter(col("PARAMCD") == paramcd)
        pictures.append(
            join(
                [
                    el("h3", str(param).removesuffix(" (days)")),
                    _key(of["GROUP"].to_list()),
                    _picture(str(paramcd), here, of),
                ]
            )
        )
    return join([el("div", [el("div", p) for p in pictures], class_="pair"), times_table(times)])


def _picture(paramcd: str, curves: pl.DataFrame, times: pl.DataFrame) -> Markup:
    groups = times["GROUP"].to_list()
    tint = colours(groups)
    ticks = month_ticks(float(str(curves["time"].max() or 0)))
    scale = (WIDTH - LEFT - RIGHT) / (ticks[-1] * MONTH)
    parts = [_axes(ticks, scale)]
    for group in groups:
        curve = curves.filter(col("GROUP") == group)
        parts.append(
            _curve(curve, scale, tint[group], band=group == ALL, dashed=group == ALL and len(groups) > 1)
        )
    y = TOP + PLOT + 58
    parts.append(text(0, y - 8, "At risk", "small mute"))
    for group in groups:
        curve = curves.filter(col("GROUP") == group)
        if len(groups) > 1:
            parts.append(el("g", text(LEFT, y + 8, group, "tiny named"), style=f"--c:{tint[group]}"))
            y += 13
        numbers = [
            text(LEFT + m * MONTH * scale, y + 10, at(curve, m * MONTH)["at_risk"], "small", "middle")
            for m in ticks
        ]
        parts.append(el("g", numbers))
        y += 21
    row = times.row(0, named=True)
    return figure(
        join(parts),
        "Months. Band: 95 % interval, all subjects. Small strokes: censored.",
        WIDTH,
        round(y + 2),
        f"km-{paramcd.lower()}",
        f"Kaplan-Meier curve of {row['PARAM']}: {row['events']} events of {row['N']} subjects, median "
        f"{months(row['median'])} months.",
    )


def _key(groups: list[str]) -> Markup:
    """The names of the curves, where there are several."""
    if len(groups) < 2:
        return Markup("")
    tint = colours(groups)
    items = []
    for group in groups:
        dashes = "5 3" if group == ALL else None
        stroke = el("line", x1=0, x2=18, y1=7, y2=7, class_="curve", stroke_dasharray=dashes)
        drawing = el("svg", stroke, viewBox="0 0 18 14", aria_hidden="true", style=f"--c:{tint[group]}")
        items.append(el("li", drawing, group))
    return el("ul", items, class_="key")


def _axes(ticks: list[int], scale: float) -> Markup:
    bottom, right = TOP + PLOT, WIDTH - RIGHT
    parts = []
    for share in (0, 25, 50, 75, 100):
        y = bottom - PLOT * share / 100
        parts.append(el("line", x1=LEFT, x2=right, y1=y, y2=y, class_="grid"))
        parts.append(text(LEFT - 8, y + 4, f"{share} %", "small mute", "end"))
    for month in ticks:
        x = LEFT + month * MONTH * scale
        parts.append(el("line", x1=x, x2=x, y1=bottom, y2=bottom + 5, class_="axis"))
        parts.append(text(x, bottom + 19, month, "small mute", "middle"))
    parts.append(el("path", d=f"M{LEFT} {TOP}V{bottom}H{right}", class_="axis"))
    return join(parts)


def _curve(curve: pl.DataFrame, scale: float, tint: str, *, band: bool, dashed: bool) -> Markup:
    rows = curve.rows(named=True)
    end = max(r["time"] for r in rows)

    def x(time: float) -> float:
        return round(LEFT + time * scale, 2)

    def y(share: float) -> float:
        return round(TOP + PLOT * (1 - share), 2)

    def steps(column: str) -> list[tuple[float, float]]:
        """Corners of the step line through a column, carried on to the last time."""
        corners, level = [], 1.0
        for row in rows:
            value = row[column]
            corners.append((x(row["time"]), y(level)))
            if value is not None:
                level = value
                corners.append((x(row["time"]), y(level)))
        return [*corners, (x(end), y(level))]

    parts = []
    if band:
        outline = steps("upper") + steps("lower")[::-1]
        parts.append(el("path", d=_path(outline) + "z", class_="band"))
    parts.append(
        el("path", d=_path(steps("survival")), class_="curve", stroke_dasharray="5 3" if dashed else None)
    )
    for row in rows:
        if row["censored"]:
            cx, cy = x(row["time"]), y(row["survival"])
            parts.append(el("line", x1=cx, x2=cx, y1=cy - 5, y2=cy + 5, class_="tick"))
    return el("g", parts, style=f"--c:{tint}")


def _path(corners: list[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in corners)


def months(days: float | None) -> str:
    """Days as months in words; a time that was not reached says so."""
    return "not reached" if days is None else f"{days / MONTH:.1f}"


def times_table(times: pl.DataFrame) -> Markup:
    """The numbers behind the curves: subjects, events, medians, survival at a year."""

    def share(row: dict[str, float | None]) -> str:
        if row["year"] is None:
            return "–"
        if row["year_lower"] is None and row["year_upper"] is None:
            return f"{row['year'] * 100:.1f} %"
        limits = [row["year_lower"], row["year_upper"]]
        low, high = ("–" if v is None else f"{v * 100:.1f}" for v in limits)
        return f"{row['year'] * 100:.1f} % ({low} to {high})"

    rows = [
        (
            str(r["PARAM"]).removesuffix(" (days)"),
            r["GROUP"],
            r["N"],
            r["events"],
            f"{months(r['median'])} ({months(r['median_lower'])} to {months(r['median_upper'])})",
            share(r),
        )
        for r in times.iter_rows(named=True)
    ]
    head = (
        "Parameter",
        "Subjects",
        "N",
        "Events",
        "Median, months (95 % interval)",
        "Without event at 12 months",
    )
    return table(
        "Time to event (from ADTTE; Kaplan-Meier, intervals by log(-log S))", head, rows, (2, 3, 4, 5)
    )
