"""What holds of every simulated subject, whatever the seed: protocol, response criteria, calendar."""

from __future__ import annotations

from functools import cache

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from interop.derive.lugano import overall
from interop.simulate.course import Course
from interop.simulate.facts import Scan
from interop.simulate.settings import Settings, load_settings
from interop.simulate.toxicity import FATAL
from interop.simulate.treat import simulated
from interop.studyfile import load_study

STEPS = ["2.5", "10", "30"]
subjects = st.tuples(st.integers(1, 50_000), st.integers(0, 2**64))


@cache
def parameters() -> Settings:
    return load_settings(load_study("glofit-cart"))


def course(of: tuple[int, int]) -> Course:
    number, seed = of
    return simulated(number, seed, parameters(), 0.05)


def given_doses(c: Course, *treatments: str) -> list[int]:
    return [d.day for d in c.doses if d.treatment in treatments and not d.not_given]


@given(subjects)
def test_nothing_is_before_consent_or_after_the_end(of: tuple[int, int]) -> None:
    c = course(of)
    ends = (c.death, c.dropout, c.end_of_study, parameters().data_cut)
    end = min(d for d in ends if d is not None)
    days = [
        *(v.day for v in c.visits),
        *(d.day for d in c.doses),
        *(p.day for p in c.procedures),
        *(s.day for s in c.scans),
        *(e.start for e in c.events),
        *(t.start for t in c.therapies),
        *(d.day for d in c.dispositions),
        *(x.day for x in c.contacts),
    ]
    assert c.consent == min(c.consent, *days)
    assert max(days) <= end
    spans = [(e.start, e.end) for e in c.events]
    spans += [(m.start, m.end) for m in c.medications] + [(t.start, t.end) for t in c.therapies]
    assert all(last is None or first <= last <= end for first, last in spans)


@given(subjects)
def test_salvage_is_step_up_after_obinutuzumab_and_apheresis(of: tuple[int, int]) -> None:
    c = course(of)
    salvage = [d for d in c.doses if d.treatment == "GLOFITAMAB" and not d.visit.startswith("CONS")]
    done = [d.dose for d in salvage if not d.not_given]
    assert done == STEPS[: len(done)]
    if c.first_glofitamab is None:
        assert not done
        return
    assert given_doses(c, "OBINUTUZUMAB") == [c.start]
    assert c.start is not None
    assert c.start < c.first_glofitamab == salvage[0].day
    apheresis = [p for p in c.procedures if p.identifier == "PR-LA1"]
    assert len(apheresis) == 1
    assert apheresis[0].day < c.first_glofitamab
    assert bool(apheresis[0].not_done) == bool(c.contraindicated)


@given(subjects)
def test_cellular_therapy_follows_the_cohort(of: tuple[int, int]) -> None:
    c = course(of)
    fc = given_doses(c, "FLUDARABINE", "CYCLOPHOSPHAMIDE")
    beam = given_doses(c, "CARMUSTINE", "ETOPOSIDE", "CYTARABINE", "MELPHALAN")
    assert bool(fc) == (c.cohort == "CART")
    assert bool(beam) == (c.cohort == "ASCTCART")
    if c.chemo is None:
        assert c.car_t is None
        return
    assert len(done_glofitamab(c)) == 3, "phase 1 was completed"
    last = max(s.day for s in c.scans if s.day < c.chemo)
    assert 0 < c.chemo - last <= 14
    cells = min(p.day for p in c.procedures if p.name == "LYMPHOCYTE APHERESIS" and not p.not_done)
    assert cells < c.chemo
    if c.car_t is None:
        return
    (dose,) = (float(d.dose) for d in c.doses if d.treatment == "CAR-T CELLS")
    assert 2 <= dose <= 4
    if c.cohort == "CART":
        assert sorted(set(fc)) == [c.car_t - 5, c.car_t - 4, c.car_t - 3]
    else:
        assert c.reinfusion is not None
        assert max(beam) < c.reinfusion
        assert 2 <= c.car_t - c.reinfusion <= 4
        for test, least in (("MNC", 3.0), ("CD34", 2.0)):
            collected = [y for y in c.yields if y.test == test and y.product.startswith("PERIPHERAL")]
            assert sum(float(y.value) for y in collected) >= least
            assert max(y.day for y in collected) < c.chemo


