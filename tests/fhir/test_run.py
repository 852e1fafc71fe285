"""FHIR beside SDTM of one run: the same subjects are in the same arms, and every element leads to cells."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

import interop
from interop.errors import UsageError
from interop.pipeline import Run
from interop.trace import trace_output
from tests.support import ROOT, SHARED, needs_shared

DEMO = ROOT / "mappings" / "studies" / "demo" / "source"


@cache
def demo() -> Run:
    return interop.run("demo", DEMO, stages=("fhir", "sdtm"))


def arms(run: Run) -> tuple[dict[str, tuple[str | None, ...]], dict[str, tuple[str | None, ...]]]:
    """ARM and ACTARM by USUBJID: as DM has them, and as ResearchSubject does."""
    dm = run.built["DM"].data.select("USUBJID", "ARM", "ACTARM")
    names = {f"Patient/{p['id']}": p["identifier"][0]["value"] for p in run.fhir.resources["Patient"]}
    fhir: dict[str, tuple[str | None, ...]] = {
        names[s["individual"]["reference"]]: (s.get("assignedArm"), s.get("actualArm"))
        for s in run.fhir.resources["ResearchSubject"]
    }
    return {u: (arm, actual) for u, arm, actual in dm.iter_rows()}, fhir


def test_the_arms_of_the_demonstration_study_are_those_of_dm() -> None:
    dm, fhir = arms(demo())
    assert dm == fhir
    assert {arm for arm, _ in dm.values()} >= {"Examplimab 200 mg", "Placebo"}


@pytest.mark.oracle
@needs_shared
def test_the_arms_of_the_cdisc_pilot_are_those_of_dm() -> None:
    dm, fhir = arms(interop.run("lzzt", SHARED / "data" / "edc-lzzt", stages=("fhir", "sdtm")))
    assert dm == fhir
    assert len({actual for _, actual in dm.values() if actual}) == 3


def weight() -> str:
    """Reference of the first body weight of the demonstration study."""
    found = (o for o in demo().fhir.resources["Observation"] if o["code"]["text"] == "Weight")
    return f"Observation/{next(found)['id']}"


def test_an_element_leads_to_its_cell() -> None:
    node = demo().trace_resource(weight(), "valueQuantity.value")
    (cell,) = [c for c in node.cells() if c.name == "WEIGHT"]
    assert cell.value == node.value
    assert cell.how == "source cell"
    assert cell.place.startswith("VS.csv line ")


def test_an_element_leads_to_all_that_is_below_it() -> None:
    node = demo().trace_resource(weight(), "valueQuantity")
    assert {c.name for c in node.cells()} == {"WEIGHT", "WEIGHT_U"}


def test_what_is_planned_leads_to_the_study_definition() -> None:
    treated = next(s for s in demo().fhir.resources["ResearchSubject"] if "assignedArm" in s)
    node = demo().trace_resource(f"ResearchSubject/{treated['id']}", "assignedArm")
    assert "study definition" in {c.how for c in node.cells()}


@pytest.mark.parametrize(
    ("reference", "element", "said"),
    [
        ("Observation/none", "status", "no resource Observation/none"),
        ("Observation", "status", "no resource"),
        ("", "status", "no resource"),
    ],
)
def test_what_is_not_there_is_said(reference: str, element: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        demo().trace_resource(reference, element)


def test_an_element_that_the_resource_lacks_is_said() -> None:
    with pytest.raises(UsageError, match="has no element effectivePeriod"):
        demo().trace_resource(weight(), "effectivePeriod")


def test_the_package_on_disk_tells_the_same(tmp_path: Path) -> None:
    demo().write(tmp_path / "out")
    kind, _, name = weight().partition("/")
    node = trace_output(tmp_path / "out", kind, {"ID": name}, "valueQuantity.value")
    assert node == demo().trace_resource(weight(), "valueQuantity.value")
