"""Dates of a study's milestones as ADSL has them: stated over records, read from SDTM.

Where SDTM holds what a record field says is asked of the pages themselves: the domain that names the record
type, and its variable whose rule reads the field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import polars as pl
from polars import col

from interop import ct
from interop.derive.assessments import MADE_UP, analysis_date, day_or_treated
from interop.derive.where import condition
from interop.errors import InputError
from interop.lineage import SRC, attach
from interop.mapping import Datasets, Domain
from interop.spec import Rule, Var, derived, sponsor, within
from interop.study import Study
from interop.trialdesign import Milestone

NAME = re.compile(r"[A-Z][A-Z0-9]{0,4}DT")  # leaves room for the F of its imputation flag
IMPUTED = " Imp. Flag"
Ref = Callable[[str], pl.Expr]
COMBINE: Mapping[str, Callable[[list[pl.Expr]], pl.Expr]] = {
    "earliest_of": pl.min_horizontal,
    "latest_of": pl.max_horizontal,
    "first_known_of": pl.coalesce,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where SDTM holds a milestone: variable `date` of the rows of `dataset` that meet `told` and `where`."""

    dataset: str
    date: str
    where: Mapping[str, tuple[str, ...]]
    told: pl.Expr | None

    @property
    def imputes(self) -> bool:
        """Whether a day of the month may be made up; the day of a dose never is."""
        return self.dataset != "EX"

    @property
    def text(self) -> str:
        """The rows in words."""
        parts = [f"{v} = {' or '.join(values)}" for v, values in self.where.items()]
        if self.told is not None:
            parts.insert(0, f"told by {', '.join(sorted(set(self.told.meta.root_names())))}")
        return f"{self.dataset}.{self.date}" + (f" of the rows {' and '.join(parts)}" if parts else "")


class Milestones:
    """The milestones of a study that its ADSL needs, with the rules of their variables.

    `needed` names those beside the milestones that have an ADSL variable: of populations and phases. Raises
    InputError with the line of study.yaml where SDTM does not hold one, or a variable has no usable name.
    """

    def __init__(
        self, study: Study, domains: Iterable[Domain], taken: Iterable[str], needed: Iterable[str] = ()
    ) -> None:
        self.study = study
        wanted = {*needed, *(m.name for m in study.milestones if m.adsl)}
        for m in reversed(study.milestones):  # each is made of milestones above it
            if m.name in wanted:
                wanted |= {*m.of, *([m.after] if m.after else [])}
        self.all = tuple(m for m in study.milestones if m.name in wanted)
        self._check_names(set(taken))
        domains = tuple(domains)
        self.places = {m.name: self._place(m, domains) for m in self.all if m.record is not None}

    def attach(self, rows: pl.DataFrame, datasets: Datasets, subject: str, bound: pl.Expr) -> pl.DataFrame:
        """`rows` (a subject each, its USUBJID in column `subject`) with the SDTM row of each milestone.

        `bound` is the day before which no made-up day lies in its month: the last study treatment.
        """
        for m in self.all:
            if m.name in self.places:
                after = None
                if m.after is not None:
                    after = rows.select(USUBJID=col(subject), _after=col(f"_m:{m.after}"))
                found = picked(datasets, self.places[m.name], m, after)
                rows = attach(rows, found, m.name, on=subject, to="USUBJID")
            value = self._date(m, lambda name: col(f"_m:{name}"), bound)
            rows = rows.with_columns(value.alias(f"_m:{m.name}"))
        return rows

    def date(self, name: str) -> pl.Expr:
        """The milestone's date over the columns of `attach` and the ADSL variables above."""
        m = self.study.milestone(name)
        return col(m.adsl) if m.adsl else self._date(m, self.date, col("TRTEDT"))

    def flag(self, name: str) -> pl.Expr | None:
        """D where the day of `date` is made up; None where none ever is."""
        m = self.study.milestone(name)
        if m.name in self.places:
            place = self.places[name]
            return analysis_date(f"{name}.{place.date}", "first")[1] if place.imputes else None
        parts = [(self.date(n), self._public_flag(n)) for n in m.of]
        found = [
            pl.when(date.dt.offset_by(f"{m.days_later}d") == self.date(name)).then(flag)
            for date, flag in parts
            if flag is not None
        ]
        return pl.coalesce(found) if found else None

    def rules(self) -> dict[str, Rule]:
        """ADSL variable ─▶ its rule, in the order of the milestones: dates and their imputation flags."""
        rules = {}
        for m in self.all:
            if not (m.adsl and m.label):
                continue
            value = self._date(m, self.date, col("TRTEDT"))
            rules[m.adsl] = sponsor(derived(value, self.method(m)), m.label, "date")
            flag = self.flag(m.name)
            if flag is not None:
                rules[f"{m.adsl}F"] = flag_rule(flag, m.adsl, m.label)
        return rules

    def method(self, m: Milestone) -> str:
        """How the date is found, in words."""
        later = f", plus {m.days_later} days" if m.days_later else ""
        if m.name in self.places:
            place = self.places[m.name]
            after = f", after the day of {self._called(m.after)}" if m.after else ""
            pick = "Earliest" if m.pick == "first" else "Latest"
            return f"{pick} {place.text}{after}{later}{MADE_UP if place.imputes else ''}"
        how = {"earliest_of": "Earliest", "latest_of": "Latest", "first_known_of": "First known"}[m.how]
        return f"{how} of {', '.join(map(self._called, m.of))}{later}"

    def _called(self, name: str) -> str:
        return self.study.milestone(name).adsl or name

    def _public_flag(self, name: str) -> pl.Expr | None:
        m, flag = self.study.milestone(name), self.flag(name)
        return col(f"{m.adsl}F") if m.adsl and flag is not None else flag

    def _date(self, m: Milestone, ref: Ref, bound: pl.Expr) -> pl.Expr:
        if m.name in self.places:
            value = _imputed(f"{m.name}.{self.places[m.name].date}", self.places[m.name], bound)
        else:
            parts = [ref(name) for name in m.of]
            combine = COMBINE[m.how]
            value = combine(parts)
        return value.dt.offset_by(f"{m.days_later}d") if m.days_later else value

    def _check_names(self, taken: set[str]) -> None:
        for n, m in enumerate(self.study.milestones):
            if m.adsl is None:
                continue
            if not NAME.fullmatch(m.adsl):
                raise self._error(
                    n,
                    "adsl",
                    f"{m.adsl} cannot be the name of a date in ADSL",
                    "Use at most 7 capital letters and digits that end in DT (the imputation flag adds an F)",
                )
            if m.adsl in taken:
                raise self._error(
                    n,
                    "adsl",
                    f"ADSL has a variable {m.adsl} already",
                    "Choose another name for the milestone",
                )
            taken |= {m.adsl, f"{m.adsl}F"}

    def _place(self, m: Milestone, domains: tuple[Domain, ...]) -> Place:
        n = self.study.milestones.index(m)
        record = m.record or ""
        domain = next((d for d in domains if record in d.records), None)
        if domain is None:
            held = sorted({r for d in domains for r in d.records})
            raise self._error(
                n,
                "record",
                f"no SDTM dataset tells the records {record} for ADSL, so `{m.name}` has no date there",
                f"Take `adsl` away, or date it by {', '.join(held)}",
            )
        date = self._variable(n, domain, m.date or "", "date", lambda v: v.kind == "isodate")
        where = {}
        for field, values in m.where.items():
            variable = self._variable(n, domain, field, f"where/{field}", lambda v: v.kind == "text")
            spelt = ct.resolve(values, variable.codelists)
            where[variable.name] = tuple(spelt.get(v, v) for v in values)
        return Place(domain.spec.name, date.name, where, domain.records[record])

    def _variable(self, n: int, domain: Domain, field: str, key: str, fits: Callable[[Var], bool]) -> Var:
        """The variable whose rule reads the field: as it is, else with the least beside it."""
        reading = [v for v in domain.spec.vars if fits(v) and field in v.rule.reads]
        plain = [v for v in reading if v.rule.value.meta.eq(col(field))]
        ranked = plain or sorted(reading, key=lambda v: len(v.rule.reads))
        if not ranked:
            raise self._error(
                n,
                key,
                f"no variable of {domain.spec.name} holds the field `{field}`, so ADSL cannot tell it",
                "Take `adsl` away, or name another field",
            )
        return ranked[0]

    def _error(self, n: int, key: str, message: str, mend: str) -> InputError:
        return study_error(self.study, f"milestones/{n}/{key}", message, mend)


