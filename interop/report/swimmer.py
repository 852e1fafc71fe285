"""The swimmer plot: a line a subject with its phases, doses, responses and what ended them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
from polars import col

from interop.report.markup import Markup, el, figure, join, text
from interop.report.results import ALL, groups
from interop.report.style import MONTH, colours, month_ticks

if TYPE_CHECKING:
    from interop.pipeline import Run
    from interop.study import Study

WIDTH, LEFT, RIGHT, ROW, BAR = 1000, 158, 24, 15, 9
MOST = 120  # as many subjects as a page shows
RESPONSES: Mapping[str, tuple[str, str]] = {  # shape and colour
    "CR": ("filled", "--cr"),
    "PR": ("half", "--pr"),
    "SD": ("open", "--sd"),
    "NON-CR/NON-PD": ("open", "--sd"),
    "PD": ("square", "--pd"),
}
SHAPES = ("M0 -4.6L4.4 3.4H-4.4z", "M0 -4.8L4.8 0L0 4.8L-4.8 0z", "M-4.4 -3.4H4.4L0 4.6z", "M-4 -4H4V4H-4z")


@dataclass(frozen=True)
class Event:
    """Something that the plot marks, by a shape of its own: an ADSL date."""

    variable: str
    label: str
    shape: str


def swimmer(run: Run) -> Markup:
    """The picture of ADSL, ADRS (overall responses) and EX (doses); empty where no subject was treated."""
    adsl = run.built["ADSL"].table.filter(col("TRTSDT").is_not_null())
    if adsl.is_empty():
        return Markup("")
    events = marked_events(run.study, adsl.columns)
    rows, left_out = _subjects(adsl, run.study)
    details = _details(run, rows)
    longest = max((r["_end"] - r["TRTSDT"]).days for r in rows)
    ticks = month_ticks(longest + 10)
    scale = (WIDTH - LEFT - RIGHT) / (ticks[-1] * MONTH)
    height = 20 + sum(ROW for _ in rows) + 26 * len({r["_group"] for r in rows})
    parts = [_grid(ticks, scale, height)]
    y, group = 14.0, None
    tint = colours([str(r["_group"]) for r in rows])
    for row in rows:
        if row["_group"] != group:
            group = row["_group"]
            parts.append(el("g", text(0, y + 18, group, "small bold named"), style=f"--c:{tint[group]}"))
            y += 26
        parts.append(_lane(row, details.get(row["USUBJID"], {}), events, y, scale))
        y += ROW
    picture = figure(
        join(parts),
        "Months from the first study treatment. Strokes below a line: doses."
        + (f" {left_out} more subjects are not shown." if left_out else ""),
        WIDTH,
        round(height + 16),
        "swimmer",
        f"Swimmer plot of {len(rows)} subjects: phases, doses, responses, new therapy and death of each.",
    )
    return join([_key(adsl, events), picture])


def marked_events(study: Study, there: list[str]) -> list[Event]:
    """The dates to mark: the events that bring a subject into a population, and those that end follow-up."""
    names: list[str] = []
    populations: Mapping[str, Any] = study.analysis.get("populations", {})  # type: ignore[assignment]
    for who in populations.values():
        if isinstance(who, Mapping):
            names += _recorded(study, who["reached"])
    adtte: Mapping[str, Any] = study.analysis.get("adtte", {})  # type: ignore[assignment]
    ends = {p["until"]["source"] for p in adtte.get("parameters", ()) if "until" in p}
    dates = [adtte["sources"][n]["date"] for n in sorted(ends) if adtte["sources"][n]["dataset"] == "ADSL"]
    names += [m.name for m in study.milestones if m.adsl in dates]
    found = dict.fromkeys(study.milestone(n).adsl or "" for n in names)
    labels = {m.adsl: m.name for m in study.milestones if m.adsl}
    shown = [v for v in found if v in there][: len(SHAPES)]
    return [Event(v, labels[v], shape) for v, shape in zip(shown, SHAPES, strict=False)]


def _recorded(study: Study, name: str) -> list[str]:
    """The milestones of records that a milestone is made of."""
    milestone = study.milestone(name)
    if milestone.record is not None:
        return [name]
    return [part for n in milestone.of for part in _recorded(study, n)]


def _subjects(adsl: pl.DataFrame, study: Study) -> tuple[list[dict[str, Any]], int]:
    """The subjects by group and length, with `_end`, the last day of their line; how many are left out."""
    ended = adsl.with_columns(
        _end=pl.max_horizontal(pl.coalesce("EOSDT", "LSTALVDT", "TRTEDT"), "DTHDT", "TRTSDT")
    )
    parts = list(groups(ended, [a.label for a in study.arms]))[1:] or [(ALL, ended)]
    rows: list[dict[str, Any]] = []
    for name, of in parts:
        length = (col("_end") - col("TRTSDT")).alias("_length")
        ordered = of.with_columns(length).sort("_length", "USUBJID", descending=[True, False])
        rows += [{**row, "_group": name} for row in ordered.iter_rows(named=True)]
    return rows[:MOST], max(0, len(rows) - MOST)


def _details(run: Run, rows: list[dict[str, Any]]) -> dict[str, dict[str, list[Any]]]:
    """USUBJID ─▶ `responses` (date, value) and `doses` (date)."""
    shown = [r["USUBJID"] for r in rows]
    found: dict[str, dict[str, list[Any]]] = {s: {"responses": [], "doses": []} for s in shown}
    adrs = run.built["ADRS"].table if "ADRS" in run.built else None
    if adrs is not None:
        counted = adrs.filter(col("PARAMCD") == "OVR", col("ANL01FL") == "Y", col("USUBJID").is_in(shown))
        for subject, day, value in counted.select("USUBJID", "ADT", "AVALC").drop_nulls().iter_rows():
            found[subject]["responses"].append((day, value))
    day = col("EXSTDTC").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    doses = (
        run.built["EX"]
        .table.filter(col("USUBJID").is_in(shown))
        .select("USUBJID", day.alias("day"))
        .drop_nulls()
    )
    for subject, given in doses.unique(maintain_order=True).iter_rows():
        found[subject]["doses"].append(given)
    return found


def _lane(
    row: Mapping[str, Any], details: Mapping[str, list[Any]], events: list[Event], y: float, scale: float
) -> Markup:
    def x(day: date) -> float:
        days: int = (day - row["TRTSDT"]).days
        return round(LEFT + days * scale, 1)

    middle = y + ROW / 2
    parts = [text(LEFT - 8, middle + 3.5, row["USUBJID"], "tiny", "end")]
    for n, start, end in _stretches(row):
        tint = f"--c:var(--p{n})"
        width = max(1.5, x(end) - x(start))
        parts.append(
            el("rect", x=x(start), y=middle - BAR / 2, width=width, height=BAR, class_="phase", style=tint)
        )
    for day in details.get("doses", []):
        parts.append(
            el(
                "line",
                x1=x(day),
                x2=x(day),
                y1=middle + BAR / 2 - 1,
                y2=middle + BAR / 2 + 2.5,
                class_="dose",
            )
        )
    for day, value in details.get("responses", []):
        parts.append(_response(value, x(day), middle))
    for event in events:
        if row[event.variable] is not None:
            parts.append(_mark(event.shape, x(row[event.variable]), middle))
    end_x = x(row["_end"])
    if row["DTHDT"] is not None:
        cross = f"M{x(row['DTHDT']) - 4:g} {middle - 4:g}l8 8m0 -8l-8 8"
        parts.append(el("path", d=cross, class_="died"))
    elif row["EOSSTT"] == "ONGOING":
        parts.append(el("path", d=f"M{end_x:g} {middle:g}h9m-4 -3.5l4 3.5l-4 3.5", class_="arrow"))
    return el("g", el("title", _told(row, details)), parts)


def _stretches(row: Mapping[str, Any]) -> list[tuple[int, date, date]]:
    """(number, first day, last day) of each phase; of a study without phases one, from the first dose on."""
    found = []
    for n in range(1, 10):
        start = row.get(f"PH{n}SDT")
        if start is not None:
            found.append((min(n, 4), start, row[f"PH{n}EDT"] or row["_end"]))
    return found or [(1, row["TRTSDT"], row["_end"])]


def _response(value: str, x: float, y: float) -> Markup:
    shape, tint = RESPONSES.get(value, ("open", "--ne"))
    style = f"--c:var({tint})"
    if shape == "square":
        return el("rect", x=x - 3.8, y=y - 3.8, width=7.6, height=7.6, class_="filled", style=style)
    if shape == "half":
        whole = el("circle", cx=x, cy=y, r=3.9, class_="open")
        left = el("path", d=f"M{x:g} {y - 3.9:g}a3.9 3.9 0 0 0 0 7.8z", class_="half")
        return el("g", whole, left, style=style)
    return el("circle", cx=x, cy=y, r=4.2 if shape == "filled" else 3.6, class_=shape, style=style)


def _mark(shape: str, x: float, y: float) -> Markup:
    return el("path", d=shape, class_="mark", transform=f"translate({x:g} {y:g})")


def _told(row: Mapping[str, Any], details: Mapping[str, list[Any]]) -> str:
    """The line in words, for who points at it."""
    said = [
        f"{value} on day {(day - row['TRTSDT']).days + 1}"
        for day, value in sorted(details.get("responses", []))
    ]
    state = "died" if row["DTHDT"] is not None else (row["EOSSTT"] or "").lower()
    days = (row["_end"] - row["TRTSDT"]).days + 1
    return f"{row['USUBJID']}: {days} days, {state}. {', '.join(said) or 'No assessment'}"


def _grid(ticks: list[int], scale: float, height: float) -> Markup:
    parts = []
    for month in ticks:
        x = LEFT + month * MONTH * scale
        parts.append(el("line", x1=x, x2=x, y1=6, y2=height, class_="grid"))
        parts.append(text(x, height + 13, month, "small mute", "middle"))
    return join(parts)


def _key(adsl: pl.DataFrame, events: list[Event]) -> Markup:
    """What the colours and shapes stand for."""
    items = []
    for n in range(1, 5):
        if f"APHASE{n}" in adsl.columns and adsl[f"APHASE{n}"].null_count() < len(adsl):
            name = adsl[f"APHASE{n}"].drop_nulls()[0]
            bar = el("rect", x=0, y=3, width=18, height=8, class_="phase", style=f"--c:var(--p{n})")
            items.append((bar, name))
    items += [(_response(value, 9, 7), value) for value in ("CR", "PR", "SD", "PD")]
    items.append((_response("NE", 9, 7), "other assessment"))
    items += [(_mark(e.shape, 9, 7), e.label) for e in events]
    items.append((el("path", d="M5 3l8 8m0 -8l-8 8", class_="died"), "death"))
    items.append((el("path", d="M3 7h11m-4 -3.5l4 3.5l-4 3.5", class_="arrow"), "still in the study"))
    shown = [
        el("li", el("svg", drawing, viewBox="0 0 18 14", aria_hidden="true"), label)
        for drawing, label in items
    ]
    return el("ul", shown, class_="key", aria_label="Key")
