"""Rows of an oncology trial with cells, imaging and lesions, for the FHIR tests: everything that makes a
resource unlike its neighbours, small and written here."""

from __future__ import annotations

from collections.abc import Mapping

Row = Mapping[str, str | None]

ONE = {"subject": "01", "site": "7"}
TWO = {"subject": "02", "site": "7"}
DAY = "2024-03-01"

DIAGNOSIS = {**ONE, "term": "Diffuse large B-cell lymphoma", "date": "2022-05", "collected": "2024-01-03"}
HISTORY = {**ONE, "term": "Hypertension", "start": "2011", "ongoing": "Y", "collected": "2024-01-03"}
EVENT = {**ONE, "term": "CRS", "start": "2024-02-03", "end": "2024-02-05", "serious": "Y"}
MEDICATION = {**ONE, "name": "TOCILIZUMAB", "start": "2024-02-03", "dose": "8.0", "dose_unit": "mg/kg"}
PROCEDURE = {
    **ONE,
    "identifier": "P1",
    "name": "LYMPHOCYTE APHERESIS",
    "status": "completed",
    "start": "2024-01-05",
}
YIELD = {
    **ONE,
    "procedure": "P1",
    "product": "PBMC",
    "test": "MNC",
    "result": "3.4",
    "unit": "10^8/kg",
    "date": "2024-01-05",
}
IMAGE = {**ONE, "identifier": "I1", "modality": "PET-CT", "location": "WHOLE BODY", "date": DAY}
LESION = {
    **ONE,
    "lesion": "T01",
    "kind": "TARGET",
    "location": "LYMPH NODE",
    "laterality": "LEFT",
    "nodal": "Y",
    "method": "CT SCAN",
    "date": "2024-01-04",
    "evaluator": "INVESTIGATOR",
    "location_detail": "below the jaw",
}
MEASURED = {
    **ONE,
    "lesion": "T01",
    "test": "LDIAM",
    "result": "32.0",
    "unit": "mm",
    "method": "CT SCAN",
    "date": DAY,
    "link_group": "R1",
    "evaluator": "INVESTIGATOR",
}
PET = {**MEASURED, "method": "PET/CT SCAN", "unit": None}
READ = {
    **ONE,
    "test": "OVRLRESP",
    "result": "PR",
    "criteria": "LUGANO CLASSIFICATION",
    "date": DAY,
    "link_group": "R1",
    "evaluator": "INVESTIGATOR",
}
LAB = {
    **ONE,
    "test": "HGB",
    "category": "HEMATOLOGY",
    "specimen": "BLOOD",
    "result": "9.80",
    "unit": "g/dL",
    "low": "12.0",
    "high": "16.0",
    "indicator": "LOW",
    "date": "2024-01-10T08:15",
    "visit": "BASELINE",
}
STATUS = {**ONE, "grade": "1", "date": "2024-01-10", "visit": "BASELINE", "evaluator": "INVESTIGATOR"}

