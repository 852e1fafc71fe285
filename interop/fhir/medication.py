"""A study treatment as FHIR says it, and the study that every resource of it names."""

from __future__ import annotations

from collections.abc import Callable

from interop.fhir.codes import EXT_STUDY
from interop.fhir.resource import Json
from interop.fhir.rows import resource_id
from interop.study import Study


def medication(study: Study) -> Callable[[str], Json]:
    """Treatment name ─▶ CodeableConcept: the codings of study.yaml, and the name as text."""
    known = {t.name.casefold(): t for t in study.treatments}

    def to(name: str) -> Json:
        treatment = known.get(name.strip().casefold())
        codings = [
            {k: v for k, v in (("system", c.system), ("code", c.code), ("display", c.display)) if v}
            for c in (treatment.codings if treatment else ())
        ]
        return {"coding": codings, "text": name} if codings else {"text": name}

    return to


def study_reference(study: Study) -> dict[str, str]:
    return {"reference": f"ResearchStudy/{resource_id(study, 'ResearchStudy')}"}


def study_extension(study: Study) -> Json:
    """The extension by which Observation and MedicationAdministration name their study (HL7 R4
    workflow-researchStudy, as in HL7's FHIR to CDISC mapping)."""
    return {"url": EXT_STUDY, "valueReference": study_reference(study)}
