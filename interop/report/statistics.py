"""The statistics of the results: exact binomial intervals and Kaplan-Meier estimates.

Written here and not imported: they need a page, and the packages that have them (scipy, lifelines) load for
seconds. The tests hold them against both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

import polars as pl
from polars import col

CONFIDENCE = 0.95
ROUNDING = 1e-9  # a product of fractions that is 1/2 may be a little more


def clopper_pearson(successes: int, total: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The exact interval of a proportion (Clopper and Pearson 1934); (0, 1) of nothing.

    Raises ValueError unless 0 ≤ successes ≤ total.
    """
    if not 0 <= successes <= total:
        raise ValueError(f"{successes} of {total} is no proportion")
    tail = (1 - confidence) / 2
    lower, upper = 0.0, 1.0
    if successes > 0:
        lower = _solve(lambda p: incomplete_beta(successes, total - successes + 1, p), tail)
    if successes < total:
        upper = _solve(lambda p: incomplete_beta(successes + 1, total - successes, p), 1 - tail)
    return lower, upper


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by its continued fraction (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):  # where the fraction converges fast
        return 1 - incomplete_beta(b, a, 1 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) / a / _fraction(a, b, x)


def kaplan_meier(rows: pl.DataFrame, confidence: float = CONFIDENCE) -> pl.DataFrame:
    """The product-limit estimate over AVAL (time) and CNSR (0: event), from time 0 on.

    Columns: time, at_risk (just before), events, censored, survival, lower, upper. The interval is that of
    log(-log S) with Greenwood's variance (Kalbfleisch and Prentice), as R, SAS and lifelines have it; 1 where
    there was no event yet, null where nobody is left.
    """
    times = (
        rows.select(time=col("AVAL").cast(pl.Float64), event=(col("CNSR") == 0))
        .group_by("time")
        .agg(events=col("event").sum().cast(pl.Int64), censored=(~col("event")).sum().cast(pl.Int64))
        .sort("time")
    )
    start = pl.DataFrame({"time": [0.0], "events": [0], "censored": [0]})
    times = pl.concat([start, times])
    gone = (col("events") + col("censored")).cum_sum()
    step = times.with_columns(at_risk=pl.lit(len(rows), pl.Int64) - gone + col("events") + col("censored"))
    d, n = col("events"), col("at_risk")
    z = NormalDist().inv_cdf(1 - (1 - confidence) / 2)
    survival = col("survival")
    width = z * col("variance").sqrt() / survival.log()
    inner = survival.is_between(0, 1, closed="none")
    return (
        step.with_columns(
            survival=pl.when(n > 0).then(1 - d / n).otherwise(1.0).cum_prod(),
            variance=pl.when(n > d).then(d / (n * (n - d))).otherwise(0.0).cum_sum(),
        )
        .with_columns(
            lower=_bound(inner, survival, (-((-survival.log()).log() - width).exp()).exp()),
            upper=_bound(inner, survival, (-((-survival.log()).log() + width).exp()).exp()),
        )
        .select("time", "at_risk", "events", "censored", "survival", "lower", "upper")
    )


def quantile(curve: pl.DataFrame, share: float = 0.5) -> tuple[float | None, float | None, float | None]:
    """The first time at which survival is at most `share`, and its interval; None: not reached."""

    def first(column: str) -> float | None:
        found = curve.filter(col(column) <= share + ROUNDING)["time"].min()
        return None if found is None else float(str(found))

    return first("survival"), first("lower"), first("upper")


def at(curve: pl.DataFrame, time: float) -> dict[str, float | int | None]:
    """survival, lower, upper at `time`, and at_risk: those whose time is not below it."""
    row = curve.filter(col("time") <= time).tail(1).row(0, named=True)
    left = curve.filter(col("time") >= time)
    at_risk = left["at_risk"][0] if len(left) else 0
    return {"at_risk": at_risk, **{k: row[k] for k in ("survival", "lower", "upper")}}


def _bound(inner: pl.Expr, survival: pl.Expr, value: pl.Expr) -> pl.Expr:
    return pl.when(inner).then(value).when(survival == 1).then(1.0)


def _solve(function: Callable[[float], float], value: float) -> float:
    """Where a rising function of (0, 1) has `value`, by halving."""
    low, high = 0.0, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) < value else (low, middle)
        if high - low < 1e-15:
            break
    return (low + high) / 2


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function, by Lentz's method."""
    tiny = 1e-300
    c, d, value = 1.0, 0.0, 1.0
    for m in range(1, 100_000):
        k, odd = (m - 1) // 2, m % 2 == 1
        if odd:
            factor = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1))
        else:
            j = m // 2
            factor = j * (b - j) * x / ((a + 2 * j - 1) * (a + 2 * j))
        d = 1 + factor * d
        c = 1 + factor / c
        d = 1 / (d if abs(d) > tiny else tiny)
        c = c if abs(c) > tiny else tiny
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            return value
    raise ArithmeticError(f"the incomplete beta function of ({a}, {b}, {x}) does not converge")
