"""Codes that FHIR asks for and records do not carry, each with the page where it was seen.

HL7 R4 below is the published FHIR 4.0.1 definition (value set or profile) of that name. Nothing here was
looked up in LOINC, SNOMED CT or UCUM themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
# https://terminology.hl7.org/CodeSystem-v3-nciThesaurus.html: "Official URL", preferred since 2022-10-22
NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
DATA_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
STUDY_PHASE = "http://terminology.hl7.org/CodeSystem/research-study-phase"

# HL7 R4 extensions, https://hl7.org/fhir/R4/extensibility-registry.html
EXT_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
EXT_RENDERED = "http://hl7.org/fhir/StructureDefinition/rendered-value"
EXT_POSITION = "http://hl7.org/fhir/StructureDefinition/observation-bodyPosition"
EXT_STUDY = "http://hl7.org/fhir/StructureDefinition/workflow-researchStudy"
PROFILE = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(frozen=True, slots=True)
class Vital:
    """What FHIR says of a vital sign: LOINC code and display, profile, and the UCUM codes the profile
    allows."""

    code: str
    display: str
    profile: str
    units: tuple[str, ...]


BLOOD_PRESSURE = Vital("85354-9", "Blood pressure panel with all children optional", "bp", ("mm[Hg]",))
SYSTOLIC = Vital("8480-6", "Systolic blood pressure", "bp", ("mm[Hg]",))
DIASTOLIC = Vital("8462-4", "Diastolic blood pressure", "bp", ("mm[Hg]",))

# VSTESTCD ─▶ HL7 R4: codes of ValueSet observation-vitalsignresult (displays as on
# https://hl7.org/fhir/R4B/valueset-observation-vitalsignresult.html), profile and units of
# https://hl7.org/fhir/R4/observation-vitalsigns.html. A pulse rate is FHIR's heart rate: that profile is for
# "heart rate" however taken, and the NCIt code beside it keeps the difference.
VITALS: Mapping[str, Vital] = MappingProxyType(
    {
        "BMI": Vital("39156-5", "Body mass index (BMI) [Ratio]", "bmi", ("kg/m2",)),
        "HDCIRC": Vital("9843-4", "Head Occipital-frontal circumference", "headcircum", ("cm", "[in_i]")),
        "HEIGHT": Vital("8302-2", "Body height", "bodyheight", ("cm", "[in_i]")),
        "HR": Vital("8867-4", "Heart rate", "heartrate", ("/min",)),
        "MAP": Vital("8478-0", "Mean blood pressure", "vitalsigns", ("mm[Hg]",)),
        "OXYSAT": Vital("2708-6", "Oxygen saturation in Arterial blood", "oxygensat", ("%",)),
        "PULSE": Vital("8867-4", "Heart rate", "heartrate", ("/min",)),
        "RESP": Vital("9279-1", "Respiratory rate", "resprate", ("/min",)),
        "TEMP": Vital("8310-5", "Body temperature", "bodytemp", ("Cel", "[degF]")),
        "WEIGHT": Vital("29463-7", "Body weight", "bodyweight", ("kg", "[lb_av]", "g")),
    }
)

# ROUTE ─▶ SNOMED CT, as displayed in https://hl7.org/fhir/R5/valueset-route-codes.html (ValueSet
# route-codes, the example binding of MedicationAdministration.dosage.route). Every route also has its NCIt
# code from CDISC CT.
SNOMED_ROUTES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "INTRAVENOUS": ("47625008", "Intravenous route"),
        "ORAL": ("26643006", "Oral route"),
        "SUBCUTANEOUS": ("34206005", "Subcutaneous route"),
        "TOPICAL": ("6064005", "Topical route"),
    }
)

# CDISC TPHASE (terms as in CDISC's ODM-enumerations.xsd of ODM 2.0) ─▶ HL7 R4 CodeSystem
# research-study-phase. Only terms with one plain counterpart: a phase IIA or a "phase 0" keeps its text.
PHASES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "PHASE I TRIAL": ("phase-1", "Phase 1"),
        "PHASE I/II TRIAL": ("phase-1-phase-2", "Phase 1/Phase 2"),
        "PHASE II TRIAL": ("phase-2", "Phase 2"),
        "PHASE II/III TRIAL": ("phase-2-phase-3", "Phase 2/Phase 3"),
        "PHASE III TRIAL": ("phase-3", "Phase 3"),
        "PHASE IV TRIAL": ("phase-4", "Phase 4"),
    }
)

# SEX ─▶ HL7 R4 CodeSystem administrative-gender (male, female, other, unknown)
GENDERS: Mapping[str, str] = MappingProxyType(
    {"F": "female", "M": "male", "INTERSEX": "other", "U": "unknown"}
)

# NRIND ─▶ HL7 R4 CodeSystem v3-ObservationInterpretation
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
INTERPRETATIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ABNORMAL": ("A", "Abnormal"),
        "HIGH": ("H", "High"),
        "LOW": ("L", "Low"),
        "NORMAL": ("N", "Normal"),
    }
)

# LAT ─▶ SNOMED CT, as displayed in HL7 R4 ValueSet bodystructure-relative-location
SNOMED_SIDES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "BILATERAL": ("51440002", "Bilateral"),
        "LEFT": ("419161000", "Unilateral left"),
        "RIGHT": ("419465000", "Unilateral right"),
    }
)

# OUT ─▶ HL7 R4 CodeSystem adverse-event-outcome (required binding of AdverseEvent.outcome)
EVENT_OUTCOME = "http://terminology.hl7.org/CodeSystem/adverse-event-outcome"
OUTCOMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "FATAL": ("fatal", "Fatal"),
        "NOT RECOVERED/NOT RESOLVED": ("ongoing", "Ongoing"),
        "RECOVERED/RESOLVED": ("resolved", "Resolved"),
        "RECOVERED/RESOLVED WITH SEQUELAE": ("resolvedWithSequelae", "Resolved with Sequelae"),
        "RECOVERING/RESOLVING": ("recovering", "Recovering"),
        "UNKNOWN": ("unknown", "Unknown"),
    }
)
# AESEV ─▶ HL7 R4 CodeSystem adverse-event-severity (required binding of AdverseEvent.severity)
EVENT_SEVERITY = "http://terminology.hl7.org/CodeSystem/adverse-event-severity"
SEVERITIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"MILD": ("mild", "Mild"), "MODERATE": ("moderate", "Moderate"), "SEVERE": ("severe", "Severe")}
)
# HL7 R4 CodeSystem adverse-event-seriousness
EVENT_SERIOUSNESS = "http://terminology.hl7.org/CodeSystem/adverse-event-seriousness"
SERIOUSNESS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"N": ("Non-serious", "Non-serious"), "Y": ("Serious", "Serious")}
)

# Adverse Event Clinical Research R4 Backport 1.0.1 (HL7): its extensions, and the NCIt codes that its
# examples have for the criteria of seriousness. The record field of each criterion:
EVENT_GUIDE = "http://hl7.org/fhir/uv/ae-research-backport-ig/StructureDefinition/"
CRITERIA: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "serious_cancer": ("", "Involves cancer"),  # not among the guide's criteria
        "serious_congenital": ("C83117", "Congenital Anomaly or Birth Defect"),
        "serious_death": ("C48275", "Death Related to Adverse Event"),
        "serious_disability": ("C11338", "Results In Persistent Or Significant Disability"),
        "serious_hospitalisation": ("C83052", "Requires Inpatient Hospitalization"),
        "serious_important": ("C82521", "Other Medically Important Condition"),
        "serious_life_threatening": ("C84266", "Is Life Threatening"),
        "serious_overdose": ("", "Occurred with overdose"),  # likewise
    }
)
# Toxicity grade ─▶ NCIt: terminology.hl7.org, ValueSet adverse-event-clinical-research-grades, the binding of
# the guide's extension ae-grade
GRADES: Mapping[str, str] = MappingProxyType(
    {"1": "C41338", "2": "C41339", "3": "C41340", "4": "C41337", "5": "C48275"}
)
MEDDRA = "https://www.meddra.org"  # as in the guide's examples

# mCODE 4.0.0 (HL7), examples deauville-scale-five, tumor-size-pathology, ecog-performance-status-fully-active
DEAUVILLE = ("708895006", "Deauville five point scale (assessment scale)")  # SNOMED CT
TUMOUR_SIZE = ("21889-1", "Size Tumor")  # LOINC, and of its components:
LONGEST, PERPENDICULAR = "33728-7", "33729-5"
ECOG = ("89247-1", "ECOG Performance Status score")  # LOINC

# HL7 R4: CodeSystem consentscope; ValueSet consent-category
CONSENT_SCOPE = {
    "system": "http://terminology.hl7.org/CodeSystem/consentscope",
    "code": "research",
    "display": "Research",
}
CONSENT_CATEGORY = {"system": LOINC, "code": "59284-0", "display": "Patient Consent"}
CONDITION_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"  # HL7 R4
DIAGNOSTIC = "103693007"  # SNOMED CT: Diagnostic procedure; HL7 R4 ValueSet procedure-category
# HL7 R4 CodeSystem v2-0074 (diagnostic service sections)
IMAGING_REPORT = {
    "system": "http://terminology.hl7.org/CodeSystem/v2-0074",
    "code": "IMG",
    "display": "Diagnostic Imaging",
}
