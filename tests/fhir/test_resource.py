"""Element paths become nested resources, and say themselves what they were made from."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars import col, lit, when

from interop.errors import SpecError
from interop.fhir.resource import Element, nest, reads_of, source_uri
from interop.fhir.rows import Rows, resource_id
from tests.fhir.samples import STUDY

ROWS = Rows(pl.DataFrame({"dose": ["1.00", None], "unit": ["mg", None], "name": ["a", "b"]}))


def test_paths_nest_and_what_is_absent_leaves_no_trace() -> None:
    elements = (
        Element("dose.value", col("dose"), Decimal),
        Element("dose.unit", col("unit")),
        Element("identifier[0].system", when(col("unit").is_not_null()).then(lit("s"))),
        Element("identifier[1].value", col("name")),
    )
    items, _ = nest(ROWS, elements)
    assert items == [
        {"dose": {"value": Decimal("1.00"), "unit": "mg"}, "identifier": [{"system": "s"}, {"value": "a"}]},
        {"identifier": [{"value": "b"}]},
    ]


def test_references_are_collected_wherever_they_stand() -> None:
    elements = (
        Element("subject.reference", lit("Patient/") + col("name")),
        Element("extension[0]", lit(""), lambda _: {"valueReference": {"reference": "ResearchStudy/s"}}),
        Element("outcome", col("dose"), lambda d: [{"reference": f"Dose/{d}"}]),
    )
    _, references = nest(ROWS, elements)
    assert references == {"Patient/a", "Patient/b", "ResearchStudy/s", "Dose/1.00"}


def test_an_element_reads_what_its_expression_reads_however_far_back() -> None:
    rows = ROWS.derive(_strong=col("dose") + col("unit")).look_up("_code", "_strong", str.upper)
    reads = reads_of("X", rows, [Element("code", col("_code")), Element("status", lit("final"))])
    assert reads.rows() == [("X", "code", "dose"), ("X", "code", "unit")]


@pytest.mark.parametrize("path", ["a..b", "1a", "a[b]", ""])
def test_a_path_that_is_none_is_a_defect_of_the_page(path: str) -> None:
    with pytest.raises(SpecError, match="not an element path"):
        nest(ROWS, [Element(path, col("name"))])


def test_an_element_is_filled_once() -> None:
    with pytest.raises(SpecError, match="filled twice"):
        nest(ROWS, [Element("a.b", col("name")), Element("a.b", col("dose"))])


@pytest.mark.parametrize(
    ("reference", "uri"),
    [
        ("EX.csv#7", "EX.csv#7"),
        ("VS.csv#2:DIABP", "VS.csv#2:DIABP"),
        ("my form #2.csv#3", "my%20form%20%232.csv#3"),
        ("study.yaml", "study.yaml"),
        ("a:b.csv#1", "a%3Ab.csv#1"),
    ],
)
def test_a_source_reference_is_a_uri(reference: str, uri: str) -> None:
    assert source_uri(reference) == uri


parts = st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=2, max_size=3)


@given(parts, parts)
def test_different_identities_have_different_ids(one: list[str | None], other: list[str | None]) -> None:
    same = resource_id(STUDY, "X", *one) == resource_id(STUDY, "X", *other)
    assert same == (one == other)


def test_ids_are_for_ever() -> None:
    """Another value here means that every FHIR server that was ever loaded gets everything twice."""
    assert resource_id(STUDY, "Patient", "AB1-7-01") == "539c76c3-f2c1-5237-8663-fd6dec9abd73"
