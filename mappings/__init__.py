"""The pages, one a target. Literal tuples are the registries; `interop.pipeline` and the docs read
them."""

from mappings.adam import adrs, adsl, adtte
from mappings.fhir.adverse_event import ADVERSE_EVENT
from mappings.fhir.body_structure import BODY_STRUCTURE
from mappings.fhir.care_plan import CARE_PLAN
from mappings.fhir.condition import CONDITION
from mappings.fhir.consent import CONSENT
from mappings.fhir.diagnostic_report import DIAGNOSTIC_REPORT
from mappings.fhir.encounter import ENCOUNTER
from mappings.fhir.medication_administration import MEDICATION_ADMINISTRATION
from mappings.fhir.medication_statement import MEDICATION_STATEMENT
from mappings.fhir.observation_blood_pressure import OBSERVATION_BLOOD_PRESSURE
from mappings.fhir.observation_cell_yield import OBSERVATION_CELL_YIELD
from mappings.fhir.observation_eligibility import OBSERVATION_ELIGIBILITY
from mappings.fhir.observation_laboratory import OBSERVATION_LABORATORY
from mappings.fhir.observation_lesion import OBSERVATION_LESION
from mappings.fhir.observation_lesion_size import OBSERVATION_LESION_SIZE
from mappings.fhir.observation_performance_status import OBSERVATION_PERFORMANCE_STATUS
from mappings.fhir.observation_response import OBSERVATION_RESPONSE
from mappings.fhir.observation_survival import OBSERVATION_SURVIVAL
from mappings.fhir.observation_vital_sign import OBSERVATION_VITAL_SIGN
from mappings.fhir.patient import PATIENT
from mappings.fhir.plan_definition import PLAN_DEFINITION
from mappings.fhir.procedure import PROCEDURE
from mappings.fhir.research_study import RESEARCH_STUDY
from mappings.fhir.research_subject import RESEARCH_SUBJECT
from mappings.fhir.specimen import SPECIMEN
from mappings.sdtm import (
    ae,
    be,
    bs,
    cm,
    co,
    dd,
    dm,
    ds,
    ec,
    ex,
    ie,
    lb,
    mh,
    pr,
    relrec,
    rs,
    se,
    ss,
    supp,
    sv,
    ta,
    te,
    ti,
    tr,
    ts,
    tu,
    tv,
    vs,
)

DESIGN = (te.PAGE, ta.PAGE, tv.PAGE, ti.PAGE, ts.PAGE)  # of the study alone
SDTM = (
    *DESIGN,
    dm.PAGE,
    se.PAGE,
    sv.PAGE,
    ie.PAGE,
    ec.PAGE,
    ex.PAGE,
    pr.PAGE,
    be.PAGE,
    bs.PAGE,
    ds.PAGE,
    dd.PAGE,
    ss.PAGE,
    tu.PAGE,
    tr.PAGE,
    rs.PAGE,
    lb.PAGE,
    vs.PAGE,
    ae.PAGE,
    cm.PAGE,
    mh.PAGE,
    co.PAGE,
    relrec.PAGE,
    *supp.PAGES,
)
ADAM = (adsl.PAGE, adrs.PAGE, adtte.PAGE)

FHIR = (
    RESEARCH_STUDY,
    PLAN_DEFINITION,
    PATIENT,
    RESEARCH_SUBJECT,
    CONSENT,
    CARE_PLAN,
    ENCOUNTER,
    CONDITION,
    PROCEDURE,
    MEDICATION_ADMINISTRATION,
    MEDICATION_STATEMENT,
    BODY_STRUCTURE,
    SPECIMEN,
    OBSERVATION_ELIGIBILITY,
    OBSERVATION_LESION,
    OBSERVATION_LESION_SIZE,
    OBSERVATION_RESPONSE,
    OBSERVATION_LABORATORY,
    OBSERVATION_CELL_YIELD,
    OBSERVATION_VITAL_SIGN,
    OBSERVATION_BLOOD_PRESSURE,
    OBSERVATION_PERFORMANCE_STATUS,
    OBSERVATION_SURVIVAL,
    DIAGNOSTIC_REPORT,
    ADVERSE_EVENT,
)