TABLES: dict[str, list[Row]] = {
    "consent": [{**ONE, "date": "2024-01-02", "type": "Main study", "version": "2.0"}],
    "eligibility": [
        {**ONE, "criterion": "INCL01", "met": "Y", "collected": "2024-01-03", "visit": "SCREENING"},
        {**ONE, "criterion": "EXCL07", "met": None},
    ],
    "diagnosis": [
        {**DIAGNOSIS, "status": "Relapsed", "stage": "III", "histology": "GCB", "relapse": "2023-11"},
        {
            **DIAGNOSIS,
            **TWO,
            "status": "refractory",
            "preferred_term": "Lymphoma  diffuse",
            "identifier": "1",
        },
    ],
    "prior_therapy": [
        {**ONE, "line": "1", "regimen": "R-CHOP", "best_response": "PR", "start": "2022", "end": "2022-11"},
        {**ONE, "line": "2", "regimen": "Unknown", "category": "other", "start": "2023-02", "end": "2023-01"},
    ],
    "medical_history": [
        HISTORY,
        {**HISTORY, "term": "Fracture", "ongoing": "N", "end": "2012-06", "severity": "MODERATE"},
        {**HISTORY, "term": "Ache", "ongoing": None, "preferred_term": "Pain", "severity": "BAD"},
        {**HISTORY, "term": "Rash", "start": "2012", "end": "2011", "ongoing": None, "visit": "SCREENING"},
    ],
    "visit": [
        {**ONE, "visit": "UNSCHEDULED", "date": "2024-02-10", "reason_unscheduled": "fever"},
        {**ONE, "visit": "UNSCHEDULED", "date": "2024-02-20T09:00", "end": "2024-02-21"},
        {**ONE, "visit": "WEEK 3", "date": "2024-01-31", "end": "2024-01-30"},
        {**ONE, "visit": "WEEK 3", "date": "2024-01-31", "end": "2024-01-30"},
    ],
    "procedure": [
        PROCEDURE,
        {**PROCEDURE, "identifier": "P2", "name": "BIOPSY", "location": "LYMPH NODE", "laterality": "RIGHT"},
        {
            **PROCEDURE,
            "identifier": "P3",
            "name": "STEM CELL REINFUSION",
            "start": "2024-02-01",
            "end": "2024-02-02",
            "standard_name": "AUTOLOGOUS STEM CELL TRANSPLANT",
            "comment": "two bags",
            "indication": "consolidation",
        },
        {
            **PROCEDURE,
            "identifier": None,
            "name": "BIOPSY",
            "status": "not-done",
            "reason_not_done": "refused",
            "start": None,
        },
        {
            **PROCEDURE,
            "status": None,
            "identifier": "P4",
            "start": "2024-02",
            "end": "2024-01",
            "location": "MOON",
        },
    ],
    "collection_yield": [
        YIELD,
        {**YIELD, "test": "CD34", "unit": "10^6/kg", "result": "2.10"},
        {**YIELD, "test": "CARPOS", "product": "CAR-T cell product", "procedure": "none", "unit": "10^6/kg"},
        {
            **YIELD,
            "test": "VIABLE",
            "result": None,
            "unit": None,
            "status": "NOT DONE",
            "reason_not_done": "lost",
        },
        {**YIELD, "test": "SPIN", "result": "high", "unit": None},
    ],
    "imaging": [
        IMAGE,
        {**IMAGE, "identifier": "I2", "modality": "CT", "location": None},
        {
            **IMAGE,
            "identifier": None,
            "modality": "CT",
            "status": "NOT DONE",
            "reason_not_done": "machine",
            "date": None,
        },
        {**IMAGE, "identifier": "I3", "modality": "DOWSING", "date": "2024-05"},
    ],
    "lesion": [
        LESION,
        {
            **LESION,
            "evaluator": "INDEPENDENT ASSESSOR",
            "evaluator_id": "R 1",
            "nodal": "N",
            "laterality": "UP",
        },
        {
            **LESION,
            "lesion": "NT01",
            "kind": "NON-TARGET",
            "location": "SPLEEN",
            "laterality": None,
            "visit": "SCREENING",
        },
        {
            **LESION,
            "lesion": "N01",
            "kind": "NEW",
            "location": "NOWHERE",
            "date": DAY,
            "method": "PET/CT SCAN",
        },
    ],
    "lesion_measurement": [
        MEASURED,
        {**MEASURED, "test": "LPERP", "result": "18.50"},
        {**MEASURED, "lesion": "N01", "result": "<5"},
        {**MEASURED, "lesion": "NT01", "test": "TUMSTATE", "result": "PRESENT", "unit": None},
        {
            **MEASURED,
            "lesion": "NT01",
            "test": "TUMSTATE",
            "result": "maybe",
            "unit": None,
            "date": "2024-05-01",
        },
        {**PET, "test": "SUVMAX", "result": "7.20", "unit": "g/mL"},
        {**PET, "test": "FDP5PS", "result": "4"},
        {**PET, "test": "FDP5PS", "result": "X", "lesion": "NT01"},
        {
            **PET,
            "test": "FDP5PS",
            "result": None,
            "lesion": "N01",
            "status": "NOT DONE",
            "reason_not_done": "no tracer",
        },
        {**PET, "test": "FDP5PS", "result": "2", "lesion": "T99"},
        {**MEASURED, "evaluator": "INDEPENDENT ASSESSOR", "evaluator_id": "R 1", "link_group": None},
        {**MEASURED, "date": "2024-06-01", "result": None, "status": "NOT DONE", "link_group": "R2"},
        {**MEASURED, "test": "GLOW", "result": "1", "unit": "PARSEC"},
    ],
    "response_assessment": [
        READ,
        {**READ, "test": "METBRESP", "result": "PMR", "method": "PET/CT SCAN"},
        {**READ, "test": "ANATRESP", "result": "PAR", "method": "CT SCAN"},
        {
            **READ,
            "result": "SD",
            "evaluator": "INDEPENDENT ASSESSOR",
            "evaluator_id": "R 1",
            "link_group": None,
        },
    ],
    "laboratory_result": [
        LAB,
        {**LAB, "test": "WBC", "unit": "10^9/L", "result": "3.1", "indicator": "NORMAL", "high": None},
        {**LAB, "test": "PLAT", "unit": "10^3/uL", "result": "<10", "indicator": None},
        {
            **LAB,
            "test": "CTDNA",
            "category": None,
            "specimen": "PLASMA",
            "result": "POSITIVE",
            "unit": None,
            "low": None,
            "high": None,
            "indicator": "ABNORMAL",
            "method": "NGS",
        },
        {
            **LAB,
            "test": "LDH",
            "unit": "U/L",
            "result": "540",
            "specimen": "SERUM",
            "indicator": "HIGH",
            "date": "2024-01",
        },
        {
            **LAB,
            "test": "CRP",
            "unit": "FURLONG",
            "result": "12",
            "specimen": "TEARDROP",
            "indicator": "WOBBLY",
        },
        {
            **LAB,
            "test": "ALB",
            "result": None,
            "unit": None,
            "status": "NOT DONE",
            "reason_not_done": "clotted",
        },
    ],
    "performance_status": [
        STATUS,
        {**STATUS, "grade": None, "status": "NOT DONE", "reason_not_done": "by phone", "visit": "WEEK 3"},
        {**STATUS, "grade": "fit", "date": "2024-02-20"},
    ],
    "adverse_event": [
        {
            **EVENT,
            "identifier": "1",
            "toxicity_grade": "2",
            "supp.AEGRSYS": "ASTCT CONSENSUS",
            "serious_death": "N",
            "preferred_term": "Cytokine release syndrome",
            "preferred_term_code": "10052015",
            "outcome": "RECOVERED/RESOLVED",
            "serious_hospitalisation": "Y",
            "serious_overdose": "N",
            "action_taken": "DRUG INTERRUPTED",
            "causality": "RELATED",
        },
        {
            **EVENT,
            "identifier": "2",
            "term": "Headache",
            "serious": "N",
            "severity": "MILD",
            "ongoing": "Y",
            "end": None,
            "lowest_level_term": "Headache",
            "preferred_term": "Headache",
            "outcome": "NOT RECOVERED/NOT RESOLVED",
        },
        {
            **EVENT,
            "term": "Fall",
            "serious": None,
            "severity": "HEAVY",
            "outcome": "SO SO",
            "start": "2024-02",
            "end": "2024-01",
            "action_taken": "A WALK",
            "toxicity_grade": "9",
            "category": "ACCIDENT",
            "collected": "2024-02-20T10:00",
        },
    ],
    "concomitant_medication": [
        {
            **MEDICATION,
            "standard_name": "TOCILIZUMAB",
            "route": "INTRAVENOUS",
            "frequency": "ONCE",
            "end": "2024-02-03",
            "class": "IMMUNOSUPPRESSANTS",
            "category": "RESCUE",
            "indication": "CRS",
            "collected": "2024-02-05",
        },
        {
            **MEDICATION,
            "name": "ASPIRIN",
            "dose": None,
            "dose_text": "1-2",
            "dose_unit": "TABLET",
            "ongoing": "Y",
        },
        {
            **MEDICATION,
            "name": "HONEY",
            "dose": "1",
            "dose_unit": "JAR",
            "start": None,
            "route": "SPOON",
            "visit": "WEEK 3",
        },
        {
            **MEDICATION,
            "name": "TEA",
            "dose": None,
            "dose_unit": None,
            "start": "2024",
            "end": "2023",
            "ongoing": "N",
        },
    ],
    "subsequent_therapy": [
        {
            **ONE,
            "name": "Radiotherapy",
            "category": "RADIATION",
            "start": "2024-08-01T12:00",
            "ongoing": "Y",
            "indication": "Progression",
            "standard_name": "RADIOTHERAPY",
        },
    ],
    "survival_followup": [
        {**ONE, "date": "2024-12-01", "status": "ALIVE", "source": "telephone"},
        {**TWO, "date": None, "status": "gone fishing", "visit": "WEEK 3"},
    ],
}
