"""Each operator on values that can be seen: texts, numbers, empty ones."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from interop.rules.evaluate import answer
from interop.rules.frames.rows import table
from interop.rules.language import Condition
from interop.rules.operand import Frame
from interop.rules.operators import OPERATORS
from interop.rules.outcome import MissingColumnError, NotExecutableError
from tests.rules.support import holds

T, F = True, False
TEXTS = ["A", "b", "", None]
NUMBERS = [1.0, 2.5, None, -3.0]
DATES = ["2020-03-05", "2020-03", "2020-03-05T10:00", "", "--03-05", "05MAR2020"]


@pytest.mark.parametrize(
    ("operator", "values", "value", "options", "expected"),
    [
        ("empty", TEXTS, None, {}, [F, F, T, T]),
        ("non_empty", NUMBERS, None, {}, [T, T, F, T]),
        ("exists", TEXTS, None, {}, [T] * 4),
        ("not_exists", TEXTS, None, {}, [F] * 4),
        ("equal_to", TEXTS, "A", {}, [T, F, F, F]),
        ("not_equal_to", TEXTS, "A", {}, [F, T, T, T]),
        ("equal_to", TEXTS, "", {}, [F] * 4),
        ("not_equal_to", TEXTS, "", {}, [T, T, F, F]),
        ("equal_to", NUMBERS, 1, {}, [T, F, F, F]),
        ("equal_to", ["1", "2.5"], 1, {}, [F, F]),
        ("equal_to", ["1", "02.50"], 2.5, {"type_insensitive": T}, [F, T]),
        ("not_equal_to", ["1.0", "x "], "1", {"type_insensitive": T}, [F, T]),
        ("equal_to", [1.4, 2.6], 3, {"round_values": T}, [F, T]),
        ("equal_to_case_insensitive", TEXTS, "a", {}, [T, F, F, F]),
        ("not_equal_to_case_insensitive", TEXTS, "B", {}, [T, F, T, T]),
        ("less_than", NUMBERS, 2, {}, [T, F, F, T]),
        ("less_than_or_equal_to", NUMBERS, 1, {}, [T, F, F, T]),
        ("greater_than", NUMBERS, 1, {}, [F, T, F, F]),
        ("greater_than_or_equal_to", ["10", "x", ""], 10, {}, [T, F, F]),
        ("is_numeric", NUMBERS, None, {}, [T] * 4),
        ("is_not_numeric", TEXTS, None, {}, [T] * 4),
        ("is_contained_by", TEXTS, ["A", "C"], {}, [T, F, F, F]),
        ("is_not_contained_by", TEXTS, ["A", "C"], {}, [F, T, T, T]),
        ("is_contained_by", NUMBERS, [1, "2.5"], {}, [T, F, F, F]),
        ("is_contained_by_case_insensitive", TEXTS, ["a", "B"], {}, [T, T, F, F]),
        ("is_not_contained_by_case_insensitive", TEXTS, ["a"], {}, [F, T, T, T]),
        ("contains", ["INFORMED CONSENT", "", None], "CONSENT", {}, [T, F, F]),
        ("does_not_contain", ["INFORMED CONSENT", "", None], "CONSENT", {}, [F, T, T]),
        ("contains_case_insensitive", ["Consent"], "cons", {}, [T]),
        ("starts_with", ["RACE1", "ARACE", None], "RACE", {}, [T, F, F]),
        ("ends_with", ["AEDTC", "DTCX", None], "DTC", {}, [T, F, F]),
        ("prefix_equal_to", ["AETERM", "CMTRT", None], "AE", {"prefix": 2, "literal": T}, [T, F, F]),
        ("prefix_equal_to", ["AETERM", "CMTRT"], "DOMAIN", {"prefix": 2}, [T, F]),
        ("prefix_not_equal_to", ["AETERM", "CMTRT", None], "AE", {"prefix": 2, "literal": T}, [F, T, T]),
        ("suffix_equal_to", ["TRT01A", "TRT01P"], "A", {"suffix": 1, "literal": T}, [T, F]),
        ("suffix_not_equal_to", ["TRT01A", "TRT01P"], "A", {"suffix": 1, "literal": T}, [F, T]),
        ("prefix_is_contained_by", ["AETERM", "CMTRT"], ["AE"], {"prefix": 2}, [T, F]),
        ("prefix_is_not_contained_by", ["AETERM", "CMTRT"], ["AE"], {"prefix": 2}, [F, T]),
        ("suffix_is_contained_by", ["FAAE", "FACM"], ["AE"], {"suffix": 2}, [T, F]),
        ("suffix_is_not_contained_by", ["FAAE", "FACM"], ["AE"], {"suffix": 2}, [F, T]),
        ("longer_than", ["abc", "ab", "", None], 2, {}, [T, F, F, F]),
        ("longer_than_or_equal_to", ["abc", "ab", ""], 2, {}, [T, T, F]),
        ("shorter_than", ["abc", "a", None], 2, {}, [F, T, T]),
        ("shorter_than_or_equal_to", ["abc", "ab", None], 2, {}, [F, T, T]),
        ("has_equal_length", ["abc", "ab"], 2, {}, [F, T]),
        ("has_not_equal_length", ["abc", "ab", None], 2, {}, [T, F, T]),
        ("split_parts_have_equal_length", ["ab/cd", "a/bcd", "x", ""], None, {}, [T, F, T, T]),
        ("split_parts_have_unequal_length", ["a|bc"], None, {"separator": "|"}, [T]),
        ("matches_regex", ["AE1", "1AE", None], "[A-Z]+", {}, [T, F, F]),
        ("not_matches_regex", ["AE1", "1AE", "", None], "[A-Z]+", {}, [F, T, F, F]),
        ("matches_regex", ["P1D", "P", "PX"], r"^P(?=\d+[YMD])(\d+D)?$", {}, [T, F, F]),
        ("matches_regex", [2.0, 2.5], r"^2$", {}, [T, F]),
        ("prefix_matches_regex", ["AE1", "1AE"], "^[A-Z]", {"prefix": 1}, [T, F]),
        ("not_prefix_matches_regex", ["AE1", "1AE", None], "^[A-Z]", {"prefix": 1}, [F, T, F]),
        ("suffix_matches_regex", ["AE1", "1AE"], "[0-9]", {"suffix": 1}, [T, F]),
        ("not_suffix_matches_regex", ["AE1", "1AE", None], "[0-9]", {"suffix": 1}, [F, T, F]),
        ("is_complete_date", DATES, None, {}, [T, F, T, F, F, F]),
        ("is_incomplete_date", DATES, None, {}, [F, T, F, T, T, T]),
        ("invalid_date", DATES, None, {}, [F, F, F, T, F, T]),
        ("invalid_date", ["2003-02-31", "2003-20", "2003---15", "2020-01-01T10:00Z"], None, {}, [T, T, F, F]),
        (
            "invalid_duration",
            ["P1Y2M", "PT5H", "P7W", "P", "1D", "P1.5Y2D", None],
            None,
            {},
            [F, F, F, T, T, T, T],
        ),
        ("invalid_duration", ["-P1D", "P1D"], None, {"negative": F}, [T, F]),
        ("date_equal_to", DATES, "2020-03-05", {}, [T, F, F, F, F, F]),
        ("date_not_equal_to", DATES, "2020-03-05", {}, [F, T, T, F, F, F]),
        ("date_less_than", DATES, "2020-03-06", {}, [T, F, T, F, F, F]),
        ("date_less_than_or_equal_to", DATES, "2020-03-05", {}, [T, T, T, F, F, F]),
        ("date_greater_than", DATES, "2020-02", {}, [T, T, T, F, F, F]),
        ("date_greater_than_or_equal_to", DATES, "2020-03", {}, [T, T, T, F, F, F]),
        ("date_equal_to", ["2020-05-01", "2021-03-01"], "2020-01-01", {"date_component": "year"}, [T, F]),
        ("date_greater_than", ["2020-01-01T10:00+02:00"], "2020-01-01T09:00Z", {}, [F]),
        ("has_different_values", ["a", "a", "b"], None, {}, [T] * 3),
        ("has_same_values", ["a", "a"], None, {}, [T] * 2),
        ("is_ordered_by", [1.0, 3.0, 2.0], None, {"order": "asc"}, [T, F, F]),
        ("is_ordered_by", [1.0, None, None], None, {"order": "asc"}, [T, T, T]),
        ("is_not_ordered_by", [2.0, None, 1.0, None], None, {"order": "asc"}, [T, T, T, F]),
    ],
)
def test_against_a_value(
    operator: str, values: list[Any], value: Any, options: dict[str, Any], expected: list[bool]
) -> None:
    assert holds({"X": values}, operator, value, **options) == expected


@pytest.mark.parametrize(
    ("operator", "x", "y", "expected"),
    [
        ("equal_to", ["a", "", None, "a"], ["a", "b", None, None], [T, F, F, F]),
        ("not_equal_to", ["a", "", None, "a"], ["b", "b", None, None], [T, T, F, T]),
        ("greater_than", [2.0, None], [1.0, 1.0], [T, F]),
        ("longer_than", ["abc", "a"], ["ab", "ab"], [T, F]),
        ("is_contained_by", ["a", "z"], ["x", "a"], [T, F]),
        ("date_less_than", ["2020-01-01", "2020-02"], ["2020-01-02T08:00", "2020-02-09"], [T, F]),
        ("is_not_unique_relationship", ["a", "a", "b", ""], ["1", "2", "3", "3"], [T, T, T, T]),
        ("is_not_unique_relationship", ["a", "a", "b", "c"], ["1", "1", "2", "3"], [F, F, F, F]),
        ("is_unique_relationship", ["a", "a", "b"], ["1", "1", "2"], [T, T, T]),
        ("is_not_unique_set", ["1", "1", "2", "", ""], ["x", "x", "x", "y", "y"], [T, T, F, T, T]),
        ("is_unique_set", ["1", "1"], ["x", "y"], [T, T]),
        ("is_inconsistent_across_dataset", ["u", "u", "v", "w"], ["a", "a", "a", "b"], [F, F, T, F]),
        ("is_inconsistent_across_dataset", ["u", "v", "w"], ["a", "a", "b"], [T, T, F]),
        ("is_ordered_set", [1.0, 3.0, 2.0, 1.0], ["a", "a", "a", "b"], [T, F, F, T]),
        ("is_not_ordered_set", [2.0, 1.0], ["a", "a"], [T, T]),
        ("starts_with", ["abc", "zbc"], ["ab", "q"], [T, F]),
    ],
)
def test_against_a_variable(operator: str, x: list[Any], y: list[Any], expected: list[bool]) -> None:
    assert holds({"X": x, "Y": y}, operator, "Y") == expected


def test_by_reference_the_comparator_names_the_variable() -> None:
    columns = {"X": ["1", "2", "3"], "IDVAR": ["AESEQ", "AESEQ", "NONE"], "AESEQ": [1.0, 9.0, 3.0]}
    assert holds(columns, "not_equal_to", "IDVAR", reference=True, type_insensitive=True) == [F, T, T]
    assert holds(columns, "equal_to", "IDVAR", reference=True, type_insensitive=True) == [T, F, F]


def test_a_literal_is_never_a_variable() -> None:
    assert holds({"X": ["Y", "a"], "Y": ["a", "a"]}, "equal_to", "Y", literal=True) == [T, F]
    assert holds({"X": ["Y", "a"], "Y": ["a", "a"]}, "equal_to", "Y") == [F, T]


def test_dashes_stand_for_the_domain() -> None:
    assert holds({"AETERM": ["x", ""]}, "empty", name="--TERM") == [F, T]
    assert holds({"AEDECOD": ["x", "y"], "AETERM": ["x", "z"]}, "equal_to", "--TERM", name="--DECOD") == [
        T,
        F,
    ]


def test_groups() -> None:
    columns = {"X": ["a", "a", "a", "b"], "G": ["1", "1", "2", "2"]}
    assert holds(columns, "present_on_multiple_rows_within", within="G") == [T, T, F, F]
    assert holds(columns, "not_present_on_multiple_rows_within", within="G") == [F, F, T, T]
    assert holds(columns, "present_on_multiple_rows_within", 2, within="G") == [F] * 4


def test_the_last_row_of_a_group_may_be_empty() -> None:
    columns = {"X": ["", "a", "", ""], "G": ["1", "1", "1", "2"], "N": [1.0, 2.0, 3.0, 1.0]}
    assert holds(columns, "empty_within_except_last_row", "G", ordering="N") == [T, F, F, F]
    assert holds(columns, "non_empty_within_except_last_row", "G", ordering="N") == [F, T, F, F]


def test_the_next_record_continues_in_any_order_of_the_file() -> None:
    columns = {
        "X": ["e2", "e1", "q"],
        "START": ["e1", "e0", "q0"],
        "G": ["1", "1", "2"],
        "N": [2.0, 1.0, 1.0],
    }
    found = holds(columns, "does_not_have_next_corresponding_record", "START", within="G", ordering="N")
    assert found == [F, F, F]
    columns["X"] = ["e2", "gap", "q"]
    found = holds(columns, "does_not_have_next_corresponding_record", "START", within="G", ordering="N")
    assert found == [F, T, F]


def test_numbered_variables_fill_from_the_first() -> None:
    columns = {"X": ["a", "", "a"], "X1": ["b", "b", ""], "X2": ["", "", "c"], "XY": ["", "z", ""]}
    assert holds(columns, "inconsistent_enumerated_columns") == [F, T, T]


def test_sorted_by_dates() -> None:
    key = [{"name": "D", "sort_order": "asc", "null_position": "last"}]
    columns = {
        "X": [1.0, 2.0, 3.0, 1.0],
        "D": ["2020-01-02", "2020-01-01", "2020-02", "2021"],
        "G": ["1", "1", "1", "2"],
    }
    assert holds(columns, "target_is_not_sorted_by", key, within="G") == [T, T, F, F]
    columns["D"] = ["2020-01", "2020-01-05", "2020-03", "2021"]
    assert holds(columns, "target_is_not_sorted_by", key, within="G") == [T, T, F, F]
    columns["D"] = ["2020-01-01", "", "2020-03-01", ""]
    assert holds(columns, "target_is_sorted_by", key, within="G") == [T, F, T, T]


def test_lists_that_operations_found() -> None:
    ops = {"$cols": ["STUDYID", "AESEQ"], "$lib": ["STUDYID", "DOMAIN", "AESEQ"], "$timing": ["AEDTC"]}
    rows = {"X": ["AESEQ", "ZZ"]}
    assert holds(rows, "is_contained_by", "$cols", ops=ops) == [T, F]
    assert holds(rows, "is_ordered_subset_of", "$lib", name="$cols", ops=ops) == [T, T]
    assert holds(rows, "is_not_ordered_subset_of", "$cols", name="$lib", ops=ops) == [T, T]
    assert holds(rows, "shares_no_elements_with", "$timing", name="$cols", ops=ops) == [T, T]
    assert holds(rows, "shares_at_least_one_element_with", "$lib", name="$cols", ops=ops) == [T, T]
    assert holds(rows, "shares_exactly_one_element_with", "$lib", name="$cols", ops=ops) == [F, F]
    assert holds(rows, "contains", "AESEQ", name="$cols", ops=ops) == [T, T]
    assert holds(rows, "empty", name="$cols", ops=ops) == [F, F]
    assert holds(rows, "not_contains_all", ["$timing"], ops=ops) == [T, F]  # once for the dataset
    assert holds(rows, "contains_all", ["AESEQ", "ZZ"], ops=ops) == [T, T]


def test_lists_of_each_row() -> None:
    rows = {"X": ["a", "c", ""], "L": [["a", "b"], ["b"], None]}
    assert holds(rows, "is_contained_by", "L") == [T, F, F]
    assert holds(rows, "is_not_contained_by", "L") == [F, T, T]
    assert holds(rows, "contains", "b", name="L") == [T, T, F]
    assert holds(rows, "empty", name="L") == [F, F, T]


def test_part_of_a_text() -> None:
    ops = {"$name": "SUPPAE"}
    found = holds({"X": ["AE", "CM", ""]}, "does_not_equal_string_part", "$name", regex=".{4}(..).*", ops=ops)
    assert found == [F, T, T]


def test_unique_by_day_with_a_regular_expression() -> None:
    columns = {"X": ["1", "1"], "D": ["2020-01-01T08:00", "2020-01-01T09:00"]}
    assert holds(columns, "is_not_unique_set", ["D"]) == [F, F]
    assert holds(columns, "is_not_unique_set", ["D"], regex=r"^\d{4}-\d{2}-\d{2}") == [T, T]


def test_what_cannot_be_asked_is_said() -> None:
    with pytest.raises(MissingColumnError, match="NONE"):
        holds({"X": ["a"]}, "empty", name="NONE")
    with pytest.raises(NotExecutableError, match="is for text"):
        holds({"X": [1.0]}, "longer_than", 2)
    with pytest.raises(NotExecutableError, match="not valid"):
        holds({"X": ["a"]}, "matches_regex", "(?=")
    with pytest.raises(NotExecutableError, match="needs `prefix`"):
        holds({"X": ["a"]}, "prefix_equal_to", "a")


def test_every_operator_answers_a_frame_without_an_error_of_its_own() -> None:
    """Whatever the data, an operator gives a mask or says why it cannot."""
    options: dict[str, Any] = {"within": "G", "ordering": "N", "prefix": 1, "suffix": 1, "regex": "(.)"}
    columns = {"X": ["a", "", "2020-01-01"], "Y": [1.0, None, 2.0], "G": ["1", "1", ""], "N": [2.0, 1.0, 1.0]}
    for operator in OPERATORS:
        value: Any = [{"name": "Y", "sort_order": "asc"}] if "sorted" in operator else "Y"
        try:
            found = holds(columns, operator, value, **options)
        except NotExecutableError:
            continue
        assert len(found) == 3, operator
        assert None not in found, operator


def test_the_part_of_the_target_that_a_regular_expression_finds_gives_the_order() -> None:
    columns = {"G": ["g"] * 3, "X": ["V 2", "V 10", "V 09"], "C": ["2020-01-01", "2020-03-01", "2020-02-01"]}
    key = [{"name": "C", "sort_order": "asc"}]
    # As texts V 09 and V 10 come before V 2; as numbers 2, 9, 10.
    assert holds(columns, "target_is_sorted_by", key, within="G") != [T, T, T]
    assert holds(columns, "target_is_sorted_by", key, within="G", regex=r"(\d+)") == [T, T, T]
    assert holds(columns, "target_is_not_sorted_by", key, within="G", regex=r"(?<=V )(\d+)") == [F, F, F]
    with pytest.raises(NotExecutableError, match="no group to order by"):
        holds(columns, "target_is_sorted_by", key, within="G", regex=r"\d+")


def test_a_part_of_text_equals_a_number_only_where_types_do_not_matter() -> None:
    columns = {"X": [1.0, 2.0], "Y": ["V01", "V01"]}
    assert holds(columns, "equals_string_part", "Y", regex=r"V(\d+)") == [F, F]
    assert holds(columns, "equals_string_part", "Y", regex=r"V(\d+)", type_insensitive=True) == [T, F]


def test_a_column_of_empty_lists_is_one_of_texts() -> None:
    frame = table([{"X": [], "Y": ["A"]}, {"X": [], "Y": []}])
    assert frame.schema == {"X": pl.List(pl.String), "Y": pl.List(pl.String)}


def test_lists_of_each_row_are_in_the_order_of_another() -> None:
    columns = {"X": [["A", "C"], ["C", "A"], ["D"], []], "Y": [["A", "B", "C"]] * 4}
    assert holds(columns, "is_ordered_subset_of", "Y") == [T, F, F, T]
    assert holds(columns, "is_not_ordered_subset_of", "Y") == [F, T, T, F]
    assert holds(columns, "is_ordered_subset_of", "$all", ops={"$all": ["C", "A"]}) == [F, T, F, T]


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [("1", "2", F), ("1", "1.0", T), ("1", 1, T), ("x", 1, F), (1, "01", T), (1, "2", F), ("x", "x ", T)],
)
def test_two_values_of_operations_are_compared_whatever_their_types(
    left: object, right: object, same: bool
) -> None:
    """Of two that stand for all rows the answer is known without the rows."""
    frame = Frame(pl.DataFrame({"A": [1.0]}), constants={"$left": left, "$right": right})
    for operator, wanted in (("equal_to", same), ("not_equal_to", not same)):
        condition = Condition("$left", operator, "$right", options={"type_insensitive": True})
        assert answer(frame, OPERATORS[operator](frame, condition)).to_list() == [wanted]
