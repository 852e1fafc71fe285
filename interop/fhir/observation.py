"""What observations of every kind share: when, at which visit, whether done, and vital signs' "
"conformance."""

from __future__ import annotations

import polars as pl
from polars import col, lit, when

from interop import issues
from interop.fhir.codes import EXT_POSITION, LOINC, OBSERVATION_CATEGORY, Vital
from interop.fhir.datatypes import (
    absent_reason,
    coding,
    concept,
    date_time,
    fixed,
    is_number,
    preferred,
    quantity,
    visit_reference,
)
from interop.fhir.lesions import LESION
from interop.fhir.medication import study_extension
from interop.fhir.procedures import PROCEDURE
from interop.fhir.resource import Element, Json
from interop.fhir.rows import ENCOUNTER, PATIENT, Rows
from interop.fhir.terms import term_of
from interop.fhir.ucum import ucum
from interop.lineage import SRC
from interop.study import Study

KIND = "Observation"
TEST, UNIT, POSITION, LOCATION = ("C66741",), ("C66770",), ("C71148",), ("C74456",)
ANY_UNIT = ("C71620", "C66770")
NOT_DONE = "NOT DONE"


def _category(code: str, display: str) -> Json:
    return {"coding": [{"system": OBSERVATION_CATEGORY, "code": code, "display": display}]}


VITAL_SIGNS = _category("vital-signs", "Vital Signs")
LABORATORY = _category("laboratory", "Laboratory")
IMAGING = _category("imaging", "Imaging")
SURVEY = _category("survey", "Survey")
DAY = 10  # characters of a date known to the day, which the vital signs profile asks for (its invariant vs-1)


def common(study: Study, status: pl.Expr, *, visit: bool = True) -> tuple[Element, ...]:
    """Study, status, subject, visit (of a record that has one) and date. Category and code stand with the
    page."""
    return (
        fixed("extension[0]", study_extension(study)),
        Element("status", status),
        Element("subject.reference", col("_patient")),
        *(visit_reference("encounter") if visit else ()),
        *date_time("effectiveDateTime", col("date")),
    )


def done(status: str = "status") -> pl.Expr:
    return when(col(status) == NOT_DONE).then(lit("cancelled")).otherwise(lit("final"))


def body() -> tuple[Element, ...]:
    """Position (extension observation-bodyPosition), site, and the planned time point, which R4 can only
    note."""
    there = col("position").is_not_null()
    timing = pl.concat_str(
        col("timepoint"),
        pl.format("number {}", col("timepoint_number")),
        pl.format("{} elapsed", col("elapsed")),
        pl.format("since {}", col("timepoint_reference")),
        separator=", ",
        ignore_nulls=True,
    )
    planned = pl.any_horizontal(col(c).is_not_null() for c in ("timepoint", "timepoint_number", "elapsed"))
    return (
        Element("extension[1].url", when(there).then(lit(EXT_POSITION))),
        Element("extension[1].valueCodeableConcept", col("position"), concept(POSITION)),
        Element("bodySite.coding[0]", col("location"), coding(LOCATION)),
        Element(
            "bodySite.text",
            pl.concat_str("location", "laterality", separator=", ", ignore_nulls=True).replace("", None),
        ),
        Element("note[0].text", when(planned).then(pl.format("Planned time point: {}", timing))),
    )


def value(path: str, prefix: str = "", there: pl.Expr | None = None) -> tuple[Element, ...]:
    """valueQuantity of a number, valueString of any other result, else dataAbsentReason; at `path`
    (component or the Observation itself), from the columns of the join `prefix`, in the rows where it is
    `there` (default: all)."""
    result, unit, status, reason = (col(prefix + c) for c in ("result", "unit", "status", "reason_not_done"))
    lacking = when(result.is_null() if there is None else result.is_null() & there)
    result = result if there is None else when(there).then(result)
    number = is_number(result)
    why = when(status == NOT_DONE).then(lit("not-performed")).otherwise(lit("unknown"))
    return (
        *quantity(f"{path}valueQuantity", when(number).then(result), unit, col(f"{prefix}_ucum")),
        Element(f"{path}valueString", when(~number).then(result)),
        *absent_reason(f"{path}dataAbsentReason", lacking.then(why), lacking.then(reason)),
    )


