"""BodyStructure: one per lesion, as one evaluator identified it: its identifier, where it is, and whether it
is a target, a non-target or a new lesion. When and how it was identified is an Observation."""

from __future__ import annotations

from polars import col, when

from interop.fhir.codes import SNOMED_SIDES
from interop.fhir.datatypes import coding, concept, identifier, uncoded
from interop.fhir.lesions import KIND, lesions
from interop.fhir.resource import Element, Resource, Resources, make
from interop.records import Records
from interop.study import Study

LESION_KIND, LOCATION, SIDE = ("C123650",), ("C74456",), ("C99073",)


def build(records: Records, study: Study) -> Resources:
    rows, lost = lesions(records, study)
    elements = (
        *identifier("identifier[0]", study, "lesion", col("lesion")),
        Element("morphology", col("kind"), concept(LESION_KIND)),
        Element("location.coding[0]", col("location"), coding(LOCATION)),
        Element("location.text", col("location")),
        Element("locationQualifier[0]", col("laterality"), concept(SIDE, SNOMED_SIDES)),
        Element(
            "locationQualifier[1].text", when(col("nodal") == "Y").then(col("nodal")), lambda _: "Lymph node"
        ),
        Element("description", col("location_detail")),
        Element("patient.reference", col("_patient")),
    )
    found = (
        lost,
        uncoded(rows, "location", LOCATION, KIND, "location"),
        uncoded(rows, "laterality", SIDE, KIND, "locationQualifier"),
    )
    return make(KIND, rows, elements, found)


BODY_STRUCTURE = Resource(KIND, build)
