"""The `analysis` section of study.yaml as the objects that derive ADaM."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from interop.derive.criteria import CRITERIA, INVESTIGATOR, PARAMS, Param, Period, ResponseCriteria
from interop.derive.tte import Missed, Source, Tte, Until, Window
from interop.derive.where import Where
from interop.errors import InputError
from interop.standards import facts
from interop.study import Study
from interop.yamlcheck import suggest

LAST_ALIVE = (
    "EX.EXSTDTC",
    "EX.EXENDTC",
    "VS.VSDTC",
    "RS.RSDTC",
    "AE.AESTDTC",
    "AE.AEENDTC",
    "DS.DSSTDTC",
)
POPULATIONS = {"SAFFL": "treated", "ITTFL": "randomised"}


@dataclass(frozen=True, slots=True)
class Population:
    """A population flag of ADSL: the subjects of `who`, or those that reached a milestone."""

    flag: str
    label: str
    who: str | None = None
    reached: str | None = None


@dataclass(frozen=True, slots=True)
class Phase:
    """An analysis phase (APHASEw): from a milestone to the day before the next phase that the subject
    reached, or to the end of the study."""

    name: str
    start: str


@dataclass(frozen=True, slots=True)
class Response:
    """How ADRS is derived: the criteria, which assessments, from when, and the parameters."""

    criteria: ResponseCriteria
    start: Period
    select: Where
    parameters: tuple[Param, ...]


def response(study: Study) -> Response | None:
    """The study's `analysis.adrs`, or None where it has none."""
    said = _section(study, "adrs")
    if said is None:
        return None
    criteria = CRITERIA[said["criteria"]]
    criteria = replace(criteria, **said.get("thresholds", {}))
    known = {p.paramcd: p for p in PARAMS}
    parameters = tuple(_param(study, p, known) for p in said["parameters"])
    return Response(criteria, _period(said["start"]), said.get("select", INVESTIGATOR), parameters)


def times_to_event(study: Study) -> tuple[Tte, ...]:
    """The study's `analysis.adtte` parameters."""
    said = _section(study, "adtte")
    if said is None:
        return ()
    sources = {name: Source(**_tuples(s)) for name, s in said["sources"].items()}

    def source(name: str, paramcd: str) -> Source:
        if name not in sources:
            raise InputError(
                f"{paramcd} names the source {name!r}, which is not among {', '.join(sources)}",
                file=study.folder / "study.yaml",
                field="analysis.adtte.sources",
                mend="Add it there or name one of those.",
            )
        return sources[name]

    return tuple(_tte(p, source) for p in said["parameters"])


def last_alive(study: Study) -> tuple[tuple[str, str], ...]:
    """(dataset, variable) of the dates that show a subject alive."""
    said = _section(study, "last_alive") or LAST_ALIVE
    return tuple((d, v) for d, _, v in (str(s).partition(".") for s in said))


def populations(study: Study) -> tuple[Population, ...]:
    """The population flags of ADSL. InputError where one is not of the standard and has no label."""
    said: Mapping[str, Any] = _section(study, "populations") or POPULATIONS
    return tuple(_population(study, flag, who) for flag, who in said.items())


def phases(study: Study) -> tuple[Phase, ...]:
    """The analysis phases in their order; none where the study has none."""
    return tuple(Phase(p["name"], p["from"]) for p in _section(study, "phases") or ())


def check_dates(study: Study, adsl: Iterable[str]) -> None:
    """InputError at the line of a period or window of `analysis` that names no variable of `adsl`."""
    known = tuple(adsl)
    for key, name in _dates(study):
        if name not in known:
            dates = [v for v in known if v.endswith("DT")]
            raise InputError(
                f"ADSL has no variable {name}",
                file=study.folder / "study.yaml",
                line=study.lines.get(key),
                field=key,
                mend=suggest(name, dates, "Its dates are"),
            )


def _dates(study: Study) -> Iterator[tuple[str, str]]:
    """(key in study.yaml, ADSL date) of every period, start and window of `analysis`."""
    adrs = _section(study, "adrs") or {}
    periods = [("analysis/adrs/start", adrs["start"])] if adrs else []
    for n, said in enumerate(adrs.get("parameters", ())):
        if isinstance(said, Mapping) and "period" in said:
            periods.append((f"analysis/adrs/parameters/{n}/period", said["period"]))
    for key, period in periods:
        if isinstance(period, str):
            yield key, period
        else:
            yield from ((f"{key}/{k}", period[k]) for k in ("start", "until") if k in period)
    for n, said in enumerate((_section(study, "adtte") or {}).get("parameters", ())):
        here = f"analysis/adtte/parameters/{n}"
        if isinstance(said["start"], str):
            yield f"{here}/start", said["start"]
        if "start" in said.get("window", {}):
            yield f"{here}/window/start", said["window"]["start"]


def _population(study: Study, flag: str, who: str | Mapping[str, str]) -> Population:
    given = {"who": who} if isinstance(who, str) else {"reached": who["reached"]}
    known = facts("adamig13", "ADSL").find(flag)
    label = known.label if known is not None else "" if isinstance(who, str) else who.get("label", "")
    if not label:
        key = f"analysis/populations/{flag}"
        raise InputError(
            f"{flag} is not a flag that ADaMIG names, so it needs a label",
            file=study.folder / "study.yaml",
            line=study.lines.get(key),
            field=key,
            mend="Write {reached: a milestone, label: a label of at most 40 characters}",
        )
    return Population(flag, label, **given)


def _section(study: Study, name: str) -> Any:
    return study.analysis.get(name)


def _param(study: Study, said: str | Mapping[str, Any], known: Mapping[str, Param]) -> Param:
    if isinstance(said, str):
        if said not in known:
            raise InputError(
                f"there is no response parameter {said!r} ready-made",
                file=study.folder / "study.yaml",
                field="analysis.adrs.parameters",
                mend=f"Name one of {', '.join(known)}, or give paramcd, param and kind.",
            )
        return known[said]
    base = known.get(said["paramcd"])
    given: dict[str, Any] = {k: _period(v) if k == "period" else v for k, v in _tuples(said).items()}
    return replace(base, **given) if base is not None else Param(**given)


def _period(said: str | Mapping[str, Any]) -> Period:
    return Period(said) if isinstance(said, str) else Period(**said)


def _tte(said: Mapping[str, Any], source: Any) -> Tte:
    paramcd = said["paramcd"]
    given: dict[str, Any] = {
        "paramcd": paramcd,
        "param": said["param"],
        "start": source(said["start"]["source"], paramcd)
        if isinstance(said["start"], Mapping)
        else said["start"],
        "events": tuple(source(n, paramcd) for n in said["events"]),
        "censors": tuple(source(n, paramcd) for n in said["censors"]),
    }
    if "population" in said:
        given["population"] = said["population"]
    if "until" in said:
        given["until"] = Until(source(said["until"]["source"], paramcd), said["until"].get("describe"))
    if "window" in said:
        given["window"] = Window(**said["window"])
    if "missed" in said:
        missed = said["missed"]
        given["missed"] = Missed(
            source(missed["assessments"], paramcd), missed["days"], missed.get("describe")
        )
    return Tte(**given, after_start=bool(said.get("after_start", False)))


def _tuples(said: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in said.items()}
