"""What holds of every SDTM page: registered, in the standard's words, reading every field of its records."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import mappings
import mappings.sdtm
from interop import ct
from interop.lineage import SRC
from interop.mapping import Domain
from interop.recordtypes import record_type
from tests.mappings.sdtm.small import STUDY, Made, records

FOLDER = Path(mappings.sdtm.__file__).parent
SUPP = "supp"
PAGES = sorted(p.stem for p in FOLDER.glob("*.py") if p.stem not in ("__init__", SUPP))
REGISTERED = [p.spec.name.lower() for p in mappings.SDTM if not p.spec.name.startswith("SUPP")]

# The record types that a page reads; what of them it leaves out, and why.
READ = {
    "dm": ("subject",),
    "sv": ("visit",),
    "ie": ("eligibility",),
    "ec": ("administration",),
    "ex": ("administration",),
    "pr": ("procedure", "imaging"),
    "bs": ("collection_yield",),
    "ds": ("disposition",),
    "dd": ("death",),
    "ss": ("survival_followup",),
    "tu": ("lesion",),
    "tr": ("lesion_measurement",),
    "rs": ("response_assessment", "performance_status"),
    "lb": ("laboratory_result",),
    "vs": ("vital_sign",),
    "ae": ("adverse_event",),
    "cm": ("concomitant_medication", "prior_therapy", "subsequent_therapy"),
    "mh": ("medical_history", "diagnosis"),
}
IDENTITY = "is in DM, and in USUBJID"
UNUSED = {
    "subject": {"randomised": "is a milestone of DS"},
    "administration": {
        "subject": IDENTITY,
        "site": IDENTITY,
        "status": "decides whether the row is in EX at all",
        "reason_not_done": "belongs to what is not in EX",
        "comment": "belongs to CO",
    },
    "procedure": {
        "comment": "belongs to CO",
        **dict.fromkeys(("product_collected", "product_given"), "belongs to BE"),
    },
    "adverse_event": {"comment": "belongs to CO"},
    "response_assessment": {"comment": "belongs to CO"},
    "death": {"date": "belongs to DM"},
    "lesion": {"location_detail": "is in SUPPTU", "nodal": "is in SUPPTU"},
    "diagnosis": dict.fromkeys(("histology", "stage", "status"), "is in SUPPMH"),
    "prior_therapy": {"best_response": "is in SUPPCM"},
}


def page(name: str) -> Domain:
    return next(p for p in mappings.SDTM if p.spec.name == name.upper())


def test_every_page_is_registered_once_with_its_supplement() -> None:
    names = [p.spec.name for p in mappings.SDTM]
    assert sorted(n for n in names if not n.startswith("SUPP")) == [p.upper() for p in PAGES]
    assert len(set(names)) == len(names)
    for name in READ:
        assert f"SUPP{name.upper()}" in names, "or the qualifiers of its records are lost"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_what_a_record_is_and_has_no_loops(name: str) -> None:
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    assert "one record per" in (ast.get_docstring(tree) or "")
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.For | ast.While | ast.With | ast.Try)]


@pytest.mark.parametrize("name", REGISTERED)
def test_every_variable_has_its_domain_and_a_method_where_it_is_derived(name: str) -> None:
    spec = page(name).spec
    assert [v.name for v in spec.vars if v.rule.origin == "Derived" and not v.rule.method] == []
    if name == "relrec":  # of datasets: it has neither a domain nor a subject of its own
        return
    assert spec.vars[1].name == "DOMAIN"
    if "USUBJID" in spec.columns and name not in ("dm", "sv"):
        assert spec.row_id[-1] == f"{name.upper()}SEQ"


def terms(name: str) -> Iterator[tuple[str, str]]:
    """(variable, text) of every `pl.lit("…")` in a rule of the page, and of `assigned("…")`."""
    module = importlib.import_module(f"mappings.sdtm.{name}")
    tree = ast.parse((FOLDER / f"{name}.py").read_text(encoding="utf-8"))
    named = {
        t.id: n.value
        for n in tree.body
        if isinstance(n, ast.Assign)
        for t in n.targets
        if isinstance(t, ast.Name)
    }
    rules = next(
        k.value for n in ast.walk(tree) if isinstance(n, ast.Call) for k in n.keywords if k.arg == "rules"
    )
    assert isinstance(rules, ast.Dict)

    def typed(node: ast.AST) -> Iterator[str]:
        for n in ast.walk(node):
            if isinstance(n, ast.Name) and n.id in named:  # an expression that several rules share
                yield from typed(named[n.id])
            if isinstance(n, ast.Call) and ast.unparse(n.func) in ("pl.lit", "assigned"):
                given = n.args[0]
                if isinstance(given, ast.Constant) and isinstance(given.value, str):
                    yield given.value
                elif isinstance(given, ast.Name):
                    yield str(getattr(module, given.id))

    for key, value in zip(rules.keys, rules.values, strict=True):
        assert isinstance(key, ast.Constant)
        yield from ((str(key.value), text) for text in typed(value))


def test_typed_terms_are_seen() -> None:
    assert {("ARMNRS", "NOT ASSIGNED"), ("DTHFL", "Y")} <= set(terms("dm"))
    assert {("DSDECOD", "RANDOMIZED"), ("DSCAT", "PROTOCOL MILESTONE")} <= set(terms("ds"))


@pytest.mark.parametrize("name", REGISTERED)
def test_every_term_that_a_page_types_is_in_its_codelist(name: str) -> None:
    spec = page(name).spec
    # DSCAT asks whether there is a milestone, and gives another text.
    typed = {(v, t) for v, t in terms(name) if spec[v].codelists and (v, t) not in ASKED}
    assert [(v, t) for v, t in sorted(typed) if ct.resolve([t], spec[v].codelists).get(t) != t] == []


ASKED = {("DSCAT", "INFORMED CONSENT OBTAINED"), ("DSCAT", "RANDOMIZED")}


@pytest.mark.parametrize(("name", "record"), [(n, r) for n, found in READ.items() for r in found])
def test_every_field_of_the_record_is_read_or_left_out_for_a_reason(name: str, record: str) -> None:
    read = {c for v in page(name).spec.vars for c in v.rule.reads}
    # Through a join that the study or the page decides.
    joined = {"arm": "assigned.code", "visit": "visit.number", "test": "standard.unit"}
    read |= {field for field, column in joined.items() if column in read}
    fields = set(record_type(record).fields)
    reasons = {"subject": IDENTITY, "site": IDENTITY} if name != "dm" else {}
    left = fields - read
    assert left <= {**reasons, **UNUSED.get(record, {})}.keys()


@pytest.mark.parametrize("name", [p.spec.name for p in mappings.SDTM])
def test_without_records_there_is_an_empty_dataset(name: str) -> None:
    built = Made(records(), STUDY)[name]
    assert built.table.is_empty()
    assert built.issues.is_empty()
    assert SRC in built.rows.columns
