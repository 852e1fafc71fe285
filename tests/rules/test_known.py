"""Nothing that CDISC's open rules write is unknown to the engine, but for what is listed here, with why."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from interop.rules.evaluate import unknown
from interop.rules.frames import TYPES
from interop.rules.language import Rule
from interop.rules.load import Loaded, load_rules
from interop.rules.operations import OPERATIONS
from interop.rules.operators import OPERATORS
from tests.support import SHARED, needs_shared

# Drafts of ADaM rules in a language that was never defined: two operators without a meaning, an empty one,
# and names that describe variables ("--'FN'", "Root(variable_name)"). CDISC's engine knows none of them.
UNDEFINED = {
    "252": "the operator '' is not known",
    "AD0005": "a condition with is_not_contained_by names no variable",
    "AD0006": "a condition with exists names no variable",
    "AD0007": "a condition with exists names no variable",
    "AD0010": "a condition with ends_with names no variable",
    "AD0039": "the operator 'does_not_use_valid_codelist_terms' is not known",
    "AD0041": "the operator 'does_not_use_valid_format_terms' is not known",
}
# A prefix of no characters, and a condition without a variable.
NO_RULES = {"AD0014", "CDISC.ADaMIG.AD0178"}
# Two languages of their own, for the JSON of USDM; no dataset is under test there.
OTHER_LANGUAGES = {"JSONata", "JSON Schema Check"}


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load_rules(SHARED / "data" / "open-rules")


def known_name(rule: Rule) -> str:
    return rule.id.rpartition(".")[2]


@needs_shared
def test_every_rule_is_read(loaded: Loaded) -> None:
    assert {p.parent.name for p, _ in loaded.failed} == NO_RULES
    assert len(loaded.rules) > 680


@needs_shared
def test_every_operator_operation_and_rule_type_is_known(loaded: Loaded) -> None:
    reasons = {known_name(r): reason for r in loaded.rules if (reason := unknown(r)) is not None}
    assert set(reasons) == set(UNDEFINED)
    assert all(reason.startswith(UNDEFINED[name]) for name, reason in reasons.items())
    assert {r.type for r in loaded.rules} <= {*TYPES, *OTHER_LANGUAGES}


@needs_shared
def test_what_is_known_is_also_used_or_named_by_the_language(loaded: Loaded) -> None:
    """The survey sees something: most of the engine's operators and operations occur in the rules."""
    operators = used(c.operator for r in loaded.rules for c in r.conditions())
    operations = used(o.operator for r in loaded.rules for o in r.operations)
    assert len(operators & set(OPERATORS)) >= 57
    assert len(operations & set(OPERATIONS)) >= 24


def used(names: Iterable[str]) -> set[str]:
    return set(names)


@needs_shared
def test_the_drafts_of_adam_without_a_meaning_say_so(loaded: Loaded) -> None:
    published = [r for r in loaded.rules if r.id.startswith("CORE-")]
    assert len(published) > 490
    assert [r.id for r in published if unknown(r) is not None] == []
