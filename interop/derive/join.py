"""What every SDTM page but DM does with its records: join the subject, the visit and the epoch, and build."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl
from polars import col

from interop import ct, issues
from interop.build import Built, Scope, build
from interop.derive.dates import after
from interop.derive.epoch import with_epoch
from interop.derive.visit import like_sv, with_visit
from interop.lineage import SRC, attach
from interop.mapping import Datasets
from interop.spec import Dataset
from interop.study import Study


def tabulate(
    spec: Dataset,
    rows: pl.DataFrame,
    study: Study,
    datasets: Datasets,
    *,
    epoch_by: str | None = None,
    scope: Scope | None = None,
) -> Built:
    """Build `spec` from records. Its rules may read their fields and `DM.<date>`, `visit.number`, `visit.day`
    (where the records name a visit) and `epoch.name`, `since.date` (of the date in `epoch_by`)."""
    rows, said = of_subjects(rows, datasets["DM"], spec.name)
    more = [said]
    if "visit" in rows.columns:
        rows, unplanned = with_visit(rows, study, spec.name)
        more.append(unplanned)
        if epoch_by is not None and "SV" in datasets:
            rows = like_sv(rows, datasets["SV"].data, epoch_by)
    if epoch_by is not None:
        rows = with_epoch(rows, study, epoch_by, datasets["SE"] if study.elements else None)
    built = build(spec, rows, scope)
    return also(built, [*more, ends_before_start(built)])


def ends_before_start(built: Built) -> pl.DataFrame:
    """An issue for each row whose --ENDTC lies before its --STDTC; both dates are kept as collected."""
    start, end = (f"{built.spec.name}{suffix}" for suffix in ("STDTC", "ENDTC"))
    if not {start, end} <= set(built.spec.columns):
        return issues.none()
    return issues.issues(
        built.data.filter(after(start, end).fill_null(False)),
        severity="error",
        target=built.spec.name,
        variable=end,
        rule="END BEFORE START",
        value=pl.format("{} before {}", end, start),
        message=f"{end} lies before {start}: both are kept; mend the source",
    )


def also(built: Built, more: Iterable[pl.DataFrame]) -> Built:
    """`built` with more issues."""
    return replace(built, issues=issues.concat([built.issues, *more]))


def of_subjects(rows: pl.DataFrame, dm: Built, target: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The `rows` of subjects that DM has, with DM's dates as `DM.*`; an issue for each of the others."""
    known = col("usubjid").is_in(dm.data["USUBJID"].implode())
    aside = issues.issues(
        rows.filter(~known),
        severity="error",
        target=target,
        variable="USUBJID",
        rule="NO SUBJECT",
        value=col("usubjid"),
        message="DM has no row of this subject, so the row is left out: add the subject to the demographics, "
        "or mend what the issues of DM say of it",
        kept=False,
    )
    dates = [v.name for v in dm.spec.vars if v.kind == "isodate"]
    subjects = dm.rows.select("USUBJID", *dates, SRC)
    return attach(rows.filter(known), subjects, "DM", on="usubjid", to="USUBJID"), aside


def test_name(testcd: str, *codelists: tuple[str, str]) -> pl.Expr:
    """--TEST of the --TESTCD in a column: the term with the same NCI concept code in the other codelist.

    `codelists` are the codes of those of --TESTCD and --TEST. A test of the sponsor, which they lack, is
    named by its code.
    """
    known: dict[str, str] = {}
    for pair in codelists:
        short, long = (ct.codelist(c).terms.values() for c in pair)
        names = {t.code: t.value for t in long}
        known |= {t.value: names[t.code] for t in short if t.code in names}
    return col(testcd).replace_strict(known, default=col(testcd), return_dtype=pl.String)
