"""Run rules on their own positive and negative cases, and say how far the findings are those expected.

A rule's folder holds `positive/NN` and `negative/NN`, each with `data/` (CSV, or any dataset format) and,
where known, `results/results.csv`: Dataset, Record, Variable, Value. Without results a case is judged by its
folder: a negative case must have a finding, a positive one none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from interop.rules.load import load_rules
from interop.rules.testing.cases import CaseResult, cases, run_case


@dataclass(frozen=True)
class Agreement:
    """How the cases came out. Cases without results (`judged` by their folder) are counted apart.

    `failed` are files that are no rules, `without_rule` cases whose rule is not here.
    """

    results: tuple[CaseResult, ...]
    failed: tuple[str, ...] = ()
    without_rule: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Every case came out as expected, and none was left out."""
        return all(r.agrees for r in self.results) and not self.without_rule

    @property
    def with_results(self) -> list[CaseResult]:
        return [r for r in self.results if r.expected is not None]

    @property
    def by_folder(self) -> list[CaseResult]:
        return [r for r in self.results if r.expected is None]

    def counts(self) -> dict[str, int]:
        known = self.with_results
        return {
            "cases": len(known),
            "records_agree": sum(r.agrees in ("records", "exactly") for r in known),
            "exact_agree": sum(r.agrees == "exactly" for r in known),
            "verbatim_agree": sum(r.verbatim for r in known),
            "crashed": sum(bool(r.crashed) for r in self.results),
            "not_executed": sum(bool(r.not_executed) for r in self.results),
            "stale": sum(bool(r.stale) for r in known),
        }

    def to_json(self) -> dict[str, object]:
        """What `--json` writes; cells that differ are in `missing` and `extra`."""
        cases = [
            {**asdict(r), "agrees": bool(r.agrees), "how": r.agrees, "missing": r.missing, "extra": r.extra}
            for r in self.results
        ]
        folder = self.by_folder
        return {
            **self.counts(),
            "without_results": len(folder),
            "without_results_agree": sum(bool(r.agrees) for r in folder),
            "not_a_rule": list(self.failed),
            "without_rule": list(self.without_rule),
            "per_case": cases,
        }


def test_rules(
    folder: Path,
    rules: Path | None = None,  # noqa: PT028
    ids: Iterable[str] | None = None,  # noqa: PT028
) -> Agreement:
    """Every case below `folder`, with the rules of `rules` (default: those beside the cases)."""
    wanted = None if ids is None else set(ids)
    loaded = load_rules(rules or folder, wanted)
    by_id = {r.id: r for r in loaded.rules}
    by_folder = {r.path.parent.name: r for r in loaded.rules if r.path is not None}
    results: list[CaseResult] = []
    alone: list[str] = []
    for case in cases(folder):
        rule = by_folder.get(case.rule) or by_id.get(case.rule)
        if rule is not None:
            results.append(run_case(rule, case))
        elif wanted is None or case.rule in wanted:
            alone.append(f"{case.rule} {case.name}")
    return Agreement(tuple(results), tuple(str(error) for _, error in loaded.failed), tuple(alone))


# pytest must not take the function for a test of its own.
test_rules.__test__ = False  # type: ignore[attr-defined]


def said(agreement: Agreement) -> Iterator[str]:
    """Each case that differs, then the figures."""
    for result in agreement.results:
        if result.agrees not in ("exactly", "folder"):
            expected = "" if result.expected is None else f" of {result.expected} expected"
            why = f": {result.not_executed}" if result.not_executed else ""
            how = "values differ" if result.agrees == "records" else "differs"
            yield f"{result.rule} {result.case}: {how}, {result.found} found{expected}{why}"
    for error in agreement.failed:
        yield f"not a rule: {error}"
    for case in agreement.without_rule:
        yield f"{case}: its rule is not here"
    counts = agreement.counts()
    folder = agreement.by_folder
    yield (
        f"{counts['cases']} cases with results: {counts['records_agree']} agree on the records, "
        f"{counts['exact_agree']} exactly; {len(folder)} without results: "
        f"{sum(bool(r.agrees) for r in folder)} as their folder says; "
        f"{counts['not_executed']} not executed, {counts['crashed']} crashed"
    )
