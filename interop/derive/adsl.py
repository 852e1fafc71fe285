"""Subject-level picks for ADSL: the first or last record of a subject, and the last day known alive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl
from polars import col

from interop import issues
from interop.build import Built
from interop.derive.assessments import analysis_date
from interop.derive.reached import Milestones, done, study_error
from interop.study import Study

# Who `analysis.populations` may name, over the columns that `mappings/adam/adsl.py` attaches.
WHO: Mapping[str, pl.Expr] = {
    "all": pl.lit(True),
    "consented": col("DM.RFICDTC").is_not_null(),
    "randomised": col("RAND.DSSTDTC").is_not_null(),
    "assigned": col("DM.ARMCD").is_not_null(),
    "treated": col("FIRST.EXSTDTC").is_not_null(),
}


def first_of(rows: pl.DataFrame, date: str) -> pl.DataFrame:
    """The row of each subject with the earliest complete `date`; on a tie, the one that sorts first."""
    return _pick(rows, analysis_date(date, None)[0], "first")


def last_of(rows: pl.DataFrame, date: str, other: str | None = None) -> pl.DataFrame:
    """The row of each subject with the latest complete `date`, or `other` where it is missing; that date
    stands in `date`, and `field` names the variable."""
    if other is not None:
        stands = pl.when(col(date).is_not_null()).then(pl.lit(date)).otherwise(pl.lit(other))
        rows = rows.with_columns(pl.coalesce(date, other).alias(date), field=stands)
    return _pick(rows, analysis_date(date, None)[0], "last")


def alive_until(
    datasets: Mapping[str, Built], study: Study, sources: Iterable[tuple[str, str]]
) -> pl.DataFrame:
    """USUBJID, `date`: the latest complete date of `sources`, with `_src` and `field` of the record.

    What was not done, a disposition by death and a contact that did not find the subject alive do not count.
    Raises InputError where the study names what is not there.
    """
    parts = []
    for n, (name, variable) in enumerate(sources):
        if name not in datasets or variable not in datasets[name].rows.columns:
            raise study_error(
                study,
                f"analysis/last_alive/{n}",
                f"there is no variable {name}.{variable}",
                "Name a date of an SDTM dataset",
            )
        rows = datasets[name].rows
        alive = done(name, rows)
        if name == "DS":
            alive = alive.filter(col("DSDECOD").ne_missing("DEATH"))
        if name == "SS":
            alive = alive.filter(col("SSTESTCD") == "SURVSTAT", col("SSSTRESC") == "ALIVE")
        dated = analysis_date(variable, None)[0].alias("date")
        parts.append(alive.select("USUBJID", dated, "_src", field=pl.lit(variable)))
    found = pl.concat(parts).drop_nulls("date").sort("USUBJID", "date", "_src", "field")
    return found.unique("USUBJID", keep="last", maintain_order=True)


def partial_dates(rows: pl.DataFrame, milestones: Milestones) -> pl.DataFrame:
    """An issue for each milestone's date whose day is made up. `rows` as `Milestones.attach` gives them."""
    said = []
    for name, place in milestones.places.items():
        variable = milestones.study.milestone(name).adsl
        if variable is None or not place.imputes:
            continue
        dtc = f"{name}.{place.date}"
        made_up = rows.filter(analysis_date(dtc, "first")[1] == "D")
        said.append(
            issues.issues(
                made_up,
                severity="info",
                target="ADSL",
                variable=variable,
                rule="IMPUTED",
                value=col(dtc),
                message=f"the day of {place.dataset}.{place.date} is not known and is imputed in {variable}; "
                f"{variable}F says so",
            )
        )
    return issues.concat(said)


def _pick(rows: pl.DataFrame, date: pl.Expr, keep: str) -> pl.DataFrame:
    order = [c for c in rows.columns if c not in ("USUBJID", "_src")]
    dated = rows.with_columns(date.alias("_date")).drop_nulls("_date")
    ordered = dated.sort("USUBJID", "_date", *order, "_src", nulls_last=True)
    kept = ordered.unique("USUBJID", keep="first" if keep == "first" else "last", maintain_order=True)
    return kept.drop("_date")