def units(rows: Rows, prefix: str = "", codelists: tuple[str, ...] = UNIT) -> Rows:
    """With `_ucum`: the UCUM code of `unit`."""
    return rows.look_up(f"{prefix}_ucum", f"{prefix}unit", lambda u: ucum(u, codelists))


def paired(rows: Rows, tests: tuple[str, ...], together: tuple[str, ...], own: tuple[str, ...]) -> Rows:
    """One row for the records of two `tests` (column `_test`) that agree in `together`: `SYSBP.result`,
    `_src:SYSBP`, `DIABP.result`, … of the columns `own`, beside what they have in common.

    `_apart` is empty but for what several records of one test at the same point keep apart: the rank of their
    source line by its content, and on one line their own. Not the line itself: the same rows in another file
    or order are the same resources.
    """
    carried = [c for c in (PATIENT, ENCOUNTER, PROCEDURE, LESION) if c in rows.frame.columns]
    own_text = pl.concat_str([col(c).cast(pl.String).fill_null("") for c in ("_test", *own)], separator="\t")
    frame = rows.frame.with_columns(_line=col(SRC).str.replace(r":[^#:]*$", ""), _text=own_text)
    frame = frame.with_columns(_text=col("_text").sort().str.join("\n").over(*together, "_line"))
    several = pl.max_horizontal((col("_test") == test).sum().over(together) for test in tests) > 1
    line = pl.struct("_text", "_line").rank("dense").over(together).cast(pl.String)
    frame = frame.with_columns(_apart=when(several).then(line).otherwise(lit(""))).drop("_line", "_text")
    frame = frame.sort(*together, *own, SRC)
    rank = pl.int_range(pl.len()).over(*together, "_apart", "_test")
    apart = pl.concat_str(
        "_apart", when(rank > 0).then(rank.cast(pl.String)), separator=" ", ignore_nulls=True
    )
    frame = frame.with_columns(_apart=apart)
    sides = []
    for test in tests:
        names = {c: f"{test}.{c}" for c in own} | {SRC: f"{SRC}:{test}"}
        side = frame.filter(col("_test") == test)
        sides.append(side.select(*together, *carried, "_apart", *names).rename(names))
    left, right = sides
    on = [*together, *carried, "_apart"]
    joined = left.join(right, on=on, how="full", coalesce=True, nulls_equal=True)
    joined = joined.with_columns(pl.coalesce(f"{SRC}:{test}" for test in tests).alias(SRC))
    prefixed = {
        f"{test}.{c}": tuple(f"{test}.{field}" for field in rows.made_from[c])
        for test in tests
        for c in own
        if c in rows.made_from
    }
    return Rows(joined, {**rows.made_from, **prefixed, "_apart": ()})


def vital_code(text: str) -> str | None:
    """VSTESTCD of a test as the record names it: by code, or by CDISC's name for it."""
    term = term_of(text, TEST)
    return None if term is None else term.value


def conforms(allowed: pl.Expr, prefix: str = "") -> pl.Expr:
    """Whether a measurement is as its vital signs profile asks: a day, and a number in an allowed unit or
    none."""
    result = col(f"{prefix}result")
    return (col("date").str.len_chars() >= DAY).fill_null(value=False) & (
        result.is_null() | (is_number(result) & allowed.fill_null(value=False))
    )


def code(test: str, vital: Vital | None) -> Json:
    """The code of a vital sign: LOINC where the observation conforms to the profile, NCIt where CDISC has
    it."""
    loinc = vital and {"system": LOINC, "code": vital.code, "display": vital.display}
    codings = [c for c in (loinc, coding(TEST)(test)) if c]
    text = preferred(TEST)(test)
    return {"coding": codings, "text": text} if codings else {"text": text}


def not_conforming(rows: Rows, name: str) -> pl.DataFrame:
    """Vital signs that FHIR's profile does not allow as collected: without profile and LOINC code, not
    lost."""
    return issues.issues(
        rows.frame.filter(~col(name)),
        severity="warning",
        target=KIND,
        variable="meta.profile",
        rule="VITAL-SIGNS",
        message=(
            "FHIR's vital signs profile asks for a date to the day and a number in one of its units: "
            "written "
            "without profile and LOINC code"
        ),
    )
