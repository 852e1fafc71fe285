"""FHIR data types as elements: coded concepts, quantities, dates, periods, logical references."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

import polars as pl
from polars import col, lit, when

from interop import ct, issues
from interop.fhir.codes import DATA_ABSENT, EXT_ABSENT, EXT_RENDERED, MEDDRA, NCIT, SNOMED, UCUM
from interop.fhir.resource import Element, Json
from interop.fhir.rows import ENCOUNTER, Rows, system_of
from interop.fhir.terms import term_of
from interop.study import Study

NUMBER = r"^[+-]?\d+(\.\d+)?$"
DAY = 10  # characters of a date known to the day
COMPARED = r"^(<=|>=|<|>)\s*([+-]?\d+(?:\.\d+)?)$"
TERMS = Mapping[str, tuple[str, str]]  # submission value ─▶ code and display in one system


def fixed(path: str, value: Json) -> Element:
    """An element that is the same in every resource of the page."""
    return Element(path, lit(""), lambda _: value)


def coding(codelists: tuple[str, ...]) -> Callable[[str], Json]:
    """Text ─▶ Coding of the NCI Thesaurus, or None where the CDISC codelists have no such term or code."""

    def to(text: str) -> Json:
        term = term_of(text, codelists)
        if term is None or not term.code:
            return None
        return {"system": NCIT, "code": term.code, "display": term.preferred}

    return to


def concept(
    codelists: tuple[str, ...], others: TERMS | None = None, system: str = SNOMED
) -> Callable[[str], Json]:
    """Text ─▶ CodeableConcept: its NCIt code, the code of `others` in `system`, and always the text as
    collected."""
    ncit = coding(codelists)

    def to(text: str) -> Json:
        term = term_of(text, codelists)
        found = (others or {}).get(term.value) if term is not None else None
        codings = [ncit(text), found and {"system": system, "code": found[0], "display": found[1]}]
        codings = [c for c in codings if c]
        return {"coding": codings, "text": text} if codings else {"text": text}

    return to


def preferred(codelists: tuple[str, ...]) -> Callable[[str], Json]:
    """Text ─▶ CDISC's name for the term, else the text."""

    def to(text: str) -> Json:
        term = term_of(text, codelists)
        return text if term is None else term.preferred

    return to


def one_coding(codelists: tuple[str, ...], terms: TERMS, system: str) -> Callable[[str], Json]:
    """Text ─▶ CodeableConcept with the one code of `terms`, or None without one: for required bindings, where
    the codes of CDISC's term would be one too many.
    """

    def to(text: str) -> Json:
        term = term_of(text, codelists)
        found = None if term is None else terms.get(term.value)
        if found is None:
            return None
        return {"coding": [{"system": system, "code": found[0], "display": found[1]}], "text": text}

    return to


def uncoded(rows: Rows, column: str, codelists: tuple[str, ...], kind: str, path: str) -> pl.DataFrame:
    """The rows whose value has no code in the codelists: kept as text."""
    given = rows.frame[column].unique().drop_nulls().to_list()
    unknown = [v for v in given if coding(codelists)(v) is None]
    names = " or ".join(ct.codelist(c).submission_value for c in codelists)
    return issues.issues(
        rows.frame.filter(col(column).is_in(unknown)),
        severity="warning",
        target=kind,
        variable=path,
        rule="NO-CODE",
        value=col(column),
        message=f"not a term of {names}: written as text without a code; map it in the source mapping",
    )


def unknown_units(rows: Rows, unit: str, code: str, kind: str, path: str) -> pl.DataFrame:
    return issues.issues(
        rows.frame.filter(col(unit).is_not_null() & col(code).is_null()),
        severity="warning",
        target=kind,
        variable=path,
        rule="NO-UCUM",
        value=col(unit),
        message="no UCUM code is known for this unit: written as text; map it in the source mapping",
    )


def quantity(path: str, value: pl.Expr, unit: pl.Expr, code: pl.Expr) -> tuple[Element, ...]:
    """A Quantity of a number's text (a comparator may precede it), its unit as collected, and its UCUM
    code."""
    number = when(value.str.contains(NUMBER)).then(value).otherwise(value.str.extract(COMPARED, 2))
    there = number.is_not_null()
    return (
        Element(f"{path}.value", number, Decimal),
        Element(f"{path}.comparator", value.str.extract(COMPARED, 1)),
        Element(f"{path}.unit", when(there).then(unit)),
        Element(f"{path}.system", when(there & code.is_not_null()).then(lit(UCUM))),
        Element(f"{path}.code", when(there).then(code)),
    )


def is_number(value: pl.Expr) -> pl.Expr:
    """Whether a Quantity holds the text; false for null."""
    return value.str.contains(f"{NUMBER}|{COMPARED}").fill_null(value=False)


def date_time(path: str, date: pl.Expr) -> tuple[Element, ...]:
    """A dateTime, as partial as collected. FHIR wants a time zone with a time, which records do not have: the
    value then stops at the day, and the extension `rendered-value` keeps the local time."""
    return (
        Element(path, date.str.slice(0, DAY)),
        *_rendered(path, when(date.str.len_chars() > DAY).then(date)),
    )


def period(path: str, start: pl.Expr, end: pl.Expr) -> tuple[Element, ...]:
    """A Period, without an end that is before the start. FHIR also forbids one that is known better or worse
    than a start it may equal (from 2022 to 2022-11): the extension `rendered-value` then keeps it.
    """
    end = when(~backwards(start, end)).then(end)
    days = start.str.len_chars().clip(upper_bound=DAY), end.str.len_chars().clip(upper_bound=DAY)
    known = pl.min_horizontal(*days)
    vague = (days[0] != days[1]) & (start.str.slice(0, known) == end.str.slice(0, known))
    vague = vague.fill_null(value=False)
    return (
        *date_time(f"{path}.start", start),
        Element(f"{path}.end", when(~vague).then(end.str.slice(0, DAY))),
        *_rendered(f"{path}.end", when(vague | (end.str.len_chars() > DAY)).then(end)),
    )


