"""The elements that a subject passed through, from the dates of its milestones.

A milestone's frame has one row a subject that reached it: `usubjid`, `date` (ISO 8601, as partial as
collected), `field` (the record field that the date stands in) and `_src`.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from polars import col

from interop import issues
from interop.derive.dates import after, before, date_of
from interop.derive.subject import DATED
from interop.lineage import SRC, attach
from interop.records import NOT_DONE, Records
from interop.study import Study
from interop.trialdesign import Milestone

UNPLANNED = "UNPLAN"  # SDTMIG 3.4, SE: the ETCD of an element that is not planned
_TEXTS = ("usubjid", "begin.date", "_field:begin", f"{SRC}:begin", "code")
_BEGUN: dict[str, type[pl.DataType]] = {**dict.fromkeys(_TEXTS, pl.String), "_rank": pl.Int32}


def milestones(records: Records, study: Study) -> dict[str, pl.DataFrame]:
    """The date of each milestone of the study, of the subjects that reached it."""
    found: dict[str, pl.DataFrame] = {}
    for milestone in study.milestones:
        if milestone.record is not None and milestone.date is not None:
            dated = _recorded(records[milestone.record], milestone.date, milestone, found)
        else:
            dated = _combined(milestone, found)
        if milestone.days_later:
            later = date_of("date").dt.offset_by(f"{milestone.days_later}d").dt.strftime("%Y-%m-%d")
            dated = dated.with_columns(later.alias("date")).drop_nulls("date")
        found[milestone.name] = dated
    return found


def _recorded(
    rows: pl.DataFrame, date: str, milestone: Milestone, found: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    if "status" in rows.columns:
        rows = rows.filter(~col("status").is_in(NOT_DONE).fill_null(value=False))
    for field, values in milestone.where.items():
        rows = rows.filter(col(field).is_in(values))
    dated = rows.select("usubjid", date=col(date), field=pl.lit(date), **{SRC: col(SRC)}).drop_nulls("date")
    if milestone.after is not None:
        other = found[milestone.after].select("usubjid", other=col("date").str.slice(0, 10))
        day = col("date").str.slice(0, 10)
        dated = dated.join(other, on="usubjid").filter(after(day, "other")).drop("other")
    return _one(dated, last=milestone.pick == "last")


def _combined(milestone: Milestone, found: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    parts = [found[name].with_columns(_rank=n) for n, name in enumerate(milestone.of)]
    whole = pl.concat([pl.DataFrame(schema={**DATED, "_rank": pl.Int32}), *parts], how="vertical_relaxed")
    if milestone.how == "first_known_of":
        first = whole.sort("usubjid", "_rank").unique("usubjid", keep="first", maintain_order=True)
        return first.drop("_rank")
    return _one(whole.drop("_rank"), last=milestone.how == "latest_of")


def _one(dated: pl.DataFrame, *, last: bool) -> pl.DataFrame:
    """One row a subject; of dates whose order is not known the more complete one, of equal ones the first
    source."""
    order = col("date") if last else col("date") + pl.lit("~")  # `~` sorts behind every character of a date
    ordered = dated.with_columns(order.alias("_order")).sort(
        "usubjid", "_order", "field", SRC, descending=[False, last, False, False]
    )
    return ordered.unique("usubjid", keep="first", maintain_order=True).drop("_order")


def passed(rows: pl.DataFrame, records: Records, study: Study) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The elements that subjects began, one row each, and issues.

    `rows`: a subject each, with `usubjid`, `arm` (the code of its arm or null), `over` (the end of its
    participation, ISO 8601) and `_src`, which come along. Added: `number` (the order in which the subject
    began them), `code`, `element.code`, `element.name`, `element.unplanned` (its name, where the arm does not
    plan it), `plan.order` and `plan.epoch` in the arm, `begin.date`, and `next.date`: when the element after
    it began. The last element of the arms is one of waiting, and begins only before participation is over.
    """
    dates = milestones(records, study)
    parts = [
        dates[e.begins].select(
            "usubjid",
            col("date").alias("begin.date"),
            col("field").alias("_field:begin"),
            col(SRC).alias(f"{SRC}:begin"),
            code=pl.lit(e.code),
            _rank=pl.lit(n, pl.Int32),  # keeps the plan's order where dates do not tell
        )
        for n, e in enumerate(study.elements)
    ]
    begun = rows.join(pl.concat([pl.DataFrame(schema=_BEGUN), *parts]), on="usubjid", how="inner")
    waiting = {a.elements[-1].element for a in study.arms if a.elements}
    still = before("begin.date", "over").fill_null(value=True)
    begun = begun.filter(~col("code").is_in(list(waiting)) | still)
    begun = _with_plan(begun, study).sort("usubjid", _not_before_the_plan(begun), "_rank", "code")
    following = [
        col(c).shift(-1).over("usubjid").alias(new)
        for c, new in (
            ("begin.date", "next.date"),
            (f"{SRC}:begin", f"{SRC}:next"),
            ("_field:begin", "_field:next"),
        )
    ]
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("usubjid")
    begun = begun.with_columns(*following, number=number)
    return begun, _unplanned(begun)


