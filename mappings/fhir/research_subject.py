"""ResearchSubject: one per subject: how far it got in the study, in which arm, from when to when.

The status follows the evidence (`interop.fhir.participation.status`): a disposition event ends participation,
one of subcategory STUDY TREATMENT only treatment; a screen failure was never on study.
"""

from __future__ import annotations

from polars import col, lit

from interop.derive.arm import unknown_arms
from interop.fhir.datatypes import backwards_found, fixed, identifier, local_times, period
from interop.fhir.medication import study_reference
from interop.fhir.participation import began, ended, status, subjects, with_arms, with_history
from interop.fhir.resource import Element, Resource, Resources, make
from interop.records import Records
from interop.study import Study

KIND = "ResearchSubject"
ARMS = {"ARMCD": "assignedArm", "ACTARMCD": "actualArm"}


def build(records: Records, study: Study) -> Resources:
    rows, _ = subjects(records, study, KIND)  # what is amiss is said with Patient
    rows = with_arms(with_history(rows, records), records, study)
    rows = rows.derive(_began=began(), _ended=ended()).one_a_subject(study, KIND)
    elements = (
        *identifier("identifier[0]", study, "SUBJID", col("subject")),
        Element("status", status(study)),
        *period("period", col("_began"), col("_ended")),
        fixed("study", study_reference(study)),
        Element("individual.reference", col("_patient")),
        Element("assignedArm", col("_arm")),
        Element("actualArm", col("_actual")),
    )
    found = (
        unknown_arms(rows.frame, study).with_columns(
            target=lit(KIND),
            variable=col("variable").replace(ARMS),
            message=col("message").str.replace("ACTARM", "actualArm"),
        ),
        backwards_found(rows, "_began", "_ended", KIND, "period.end"),
        local_times(rows, ["_began", "_ended"], KIND, "period"),
    )
    return make(KIND, rows, elements, found)


RESEARCH_SUBJECT = Resource(KIND, build)
