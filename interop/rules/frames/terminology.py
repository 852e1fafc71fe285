"""Values that are no terms of their codelists: a row is a record with such a value.

Which codelist a variable has is the guide's to say; of several a value is a term of any. What a value that
is no term may mean is told, so that a report can name the term: the term in other letters, or the term of
which the value is the preferred name or a synonym.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain

import polars as pl

from interop.ct import ADAM_CT
from interop.rules.context import Context
from interop.rules.data import ADSL, DataSet
from interop.rules.frames.rows import Built, Rows, judged_parts
from interop.rules.frames.values import VALUE, distinct, rows_of, texts
from interop.rules.language import Rule
from interop.rules.outcome import SkippedError
from interop.rules.scope import data_structure
from interop.rules.standards.library import library
from interop.rules.standards.terminology import CtList, CtPackage, CtTerm, carried
from interop.standards import facts
from schemas import ROOT

_MEANT = ("ct_match", "ct_term")
FACTS = (*_MEANT, "ct_codelist", "ct_extensible", "value_records")
# SDTMIG 3.4, 5.2, assumption 6: with several races collected RACE is "MULTIPLE", which its codelist has not.
_BESIDE = {"RACE": frozenset({"MULTIPLE"})}
# A codelist of results is for tests with qualitative results: a number in --STRESC is not judged by it.
_RESULT = "STRESC"
_NUMBER = r"^[<>]?=?\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"
# ADaMIG 1.3, 3.1.3: whatever date or time a flag is of, its terms are those of DATEFL or TIMEFL (ADaM CT).
_FLAGS = (("DTF", "C81223"), ("TMF", "C81226"))
# Variables side by side that name one concept, as a code and as a text.
_PAIRS = (("TESTCD", "TEST"), ("PARMCD", "PARM"))
# Domains of instruments. The guide names a codelist for tests of oncology (RS) or function (FT) alone; those
# of an instrument are in two of its own: ECOG1TC, "… Clinical Classification Test Code", and ECOG1TN.
_INSTRUMENTS = frozenset({"FT", "QS", "RS"})
_OF_INSTRUMENTS = {"TESTCD": " Test Code", "TEST": " Test Name"}


@dataclass(frozen=True)
class Terms:
    """The terms of a variable's codelists."""

    lists: tuple[CtList, ...]

    @cached_property
    def values(self) -> dict[str, str]:
        """Submission value ─▶ NCI code."""
        return {t.value: t.code for c in self.lists for t in c.terms}

    @property
    def extensible(self) -> bool:
        return any(c.extensible for c in self.lists)

    @property
    def said(self) -> str:
        return ", ".join(f"{c.value} ({c.code})" for c in self.lists)

    @cached_property
    def _other_letters(self) -> dict[str, str]:
        return {_plain(v): v for v in self.values}

    @cached_property
    def _synonyms(self) -> dict[str, str]:
        """Names that stand for one term; a synonym of two terms stands for neither."""
        found: dict[str, set[str]] = {}
        for term in (t for c in self.lists for t in c.terms):
            for name in _names(term):
                found.setdefault(_plain(name), set()).add(term.value)
        return {n: next(iter(v)) for n, v in found.items() if len(v) == 1}

    def meant(self, value: str) -> tuple[str, str | None]:
        """`case`, `synonym` or `none`, and the term that the value seems to mean."""
        key = _plain(value)
        if key in self._other_letters:
            return "case", self._other_letters[key]
        if key in self._synonyms:
            return "synonym", self._synonyms[key]
        return "none", None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _names(term: CtTerm) -> Iterator[str]:
    return (n for n in chain([term.preferred], term.synonyms) if n)


def values_against_terminology(rule: Rule, dataset: DataSet, context: Context) -> Built:
    judged = False
    for part in judged_parts(rule, dataset, context):
        known = {n: t for n, t in _terms(part, context).items() if n in texts(part)}
        if known:
            judged = True
            yield from _rows(part, known, context)
    if not judged:
        raise SkippedError("no variable of it has a codelist that is here")


def _rows(part: DataSet, known: Mapping[str, Terms], context: Context) -> Iterator[Rows]:
    results = {n: t for n, t in known.items() if n.endswith(_RESULT) and _test(n) in part.data.columns}
    plain = {n: t for n, t in known.items() if n not in results}
    values = distinct(part, list(plain))
    wrong = {n: _wrong(n, values[n], terms, part, context) for n, terms in plain.items()}
    pairs = [r for n, t in results.items() for r in _results(part, n, t, context)]
    pairs += _pairs(part, known)
    if not pairs or any(w.height for w in wrong.values()):
        yield from rows_of(part, wrong, FACTS)
    yield from pairs


def _wrong(name: str, values: pl.Series, terms: Terms, part: DataSet, context: Context) -> pl.DataFrame:
    """The values that are no terms, with what they seem to mean."""
    no_terms = values.filter(~values.is_in(list(terms.values)))
    beside: Set[str] = _BESIDE.get(name, frozenset())
    if no_terms.len() and part.unsplit in _INSTRUMENTS and name[2:] in _OF_INSTRUMENTS:
        beside = _instruments(name[2:], context)
    if name.endswith(_RESULT):
        no_terms = no_terms.filter(~no_terms.str.contains(_NUMBER))
    rows = [(v, *terms.meant(v)) for v in no_terms.to_list() if v not in beside]
    return _told(pl.DataFrame(rows, schema=[VALUE, *_MEANT], orient="row"), terms)


