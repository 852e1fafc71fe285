from __future__ import annotations

from dataclasses import replace
from itertools import product

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from interop.derive.criteria import CRITERIA
from interop.derive.lugano import DRAFT, EVALUABLE, LUGANO_2014, overall
from interop.derive.response import derive_adrs
from interop.errors import SpecError

Reading = tuple[str, str | None, str | None]
SCHEMA = {
    "USUBJID": pl.String,
    "RSDTC": pl.String,
    "RSSTRESC": pl.String,
    "RSSTAT": pl.String,
    "RSSEQ": pl.Int64,
    "VISITNUM": pl.Float64,
    "RSLNKGRP": pl.String,
    "_src": pl.String,
}


def readings(kind: str, *rows: Reading) -> pl.DataFrame:
    """(subject, date, value); the value NOT DONE is a status."""
    return pl.DataFrame(
        [
            {
                "USUBJID": subject,
                "RSDTC": date,
                "RSSTRESC": None if value == "NOT DONE" else value,
                "RSSTAT": "NOT DONE" if value == "NOT DONE" else None,
                "RSSEQ": number,
                "VISITNUM": float(number),
                "RSLNKGRP": f"T{number}",
                "_src": f"{kind}#{number}",
            }
            for number, (subject, date, value) in enumerate(rows, 1)
        ],
        schema=SCHEMA,
    )


def at_one_visit(
    pet: str | None, ct: str | None, prior: str | None = None, table: str = "LUGANO"
) -> dict[str, object]:
    pets: list[Reading] = [("1", "2024-01-01", prior)] if prior else []
    if pet:
        pets.append(("1", "2024-03-01", pet))
    cts: list[Reading] = [("1", "2024-03-01", ct)] if ct else []
    frame = overall(
        readings("pet", *pets),
        readings("ct", *cts),
        DRAFT if table == "DRAFT" else LUGANO_2014,
    )
    return frame.filter(pl.col("RSDTC") == "2024-03-01").row(0, named=True)


@pytest.mark.parametrize(
    ("pet", "ct", "prior", "response"),
    [
        ("CMR", "PAD", None, "CR"),
        ("PMR", None, None, "PR"),
        ("NMR", "CAR", "CMR", "SD"),
        ("SMD", "NE", None, "SD"),
        ("PMD", "CAR", None, "PD"),
        ("NED", "PAR", None, "PR"),
        ("NED", "NE", "CMR", "NE"),
        ("NED", "NED", None, "NED"),
        ("NED", None, None, "NED"),
        ("NE", "PAD", "CMR", "PD"),
        ("ND", "PAD", None, "PD"),
        ("NE", "PAR", "CMR", "CR"),
        ("ND", "SAD", "PMR", "PR"),
        ("NOT DONE", "NE", "SMD", "SD"),
        ("NE", "PAR", None, "PR"),
        ("ND", "NED", None, "NED"),
        ("NE", "ND", None, "NE"),
        ("ND", "NE", None, "ND"),
        ("NE", None, "CMR", "NE"),
        (None, "SAD", "CMR", "SD"),
        (None, "ND", None, "ND"),
        (None, "NOT DONE", None, "ND"),
    ],
)
def test_the_table(pet: str | None, ct: str | None, prior: str | None, response: str) -> None:
    assert at_one_visit(pet, ct, prior)["RSSTRESC"] == response


@pytest.mark.parametrize(
    ("pet", "ct", "prior", "response"),
    [
        ("NED", "PAR", None, "NED"),
        ("ND", "SAD", "PMR", "SD"),
        ("NE", "SAD", "PMR", "PR"),
        ("ND", "PAD", "PMR", "PD"),
        ("CMR", "PAD", None, "CR"),
    ],
)
def test_the_draft_differs_in_ned_and_nd(
    pet: str | None, ct: str | None, prior: str | None, response: str
) -> None:
    assert at_one_visit(pet, ct, prior, "DRAFT")["RSSTRESC"] == response


PET_TERMS = (*EVALUABLE, "NE", "ND", "NED", None)
CT_TERMS = ("CAR", "PAR", "SAD", "PAD", "NE", "ND", "NED", None)


@pytest.mark.parametrize("table", ["LUGANO", "DRAFT"])
def test_every_combination_of_known_terms_has_a_response(table: str) -> None:
    for pet, ct, prior in product(PET_TERMS, CT_TERMS, (None, "CMR")):
        if pet or ct:
            assert at_one_visit(pet, ct, prior, table)["RSSTRESC"], (pet, ct, prior)


def test_an_unknown_term_is_kept_and_gives_nothing() -> None:
    row = at_one_visit("CMRR", "CAR")
    assert (row["PET"], row["RSSTRESC"], row["RULE"]) == ("CMRR", None, None)


def test_readings_without_a_value_are_a_time_point_not_done() -> None:
    frame = overall(readings("pet", ("1", "2024-01-01", None)), readings("ct"))
    assert frame.select("RSSTRESC", "RULE", "_src").row(0) == ("ND", "neither", "pet#1")


def test_only_a_pet_of_a_strictly_earlier_date_is_carried_forward() -> None:
    pet = readings("pet", ("1", "2024-01-01", "NE"), ("1", "2024-02-01", "CMR"))
    ct = readings("ct", ("1", "2024-01-01", "SAD"))
    assert overall(pet, ct)["RSSTRESC"].to_list() == ["SD", "CR"]
    other = overall(readings("pet", ("2", "2023-01-01", "CMR")).vstack(pet), ct)
    assert other.filter(USUBJID="1")["RSSTRESC"].to_list() == ["SD", "CR"]


