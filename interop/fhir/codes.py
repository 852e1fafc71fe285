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

# CDISC submission value of UNIT or VSRESU ─▶ UCUM code. The codes are those of HL7 R4 ValueSet ucum-common
# whose display is the CDISC preferred term or synonym ("pound (US and British)", and CDISC's own synonym
# lb_av, for LB). CDISC "U" (Unit) is not here: UCUM's U is the enzyme unit, and which one a record means is
# not said.
UCUM_OF: Mapping[str, str] = MappingProxyType(
    {
        "%": "%",
        "10^6/kg": "10*6/kg",
        "beats/min": "/min",  # HL7 R4 profile heartrate fixes /min; likewise resprate
        "breaths/min": "/min",
        "C": "Cel",
        "cm": "cm",
        "cmHg": "cm[Hg]",
        "dL": "dL",
        "F": "[degF]",
        "ft": "[ft_i]",
        "g": "g",
        "g/L": "g/L",  # CDISC has mg/mL as a synonym of it
        "g/m2": "g/m2",
        "Hz": "Hz",
        "in": "[in_i]",
        "IU": "[iU]",
        "K": "K",
        "kg": "kg",
        "kg/m2": "kg/m2",
        "L": "L",
        "LB": "[lb_av]",
        "m": "m",
        "m2": "m2",
        "mEq": "meq",
        "mg": "mg",
        "mg/day": "mg/d",
        "mg/h": "mg/h",
        "mg/kg": "mg/kg",
        "mg/m2": "mg/m2",
        "mL": "mL",
        "mm": "mm",
        "mmHg": "mm[Hg]",
        "mmol": "mmol",
        "mol": "mol",
        "ms": "ms",
        "ng": "ng",
        "nmol": "nmol",
        "oz": "[oz_av]",
        "Pa": "Pa",
        "s": "s",
        "TABLET": "{tbl}",
        "ug": "ug",
        "ug/kg": "ug/kg",
        "ug/m2": "ug/m2",
        "uL": "uL",
        "Watt": "W",
    }
)


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
