"""Laboratory results in columns, moved by marrow, inflammation and the burden of disease."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from polars import col

from interop.simulate.course import Course
from interop.simulate.dates import shown
from interop.simulate.draw import LAB, Draw
from interop.simulate.forms import BY_NAME
from interop.simulate.settings import Settings

VISITS = (
    *(
        "SCR",
        "C1D1",
        "C1D8",
        "C1D15",
        "C2D1",
        "EOI",
        "LD",
        "COND",
        "D0",
        "D7",
        "D14",
        "D28",
        "CONS1",
        "CONS2",
        "CONS3",
    ),
    *("CONS4", "M3", "M6", "M12", "M24"),
)
_AFTER_CHEMO = ((0, 0.9), (7, 0.35), (12, 0.15), (20, 0.3), (28, 0.55), (45, 0.7), (120, 0.85))
_BURDEN = {"CR": 1.0, "PR": 1.4, "SD": 2.0, "PD": 3.2}


@dataclass
class Labs:
    """What is to be measured, and the noise of it, of several subjects."""

    settings: Settings
    at: list[tuple[int, str, str, str, str | None, str, float, float, float]] = field(default_factory=list)
    base: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = field(default_factory=list)
    noise: list[np.ndarray[tuple[int], np.dtype[np.float64]]] = field(default_factory=list)

    def add(self, course: Course, seed: int) -> None:
        draw, tests = Draw(seed, course.number, LAB), len(self.settings.laboratory)
        visits = [v for v in sorted(course.visits, key=lambda v: v.day) if v.key in VISITS]
        own = draw.normals(tests)
        self.noise.append(draw.normals(tests * len(visits)))
        for v in visits:
            minute = 420 + 5 * int(36 * draw.uniform())
            self.base.append(own)
            self.at.append(
                (
                    course.number,
                    v.key,
                    course.site,
                    course.subject,
                    shown(v.day),
                    f"{minute // 60:02}:{minute % 60:02}",
                    *_state(course, v.day),
                )
            )

    def frame(self) -> pl.DataFrame:
        """The rows of LB: `_n`, `_event`, SITEID, SUBJID and its cells."""
        names = ("_n", "_event", "SITEID", "SUBJID", "LBDAT", "LBTIM", "marrow", "inflammation", "burden")
        at = pl.DataFrame(self.at, schema=list(names), orient="row", infer_schema_length=None)
        tests = self.settings.laboratory
        if at.is_empty():
            return pl.DataFrame()
        shape = (at.height, len(tests))
        noise = np.concatenate(self.noise).reshape(shape)
        value = np.stack(self.base) * [t.between for t in tests] + noise * [t.within for t in tests]
        for name in ("marrow", "inflammation", "burden"):
            value += np.log(at[name].to_numpy())[:, None] * [getattr(t, name) for t in tests]
        value = np.exp(value) * [t.mean for t in tests]
        columns = [
            at.drop("marrow", "inflammation", "burden").with_columns(
                LBSPID=pl.lit(t.test),
                LBCAT=pl.lit(t.category),
                LBTEST=pl.lit(t.test),
                LBSPEC=pl.lit("BLOOD" if t.category == "HEMATOLOGY" else "SERUM"),
                LBORRES=pl.Series(written(value[:, n], t.decimals)),
                LBORRESU=pl.lit(t.unit),
                LBORNRLO=pl.lit(t.low),
                LBORNRHI=pl.lit(t.high),
            )
            for n, t in enumerate(tests)
        ]
        empty = [pl.lit(None, pl.String).alias(c) for c in ("LBMETHOD", "LBSTAT", "LBREASND")]
        frame = pl.concat([c.with_row_index("_at") for c in columns]).with_columns(*empty)
        frame = frame.with_row_index("_order").sort("_at", "_order")
        number = pl.format("LB-{}", pl.int_range(1, pl.len() + 1).over("_n"))
        return frame.with_columns(LBSPID=number).select(
            "_n", "_event", "SITEID", "SUBJID", *(col(i) for i in BY_NAME["LB"].items)
        )


def written(values: np.ndarray[tuple[int], np.dtype[np.float64]], decimals: int) -> list[str]:
    return [f"{v:.{decimals}f}" for v in values.tolist()]


def _state(course: Course, day: int) -> tuple[float, float, float]:
    """How much the marrow yields, how inflamed the subject is, and how much disease there is on `day`."""
    marrow = 1.0
    if course.chemo is not None and day >= course.chemo:
        since = day - course.chemo
        marrow = next((m for until, m in reversed(_AFTER_CHEMO) if since >= until), 1.0)
    reaction = [e.grade for e in course.events if e.special and e.start <= day <= (e.end or e.start)]
    inflammation = 1.0 + 3.0 * max(reaction, default=0)
    seen = [s.overall for s in course.scans[1:] if s.day <= day and s.overall in _BURDEN]
    return marrow, inflammation, _BURDEN[seen[-1] or "PD"] if seen else 2.4
