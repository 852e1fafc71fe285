"""The operators of the rule language: name ─▶ function of a frame and a condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from interop.rules.language import Condition
from interop.rules.operand import Frame, Mask
from interop.rules.operators import analysis, compare, dates, groups, lists, membership, sequence, text

Operator = Callable[[Frame, Condition], Mask]


def negated(operator: Operator) -> Operator:
    """The operator that holds where `operator` does not."""

    def opposite(frame: Frame, condition: Condition) -> Mask:
        found = operator(frame, condition)
        return not found if isinstance(found, bool) else ~found

    return opposite


# Name, function, and the name of the opposite (empty where the language has none).
_TABLE: tuple[tuple[str, Operator, str], ...] = (
    ("exists", compare.exists, "not_exists"),
    ("empty", compare.empty, "non_empty"),
    ("equal_to", compare.equal_to, ""),
    ("not_equal_to", compare.not_equal_to, ""),
    ("equal_to_case_insensitive", compare.equal_to_case_insensitive, ""),
    ("not_equal_to_case_insensitive", compare.not_equal_to_case_insensitive, ""),
    ("equals_string_part", compare.equals_string_part, "does_not_equal_string_part"),
    ("less_than", compare.less_than, ""),
    ("less_than_or_equal_to", compare.less_than_or_equal_to, ""),
    ("greater_than", compare.greater_than, ""),
    ("greater_than_or_equal_to", compare.greater_than_or_equal_to, ""),
    ("is_numeric", compare.is_numeric, "is_not_numeric"),
    ("is_contained_by", membership.is_contained_by, "is_not_contained_by"),
    (
        "is_contained_by_case_insensitive",
        membership.is_contained_by_case_insensitive,
        "is_not_contained_by_case_insensitive",
    ),
    ("prefix_is_contained_by", membership.prefix_is_contained_by, "prefix_is_not_contained_by"),
    ("suffix_is_contained_by", membership.suffix_is_contained_by, "suffix_is_not_contained_by"),
    ("contains", membership.contains, "does_not_contain"),
    ("contains_case_insensitive", membership.contains_case_insensitive, "does_not_contain_case_insensitive"),
    ("contains_all", membership.contains_all, ""),
    ("not_contains_all", membership.not_contains_all, ""),
    ("matches_regex", text.matches_regex, ""),
    ("not_matches_regex", text.not_matches_regex, ""),
    ("prefix_matches_regex", text.prefix_matches_regex, ""),
    ("not_prefix_matches_regex", text.not_prefix_matches_regex, ""),
    ("suffix_matches_regex", text.suffix_matches_regex, ""),
    ("not_suffix_matches_regex", text.not_suffix_matches_regex, ""),
    ("starts_with", text.starts_with, ""),
    ("ends_with", text.ends_with, ""),
    ("prefix_equal_to", text.prefix_equal_to, "prefix_not_equal_to"),
    ("suffix_equal_to", text.suffix_equal_to, "suffix_not_equal_to"),
    ("has_equal_length", text.has_equal_length, "has_not_equal_length"),
    ("longer_than", text.longer_than, "shorter_than_or_equal_to"),
    ("longer_than_or_equal_to", text.longer_than_or_equal_to, "shorter_than"),
    ("split_parts_have_equal_length", text.split_parts_have_equal_length, "split_parts_have_unequal_length"),
    ("is_complete_date", dates.is_complete_date, "is_incomplete_date"),
    ("valid_date", dates.valid_date, "invalid_date"),
    ("valid_duration", dates.valid_duration, "invalid_duration"),
    ("date_equal_to", dates.date_equal_to, ""),
    ("date_not_equal_to", dates.date_not_equal_to, ""),
    ("date_less_than", dates.date_less_than, ""),
    ("date_less_than_or_equal_to", dates.date_less_than_or_equal_to, ""),
    ("date_greater_than", dates.date_greater_than, ""),
    ("date_greater_than_or_equal_to", dates.date_greater_than_or_equal_to, ""),
    ("is_unique_set", groups.is_unique_set, "is_not_unique_set"),
    ("is_unique_relationship", groups.is_unique_relationship, "is_not_unique_relationship"),
    ("is_inconsistent_across_dataset", groups.is_inconsistent_across_dataset, ""),
    ("has_different_values", groups.has_different_values, "has_same_values"),
    (
        "present_on_multiple_rows_within",
        groups.present_on_multiple_rows_within,
        "not_present_on_multiple_rows_within",
    ),
    ("inconsistent_enumerated_columns", groups.inconsistent_enumerated_columns, ""),
    (
        "value_has_multiple_references",
        lists.value_has_multiple_references,
        "value_does_not_have_multiple_references",
    ),
    ("shares_at_least_one_element_with", lists.shares_at_least_one_element_with, ""),
    ("shares_exactly_one_element_with", lists.shares_exactly_one_element_with, ""),
    ("shares_no_elements_with", lists.shares_no_elements_with, ""),
    ("is_ordered_subset_of", lists.is_ordered_subset_of, "is_not_ordered_subset_of"),
    ("empty_within_except_last_row", sequence.empty_within_except_last_row, ""),
    ("non_empty_within_except_last_row", sequence.non_empty_within_except_last_row, ""),
    (
        "has_next_corresponding_record",
        sequence.has_next_corresponding_record,
        "does_not_have_next_corresponding_record",
    ),
    ("is_ordered_set", sequence.is_ordered_set, "is_not_ordered_set"),
    ("is_ordered_by", sequence.is_ordered_by, "is_not_ordered_by"),
    ("target_is_sorted_by", sequence.target_is_sorted_by, "target_is_not_sorted_by"),
    # Ours; CDISC's language has none of these.
    ("not_equal_when_rounded", analysis.not_equal_when_rounded, ""),
    ("is_not_one_to_one_within", analysis.is_not_one_to_one_within, ""),
    ("date_disagrees_with", analysis.date_disagrees_with, ""),
    ("is_later_date_than", analysis.is_later_date_than, ""),
)


def _operators() -> dict[str, Operator]:
    found: dict[str, Operator] = {}
    for name, operator, opposite in _TABLE:
        found[name] = operator
        if opposite:
            found[opposite] = negated(operator)
    return found


OPERATORS: Mapping[str, Operator] = MappingProxyType(_operators())
