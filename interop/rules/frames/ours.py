"""Rule types of ours, beside those of CDISC's language: their names begin with INT."""

from __future__ import annotations

from collections.abc import Mapping

from interop.rules.frames.copies import (
    values_against_source,
    values_against_subject,
    variables_against_subject,
)
from interop.rules.frames.define import (
    codelists_against_terminology,
    contents_against_define,
    values_beside_define,
)
from interop.rules.frames.files import dataset_files, variable_contents
from interop.rules.frames.references import references
from interop.rules.frames.rows import Builder
from interop.rules.frames.terminology import values_against_terminology
from interop.rules.frames.text import date_values, text_values

OURS: Mapping[str, Builder] = {
    "INT Value Check against Terminology": values_against_terminology,
    "INT Value Check of Texts": text_values,
    "INT Value Check of Dates": date_values,
    "INT Value Check against Define XML": values_beside_define,
    "INT Define XML Codelist Check against Terminology": codelists_against_terminology,
    "INT Variable Content Check": variable_contents,
    "INT Variable Content Check against Define XML": contents_against_define,
    "INT Dataset File Check": dataset_files,
    "INT Reference Check": references,
    "INT Value Check against Subject Record": values_against_subject,
    "INT Value Check against Source Record": values_against_source,
    "INT Variable Metadata Check against Subject Dataset": variables_against_subject,
}
