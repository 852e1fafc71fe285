"""Whether the parts of a trial's design in study.yaml fit together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from interop import ct
from interop.errors import InputError
from interop.recordtypes import RECORDS, record_type
from interop.supp import LIMIT, pieces_of
from interop.trialdesign import outcome
from interop.yamlcheck import suggest
from interop.yamlfile import Document, Key, written

TSPARMCD = "C66738"
UNIT = "C71620"
TSVALS = 10  # TSVAL and TSVAL1 to TSVAL9
TERMS = (("procedures", "standard_name", "C101858"), ("treatments", "route", "C66729"))


def design_problems(document: Document) -> Iterator[InputError]:
    """Every reference between sections that leads nowhere, and every term that its codelist lacks."""
    names = {
        section: [written(item[key]) for item in document.data.get(section, ())]
        for section, key in (
            ("milestones", "name"),
            ("elements", "code"),
            ("epochs", "name"),
            ("arms", "code"),
            ("visits", "name"),
            ("treatments", "name"),
            ("procedures", "name"),
            ("settings", "name"),
        )
    }
    for key, name, section in _references(document.data):
        if name not in names[section]:
            yield _nothing(document, key, name, section, names[section])
    yield from _settings(document)
    yield from _milestones(document, names["milestones"])
    yield from _arms(document)
    yield from _activities(document)
    yield from _terms(document)
    yield from _long(document)
    yield from _endpoints(document)
    for n, assumption in enumerate(document.data.get("assumptions", ())):
        if "governs" in assumption and find(document.data, assumption["governs"]) is None:
            yield document.error(
                ("assumptions", n, "governs"),
                f"this file has no key `{assumption['governs']}`",
                "Write the sections and names that lead to it, joined by /: visits/WEEK 2/window",
            )


def find(data: Any, path: str) -> Key | None:
    """The key that a path of names leads to; an item of a list goes by its name, code or paramcd."""
    key: Key = ()
    for part in path.split("/"):
        step: str | int | None = None
        if isinstance(data, Mapping):
            step = part if part in data else None
        elif isinstance(data, list):
            step = next((n for n, item in enumerate(data) if part in _called(item)), None)
        if step is None:
            return None
        data, key = data[step], (*key, step)
    return key


def _called(item: Any) -> tuple[str, ...]:
    if isinstance(item, Mapping):
        return tuple(written(item[k]) for k in ("name", "code", "paramcd") if k in item)
    return (written(item),)


def _references(data: Mapping[str, Any]) -> Iterator[tuple[Key, str, str]]:
    """(key, name, section that must have the name) of every reference between sections."""
    for n, item in enumerate(data.get("milestones", ())):
        where: Key = ("milestones", n)
        yield from _named(where, item, {"after": "milestones", "by": "settings"})
        for how in ("earliest_of", "latest_of", "first_known_of"):
            yield from _each((*where, how), item.get(how, ()), "milestones")
        for choice, several in item.get("choices", {}).items():
            yield from _each((*where, "choices", choice), several, "milestones")
    for n, item in enumerate(data.get("elements", ())):
        yield from _named(("elements", n), item, {"begins": "milestones"})
    for n, arm in enumerate(data.get("arms", ())):
        for i, item in enumerate(arm.get("elements", ())):
            yield from _named(("arms", n, "elements", i), item, {"element": "elements", "epoch": "epochs"})
    for n, item in enumerate(data.get("visits", ())):
        yield from _named(("visits", n), item, {"from": "milestones"})
        yield from _each(("visits", n, "arms"), item.get("arms", ()), "arms")
    of_activity = {
        "element": "elements",
        "leads_to": "elements",
        "treatment": "treatments",
        "procedure": "procedures",
        "from": "milestones",
        "marks": "milestones",
    }
    for n, item in enumerate(data.get("activities", ())):
        yield from _named(("activities", n), item, of_activity)
        yield from _each(("activities", n, "arms"), item.get("arms", ()), "arms")
        yield from _each(("activities", n, "visits"), item.get("visits", ()), "visits")
    for flag, who in data.get("analysis", {}).get("populations", {}).items():
        if isinstance(who, Mapping):
            yield from _named(("analysis", "populations", flag), who, {"reached": "milestones"})
    for n, phase in enumerate(data.get("analysis", {}).get("phases", ())):
        yield from _named(("analysis", "phases", n), phase, {"from": "milestones"})


def _named(key: Key, item: Mapping[str, Any], sections: Mapping[str, str]) -> Iterator[tuple[Key, str, str]]:
    for field, section in sections.items():
        if field in item:
            yield (*key, field), written(item[field]), section


def _each(key: Key, values: Iterable[Any], section: str) -> Iterator[tuple[Key, str, str]]:
    for n, value in enumerate(values):
        yield (*key, n), written(value), section


def _nothing(document: Document, key: Key, name: str, section: str, known: list[str]) -> InputError:
    one = {"activities": "activity"}.get(section, section.removesuffix("s"))
    mend = suggest(name, known, f"`{section}` has") if known else f"Add `{section}` with it"
    return document.error(key, f"there is no {one} `{name}`", mend)


def _settings(document: Document) -> Iterator[InputError]:
    settings = document.data.get("settings", ())
    for n, setting in enumerate(settings):
        if setting["value"] not in setting["choices"]:
            yield document.error(
                ("settings", n, "value"),
                f"`{setting['value']}` is not among the choices",
                suggest(setting["value"], setting["choices"], "Choose"),
            )
    choices = {s["name"]: list(s["choices"]) for s in settings}
    for n, milestone in enumerate(document.data.get("milestones", ())):
        wanted = choices.get(milestone.get("by"), [])
        if wanted and sorted(milestone["choices"]) != sorted(wanted):
            yield document.error(
                ("milestones", n, "choices"),
                f"the choices are not those of the setting `{milestone['by']}`",
                f"Give one list for each of {', '.join(wanted)}",
            )


def _milestones(document: Document, names: list[str]) -> Iterator[InputError]:
    """A milestone is made of records and of milestones above it, so that none waits for itself."""
    for key, name, section in _references(document.data):
        if key[0] == "milestones" and section == "milestones" and name in names[int(key[1]) :]:
            yield document.error(
                key, f"the milestone `{name}` stands below the one that is made of it", "Move it up"
            )
    for n, milestone in enumerate(document.data.get("milestones", ())):
        record = milestone.get("record")
        if record is None:
            continue
        if record not in RECORDS:
            key = ("milestones", n, "record")
            yield document.error(key, f"there is no record type `{record}`", suggest(record, RECORDS))
            continue
        fields = record_type(record).fields
        dates = [f.name for f in fields.values() if f.kind == "date"]
        asked: list[tuple[Key, str, list[str], str]] = [
            (("milestones", n, "date"), milestone["date"], dates, "date ")
        ]
        asked += [(("milestones", n, "where", f), f, list(fields), "") for f in milestone.get("where", {})]
        for where, field, known, kind in asked:
            if field not in known:
                message = f"a record {record} has no {kind}field `{field}`"
                yield document.error(where, message, suggest(field, known, "It has"))


def _arms(document: Document) -> Iterator[InputError]:
    """Where arms have elements, all have, and they alone say when an epoch begins."""
    data = document.data
    arms = data.get("arms", ())
    if not any("elements" in arm for arm in arms):
        return
    for n, arm in enumerate(arms):
        if "elements" not in arm:
            yield document.error(("arms", n), "other arms have elements and this one has none", "Add them")
    planned = {p["element"] for arm in arms for p in arm.get("elements", ())}
    known = {e["code"] for e in data.get("elements", ())}
    for n, element in enumerate(data.get("elements", ())):
        if element["code"] not in planned and planned <= known:  # else a misspelt one is said already
            message = f"no arm has the element `{element['code']}`"
            yield document.error(("elements", n, "code"), message, "Add it to an arm or take it out")
    for n, epoch in enumerate(data.get("epochs", ())):
        if "start" in epoch:
            yield document.error(
                ("epochs", n, "start"),
                "the elements of the arms say when the epoch begins",
                "Leave `start` out",
            )


def _activities(document: Document) -> Iterator[InputError]:
    data = document.data
    planned = {
        written(arm["code"]): {p["element"] for p in arm.get("elements", ())} for arm in data.get("arms", ())
    }
    for n, activity in enumerate(data.get("activities", ())):
        for arm in map(written, activity.get("arms", ())):
            if arm in planned and activity["element"] not in planned[arm]:
                yield document.error(
                    ("activities", n, "arms"),
                    f"the arm `{arm}` does not have the element `{activity['element']}`",
                    "Take it out, or add the element to the arm",
                )
        what = [k for k in ("treatment", "role", "procedure", "assessment", "leads_to") if k in activity]
        if len(what) != 1:
            yield document.error(
                ("activities", n),
                f"the activity `{activity['code']}` says {' and '.join(what) or 'nothing'} of what is done",
                "Give one of treatment, role, procedure, assessment, leads_to",
            )
        when = [k for k in ("visits", "from", "timing") if k in activity]
        if len(when) != 1:
            yield document.error(
                ("activities", n),
                f"the activity `{activity['code']}` says {' and '.join(when) or 'nothing'} of when it is",
                "Give one of visits, `from` with days, timing",
            )


def _terms(document: Document) -> Iterator[InputError]:
    for section, field, codelist in TERMS:
        for n, item in enumerate(document.data.get(section, ())):
            if field in item:
                yield from _term(document, (section, n, field), item[field], codelist)
    for n, item in enumerate(document.data.get("activities", ())):
        if "dose" in item:
            yield from _term(document, ("activities", n, "dose", "unit"), item["dose"]["unit"], UNIT)
    for n, item in enumerate(document.data.get("summary", ())):
        yield from _term(document, ("summary", n, "code"), item["code"], TSPARMCD)
        codelist = item.get("codelist")
        if codelist is not None and ct.exists(codelist):
            yield from _term(document, ("summary", n, "value"), written(item["value"]), codelist)
        elif codelist is not None:
            yield document.error(
                ("summary", n, "codelist"),
                f"the product carries no codelist {codelist}",
                "Give the code of the value as `coded` instead",
            )


def _long(document: Document) -> Iterator[InputError]:
    """Texts that TS has no room for."""
    data = document.data
    if not data.get("summary"):
        return
    texts: list[tuple[Key, str]] = [
        (("study", k), written(data["study"][k])) for k in ("title", "condition") if k in data["study"]
    ]
    texts += [
        (("summary", n, "value"), written(s["value"])) for n, s in enumerate(data["summary"]) if "value" in s
    ]
    texts += [
        (("endpoints", n, "definition"), outcome(written(e["name"]), written(e["definition"])))
        for n, e in enumerate(data.get("endpoints", ()))
    ]
    for key, text in texts:
        if (parts := len(pieces_of(text))) > TSVALS:
            message = f"TSVAL would go on for {parts} variables of {LIMIT} bytes, {TSVALS} are written"
            yield document.error(key, message, "Shorten it")


def _term(document: Document, key: Key, value: str, codelist: str) -> Iterator[InputError]:
    found = ct.codelist(codelist)
    if value not in found.terms:
        message = f"`{value}` is not a term of {found.submission_value}"
        yield document.error(key, message, suggest(value, found.terms, "Terms are"))


def _endpoints(document: Document) -> Iterator[InputError]:
    analysis = document.data.get("analysis", {})
    known = [
        written(p["paramcd"]) if isinstance(p, Mapping) else written(p)
        for part in ("adrs", "adtte")
        for p in analysis.get(part, {}).get("parameters", ())
    ]
    for n, endpoint in enumerate(document.data.get("endpoints", ())):
        for i, name in enumerate(endpoint.get("parameters", ())):
            if name not in known:
                yield document.error(
                    ("endpoints", n, "parameters", i),
                    f"the analysis has no parameter `{name}`",
                    suggest(name, known, "It has") if known else "Add it to `analysis`",
                )
