"""A YAML document against its JSON Schema: every problem at once, each with its line and mend."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError

from interop.errors import InputError
from interop.yamlfile import Document, Key, written
from schemas import ROOT

_KINDS = {
    "object": "a mapping (`key: value`)",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "empty",
}


@cache
def validator(schema: str) -> Draft202012Validator:
    """The validator of `schemas/<schema>`; the schema itself is checked once."""
    content = json.loads((ROOT / schema).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(content)
    return Draft202012Validator(content)


def problems(document: Document, schema: str) -> list[InputError]:
    """What of `document` contradicts the schema, in order of the lines."""
    errors = _telling(list(validator(schema).iter_errors(document.data)))
    return in_order(p for e in errors for p in _explain(document, e))


def in_order(found: Iterable[InputError]) -> list[InputError]:
    return sorted(found, key=lambda p: (p.line or 0, str(p)))


def raise_all(found: list[InputError]) -> None:
    """Raise the first problem; the others follow in its sentence by place and, in full, as its notes."""
    if not found:
        return
    first, *others = found
    if not others:
        raise first
    places = "; ".join(f"line {p.line} ({p.field})" if p.field else f"line {p.line}" for p in others[:8])
    more = "" if len(others) <= 8 else "; …"
    count = "1 more problem" if len(others) == 1 else f"{len(others)} more problems"
    mend = first.mend if not first.mend or first.mend[-1] in ".?!" else f"{first.mend}."
    error = InputError(
        first.message,
        file=first.file,
        line=first.line,
        field=first.field,
        mend=f"{mend} Then {count} in this file: {places}{more}".strip(),
    )
    for other in others:
        error.add_note(str(other))
    raise error


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant; case does not matter."""
    by_case = {k.casefold(): k for k in known}
    near = get_close_matches(name.casefold(), by_case, n=1, cutoff=0.6)
    return by_case[near[0]] if near else None


def suggest(name: str, known: Iterable[str], what: str = "Known are") -> str:
    """The mend of a name that is not among `known`."""
    known = list(known)
    near = closest(name, known)
    if near is not None:
        return f"Did you mean `{near}`?"
    if len(known) > 20:
        return f"{what}: {', '.join(known[:20])}, …"
    return f"{what}: {', '.join(known)}"


def _explain(document: Document, error: ValidationError) -> Iterator[InputError]:
    said = isinstance(error.schema, Mapping) and "x-message" in error.schema
    if error.validator in ("anyOf", "oneOf") and error.context and not said:
        branch = _branch(error)
        if branch:
            for part in branch:
                yield from _explain(document, part)
            return
    key: Key = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        schema: Any = error.schema
        known, found = list(schema.get("properties", {})), cast("dict[str, Any]", error.instance)
        for name in [n for n in found if n not in known]:
            yield document.error((*key, name), f"unknown key `{name}`", suggest(name, known, "Keys here are"))
        return
    yield document.error(key, *_sentence(error))


def _telling(errors: list[ValidationError]) -> list[ValidationError]:
    """Without "give either" of a mapping whose real mistake is an unknown key."""
    unknown = [e.absolute_path for e in errors if e.validator == "additionalProperties"]
    return [e for e in errors if e.validator != "oneOf" or e.absolute_path not in unknown]


def _branch(error: ValidationError) -> list[ValidationError]:
    """The errors of the alternative that was probably meant: the one of the right type with the fewest."""
    branches: dict[object, list[ValidationError]] = {}
    for part in error.context or ():
        branches.setdefault(part.relative_schema_path[0], []).append(part)
    fitting = [b for b in branches.values() if not any(p.validator == "type" and not p.path for p in b)]
    return _telling(min(fitting, key=len)) if fitting else []


def _sentence(error: ValidationError) -> tuple[str, str]:
    """(what is wrong, how to mend it); `x-message` of the schema says it better where it is given."""
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    value, wanted = cast("Any", error.instance), cast("Any", error.validator_value)
    hint = str(schema.get("description", ""))
    match error.validator:
        case "required":
            name = next(n for n in wanted if n not in value and f"'{n}'" in error.message)
            about = schema.get("properties", {}).get(name, {}).get("description", "")
            return f"`{name}` is missing", f"Add it: {about}" if about else "Add it"
        case "type":
            kinds = [wanted] if isinstance(wanted, str) else list(wanted)
            said = " or ".join(_KINDS[k] for k in kinds)
            return f"this must be {said}, not {_kind(value)}", hint
        case "enum":
            known = [written(v) for v in wanted]
            return f"`{written(value)}` is not one of {', '.join(known)}", suggest(
                written(value), known, "Choose"
            )
        case "anyOf" | "oneOf":
            kinds = [_KINDS[b["type"]] for b in wanted if isinstance(b.get("type"), str)]
            if kinds and "x-message" not in schema:
                return f"this must be {' or '.join(kinds)}, not {_kind(value)}", hint
        case "maxLength":
            return f"`{value}` has {len(value)} characters, {wanted} are allowed", "Shorten it"
        case "minLength" | "minItems" | "minProperties":
            return "this is empty", hint or "Fill it in or leave the key out"
        case "pattern":
            return f"`{value}` is not written as it must be", str(schema.get("x-message", hint))
        case "minimum" | "maximum" | "exclusiveMinimum":
            word = {"minimum": "at least", "maximum": "at most"}.get(str(error.validator), "more than")
            return f"{written(value)} must be {word} {wanted}", hint
        case "uniqueItems":
            return "a value stands twice in this list", "Keep one of them"
    return (str(schema["x-message"]), "") if "x-message" in schema else (error.message, hint)


def _kind(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return f"the truth value {written(value)}"
        case int() | float():
            return f"the number {written(value)}"
        case str():
            return f"the text `{value if len(value) <= 60 else value[:57] + '...'}`"
        case list():
            return "a list"
    return "a mapping"
