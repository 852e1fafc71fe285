"""The flow of subjects through the phases of a study, as a picture."""

from __future__ import annotations

import polars as pl
from polars import col

from interop.report.markup import Markup, Value, el, figure, join, table, text
from interop.report.results import ALL, TREATED

BOX, LINE, GAP, PAD = 300, 19, 44, 12
WIDTH = 1000


def flowchart(flow: pl.DataFrame) -> Markup:
    """The picture of `Results.flow` and its numbers as a table."""
    steps = flow.filter(col("GROUP") == ALL, col("kind") == "reached")
    parts: list[Markup] = [_arrow_head()]
    grouped = flow.filter(col("kind") != "left", col("GROUP") != ALL)
    columns = grouped["GROUP"].unique(maintain_order=True).to_list()
    wide = min(BOX, (WIDTH - 20 * (len(columns) - 1)) / max(1, len(columns)))
    across = len(columns) * (wide + 20) - 20
    x, y = max(0.0, (across - BOX) / 2), 4.0
    height = 2 * PAD + 2 * LINE - 8
    for row in steps.iter_rows(named=True):
        reasons = flow.filter(col("kind") == "left", col("step") == row["step"]).select("label", "n").rows()
        if row["step"] > 0:
            y_next = y + height + max(GAP, (len(reasons) + 1) * LINE + PAD + 14 if reasons else 0)
            parts.append(_arrow(x + BOX / 2, y + height, x + BOX / 2, y_next))
            if reasons:
                parts.append(_side(x, (y + height + y_next) / 2, row["label"], reasons))
            y = y_next
        parts.append(_box(x, y, BOX, height, [(row["label"], "bold"), (f"n = {row['n']}", "")]))
    alone = flow.filter(col("kind") == "state", col("GROUP") == ALL)
    bottom = y + height
    for n, group in enumerate(columns or [ALL] * (len(alone) > 0)):
        lines = _lines((grouped if group != ALL else alone).filter(col("GROUP") == group))
        left = n * (wide + 20)
        top = y + height + GAP
        middle = x + BOX / 2
        parts.append(_elbow(middle, y + height, left + wide / 2, top))
        parts.append(_box(left, top, wide, 2 * PAD + LINE * len(lines) - 6, lines))
        bottom = max(bottom, top + 2 * PAD + LINE * len(lines) - 6)
    said = "; ".join(f"{r['label']}: {r['n']}" for r in steps.iter_rows(named=True))
    picture = figure(
        join(parts),
        "",
        WIDTH,
        round(bottom + 6),
        "flow",
        f"Flow of subjects. {said}. The table has all numbers.",
    )
    return join([picture, _table(flow)])


def _lines(rows: pl.DataFrame) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for row in rows.iter_rows(named=True):
        if row["kind"] == "group":
            lines += [(row["label"], "bold"), (f"n = {row['n']}", "")]
        else:
            lines.append((f"{row['label']} {row['n']}", "mute" if row["kind"] == "state" else ""))
    return lines


def _box(x: float, y: float, width: float, height: float, lines: list[tuple[str, str]]) -> Markup:
    said = [
        text(x + 14, y + PAD + 14 + n * LINE, line, style or None) for n, (line, style) in enumerate(lines)
    ]
    return join([el("rect", x=x, y=y, width=width, height=height, rx=6, class_="box"), *said])


def _side(x: float, middle: float, label: str, reasons: list[tuple[str, int]]) -> Markup:
    """The box of those who did not come to the next step."""
    height = (len(reasons) + 1) * LINE + PAD
    left, top = x + BOX + 60, middle - height / 2
    total = sum(n for _, n in reasons)
    what = "Not treated" if label == TREATED else f"Not in {label[:1].lower()}{label[1:]}"
    lines = [(f"{what}: {total}", "small")]
    lines += [(f"{why} {n}", "small mute") for why, n in reasons]
    said = [text(left + 14, top + 20 + n * LINE, line, style) for n, (line, style) in enumerate(lines)]
    box = el("rect", x=left, y=top, width=380, height=height, rx=6, class_="side")
    return join([_arrow(x + BOX / 2, middle, left, middle), box, *said])


def _arrow(x1: float, y1: float, x2: float, y2: float) -> Markup:
    return el("line", x1=x1, y1=y1, x2=x2, y2=y2, class_="arrow", marker_end="url(#head)")


def _elbow(x1: float, y1: float, x2: float, y2: float) -> Markup:
    turn = (y1 + y2) / 2
    path = f"M{x1:g} {y1:g}V{turn:g}H{x2:g}V{y2:g}"
    return el("path", d=path, class_="arrow", marker_end="url(#head)")


def _arrow_head() -> Markup:
    tip = el("path", d="M0 0L8 4L0 8z", class_="head")
    attributes: dict[str, Value] = {
        "id": "head",
        "viewBox": "0 0 8 8",
        "refX": 8,
        "refY": 4,
        "markerWidth": 8,
        "markerHeight": 8,
    }
    return el("defs", el("marker", tip, orient="auto", **attributes))


def _table(flow: pl.DataFrame) -> Markup:
    kinds = {"reached": "Reached", "left": "Did not reach it", "group": "Cohort", "state": "End of study"}
    rows = [
        (kinds[r["kind"]], r["label"], "" if r["GROUP"] == ALL else r["GROUP"], r["n"])
        for r in flow.iter_rows(named=True)
    ]
    return el(
        "details",
        el("summary", "The numbers"),
        table("Subjects at each step (from ADSL)", ("", "Step or reason", "Cohort", "n"), rows, (3,)),
    )
