"""What the CDISC pilot's raw export and its own SDTM are held to share, and why they differ where they do.

`python -m tests.oracle.lzzt` writes docs/lzzt-agreement.md from it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import polars as pl
from polars import col

from tests.oracle.agreement import Cells, Rows
from tests.support import ROOT

PAGE = ROOT / "docs" / "lzzt-agreement.md"


class Cause(NamedTuple):
    """Why `number` of the values differ; `holds` is true of exactly these of the rows that differ."""

    number: int
    holds: pl.Expr
    why: str


class Difference(NamedTuple):
    variable: str
    cells: Cells
    causes: tuple[Cause, ...]


class Domain(NamedTuple):
    """`key` pairs the rows, `rows_why` explains those without partner, `ours` are variables only we fill."""

    key: list[str]
    rows: Rows
    rows_why: str = ""
    differences: tuple[Difference, ...] = ()
    ours: Mapping[str, str] = {}


def theirs(name: str) -> pl.Expr:
    return col(f"{name}_theirs")


SAME_DAY = col("RFPENDTC") == theirs("RFPENDTC").str.slice(0, 10)
ARM_LABEL = "Screen Failure"
NO_RANDOMISATION = (
    "the export has no randomisation: we have the arm of the highest dose received, and these were assigned "
    "to the high dose and received the low one only"
)
SCREEN_FAILURE = "SDTMIG 3.4 leaves the arm of a screen failure empty and says SCREEN FAILURE in ARMNRS"
LATER = "the day has come since the reference end: the pilot changes the epoch there"
POUND = "the pilot takes 0.4536 kg for the pound, UCUM and we 0.45359237 kg: one unit in the last digit"
ONLY_DATE = "the date is partial, and its part does not tell the epoch; the pilot has the epoch of the visit"
BY_VISIT = (
    "we have the epoch in which the medication began, the pilot that of the visit where it was recorded"
)
BEFORE = (
    "the medication began before the subject's screening, so in no epoch; the pilot has that of the visit"
)

DOMAINS: Mapping[str, Domain] = {
    "DM": Domain(
        key=["USUBJID"],
        rows=Rows(306, 0, 0),
        differences=(
            Difference(
                "RFENDTC",
                Cells(305, differ=1),
                (
                    Cause(
                        1,
                        col("DTHDTC") == col("RFENDTC"),
                        "the disposition event is the death of 2013-08-02, and the pilot has the day after",
                    ),
                ),
            ),
            Difference(
                "RFXENDTC",
                Cells(300, differ=4, only_ours=2),
                (
                    Cause(
                        4,
                        col("RFXENDTC") > theirs("RFXENDTC"),
                        "the last interval has no end in the export: we have its start, as the last day on "
                        "which a dose is known; the pilot the end of the interval before it",
                    ),
                    Cause(
                        2,
                        theirs("RFXENDTC").is_null(),
                        "no interval has an end: we have the start of the last, the pilot nothing",
                    ),
                ),
            ),
            Difference(
                "RFPENDTC",
                Cells(115, differ=191),
                (
                    Cause(149, SAME_DAY, "the same day; the export has no time"),
                    Cause(
                        37,
                        ~SAME_DAY & col("ARM").is_null(),
                        "screen failures: the pilot has a later day, on which its own SV has no visit",
                    ),
                    Cause(
                        5,
                        ~SAME_DAY & col("ARM").is_not_null(),
                        "the pilot's SV has a later visit, which the export has not",
                    ),
                ),
            ),
            Difference(
                "ARMCD",
                Cells(242, differ=12, only_theirs=52),
                (
                    Cause(12, theirs("ARMCD") == "Xan_Hi", NO_RANDOMISATION),
                    Cause(52, theirs("ARMCD") == "Scrnfail", SCREEN_FAILURE),
                ),
            ),
            Difference(
                "ARM",
                Cells(242, differ=12, only_theirs=52),
                (
                    Cause(12, theirs("ARM") == "Xanomeline High Dose", NO_RANDOMISATION),
                    Cause(52, theirs("ARM") == ARM_LABEL, SCREEN_FAILURE),
                ),
            ),
            Difference(
                "ACTARMCD",
                Cells(254, only_theirs=52),
                (Cause(52, theirs("ACTARMCD") == "Scrnfail", SCREEN_FAILURE),),
            ),
            Difference(
                "ACTARM",
                Cells(254, only_theirs=52),
                (Cause(52, theirs("ACTARM") == ARM_LABEL, SCREEN_FAILURE),),
            ),
        ),
        ours={"ARMNRS": "SDTMIG 3.4 has it, the pilot's version had not"},
    ),
    "EX": Domain(key=["USUBJID", "EXTRT", "EXSTDTC"], rows=Rows(591, 0, 0)),
    "DS": Domain(
        key=["USUBJID", "DSTERM", "DSSTDTC"],
        rows=Rows(342, 0, 254),
        rows_why="theirs are FINAL LAB VISIT, which are not in the export",
        differences=(
            Difference(
                "EPOCH",
                Cells(96, differ=246),
                (
                    Cause(
                        246,
                        (col("EPOCH") == "TREATMENT") & (col("DSSTDTC") == col("DM.RFENDTC")),
                        "on the day of RFENDTC: we have the epoch that the event ends, as the pilot's VS "
                        "has on that day; its DS has the next one",
                    ),
                ),
            ),
        ),
    ),
    "AE": Domain(
        key=["USUBJID", "AESPID", "AETERM", "AESTDTC", "AEDTC", "AEOUT"],
        rows=Rows(961, 2, 0),
        rows_why=(
            "the export has 1,191 rows of events; 228 are earlier states of an event that a later row "
            "repeats, and give way to it here as in the pilot. Of the two that it lacks, one (01-705-1199 "
            "E06) was collected twice on one day with different outcomes, so that neither is the later one; "
            "the other (01-708-1406 E03) is in the export alone"
        ),
        differences=(
            Difference(
                "EPOCH",
                Cells(930, differ=4, only_theirs=27),
                (
                    Cause(
                        4,
                        (col("EPOCH") == "TREATMENT") & (col("AESTDTC").str.len_chars() == 7),
                        "only the month is known, and all of it lies in the treatment",
                    ),
                    Cause(
                        20,
                        col("EPOCH").is_null() & (col("AESTDTC").str.len_chars() < 10),
                        "the date is partial and does not tell the epoch, or ends before the screening",
                    ),
                    Cause(
                        7,
                        col("EPOCH").is_null()
                        & (col("AESTDTC") < col("DM.DMDTC"))
                        & (col("AESTDTC").str.len_chars() == 10),
                        "the event began before the subject's screening, so in no epoch",
                    ),
                ),
            ),
        ),
        ours={
            "AEENRTPT": "AEONGO of the export, which the pilot left out",
            "AEENTPT": "AEONGO of the export, which the pilot left out",
        },
    ),
    "CM": Domain(
        key=["USUBJID", "CMSPID", "CMTRT", "CMSTDTC", "CMDTC", "VISIT"],
        rows=Rows(7510, 0, 0),
        differences=(
            Difference(
                "CMDOSU",
                Cells(5251, differ=2179, only_theirs=80),
                (
                    Cause(
                        2259,
                        theirs("CMDOSU").is_in(["mg", "TABLET"]),
                        "the pilot has mg or TABLET where the export has another unit or none",
                    ),
                ),
            ),
            Difference(
                "CMDOSFRQ",
                Cells(7284, differ=226),
                (
                    Cause(
                        46,
                        col("CMDOSFRQ") == "OTHER",
                        "no term of FREQ, so kept and reported; the pilot has QD",
                    ),
                    Cause(
                        97,
                        col("CMDOSFRQ").is_in(["QAM", "QN"]),
                        "EVERY MORNING and EVERY NIGHT of the export are terms of FREQ; the pilot has QD",
                    ),
                    Cause(
                        39,
                        col("CMDOSFRQ").is_in(["ONCE", "TWICE"]),
                        "ONCE and TWICE of the export are terms of FREQ; the pilot has PRN",
                    ),
                    Cause(
                        44,
                        col("CMDOSFRQ").is_in(["EVERY 4 WEEKS", "EVERY WEEK", "3 TIMES PER WEEK"]),
                        "Q4S, QS and TIS of the export are synonyms of FREQ for these; the pilot has QID",
                    ),
                ),
            ),
            Difference(
                "EPOCH",
                Cells(1213, differ=176, only_theirs=6121),
                (
                    Cause(176, col("EPOCH").is_not_null(), BY_VISIT),
                    Cause(656, col("EPOCH").is_null() & (col("CMSTDTC").str.len_chars() == 10), BEFORE),
                    Cause(
                        5444,
                        col("EPOCH").is_null() & (col("CMSTDTC").str.len_chars() < 10),
                        "the start is partial and does not tell the epoch, or ends before the screening; the "
                        "pilot has that of the visit",
                    ),
                    Cause(
                        21,
                        col("CMSTDTC").is_null(),
                        "the export has no start; the pilot has the epoch of the visit",
                    ),
                ),
            ),
        ),
        ours={
            "CMENRTPT": "CMONGO of the export, which the pilot left out",
            "CMENTPT": "CMONGO of the export, which the pilot left out",
        },
    ),
    "MH": Domain(
        key=["USUBJID", "MHCAT", "MHSPID", "MHTERM", "MHSTDTC"],
        rows=Rows(1817, 1, 0),
        rows_why="the export has one row of 01-701-1192 twice; both are kept",
        ours={"MHSTDY": "the study day of MHSTDTC, which the pilot left out"},
    ),
    "VS": Domain(
        key=["USUBJID", "VSTESTCD", "VISIT", "VSTPTNUM", "VSDTC"],
        rows=Rows(29643, 0, 0),
        differences=(
            Difference(
                "VSSTRESC",
                Cells(29411, differ=232),
                (
                    Cause(
                        232,
                        theirs("VSSTRESC").cast(pl.Decimal(9, 2))
                        == (
                            col("VSORRES").cast(pl.Decimal(9, 1)) * pl.lit("0.4536").cast(pl.Decimal(9, 4))
                        ).round(2, mode="half_away_from_zero"),
                        POUND,
                    ),
                ),
            ),
            Difference(
                "VSSTRESN",
                Cells(29411, differ=232),
                (Cause(232, (col("VSTESTCD") == "WEIGHT") & (col("VSORRESU") == "LB"), POUND),),
            ),
            Difference(
                "VSBLFL",
                Cells(29378, only_ours=265),
                (
                    Cause(
                        254, col("VSTESTCD") == "HEIGHT", "the pilot flags no height, which is measured once"
                    ),
                    Cause(
                        11,
                        (col("VSTESTCD") != "HEIGHT") & col("VISIT").is_in(["SCREENING 1", "SCREENING 2"]),
                        "the one subject without values at BASELINE: the last before it is the baseline",
                    ),
                ),
            ),
            Difference(
                "EPOCH",
                Cells(29623, differ=20),
                (
                    Cause(
                        20,
                        (col("EPOCH") == "FOLLOW-UP") & (col("VSDTC") > col("DM.RFENDTC")),
                        "the day is after RFENDTC; the pilot has TREATMENT for these retrieval visits",
                    ),
                ),
            ),
        ),
        ours={"VSLOBXFL": "SDTMIG 3.4 has it, the pilot's version had not"},
    ),
}

HEAD = """\
# The CDISC pilot: our SDTM beside its own