def test_a_pet_of_the_same_day_is_not_an_earlier_one() -> None:
    pet = readings("pet", ("1", "2024-01-01", "NE"), ("1", "2024-01-01", "CMR"))
    ct = readings("ct", ("1", "2024-01-01", "SAD"))
    by_link = overall(pet, ct, on="RSLNKGRP")
    assert by_link.select("PET", "RSSTRESC").rows() == [("NE", "SD"), ("CMR", "CR")]


def test_the_latest_earlier_pet_is_carried_forward() -> None:
    pet = readings("pet", ("1", "2024-01-01", "CMR"), ("1", "2024-02-01", "PMR"), ("1", "2024-03-01", "ND"))
    ct = readings("ct", ("1", "2024-03-01", "CAR"))
    assert overall(pet, ct).row(-1, named=True)["RSSTRESC"] == "PR"


def test_lineage_names_the_reading_that_decided() -> None:
    pet = readings("pet", ("1", "2024-01-01", "PMR"), ("1", "2024-02-01", "NE"), ("1", "2024-03-01", "NE"))
    ct = readings("ct", ("1", "2024-02-01", "SAD"), ("1", "2024-03-01", "PAD"))
    assert overall(pet, ct).select("RSSTRESC", "_src", "_src:pet", "_src:ct").rows() == [
        ("PR", "pet#1", "pet#1", None),
        ("PR", "pet#1", "pet#2", "ct#1"),
        ("PD", "ct#2", "pet#3", "ct#2"),
    ]


def test_a_link_id_matches_readings_of_different_days() -> None:
    pet, ct = readings("pet", ("1", "2024-02-03", "NE")), readings("ct", ("1", "2024-02-01", "PAD"))
    assert overall(pet, ct).height == 2
    (row,) = overall(pet, ct, on="RSLNKGRP").rows(named=True)
    assert (row["RSSTRESC"], row["RSDTC"], row["_src"]) == ("PD", "2024-02-01", "ct#1")


def test_undated_readings_match_by_visit() -> None:
    pet, ct = readings("pet", ("1", None, "ND")), readings("ct", ("1", None, "PAD"))
    assert overall(pet, ct)["RSSTRESC"].to_list() == ["PD"]


def test_of_two_pets_on_a_day_the_worst_counts() -> None:
    pet = readings("pet", ("1", "2024-01-01", "PMD"), ("1", "2024-01-01", "CMR"))
    assert overall(pet, readings("ct")).select("RSSTRESC", "_src").rows() == [("PD", "pet#1")]


def test_a_missing_column_and_a_bad_table_are_named() -> None:
    with pytest.raises(SpecError, match=r"RS\.RSLNKID"):
        overall(readings("pet"), readings("ct"), on="RSLNKID")
    with pytest.raises(SpecError, match="same name"):
        overall(readings("pet"), readings("ct"), (LUGANO_2014[0], replace(LUGANO_2014[1], name="PET")))


def test_the_overall_responses_feed_the_response_parameters() -> None:
    pet = readings("pet", ("1", "2024-02-01", "PMR"), ("1", "2024-04-01", "CMR"), ("1", "2024-06-01", "ND"))
    adsl = pl.DataFrame({"USUBJID": ["1"], "RANDDT": ["2024-01-01"], "_src": ["dm#1"]}).with_columns(
        pl.col("RANDDT").str.to_date(), DTHDT=pl.lit(None, pl.Date)
    )
    adrs = derive_adrs(
        overall(pet, readings("ct")),
        adsl,
        criteria=CRITERIA["LUGANO 2014"],
        select={"RSTESTCD": ["OVRLRESP"]},
        data={
            "TU": pl.DataFrame(
                schema=dict.fromkeys(["USUBJID", "TUSEQ", "TUEVAL", "TUSTRESC", "VISIT", "_src"], pl.String)
            )
        },
    )
    said = dict(adrs.filter(pl.col("PARAMCD") != "OVR").select("PARAMCD", "AVALC").iter_rows())
    assert (said["BOR"], said["RSP"], said["LSTA"]) == ("CR", "Y", "CR")
    assert adrs.filter(PARAMCD="OVR")["AVALC"].to_list() == ["PR", "CR", "ND"]


days = st.integers(1, 9).map(lambda d: f"2024-01-0{d}")
pets = st.lists(
    st.tuples(st.sampled_from("ab"), days, st.sampled_from([t for t in PET_TERMS if t])), max_size=8
)
cts = st.lists(
    st.tuples(st.sampled_from("ab"), days, st.sampled_from([t for t in CT_TERMS if t])), max_size=8
)


@settings(max_examples=60, deadline=None)
@given(pets, cts, st.integers(0, 99))
def test_row_order_and_other_subjects_change_nothing(
    pet_rows: list[Reading], ct_rows: list[Reading], seed: int
) -> None:
    pet, ct = readings("pet", *pet_rows), readings("ct", *ct_rows)
    whole = overall(pet, ct)
    shuffled = overall(
        pet.sample(fraction=1, shuffle=True, seed=seed), ct.sample(fraction=1, shuffle=True, seed=seed)
    )
    assert_frame_equal(whole, shuffled)
    alone = overall(pet.filter(USUBJID="a"), ct.filter(USUBJID="a"))
    assert_frame_equal(whole.filter(USUBJID="a"), alone)
    points = {(s, d) for s, d, _ in (*pet_rows, *ct_rows)}
    assert set(whole.select("USUBJID", "RSDTC").iter_rows()) == points
    assert whole.height == len(points)
