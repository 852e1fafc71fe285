from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from interop.derive.response import (
    CRITERIA,
    PARAMS,
    Param,
    Period,
    ResponseCriteria,
    analysis_date,
    assessments,
    derive_adrs,
)
from interop.errors import SpecError

RECIST, LUGANO = CRITERIA["RECIST 1.1"], CRITERIA["LUGANO 2014"]
DAY0 = date(2024, 1, 1)
Visit = tuple[str, int, str]  # subject, days after the start, value


def day(n: int) -> date:
    return DAY0 + timedelta(n)


def adsl(*subjects: str, **dates: int | None) -> pl.DataFrame:
    """Subjects who all start on day 0; further ADSL dates in days after it, the same for all."""
    named = {"RANDDT": 0, "DTHDT": None, **dates}
    schema = {"USUBJID": pl.String, **dict.fromkeys(named, pl.Date), "_src": pl.String}
    return pl.DataFrame(
        [
            {"USUBJID": s, "_src": f"dm#{s}"} | {k: None if n is None else day(n) for k, n in named.items()}
            for s in subjects
        ],
        schema=schema,
    )


def rs(*visits: Visit) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "USUBJID": subject,
                "RSSEQ": number,
                "RSTESTCD": "OVRLRESP",
                "RSEVAL": "INVESTIGATOR",
                "RSSTRESC": value,
                "RSDTC": day(n).isoformat(),
                "_src": f"rs#{number}",
            }
            for number, (subject, n, value) in enumerate(visits, 1)
        ],
        schema={
            "USUBJID": pl.String,
            "RSSEQ": pl.Int64,
            **dict.fromkeys(["RSTESTCD", "RSEVAL", "RSSTRESC", "RSDTC", "_src"], pl.String),
        },
    )


RESPONSES = tuple(p for p in PARAMS if p.kind != "MDIS")


def derive(
    visits: Sequence[Visit],
    subjects: pl.DataFrame | None = None,
    params: Sequence[Param] = RESPONSES,
    criteria: ResponseCriteria = RECIST,
) -> pl.DataFrame:
    return derive_adrs(rs(*visits), adsl("1") if subjects is None else subjects, params, criteria)


def said(frame: pl.DataFrame, subject: str = "1") -> dict[str, str]:
    rows = frame.filter(pl.col("PARAMCD") != "OVR", USUBJID=subject)
    return dict(rows.select("PARAMCD", "AVALC").iter_rows())


@pytest.mark.parametrize(
    ("visits", "bor", "cbor"),
    [
        ([], "MISSING", "MISSING"),
        ([(21, "SD")], "NE", "NE"),
        ([(41, "SD")], "NE", "NE"),
        ([(42, "SD")], "SD", "SD"),
        ([(41, "NON-CR/NON-PD")], "NE", "NE"),
        ([(42, "NON-CR/NON-PD")], "NON-CR/NON-PD", "NON-CR/NON-PD"),
        ([(21, "NE")], "NE", "NE"),
        ([(21, "SD"), (30, "PD")], "PD", "PD"),
        ([(21, "PD"), (50, "CR")], "PD", "PD"),
        ([(21, "PR")], "PR", "NE"),
        ([(42, "PR")], "PR", "SD"),
        ([(21, "CR"), (49, "CR")], "CR", "CR"),
        ([(21, "CR"), (48, "CR")], "CR", "SD"),
        ([(21, "CR"), (30, "NE"), (49, "CR")], "CR", "CR"),
        ([(21, "CR"), (30, "NE"), (35, "NE"), (49, "CR")], "CR", "SD"),
        ([(21, "CR"), (30, "PR"), (49, "CR")], "CR", "SD"),
        ([(21, "PR"), (49, "CR")], "CR", "PR"),
        ([(21, "PR"), (30, "NE"), (49, "PR")], "PR", "PR"),
        ([(21, "PR"), (30, "SD"), (49, "PR")], "PR", "SD"),
        ([(21, "PR"), (30, "CR"), (49, "PR")], "CR", "SD"),
        ([(21, "PR"), (30, "PR"), (49, "CR")], "CR", "PR"),
    ],
)
def test_best_response_with_and_without_confirmation(
    visits: list[tuple[int, str]], bor: str, cbor: str
) -> None:
    got = said(derive([("1", n, value) for n, value in visits]))
    assert (got["BOR"], got["CBOR"]) == (bor, cbor)
    assert got["BCP"] == ("Y" if bor in ("CR", "PR") else "N")
    assert got["CBCP"] == ("Y" if cbor in ("CR", "PR") else "N")


