"""The pages, one a target. Literal tuples are the registries; `interop.run` and the command line read
them."""

from mappings.fhir.care_plan import CARE_PLAN
from mappings.fhir.medication_administration import MEDICATION_ADMINISTRATION
from mappings.fhir.observation_blood_pressure import OBSERVATION_BLOOD_PRESSURE
from mappings.fhir.observation_response import OBSERVATION_RESPONSE
from mappings.fhir.observation_vital_sign import OBSERVATION_VITAL_SIGN
from mappings.fhir.patient import PATIENT
from mappings.fhir.research_study import RESEARCH_STUDY
from mappings.fhir.research_subject import RESEARCH_SUBJECT

FHIR = (
    RESEARCH_STUDY,
    PATIENT,
    RESEARCH_SUBJECT,
    CARE_PLAN,
    MEDICATION_ADMINISTRATION,
    OBSERVATION_RESPONSE,
    OBSERVATION_VITAL_SIGN,
    OBSERVATION_BLOOD_PRESSURE,
)