def _told(table: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    return table.with_columns(
        pl.col(table.columns).cast(pl.String),
        pl.lit(terms.said).alias("ct_codelist"),
        pl.lit(terms.extensible).alias("ct_extensible"),
    )


def _instruments(kind: str, context: Context) -> Set[str]:
    """The test codes (or names) of all questionnaires, ratings and scales: each has codelists of its own."""
    lists = (c for p in context.terminology.packages for c in p.lists.values())
    ending = _OF_INSTRUMENTS[kind]
    return {t.value for c in lists if c.name.endswith(ending) for t in c.terms}


def _results(part: DataSet, name: str, guide: Terms, context: Context) -> Iterator[Rows]:
    """Results that are no terms of the codelist of their test, or where none is known, of the guide's."""
    test, of_tests = _test(name), _result_codelists().get(part.unsplit, {})
    rows = part.data.select(test, name).drop_nulls().unique().sort(test, name)
    tables = []
    for (code,), group in rows.group_by(test, maintain_order=True):
        lists = _here(of_tests.get(str(code), ()), context.terminology.packages)
        terms = Terms(lists) if lists else guide
        table = _wrong(name, group[name].alias(VALUE), terms, part, context)
        tables.append(table.with_columns(pl.lit(code).alias(test)))
    wrong = pl.concat(tables).rename({VALUE: name}) if tables else pl.DataFrame()
    if wrong.height:
        yield _joined(part, name, wrong, [test, name])


def _joined(part: DataSet, name: str, wrong: pl.DataFrame, on: Sequence[str]) -> Rows:
    found = part.frame.join(wrong, on=on, maintain_order="left")
    found = found.with_columns(pl.len().over(on).cast(pl.Float64).alias("value_records"))
    return Rows(found, {"variable_name": name}, {"variable_value": name})


def _test(result: str) -> str:
    return f"{result.removesuffix(_RESULT)}TESTCD"


@cache
def _result_codelists() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Domain ─▶ --TESTCD ─▶ codelists of --STRESC, from CDISC's Biomedical Concepts."""
    text = (ROOT / "library" / "result-codelists.json").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, Sequence[str]]] = json.loads(text)
    return found


def _pairs(part: DataSet, known: Mapping[str, Terms]) -> Iterator[Rows]:
    """Names of tests and parameters that are terms, but not of the concept that the code beside them has."""
    for code, text in ((c, c[: -len(a)] + b) for c in known for a, b in _PAIRS if c.endswith(a)):
        if text not in known:
            continue
        names = {nci: v for v, nci in known[text].values.items() if nci}
        rows = []
        for one, said in part.data.select(code, text).drop_nulls().unique().sort(code, text).iter_rows():
            wanted = names.get(known[code].values.get(one, ""))
            if wanted is not None and said != wanted and said in known[text].values:
                rows.append((one, said, "pair", wanted))
        if rows:
            wrong = _told(pl.DataFrame(rows, schema=[code, text, *_MEANT], orient="row"), known[text])
            yield _joined(part, text, wrong, [code, text])


def _terms(part: DataSet, context: Context) -> dict[str, Terms]:
    """The terms of each variable of the part whose codelists are here."""
    packages = list(context.terminology.packages)
    if part.is_analysis:
        packages.append(carried(ADAM_CT))  # which the package to judge by may lack
    found = {}
    for name, codes in _codes(part, context).items():
        if here := _here(codes, packages):
            found[name] = Terms(here)
    return found


def _here(codes: Sequence[str], packages: Sequence[CtPackage]) -> tuple[CtList, ...]:
    """The codelists; none where one of them is missing, for then no value is known to be wrong."""
    lists = [next((p.lists[c] for p in packages if c in p.lists), None) for c in codes]
    here = tuple(one for one in lists if one is not None)
    return here if len(here) == len(codes) else ()


def _codes(part: DataSet, context: Context) -> dict[str, tuple[str, ...]]:
    if part.is_analysis:
        known = facts("adamig13", "ADSL" if data_structure(part) == ADSL else "BDS")
        variables = ((n, known.find(n)) for n in part.data.columns)
        stated = {n: v.codelists for n, v in variables if v is not None and v.codelists}
        return {n: (c,) for n in part.data.columns for end, c in _FLAGS if n.endswith(end)} | stated
    present = set(part.data.columns)
    newest = _newest(part.unsplit)
    found = {}
    for variable in context.guide_variables(part):
        if variable.codelist and variable.name in present:
            codes = (variable.codelist, *variable.more)
            wider = newest.get(variable.name, ())
            found[variable.name] = wider if set(codes) <= set(wider) else codes
    return found


def _newest(dataset: str) -> Mapping[str, tuple[str, ...]]:
    """The codelists of a dataset's variables in SDTMIG 3.4.

    Our metadata of earlier guides have one codelist a variable where there are several (DSDECOD of 3.3); the
    others are those beside it in 3.4.
    """
    found = library("SDTMIG", "3.4").find(dataset)
    return {} if found is None else {v.name: (v.codelist, *v.more) for v in found.variables if v.codelist}
