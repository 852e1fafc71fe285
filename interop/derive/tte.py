"""Time-to-event parameters (ADaM ADTTE): earliest event per subject, else latest event-free date.

Sources of dates are data. SRCDOM, SRCVAR, SRCSEQ and the lineage follow from the source that gave
the date; nobody types them. Ties, as in the field's reference implementation (admiral,
`derive_param_tte`): on equal dates the event source listed first and the censoring source listed
last win; ADT is never before the start; AVAL counts the start as day 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
from polars import col

from interop.derive.where import Where, check_length, columns_of, condition
from interop.errors import SpecError

COLUMNS = {
    "USUBJID": pl.String,
    "PARAMCD": pl.String,
    "PARAM": pl.String,
    "STARTDT": pl.Date,
    "ADT": pl.Date,
    "AVAL": pl.Int64,
    "CNSR": pl.Int64,
    "EVNTDESC": pl.String,
    "CNSDTDSC": pl.String,
    "SRCDOM": pl.String,
    "SRCVAR": pl.String,
    "SRCSEQ": pl.Int64,
    "_src:event": pl.String,
    "_field:event": pl.String,
    "_src:start": pl.String,
    "_field:start": pl.String,
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a date may come from: `date` of the rows of `dataset` that meet `where`.

    `why` becomes EVNTDESC; `censor_desc` becomes CNSDTDSC when the date censors (default `why`).
    `seq` names the sequence variable that identifies the row (SRCSEQ). `persists` says that the
    date speaks for every earlier day too (last known alive): when follow-up is cut before it, the
    subject is censored at the cut instead of at an earlier date.
    """

    dataset: str
    date: str
    why: str
    where: Where | None = None
    seq: str | None = None
    censor_desc: str | None = None
    persists: bool = False


@dataclass(frozen=True, slots=True)
class Until:
    """Follow-up ends at the earliest date of `source` on or after the start, that day included.

    New anticancer therapy, for PFSNACT: later events do not count and later assessments do not
    censor. `describe` becomes EVNTDESC of every subject censored although it had such a date.
    """

    source: Source
    describe: str | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """Follow-up ends `length` after `start`, that day included.

    `length` is a number and `d`, `w`, `mo` or `y` (calendar months and years): `730d`, `2y`.
    `start` names an ADSL date (None: the parameter's own start); a subject without it has no end.
    `describe` becomes EVNTDESC of those censored who had a later record.
    """

    length: str
    start: str | None = None
    describe: str | None = None

    def __post_init__(self) -> None:
        check_length(self.length)


@dataclass(frozen=True, slots=True)
class Missed:
    """An event more than `days` after the last earlier assessment is not taken as observed.

    The subject is censored at that assessment; without one, at the start, through a censoring
    source dated then. `assessments` selects the evaluable ones. Two visits missed of a schedule of
    eight weeks with a window of one week, for instance, is `days=2 * 56 + 7`.
    """

    assessments: Source
    days: int
    describe: str | None = None


@dataclass(frozen=True, slots=True)
class Tte:
    """A parameter: from `start` to the earliest of `events`, else to the latest of `censors`.

    `start` is a date variable of ADSL, or a source (duration of response: the first response) whose
    earliest date counts. Subjects outside `population` (of ADSL) or without a start have no row;
    `excluded` says so of each. `after_start` leaves dates before the start out of account, where
    the default, as in admiral, is to take them as happening on the start day.
    """

    paramcd: str
    param: str
    start: str | Source
    events: tuple[Source, ...]
    censors: tuple[Source, ...]
    population: Where | None = None
    until: Until | None = None
    window: Window | None = None
    missed: Missed | None = None
    after_start: bool = False


