"""Arms: the one that the source assigns, and the one that the treatment received tells."""

from __future__ import annotations

import polars as pl
from polars import col

from interop import issues
from interop.derive.design import treatments_before_arms
from interop.derive.subject import given
from interop.lineage import SRC, attach
from interop.records import Records
from interop.study import Study

ARM = {"code": pl.String, "label": pl.String, SRC: pl.String}


def arms(study: Study) -> pl.DataFrame:
    """The arms of the study: code, label, `_src`."""
    rows = [(a.code, a.label, f"study.yaml#arms/{a.code}") for a in study.arms]
    return pl.DataFrame(rows, schema=ARM, orient="row")


def with_arms(rows: pl.DataFrame, records: Records, study: Study) -> pl.DataFrame:
    """`rows` of subjects with what the arm variables are made of.

    `treated.*`     the administration with the subject's highest dose
    `received.*`    the arm that the treatments received tell (`given` of study.yaml); the assigned one in a
                    study that says nothing of them
    `assigned.*`    the arm whose code the source states
    `ended.*`       SCREEN FAILURE, where a disposition event says so
    `shared.only`   whether all that was received is planned before the arms part
    """
    administered = given(records)
    failed = records["disposition"].filter(col("standard_term") == "SCREEN FAILURE")
    rows = attach(rows, arms(study), "assigned", on="arm", to="code")
    told = _received(administered, study) if _tells(study) else _as_assigned(records["subject"], study)
    rows = attach(rows, told, "received", on="usubjid")
    rows = attach(rows, _highest(administered), "treated", on="usubjid")
    rows = attach(rows, _shared(administered, study), "shared", on="usubjid")
    return attach(rows, failed.sort("date", SRC).unique("usubjid", keep="first"), "ended", on="usubjid")


def unknown_arms(rows: pl.DataFrame, study: Study) -> pl.DataFrame:
    """An issue for each subject whose arm the study does not have, or whose treatment tells no arm."""
    no_arm = issues.issues(
        rows.filter(col("arm").is_not_null() & col("assigned.label").is_null()),
        severity="error",
        target="DM",
        variable="ARMCD",
        rule="ARM",
        value=col("arm"),
        message="the study has no arm of this code: map it in the source mapping, or add it to `arms`",
    )
    if not _tells(study):
        return no_arm
    untold = issues.issues(
        rows.filter(
            col("treated.treatment").is_not_null()
            & col("received.code").is_null()
            & ~col("shared.only").fill_null(False)
        ),
        severity="warning",
        target="DM",
        variable="ACTARMCD",
        rule="ARM",
        value=col("treated.treatment"),
        message="the treatments and doses received are those of no one arm, so ACTARM stays empty: correct "
        "`given` of the arms in study.yaml",
    )
    return issues.concat([no_arm, untold])


def _tells(study: Study) -> bool:
    return any(a.given for a in study.arms)


def _as_assigned(subjects: pl.DataFrame, study: Study) -> pl.DataFrame:
    """usubjid, code, label, `_src` of the arm that the source states."""
    stated = subjects.select("usubjid", code="arm").unique()
    once = stated.filter(col("usubjid").is_unique())
    return once.join(arms(study), on="code").select("usubjid", *ARM)


def _highest(administered: pl.DataFrame) -> pl.DataFrame:
    columns = ("usubjid", "treatment", "dose", "start", SRC)
    amount = col("dose").cast(pl.Float64, strict=False)
    ordered = administered.select(columns).sort(
        amount, "treatment", "start", SRC, descending=[True, False, False, False], nulls_last=True
    )
    return ordered.unique("usubjid", keep="first", maintain_order=True)


def _shared(administered: pl.DataFrame, study: Study) -> pl.DataFrame:
    before = col("treatment").is_in(sorted(treatments_before_arms(study)))
    return administered.group_by("usubjid").agg(before.all().alias("only"))


def _received(administered: pl.DataFrame, study: Study) -> pl.DataFrame:
    """usubjid, code, label, `_src`: the one arm whose every treatment was received, at its highest dose.

    Where several arms fit, the one that asks for most treatments; none where that is not one.
    """
    received = administered.group_by("usubjid", "treatment").agg(
        col("dose").cast(pl.Float64, strict=False).max().alias("dose")
    )
    asked = [(a.code, t, d, len(a.given)) for a in study.arms for t, d in a.given.items()]
    schema = {"code": pl.String, "treatment": pl.String, "asked": pl.Float64, "number": pl.Int64}
    fits = (
        received.join(pl.DataFrame(asked, schema=schema, orient="row"), on="treatment")
        .filter(col("asked").is_null() | (col("asked") == col("dose")))
        .group_by("usubjid", "code", "number")
        .len()
        .filter(col("len") == col("number"))
        .filter(col("number") == col("number").max().over("usubjid"))
        .filter(pl.len().over("usubjid") == 1)
    )
    return fits.select("usubjid", "code").join(arms(study), on="code").select("usubjid", *ARM)
