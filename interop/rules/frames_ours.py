"""Rule types of ours, beside those of CDISC's language: their names begin with INT."""

from __future__ import annotations

from collections.abc import Mapping

from interop.rules.frames_define import (
    codelists_against_terminology,
    contents_against_define,
    values_beside_define,
)
from interop.rules.frames_files import dataset_files, variable_contents
from interop.rules.frames_references import references
from interop.rules.frames_terminology import values_against_terminology
from interop.rules.frames_text import date_values, text_values
from interop.rules.rows import Builder

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
}
