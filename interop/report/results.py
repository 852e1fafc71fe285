"""The results of a run, each number from the ADaM datasets alone (adverse events: from AE and ADSL)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import polars as pl
from polars import col

from interop.analysis import times_to_event
from interop.report.statistics import at, clopper_pearson, kaplan_meier, quantile

if TYPE_CHECKING:
    import pandas as pd

    from interop.pipeline import Run

ALL = "All subjects"
NO_GROUP = "Not assigned"
TREATED = "Treated"
YEAR = 365.25  # days
RATES = {
    "PARAMCD": pl.String,
    "PARAM": pl.String,
    "PHASE": pl.String,
    "GROUP": pl.String,
    "N": pl.Int64,
    "n": pl.Int64,
    "rate": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
}
CURVES = {
    "PARAMCD": pl.String,
    "GROUP": pl.String,
    "time": pl.Float64,
    "at_risk": pl.Int64,
    "events": pl.Int64,
    "censored": pl.Int64,
    "survival": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
}
TIMES = {
    "PARAMCD": pl.String,
    "PARAM": pl.String,
    "GROUP": pl.String,
    "N": pl.Int64,
    "events": pl.Int64,
    "censored": pl.Int64,
    "median": pl.Float64,
    "median_lower": pl.Float64,
    "median_upper": pl.Float64,
    "year": pl.Float64,
    "year_lower": pl.Float64,
    "year_upper": pl.Float64,
}
FLOW = {"step": pl.Int64, "kind": pl.String, "label": pl.String, "GROUP": pl.String, "n": pl.Int64}
EVENTS = {"AEDECOD": pl.String, "interest": pl.Boolean, "GRADE": pl.String, "N": pl.Int64, "n": pl.Int64}


@dataclass(frozen=True)
class Results:
    """Frames of numbers.

    rates      a response parameter (Y or N) and group each: N, n with Y, rate, exact 95 % interval
    curves     Kaplan-Meier by parameter, group and time in days: counts, survival, its interval
    times      a time-to-event parameter and group each: counts, median and survival at a year, with intervals
    flow       subjects at each step: `reached` a phase, `left` before the next one (label: why), `state` now
    events     an adverse event and worst grade each: n of N treated subjects; `interest`: CRS or ICANS
    """

    rates: pl.DataFrame
    curves: pl.DataFrame
    times: pl.DataFrame
    flow: pl.DataFrame
    events: pl.DataFrame

    @property
    def frames(self) -> Mapping[str, pd.DataFrame]:
        """The same as pandas DataFrames by name."""
        return {f.name: getattr(self, f.name).to_pandas() for f in fields(self)}


def results(run: Run) -> Results:
    """The results of a run with ADaM; a frame is empty where its data are not there."""
    tables = {
        n: b.table for n, b in run.built.items() if b.spec.standard == "adamig13" or n in ("AE", "SUPPAE")
    }
    none = pl.DataFrame()
    arms = [arm.label for arm in run.study.arms]
    wanted = [p for e in run.study.endpoints for p in e.parameters]
    adtte = tables.get("ADTTE", none)
    curves, times = survival(adtte, arms, [p.paramcd for p in times_to_event(run.study)])
    return Results(
        response_rates(tables.get("ADRS", none), arms, wanted),
        curves,
        times,
        disposition(tables.get("ADSL", none), arms),
        adverse_events(tables.get("ADSL", none), tables.get("AE", none), tables.get("SUPPAE", none)),
    )


def response_rates(adrs: pl.DataFrame, order: Sequence[str] = (), wanted: Sequence[str] = ()) -> pl.DataFrame:
    """RATES: of each response parameter whose values are Y and N, for all its subjects and by TRT01P.

    Those of `wanted` in its order, where ADRS has any of them; else all but progression.
    """
    if adrs.is_empty():
        return pl.DataFrame(schema=RATES)
    yes_no = adrs.filter(col("PARCAT1") == "Tumor Response").filter(
        col("AVALC").is_in(["Y", "N"]).all().over("PARAMCD")
    )
    there = yes_no["PARAMCD"].unique(maintain_order=True).to_list()
    kept = [p for p in wanted if p in there] or [p for p in there if p != "PD"]
    rows = []
    for paramcd in kept:
        of = yes_no.filter(col("PARAMCD") == paramcd)
        param, phase = of["PARAM"][0], of["PARCAT2"][0]
        for group, subjects in groups(of, order):
            n, total = subjects.filter(col("AVALC") == "Y").height, subjects.height
            rows.append((paramcd, param, phase, group, total, n, n / total, *clopper_pearson(n, total)))
    return pl.DataFrame(rows, schema=RATES, orient="row")


def survival(
    adtte: pl.DataFrame, order: Sequence[str] = (), parameters: Sequence[str] = ()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """CURVES and TIMES of each parameter, in the order of `parameters`, for all its subjects, and by TRT01P
    where all of them have one.

    A parameter that starts before the cohorts are chosen is not split by them: who is in one lived to be.
    """
    curves, times = [pl.DataFrame(schema=CURVES)], []
    if adtte.is_empty():
        return curves[0], pl.DataFrame(schema=TIMES)
    there = adtte["PARAMCD"].unique(maintain_order=True).to_list()
    for paramcd in sorted(there, key=lambda p: parameters.index(p) if p in parameters else len(parameters)):
        of = adtte.filter(col("PARAMCD") == paramcd)
        param = of["PARAM"][0]
        for group, subjects in groups(of, order, only_if_all=True):
            curve = kaplan_meier(subjects)
            named = curve.select(pl.lit(paramcd).alias("PARAMCD"), pl.lit(group).alias("GROUP"), pl.all())
            curves.append(named.select(col(k).cast(v) for k, v in CURVES.items()))
            events = subjects.filter(col("CNSR") == 0).height
            year = at(curve, YEAR)
            known = year["survival"] if year["at_risk"] or year["survival"] == 0 else None
            interval = (year["lower"], year["upper"]) if known is not None else (None, None)
            counts = (subjects.height, events, subjects.height - events)
            times.append((paramcd, param, group, *counts, *quantile(curve), known, *interval))
    return pl.concat(curves), pl.DataFrame(times, schema=TIMES, orient="row")


def groups(
    rows: pl.DataFrame, order: Sequence[str] = (), *, only_if_all: bool = False
) -> Iterator[tuple[str, pl.DataFrame]]:
    """All of the rows, then those of each TRT01P in `order`, where there are several; the rest comes last."""
    yield ALL, rows
    places = {name: n for n, name in enumerate(order)}
    found = sorted(
        rows["TRT01P"].drop_nulls().unique().to_list(), key=lambda n: (places.get(n, len(places)), n)
    )
    without = rows.filter(col("TRT01P").is_null())
    if len(found) + (not without.is_empty()) < 2 or (only_if_all and not without.is_empty()):
        return
    for name in found:
        yield name, rows.filter(col("TRT01P") == name)
    if not without.is_empty():
        yield NO_GROUP, without


def disposition(adsl: pl.DataFrame, order: Sequence[str] = ()) -> pl.DataFrame:
    """FLOW: how many subjects reached each phase (without phases: were treated), and why others did not.

    The steps go on to the first phase whose subjects all have a TRT01P; from there on they are counted by it,
    with the phases still to come.
    """
    if adsl.is_empty():
        return pl.DataFrame(schema=FLOW)
    phases = [n for n in range(1, 10) if f"PH{n}SDT" in adsl.columns]
    marks = [(f"PH{n}SDT", _name(adsl, f"APHASE{n}", f"Phase {n}")) for n in phases] or [("TRTSDT", TREATED)]
    rows: list[tuple[int, str, str, str, int]] = [(0, "reached", "In the study", ALL, len(adsl))]
    here, later = adsl, list(marks)
    for step, (variable, label) in enumerate(marks, start=1):
        there = here.filter(col(variable).is_not_null())
        gone = here.filter(col(variable).is_null())
        rows.append((step, "reached", label, ALL, len(there)))
        rows += [(step, "left", why, ALL, n) for why, n in _why(gone)]
        here = there
        later.pop(0)
        if there["TRT01P"].null_count() == 0:
            break
    step = len(marks) - len(later) + 1
    for group, subjects in list(groups(here, order))[1:] or [(ALL, here)]:
        rows.append((step, "group", group, group, len(subjects)))
        for variable, label in later:
            rows.append((step, "reached", label, group, subjects[variable].count()))
        rows += [(step, "state", how, group, n) for how, n in _ends(subjects)]
    return pl.DataFrame(rows, schema=FLOW, orient="row")


def adverse_events(adsl: pl.DataFrame, ae: pl.DataFrame, supp: pl.DataFrame) -> pl.DataFrame:
    """EVENTS: treated subjects by preferred term and worst grade (severity where there is no grade).

    `interest` are cytokine release syndrome and ICANS: the terms of events that SUPPAE.AEAESI marks with Y.
    """
    if adsl.is_empty() or ae.is_empty() or "SAFFL" not in adsl.columns:
        return pl.DataFrame(schema=EVENTS)
    treated = adsl.filter(col("SAFFL") == "Y")
    grade = pl.coalesce(*(c for c in ("AETOXGR", "AESEV") if c in ae.columns), pl.lit("Not graded"))
    order = {g: n for n, g in enumerate(("Not graded", "MILD", "MODERATE", "SEVERE", *"12345"))}
    marked = _of_interest(ae, supp)
    worst = (
        ae.filter(col("USUBJID").is_in(treated["USUBJID"].implode()))
        .select("USUBJID", pl.coalesce("AEDECOD", "AETERM").alias("AEDECOD"), GRADE=grade)
        .with_columns(rank=col("GRADE").replace_strict(order, default=0, return_dtype=pl.Int64))
        .sort("rank")
        .unique(["USUBJID", "AEDECOD"], keep="last", maintain_order=True)
    )
    return (
        worst.group_by("AEDECOD", "GRADE")
        .agg(n=pl.len().cast(pl.Int64))
        .with_columns(interest=col("AEDECOD").is_in(marked), N=pl.lit(len(treated), pl.Int64))
        .sort(
            "interest",
            col("n").sum().over("AEDECOD"),
            "AEDECOD",
            "GRADE",
            descending=[True, True, False, False],
        )
        .select(*EVENTS)
    )


def _of_interest(ae: pl.DataFrame, supp: pl.DataFrame) -> list[str]:
    if supp.is_empty():
        return []
    marks = supp.filter(col("QNAM") == "AEAESI", col("QVAL") == "Y", col("IDVAR") == "AESEQ")
    keys = marks.select("USUBJID", AESEQ=col("IDVARVAL").cast(pl.Int64, strict=False))
    found = ae.join(keys, on=["USUBJID", "AESEQ"], how="semi")
    return sorted(found.select(pl.coalesce("AEDECOD", "AETERM")).to_series().unique().to_list())


def _name(adsl: pl.DataFrame, variable: str, otherwise: str) -> str:
    names = adsl[variable].drop_nulls()
    return str(names[0]) if len(names) else otherwise


def _why(gone: pl.DataFrame) -> list[tuple[str, int]]:
    """Why subjects did not come to the next step: of the treatment, else of the study."""
    reason = pl.coalesce(
        "DCTREAS", "DCSREAS", pl.when(col("EOSSTT") == "ONGOING").then(pl.lit("STILL IN IT"))
    )
    return _counted(gone, reason.fill_null("NOT SAID"))


def _ends(subjects: pl.DataFrame) -> list[tuple[str, int]]:
    state = col("EOSSTT").fill_null("NOT SAID")
    why = pl.when(col("EOSSTT") == "DISCONTINUED").then(
        pl.concat_str(state, pl.lit(", "), "DCSREAS", ignore_nulls=True)
    )
    return _counted(subjects, why.otherwise(state))


def _counted(rows: pl.DataFrame, what: pl.Expr) -> list[tuple[str, int]]:
    counts = rows.select(what.alias("what")).group_by("what").len()
    ended = col("what").str.starts_with("DISCONTINUED")
    ordered = counts.sort(ended, "len", "what", descending=[False, True, False])
    return [(what.capitalize(), n) for what, n in ordered.iter_rows()]
