"""The operations of the rule language: name ─▶ function that adds `id` to a frame."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from interop.rules.operations import (
    aggregate,
    arithmetic,
    columns,
    dictionary,
    metadata,
    naming,
    terminology,
    tracing,
)
from interop.rules.operations.base import Operator, Work

OPERATIONS: Mapping[str, Operator] = MappingProxyType(
    {
        "distinct": aggregate.distinct,
        "record_count": aggregate.record_count,
        "max": aggregate.maximum,
        "min": aggregate.minimum,
        "mean": aggregate.mean,
        "max_date": aggregate.max_date,
        "min_date": aggregate.min_date,
        "variable_value_count": aggregate.variable_value_count,
        "dy": columns.dy,
        "split_by": columns.split_by,
        "map": columns.mapped,
        "minus": columns.minus,
        "regex_find_replace": columns.regex_find_replace,
        "variable_exists": metadata.variable_exists,
        "variable_is_null": metadata.variable_is_null,
        "variable_count": metadata.variable_count,
        "variable_names": metadata.variable_names,
        "study_domains": metadata.study_domains,
        "dataset_names": metadata.dataset_names,
        "standard_domains": metadata.standard_domains,
        "domain_label": metadata.domain_label,
        "domain_is_custom": metadata.domain_is_custom,
        "related_domain_is_custom": metadata.related_domain_is_custom,
        "extract_metadata": metadata.extract_metadata,
        "get_library_class_domains": metadata.library_class_domains,
        "get_column_order_from_dataset": metadata.column_order_from_dataset,
        "get_column_order_from_library": metadata.column_order_from_library,
        "get_model_column_order": metadata.model_column_order,
        "get_parent_model_column_order": metadata.parent_model_column_order,
        "get_model_filtered_variables": metadata.model_filtered_variables,
        "get_dataset_filtered_variables": metadata.dataset_filtered_variables,
        "required_variables": metadata.required_variables,
        "expected_variables": metadata.expected_variables,
        "permissible_variables": metadata.permissible_variables,
        "label_referenced_variable_metadata": metadata.label_referenced_variable_metadata,
        "name_referenced_variable_metadata": metadata.name_referenced_variable_metadata,
        "codelist_terms": terminology.codelist_terms,
        "codelist_extensible": terminology.codelist_extensible,
        "get_codelist_attributes": terminology.codelist_attributes,
        "valid_codelist_dates": terminology.valid_codelist_dates,
        "valid_meddra_code_references": dictionary.valid_meddra_code_references,
        "valid_meddra_term_references": dictionary.valid_meddra_term_references,
        "valid_meddra_code_term_pairs": dictionary.valid_meddra_code_term_pairs,
        "valid_external_dictionary_value": dictionary.valid_external_dictionary_value,
        "valid_external_dictionary_code": dictionary.valid_external_dictionary_code,
        "valid_external_dictionary_code_term_pair": dictionary.valid_external_dictionary_code_term_pair,
        "valid_define_external_dictionary_version": dictionary.valid_define_external_dictionary_version,
        "define_variable_metadata": metadata.define_variable_metadata,
        "define_extensible_codelists": terminology.define_extensible_codelists,
        # Ours; CDISC's language has none of these.
        "difference": arithmetic.difference,
        "ratio": arithmetic.ratio,
        "study_day": arithmetic.study_day,
        "elapsed": arithmetic.elapsed,
        "time_unit": arithmetic.time_unit,
        "existing_variables": naming.existing_variables,
        "absent_variables": naming.absent_variables,
        "related_variable": naming.related_variable,
        "subject_values": naming.subject_values,
        "source_dataset": tracing.source_dataset,
        "source_variable": tracing.source_variable,
        "source_records": tracing.source_records,
        "source_date": tracing.source_date,
        "sequence_records": tracing.sequence_records,
    }
)

__all__ = ["OPERATIONS", "Operator", "Work"]
