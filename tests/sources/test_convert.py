"""Dates, numbers, codes and value maps: what a cell becomes, and what is said where it cannot be kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interop.sources.convert import Value, value_of
from interop.sources.dateformat import BadFormatError, compiled, parse_date, parse_time
from interop.sources.mapping import FieldMap
from interop.sources.number import canonical
from tests.sources.small import SOURCES, records, said

FORMATS = ("DD-MON-YYYY", "MON-YYYY", "YYYY", "DD/MM/YYYY HH:MI", "YYYYMMDD")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("26-DEC-2013", "2013-12-26"),
        ("9-jan-2014", "2014-01-09"),
        ("09-January-2014", "2014-01-09"),
        ("DEC-2013", "2013-12"),
        ("2003", "2003"),
        ("UN-DEC-2013", "2013-12"),
        ("UNK-UNK-2013", "2013"),
        ("00-DEC-2013", "2013-12"),
        ("29-FEB-2012", "2012-02-29"),
        ("01/02/2014 09:05", "2014-02-01T09:05"),
        ("01/02/2014 UN:UN", "2014-02-01"),
        ("20140102", "2014-01-02"),
        ("2014-01-02", "2014-01-02"),  # ISO 8601 needs no format
        ("2014-01-02T10:30:05", "2014-01-02T10:30:05"),
        ("2014-01", "2014-01"),
    ],
)
def test_dates_become_iso_8601_as_partial_as_they_were(text: str, iso: str) -> None:
    assert parse_date(text, FORMATS).iso == iso


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("30-FEB-2014", "is not a day of the calendar"),
        ("29-FEB-2013", "is not a day of the calendar"),
        ("2014-13-01", "has no month 13"),
        ("01/02/2014 25:00", "has no hour 25"),
        ("01-JAN-UNK", "has no year"),
        ("last spring", "is not written in a declared format"),
        ("01-02-2014", "is not written in a declared format"),
        ("26-DEC-2013 or so", "is not written in a declared format"),
    ],
)
def test_what_is_no_date_says_why(text: str, problem: str) -> None:
    assert (parse_date(text, FORMATS).iso, parse_date(text, FORMATS).problem) == (None, problem)


def test_a_day_without_its_month_is_said_to_be_lost() -> None:
    found = parse_date("15-UNK-2014", FORMATS)
    assert (found.iso, found.lost) == ("2014", "the day without its month")


def test_the_first_format_that_reads_a_date_wins() -> None:
    assert parse_date("02/03/2014", ("MM/DD/YYYY", "DD/MM/YYYY")).iso == "2014-02-03"
    assert parse_date("13/03/2014", ("MM/DD/YYYY", "DD/MM/YYYY")).iso == "2014-03-13"


@given(st.dates(date(1, 1, 1), date(9999, 12, 31)))
def test_every_day_survives_every_way_of_writing_it(day: date) -> None:
    months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    said_as = {
        "DD-MON-YYYY": f"{day.day:02}-{months[day.month - 1]}-{day.year:04}",
        "MM/DD/YYYY": f"{day.month}/{day.day}/{day.year:04}",
        "YYYYMMDD": f"{day.year:04}{day.month:02}{day.day:02}",
        "DD.MM.YYYY": f"{day.day:02}.{day.month:02}.{day.year:04}",
    }
    for form, text in said_as.items():
        assert parse_date(text, (form,)).iso == f"{day.year:04}-{day.month:02}-{day.day:02}"


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading_of_dates_and_times(text: str) -> None:
    found = parse_date(text, FORMATS)
    assert (found.iso is None) == bool(found.problem)
    parse_time(text, ("HH:MI:SS", "HH:MI"))


@pytest.mark.parametrize("text", ["DD-MMM-YYYY", "day", "DD-DD-YYYY", "--"])
def test_a_format_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadFormatError):
        compiled(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("96.90", "96.90"),
        ("+1.5", "1.5"),
        ("-0.5", "-0.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007", "7"),
        ("0.0", "0.0"),
        ("1.5e3", "1500"),
        ("1.50e-2", "0.0150"),
        ("1E0", "1"),
        ("<5", None),
        ("1,5", None),
        ("1 000", None),
        (".", None),
        ("", None),
        ("nan", None),
        ("٣", None),
    ],
)
def test_numbers_keep_their_digits(text: str, expected: str | None) -> None:
    assert canonical(text) == expected


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_a_number_keeps_its_value_and_its_decimals(value: Decimal) -> None:
    text = canonical(str(value))
    assert text is not None
    assert Decimal(text) == value
    assert Decimal(text).as_tuple().exponent == -4


def field(kind: str, **given_: object) -> FieldMap:
    return FieldMap(name="f", kind=kind, **given_)  # type: ignore[arg-type]


def test_a_map_is_matched_without_case_and_others_stay() -> None:
    mapped = field("text", map={"Black": "BLACK OR AFRICAN AMERICAN", "M": "male", "m": "metre"})
    assert value_of("BLACK", mapped, "text") == Value("BLACK OR AFRICAN AMERICAN")
    assert value_of("White", mapped, "text") == Value("White")
    assert [value_of(t, mapped, "text").value for t in ("M", "m")] == ["male", "metre"]


def test_a_value_outside_a_closed_map_is_left_out() -> None:
    found = value_of("X", field("text", map={"1": "MILD"}, map_only=True), "text")
    assert (found.value, found.rule) == (None, "MAP")


def test_a_decimal_comma_counts_where_it_is_declared() -> None:
    assert value_of("1,50", field("number", decimal=","), "number").value == "1.50"
    assert (
        value_of("1.500", field("number", decimal=","), "number").rule == "NUMBER"
    )  # thousands, or a mistake
    assert "decimal" in value_of("1,5", field("number"), "number").message


def test_a_code_is_spelt_as_the_record_type_spells_it() -> None:
    code = field("code", codes=("completed", "not-done"))
    assert value_of("Completed", code, "code").value == "completed"
    found = value_of("complete", code, "code")
    assert found.value is None
    assert found.message == (
        "not one of completed, not-done (did it mean completed?): the value is left out; add it to `map` of f"
    )


def test_a_value_that_cannot_be_kept_costs_the_value_and_not_the_row(tmp_path: Path) -> None:
    made = records(
        tmp_path, {"DM.csv": "SITEID,SUBJID,AGE,DMDAT\n701,001,sixty,30-FEB-2014\n701,002,61,15-UNK-2014\n"}
    )
    assert made["subject"].select("subject", "age", "collected").rows() == [
        ("001", None, None),
        ("002", "61", "2014"),
    ]
    assert said(made, "severity", "source", "variable", "rule", "value", "message", "kept") == [
        (
            "error",
            "DM.csv#2",
            "age",
            "NUMBER",
            "sixty",
            "not a number: the value is left out; correct it in the source",
            True,
        ),
        (
            "error",
            "DM.csv#2",
            "collected",
            "DATE",
            "30-FEB-2014",
            "the date is not a day of the calendar: it is left out; correct it or add its format to `dates`",
            True,
        ),
        (
            "warning",
            "DM.csv#3",
            "collected",
            "PARTIAL DATE",
            "15-UNK-2014",
            "the day without its month cannot be kept: the date is 2014",
            True,
        ),
    ]


def test_a_time_in_a_column_of_its_own_joins_its_date(tmp_path: Path) -> None:
    sources = SOURCES.replace("collected: DMDAT", "collected: {column: DMDAT, time: DMTIM}")
    made = records(
        tmp_path,
        {
            "DM.csv": "SITEID,SUBJID,AGE,DMDAT,DMTIM\n1,1,,26-DEC-2013,9:05\n1,2,,26-DEC-2013,\n"
            "1,3,,UN-DEC-2013,10:00\n1,4,,26-DEC-2013,25:00\n1,5,,,10:00:30\n"
        },
        sources=sources,
    )
    assert made["subject"]["collected"].to_list() == [
        "2013-12-26T09:05",
        "2013-12-26",
        "2013-12",
        "2013-12-26",
        None,
    ]
    assert said(made, "severity", "source", "rule", "value") == [
        ("warning", "DM.csv#4", "TIME", "T10:00"),
        ("error", "DM.csv#5", "TIME", "25:00"),
        ("warning", "DM.csv#6", "TIME", "T10:00:30"),
    ]


def test_a_default_stands_for_an_empty_cell_only(tmp_path: Path) -> None:
    sources = SOURCES.replace("age: AGE", "age: AGE\n          age_unit: {column: U, default: YEARS}")
    made = records(
        tmp_path,
        {"DM.csv": "SITEID,SUBJID,AGE,DMDAT,U\n1,1,1,,MONTHS\n1,2,1,, \n"},
        sources=sources,
    )
    assert made["subject"]["age_unit"].to_list() == ["MONTHS", "YEARS"]