def flag_rule(flag: pl.Expr, of: str, label: str) -> Rule:
    """The rule of the imputation flag of date variable `of`, whose label is `label`."""
    rule = within(derived(flag, f"D where the day of {of} is imputed"), "C81223")
    return sponsor(rule, f"{label[: 40 - len(IMPUTED)]}{IMPUTED}", "text")


def study_error(study: Study, key: str, message: str, mend: str) -> InputError:
    """An InputError at `key` (`milestones/2/adsl`, items from 0) of study.yaml."""
    parts = key.split("/")
    lines = (study.lines.get("/".join(parts[:n])) for n in range(len(parts), 0, -1))
    line = next((found for found in lines if found is not None), None)
    return InputError(message, file=study.folder / "study.yaml", line=line, field=key, mend=mend)


def picked(
    datasets: Datasets, place: Place, milestone: Milestone, after: pl.DataFrame | None
) -> pl.DataFrame:
    """USUBJID, the date variable and `_src` of the row that dates the milestone: one row a subject.

    What was not done does not count. Of dates whose order is not known the more complete one comes first;
    a partial one lies `after` a day only where all of it does.
    """
    rows = done(place.dataset, datasets[place.dataset].rows).filter(
        condition(place.told), condition(place.where)
    )
    impute = place.imputes
    dated = rows.select(
        "USUBJID",
        place.date,
        SRC,
        _first=analysis_date(place.date, "first" if impute else None)[0],
        _last=analysis_date(place.date, "last" if impute else None)[0],
    ).drop_nulls("_first")
    if after is not None:
        dated = dated.join(after, on="USUBJID").filter(col("_first") > col("_after"))
    if milestone.pick == "first":
        dated = dated.sort(
            "USUBJID", "_last", "_first", place.date, SRC, descending=[False, False, True, False, False]
        )
    else:
        dated = dated.sort(
            "USUBJID", "_first", "_last", place.date, SRC, descending=[False, True, False, True, False]
        )
    kept = dated.unique("USUBJID", keep="first", maintain_order=True)
    return kept.select("USUBJID", place.date, SRC)


def done(domain: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of an SDTM domain less those that say that something did not take place."""
    for variable, no in ((f"{domain}OCCUR", "N"), (f"{domain}STAT", "NOT DONE")):
        if variable in rows.columns:
            rows = rows.filter(col(variable).ne_missing(no))
    return rows


def _imputed(dtc: str, place: Place, bound: pl.Expr) -> pl.Expr:
    if not place.imputes:
        return analysis_date(dtc, None)[0]
    return day_or_treated(dtc, bound)