def _rendered(path: str, text: pl.Expr) -> tuple[Element, ...]:
    *parents, leaf = path.split(".")
    shadow = ".".join([*parents, f"_{leaf}"])
    return (
        Element(f"{shadow}.extension[0].url", when(text.is_not_null()).then(lit(EXT_RENDERED))),
        Element(f"{shadow}.extension[0].valueString", text),
    )


def local_times(rows: Rows, columns: Iterable[str], kind: str, path: str) -> pl.DataFrame:
    return issues.counted(
        rows.frame.filter(pl.any_horizontal(col(c).str.len_chars() > DAY for c in columns)),
        target=kind,
        variable=path,
        rule="LOCAL-TIME",
        message=(
            "local times: FHIR allows a time only with its zone, which these records do not say: the element "
            "stops at the day and keeps the local time in the extension rendered-value"
        ),
    )


def backwards(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    """Whether `end` is before `start` as far as both are known; FHIR allows no such Period."""
    known = pl.min_horizontal(start.str.len_chars(), end.str.len_chars(), lit(DAY))
    return (end.str.slice(0, known) < start.str.slice(0, known)).fill_null(value=False)


def backwards_found(rows: Rows, start: str, end: str, kind: str, path: str) -> pl.DataFrame:
    return issues.issues(
        rows.frame.filter(backwards(col(start), col(end))),
        severity="error",
        target=kind,
        variable=path,
        rule="END-BEFORE-START",
        value=col(end),
        message=pl.format(
            "the end {} is before the start {}: the end is left out; correct it", col(end), col(start)
        ),
    )


def absent(path: str, why: pl.Expr) -> tuple[Element, ...]:
    """The extension that says why an element has no value: a code of data-absent-reason, null where it has
    one."""
    return (
        Element(f"{path}.extension[0].url", when(why.is_not_null()).then(lit(EXT_ABSENT))),
        Element(f"{path}.extension[0].valueCode", why),
    )


ABSENT_DISPLAY = {
    "not-performed": "Not Performed",
    "unknown": "Unknown",
}  # HL7 R4 CodeSystem data-absent-reason


def absent_reason(path: str, code: pl.Expr, text: pl.Expr) -> tuple[Element, ...]:
    """A dataAbsentReason: its code, and the reason as collected."""
    return (
        Element(
            f"{path}.coding[0]",
            code,
            lambda c: {"system": DATA_ABSENT, "code": c, "display": ABSENT_DISPLAY[c]},
        ),
        Element(f"{path}.text", text),
    )


def visit_reference(path: str) -> tuple[Element, ...]:
    """The Encounter of the row's visit, and the visit's name."""
    return (Element(f"{path}.reference", col(ENCOUNTER)), Element(f"{path}.display", col("visit")))


def identifier(path: str, study: Study, name: str, value: pl.Expr) -> tuple[Element, ...]:
    """An Identifier in a system of the study; its type says in words what it is."""
    there = value.is_not_null()
    return (
        Element(f"{path}.type.text", when(there).then(lit(name))),
        Element(f"{path}.system", when(there).then(lit(system_of(study, name)))),
        Element(f"{path}.value", value),
    )


def when_done(path: str, start: pl.Expr, end: pl.Expr) -> tuple[Element, ...]:
    """`<path>Period` where the end is known too and not before the start, else `<path>DateTime`."""
    both = end.is_not_null() & ~backwards(start, end)
    return (
        *date_time(f"{path}DateTime", when(~both).then(start)),
        *period(f"{path}Period", when(both).then(start), when(both).then(end)),
    )


def own_coding(path: str, study: Study, name: str, term: pl.Expr) -> tuple[Element, ...]:
    """A term that has no published code here, as a code of the code system `name` of the study's own."""
    return (
        Element(f"{path}.system", when(term.is_not_null()).then(lit(system_of(study, name)))),
        Element(f"{path}.code", term.str.strip_chars().str.replace_all(r"\s+", " ")),
        Element(f"{path}.display", term),
    )


def dictionary(prefix: str, study: Study) -> tuple[Element, ...]:
    """The dictionary's terms of an event below `prefix` (a CodeableConcept): MedDRA where a code is given,
    else a code system of the study's own; and the verbatim term.
    """
    levels = ("preferred_term", "lowest_level_term")
    elements: list[Element] = []
    for n, level in enumerate(levels):
        code, path = col(f"{level}_code"), f"{prefix}.coding[{n}]"
        own = own_coding(path, study, "dictionary term", when(code.is_null()).then(col(level)))
        elements += [
            Element(f"{path}.system", pl.coalesce(when(code.is_not_null()).then(lit(MEDDRA)), own[0].value)),
            Element(f"{path}.code", pl.coalesce(code, own[1].value)),
            Element(f"{path}.display", col(level)),
        ]
    return (*elements, Element(f"{prefix}.text", col("term")))


def coded(path: str, value: pl.Expr, codelists: tuple[str, ...]) -> Element:
    """A CodeableConcept: the NCIt code of a CDISC term, and the text as collected."""
    return Element(path, value, concept(codelists))


def evaluator(path: str) -> tuple[Element, ...]:
    """Who judged, as a logical reference: the role, and which one of several; never a name."""
    there = col("evaluator").is_not_null() | col("evaluator_id").is_not_null()
    return (
        Element(f"{path}.identifier.value", col("evaluator_id")),
        Element(f"{path}.display", when(there).then(col("evaluator").fill_null("evaluator"))),
    )