def test_of_a_date_the_worst_counts_then_the_highest_sequence() -> None:
    rows = rs(
        ("1", 9, "PR"), ("1", 9, "SD"), ("1", 9, "SD"), ("1", 9, "NE"), ("1", 30, "PD"), ("1", 40, "CR")
    )
    flags = assessments(rows, adsl("1"), RECIST).sort("RSSEQ").select("RSSEQ", "ANL01FL", "ANL02FL")
    assert flags.rows() == [
        (1, None, "Y"),
        (2, None, "Y"),
        (3, "Y", "Y"),
        (4, None, "Y"),
        (5, "Y", "Y"),
        (6, "Y", None),
    ]


def test_before_the_start_nothing_counts_and_nothing_is_lost() -> None:
    rows = assessments(rs(("1", -1, "PD"), ("1", 0, "PR"), ("2", 5, "PR")), adsl("1"), RECIST)
    assert rows.sort("RSSEQ").select("RSSEQ", "ANL01FL", "ANL02FL").rows() == [
        (1, None, "Y"),
        (2, "Y", "Y"),
        (3, None, "Y"),
    ]


def test_other_evaluators_are_left_out_and_the_evaluator_is_a_setting() -> None:
    rows = rs(("1", 50, "CR")).with_columns(RSEVAL=pl.lit("INDEPENDENT ASSESSOR"))
    assert said(derive_adrs(rows, adsl("1"), RESPONSES))["BOR"] == "MISSING"
    central = {"RSEVAL": ["INDEPENDENT ASSESSOR"]}
    assert said(derive_adrs(rows, adsl("1"), RESPONSES, select=central))["BOR"] == "CR"


@pytest.mark.parametrize(
    ("dtc", "impute", "adt", "adtf"),
    [
        ("2024-02-10", "last", date(2024, 2, 10), None),
        ("2024-02-10T08:30", "last", date(2024, 2, 10), None),
        ("2024-02", "last", date(2024, 2, 29), "D"),
        ("2024-02", "first", date(2024, 2, 1), "D"),
        ("2024-02", None, None, None),
        ("2024", "last", None, None),
        ("2024-02-30", "last", None, None),
        (None, "last", None, None),
    ],
)
def test_analysis_dates(dtc: str | None, impute: str | None, adt: date | None, adtf: str | None) -> None:
    frame = pl.DataFrame({"RSDTC": [dtc]}, schema={"RSDTC": pl.String})
    assert frame.select(*analysis_date("RSDTC", impute)).row(0) == (adt, adtf)  # type: ignore[arg-type]


def test_lineage_is_the_row_that_decided_else_the_subject() -> None:
    frame = derive([("1", 21, "PR"), ("1", 49, "PR"), ("1", 63, "PD")], adsl("1", "2"))
    rows = {(r["USUBJID"], r["PARAMCD"]): r for r in frame.iter_rows(named=True) if r["PARAMCD"] != "OVR"}
    assert (rows["1", "CBOR"]["_src"], rows["1", "CBOR"]["_src:confirm"]) == ("rs#1", "rs#2")
    assert (rows["1", "BOR"]["_src"], rows["1", "BOR"]["_src:confirm"]) == ("rs#1", None)
    assert (rows["1", "LSTA"]["_src"], rows["1", "LSTA"]["SRCSEQ"]) == ("rs#3", 3)
    assert (rows["1", "PD"]["SRCDOM"], rows["1", "PD"]["SRCVAR"]) == ("RS", "RSSTRESC")
    assert (rows["2", "BOR"]["_src"], rows["2", "BOR"]["SRCDOM"]) == ("dm#2", "ADSL")
    assert (rows["1", "DEATH"]["AVALC"], rows["1", "DEATH"]["_src"]) == ("N", "dm#1")