`interop run lzzt` makes SDTM of the raw EDC export of the CDISC pilot ("LZZT"). The pilot's own SDTM was made
of the same data by others, so each value can be held against theirs. Rows are paired on natural keys (--SEQ
is only an order); values are compared as they are, numbers to 12 digits, as XPT's floats lose the last bits.
`tests/oracle/test_lzzt_agreement.py` holds every figure and every cause below, and
`python -m tests.oracle.lzzt` writes this page.

What the pilot had from data that the export lacks (laboratory, questionnaires, randomisation, consent) cannot
agree; nothing is bent to make it so. No weight, height or temperature of the study lies half way between two
results of two decimals, so the pilot says nothing of how to round there; we round away from zero.
"""


def lines(variables: Mapping[str, list[str]]) -> Iterator[str]:
    """The page; `variables` are those of each domain that are compared."""
    yield HEAD
    yield "| domain | rows paired | only ours | only theirs | variables compared | agree in every row |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for name, d in DOMAINS.items():
        compared = variables[name]
        whole = len(compared) - len(d.differences)
        yield f"| {name} | {d.rows[0]:,} | {d.rows[1]:,} | {d.rows[2]:,} | {len(compared)} | {whole} |"
    for name, d in DOMAINS.items():
        yield f"\n## {name}\n"
        yield f"Paired on {', '.join(d.key)}.\n"
        if d.rows_why:
            yield f"Rows: {d.rows_why}.\n"
        differing = {x.variable for x in d.differences}
        yield f"Agree in every row: {', '.join(v for v in variables[name] if v not in differing)}.\n"
        if d.differences:
            yield "| variable | agree | differ | only ours | only theirs | cause |"
            yield "| --- | ---: | ---: | ---: | ---: | --- |"
        for x in d.differences:
            why = "<br>".join(f"{c.number:,}: {c.why}" for c in x.causes)
            figures = " | ".join(f"{n:,}" for n in x.cells)
            yield f"| {x.variable} | {figures} | {why} |"
        if d.ours:
            said = "; ".join(f"{v} ({why})" for v, why in d.ours.items())
            yield f"\nFilled by us alone: {said}."


def page(variables: Mapping[str, list[str]]) -> str:
    return "\n".join(lines(variables)) + "\n"


if __name__ == "__main__":
    from tests.oracle.test_lzzt_agreement import compared

    PAGE.write_text(page({n: list(compared(n).cells) for n in DOMAINS}), encoding="utf-8")
