"""FHIR R4: the resources of a study from its records, and their files."""

from interop.fhir.output import FhirOutput, build_fhir
from interop.fhir.resource import Element, Resource, Resources
from interop.fhir.write import write_bundles, write_fhir, write_ndjson

__all__ = [
    "Element",
    "FhirOutput",
    "Resource",
    "Resources",
    "build_fhir",
    "write_bundles",
    "write_fhir",
    "write_ndjson",
]
