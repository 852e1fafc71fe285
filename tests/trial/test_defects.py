"""Every planted defect by name: said, by its rule at its place, or harmless; and what became of its value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest
from polars import col

from interop.simulate.catalogue import BY_NAME
from tests.trial.conftest import Export

Planted = Mapping[str, Any]  # a row of defects.csv
Check = Callable[[Planted, Mapping[str, Any]], bool]
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def iso(text: str) -> str:
    """`04-AUG-2023`, `UN-AUG-2023`, `AUG-2023`, `2023` in ISO 8601."""
    *parts, year = text.removeprefix("UN-").split("-")
    numbers = [f"{_MONTHS.index(p) + 1:02}" if p in _MONTHS else p for p in parts]
    return "-".join([year, *reversed(numbers)])


def close(value: float | None, to: str, by: float) -> bool:
    return value is not None and abs(value - float(to)) <= by


def place(planted: Planted) -> str:
    return planted["file"] if planted["line"] is None else f"{planted['file']}#{planted['line']}"


AT: pl.Expr = col("_src").str.replace(r":[^#:]*$", "").alias("_at")
ARRIVES: Mapping[str, tuple[str, Mapping[str, str], Check]] = {
    # defect: domain, which of its rows, and what must hold of each of them
    "partial_date_day_unknown": (
        "MH",
        {},
        lambda d, r: r["MHSTDTC"] == iso(d["after"]) == iso(d["before"])[:7],
    ),
    "partial_date_month_year": ("CM", {}, lambda d, r: r["CMENDTC"] == iso(d["after"])),
    "partial_date_year_only": ("CM", {}, lambda d, r: r["CMSTDTC"] == d["after"]),
    "partial_date_of_event": ("AE", {}, lambda d, r: r["AESTDTC"] == iso(d["before"])[:7]),
    "date_in_iso_form": ("DS", {}, lambda d, r: r["DSSTDTC"] == d["after"] == iso(d["before"])),
    "date_not_of_calendar": ("VS", {}, lambda _, r: r["VSDTC"] is None and r["VSORRES"] is not None),
    "date_with_short_year": ("CM", {}, lambda _, r: r["CMENDTC"] is None),
    "date_wholly_unknown": ("CM", {}, lambda _, r: r["CMSTDTC"] is None),
    "time_not_of_day": ("EX", {}, lambda _, r: len(r["EXSTDTC"]) == 10 and len(r["EXENDTC"]) == 16),
    "leading_blanks": ("AE", {}, lambda d, r: r["AETERM"] == d["before"]),
    "text_outside_ascii": ("MH", {}, lambda d, r: r["MHTERM"] == d["after"]),
    "mixed_case_code": ("AE", {}, lambda d, r: r["AESER"] == d["before"]),
    "mixed_case_term": ("AE", {}, lambda d, r: r["AEOUT"] == d["before"]),
    "mixed_case_response": ("RS", {"RSTESTCD": "OVRLRESP"}, lambda d, r: r["RSSTRESC"] == d["before"]),
    "free_text_other_site": ("TU", {}, lambda d, r: r["TULOC"] == d["after"]),
    "free_text_other_frequency": ("CM", {}, lambda d, r: r["CMDOSFRQ"] == d["after"]),
    "code_out_of_list": ("AE", {}, lambda _, r: r["AESHOSP"] is None),
    "term_out_of_closed_list": ("AE", {}, lambda _, r: r["AEOUT"] is None),
    "deauville_out_of_scale": (
        "TR",
        {"TRTESTCD": "FDP5PS"},
        lambda _, r: r["TRORRES"] == r["TRSTRESC"] == "6",
    ),
    "dose_with_unit_in_it": ("EX", {}, lambda _, r: r["EXDOSE"] is None and r["EXDOSU"] is not None),
    "dose_with_decimal_comma": ("EX", {}, lambda _, r: r["EXDOSE"] is None),
    "weight_in_pounds": (
        "VS",
        {"VSTESTCD": "WEIGHT"},
        lambda d, r: (
            (r["VSORRES"], r["VSORRESU"], r["VSSTRESU"]) == (d["after"], "LB", "kg")
            and close(r["VSSTRESN"], d["before"], 0.1)
        ),
    ),
    "temperature_in_fahrenheit": (
        "VS",
        {"VSTESTCD": "TEMP"},
        lambda d, r: (
            (r["VSORRES"], r["VSORRESU"], r["VSSTRESU"]) == (d["after"], "F", "C")
            and close(r["VSSTRESN"], d["before"], 0.1)
        ),
    ),
    "haemoglobin_in_g_dl": (
        "LB",
        {},
        lambda d, r: (
            (r["LBTESTCD"], r["LBORRESU"], r["LBSTRESU"]) == ("HGB", "g/dL", "g/L")
            and close(r["LBSTRESN"], d["before"], 0.51)
            and (r["LBSTNRLO"], r["LBSTNRHI"]) == (120, 170)
        ),
    ),
    "count_in_another_spelling": (
        "LB",
        {},
        lambda _, r: r["LBSTRESU"] == "10^9/L" and close(r["LBSTRESN"], r["LBORRES"], 0),
    ),
    "count_in_per_microlitre": (
        "LB",
        {},
        lambda _, r: r["LBSTRESU"] == "10^9/L" and close(r["LBSTRESN"], r["LBORRES"], 0),
    ),
    "glucose_in_mg_dl": (
        "LB",
        {},
        lambda d, r: (r["LBORRES"], r["LBSTRESC"], r["LBSTRESU"]) == (d["after"], d["after"], "mg/dL"),
    ),
    "result_below_quantification": (
        "LB",
        {},
        lambda _, r: r["LBORRES"] == r["LBSTRESC"] == "<0.5" and r["LBSTRESN"] is None,
    ),
    "event_ends_before_it_starts": (
        "AE",
        {},
        lambda d, r: r["AEENDTC"] == iso(d["after"]) < r["AESTDTC"],
    ),
}
LEFT_OUT = {"required_text_missing": "MH", "visit_without_date": "SV", "subject_not_enrolled": "VS"}
TWICE = {"repeated_row": "VS", "repeated_event": "AE"}
MISSING = {"missing_page": ("VS", {}), "missing_page_of_ecog": ("RS", {"RSCAT": "ECOG"})}
OTHERS = {"file_in_cp1252", "contradictory_death", "partial_date_of_death", "visit_out_of_window"}
ISSUES = [name for name, d in BY_NAME.items() if d.expected == "issue"]


def planted(export: Export, name: str) -> list[Planted]:
    found: list[Planted] = [*export.made.defects.filter(defect=name).iter_rows(named=True)]
    assert found, f"{name} does not occur: raise its rate"
    return found


def rows_at(export: Export, domain: str, where: str, told: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of a domain that are made of the source row `MH.csv#7`."""
    rows = export.run.built[domain].data.filter(where == AT)
    return rows.filter(*(col(k) == v for k, v in told.items())).to_dicts()


