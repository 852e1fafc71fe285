"""The pages, one a target. Literal tuples are the registries; `interop.pipeline` and the docs read
them."""

from mappings.adam import adrs, adsl, adtte
from mappings.fhir.care_plan import CARE_PLAN
from mappings.fhir.medication_administration import MEDICATION_ADMINISTRATION
from mappings.fhir.observation_blood_pressure import OBSERVATION_BLOOD_PRESSURE
from mappings.fhir.observation_response import OBSERVATION_RESPONSE
from mappings.fhir.observation_vital_sign import OBSERVATION_VITAL_SIGN
from mappings.fhir.patient import PATIENT
from mappings.fhir.research_study import RESEARCH_STUDY
from mappings.fhir.research_subject import RESEARCH_SUBJECT
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
    PATIENT,
    RESEARCH_SUBJECT,
    CARE_PLAN,
    MEDICATION_ADMINISTRATION,
    OBSERVATION_RESPONSE,
    OBSERVATION_VITAL_SIGN,
    OBSERVATION_BLOOD_PRESSURE,
)
