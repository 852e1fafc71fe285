"""Run a specification over source rows: data out, issues out, lineage out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl
from polars import col

from interop import ct, issues, lineage
from interop.lineage import SRC, Lineage
from interop.spec import Dataset, Var
from interop.supp import split_long_text

ROW = "_row"  # the reference of each built row, used by whatever is made from it


@dataclass(frozen=True)
class Built:
    """`data`: the dataset's columns, then `_row` (its own reference), `_src` and `supp.*` qualifiers.

    `joins`: for each row its reference and those of the rows it was made from, as `lineage.joins_of` has
    them.
    """

    spec: Dataset
    data: pl.DataFrame
    issues: pl.DataFrame
    joins: pl.DataFrame

    @property
    def lineage(self) -> Lineage:
        """Made when asked for: it takes more memory than the dataset."""
        return Lineage(lineage.rows_of(self.spec.name, self.joins, ROW), self.reads)

    @property
    def reads(self) -> pl.DataFrame:
        """dataset, variable, column: what each variable is made from."""
        reads = [(self.spec.name, v.name, c) for v in self.spec.vars for c in v.rule.reads]
        return pl.DataFrame(reads, schema=lineage.READS, orient="row")

    @property
    def table(self) -> pl.DataFrame:
        """The dataset alone, without the columns that only we use."""
        return self.data.select(self.spec.columns)

    @property
    def rows(self) -> pl.DataFrame:
        """The dataset as a source for another: `_src` names the rows of this one."""
        return self.data.select(*self.spec.columns, col(ROW).alias(SRC))


@dataclass(frozen=True)
class Scope:
    """Which source rows a dataset is made of, and what to say of the others."""

    where: pl.Expr
    otherwise: str
    rule: str = "SCOPE"


def build(
    spec: Dataset, rows: pl.DataFrame, scope: Scope | None = None, said: Iterable[pl.DataFrame] = ()
) -> Built:
    """Derive every variable of the rows in scope. No row and no value is lost without an issue.

    Only lost identity sets a row aside: a missing identifier or topic, or a second row where `one_per` allows
    one. Any other required value that is missing is an error, and the row stays. A value outside a codelist
    that is not extensible costs the value. `said`: issues found on the way.
    """
    said = list(said)
    if scope is not None:
        outside = rows.filter(scope.where.ne_missing(True))
        said.append(
            issues.issues(
                outside,
                severity="info",
                target=spec.name,
                rule=scope.rule,
                message=scope.otherwise,
                kept=False,
            )
        )
        rows = rows.filter(scope.where)
    frame = rows
    for var in (v for v in spec.vars if not v.rule.after_sort):
        raw = var.rule.value.cast(var.dtype, strict=False).alias(var.name)
        frame = frame.with_columns(raw)
        if var.codelists:
            frame, found = _to_codelist(spec, var, frame)
            said.append(found)
    frame, aside = _set_aside(spec, frame)
    said += aside
    frame = _in_order(spec, frame.select(_wanted(spec, frame)))
    frame = frame.with_columns(
        v.rule.value.cast(v.dtype).alias(v.name) for v in spec.vars if v.rule.after_sort
    )
    frame = frame.with_columns(lineage.reference(spec.name, spec.row_id).alias(ROW))
    if spec.standard == "sdtmig34":
        frame, found_long = split_long_text(spec, frame)
        said.append(found_long)
    extra = [c for c in frame.columns if c.startswith("supp.")]
    data = frame.select(*spec.columns, ROW, SRC, *extra)
    return Built(spec, data, issues.concat(said), lineage.joins_of(frame, ROW))


def _to_codelist(spec: Dataset, var: Var, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Spell each value as the codelist does; say which values it does not have."""
    applies = pl.lit(True) if var.rule.applies is None else var.rule.applies.fill_null(False)
    values = frame.filter(applies)[var.name].drop_nulls().unique().to_list()
    terms = {**ct.resolve(values, var.codelists), **{t: t for t in var.rule.terms}}
    unknown = [v for v in values if v not in terms]
    name = " or ".join(ct.codelist(code).submission_value for code in var.codelists)
    open_list = ct.extensible(var.codelists)
    found = issues.issues(
        frame.filter(col(var.name).is_in(unknown) & applies) if unknown else frame.clear(),
        severity="warning" if open_list else "error",
        target=spec.name,
        variable=var.name,
        rule=f"CODELIST {'/'.join(var.codelists)}",
        value=col(var.name),
        message=(
            f"not a term of {name}, which is extensible: kept as it is; map it in the source mapping "
            "or confirm it as a sponsor term"
            if open_list
            else f"not a term of {name}: the value is left out; map it in the source mapping"
        ),
    )
    keep = {**terms, **({v: v for v in unknown} if open_list else {})}
    value = col(var.name).replace_strict(keep, default=None, return_dtype=pl.String)
    return frame.with_columns(pl.when(applies).then(value).otherwise(col(var.name)).alias(var.name)), found


