"""A quick look at a rule's shape: what passes it, `schemas/rules.schema.json` accepts, as a test proves."""

from __future__ import annotations

from typing import Any

Kinds = type | tuple[type, ...]
_TEXT: Kinds = (str, type(None))
_SCALAR: Kinds = (str, int, float, bool, type(None))
_CONDITION: dict[str, Kinds] = {
    "name": str,
    "operator": str,
    "value": object,
    "value_is_literal": bool,
    "value_is_reference": bool,
    "type_insensitive": bool,
    "negative": bool,
    "within": str,
    "ordering": str,
    "regex": str,
}
_MATCH: dict[str, Kinds] = {"Name": str, "Keys": list, "Child": bool, "Wildcard": str}
_OPERATION: dict[str, Kinds] = {
    "id": str,
    "operator": str,
    "name": str,
    "domain": str,
    "group": list,
    "filter": dict,
    "value_is_reference": bool,
    "key_name": str,
    "key_value": str,
    "subtract": str,
    "divide_by": str,
    "reference": str,
    "since": str,
    "unit": str,
    "inclusive": bool,
    "absolute": bool,
    "names": list,
    "find": str,
    "replace": str,
}
_SENSITIVITIES = ("Record", "Dataset", "Group", "Study", "Variable")
_SCOPES = ("Classes", "Subclasses", "Domains", "Datasets", "Data Structures", "Entities")


def well_formed(raw: dict[str, Any]) -> bool:
    """The rule has the shape that most rules have; a rule without it may still be well."""
    return (
        {"Check", "Core", "Outcome", "Rule Type"} <= raw.keys()
        and isinstance(raw["Rule Type"], str)
        and raw["Rule Type"] != ""
        and raw.get("Sensitivity") in _SENSITIVITIES
        and all(isinstance(raw.get(k), _TEXT) for k in ("Description", "Executability"))
        and not {"Grouping_Variables", "Grouping Variables"} & raw.keys()
        and _core(raw["Core"])
        and _outcome(raw["Outcome"])
        and _check(raw["Check"])
        and all(_has(m, _MATCH, ("Name",)) and _keys(m) for m in _list(raw, "Match Datasets"))
        and all(_operation(o) for o in _list(raw, "Operations"))
        and _scope(raw.get("Scope"))
        and all(_authority(a) for a in _list(raw, "Authorities"))
    )


def _list(raw: dict[str, Any], key: str) -> list[Any]:
    found = raw.get(key, [])
    return found if isinstance(found, list) else [None]


def _core(raw: object) -> bool:
    return isinstance(raw, dict) and isinstance(raw.get("Id"), str) and isinstance(raw.get("Status"), _TEXT)


def _outcome(raw: object) -> bool:
    if not isinstance(raw, dict) or not isinstance(raw.get("Message"), str):
        return False
    return _texts(raw.get("Output Variables", []))


def _texts(raw: object) -> bool:
    return isinstance(raw, list) and all(isinstance(v, str) for v in raw)


def _check(raw: object) -> bool:
    if not isinstance(raw, dict):
        return False
    if "all" in raw or "any" in raw:
        parts = raw.get("all", raw.get("any"))
        return len(raw) == 1 and isinstance(parts, list) and bool(parts) and all(_check(p) for p in parts)
    return _has(raw, _CONDITION, ("name", "operator"))


def _has(raw: object, kinds: dict[str, Kinds], needed: tuple[str, ...]) -> bool:
    if not isinstance(raw, dict) or any(k not in raw for k in needed):
        return False
    return all(k in kinds and isinstance(v, kinds[k]) for k, v in raw.items())


def _keys(match: dict[str, Any]) -> bool:
    return _texts(match.get("Keys", []))


def _operation(raw: object) -> bool:
    if not isinstance(raw, dict) or not _has(raw, _OPERATION, ("id", "operator")):
        return False
    return (
        raw["id"].startswith("$")
        and raw["operator"] != ""
        and _texts(raw.get("group", []))
        and _texts(raw.get("names", []))
        and all(isinstance(v, _SCALAR) for v in raw.get("filter", {}).values())
    )


def _scope(raw: object) -> bool:
    if raw is None:
        return True
    if not isinstance(raw, dict) or not isinstance(raw.get("Use Case"), _TEXT):
        return False
    return all(_selection(raw[k]) for k in _SCOPES if k in raw)


def _selection(raw: object) -> bool:
    if not isinstance(raw, dict) or not raw.keys() <= {"Include", "Exclude", "include_split_datasets"}:
        return False
    split = raw.get("include_split_datasets")
    return (split is None or isinstance(split, bool)) and all(
        _texts(raw.get(k, [])) for k in ("Include", "Exclude")
    )


def _authority(raw: object) -> bool:
    if not isinstance(raw, dict) or not isinstance(raw.get("Organization"), str):
        return False
    return all(
        isinstance(s, dict)
        and isinstance(s.get("Name"), str)
        and isinstance(s.get("Version"), (str, int, float, type(None)))
        and isinstance(s.get("Substandard"), _TEXT)
        and isinstance(s.get("References", []), list)
        and all(isinstance(r, dict) for r in s.get("References", []))
        for s in _list(raw, "Standards")
    )
