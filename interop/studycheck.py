"""What the schema of study.yaml cannot say: names that stand twice or lead nowhere, contradictions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from interop.errors import InputError
from interop.studycheckdesign import design_problems
from interop.yamlcheck import suggest
from interop.yamlfile import Document, Key, written

IDENTITY = ("site", "subject")
MAX_ARMCD = 20  # SDTMIG 3.4, ARMCD
UNIQUE = (
    ("settings", "name", "setting"),
    ("milestones", "name", "milestone"),
    ("elements", "code", "element"),
    ("elements", "name", "name of an element"),
    ("arms", "code", "arm"),
    ("arms", "label", "label of an arm"),
    ("epochs", "name", "epoch"),
    ("visits", "name", "visit"),
    ("visits", "number", "visit number"),
    ("treatments", "name", "treatment"),
    ("procedures", "name", "procedure"),
    ("activities", "code", "activity"),
    ("eligibility", "code", "criterion"),
    ("endpoints", "code", "endpoint"),
    ("units", "test", "unit of test"),
)


def contradictions(document: Document) -> Iterator[InputError]:
    """Every contradiction of a study.yaml that its schema allows, each with its line and mend."""
    data = document.data
    yield from _template(document, data["study"]["usubjid"])
    for section, key, what in UNIQUE:
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
    rules = [rule["name"] for rule in data.get("response", {}).get("rules", ())]
    for n, name in enumerate(rules):
        if name in rules[:n]:
            yield document.error(
                ("response", "rules", n, "name"), f"the rule `{name}` stands twice", "Give each its own name"
            )
    epochs = [e["name"] for e in data.get("epochs", ())]
    for n, visit in enumerate(data.get("visits", ())):
        yield from _visit_problems(document, n, visit, epochs)
    yield from design_problems(document)


def _visit_problems(
    document: Document, n: int, visit: Mapping[str, Any], epochs: Iterable[str]
) -> Iterator[InputError]:
    epoch = visit.get("epoch")
    if epoch is not None and epoch not in epochs:
        yield document.error(
            ("visits", n, "epoch"), f"there is no epoch `{epoch}`", suggest(epoch, epochs, "`epochs` has")
        )
    if ("from" in visit) != ("after" in visit) or ("from" in visit and "day" in visit):
        yield document.error(
            ("visits", n),
            "a visit is planned on a study `day`, or `after` so many days `from` a milestone",
            "Give either `day`, or both `from` and `after`",
        )
    window = visit.get("window")
    planned = visit.get("day") is not None or visit.get("after") is not None
    if window is not None and (not planned or not window[0] <= 0 <= window[1]):
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