def done_glofitamab(c: Course) -> list[int]:
    return [
        d.day
        for d in c.doses
        if d.treatment == "GLOFITAMAB" and not d.visit.startswith("CONS") and not d.not_given
    ]


@given(subjects)
def test_day_28_decides_consolidation(of: tuple[int, int]) -> None:
    c = course(of)
    cycles = [d for d in c.doses if d.visit.startswith("CONS")]
    assert [d.dose for d in cycles] == ["30"] * len(cycles)
    assert len(cycles) <= 4
    if c.day28 is None:
        assert not cycles
        return
    scan = next(s for s in c.scans if s.visit == "D28")
    assert c.consolidate == (scan.deauville in ("4", "5") or c.ctdna_day28 == "POSITIVE")
    if cycles:
        assert c.consolidate
        assert c.consolidation == cycles[0].day > c.day28


@given(subjects)
def test_crs_and_icans_follow_an_infusion_of_cells_or_glofitamab(of: tuple[int, int]) -> None:
    c = course(of)
    causes = given_doses(c, "GLOFITAMAB", "CAR-T CELLS")
    for e in c.events:
        assert e.special == (e.system == "ASTCT CONSENSUS")
        assert 1 <= e.grade <= 5
        assert e.fatal == (e.grade == 5)
        if e.special:
            assert any(0 <= e.start - day <= 10 for day in causes)
    for m in c.medications:
        if m.name == "TOCILIZUMAB":
            assert any(e.start == m.start and e.grade >= 2 and e.special for e in c.events)
    fatal = c.death is not None and c.death_cause != "Lymphoma"
    assert [e.end for e in c.events if e.fatal] == ([c.death] if fatal else [])


@given(subjects)
@example((18, 42))  # a call was planned for the day of death
def test_who_is_dead_is_not_found_alive(of: tuple[int, int]) -> None:
    c = course(of)
    told = {x.day: x.status for x in c.contacts}
    assert len(told) == len(c.contacts), "one contact a day"
    assert [day for day, status in told.items() if status == "DEAD"] == ([] if c.death is None else [c.death])


@given(subjects)
def test_measurements_are_what_the_response_says(of: tuple[int, int]) -> None:
    c = course(of)
    targets = [n for n in c.lesions if n.kind == "TARGET"]
    assert len(targets) <= 6
    nodal = {n.identifier: n.nodal for n in c.lesions}
    lowest: dict[str, int] = {}
    for n, scan in enumerate(c.scans):
        sizes = {
            m.lesion: (m.ldiam, m.lperp) for m in scan.measures if m.ldiam is not None and m.lperp is not None
        }
        products = {name: a * b for name, (a, b) in sizes.items()}
        assert all(b <= a for a, b in sizes.values()), "the longest diameter is the longest"
        if n:
            by_ct(scan, sizes, products, lowest, nodal, c)
            by_pet(scan)
        for name, product in products.items():
            lowest[name] = min(product, lowest.get(name, product))


def by_ct(
    scan: Scan,
    sizes: dict[str, tuple[int, int]],
    products: dict[str, int],
    lowest: dict[str, int],
    nodal: dict[str, bool],
    c: Course,
) -> None:
    known = [name for name in products if name in lowest]
    baseline = sum(n.ldiam * n.lperp for n in c.lesions if n.identifier in known)
    share = sum(products[name] for name in known) / baseline
    complete = all(a <= 15 if nodal[name] else a == 0 for name, (a, _) in sizes.items())
    grew = any(
        products[name] >= 1.5 * lowest[name] and sizes[name][0] > 15 and products[name] > lowest[name]
        for name in known
    )
    assert (scan.ana == "CR") == complete
    assert (scan.ana == "PD") == (grew or scan.new_lesion)
    if scan.ana == "PR":
        assert share <= 0.5
    if scan.ana == "SD":
        assert share > 0.5


