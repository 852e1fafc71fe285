"""What we add to the rule language for analysis data: operators and operations."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interop.rules.data import Package, package_of
from interop.rules.engine import context_of
from interop.rules.language import Operation
from interop.rules.operand import Frame
from interop.rules.operations import OPERATIONS, Work
from interop.rules.outcome import MissingColumnError, NotExecutableError, SkippedError
from tests.rules.support import dataset, holds, records, rule, run, study

EPOCH = date(1960, 1, 1)


def sas(text: str) -> float:
    return float((date.fromisoformat(text) - EPOCH).days)


@pytest.mark.parametrize(
    ("written", "exact", "options", "flagged"),
    [
        (0.1, 5.1 - 5.0, {}, False),
        (33.3, 100 / 3, {}, False),
        (33.4, 100 / 3, {}, True),
        (33.0, 100 / 3, {"decimals": 0}, False),
        (33.0, 100 / 3, {}, True),
        (3.0, 3.04, {}, False),
        (3.0, 3.4, {}, True),
        (12.1, 12.0, {"tolerance": 0.02}, False),
        (1e-7, 3e-7, {}, True),
        (-4.0, 4.0, {}, True),
        (None, 4.0, {}, False),
        (4.0, None, {}, False),
    ],
)
def test_a_number_is_compared_as_far_as_it_is_written(
    written: float | None, exact: float | None, options: dict[str, Any], flagged: bool
) -> None:
    columns = {"X": [written, 1.0], "Y": [exact, 1.0]}
    assert holds(columns, "not_equal_when_rounded", "Y", **options) == [flagged, False]


@given(st.floats(-1e6, 1e6), st.integers(1, 6))
def test_a_rounded_number_is_the_number(exact: float, decimals: int) -> None:
    assert holds({"X": [round(exact, decimals)], "Y": [exact]}, "not_equal_when_rounded", "Y") == [False]


@given(st.floats(-1e4, 1e4), st.floats(0.06, 100))
def test_a_number_off_by_more_than_rounding_is_another(exact: float, off: float) -> None:
    assert holds({"X": [exact + off], "Y": [exact]}, "not_equal_when_rounded", "Y") == [True]


def test_one_to_one_within() -> None:
    columns = {
        "P": ["A", "A", "A", "A", "B", "B"],
        "X": [1.0, 1.0, 2.0, None, 1.0, 2.0],
        "Y": ["x", "x", "y", "z", "y", "y"],
    }
    assert holds(columns, "is_not_one_to_one_within", "Y", within="P") == [False] * 4 + [True] * 2
    assert holds(columns, "is_not_one_to_one_within", "Y") == [True, True, True, False, True, True]


def test_one_to_one_within_a_variable_that_is_absent() -> None:
    with pytest.raises(MissingColumnError):
        holds({"X": ["1"], "Y": ["2"]}, "is_not_one_to_one_within", "Y", within="P")


@pytest.mark.parametrize(
    ("number", "text", "differs", "later"),
    [
        (sas("2024-01-10"), "2024-01-10", False, False),
        (sas("2024-01-10"), "2024-01-10T08:30", False, False),
        (sas("2024-01-10"), "2024-01", False, False),
        (sas("2024-01-10"), "2024", False, False),
        (sas("2024-01-10"), "2024---10", False, False),
        (sas("2024-01-10"), "2024-01-09", True, True),
        (sas("2024-01-10"), "2024-02", True, False),
        (sas("2024-01-10"), "", False, False),
        (sas("2024-01-10"), "soon", False, False),
        (sas("2024-01-10"), "23385", False, False),
        (None, "2024-01-10", False, False),
        (sas("1959-12-31"), "1959-12-31", False, False),
    ],
)
def test_a_sas_date_against_an_iso_date(number: float | None, text: str, differs: bool, later: bool) -> None:
    columns = {"X": [number, 0.0], "Y": [text, "1960-01-01"]}
    assert holds(columns, "date_disagrees_with", "Y") == [differs, False]
    assert holds(columns, "is_later_date_than", "Y") == [later, False]


def test_a_sas_datetime_is_known_by_its_name() -> None:
    seconds = sas("2024-01-10") * 86400 + 8 * 3600 + 30 * 60
    columns = {"TRTSDTM": [seconds] * 3, "Y": ["2024-01-10T08:30", "2024-01-10", "2024-01-10T08:31"]}
    assert holds(columns, "date_disagrees_with", "Y", name="TRTSDTM") == [False, False, True]


ADSL = {"USUBJID": ["1", "2"], "DTHDT": [sas("2024-05-04"), None]}
ADRS = {
    "USUBJID": ["1", "1", "2"],
    "ASEQ": [1.0, 2.0, 1.0],
    "ADT": [sas("2024-01-10"), sas("2024-02-10"), None],
}
RS = {
    "DOMAIN": ["RS"] * 3,
    "USUBJID": ["1", "1", "2"],
    "RSSEQ": [1.0, 1.0, 3.0],
    "RSDTC": ["2024-01-10", "", "2024-02"],
}
SUPPRS = {
    "RDOMAIN": ["RS"],
    "USUBJID": ["2"],
    "IDVAR": ["RSSEQ"],
    "IDVARVAL": ["3"],
    "QNAM": ["RSQ"],
    "QVAL": ["Y"],
}
ADTTE = {
    "USUBJID": ["1", "1", "2", "2", "1", "1"],
    "PARAM": ["OS (days)", "OS [Months]", "OS (Day)", "OS", "Weeks to event", "OS (YEARS)"],
    "STARTDT": [100.0] * 6,
    "ADT": [110.0, 161.0, 99.0, 100.0, None, 465.25],
    "SRCDOM": ["ADRS", "ADSL", "RS", "RS", "ZZ", None],
    "SRCVAR": ["ADT", "DTHDT", "RSQ", "NOT", "ADT", None],
    "SRCSEQ": [2.0, None, 3.0, 4.0, 1.0, None],
}
STUDY = study(ADSL=ADSL, ADRS=ADRS, RS=RS, SUPPRS=SUPPRS, ADTTE=ADTTE)


def work(operator: str, on: str = "ADTTE", package: Package = STUDY, /, **options: Any) -> Frame:
    found = package.find(on)
    assert found is not None
    frame = Frame(found.frame, found.wildcard, options.pop("constants", {}), found.name)
    return OPERATIONS[operator](
        Work(Operation("$x", operator, options), frame, found, context_of(package, "ADAMIG", "1.3"))
    )


def column(operator: str, on: str = "ADTTE", package: Package = STUDY, /, **options: Any) -> list[Any]:
    found: list[Any] = work(operator, on, package, **options).data["$x"].to_list()
    return found


@pytest.mark.parametrize(
    ("operator", "options", "expected"),
    [
        ("difference", {"name": "ADT", "subtract": "STARTDT"}, [10, 61, -1, 0, None, 365.25]),
        ("study_day", {"name": "ADT", "reference": "STARTDT"}, [11, 62, -1, 1, None, 366.25]),
        ("elapsed", {"name": "ADT", "since": "STARTDT", "inclusive": True}, [11, 62, 0, 1, None, 366.25]),
        (
            "elapsed",
            {"name": "ADT", "since": "STARTDT", "unit": "YEARS"},
            [10 / 365.25, 61 / 365.25, -1 / 365.25, 0, None, 1],
        ),
        ("ratio", {"name": "ADT", "divide_by": "STARTDT", "times": 100}, [110, 161, 99, 100, None, 465.25]),
        ("time_unit", {"names": ["AVALU", "PARAM"]}, ["DAYS", "MONTHS", "DAYS", None, None, "YEARS"]),
        ("source_dataset", {}, [True, True, True, True, False, None]),
        ("source_variable", {}, [True, True, True, False, None, None]),
        ("source_records", {}, [1, 1, 1, 0, None, None]),
        ("source_date", {}, ["2024-02-10", "2024-05-04", None, None, None, None]),
    ],
)
def test_a_column_worked_out(operator: str, options: dict[str, Any], expected: list[Any]) -> None:
    assert column(operator, **options) == pytest.approx(expected)


def test_elapsed_time_in_the_unit_of_each_record() -> None:
    package = study(ADTTE={"U": ["DAYS", "WEEKS", None, "MOONS"], "A": [28.0] * 4, "S": [0.0] * 4})
    assert column("elapsed", "ADTTE", package, name="A", since="S", unit="U") == [28.0, 4.0, None, None]


def test_a_division_by_nothing_gives_nothing() -> None:
    package = study(ADLB={"AVAL": [1.0, 1.0], "BASE": [0.0, None]})
    assert column("ratio", "ADLB", package, name="AVAL", divide_by="BASE") == [None, None]


def test_a_division_by_the_size() -> None:
    package = study(ADLB={"CHG": [3.0, 3.0], "BASE": [-2.0, 2.0]})
    assert column("ratio", "ADLB", package, name="CHG", divide_by="BASE", absolute=True) == [1.5, 1.5]


def test_a_sequence_that_stands_twice_leads_to_two_records_and_to_no_date() -> None:
    source = {"USUBJID": ["1"], "SRCDOM": ["RS"], "SRCVAR": ["RSDTC"], "SRCSEQ": [1.0]}
    package = study(RS=RS, ADTTE=source)
    assert column("source_records", "ADTTE", package) == [2]
    assert column("source_date", "ADTTE", package) == [None]


def test_without_a_sequence_the_source_is_the_one_record_of_the_subject() -> None:
    source = {"USUBJID": ["1", "2"], "SRCDOM": ["RS", "RS"], "SRCVAR": ["RSDTC", "RSDTC"]}
    package = study(RS=RS, ADTTE=source)
    assert column("source_records", "ADTTE", package) == [2, 1]
    assert column("source_date", "ADTTE", package) == [None, "2024-02"]


def test_what_a_package_without_the_sources_knows() -> None:
    package = study(ADTTE=ADTTE)
    assert column("source_records", "ADTTE", package) == [None] * 6
    assert column("source_date", "ADTTE", package) == [None] * 6
    assert column("source_dataset", "ADTTE", package) == [False] * 5 + [None]


def test_existing_variables() -> None:
    found = work("existing_variables", names=["USUBJID", "PARAM", "BASETYPE"])
    assert found.constants["$x"] == ["USUBJID", "PARAM"]


def test_a_related_variable_has_another_name_in_checks_of_values() -> None:
    found = work("related_variable", constants={"variable_name": "STARTDT"}, find="^START", replace="A")
    assert found.name("$x") == "ADT"
    other = work("related_variable", constants={"variable_name": "PARAM"}, find="^START", replace="A")
    assert not other.has(other.name("$x"))
    with pytest.raises(NotExecutableError, match="values"):
        work("related_variable", find="^START", replace="A")


def test_arithmetic_of_a_variable_that_is_absent() -> None:
    with pytest.raises(MissingColumnError):
        work("difference", name="ADT", subtract="NOTHERE")


COPIES = study(
    DM={"DOMAIN": ["DM"] * 2, "USUBJID": ["1", "2"], "AGE": [50.0, 60.0]},
    ADSL={"USUBJID": ["1", "2", "9"], "AGE": [50.0, 61.0, 70.0]},
    ADVS={
        "USUBJID": ["1", "2", "2"],
        "AGE": ["50", "61", "60"],
        "PARAMCD": ["A"] * 3,
        "VSSEQ": [1.0, 2.0, None],
    },
    VS={"DOMAIN": ["VS"] * 2, "USUBJID": ["1", "2"], "VSSEQ": [1.0, 2.0], "VSPOS": ["SITTING", "SUPINE"]},
)
DIFFERS = [{"name": "variable_value", "operator": "not_equal_to", "value": "copied_value"}]
EVERY = {"Data Structures": {"Include": ["ALL"]}}


def test_values_are_held_against_the_record_of_the_subject() -> None:
    """A number and the text of it are the same; who has no record there is not judged."""
    same = rule(DIFFERS, Rule_Type="INT Value Check against Subject Record", Scope=EVERY)
    found = run(COPIES, same, standard="ADAMIG", version="1.3")
    assert records(found) == [("ADSL", 2), ("ADVS", 3)]


def test_values_are_held_against_the_source_record() -> None:
    data = {"USUBJID": ["1", "2", "2"], "VSSEQ": [1.0, 2.0, None], "VSPOS": ["SITTING", "SITTING", "PRONE"]}
    same = rule(DIFFERS, Rule_Type="INT Value Check against Source Record", Scope=EVERY)
    package = package_of([*(d for d in COPIES.datasets if d.name != "ADVS"), dataset("ADVS", data)])
    assert records(run(package, same, standard="ADAMIG", version="1.3")) == [("ADVS", 2)]


@given(st.integers(-2000, 2000))
def test_there_is_no_study_day_0(days: int) -> None:
    start = date(2024, 1, 10)
    package = study(
        ADVS={"A": [float((start + timedelta(days) - EPOCH).days)], "R": [float((start - EPOCH).days)]}
    )
    assert column("study_day", "ADVS", package, name="A", reference="R") == [days + 1 if days >= 0 else days]


def test_absent_variables() -> None:
    found = work("absent_variables", names=["USUBJID", "PARAM", "BASETYPE"])
    assert found.constants["$x"] == ["BASETYPE"]


def test_values_of_the_subject_by_the_names_of_variables() -> None:
    adsl = {"USUBJID": ["1", "2"], "TRT01P": ["A", "B"], "TRT02P": ["B", None], "TRT01PN": [1.0, 2.0]}
    package = study(ADSL=adsl, ADVS={"USUBJID": ["1", "2", "3"]})
    assert column("subject_values", "ADVS", package, find=r"TRT\d\dP") == [["A", "B"], ["B"], None]
    with pytest.raises(MissingColumnError):
        work("subject_values", "ADVS", package, find=r"TRT\d\dA")
    with pytest.raises(SkippedError, match="ADSL"):
        work("subject_values", "ADVS", study(ADVS={"USUBJID": ["1"]}), find="A")