def test_death_is_dated_and_has_no_criteria() -> None:
    row = derive([], adsl("1", DTHDT=77)).filter(PARAMCD="DEATH").row(0, named=True)
    assert (row["AVALC"], row["AVAL"], row["ADT"], row["PARCAT3"]) == ("Y", 1, day(77), None)
    assert (row["SRCDOM"], row["SRCVAR"]) == ("ADSL", "DTHDT")


def test_measurable_disease_reads_what_it_is_told_to() -> None:
    tu = pl.DataFrame(
        {
            "USUBJID": ["1", "1", "2"],
            "TUSEQ": [2, 1, 1],
            "TUSTRESC": ["TARGET", "TARGET", "NON-TARGET"],
            "_src": ["tu#2", "tu#1", "tu#3"],
        }
    )
    param = Param("MDIS", "Measurable Disease", "MDIS", where={"TUSTRESC": ["TARGET"]})
    frame = derive_adrs(rs(), adsl("1", "2"), (param,), data={"TU": tu})
    assert frame.select("AVALC", "ADT", "_src").rows() == [("Y", None, "tu#1"), ("N", None, "dm#2")]
    with pytest.raises(SpecError, match="MDIS reads TU, which was not given"):
        derive_adrs(rs(), adsl("1"), (param,))


def test_the_thresholds_are_settings() -> None:
    visits = [("1", 30, "SD"), ("1", 40, "PR"), ("1", 55, "PR")]
    strict = said(derive(visits))
    loose = said(derive(visits, criteria=replace(RECIST, min_days=28, confirm_days=14)))
    assert (strict["CBOR"], strict["CCB"]) == ("SD", "Y")
    assert (loose["CBOR"], loose["CRSP"]) == ("PR", "Y")
    none_between = replace(RECIST, max_not_evaluable=0)
    gap = [("1", 21, "CR"), ("1", 30, "NE"), ("1", 50, "CR")]
    assert (said(derive(gap))["CBOR"], said(derive(gap, criteria=none_between))["CBOR"]) == ("CR", "SD")


def test_no_evidence_of_disease_counts_as_the_study_says() -> None:
    visits = [("1", 50, "NED")]
    assert said(derive(visits, criteria=LUGANO))["BOR"] == "NE"
    as_cr = replace(LUGANO, counts_as={**LUGANO.counts_as, "NED": "CR"})
    assert said(derive(visits, criteria=as_cr))["BOR"] == "CR"
    assert derive(visits, criteria=LUGANO).filter(PARAMCD="OVR")["AVAL"].to_list() == [6]


def test_an_assessment_not_done_is_never_the_last() -> None:
    got = said(derive([("1", 50, "PR"), ("1", 80, "ND")], criteria=LUGANO))
    assert (got["LSTA"], got["BOR"]) == ("PR", "PR")


def test_criteria_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(SpecError, match="uCR is not one of the six"):
        replace(RECIST, counts_as={**RECIST.counts_as, "CRu": "uCR"})
    with pytest.raises(SpecError, match="CRu needs a place in order and a code"):
        replace(RECIST, counts_as={**RECIST.counts_as, "CRu": "CR"})


