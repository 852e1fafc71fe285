"""PlanDefinition of the reference trial: the schedule as its protocol has it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from interop.fhir.write import to_json
from interop.studyfile import load_study
from mappings.fhir.plan_definition import PLAN_DEFINITION
from tests.mappings.sdtm.small import records

GLOFIT = load_study("glofit-cart")
Json = Any


def plan() -> Json:
    (resource,) = PLAN_DEFINITION.build(records(), GLOFIT).items
    return resource


def below(actions: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every action with the ids that lead to it."""
    for action in actions:
        here = f"{path}/{action['id']}".lstrip("/")
        yield here, action
        yield from below(action.get("action", ()), here)


def actions() -> dict[str, Json]:
    return {action["id"]: action for _, action in below(plan()["action"])}


def offset(related: Json) -> Any:
    if "offsetDuration" in related:
        return related["offsetDuration"]["value"], related["offsetDuration"]["value"]
    return related["offsetRange"]["low"]["value"], related["offsetRange"]["high"]["value"]


def test_it_is_valid_r4_and_its_ids_are_unique() -> None:
    resource = plan()
    get_fhir_model_class("PlanDefinition").model_validate_json(to_json(resource))
    ids = [action["id"] for _, action in below(resource["action"])]
    assert len(set(ids)) == len(ids)
    assert (resource["status"], resource["type"]["coding"][0]["code"]) == ("active", "clinical-protocol")


def test_phases_follow_one_another_and_cohorts_are_a_choice() -> None:
    assert [(a["id"], a["title"]) for a in plan()["action"]] == [
        ("screening", "SCREENING"),
        ("induction-treatment", "INDUCTION TREATMENT: Phase 1, salvage"),
        ("treatment", "TREATMENT: Phase 2, cellular therapy"),
        ("continuation-treatment", "CONTINUATION TREATMENT: Consolidation"),
        ("follow-up", "FOLLOW-UP"),
    ]
    phase_2 = actions()["treatment"]
    assert phase_2["selectionBehavior"] == "exactly-one"
    assert {a["title"]: [e["title"] for e in a["action"]] for a in phase_2["action"]} == {
        "Glofitamab then CAR-T": ["FC lymphodepletion", "CAR-T infusion and 28 days after it"],
        "Glofitamab then ASCT and CAR-T": [
            "Conditioning chemotherapy",
            "Autologous stem cell reinfusion",
            "CAR-T infusion and 28 days after it",
        ],
    }


@pytest.mark.parametrize(
    ("action", "to", "side", "days"),
    [
        ("glofitamab-step-1", "obinutuzumab", "after-start", (6, 9)),  # day 8, -1 to +2
        ("glofitamab-step-2", "obinutuzumab", "after-start", (13, 16)),
        ("glofitamab-cycle-2", "obinutuzumab", "after-start", (20, 24)),
        ("fludarabine-day-minus-5-cart", "car-t-cart", "before-start", (5, 5)),
        ("fludarabine-day-minus-3-cart", "car-t-cart", "before-start", (3, 3)),
        ("cyclophosphamide-day-minus-4-cart", "car-t-cart", "before-start", (4, 4)),
        ("car-t-after-asct-asctcart", "stem-cell-reinfusion-asctcart", "after-start", (2, 4)),
        ("pet-ct-day-28-asctcart", "car-t-after-asct-asctcart", "after-start", (25, 31)),
        (
            "glofitamab-consolidation-cons-c3d1",
            "glofitamab-consolidation-cons-c1d1",
            "after-start",
            (39, 49),
        ),
    ],
)
def test_days_are_offsets_from_the_action_that_is_day_0(
    action: str, to: str, side: str, days: tuple[int, int]
) -> None:
    (related,) = actions()[action]["relatedAction"]
    assert (related["actionId"], related["relationship"], offset(related)) == (to, side, days)


def test_what_all_cohorts_share_counts_from_the_infusion_of_each() -> None:
    related = actions()["glofitamab-consolidation-cons-c1d1"]["relatedAction"]
    assert [r["actionId"] for r in related] == ["car-t-cart", "car-t-after-asct-asctcart"]


def test_related_actions_are_there() -> None:
    known = actions()
    for action in known.values():
        for related in action.get("relatedAction", ()):
            assert related["actionId"] in known
            assert related["actionId"] != action["id"]


def test_consolidation_is_conditional_on_the_decision_at_day_28() -> None:
    wanted = "PET-CT Deauville 4-5 or ctDNA positive at day 28 after CAR-T"
    for action in ("cons", "decision-day-28-cart", "decision-day-28-asctcart"):
        (condition,) = actions()[action]["condition"]
        assert condition["kind"] == "applicability"
        assert condition["expression"]["expression"] == wanted
        assert condition["expression"]["_language"]["extension"][0]["valueCode"] == "as-text"


def test_doses_are_those_of_the_protocol_and_no_other() -> None:
    doses = {
        d["id"]: d["dosage"][0]["doseAndRate"][0]
        for d in plan()["contained"]
        if d.get("dosage", [{}])[0].get("doseAndRate")
    }
    step = {k: d["doseQuantity"]["value"] for k, d in doses.items() if "doseQuantity" in d}
    assert step == {
        "glofitamab-step-1": Decimal("2.5"),
        "glofitamab-step-2": 10,
        "glofitamab-cycle-2": 30,
        "glofitamab-consolidation": 30,
    }
    cells = {k: d["doseRange"] for k, d in doses.items() if "doseRange" in d}
    assert set(cells) == {"car-t", "car-t-after-asct"}
    for dose in cells.values():
        assert (dose["low"]["value"], dose["high"]["value"], dose["low"]["code"]) == (2, 4, "10*6/kg")


def test_each_action_that_gives_or_does_names_its_definition() -> None:
    resource = plan()
    contained = {f"#{d['id']}": d["kind"] for d in resource["contained"]}
    named = {a["definitionCanonical"] for a in actions().values() if "definitionCanonical" in a}
    assert named == set(contained)
    assert set(contained.values()) == {"MedicationRequest", "ServiceRequest"}


@pytest.mark.parametrize("name", ["lzzt", "demo"])
def test_a_study_without_a_schedule_has_none(name: str) -> None:
    assert PLAN_DEFINITION.build(records(), load_study(name)).items == []