def test_every_defect_of_the_catalogue_is_looked_at() -> None:
    assert {*ARRIVES, *LEFT_OUT, *TWICE, *MISSING, *OTHERS} == set(BY_NAME)


@pytest.mark.parametrize("name", ISSUES)
def test_it_is_said_at_its_place(name: str, untidy: Export) -> None:
    rule = BY_NAME[name].rule
    said = untidy.run.all_issues.filter(rule=rule).with_columns(
        _at=col("source").str.replace(r":[^#:]*$", "")
    )
    where = {place(d) for d in planted(untidy, name)}
    assert where <= set(said["_at"])
    same_rule = untidy.made.defects.filter(rule=rule)
    every = {place(d) for d in same_rule.iter_rows(named=True)}
    if name == "contradictory_death":  # said of both rows of a death; the copy comes after the row
        every |= {f"{d['file']}#{d['line'] - 1}" for d in planted(untidy, name)}
    assert set(said["_at"]) == every, "said where nothing is wrong"


def test_a_clean_export_has_none_of_these_issues(clean: Export) -> None:
    rules = {BY_NAME[name].rule for name in ISSUES}
    assert clean.run.all_issues.filter(col("rule").is_in(sorted(rules))).is_empty()
    assert not clean.run.failed


@pytest.mark.parametrize("name", ARRIVES)
def test_its_value_arrives_as_the_catalogue_says(name: str, untidy: Export) -> None:
    domain, told, holds = ARRIVES[name]
    for d in planted(untidy, name):
        rows = rows_at(untidy, domain, place(d), told)
        assert rows, f"no {domain} of {place(d)}"
        for row in rows:
            assert holds(d, row), (d, row)