def _set_aside(spec: Dataset, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    said = []
    lost = pl.lit(False)
    for var in spec.vars:
        if not _must_have_value(spec, var):
            continue
        absent = col(var.name).is_null()
        identifies = _identifies(spec, var)
        mend = "the row is left out" if identifies else "the row is kept; mend it before it is submitted"
        said.append(
            issues.issues(
                frame.filter(absent),
                severity="error",
                target=spec.name,
                variable=var.name,
                rule="REQUIRED",
                message=f"{var.name} is required and has no value: {mend}",
                kept=not identifies,
            )
        )
        if identifies:
            lost = lost | absent
    frame = frame.filter(~lost)
    if not spec.one_per:
        return frame, said
    frame, copies = _collapse_copies(spec, frame)
    twice = pl.struct(spec.one_per).is_duplicated()
    conflict = issues.issues(
        frame.filter(twice),
        severity="error",
        target=spec.name,
        variable="/".join(spec.one_per),
        rule="DUPLICATE",
        value=pl.concat_str([col(k).cast(pl.String) for k in spec.one_per], separator="/"),
        message=(
            f"several rows with the same {', '.join(spec.one_per)} and different content: none is used; "
            "leave one in the source"
        ),
        kept=False,
    )
    return frame.filter(~twice), [*said, copies, conflict]


def _must_have_value(spec: Dataset, var: Var) -> bool:
    """SDTM's Req asks for a value; ADaM's asks for the variable, so there only identity needs one."""
    if var.rule.after_sort:
        return False
    return _identifies(spec, var) or (spec.standard == "sdtmig34" and var.core == "Req")


def _identifies(spec: Dataset, var: Var) -> bool:
    """Whether a row without this value speaks of nobody, or of nothing: only that loses the row."""
    # Of a dataset that relates datasets (RELREC) the standard only expects USUBJID.
    person = var.name == "USUBJID" and var.core != "Exp"
    topic = spec.standard == "sdtmig34" and var.core == "Req" and var.role in ("Identifier", "Topic")
    return person or topic or var.name in ("STUDYID", *spec.one_per)


def _collapse_copies(spec: Dataset, frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that agree in every variable are one row, said once each."""
    names = [v.name for v in spec.vars if not v.rule.after_sort]
    first = pl.int_range(pl.len()).over(names) == 0
    copies = issues.issues(
        frame.filter(~first),
        severity="warning",
        target=spec.name,
        rule="COPY",
        message="the same row stands in the source more than once: one is used",
        kept=False,
    )
    return frame.filter(first), copies


def _wanted(spec: Dataset, frame: pl.DataFrame) -> list[str]:
    """What is still read: the source rows have twice the columns, and sorting copies them."""
    later = (c for v in spec.vars if v.rule.after_sort for c in v.rule.reads)
    wanted = {*spec.columns, *later, *lineage.joins_of(frame, SRC).columns}
    return [c for c in frame.columns if c in wanted or c.startswith("supp.")]


def _in_order(spec: Dataset, frame: pl.DataFrame) -> pl.DataFrame:
    """Sort by the keys, then by everything else, so that the order of the sources changes nothing."""
    rest = [c for c in spec.columns if c not in spec.keys and c in frame.columns]
    extra = sorted(c for c in frame.columns if c.startswith("supp."))
    return frame.sort(*spec.keys, *rest, *extra, SRC, nulls_last=False)
