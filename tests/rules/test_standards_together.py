"""SDTM and ADaM in one package: each judged by the rules of its own standard, and seen by those of both."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from interop.rules.data import Unread, package_of
from interop.rules.engine import context_of, evaluate
from interop.rules.read import read_package
from interop.rules.scope import outside
from tests.rules.support import dataset, records, rule, study

DM = {"STUDYID": ["S"], "DOMAIN": ["DM"], "USUBJID": ["S-1"], "AGE": [50.0]}
LB = {"DOMAIN": ["LB", "LB"], "USUBJID": ["S-1", "S-2"], "LBSEQ": [1.0, 1.0]}
ADSL = {"STUDYID": ["S"], "USUBJID": ["S-1"], "AGE": [51.0]}
# A copy of DOMAIN stands in many analysis datasets.
ADLB = {"DOMAIN": ["LB", "LB"], "USUBJID": ["S-1", "S-9"], "LBSEQ": [1.0, 1.0], "PARAMCD": ["A", "A"]}
BOTH = study(DM=DM, LB=LB, ADSL=ADSL, ADLB=ADLB)

ANY = rule([{"name": "USUBJID", "operator": "non_empty"}], Scope={"Data Structures": {"Include": ["ALL"]}})
UNKNOWN = rule(
    [{"name": "USUBJID", "operator": "is_not_contained_by", "value": "$subjects"}],
    Operations=[{"id": "$subjects", "operator": "distinct", "domain": "LB", "name": "USUBJID"}],
    Scope={"Datasets": {"Include": ["ADLB"]}},
)


def judged(standard: str, version: str) -> set[str]:
    found = evaluate([ANY], context_of(BOTH, standard, version))
    return set(found.findings["dataset"])


def test_rules_of_adam_judge_analysis_datasets_alone() -> None:
    assert judged("ADAMIG", "1.3") == {"ADSL", "ADLB"}


def test_rules_of_sdtm_judge_tabulations_alone() -> None:
    assert judged("SDTMIG", "3.4") == {"DM", "LB"}


def test_a_rule_of_adam_sees_the_tabulations() -> None:
    """S-2 is in LB alone, S-9 in ADLB alone: the operation reads LB, not the copy of its DOMAIN in ADLB."""
    found = evaluate([UNKNOWN], context_of(BOTH, "ADAMIG", "1.3"))
    assert records(found) == [("ADLB", 2)]
    assert found.findings["SEQ"].to_list() == [None]


def test_an_analysis_dataset_is_no_part_of_the_domain_it_copies() -> None:
    lb, adlb = BOTH.find("LB"), BOTH.find("ADLB")
    assert lb is not None
    assert adlb is not None
    assert [d.name for d in BOTH.parts(lb)] == ["LB"]
    assert adlb.unsplit == "ADLB"


@pytest.mark.parametrize(
    ("name", "columns"), [("RELSUB", {"USUBJID": ["1"]}), ("SUPPDM", {"RDOMAIN": ["DM"]})]
)
def test_tabulations_without_domain_are_tabulations(name: str, columns: dict[str, list[str]]) -> None:
    package = package_of([dataset(name, columns)])
    context = context_of(package, "ADAMIG", "1.3")
    assert outside(ANY, package.datasets[0], package, context.library) == "another standard"


def test_a_package_of_several_folders(tmp_path: Path) -> None:
    for folder, name in (("sdtm", "dm"), ("adam", "adsl")):
        (tmp_path / folder).mkdir()
        pl.DataFrame({"USUBJID": ["S-1"]}).write_csv(tmp_path / folder / f"{name}.csv")
    package = read_package([tmp_path / "sdtm", tmp_path / "adam"])
    assert [d.name for d in package.datasets] == ["DM", "ADSL"]


def test_of_one_dataset_in_two_folders_the_first_is_judged(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        pl.DataFrame({"USUBJID": ["S-1"]}).write_csv(tmp_path / folder / "dm.csv")
    package = read_package([tmp_path / "a", tmp_path / "b"])
    assert [d.name for d in package.datasets] == ["DM"]
    assert package.unread == (
        Unread("b/dm.csv", "DM", "its dataset is DM, as that of a/dm.csv is; leave one out"),
    )
