"""`simulation.yaml` of a study: the invented parameters of its simulation, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from interop.errors import InputError, UsageError
from interop.simulate.catalogue import CATALOGUE
from interop.study import Study
from interop.yamlcheck import in_order, problems, raise_all, suggest
from interop.yamlfile import Document, load_yaml, shown, written

FILE, SCHEMA = "simulation.yaml", "simulation.schema.json"


@dataclass(frozen=True, slots=True)
class Site:
    name: str
    country: str
    weight: float


@dataclass(frozen=True, slots=True)
class Yield:
    """Of a stem cell collection: minimum, mean and spread (of the logarithm), in `unit`."""

    minimum: float
    mean: float
    spread: float
    unit: str


@dataclass(frozen=True, slots=True)
class LabTest:
    """A laboratory test: distribution (spreads of the logarithm), range, and the powers of what moves it."""

    test: str
    unit: str
    mean: float
    between: float
    within: float
    low: str
    high: str
    decimals: int
    category: str
    marrow: float = 0.0
    inflammation: float = 0.0
    burden: float = 0.0


@dataclass(frozen=True)
class Settings:
    """Days are ordinals (date.toordinal) or lengths; `visits` names the study's visit of each of ours."""

    first_consent: int
    data_cut: int
    enrolment_days: int
    sites: tuple[Site, ...]
    visits: Mapping[str, str]
    p: Mapping[str, float]
    weights: Mapping[str, Mapping[str, float]]
    days: Mapping[str, tuple[int, int]]
    means: Mapping[str, float]
    doses: Mapping[str, tuple[tuple[str, ...], str]]
    yields: Mapping[str, Yield]
    laboratory: tuple[LabTest, ...]
    defects: Mapping[str, float]
    screen_failures: tuple[str, ...]  # criteria that screening may find not met
    inclusion: tuple[str, ...] = ()  # IETESTCD of the study's criteria
    exclusion: tuple[str, ...] = ()


def load_settings(study: Study) -> Settings:
    """The simulation.yaml of the study. UsageError where it has none, InputError where it is wrong."""
    path = study.folder / FILE
    if not path.is_file():
        raise UsageError(f"the study {study.id} has no {FILE} ({shown(path)}), so it cannot be simulated")
    document = load_yaml(path)
    raise_all(problems(document, SCHEMA))
    raise_all(in_order(_contradictions(document, study)))
    data = document.data
    calendar = data["calendar"]
    return Settings(
        first_consent=date.fromisoformat(calendar["first_consent"]).toordinal(),
        data_cut=date.fromisoformat(calendar["data_cut"]).toordinal(),
        enrolment_days=int(calendar["enrolment_days"]),
        sites=tuple(Site(s["site"], s["country"], float(s["weight"])) for s in data["sites"]),
        visits={k: written(v) for k, v in data["visits"].items()},
        p={k: float(v) for k, v in data["probabilities"].items()},
        weights={k: {n: float(w) for n, w in v.items()} for k, v in data["weights"].items()},
        days={k: (int(v[0]), int(v[1])) for k, v in data["days"].items()},
        means={k: float(v) for k, v in data["means"].items()},
        doses={k: (tuple(v["dose"].split()), v["unit"]) for k, v in data["doses"].items()},
        yields={
            k: Yield(float(v["minimum"]), float(v["mean"]), float(v["spread"]), v["unit"])
            for k, v in data["yields"].items()
        },
        laboratory=tuple(_lab(t) for t in data["laboratory"]),
        defects={k: float(v) for k, v in data["defects"].items()},
        screen_failures=tuple(data["screen_failures"]),
        inclusion=tuple(c.code for c in study.eligibility if c.category == "INCLUSION"),
        exclusion=tuple(c.code for c in study.eligibility if c.category == "EXCLUSION"),
    )


def _lab(raw: Mapping[str, Any]) -> LabTest:
    said = {k: float(v) for k, v in raw.items() if k in ("mean", "between", "within", *_MOVED)}
    return LabTest(
        test=raw["test"],
        unit=raw["unit"],
        low=written(raw["low"]),
        high=written(raw["high"]),
        decimals=int(raw["decimals"]),
        category=raw["category"],
        **said,
    )


_MOVED = ("marrow", "inflammation", "burden")


def _contradictions(document: Document, study: Study) -> Iterator[InputError]:
    """Names that the study does not have, defects that nobody knows, days that run backwards."""
    data = document.data
    planned, given = [v.name for v in study.visits], [t.name for t in study.treatments]
    for key, name in data["visits"].items():
        if written(name) not in planned:
            yield document.error(
                ("visits", key), f"the study has no visit `{written(name)}`", suggest(written(name), planned)
            )
    for name in data["doses"]:
        if name not in given:
            yield document.error(
                ("doses", name), f"the study has no treatment `{name}`", suggest(name, given)
            )
    criteria = [c.code for c in study.eligibility]
    for n, code in enumerate(data["screen_failures"]):
        if code not in criteria:
            yield document.error(
                ("screen_failures", n), f"the study has no criterion `{code}`", suggest(code, criteria)
            )
    known = [d.name for d in CATALOGUE]
    for name in data["defects"]:
        if name not in known:
            yield document.error(("defects", name), f"there is no defect `{name}`", suggest(name, known))
    for name, (low, high) in data["days"].items():
        if low > high:
            yield document.error(("days", name), "the longest is shorter than the shortest", "Swap them")
    for key in ("first_consent", "data_cut"):
        try:
            date.fromisoformat(data["calendar"][key])
        except ValueError:
            yield document.error(("calendar", key), "not a day of the calendar", "Write it like 2022-02-01")
