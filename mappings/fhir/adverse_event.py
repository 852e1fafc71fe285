"""AdverseEvent: one per adverse event record, after HL7's Adverse Event Clinical Research guide (R4
backport), whose extensions carry what R4 lacks: the toxicity grade and the system it is graded in, criteria
of seriousness, action taken, and when the event ended.

The relation to the study treatment is a suspect entity in words, for a record does not say which treatment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl
from polars import col, lit, when

from interop.fhir.codes import (
    CRITERIA,
    EVENT_GUIDE,
    EVENT_OUTCOME,
    EVENT_SERIOUSNESS,
    EVENT_SEVERITY,
    GRADES,
    NCIT,
    OUTCOMES,
    SERIOUSNESS,
    SEVERITIES,
)
from interop.fhir.datatypes import (
    backwards,
    backwards_found,
    concept,
    date_time,
    dictionary,
    fixed,
    identifier,
    local_times,
    one_coding,
    uncoded,
)
from interop.fhir.medication import study_reference
from interop.fhir.resource import Element, Json, Resource, Resources, make
from interop.fhir.rows import Rows, of_record, resource_id
from interop.fhir.terms import term_of
from interop.records import Records
from interop.study import Study

KIND = "AdverseEvent"
KEY = ("usubjid", "identifier", "term", "start")
SEVERITY, OUTCOME, ACTION = ("C66769",), ("C66768",), ("C66767",)
GRADED_BY = "supp.AEGRSYS"  # the qualifier that names the grading system (CTCAE, ASTCT consensus)


def build(records: Records, study: Study) -> Resources:
    rows, lost = of_record(records, study, "adverse_event", KIND, qualifiers=(GRADED_BY,))
    rows = rows.identified(study, KIND, KEY)
    rows = rows.look_up(
        "_member", "usubjid", lambda u: f"ResearchSubject/{resource_id(study, 'ResearchSubject', u)}"
    )
    rows = rows.look_up("_severity", "severity", lambda v: _known(v, SEVERITY, SEVERITIES))
    rows = rows.look_up("_outcome", "outcome", lambda v: _known(v, OUTCOME, OUTCOMES))
    elements = (
        *_extensions(),
        *identifier("identifier", study, "adverse event", col("identifier")),
        fixed("actuality", "actual"),
        Element("category[0].text", col("category")),
        *dictionary("event", study),
        Element("subject.reference", col("_patient")),
        *date_time("date", col("start")),
        *date_time("recordedDate", col("collected")),
        Element("seriousness.coding[0]", col("serious"), _serious),
        Element("severity", col("severity"), one_coding(SEVERITY, SEVERITIES, EVENT_SEVERITY)),
        Element("outcome", col("outcome"), one_coding(OUTCOME, OUTCOMES, EVENT_OUTCOME)),
        Element(
            "suspectEntity[0].instance.display",
            when(col("causality").is_not_null()).then(lit("Study treatment")),
        ),
        Element("suspectEntity[0].causality[0].assessment.text", col("causality")),
        fixed("study[0]", study_reference(study)),
    )
    return make(KIND, rows, elements, (lost, *_said(rows)))


def _extensions() -> tuple[Element, ...]:
    graded = col("toxicity_grade").is_not_null()
    text = pl.concat_str(
        lit("Grade"), "toxicity_grade", pl.format("({})", GRADED_BY), separator=" ", ignore_nulls=True
    )
    code = col("toxicity_grade").replace_strict(dict(GRADES), default=None, return_dtype=pl.String)
    ended = when(~backwards(col("start"), col("end"))).then(col("end"))
    taken = col("action_taken").is_not_null()
    said = pl.concat_str(  # what FHIR's required value sets do not have
        when(col("_severity").is_null()).then(pl.format("Severity: {}", col("severity"))),
        when(col("_outcome").is_null()).then(pl.format("Outcome: {}", col("outcome"))),
        separator="; ",
        ignore_nulls=True,
    ).replace("", None)
    last = 4 + len(CRITERIA)
    return (
        Element("extension[0].url", when(graded).then(lit(f"{EVENT_GUIDE}ae-grade"))),
        Element(
            "extension[0].valueCodeableConcept.coding[0].system", when(code.is_not_null()).then(lit(NCIT))
        ),
        Element("extension[0].valueCodeableConcept.coding[0].code", code),
        Element("extension[0].valueCodeableConcept.text", when(graded).then(text)),
        Element("extension[1].url", when(ended.is_not_null()).then(lit(f"{EVENT_GUIDE}resolve-date"))),
        *date_time("extension[1].valueDateTime", ended),
        Element("extension[2].url", lit(f"{EVENT_GUIDE}research-subject-ref")),
        Element("extension[2].valueReference.reference", col("_member")),
        Element("extension[3].url", when(taken).then(lit(f"{EVENT_GUIDE}mitigating-action"))),
        Element("extension[3].extension[0].url", when(taken).then(lit("item"))),
        Element("extension[3].extension[0].valueCodeableConcept", col("action_taken"), concept(ACTION)),
        *(
            Element(f"extension[{n}]", col(field), _criterion(*CRITERIA[field]))
            for n, field in enumerate(CRITERIA, 4)
        ),
        Element(f"extension[{last}].url", when(said.is_not_null()).then(lit(f"{EVENT_GUIDE}note"))),
        Element(f"extension[{last}].valueAnnotation.text", said),
        Element(
            f"extension[{last + 1}].url", when(col("comment").is_not_null()).then(lit(f"{EVENT_GUIDE}note"))
        ),
        Element(f"extension[{last + 1}].valueAnnotation.text", col("comment")),
    )


def _known(text: str, codelists: tuple[str, ...], terms: Mapping[str, tuple[str, str]]) -> str | None:
    """The text, where FHIR's required value set has it."""
    term = term_of(text, codelists)
    return text if term is not None and term.value in terms else None


def _criterion(code: str, display: str) -> Callable[[str], Json]:
    """The guide's seriousness-criteria extension: the criterion, and whether it is met."""
    coding = {"coding": [{"system": NCIT, "code": code, "display": display}]} if code else {}
    criterion = {**coding, "text": display}

    def to(flag: str) -> Json:
        parts = [
            {"url": "criterionCode", "valueCodeableConcept": criterion},
            {"url": "criterionPresent", "valueBoolean": flag == "Y"},
        ]
        return {"url": f"{EVENT_GUIDE}seriousness-criteria", "extension": parts}

    return to


def _said(rows: Rows) -> tuple[pl.DataFrame, ...]:
    return (
        uncoded(rows, "severity", SEVERITY, KIND, "severity"),
        uncoded(rows, "outcome", OUTCOME, KIND, "outcome"),
        uncoded(rows, "action_taken", ACTION, KIND, "extension[mitigating-action]"),
        backwards_found(rows, "start", "end", KIND, "extension[resolve-date]"),
        local_times(rows, ["start", "end", "collected"], KIND, "date"),
    )


def _serious(flag: str) -> Json:
    code, display = SERIOUSNESS[flag]
    return {"system": EVENT_SERIOUSNESS, "code": code, "display": display}


ADVERSE_EVENT = Resource(KIND, build)