@pytest.mark.parametrize("name", LEFT_OUT)
def test_its_row_is_left_out(name: str, untidy: Export) -> None:
    for d in planted(untidy, name):
        assert rows_at(untidy, LEFT_OUT[name], place(d), {}) == []


@pytest.mark.parametrize("name", TWICE)
def test_its_row_is_kept_twice_each_with_its_line(name: str, untidy: Export) -> None:
    domain = TWICE[name]
    for d in planted(untidy, name):
        again = rows_at(untidy, domain, place(d), {})
        first = rows_at(untidy, domain, f"{d['file']}#{d['line'] - 1}", {})
        assert contents(again, domain) == contents(first, domain)
        assert len(again) > 0
        assert not {r[f"{domain}SEQ"] for r in again} & {r[f"{domain}SEQ"] for r in first}


def contents(rows: list[dict[str, Any]], domain: str) -> list[list[Any]]:
    flags = (f"{domain}SEQ", f"{domain}LOBXFL", f"{domain}BLFL")  # one of two equal rows has them
    kept = [[v for k, v in r.items() if not k.startswith("_") and k not in flags] for r in rows]
    return sorted(kept, key=str)


@pytest.mark.parametrize("name", MISSING)
def test_its_page_is_not_there_and_nothing_is_made_up(name: str, untidy: Export) -> None:
    domain, told = MISSING[name]
    rows = untidy.run.built[domain].table.filter(*(col(k) == v for k, v in told.items()))
    for d in planted(untidy, name):
        if d["visit"] != "UNSCHEDULED":  # a subject may have more than one
            of_visit = rows.filter(col("USUBJID").str.ends_with(f"-{d['subject']}"), VISIT=d["visit"])
            assert of_visit.is_empty()


def test_file_in_cp1252_is_read_letter_by_letter(untidy: Export) -> None:
    (file,) = [f for f in untidy.run.records.files if f.name == "MH.csv"]
    assert file.encoding == "cp1252"
    assert "Sjögren’s syndrome, since ½ year" in set(untidy.run.built["MH"].table["MHTERM"])


def deaths_of(export: Export, name: str) -> Iterator[tuple[Planted, dict[str, Any], dict[str, Any]]]:
    for d in planted(export, name):
        mine = col("USUBJID").str.ends_with(f"-{d['subject']}")
        (dm,), (adsl,) = (export.run.built[n].table.filter(mine).to_dicts() for n in ("DM", "ADSL"))
        yield d, dm, adsl


def test_contradictory_death_the_earliest_date_counts(untidy: Export) -> None:
    for d, dm, adsl in deaths_of(untidy, "contradictory_death"):
        assert dm["DTHDTC"] == iso(d["before"]) < iso(d["after"])
        assert (adsl["DTHDT"], adsl["DTHDTF"]) == (date.fromisoformat(iso(d["before"])), None)


def test_partial_date_of_death_is_imputed_in_adam_alone(untidy: Export) -> None:
    for d, dm, adsl in deaths_of(untidy, "partial_date_of_death"):
        assert dm["DTHDTC"] == iso(d["before"])[:7]
        first = date.fromisoformat(iso(d["before"])[:7] + "-01")
        treated = adsl["TRTEDT"]
        in_it = treated is not None and (treated.year, treated.month) == (first.year, first.month)
        assert (adsl["DTHDT"], adsl["DTHDTF"]) == (treated if in_it else first, "D")


def test_visit_out_of_window_is_kept_with_its_date(untidy: Export) -> None:
    lost = {place(d) for d in planted(untidy, "visit_without_date")}
    for d in planted(untidy, "visit_out_of_window"):
        if place(d) not in lost:
            (row,) = rows_at(untidy, "SV", place(d), {})
            assert row["VISIT"] == d["visit"]
            assert row["SVSTDTC"] is not None