def derive_tte(tte: Tte, data: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """One record per subject in the population with a start date, columns `COLUMNS`, by USUBJID.

    `data` maps a dataset name to its frame; each has USUBJID and `_src`, and "ADSL" is among them,
    one row a subject. AVAL is in days. A subject for whom no source has a date keeps a row with a
    null ADT. Raises SpecError when a source names a dataset or column that is not there.
    """
    started = _started(tte, data)
    events = _dated(tte, tte.events, data, started)
    free = _dated(tte, tte.censors, data, started)
    ends = _ends(tte, data, started, pl.concat([events, free]))
    event = _within(events, ends).sort(*_ORDER).unique("USUBJID", keep="first", maintain_order=True)
    if tte.missed is not None:
        event, free, ends = _observed(tte, tte.missed, data, event, free, ends)
    free = _within(free, ends).sort(*_ORDER).unique("USUBJID", keep="last", maintain_order=True)
    found = pl.concat(
        [
            event.with_columns(CNSR=0, CNSDTDSC=pl.lit(None, pl.String)),
            free.with_columns(CNSR=1, EVNTDESC=pl.coalesce("REASON", "EVNTDESC")),
        ]
    ).unique("USUBJID", keep="first", maintain_order=True)
    dated = col("ADT").is_not_null()
    return (
        started.join(found.drop("STARTDT"), on="USUBJID", how="left", validate="1:1")
        .with_columns(ADT=pl.when(dated).then(pl.max_horizontal("ADT", "STARTDT")))
        .with_columns(
            PARAMCD=pl.lit(tte.paramcd),
            PARAM=pl.lit(tte.param),
            AVAL=(col("ADT") - col("STARTDT")).dt.total_days() + 1,
        )
        .select(col(name).cast(dtype) for name, dtype in COLUMNS.items())
        .sort("USUBJID")
    )


def excluded(tte: Tte, data: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """USUBJID and REASON of every ADSL subject without a dated record of this parameter."""
    records = derive_tte(tte, data)
    start = tte.start if isinstance(tte.start, str) else f"{tte.start.dataset}.{tte.start.date}"
    reason = (
        pl.when(~condition(tte.population))
        .then(pl.lit("not in the population of the parameter"))
        .when(~col("USUBJID").is_in(records["USUBJID"].to_list()))
        .then(pl.lit(f"no start date: {start}"))
        .otherwise(pl.lit("no event and no censoring date"))
    )
    return (
        data["ADSL"]
        .with_columns(REASON=reason)
        .join(records.filter(col("ADT").is_not_null()), on="USUBJID", how="anti")
        .select("USUBJID", "REASON")
        .sort("USUBJID")
    )


# A tie within a source ends at the sequence, then the reference: row order decides nothing.
_ORDER = ("USUBJID", "ADT", "rank", "SRCSEQ", "_src:event")


def _need(tte: Tte, source: Source, data: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The dated rows of a source, or a SpecError that says which name is wrong."""
    frame = _read(tte, source.dataset, [source.date, source.seq, *columns_of(source.where)], data)
    kind = frame.schema[source.date]
    if not (kind in (pl.Date, pl.Null) or isinstance(kind, pl.Datetime)):
        raise SpecError(f"{tte.paramcd}: {source.dataset}.{source.date} is {kind}, not a date")
    dated = col(source.date).cast(pl.Date)
    return frame.filter(condition(source.where), dated.is_not_null()).with_columns(
        dated.alias("_date"), col("USUBJID").cast(pl.String)
    )


def _read(
    tte: Tte, dataset: str, names: Sequence[str | None], data: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    if dataset not in data:
        raise SpecError(f"{tte.paramcd} reads {dataset}, which is not among {', '.join(data)}")
    for name in names:
        if name is not None and name not in data[dataset].columns:
            raise SpecError(f"{tte.paramcd} reads {dataset}.{name}, which is not there")
    return data[dataset]


def _population(tte: Tte, data: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    adsl = _read(tte, "ADSL", columns_of(tte.population), data)
    return adsl.filter(condition(tte.population)).select("USUBJID")


def _started(tte: Tte, data: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """USUBJID, STARTDT and its lineage: the subjects that have a record."""
    source = Source("ADSL", tte.start, "start") if isinstance(tte.start, str) else tte.start
    return (
        _need(tte, source, data)
        .join(_population(tte, data), on="USUBJID", how="semi")
        .select(
            "USUBJID",
            col("_date").alias("STARTDT"),
            col("_src").alias("_src:start"),
            pl.lit(source.date).alias("_field:start"),
        )
        .sort("USUBJID", "STARTDT", "_src:start")
        .unique("USUBJID", keep="first", maintain_order=True)
    )


def _dated(
    tte: Tte,
    sources: tuple[Source, ...],
    data: Mapping[str, pl.DataFrame],
    started: pl.DataFrame,
) -> pl.DataFrame:
    """Every dated row of the sources, of started subjects, with description and lineage."""
    if not sources:
        raise SpecError(f"{tte.paramcd} needs at least one event and one censoring source")
    rows = pl.concat(
        _need(tte, s, data).select(
            "USUBJID",
            col("_date").alias("ADT"),
            pl.lit(s.why).alias("EVNTDESC"),
            pl.lit(s.censor_desc or s.why).alias("CNSDTDSC"),
            pl.lit(s.dataset).alias("SRCDOM"),
            pl.lit(s.date).alias("SRCVAR"),
            (col(s.seq) if s.seq else pl.lit(None)).cast(pl.Int64).alias("SRCSEQ"),
            col("_src").cast(pl.String).alias("_src:event"),
            pl.lit(s.date).alias("_field:event"),
            pl.lit(rank).alias("rank"),
            pl.lit(s.persists).alias("persists"),
        )
        for rank, s in enumerate(sources)
    ).join(started.select("USUBJID", "STARTDT"), on="USUBJID", how="inner")
    return rows.filter(col("ADT") >= col("STARTDT")) if tte.after_start else rows


def _ends(
    tte: Tte, data: Mapping[str, pl.DataFrame], started: pl.DataFrame, rows: pl.DataFrame
) -> pl.DataFrame:
    """USUBJID, END (the last day of follow-up that counts, or null) and REASON (or null)."""
    ends = started.select("USUBJID", "STARTDT", UNTIL=pl.lit(None, pl.Date), LAST=col("STARTDT"))
    if tte.until is not None:
        after = (
            _need(tte, tte.until.source, data)
            .select("USUBJID", "_date")
            .join(started, on="USUBJID", how="inner")
            .filter(col("_date") >= col("STARTDT"))
        )
        first = after.group_by("USUBJID").agg(UNTIL=col("_date").min())
        ends = ends.drop("UNTIL").join(first, on="USUBJID", how="left")
    window, until = tte.window, tte.until.describe if tte.until else None
    if window is not None and window.start is not None:
        of = _need(tte, Source("ADSL", window.start, ""), data).select("USUBJID", LAST="_date")
        ends = ends.drop("LAST").join(of, on="USUBJID", how="left")
    last = col("LAST").dt.offset_by(window.length) if window else pl.lit(None, pl.Date)
    latest = rows.group_by("USUBJID").agg(LATEST=col("ADT").max())
    ends = ends.with_columns(LAST=last).join(latest, on="USUBJID", how="left")
    return ends.select(
        "USUBJID",
        END=pl.min_horizontal("UNTIL", "LAST"),
        REASON=pl.when(col("UNTIL") <= pl.coalesce("LAST", "UNTIL"))
        .then(pl.lit(until, pl.String))
        .when(col("LATEST") > col("LAST"))
        .then(pl.lit(window.describe if window else None, pl.String)),
    )


def _within(rows: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """The rows not after the end of follow-up; a date that persists is brought back to it."""
    late = (col("ADT") > col("END")).fill_null(False)
    return (
        rows.join(ends, on="USUBJID", how="left", validate="m:1")
        .filter(~late | col("persists"))
        .with_columns(ADT=pl.when(late).then("END").otherwise("ADT"))
        .drop("END")
    )


def _observed(
    tte: Tte,
    missed: Missed,
    data: Mapping[str, pl.DataFrame],
    event: pl.DataFrame,
    free: pl.DataFrame,
    ends: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Events, censoring rows and ends, less the events that followed too long a silence."""
    due = event.select("USUBJID", "STARTDT", EVENT="ADT")
    seen = _dated(tte, (missed.assessments,), data, due).with_columns(rank=pl.lit(len(tte.censors)))
    before = seen.join(due.select("USUBJID", "EVENT"), on="USUBJID").filter(
        col("ADT") < col("EVENT"), col("ADT") >= col("STARTDT")
    )
    silent = (
        due.join(before.group_by("USUBJID").agg(SEEN=col("ADT").max()), on="USUBJID", how="left")
        .with_columns(SEEN=pl.coalesce("SEEN", "STARTDT"))
        .filter((col("EVENT") - col("SEEN")).dt.total_days() > missed.days)
        .select("USUBJID", "SEEN", WHY=pl.lit(missed.describe, pl.String))
    )
    return (
        event.join(silent, on="USUBJID", how="anti"),
        pl.concat([free, seen.join(silent, on="USUBJID", how="semi")]),
        ends.join(silent, on="USUBJID", how="left").select(
            "USUBJID", END=pl.coalesce("SEEN", "END"), REASON=pl.coalesce("WHY", "REASON")
        ),
    )
