"""ADSL of a study: variables from study.yaml, dates from SDTM, and what is wrong said at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

import mappings
from interop.derive.reached import Milestones
from interop.errors import InputError
from interop.studyfile import load_study
from mappings.adam import adsl
from tests.mappings.adam.small import STUDY_YAML, adam, car_t, changed, of, salvage

TREATED = {"administration": [*salvage(), *car_t("2024-03-01")]}
CART = "where: {treatment: [CAR-T CELLS]}, date: start, adsl: CARTDT, label: Date of CAR-T Infusion"


def milestones() -> Milestones:
    return Milestones(load_study("glofit-cart"), mappings.SDTM, adsl.ADSL.columns)


@pytest.mark.parametrize(
    ("milestone", "dataset", "date", "where"),
    [
        ("CAR-T infusion", "EX", "EXSTDTC", {"EXTRT": ("CAR-T CELLS",)}),
        ("stem cell reinfusion", "PR", "PRSTDTC", {"PRTRT": ("STEM CELL REINFUSION",)}),
        ("new anticancer therapy", "CM", "CMSTDTC", {}),
    ],
)
def test_sdtm_place_of_a_milestone_is_read_off_the_pages(
    milestone: str, dataset: str, date: str, where: dict[str, tuple[str, ...]]
) -> None:
    place = milestones().places[milestone]
    assert (place.dataset, place.date, dict(place.where)) == (dataset, date, where)


def test_method_of_each_date_says_where_it_is_read() -> None:
    rules = milestones().rules()
    assert rules["CARTDT"].method == "Earliest EX.EXSTDTC of the rows EXTRT = CAR-T CELLS"
    assert rules["CTSDT"].method == "Earliest of ASCTDT, CARTDT"
    assert rules["CONSSDT"].method.endswith("EXTRT = GLOFITAMAB, after the day of CARTDT")
    assert "told by CMCAT" in rules["NACTDT"].method


def test_each_record_type_is_told_by_one_page_only() -> None:
    told = [record for domain in mappings.SDTM for record in domain.records]
    assert sorted(told) == sorted(set(told))


def test_rows_of_other_records_of_the_same_domain_are_no_milestones() -> None:
    """CM also holds prior therapy and medication; PR also holds imaging of the same name."""
    built = adam(
        {
            "A": {
                **TREATED,
                "concomitant_medication": [{"name": "Epcoritamab", "start": "2024-04-01"}],
                "prior_therapy": [{"regimen": "R-CHOP", "start": "2024-04-02", "line": "1"}],
                "imaging": [{"modality": "STEM CELL REINFUSION", "date": "2024-04-03"}],
            }
        }
    )
    assert built["CM"].table["CMSTDTC"].to_list() == ["2024-04-01", "2024-04-02"]
    assert built["PR"].table["PRSTDTC"].to_list() == ["2024-04-03"]
    assert built["ADSL"].table.select("NACTDT", "ASCTDT").rows() == [(None, None)]


def test_administration_that_was_not_given_is_no_milestone() -> None:
    given = [*salvage(), {"treatment": "CAR-T CELLS", "start": "2024-03-01", "status": "not-done"}]
    assert adam({"A": {"administration": given}})["ADSL"].table["CARTDT"].to_list() == [None]


def test_labels_have_the_digits_of_the_name() -> None:
    spec = adam({"A": TREATED})["ADSL"].spec
    labels = {v: spec[v].label for v in ("TRT01P", "PH1SDT", "APHASE2", "CTFL", "CTSDTF")}
    assert labels == {
        "TRT01P": "Planned Treatment for Period 01",
        "PH1SDT": "Phase 1 Start Date",
        "APHASE2": "Description of Phase 2",
        "CTFL": "Cellular Therapy Population Flag",
        "CTSDTF": "Start of Cellular Therapy Imp. Flag",
    }


def test_a_study_without_milestones_has_the_usual_variables() -> None:
    assert adsl.specification(load_study("demo")).columns == adsl.ADSL.columns


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("adsl: CARTDT", "adsl: CARTDATE", "CARTDATE cannot be the name of a date in ADSL"),
        ("adsl: CARTDT", "adsl: INFUSIDT", "INFUSIDT cannot be the name of a date in ADSL"),
        ("adsl: CARTDT", "adsl: TRTSDT", "ADSL has a variable TRTSDT already"),
        ("adsl: CARTDT", "adsl: GLFSDT", "ADSL has a variable GLFSDT already"),
        (
            f"record: administration, {CART}",
            "record: vital_sign, date: date, adsl: CARTDT, label: Date of CAR-T Infusion",
            "no SDTM dataset tells the records vital_sign for ADSL, so `CAR-T infusion` has no date there",
        ),
        (CART, CART.replace("{treatment:", "{comment: [x], treatment:"), "no variable of EX holds the field"),
    ],
)
def test_what_cannot_be_is_said_at_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    study = changed(tmp_path, (old, new))
    with pytest.raises(InputError, match=said) as raised:
        adam({"A": TREATED}, study)
    lines = STUDY_YAML.read_text(encoding="utf-8").splitlines()
    line = 1 + next(n for n, text in enumerate(lines) if "name: CAR-T infusion" in text)
    assert f"study.yaml, line {line}, milestones/" in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("period: {start: CTSDT, length: 1y", "period: {start: CTSDX, length: 1y", "no variable CTSDX"),
        ("    start: GLTSDT\n    parameters", "    start: GLTDT\n    parameters", "no variable GLTDT"),
        ("        start: CTSDT\n", "        start: CTSSDT\n", "no variable CTSSDT"),
        ("{length: 2y, start: TRTSDT", "{length: 2y, start: TRTSTDT", "no variable TRTSTDT"),
        (", label: Cellular Therapy Population Flag", "", "CTFL is not a flag that ADaMIG names"),
        ("SS.SSDTC]", "SS.SSDATE]", "there is no variable SS.SSDATE"),
    ],
)
def test_what_analysis_names_and_is_not_there(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as raised:
        adam({"A": TREATED}, changed(tmp_path, (old, new)))
    assert "line" in str(raised.value)


def test_phase_of_a_milestone_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no milestone `first dose`"):
        changed(tmp_path, ("from: start of study treatment}", "from: first dose}"))


@pytest.mark.parametrize(
    ("died", "dated", "flag"),
    [
        ("2024-03-20", "2024-03-20", None),
        ("2024-03", "2024-03-11", "D"),  # treated on the 11th, so alive on the 1st
        ("2024-04", "2024-04-01", "D"),
        ("2024", None, None),
    ],
)
def test_day_of_death_that_is_not_known_is_none_before_the_last_treatment(
    died: str, dated: str | None, flag: str | None
) -> None:
    doses = [*salvage(), *car_t("2024-03-11")]
    built = adam({"A": {"administration": doses, "death": [{"date": died}]}})
    assert of(built, "ADSL", "A", "DTHDT", "DTHDTF") == (dated, flag)
