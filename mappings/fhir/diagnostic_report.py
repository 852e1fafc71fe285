"""DiagnosticReport: one per reading of a subject's imaging by one evaluator: the measurements of lesions and
the responses that belong together, with the overall response as its conclusion.

A link group of the source says what belongs together; without one it is the day, else the visit.
"""

from __future__ import annotations

import polars as pl
from polars import col, lit, when

from interop.fhir import observation as obs
from interop.fhir.codes import IMAGING_REPORT
from interop.fhir.datatypes import concept, evaluator, fixed, identifier, visit_reference, when_done
from interop.fhir.medication import study_extension
from interop.fhir.resource import Element, Json, Resource, Resources, make
from interop.fhir.rows import ENCOUNTER, ID, PATIENT, Rows
from interop.lineage import SRC, Lineage, rows_of
from interop.records import Records
from interop.study import Study
from mappings.fhir import observation_lesion, observation_lesion_size, observation_response

KIND = "DiagnosticReport"
KEY = ("usubjid", "_group", "evaluator", "evaluator_id")
TAKEN = ("usubjid", "link_group", "evaluator", "evaluator_id", "date", "visit")
OVERALL = "OVRLRESP"
RESPONSE = ("C96785",)


def build(records: Records, study: Study) -> Resources:
    results = _results(records, study)
    in_order = results.sort(*KEY, "date", "visit", ID, nulls_last=True)
    overall = col("result").filter(col("_overall"))
    one = in_order.group_by(KEY, maintain_order=True).agg(
        col(PATIENT).first(),
        col("link_group").first(),
        col("visit").drop_nulls().first(),
        col(ENCOUNTER).drop_nulls().first(),
        col("date").drop_nulls().min().alias("date"),
        when(col("date").n_unique() > 1).then(col("date").max()).alias("end"),
        col("_observation").str.join(" "),
        when(overall.n_unique() == 1).then(overall.first()).alias("result"),
        col(SRC).first(),
    )
    made_from = {
        "_group": ("link_group", "date", "visit"),
        "_observation": TAKEN,
        PATIENT: ("usubjid",),
        ENCOUNTER: ("usubjid", "visit"),
        "end": ("date",),
    }
    rows = Rows(one, made_from)
    rows = rows.identified(study, KIND, KEY)
    elements = (
        fixed("extension[0]", study_extension(study)),
        *identifier("identifier[0]", study, "link group", col("link_group")),
        fixed("status", "final"),
        fixed("category[0]", {"coding": [IMAGING_REPORT]}),
        fixed("code.text", "Tumour response assessment"),
        Element("subject.reference", col(PATIENT)),
        *visit_reference("encounter"),
        *when_done("effective", col("date"), col("end")),
        *evaluator("resultsInterpreter[0]"),
        Element("result", col("_observation"), _references),
        Element("conclusion", pl.format("Overall response: {}", col("result"))),
        Element("conclusionCode[0]", col("result"), concept(RESPONSE)),
    )
    made = make(KIND, rows, elements)
    ids = rows.frame.select(*KEY, _row=lit(f"{KIND}/") + col(ID))
    held = in_order.select(*KEY, SRC).join(ids, on=list(KEY), nulls_equal=True).select("_row", SRC)
    lineage = Lineage(rows_of(KIND, held, "_row").unique(maintain_order=True), made.lineage.reads)
    return Resources(made.items, made.issues, lineage, made.references)


def _results(records: Records, study: Study) -> pl.DataFrame:
    """A row an Observation of a reading that was done: what it is taken by, and its reference."""
    responses = observation_response.identified(records, study)[0].frame
    measured = observation_lesion.identified(records, study)[0].frame
    sizes = observation_lesion_size.identified(records, study).frame
    nothing = pl.all_horizontal(col(f"{t}.result").is_null() for t in observation_lesion.SIZE)
    parts = (
        responses.filter(col("status").is_null()).with_columns(
            _overall=col("test").str.to_uppercase() == OVERALL
        ),
        measured.filter(col("status").is_null()).with_columns(_overall=lit(value=False)),
        sizes.filter(~nothing).with_columns(_overall=lit(value=False), result=lit(None, pl.String)),
    )
    frame = pl.concat([p.select(*TAKEN, "result", "_overall", ID, PATIENT, ENCOUNTER, SRC) for p in parts])
    return frame.with_columns(
        _group=pl.coalesce("link_group", col("date").str.slice(0, 10), "visit", lit("")),
        _observation=lit(f"{obs.KIND}/") + col(ID),
    )


def _references(ids: str) -> Json:
    return [{"reference": reference} for reference in ids.split()]


DIAGNOSTIC_REPORT = Resource(KIND, build)
