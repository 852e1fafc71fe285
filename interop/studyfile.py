"""Read and check a study: `study.yaml` ─▶ Study, `sources.yaml` beside it ─▶ SourceMapping."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from interop.errors import InputError, UsageError
from interop.sources.mapping import SourceMapping, load_mapping
from interop.study import (
    Arm,
    Assumption,
    Coding,
    Epoch,
    Reference,
    StandardUnit,
    Study,
    Treatment,
    Visit,
)
from interop.studycheck import contradictions
from interop.trialdesign import (
    Activity,
    Criterion,
    Dose,
    Endpoint,
    Milestone,
    PlannedElement,
    Procedure,
    ReadingRule,
    ResponseTable,
    Setting,
    StudyElement,
    Summary,
    SummaryCode,
    Yield,
)
from interop.yamlcheck import closest, in_order, problems, raise_all
from interop.yamlfile import Document, load_yaml, shown, written

SCHEMA = "study.schema.json"
STUDY, SOURCES = "study.yaml", "sources.yaml"
T = TypeVar("T")


def load_study(name_or_path: str | Path) -> Study:
    """The study of a name under `mappings/studies`, of a folder, or of a path to a study.yaml.

    Where the folder has a sources.yaml, its qualifiers are part of the study. Raises UsageError if there is
    no such study, InputError with line and mend if a file of it cannot be used.
    """
    path = find_study(name_or_path)
    document = load_yaml(path)
    raise_all(problems(document, SCHEMA))
    raise_all(in_order(contradictions(document)))
    study = document.data["study"]
    sources = path.with_name(SOURCES)
    mapping = load_mapping(sources, written(study["usubjid"])) if sources.is_file() else None
    return _study(document, {} if mapping is None else mapping.qualifiers)


def load_sources(study: Study) -> SourceMapping:
    """The mapping of the study's own sources.yaml."""
    path = study.folder / SOURCES
    if not path.is_file():
        raise InputError(
            "the study says nothing of its source",
            file=shown(path),
            mend=f"Write {SOURCES}: forms, their columns and the record fields they become",
        )
    return load_mapping(path, study.usubjid)


def study_names() -> tuple[str, ...]:
    """The studies that the product carries."""
    root = _studies()
    return tuple(sorted(p.parent.name for p in root.glob(f"*/{STUDY}")))


def find_study(name_or_path: str | Path) -> Path:
    """Path of the study.yaml meant. UsageError if there is none."""
    given = Path(name_or_path)
    if given.is_file():
        return given
    if given.is_dir():
        if (given / STUDY).is_file():
            return given / STUDY
        raise UsageError(
            f"the folder {given} has no {STUDY}. Give the folder of a study, or one of {_listed()}"
        )
    if len(given.parts) == 1 and (_studies() / given / STUDY).is_file():
        return _studies() / given / STUDY
    near = closest(given.name, study_names())
    mend = f"Did you mean `{near}`?" if near else f"Give a path, or one of {_listed()}"
    raise UsageError(f"there is no study `{name_or_path}`. {mend}")


def _listed() -> str:
    return ", ".join(study_names())


def _studies() -> Path:
    # Found, not imported: the engine knows no mapping.
    spec = find_spec("mappings")
    if spec is None or not spec.submodule_search_locations:
        raise UsageError("the package `mappings` is not installed. Install the product again")
    return Path(spec.submodule_search_locations[0]) / "studies"