def by_pet(scan: Scan) -> None:
    scores = {m.lesion: m.deauville for m in scan.measures if m.deauville}
    if scan.met in (None, "NE", "ND"):
        assert not scores
    else:
        assert scores.keys() == {m.lesion for m in scan.measures}
        worst = max(scores.values())
        assert {"CMR": worst in "123", "PMR": worst in "45", "NMR": worst in "45", "PMD": worst == "5"}[
            scan.met
        ]


CT = {"CR": "CAR", "PR": "PAR", "SD": "SAD", "PD": "PAD"}


@given(st.lists(subjects, min_size=5, max_size=5, unique=True))
def test_the_overall_response_is_that_of_lugano_2014(several: list[tuple[int, int]]) -> None:
    rows = [
        (str(of), n, s.met, CT.get(s.ana or ""), s.overall, s.day)
        for of in several
        for n, s in enumerate(course(of).scans)
        if n
    ]
    schema = {"USUBJID": pl.String, "RSSEQ": pl.Int64, "PET": pl.String, "CT": pl.String, "ours": pl.String}
    frame = pl.DataFrame(rows, schema={**schema, "day": pl.Int64}, orient="row")
    day = pl.date(2000, 1, 1) + pl.duration(days="day") - pl.duration(days=730_000)
    frame = frame.with_columns(RSDTC=day.dt.strftime("%Y-%m-%d"), _src=pl.format("{} {}", "USUBJID", "RSSEQ"))
    pet = frame.filter(pl.col("PET").is_not_null()).rename({"PET": "RSSTRESC"})
    ct = frame.filter(pl.col("CT").is_not_null()).rename({"CT": "RSSTRESC"})
    found = overall(pet, ct).select("USUBJID", "RSDTC", theirs="RSSTRESC")
    both = frame.join(found, on=["USUBJID", "RSDTC"], how="left")
    assert both.filter(pl.col("ours").ne_missing(pl.col("theirs"))).is_empty()


@given(subjects)
def test_after_progression_nothing_is_assessed_but_by_cellular_therapy(of: tuple[int, int]) -> None:
    c = course(of)
    seen = [s for s in c.scans if s.overall == "PD"]
    after = [s for s in seen if c.car_t is not None and s.day >= c.car_t]
    assert not after or c.scans[-1] is after[0]
    if c.new_therapy is not None:
        assert c.new_therapy > max([d.day for d in c.doses] + [s.day for s in c.scans])
    if c.progression is not None:
        assert c.onset is None or c.onset <= c.progression or c.car_t is not None


def test_every_part_of_the_trial_happens_to_somebody() -> None:
    courses = [course((n, 5)) for n in range(1, 401)]
    assert {c.cohort for c in courses} == {"", "CART", "ASCTCART"}
    assert any(c.screen_failure for c in courses)
    assert any(c.contraindicated and c.car_t for c in courses), "a late apheresis"
    assert any(len([p for p in c.procedures if p.name == "STEM CELL COLLECTION"]) == 2 for c in courses)
    assert {s.met for c in courses for s in c.scans[1:]} == {"CMR", "PMR", "NMR", "PMD", "NE", "ND", None}
    assert {s.ana for c in courses for s in c.scans[1:]} == {"CR", "PR", "SD", "PD"}
    assert any(s.met == "PMD" and s.ana != "PD" for c in courses for s in c.scans)
    assert any(c.consolidate and not c.consolidation for c in courses)
    assert any(c.consolidation for c in courses)
    assert {c.dropout_why for c in courses} >= {"WITHDRAWAL BY SUBJECT", "LOST TO FOLLOW-UP"}
    assert {c.death_cause for c in courses if c.death} == {*FATAL, "Lymphoma"}
    assert any(c.end_of_study is None for c in courses), "some are under way at the data cut"
    agents = {d.treatment for c in courses for d in c.doses}
    assert agents == set(parameters().doses)
