"""The endpoints of the reference trial at their edges; a subject is an edge, its result worked out by hand.

First treatment 2024-01-01 (obinutuzumab), glofitamab 2024-01-08, CAR-T 2024-03-01 unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from interop.build import Built
from tests.mappings.adam.small import Subject, adam, car_t, changed, dose, of, salvage, scan

TREATED: Subject = {"administration": [*salvage(), *car_t("2024-03-01")]}


def with_scans(*scans: tuple[str, str | None], **more: object) -> Subject:
    """A subject with CAR-T and these assessments."""
    return {**TREATED, "response_assessment": [scan(*s) for s in scans], **more}  # type: ignore[dict-item]


SUBJECTS: Mapping[str, Subject] = {
    # progression before CAR-T ends PFS-t and says nothing of PFS-c
    "PDBEFORE": with_scans(("2024-02-12", "PD"), ("2024-03-29", "CR")),
    # death between lymphodepletion and CAR-T
    "DIEDLD": {
        "administration": [*salvage(), dose("FLUDARABINE", "2024-02-25")],
        "response_assessment": [scan("2024-02-12", "PR")],
        "death": [{"date": "2024-02-28"}],
    },
    "NEWTHER": with_scans(
        ("2024-03-29", "PR"),
        ("2024-06-01", "CR"),  # after the new therapy: neither a response nor a date to be censored at
        ("2024-07-01", "PD"),
        subsequent_therapy=[{"name": "Epcoritamab", "start": "2024-05-10"}],
    ),
    "NEWSAME": with_scans(
        ("2024-05-10", "PD"), subsequent_therapy=[{"name": "Epcoritamab", "start": "2024-05-10"}]
    ),
    "LATEPD": with_scans(("2025-10-01", "CR"), ("2026-01-02", "PD")),  # a day beyond 2 years
    "LASTDAYPD": with_scans(("2025-10-01", "CR"), ("2026-01-01", "PD")),
    "LDDAY": with_scans(("2024-02-20", "PR"), ("2024-02-25", "CR")),  # the CR on the day of lymphodepletion
    "DAYBEFORE": with_scans(("2024-02-20", "PR"), ("2024-02-24", "CR")),
    "YEARCR": with_scans(("2024-03-29", "SD"), ("2025-03-01", "CR")),
    "YEARLATE": with_scans(("2024-03-29", "SD"), ("2025-03-02", "CR")),
    "AFTERPD": with_scans(("2024-03-29", "PD"), ("2024-05-01", "CR")),
    "NOTEVAL": with_scans(("2024-02-12", "NE"), ("2024-03-29", "NE")),
    "NEVERSEEN": TREATED,
    "NOTDONE": {**TREATED, "response_assessment": [scan("2024-03-29", None, "NOT DONE")]},
    "SCREENED": {},
    "ASCT": {
        "administration": [*salvage(), dose("MELPHALAN", "2024-02-24"), dose("CAR-T CELLS", "2024-03-04")],
        "procedure": [{"name": "STEM CELL REINFUSION", "start": "2024-03-01", "status": "completed"}],
        "imaging": [{"modality": "PET-CT", "date": "2024-02-10"}],
        "response_assessment": [scan("2024-03-02", "CR")],  # between reinfusion and CAR-T
    },
    "ASCTNOTDONE": {
        "administration": [*salvage(), *car_t("2024-03-01")],
        "procedure": [{"name": "STEM CELL REINFUSION", "start": "2024-02-28", "status": "not-done"}],
    },
}


@pytest.fixture(scope="module")
def built() -> dict[str, Built]:
    return adam(SUBJECTS)


def parameter(built: Mapping[str, Built], number: str, paramcd: str) -> tuple[object, ...]:
    return of(built, "ADTTE", number, "STARTDT", "ADT", "CNSR", "EVNTDESC", PARAMCD=paramcd)


def has(built: Mapping[str, Built], dataset: str, number: str, paramcd: str) -> bool:
    rows = built[dataset].table
    return not rows.filter(pl.col("SUBJID") == number, pl.col("PARAMCD") == paramcd).is_empty()


PD, DEATH, SEEN = "Progression or relapse", "Death", "Evaluable response assessment"
NEW = "New anticancer therapy before progression or death"
WINDOW = "Beyond 2 years from the start of study treatment"


@pytest.mark.parametrize(
    ("number", "paramcd", "expected"),
    [
        ("PDBEFORE", "PFST", ("2024-01-08", "2024-02-12", 0, PD)),
        ("PDBEFORE", "PFSC", ("2024-03-01", "2024-03-29", 1, SEEN)),
        ("DIEDLD", "PFST", ("2024-01-08", "2024-02-28", 0, DEATH)),
        ("DIEDLD", "OS", ("2024-01-01", "2024-02-28", 0, DEATH)),
        ("NEWTHER", "PFST", ("2024-01-08", "2024-03-29", 1, NEW)),
        ("NEWTHER", "PFSC", ("2024-03-01", "2024-03-29", 1, NEW)),
        ("NEWTHER", "DOR", ("2024-03-29", "2024-03-29", 1, NEW)),
        ("NEWSAME", "PFSC", ("2024-03-01", "2024-05-10", 0, PD)),
        ("LATEPD", "PFST", ("2024-01-08", "2025-10-01", 1, WINDOW)),
        ("LATEPD", "PFSC", ("2024-03-01", "2025-10-01", 1, WINDOW)),
        ("LASTDAYPD", "PFSC", ("2024-03-01", "2026-01-01", 0, PD)),
        ("NOTEVAL", "PFST", ("2024-01-08", "2024-01-08", 1, "Start of glofitamab-based therapy")),
        ("NOTEVAL", "PFSC", ("2024-03-01", "2024-03-01", 1, "Start of cellular therapy")),
        ("NEVERSEEN", "PFSC", ("2024-03-01", "2024-03-01", 1, "Start of cellular therapy")),
        ("NOTDONE", "PFSC", ("2024-03-01", "2024-03-01", 1, "Start of cellular therapy")),
        ("ASCT", "PFSC", ("2024-03-01", "2024-03-02", 1, SEEN)),
    ],
)
def test_time_to_event(
    built: dict[str, Built], number: str, paramcd: str, expected: tuple[object, ...]
) -> None:
    assert parameter(built, number, paramcd) == expected


def test_aval_counts_the_start_as_day_one(built: dict[str, Built]) -> None:
    assert of(built, "ADTTE", "PDBEFORE", "AVAL", PARAMCD="PFST") == (36.0,)


@pytest.mark.parametrize(
    ("number", "expected"),  # CRBEF, RSPBEF, CRAFT, RSPAFT; None: no record
    [
        ("PDBEFORE", ("N", "N", "Y", "Y")),
        ("DIEDLD", ("N", "Y", None, None)),
        ("NEWTHER", ("N", "N", "N", "Y")),
        ("LDDAY", ("N", "Y", "N", "N")),
        ("DAYBEFORE", ("Y", "Y", "N", "N")),
        ("YEARCR", ("N", "N", "Y", "Y")),
        ("YEARLATE", ("N", "N", "N", "N")),
        ("AFTERPD", ("N", "N", "N", "N")),
        ("NOTEVAL", ("N", "N", "N", "N")),
        ("NEVERSEEN", ("N", "N", "N", "N")),
        ("SCREENED", (None, None, None, None)),
        ("ASCT", ("N", "N", "Y", "Y")),
    ],
)
def test_response_before_and_after(
    built: dict[str, Built], number: str, expected: tuple[str | None, ...]
) -> None:
    found = tuple(
        of(built, "ADRS", number, "AVALC", PARAMCD=p)[0] if has(built, "ADRS", number, p) else None
        for p in ("CRBEF", "RSPBEF", "CRAFT", "RSPAFT")
    )
    assert found == expected


@pytest.mark.parametrize(
    ("number", "before", "after"),
    [
        ("PDBEFORE", "PD", "CR"),
        ("DAYBEFORE", "CR", "MISSING"),
        ("NEWTHER", "MISSING", "PR"),
        ("YEARLATE", "MISSING", "SD"),
        ("NOTEVAL", "NE", "NE"),
        ("NOTDONE", "MISSING", "NE"),
    ],
)
def test_best_response_of_each_phase(built: dict[str, Built], number: str, before: str, after: str) -> None:
    assert of(built, "ADRS", number, "AVALC", PARAMCD="BORBEF") == (before,)
    assert of(built, "ADRS", number, "AVALC", PARAMCD="BORAFT") == (after,)


def test_a_last_assessment_that_never_was_is_missing_and_has_a_code(built: dict[str, Built]) -> None:
    assert of(built, "ADRS", "NEVERSEEN", "AVALC", "AVAL", "ADT", PARAMCD="LSTA") == ("MISSING", 8.0, None)


def test_no_record_of_cellular_therapy_without_it(built: dict[str, Built]) -> None:
    assert not has(built, "ADTTE", "DIEDLD", "PFSC")
    said = built["ADTTE"].issues.filter(pl.col("source") == "ADSL|AB1-7-DIEDLD")
    assert said.select("variable", "message").rows() == [
        ("DOR", "no DOR record: no start date: ADRS.ADT"),
        ("PFSC", "no PFSC record: not in the population of the parameter"),
    ]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("PDBEFORE", ("2024-01-08", "2024-01-08", "2024-02-25", None, "2024-03-01", "2024-03-01", None)),
        ("DIEDLD", ("2024-01-08", "2024-01-08", "2024-02-25", None, None, None, None)),
        (
            "NEWTHER",
            ("2024-01-08", "2024-01-08", "2024-02-25", None, "2024-03-01", "2024-03-01", "2024-05-10"),
        ),
        ("ASCT", ("2024-01-08", "2024-01-08", "2024-02-24", "2024-03-01", "2024-03-04", "2024-03-01", None)),
        ("ASCTNOTDONE", ("2024-01-08", "2024-01-08", "2024-02-25", None, "2024-03-01", "2024-03-01", None)),
        ("SCREENED", (None,) * 7),
    ],
)
def test_dates_of_milestones(built: dict[str, Built], number: str, expected: tuple[str | None, ...]) -> None:
    variables = ("GLFSDT", "GLTSDT", "PRECTDT", "ASCTDT", "CARTDT", "CTSDT", "NACTDT")
    assert of(built, "ADSL", number, *variables) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [("PDBEFORE", ("Y", "Y", "Y")), ("DIEDLD", ("Y", "Y", "N")), ("SCREENED", ("N", "N", "N"))],
)
def test_populations(built: dict[str, Built], number: str, expected: tuple[str, ...]) -> None:
    assert of(built, "ADSL", number, "SAFFL", "FASFL", "CTFL") == expected


def test_phases_end_before_the_next_or_with_the_study() -> None:
    ended = {
        "term": "Completed",
        "standard_term": "COMPLETED",
        "category": "DISPOSITION EVENT",
        "subcategory": "STUDY PARTICIPATION",
    }
    off = {**ended, "subcategory": "STUDY TREATMENT", "date": "2024-03-05"}
    done = {**TREATED, "disposition": [off, {**ended, "date": "2026-01-01"}]}
    built = adam({"A": done, "B": TREATED})
    phases = [f"PH{n}{end}" for n in (1, 2, 3) for end in ("SDT", "EDT")]
    assert of(built, "ADSL", "A", *phases) == (
        "2024-01-01",
        "2024-02-24",
        "2024-02-25",
        "2026-01-01",
        None,
        None,
    )
    assert of(built, "ADSL", "B", *phases) == ("2024-01-01", "2024-02-24", "2024-02-25", None, None, None)
    assert of(built, "ADSL", "A", "APHASE1", "APHASE2", "APHASE3") == (
        "Phase 1, salvage",
        "Phase 2, cellular therapy",
        None,
    )
    assert of(built, "ADSL", "A", "EOTSTT", "EOSSTT", "EOSDT") == ("COMPLETED", "COMPLETED", "2026-01-01")
    assert of(built, "ADSL", "B", "EOTSTT", "EOSSTT", "EOSDT") == (None, "ONGOING", None)


@pytest.mark.parametrize(
    ("start", "expected", "flag"),
    [
        ("2024-05", "2024-05-01", "D"),
        ("2024-03", "2024-03-01", "D"),  # not before the last study treatment, the CAR-T of that day
        ("2024-02", "2024-02-01", "D"),
        ("2024", None, None),  # a month is never made up
        ("2024-05-10", "2024-05-10", None),
    ],
)
def test_a_new_therapy_without_a_day(start: str, expected: str | None, flag: str | None) -> None:
    therapy = {"subsequent_therapy": [{"name": "Epcoritamab", "start": start}]}
    built = adam({"A": {**TREATED, **therapy}})
    assert of(built, "ADSL", "A", "NACTDT", "NACTDTF") == (expected, flag)
    said = built["ADSL"].issues.filter(pl.col("rule") == "IMPUTED").select("variable", "value").rows()
    assert said == ([("NACTDT", start)] if flag else [])


def test_a_made_up_day_does_not_come_before_the_last_treatment_of_its_month() -> None:
    later = {"administration": [*salvage(), *car_t("2024-03-10")]}
    therapy = {"subsequent_therapy": [{"name": "Epcoritamab", "start": "2024-03"}]}
    built = adam({"A": {**later, **therapy}})
    assert of(built, "ADSL", "A", "NACTDT", "NACTDTF") == ("2024-03-10", "D")


def test_imputed_death_is_flagged_in_adtte() -> None:
    built = adam({"A": {**TREATED, "death": [{"date": "2024-06"}]}})
    assert of(built, "ADTTE", "A", "ADT", "ADTF", "STARTDTF", PARAMCD="OS") == ("2024-06-01", "D", None)


def test_start_of_cellular_therapy_is_a_setting(tmp_path: Path, built: dict[str, Built]) -> None:
    infusion = changed(tmp_path, ("    value: reinfusion\n", "    value: infusion\n"))
    other = adam({"ASCT": SUBJECTS["ASCT"]}, infusion)
    assert of(built, "ADSL", "ASCT", "CTSDT") == ("2024-03-01",)
    assert of(other, "ADSL", "ASCT", "CTSDT") == ("2024-03-04",)
    assert of(built, "ADRS", "ASCT", "AVALC", PARAMCD="CRAFT") == ("Y",)
    assert of(other, "ADRS", "ASCT", "AVALC", PARAMCD="CRAFT") == ("N",)


def test_start_of_glofitamab_based_therapy_is_a_setting(tmp_path: Path) -> None:
    study = changed(tmp_path, ("    value: glofitamab\n", "    value: study treatment\n"))
    built = adam({"A": SUBJECTS["PDBEFORE"]}, study)
    assert of(built, "ADSL", "A", "GLTSDT", "GLFSDT") == ("2024-01-01", "2024-01-08")
    assert of(built, "ADTTE", "A", "STARTDT", PARAMCD="PFST") == ("2024-01-01",)


@pytest.mark.parametrize(
    ("window", "day", "counts"),
    [
        ("lag: -1", "2024-02-10", "Y"),
        ("lag: -1, within: 14", "2024-02-11", "Y"),  # 14 days before lymphodepletion
        ("lag: -1, within: 14", "2024-02-10", "N"),  # 15 days
        ("lag: -14", "2024-02-11", "Y"),
        ("lag: -14", "2024-02-12", "N"),  # 13 days
    ],
)
def test_readings_of_fourteen_days_before(tmp_path: Path, window: str, day: str, counts: str) -> None:
    study = changed(tmp_path, ("until: BEFENDT, lag: -1", f"until: BEFENDT, {window}"))
    built = adam({"A": with_scans((day, "CR"))}, study)
    assert of(built, "ADRS", "A", "AVALC", PARAMCD="CRBEF") == (counts,)


def test_consolidation_is_glofitamab_after_the_day_of_car_t() -> None:
    more = [
        dose("GLOFITAMAB", "2024-03-01"),
        dose("GLOFITAMAB", "2024-04-05"),
        dose("GLOFITAMAB", "2024-04-26"),
    ]
    built = adam({"A": {"administration": [*salvage(), *car_t("2024-03-01"), *more]}})
    assert of(built, "ADSL", "A", "GLFSDT", "CONSSDT", "PH2EDT", "PH3SDT") == (
        "2024-01-08",
        "2024-04-05",
        "2024-04-04",
        "2024-04-05",
    )


def test_missed_assessments_censor_only_where_the_study_says_so(tmp_path: Path) -> None:
    scans = with_scans(("2024-03-29", "CR"), ("2025-03-01", "PD"))
    usual = adam({"A": scans})
    assert parameter(usual, "A", "PFSC")[1:3] == ("2025-03-01", 0)
    start = "        start: CTSDT\n"
    missed = "        missed: {assessments: assessed, days: 196, describe: Two or more missed}\n"
    strict = adam({"A": scans}, changed(tmp_path, (start, start + missed)))
    assert parameter(strict, "A", "PFSC") == ("2024-03-01", "2024-03-29", 1, "Two or more missed")


def test_last_alive_reads_contacts_that_found_the_subject_alive() -> None:
    contacts = [{"date": "2024-07-01", "status": "ALIVE"}, {"date": "2024-09-01", "status": "DEAD"}]
    built = adam({"A": {**TREATED, "survival_followup": contacts}})
    assert of(built, "ADSL", "A", "LSTALVDT") == ("2024-07-01",)
