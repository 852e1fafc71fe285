"""Terms and codes of external dictionaries: whether each record's are there, and belong together."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from interop.rules.operand import Frame, Operand, kind_of
from interop.rules.operations.base import Work, need
from interop.rules.outcome import MissingColumnError, NotExecutableError
from interop.rules.standards.dictionaries import LEVELS, SEPARATOR

# SDTMIG 3.4: the variables of MedDRA's levels, terms and codes, below the domain's prefix.
_TERMS = {"soc": "SOC", "hlgt": "HLGT", "hlt": "HLT", "pt": "DECOD", "llt": "LLT"}
_CODES = {"soc": "SOCCD", "hlgt": "HLGTCD", "hlt": "HLTCD", "pt": "PTCD", "llt": "LLTCD"}


def valid_meddra_code_references(work: Work) -> Frame:
    """Whether the codes of a record, from SOC to LLT, are one way down through MedDRA."""
    paths = work.context.dictionaries.meddra().paths
    return _path(work, [work.dataset.wildcard + _CODES[n] for n in LEVELS], paths.select(LEVELS))


def valid_meddra_term_references(work: Work) -> Frame:
    """Whether the terms of a record, from SOC to LLT, are one way down through MedDRA."""
    paths = work.context.dictionaries.meddra().paths
    names = [work.dataset.wildcard + _TERMS[n] for n in LEVELS]
    return _path(work, names, paths.select(f"{n}_term" for n in LEVELS))


def valid_meddra_code_term_pairs(work: Work) -> Frame:
    """Whether code and term of the level that `name` is a variable of belong together."""
    suffix = work.target.removeprefix(work.dataset.wildcard)
    level = next((n for n in LEVELS if suffix in (_TERMS[n], _CODES[n])), None)
    if level is None:
        raise NotExecutableError(f"{work.target} holds no term or code of MedDRA")
    names = [work.dataset.wildcard + of[level] for of in (_CODES, _TERMS)]
    return _path(work, names, work.context.dictionaries.terms("meddra", level))


def valid_external_dictionary_value(work: Work) -> Frame:
    """Whether the term is in the dictionary, in any case unless `case_sensitive`."""
    return _is_there(work, "code" if _is_loinc(work) else "term", bool(work.option("case_sensitive")))


def valid_external_dictionary_code(work: Work) -> Frame:
    """Whether the code is in the dictionary."""
    return _is_there(work, "code", bool(work.option("case_sensitive")))


def valid_external_dictionary_code_term_pair(work: Work) -> Frame:
    """Whether the code's term is that of `external_dictionary_term_variable`."""
    other = need(work, "external_dictionary_term_variable").replace("--", work.dataset.wildcard)
    return _path(work, [work.target, other], _terms(work).select("code", "term"))


def valid_define_external_dictionary_version(work: Work) -> Frame:
    """Whether the define.xml states the version of the dictionary that is here."""
    name = need(work, "external_dictionary_type").lower()
    stated = work.context.need_define().dictionaries.get(name, "")
    return work.constant(stated == work.context.dictionaries.version(name))


def _is_loinc(work: Work) -> bool:
    return need(work, "external_dictionary_type").lower() == "loinc"


def _terms(work: Work) -> pl.DataFrame:
    name = need(work, "external_dictionary_type").lower()
    return work.context.dictionaries.terms(name, str(work.option("dictionary_term_type") or ""))


def _is_there(work: Work, what: str, exactly: bool) -> Frame:
    known, value = _terms(work)[what], _text(work, work.target)
    if not exactly:
        known, value = known.str.to_lowercase(), value.str.to_lowercase()
    return _answer(work, value.is_in(known.unique().implode()))


def _path(work: Work, names: Sequence[str], known: pl.DataFrame) -> Frame:
    """Whether the values of `names` stand side by side in `known`; never where one is empty."""
    values = pl.concat_str([_text(work, n) for n in names], separator=SEPARATOR)
    right = known.select(pl.concat_str(pl.all(), separator=SEPARATOR).alias("_")).to_series()
    return _answer(work, values.is_in(right.unique().implode()))


def _text(work: Work, name: str) -> pl.Expr:
    dtype = work.frame.data.schema.get(name)
    if dtype is None:
        raise MissingColumnError(name)
    return Operand(pl.col(name), kind_of(dtype)).text


def _answer(work: Work, answer: pl.Expr) -> Frame:
    return work.series(work.frame.data.select(answer.fill_null(False).alias(work.operation.id)).to_series())