def _study(document: Document, qualifiers: Mapping[str, Any]) -> Study:
    data, study = document.data, document.data["study"]
    words = {k: study[k] for k in ("description", "condition", "status", "phase") if k in study}
    if "baseline" in data:
        words["baseline"] = data["baseline"]
    settings = _all(Setting, data, "settings")
    return Study(
        id=written(study["id"]),
        title=written(study["title"]),
        usubjid=study["usubjid"],
        folder=document.path.parent,
        **words,
        reference=Reference(**data.get("reference", {})),
        settings=settings,
        milestones=tuple(_milestone(m, settings) for m in data.get("milestones", ())),
        elements=_all(StudyElement, data, "elements"),
        arms=_all(Arm, data, "arms", elements=_many(PlannedElement), given=_doses),
        epochs=_all(Epoch, data, "epochs"),
        visits=tuple(_visit(v) for v in data.get("visits", ())),
        treatments=_all(Treatment, data, "treatments", codings=_many(Coding)),
        procedures=_all(Procedure, data, "procedures", yields=_many(Yield)),
        activities=tuple(_activity(a) for a in data.get("activities", ())),
        eligibility=_all(Criterion, data, "eligibility"),
        endpoints=_all(Endpoint, data, "endpoints"),
        response=_made(ResponseTable, data.get("response", {}), {"rules": _readings}),
        summary=_all(Summary, data, "summary", coded=lambda raw: _made(SummaryCode, raw)),
        units=_all(StandardUnit, data, "units"),
        qualifiers=dict(qualifiers),
        analysis=data.get("analysis", {}),
        assumptions=_all(Assumption, data, "assumptions"),
        lines={"/".join(map(str, key)): line for key, line in document.lines.items()},
    )


Parts = Mapping[str, Callable[[Any], Any]]


def _made(cls: type[T], raw: Mapping[str, Any], parts: Parts = MappingProxyType({})) -> T:
    """An object of `cls` whose fields are the keys of `raw`: `parts` makes those that are objects themselves;
    of the others a list becomes a tuple, and a number in a field of text the text that was written."""
    kinds = {f.name: str(f.type) for f in fields(cls)}  # type: ignore[arg-type]
    values = {}
    for key, value in raw.items():
        if key in parts:
            values[key] = parts[key](value)
        elif kinds[key] in ("str", "str | None"):
            values[key] = None if value is None else written(value)
        elif "tuple[str, ...]" in kinds[key] and isinstance(value, list):
            values[key] = tuple(map(written, value))
        else:
            values[key] = tuple(value) if isinstance(value, list) else value
    return cls(**values)


def _many(cls: type[T]) -> Callable[[Any], tuple[T, ...]]:
    return lambda raw: tuple(_made(cls, item) for item in raw)


def _all(cls: type[T], data: Mapping[str, Any], section: str, **parts: Callable[[Any], Any]) -> tuple[T, ...]:
    return tuple(_made(cls, item, parts) for item in data.get(section, ()))


def _readings(raw: Any) -> tuple[ReadingRule, ...]:
    """Rules over readings; the word `none` among these says that there is no reading."""

    def among(values: Any) -> tuple[str | None, ...]:
        return tuple(None if v == "none" else written(v) for v in values)

    return tuple(_made(ReadingRule, rule, {"pet": among, "ct": among}) for rule in raw)


def _doses(given: Mapping[str, Any]) -> dict[str, float | None]:
    return {name: None if dose is None else float(dose) for name, dose in given.items()}


def _milestone(raw: Mapping[str, Any], settings: tuple[Setting, ...]) -> Milestone:
    """Its ways of being dated as one: `how` and `of`, with the setting's choice already made."""
    raw = dict(raw)
    if "by" in raw:
        setting = raw.pop("by")
        held = next(s.value for s in settings if s.name == setting)
        raw["earliest_of"] = raw.pop("choices")[held]
    for how in ("earliest_of", "latest_of", "first_known_of"):
        if how in raw:
            raw |= {"how": how, "of": raw.pop(how)}
    return _made(Milestone, raw, {"where": _where})


def _where(raw: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {k: tuple(map(written, v)) if isinstance(v, list) else (written(v),) for k, v in raw.items()}


def _visit(raw: Mapping[str, Any]) -> Visit:
    return _made(Visit, {"since" if k == "from" else k: v for k, v in raw.items()}, {"number": float})


def _activity(raw: Mapping[str, Any]) -> Activity:
    renamed = {"since" if k == "from" else k: v for k, v in raw.items()}
    return _made(Activity, renamed, {"dose": lambda dose: _made(Dose, dose)})