AFTER = Period("CARTDT", length="1y")
BEFORE = Period("RANDDT", until="LDDT", lag=-1, within=14)
PHASES = (
    Param("CRC", "CR after CAR-T", "RSP", values=("CR",), period=AFTER),
    Param("ORC", "CR or PR after CAR-T", "RSP", period=AFTER),
    Param("CRT", "CR at the last assessment before CAR-T", "LSTA", values=("CR",), period=BEFORE),
    Param("ORT", "CR or PR at that assessment", "LSTA", values=("CR", "PR"), period=BEFORE),
)


def test_each_phase_has_its_own_baseline_and_window() -> None:
    subject = adsl("1", LDDT=60, CARTDT=65)
    salvage = [("1", 20, "CR"), ("1", 50, "PR")]
    got = said(derive([*salvage, ("1", 62, "PD"), ("1", 95, "CR")], subject, PHASES))
    assert got == {"CRT": "N", "ORT": "Y", "CRC": "Y", "ORC": "Y"}
    got = said(derive([*salvage, ("1", 95, "PD"), ("1", 120, "CR")], subject, PHASES))
    assert (got["CRC"], got["ORC"]) == ("N", "N")


@pytest.mark.parametrize(
    ("at", "before", "after"),
    [
        (45, "N", "N"),
        (46, "Y", "N"),
        (59, "Y", "N"),
        (60, "N", "N"),
        (65, "N", "Y"),
        (430, "N", "Y"),
        (431, "N", "N"),
    ],
)
def test_the_ends_of_a_period_belong_to_it(at: int, before: str, after: str) -> None:
    got = said(derive([("1", at, "CR")], adsl("1", LDDT=60, CARTDT=65), PHASES))
    assert (got["CRT"], got["CRC"]) == (before, after)


def test_a_subject_who_never_reached_the_second_phase() -> None:
    subject = adsl("1", LDDT=None, CARTDT=None)
    got = said(derive([("1", 50, "CR")], subject, PHASES))
    assert got == {"CRT": "Y", "ORT": "Y", "CRC": "N", "ORC": "N"}


def test_the_population_of_a_parameter_says_who_has_a_record() -> None:
    subjects = adsl("1", "2").with_columns(EFFFL=pl.Series(["Y", None]))
    param = Param("BOR", "Best", "BOR", population={"EFFFL": ["Y"]})
    assert derive([("2", 50, "CR")], subjects, (param,))["USUBJID"].to_list() == ["1"]


def test_a_name_that_is_not_there_is_said() -> None:
    with pytest.raises(SpecError, match=r"ADSL\.TRTSDT"):
        derive_adrs(rs(), adsl("1"), RESPONSES, ref_start="TRTSDT")
    with pytest.raises(SpecError, match="within needs until"):
        Period("RANDDT", within=14)
    with pytest.raises(SpecError, match="'1 year'"):
        Period("RANDDT", length="1 year")


# The rules once more, one subject at a time and in plain Python: the oracle of the columns above.


def brute(visits: list[tuple[int, int, str]], criteria: ResponseCriteria = RECIST) -> dict[str, str | None]:
    """(day after start, sequence, value) of one subject to the value of each parameter."""
    by_day: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for n, seq, value in visits:
        if n >= 0 and value in criteria.counts_as:
            by_day[n].append((criteria.order.index(value), seq, value))
    course = [(n, max(found)[2]) for n, found in sorted(by_day.items())]
    done = [value for _, value in course if value not in criteria.not_done]
    counting = []
    for n, value in course:
        counting.append((n, criteria.counts_as[value]))
        if criteria.counts_as[value] == "PD":
            break
    kept = [
        value
        for at, (_, value) in enumerate(counting)
        if value in ("CR", "PR") and holds(counting, at, criteria)
    ]
    simple = [value for _, value in counting if value in ("CR", "PR")]
    stood = any(
        value in ("CR", "PR", "SD", "NON-CR/NON-PD") and n >= criteria.min_days for n, value in counting
    )
    out: dict[str, str | None] = {"LSTA": done[-1] if done else None}
    out["PD"] = "Y" if any(value == "PD" for _, value in counting) else "N"
    for prefix, responses in (("", simple), ("C", kept)):
        best = best_of(counting, responses, criteria)
        out[f"{prefix}BOR"] = best
        out[f"{prefix}RSP"] = "Y" if responses else "N"
        out[f"{prefix}CB"] = "Y" if responses or stood else "N"
        out["CBCP" if prefix else "BCP"] = "Y" if best in ("CR", "PR") else "N"
    return out


