"""Small reports for the tests of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from interop.rules.data import Package
from interop.rules.evaluate import unknown
from interop.rules.findings import FINDINGS_SCHEMA, Findings, outcomes_frame
from interop.rules.language import Rule
from interop.rules.report import Report, Suppressions, make_report
from tests.rules.support import rule, run, study

CREATED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EMPTY_SEX = [{"name": "SEX", "operator": "empty"}]


def named(id: str, check: Any, executability: str = "Fully Executable", **more: Any) -> Rule:
    """A rule with an id, a message of its own and a citation of SDTMIG 3.4."""
    return replace(
        rule(check, Authorities=more.pop("authorities", AUTHORITIES), **more),
        id=id,
        message=f"{id} says so",
        description=f"{id} asks",
        executability=executability,
    )


AUTHORITIES = [
    {
        "Organization": "CDISC",
        "Standards": [
            {
                "Name": "SDTMIG",
                "Version": "3.4",
                "References": [
                    {
                        "Rule Identifier": {"Id": "CG0001"},
                        "Citations": [
                            {"Document": "IG v3.4", "Section": "5.2", "Cited Guidance": "Sex is sex."}
                        ],
                    }
                ],
            }
        ],
    },
    {
        "Organization": "FDA",
        "Standards": [
            {"Name": "SDTMIG", "Version": "3.4", "References": [{"Rule Identifier": {"Id": "FB0001"}}]}
        ],
    },
]

ERROR = named("R-ERROR", EMPTY_SEX, Outcome={"Message": "", "Output Variables": ["SEX", "AGE", "RACE"]})
WARNING = named(
    "R-WARNING", [{"name": "AGE", "operator": "greater_than", "value": 90}], "Partially Executable"
)
SKIPPED = named("R-SKIPPED", [{"name": "ETHNIC", "operator": "empty"}])
UNKNOWN = named("R-UNKNOWN", [{"name": "SEX", "operator": "is_odd"}])
PASSED = named("R-PASSED", [{"name": "USUBJID", "operator": "empty"}])
UNEXECUTED = unknown(UNKNOWN)
"""The reason that the engine gives for it."""
RULES = (ERROR, WARNING, SKIPPED, UNKNOWN, PASSED)


def people() -> Package:
    """Two datasets: S-2 and S-4 of DM have no sex, S-3 is 97; VS has neither variable."""
    return study(
        DM={
            "STUDYID": ["S"] * 4,
            "DOMAIN": ["DM"] * 4,
            "USUBJID": ["S-1", "S-2", "S-3", "S-4"],
            "SEX": ["F", "", "M", ""],
            "AGE": [40.0, 41.0, 97.0, 42.0],
        },
        VS={"STUDYID": ["S"], "DOMAIN": ["VS"], "USUBJID": ["S-1"], "VSSEQ": [1.0]},
    )


def report(
    package: Package | None = None,
    rules: Sequence[Rule] = RULES,
    suppressions: Suppressions | None = None,
    found: Findings | None = None,
    **more: Any,
) -> Report:
    given = people() if package is None else package
    options: dict[str, Any] = {
        "standards": [("SDTMIG", "3.4")],
        "terminology": ["sdtmct-2025-03-28"],
        "define": None,
        "run": None,
        "created": CREATED,
        "seconds": 1.5,
    }
    return make_report(
        run(given, *rules) if found is None else found, given, suppressions=suppressions, **options | more
    )


def findings(rows: Sequence[dict[str, Any]], rules: Sequence[Rule] = (ERROR,)) -> Findings:
    """Findings as given: what is left out of a row is null or empty."""
    empty: dict[str, Any] = dict.fromkeys(FINDINGS_SCHEMA) | {"variables": [], "values": []}
    data = pl.DataFrame([empty | row for row in rows], schema=FINDINGS_SCHEMA)
    return Findings(data, outcomes_frame([]), tuple(rules))


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
