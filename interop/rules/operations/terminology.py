"""Controlled terminology: terms of codelists, versions, attributes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import polars as pl

from interop.rules.operand import Frame
from interop.rules.operations.base import Work, need
from interop.rules.outcome import MissingColumnError, NotExecutableError
from interop.rules.standards.terminology import CtList, CtPackage, CtTerm
from schemas import ROOT

_TERM: Mapping[str, Callable[[CtTerm], str]] = {
    "value": lambda t: t.value,
    "code": lambda t: t.code,
    "pref_term": lambda t: t.preferred,
}
_LIST: Mapping[str, Callable[[CtList], str]] = {
    "value": lambda c: c.value,
    "code": lambda c: c.code,
    "pref_term": lambda c: c.name,
}
_ATTRIBUTES: Mapping[str, Callable[[CtPackage], set[str]]] = {
    "Codelist CCODE": lambda p: set(p.lists),
    "Codelist Value": lambda p: {c.value for c in p.lists.values()},
    "Term CCODE": lambda p: {t.code for c in p.lists.values() for t in c.terms},
    "Term Value": lambda p: {t.value for c in p.lists.values() for t in c.terms},
    "Term Submission Value": lambda p: {t.value for c in p.lists.values() for t in c.terms},
    "Term Preferred Term": lambda p: {t.preferred for c in p.lists.values() for t in c.terms},
}
# Standards and the terminology that is theirs.
_TYPES = {"SDTMIG": "sdtmct", "SENDIG": "sendct", "ADAMIG": "adamct", "CDASHIG": "cdashct", "TIG": "sdtmct"}


def codelist_terms(work: Work) -> Frame:
    """Values, codes or names of the terms (`level: term`) of codelists, or of the codelists themselves."""
    names = work.option("codelists")
    if not names:
        return _by_record(work, _term_rows)
    what = str(work.option("returntype") or "code")
    found = [work.context.terminology.chosen.by_value(str(n)) for n in names]
    if work.option("level") == "codelist":
        return work.constant([_LIST[what](c) for c in found])
    return work.constant([_TERM[what](t) for c in found for t in c.terms])


def codelist_extensible(work: Work) -> Frame:
    name = work.option("codelist")
    if not name:
        return _by_record(work, _list_rows)
    return work.constant(work.context.terminology.chosen.by_value(str(name)).extensible)


# What a release knows of a codelist: the value that finds the answer (lower case), and the answer.
_Answers = list[tuple[str | None, Any]]


def _by_record(work: Work, rows_of: Callable[[Work, CtList], _Answers]) -> Frame:
    """What the release that each record names in `version` has of the codelist that it, or the rule, names.

    `codelist_code` is a variable or an NCI code. Empty where the release has no such codelist or term;
    NotExecutableError where the release is not here, or we carry it without the codelist.
    """
    kind, data = f"{need(work, 'ct_package_type').lower()}ct", work.frame.data
    version, codelist = need(work, "version"), need(work, "codelist_code")
    key = _key(work) if rows_of is _term_rows else None
    for name in (version, *([key] if key else [])):
        if name not in data.columns:
            raise MissingColumnError(name)
    code = pl.col(codelist).cast(pl.String) if codelist in data.columns else pl.lit(codelist)
    keys = data.select(
        _version=pl.col(version).cast(pl.String),
        _codelist=code,
        _key=pl.col(key).cast(pl.String).str.to_lowercase() if key else pl.lit(None, dtype=pl.String),
    )
    rows = [
        (stated, named, value, answer)
        for stated, named in keys.select("_version", "_codelist").unique().drop_nulls().iter_rows()
        for value, answer in _answers(work, f"{kind}-{stated}", named, rows_of)
    ]
    dtype = pl.Boolean if rows_of is _list_rows else pl.String
    schema = {"_version": pl.String, "_codelist": pl.String, "_key": pl.String, "_answer": dtype}
    known = pl.DataFrame(rows, schema=schema, orient="row").unique(list(schema)[:3], keep="first")
    found = keys.join(known, on=list(schema)[:3], how="left", nulls_equal=True, maintain_order="left")
    return work.series(found["_answer"])


def _answers(
    work: Work, package: str, codelist: str, rows_of: Callable[[Work, CtList], _Answers]
) -> _Answers:
    release = work.context.terminology.need(package)
    found = release.lists.get(codelist)
    if found is None and not release.complete:
        raise NotExecutableError(f"we carry a part of {package}: give the whole release with --ct")
    return [] if found is None else rows_of(work, found)


def _list_rows(_work: Work, codelist: CtList) -> _Answers:
    return [(None, codelist.extensible)]


# The operation's options that name a variable with what finds the term; what it gives where nothing is said.
_KEYS: Mapping[str, tuple[str, str]] = {
    "term_code": ("code", "value"),
    "term_value": ("value", "code"),
    "term_pref_term": ("pref_term", "code"),
}


def _given(work: Work) -> str:
    given = [name for name in _KEYS if work.option(name)]
    if len(given) != 1:
        raise NotExecutableError(f"codelist_terms needs one of {', '.join(_KEYS)}")
    return given[0]


def _key(work: Work) -> str:
    return str(work.option(_given(work))).replace("--", work.dataset.wildcard)


def _term_rows(work: Work, codelist: CtList) -> _Answers:
    by, usual = _KEYS[_given(work)]
    what = str(work.option("returntype") or usual)
    if what not in _TERM:
        raise NotExecutableError(f"codelist_terms has no returntype {what!r}, but {', '.join(_TERM)}")
    return [(_TERM[by](t).lower(), _TERM[what](t)) for t in codelist.terms]


def codelist_attributes(work: Work) -> Frame:
    """What the terminology that a record names (TSVCDREF, TSVCDVER) has of an attribute."""
    attribute = str(work.option("ct_attribute"))
    if attribute not in _ATTRIBUTES:
        raise NotExecutableError(f"the attribute {attribute!r} of terminology is not known")
    data, version = work.frame.data, str(work.option("version"))
    for name in (work.target, version):
        if name not in data.columns:
            raise MissingColumnError(name)
    kind = _TYPES.get(work.context.standard.upper(), "sdtmct")
    rows = []
    for reference, date in data.select(work.target, version).unique().iter_rows():
        rows.append((reference, date, _attributes(work, reference, date, kind, attribute)))
    schema: dict[str, Any] = {
        work.target: pl.String,
        version: pl.String,
        work.operation.id: pl.List(pl.String),
    }
    return work.by_group(pl.DataFrame(rows, schema=schema, orient="row"), [work.target, version])


def _attributes(work: Work, reference: str | None, date: str | None, kind: str, attribute: str) -> list[str]:
    """Empty where the record names no version of CDISC terminology; what we lack cannot be judged."""
    if not date or not (reference or "").strip():
        return []
    name = f"{kind}-{date}" if reference in ("CDISC", "CDISC CT") else f"{reference}-{date}"
    known = work.context.terminology.find(name)
    if known is None:
        if name.startswith(kind):
            work.context.terminology.need(name)
        return []
    if not known.complete:
        raise NotExecutableError(f"we carry a part of {name}: give the whole release with --ct")
    return sorted(_ATTRIBUTES[attribute](known))


def define_extensible_codelists(work: Work) -> Frame:
    """The values that the define.xml adds to extensible codelists, by its names for them; ALL is all."""
    names = work.option("codelists")
    if not names:
        raise NotExecutableError("the operation define_extensible_codelists needs `codelists`")
    extended = work.context.need_define().extended
    if list(names) == ["ALL"]:
        return work.constant([v for values in extended.values() for v in values])
    for name in names:
        if str(name).lower() not in extended:
            raise NotExecutableError(f"the define.xml adds nothing to a codelist {name}")
    return work.constant([v for name in names for v in extended[str(name).lower()]])


def valid_codelist_dates(work: Work) -> Frame:
    """Dates on which terminology was published.

    Our list ends with the newest package that its source knew; a later date in the data cannot be judged and
    is let pass.
    """
    types = [f"{str(t).lower()}ct" for t in work.option("ct_package_types") or ()]
    wanted = types or [_TYPES.get(work.context.standard.upper(), "sdtmct")]
    published = [n.partition("-") for n in _published()]
    carried = [p.name.partition("-") for p in work.context.terminology.packages]
    dates = {date for kind, _, date in (*published, *carried) if kind in wanted}
    last = max((date for kind, _, date in published if kind in wanted), default="")
    data = work.frame.data
    if "TSVCDVER" in data.columns:
        dates |= {str(d) for d in data["TSVCDVER"].unique().drop_nulls().to_list() if str(d) > last}
    return work.constant(sorted(dates))


@cache
def _published() -> tuple[str, ...]:
    return tuple(json.loads((ROOT / "library" / "ct-packages.json").read_text(encoding="utf-8")))