def holds(course: list[tuple[int, str]], at: int, criteria: ResponseCriteria) -> bool:
    """Whether the response at a place of the course is confirmed later in it."""
    n, value = course[at]
    same = ("CR",) if value == "CR" else ("CR", "PR")
    between: list[str] = []
    for later, other in course[at + 1 :]:
        if other in same and later >= n + criteria.confirm_days:
            seen = [*between, other]
            after_cr = seen[seen.index("CR") :] if "CR" in seen else []
            return between.count("NE") <= criteria.max_not_evaluable and "PR" not in after_cr
        if other not in (*same, "NE"):
            return False
        between.append(other)
    return False


def best_of(course: list[tuple[int, str]], responses: list[str], criteria: ResponseCriteria) -> str:
    stood = {value for n, value in course if n >= criteria.min_days}
    if responses:
        return min(responses)
    if stood & {"CR", "PR", "SD"}:
        return "SD"
    if "NON-CR/NON-PD" in stood:
        return "NON-CR/NON-PD"
    values = {value for _, value in course}
    return "PD" if "PD" in values else "NE" if values else criteria.missing


recist_visits = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(-1, 12).map(lambda n: 7 * n), st.sampled_from(RECIST.order)),
    max_size=14,
)
# Mostly responses, close together: what confirmation is about.
response_visits = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.integers(0, 9).map(lambda n: 10 * n),
        st.sampled_from(["CR", "PR", "PR", "NE"]),
    ),
    max_size=12,
)


def assert_as_brute(visits: list[Visit], criteria: ResponseCriteria) -> None:
    frame = derive(visits, adsl("a", "b"), criteria=criteria)
    for subject in "ab":
        mine = [(n, seq, value) for seq, (s, n, value) in enumerate(visits, 1) if s == subject]
        got = said(frame, subject)
        got.pop("DEATH")
        assert got == brute(mine, criteria)


@settings(max_examples=60, deadline=None)
@given(st.one_of(recist_visits, response_visits))
def test_the_columns_agree_with_one_subject_at_a_time(visits: list[Visit]) -> None:
    assert_as_brute(visits, RECIST)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"), st.integers(0, 9).map(lambda n: 10 * n), st.sampled_from(LUGANO.order)
        ),
        max_size=12,
    )
)
def test_they_agree_under_lugano_too(visits: list[Visit]) -> None:
    assert_as_brute(visits, LUGANO)


@settings(max_examples=60, deadline=None)
@given(recist_visits, st.integers(0, 99))
def test_neither_row_order_nor_other_subjects_matter(visits: list[Visit], seed: int) -> None:
    rows, subjects = rs(*visits), adsl("a", "b")
    whole = derive_adrs(rows, subjects, RESPONSES)
    shuffled = derive_adrs(rows.sample(fraction=1, shuffle=True, seed=seed), subjects.reverse(), RESPONSES)
    assert_frame_equal(whole, shuffled)
    alone = derive_adrs(rows.filter(USUBJID="a"), adsl("a"), RESPONSES)
    assert_frame_equal(whole.filter(USUBJID="a"), alone)
    counts = whole.filter(pl.col("PARAMCD") != "OVR").group_by("USUBJID", "PARAMCD").len()
    assert counts.height == 2 * (len(RESPONSES) - 1)
    assert counts["len"].unique().to_list() == [1]
    assert whole.filter(PARAMCD="OVR").height == len(visits)
    assert whole["_src"].null_count() == 0
