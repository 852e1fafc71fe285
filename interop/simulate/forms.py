"""The forms of the simulated export: their columns, in order, as CSV and ODM-XML write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

KEYS = ("STUDYID", "SITEID", "SUBJID")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `kind` is text, date, time, number, or the name of a code list of CODES."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class FormDef:
    """`cells`: the columns after KEYS and, where the form belongs to visits, VISIT."""

    name: str
    label: str
    visits: bool
    cells: tuple[Column, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        return (*KEYS, *(("VISIT",) if self.visits else ()), *self.items)

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.cells)


CODES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "YN": ("Y", "N"),
        "SEX": ("M", "F"),
        "DONE": ("NOT DONE",),
        "KIND": ("TARGET", "NON-TARGET", "NEW"),
        "MET": ("CMR", "PMR", "NMR", "PMD", "NE"),
        "RESP": ("CR", "PR", "SD", "PD", "NE"),
        "DEAUV": ("1", "2", "3", "4", "5", "X"),
        "GRADE": ("1", "2", "3", "4", "5"),
        "ECOG": ("0", "1", "2", "3", "4", "5"),
        "STATUS": ("ALIVE", "DEAD", "UNKNOWN"),
    }
)
_KINDS = {"d": "date", "t": "time", "n": "number"}


def _form(name: str, label: str, columns: str, *, visits: bool = True) -> FormDef:
    """`columns`: names, each with `:d` date, `:t` time, `:n` number or `:` a code list."""
    cells = []
    for token in columns.split():
        column, _, kind = token.partition(":")
        cells.append(Column(column, _KINDS.get(kind, kind or "text")))
    return FormDef(name, label, visits, tuple(cells))


FORMS: tuple[FormDef, ...] = (
    _form(
        "DM",
        "Demographics",
        "INITIALS COUNTRY SEX:SEX AGE:n AGEU RACE ETHNIC COHORT DMDAT:d",
        visits=False,
    ),
    _form("IC", "Informed consent", "ICDAT:d ICVERS", visits=False),
    _form("IE", "Eligibility", "IETESTCD IEMET:YN IEDAT:d"),
    _form(
        "DX",
        "Diagnosis",
        "DXSPID DXTERM DXHIST DXSTAGE DXSTATUS DXDAT:d DXRELDAT:d DXCOLDAT:d",
        visits=False,
    ),
    _form(
        "PT",
        "Prior lines of therapy",
        "PTSPID PTLINE:n PTREG PTCAT PTRESP PTSTDAT:d PTENDAT:d PTDAT:d",
        visits=False,
    ),
    _form(
        "MH",
        "Medical history",
        "MHSPID MHTERM MHDECOD MHBODSYS MHSTDAT:d MHENDAT:d MHONGO:YN MHDAT:d",
        visits=False,
    ),
    _form("SV", "Visit", "SVSTDAT:d SVREASU"),
    _form(
        "EX",
        "Study treatment",
        "EXSPID EXTRT EXOCCUR:YN EXREASND EXDOSE:n EXDOSU EXDOSFRM EXDOSFRQ EXROUTE EXLOT EXPRODID EXSTDAT:d "
        "EXSTTIM:t EXENDAT:d EXENTIM:t EXCOM",
    ),
    _form(
        "PR",
        "Procedures",
        "PRSPID PRTRT PRCAT PROCCUR:YN PRREASND PRLOC PRINDC PRSTDAT:d PRENDAT:d PRCOLID PRGIVID PRCOM",
        visits=False,
    ),
    _form(
        "CY",
        "Collection yields and cell product",
        "CYSPID CYPRSPID CYPROD CYPRODID CYTEST CYORRES:n CYORRESU CYSTAT:DONE CYREASND CYDAT:d",
        visits=False,
    ),
    _form("IM", "Imaging", "IMSPID IMMOD IMLOC IMSTAT:DONE IMREASND IMDAT:d"),
    _form(
        "TL",
        "Lesions",
        "TLLNKID TLKIND:KIND TLLOC TLLOCDTL TLLAT TLNODAL:YN TLMETHOD TLEVAL TLDAT:d",
    ),
    _form(
        "TM",
        "Lesion measurements",
        "TMLNKID TMLNKGRP LDIAM:n LPERP:n TMDIAMU TMCTMTH SUVMAX:n FDP5PS:DEAUV TMPETMTH "
        "TUMSTATE TMEVAL TMDAT:d",
    ),
    _form(
        "RS",
        "Response",
        "RSSPID RSLNKGRP METBRESP:MET METBRESP_STAT:DONE METBRESP_REASND ANATRESP:RESP ANATRESP_STAT:DONE "
        "ANATRESP_REASND NEWLIND:YN OVRLRESP:RESP RSEVAL RSEVALID RSDAT:d RSCOM",
    ),
    _form(
        "LB",
        "Laboratory",
        "LBSPID LBCAT LBTEST LBSPEC LBMETHOD LBORRES LBORRESU LBORNRLO:n LBORNRHI:n LBSTAT:DONE LBREASND "
        "LBDAT:d LBTIM:t",
    ),
    _form(
        "VS",
        "Vital signs",
        "VSDAT:d VSPOS SYSBP:n SYSBP_U DIABP:n DIABP_U PULSE:n PULSE_U TEMP:n TEMP_U OXYSAT:n OXYSAT_U "
        "WEIGHT:n WEIGHT_U HEIGHT:n HEIGHT_U",
    ),
    _form("PS", "ECOG performance status", "PSGRADE:ECOG PSSTAT:DONE PSREASND PSEVAL PSDAT:d"),
    _form(
        "AE",
        "Adverse events",
        "AEYN:YN AESPID AETERM AEDECOD AEBODSYS AETOXGR:GRADE AEGRSYS AEAESI:YN AESER:YN AESDTH:YN "
        "AESHOSP:YN AESLIFE:YN AESMIE:YN AEACN AEREL AEOUT AESTDAT:d AEENDAT:d AEONGO:YN AECOM",
        visits=False,
    ),
    _form(
        "CM",
        "Concomitant medication",
        "CMSPID CMTRT CMDECOD CMCLAS CMINDC CMDOSE CMDOSU CMDOSFRQ CMROUTE CMSTDAT:d CMENDAT:d CMONGO:YN",
        visits=False,
    ),
    _form(
        "ST",
        "Subsequent anticancer therapy",
        "STSPID STTRT STCAT STINDC STSTDAT:d STENDAT:d STONGO:YN",
        visits=False,
    ),
    _form("DS", "Disposition", "DSSPID DSTERM DSDECOD DSCAT DSSCAT DSSTDAT:d", visits=False),
    _form("DTH", "Death", "DTHDAT:d DTHCAUSE", visits=False),
    _form("SS", "Survival follow-up", "SSSTAT:STATUS SSSOURCE SSDAT:d", visits=False),
    _form("GC", "General comments", "GCDAT:d GCCOM", visits=False),
)
BY_NAME: Mapping[str, FormDef] = MappingProxyType({f.name: f for f in FORMS})
