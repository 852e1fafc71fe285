"""TR: measurements in standard units, scores, and the sums that target lesions make."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from polars import col

from interop.study import StandardUnit
from tests.mappings.sdtm.small import STUDY, Made, said, sdtm
from tests.mappings.sdtm.test_tu import LESION

SIZES = replace(STUDY, units=(StandardUnit("LDIAM", "mm"), StandardUnit("LPERP", "mm")))
Row = dict[str, str | None]
BASE: Row = {"evaluator": "INVESTIGATOR", "date": "2024-01-08", "visit": "SCREENING", "link_group": "A0"}
LATER: Row = {"evaluator": "INVESTIGATOR", "date": "2024-02-20", "visit": None, "link_group": "A1"}


def size(lesion: str, test: str, result: str, unit: str = "mm", when: Row = BASE) -> Row:
    return {**when, "lesion": lesion, "test": test, "result": result, "unit": unit}


def both(lesion: str, long: str, short: str, unit: str = "mm", when: Row = BASE) -> list[Row]:
    return [size(lesion, "LDIAM", long, unit, when), size(lesion, "LPERP", short, unit, when)]


TARGETS = [LESION, {**LESION, "lesion": "T02"}, {**LESION, "lesion": "NT1", "kind": "NON-TARGET"}]


def tr(measured: list[Row], lesions: list[dict[str, str]] | None = None) -> Made:
    return sdtm(study=SIZES, lesion=lesions or TARGETS, lesion_measurement=measured)


def sums(made: Made) -> list[tuple[object, ...]]:
    rows = made["TR"].table.filter(TRTESTCD="SUMPPD")
    return rows.select("TRLNKGRP", "TRORRES", "TRSTRESC", "TRSTRESN", "TRSTRESU", "TRDRVFL").rows()


def test_a_size_as_collected_and_in_mm() -> None:
    row = tr([size("T01", "LDIAM", "2.5", "cm")])["TR"].table.row(0, named=True)
    expected = {
        "TRLNKID": "T01",
        "TRLNKGRP": "A0",
        "TRTESTCD": "LDIAM",
        "TRTEST": "Longest Diameter",
        "TRORRES": "2.5",
        "TRORRESU": "cm",
        "TRSTRESC": "25",
        "TRSTRESN": 25.0,
        "TRSTRESU": "mm",
        "TRDRVFL": None,
        "TRDY": -2,
        "TRLOBXFL": "Y",
    }
    assert {k: row[k] for k in expected} == expected


def test_numbers_are_no_terms_and_words_are() -> None:
    made = tr(
        [
            size("T01", "LDIAM", "25"),
            size("NT1", "TUMSTATE", "Present", ""),
            size("NT1", "TUMSTATE", "gone", ""),
        ]
    )
    by_lesion = made["TR"].table.select("TRLNKID", "TRSTRESC").rows()
    assert by_lesion == [("NT1", "PRESENT"), ("NT1", "gone"), ("T01", "25")]
    flagged = [(v, r) for _, _, v, r in said(made["TR"]) if v == "TRSTRESC"]
    assert flagged == [("TRSTRESC", "CODELIST C124309/C202306")]


@pytest.mark.parametrize(("score", "issues"), [("4", []), ("X", []), ("7", ["RESULT OF TEST"])])
def test_a_deauville_score_is_one_of_the_scale(score: str, issues: list[str]) -> None:
    built = tr([size("T01", "FDP5PS", score, "")])["TR"]
    row = built.table.row(0, named=True)
    assert (row["TRTEST"], row["TRSTRESC"]) == ("FDG PET 5PS Score", score)
    assert [r for _, _, v, r in said(built) if v == "TRSTRESC"] == issues


def test_target_lesions_make_a_sum_of_products_at_each_time_point() -> None:
    base = [*both("T01", "25", "20"), *both("T02", "1.5", "1.0", "cm")]
    later = [*both("T01", "10.5", "8", when=LATER), *both("T02", "7", "7", when=LATER)]
    made = tr([*base, *both("NT1", "9", "9"), *later])
    assert sums(made) == [
        ("A0", None, "650", 650.0, "mm2", "Y"),
        ("A1", None, "133", 133.0, "mm2", "Y"),
    ]
    flags = made["TR"].table.filter(TRTESTCD="SUMPPD").select("TRLNKID", "TRLOBXFL", "TRDTC").rows()
    assert flags == [(None, "Y", "2024-01-08"), (None, None, "2024-02-20")]


def test_no_sum_of_fewer_lesions_than_there_are() -> None:
    whole, half = both("T01", "25", "20"), [size("T02", "LDIAM", "15")]
    assert sums(tr([*whole, *half])) == []
    assert sums(tr([*whole, *both("T02", "15", "n.d.")])) == []
    assert sums(tr([*whole, *both("T02", "15", "10", "inches")])) == []


def test_a_lesion_found_later_is_not_missing_before() -> None:
    late = {**LESION, "lesion": "T02", "date": "2024-02-20"}
    made = tr([*both("T01", "25", "20"), *both("T01", "10", "8", when=LATER)], [LESION, late])
    assert sums(made) == [("A0", None, "500", 500.0, "mm2", "Y")]


def test_a_sum_that_was_collected_is_not_derived_again() -> None:
    collected = size("T01", "SUMPPD", "640", "mm2")
    made = tr([*both("T01", "25", "20"), *both("T02", "15", "10"), collected])
    assert sums(made) == [("A0", "640", "640", 640.0, "mm2", None)]


def test_evaluators_do_not_mix() -> None:
    other: Row = {**BASE, "evaluator": "INDEPENDENT ASSESSOR"}
    made = tr([size("T01", "LDIAM", "25"), size("T01", "LPERP", "20", when=other)], [LESION])
    assert sums(made) == []


def test_a_measurement_of_no_lesion_is_kept_and_said() -> None:
    built = tr([size("T09", "LDIAM", "12")])["TR"]
    assert built.table["TRLNKID"].to_list() == ["T09"]
    assert ("warning", "lesion_measurement.csv#2", "TRLNKID", "NO LESION") in said(built)


def test_the_order_of_the_measurements_changes_nothing() -> None:
    measured = [*both("T01", "25", "20"), *both("T02", "15", "10"), *both("T01", "9", "8", when=LATER)]
    there, back = tr(measured)["TR"].table, tr(measured[::-1])["TR"].table
    assert there.equals(back)
    assert there.filter(col("TRSEQ") != pl.int_range(1, pl.len() + 1)).is_empty()


def test_a_sum_leads_to_each_of_its_measurements() -> None:
    built = tr([*both("T01", "25", "20"), *both("T02", "15", "10"), size("NT1", "LDIAM", "9")])["TR"]
    row = built.data.filter(TRTESTCD="SUMPPD")["_row"].item()
    found = built.lineage.rows.filter(row=row, via="derived").select("src", "field").rows()
    assert found == [(f"lesion_measurement.csv#{n}", "result") for n in (2, 3, 4, 5)]