def _not_before_the_plan(begun: pl.DataFrame) -> pl.Series:
    """What the rows sort by: their date, but a partial one not before a date that it may include, of an
    element planned earlier."""
    rows = begun.select("usubjid", "_rank", "begin.date").with_row_index("_n")
    earlier = rows.select("usubjid", _before="_rank", _date="begin.date")
    inside = rows.join(earlier, on="usubjid").filter(
        (col("_before") < col("_rank"))
        & col("_date").str.starts_with(col("begin.date"))
        & (col("_date") != col("begin.date"))
    )
    latest = inside.group_by("_n").agg(col("_date").max())
    return (
        rows.join(latest, on="_n", how="left", maintain_order="left")
        .select(pl.coalesce("_date", "begin.date").alias("_when"))
        .to_series()
    )


def _with_plan(begun: pl.DataFrame, study: Study) -> pl.DataFrame:
    """`plan.order`, `plan.epoch` of the subject's arm; of a subject without an arm, where all arms with the
    element agree.
    """
    schema = {"arm": pl.String, "code": pl.String, "order": pl.Int64, "epoch": pl.String}
    places = [(a.code, p.element, n, p.epoch) for a in study.arms for n, p in enumerate(a.elements, start=1)]
    plan = pl.DataFrame(places, schema=schema, orient="row")
    agreed = plan.group_by("code").agg(
        pl.when(col("order").n_unique() == 1).then(col("order").first()).alias("_order"),
        pl.when(col("epoch").n_unique() == 1).then(col("epoch").first()).alias("_epoch"),
    )
    names = pl.DataFrame(
        [(e.code, e.name, f"study.yaml#elements/{e.code}") for e in study.elements],
        schema={"code": pl.String, "name": pl.String, SRC: pl.String},
        orient="row",
    )
    known = plan.with_columns(pl.lit(value=True).alias("_planned"))
    begun = begun.join(known, on=["arm", "code"], how="left", maintain_order="left")
    begun = begun.join(agreed, on="code", how="left", maintain_order="left")
    begun = attach(begun, names, "element", on="code")
    unplanned = col("arm").is_not_null() & col("_planned").is_null()
    of_arm = pl.format("study.yaml#arms/{}/{}", "arm", "code")
    return begun.with_columns(
        pl.when(~unplanned).then(pl.coalesce("order", "_order")).alias("plan.order"),
        pl.coalesce("epoch", "_epoch").alias("plan.epoch"),
        pl.when(col("_planned")).then(of_arm).otherwise(pl.lit("study.yaml#arms")).alias(f"{SRC}:plan"),
        pl.when(unplanned).then(col("element.name")).alias("element.unplanned"),
    ).drop("_planned", "_order", "_epoch", "order", "epoch")


def _unplanned(begun: pl.DataFrame) -> pl.DataFrame:
    return issues.issues(
        begun.filter(col("element.unplanned").is_not_null()),
        severity="warning",
        target="SE",
        variable="ETCD",
        rule="UNPLANNED ELEMENT",
        value=col("code"),
        message="the subject's arm does not plan this element: ETCD is UNPLAN and SEUPDES names it; "
        "correct the arm or the records that begin it",
        source=f"{SRC}:begin",
    )
