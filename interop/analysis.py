"""The `analysis` section of study.yaml as the objects that derive ADaM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from interop.derive.criteria import CRITERIA, INVESTIGATOR, PARAMS, Param, Period, ResponseCriteria
from interop.derive.tte import Missed, Source, Tte, Until, Window
from interop.derive.where import Where
from interop.errors import InputError
from interop.study import Study

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


def populations(study: Study) -> Mapping[str, str]:
    """Population flag ─▶ its definition (`all`, `treated`, `randomised`)."""
    said: Mapping[str, str] = _section(study, "populations") or POPULATIONS
    return said


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
