"""Units: CDISC's term, or another spelling that it has for the same unit, to UCUM's code.

The codes are those of HL7 R4 ValueSet ucum-common whose display is the CDISC preferred term or synonym
("pound (US and British)", and CDISC's own synonym lb_av, for LB). CDISC "U" (Unit) is not here: UCUM's U is
the enzyme unit, and which one a record means is not said.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from interop.fhir.terms import term_of

# CDISC submission value of UNIT or VSRESU ─▶ UCUM code
UCUM_OF: Mapping[str, str] = MappingProxyType(
    {
        "%": "%",
        "/HPF": "/[HPF]",
        "10^12/L": "10*12/L",
        "10^6 Therapeutic Cells": "10*6",  # what is counted stays in the unit's text
        "10^6/kg": "10*6/kg",
        "10^6/L": "10*6/L",
        "10^9/L": "10*9/L",
        "beats/min": "/min",  # HL7 R4 profile heartrate fixes /min; likewise resprate
        "breaths/min": "/min",
        "C": "Cel",
        "cm": "cm",
        "cm2": "cm2",
        "cmHg": "cm[Hg]",
        "copies/mL": "{copies}/mL",
        "DAYS": "d",
        "dL": "dL",
        "F": "[degF]",
        "fL": "fL",
        "ft": "[ft_i]",
        "g": "g",
        "g/dL": "g/dL",
        "g/L": "g/L",  # CDISC has mg/mL as a synonym of it
        "g/m2": "g/m2",
        "Gy": "Gy",
        "HOURS": "h",
        "Hz": "Hz",
        "in": "[in_i]",
        "IU": "[iU]",
        "IU/L": "[IU]/L",
        "IU/mL": "[IU]/mL",
        "K": "K",
        "kg": "kg",
        "kg/L": "kg/L",
        "kg/m2": "kg/m2",
        "L": "L",
        "L/min": "L/min",
        "LB": "[lb_av]",
        "m": "m",
        "m2": "m2",
        "MBq": "MBq",
        "mEq": "meq",
        "mEq/L": "meq/L",
        "mg": "mg",
        "mg/day": "mg/d",
        "mg/dL": "mg/dL",
        "mg/h": "mg/h",
        "mg/kg": "mg/kg",
        "mg/L": "mg/L",
        "mg/m2": "mg/m2",
        "min": "min",
        "mIU/L": "m[IU]/L",
        "mL": "mL",
        "mL/h": "mL/h",
        "mL/min": "mL/min",
        "mm": "mm",
        "mm/h": "mm/h",
        "mm2": "mm2",
        "mmHg": "mm[Hg]",
        "mmol": "mmol",
        "mmol/L": "mmol/L",
        "mol": "mol",
        "MONTHS": "mo",
        "ms": "ms",
        "ng": "ng",
        "ng/L": "ng/L",
        "nmol": "nmol",
        "nmol/L": "nmol/L",
        "oz": "[oz_av]",
        "Pa": "Pa",
        "pg": "pg",
        "pmol/L": "pmol/L",
        "RATIO": "{ratio}",
        "s": "s",
        "TABLET": "{tbl}",
        "U/L": "U/L",  # ucum-common: "enzyme unit per liter"; what a laboratory reports of an enzyme
        "U/mL": "U/mL",
        "ug": "ug",
        "ug/kg": "ug/kg",
        "ug/L": "ug/L",
        "ug/m2": "ug/m2",
        "uL": "uL",
        "umol/L": "umol/L",
        "Watt": "W",
        "WEEKS": "wk",
        "YEARS": "a",
    }
)

# Spellings that CDISC counts as synonyms of a term above (the same amount), and that are UCUM codes, or
# nearly, themselves: the code then looks like the unit as collected.
SPELT: Mapping[str, str] = MappingProxyType(
    {
        "10^3/uL": "10*3/uL",
        "10^6/uL": "10*6/uL",
        "10^8/kg": "10*8/kg",  # no CDISC term; UCUM's power of ten, as in ucum-common's 10*6/kg
        "g/mL": "g/mL",
        "mg/mL": "mg/mL",
        "ng/mL": "ng/mL",
        "pg/mL": "pg/mL",
    }
)


def ucum(unit: str, codelists: tuple[str, ...]) -> str | None:
    """UCUM code of a unit as collected, or None."""
    if unit.strip() in SPELT:
        return SPELT[unit.strip()]
    term = term_of(unit, codelists)
    return None if term is None else UCUM_OF.get(term.value)
