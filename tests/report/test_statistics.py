"""Exact intervals against scipy, Kaplan-Meier against lifelines."""

from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interop.report.statistics import at, clopper_pearson, kaplan_meier, quantile

Times = list[tuple[int, int]]
TIMES = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 1)), min_size=1, max_size=60)


def frame(times: Times) -> pl.DataFrame:
    return pl.DataFrame(times, schema={"AVAL": pl.Float64, "CNSR": pl.Int64}, orient="row")


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(max_examples=150, deadline=None)
def test_exact_interval_is_that_of_scipy(drawn: tuple[int, int]) -> None:
    stats = pytest.importorskip("scipy.stats")
    expected = stats.binomtest(*drawn).proportion_ci(0.95, "exact")
    assert clopper_pearson(*drawn) == pytest.approx((expected.low, expected.high), abs=1e-10)


def test_exact_interval_of_a_textbook() -> None:
    """10 of 10: the lower limit is 0.025 ** (1 / 10); 0 of 10 mirrors it."""
    assert clopper_pearson(10, 10) == pytest.approx((0.025**0.1, 1.0))
    assert clopper_pearson(0, 10) == pytest.approx((0.0, 1 - 0.025**0.1))
    assert clopper_pearson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("n", "total"), [(-1, 5), (6, 5)])
def test_no_proportion(n: int, total: int) -> None:
    with pytest.raises(ValueError, match="is no proportion"):
        clopper_pearson(n, total)


@given(TIMES)
@settings(max_examples=60, deadline=None)
def test_kaplan_meier_is_that_of_lifelines(times: Times) -> None:
    lifelines = pytest.importorskip("lifelines")
    utils = pytest.importorskip("lifelines.utils")
    days, events = [t for t, _ in times], [1 - c for _, c in times]
    fitted = lifelines.KaplanMeierFitter().fit(days, events)
    curve = kaplan_meier(frame(times))
    assert curve["time"].to_list() == fitted.survival_function_.index.to_list()
    assert curve["survival"].to_list() == pytest.approx(fitted.survival_function_.iloc[:, 0].tolist())
    assert curve["at_risk"].to_list()[1:] == fitted.event_table["at_risk"].tolist()[1:]
    assert curve["events"].sum() == sum(events)
    alive = curve.filter(
        pl.col("survival") > 0
    )  # where nobody is left lifelines has 0, and we have no interval
    limits = fitted.confidence_interval_.iloc[: len(alive)]
    assert alive["lower"].to_list() == pytest.approx(limits.iloc[:, 0].tolist())
    assert alive["upper"].to_list() == pytest.approx(limits.iloc[:, 1].tolist())
    if ((curve["survival"] - 0.5).abs() < 1e-9).any():
        return  # exactly a half: lifelines goes by its rounding, we take the time (the test below)
    median = quantile(curve)[0]
    assert (math.inf if median is None else median) == fitted.median_survival_time_
    if (curve["survival"] > 0).all():
        expected = utils.median_survival_times(fitted.confidence_interval_).iloc[0].tolist()
        assert [math.inf if v is None else v for v in quantile(curve)[1:]] == expected


def test_a_curve_by_hand() -> None:
    """Events on days 2 and 4, censored on day 3: 3/4, then 3/4 × 1/2."""
    curve = kaplan_meier(frame([(2, 0), (3, 1), (4, 0), (5, 1)]))
    assert curve.select("time", "at_risk", "events", "censored", "survival").rows() == [
        (0, 4, 0, 0, 1.0),
        (2, 4, 1, 0, 0.75),
        (3, 3, 0, 1, 0.75),
        (4, 2, 1, 0, 0.375),
        (5, 1, 0, 1, 0.375),
    ]
    assert quantile(curve)[0] == 4
    assert [at(curve, t)["at_risk"] for t in (0, 2, 2.5, 4, 5, 6)] == [4, 4, 3, 2, 1, 0]
    assert at(curve, 3.5)["survival"] == 0.75


def test_a_half_is_the_median_whatever_its_rounding() -> None:
    """3/4 × 2/3 is a half that floating point may miss."""
    assert quantile(kaplan_meier(frame([(1, 0), (2, 0), (3, 1), (4, 1)])))[0] == 2
    assert quantile(kaplan_meier(frame([(1, 0)] * 3 + [(1, 1)] * 3)))[0] == 1


def test_without_events_there_is_no_median() -> None:
    assert quantile(kaplan_meier(frame([(5, 1), (9, 1)]))) == (None, None, None)
