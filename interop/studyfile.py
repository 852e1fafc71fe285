"""Read and check a study: `study.yaml` ─▶ Study, `sources.yaml` beside it ─▶ SourceMapping."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

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
from interop.yamlcheck import closest, in_order, problems, raise_all, suggest
from interop.yamlfile import Document, Key, load_yaml, shown, written

SCHEMA = "study.schema.json"
STUDY, SOURCES = "study.yaml", "sources.yaml"
IDENTITY = ("site", "subject")
MAX_ARMCD = 20  # SDTMIG 3.4, ARMCD


def load_study(name_or_path: str | Path) -> Study:
    """The study of a name under `mappings/studies`, of a folder, or of a path to a study.yaml.

    Where the folder has a sources.yaml, its qualifiers are part of the study. Raises UsageError if there is
    no such study, InputError with line and mend if a file of it cannot be used.
    """
    path = find_study(name_or_path)
    document = load_yaml(path)
    raise_all(problems(document, SCHEMA))
    raise_all(in_order(_contradictions(document)))
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
    return Study(
        id=written(study["id"]),
        title=written(study["title"]),
        usubjid=study["usubjid"],
        folder=document.path.parent,
        **words,
        reference=Reference(**data.get("reference", {})),
        arms=tuple(
            Arm(written(a["code"]), written(a["label"]), _doses(a.get("given", {})))
            for a in data.get("arms", ())
        ),
        epochs=tuple(Epoch(**e) for e in data.get("epochs", ())),
        visits=tuple(_visit(v) for v in data.get("visits", ())),
        treatments=tuple(
            Treatment(written(t["name"]), tuple(map(_coding, t.get("codings", ()))), t.get("description", ""))
            for t in data.get("treatments", ())
        ),
        units=tuple(StandardUnit(**u) for u in data.get("units", ())),
        qualifiers=dict(qualifiers),
        analysis=data.get("analysis", {}),
        assumptions=tuple(Assumption(**a) for a in data.get("assumptions", ())),
        lines={"/".join(map(str, key)): line for key, line in document.lines.items()},
    )


def _doses(given: Mapping[str, Any]) -> dict[str, float | None]:
    return {name: None if dose is None else float(dose) for name, dose in given.items()}


def _visit(raw: Mapping[str, Any]) -> Visit:
    window = raw.get("window")
    return Visit(
        name=written(raw["name"]),
        number=float(raw["number"]),
        day=raw.get("day"),
        epoch=raw.get("epoch"),
        window=None if window is None else (window[0], window[1]),
    )


def _coding(raw: Mapping[str, Any]) -> Coding:
    return Coding(raw["system"], written(raw["code"]), raw.get("display", ""), raw.get("source", ""))


def _contradictions(document: Document) -> Iterator[InputError]:
    """What the schema cannot say: names that stand twice, names that nothing has, templates, windows."""
    data = document.data
    yield from _template(document, data["study"]["usubjid"])
    for section, key, what in (
        ("arms", "code", "arm"),
        ("epochs", "name", "epoch"),
        ("visits", "name", "visit"),
        ("visits", "number", "visit number"),
        ("treatments", "name", "treatment"),
        ("units", "test", "unit of test"),
    ):
        yield from _twice(document, section, key, what)
    treatments = [written(t["name"]) for t in data.get("treatments", ())]
    for n, arm in enumerate(data.get("arms", ())):
        code = written(arm["code"])
        if len(code) > MAX_ARMCD:
            yield document.error(
                ("arms", n, "code"),
                f"the arm code `{code}` has {len(code)} characters, {MAX_ARMCD} are allowed",
                "Shorten it",
            )
        for name in arm.get("given", {}):
            if treatments and name not in treatments:
                yield document.error(
                    ("arms", n, "given", name),
                    f"there is no treatment `{name}`",
                    suggest(name, treatments, "`treatments` has"),
                )
    epochs = [e["name"] for e in data.get("epochs", ())]
    for n, visit in enumerate(data.get("visits", ())):
        yield from _visit_problems(document, n, visit, epochs)


def _visit_problems(
    document: Document, n: int, visit: Mapping[str, Any], epochs: Iterable[str]
) -> Iterator[InputError]:
    epoch = visit.get("epoch")
    if epoch is not None and epoch not in epochs:
        yield document.error(
            ("visits", n, "epoch"), f"there is no epoch `{epoch}`", suggest(epoch, epochs, "`epochs` has")
        )
    window = visit.get("window")
    if window is not None and (visit.get("day") is None or not window[0] <= 0 <= window[1]):
        yield document.error(
            ("visits", n, "window"),
            "a window needs a planned `day`, and goes from a day at or before it to one at or after it",
            "Write it like [-3, 3]",
        )


def _template(document: Document, template: str) -> Iterator[InputError]:
    key: Key = ("study", "usubjid")
    fields = re.findall(r"{([^{}]*)}", template)
    for name in fields:
        if name not in IDENTITY:
            yield document.error(
                key,
                f"the template names {{{name}}}",
                suggest(name, IDENTITY, "It may use {site} and {subject}"),
            )
    if "subject" not in fields and not set(fields) - set(IDENTITY):
        yield document.error(key, "the template lacks {subject}", "Write it like ABC-{site}-{subject}")
    if set(re.sub(r"{[^{}]*}", "", template)) & set("{}"):
        yield document.error(
            key, "a brace of the template has no partner", "Write it like ABC-{site}-{subject}"
        )


def _twice(document: Document, section: str, key: str, what: str) -> Iterator[InputError]:
    first: dict[str, int] = {}
    for n, item in enumerate(document.data.get(section, ())):
        # 3 and 3.0 are one visit number
        value = f"{item[key]:g}" if key == "number" else written(item[key])
        if value in first:
            yield document.error(
                (section, n, key),
                f"the {what} `{value}` stands twice, first in line {first[value]}",
                "Keep one of them",
            )
        first.setdefault(value, document.line((section, n, key)))
