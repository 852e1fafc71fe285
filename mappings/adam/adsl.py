"""ADaM ADSL (Subject-Level Analysis Dataset): one record per subject of DM.

Its variables are those here, and of the study: a date for each milestone that asks for one, the analysis
phases and the population flags.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import polars as pl
from polars import col

from interop.analysis import POPULATIONS, Phase, Population, last_alive, phases, populations
from interop.build import Built, build
from interop.derive.adsl import WHO, alive_until, first_of, last_of, partial_dates
from interop.derive.assessments import MADE_UP, analysis_date, day_or_treated
from interop.derive.reached import Milestones, flag_rule
from interop.lineage import attach
from interop.mapping import Analysis, Datasets
from interop.spec import Dataset, Rule, dataset, derived, predecessor, sponsor
from interop.standards import facts
from interop.study import Study

TREATED = col("TRTSDT").is_not_null()


def _date(dtc: str) -> pl.Expr:
    return analysis_date(dtc, None)[0]


def _status(prefix: str, otherwise: pl.Expr) -> pl.Expr:
    how = col(f"{prefix}.DSDECOD")
    return (
        pl.when(how == "COMPLETED")
        .then(pl.lit("COMPLETED"))
        .when(how.is_not_null())
        .then(pl.lit("DISCONTINUED"))
        .otherwise(otherwise)
    )


RULES: Mapping[str, Rule] = {
    "STUDYID": predecessor("DM.STUDYID"),
    "USUBJID": predecessor("DM.USUBJID"),
    "SUBJID": predecessor("DM.SUBJID"),
    "SITEID": predecessor("DM.SITEID"),
    "COUNTRY": predecessor("DM.COUNTRY"),
    "AGE": predecessor("DM.AGE"),
    "AGEU": predecessor("DM.AGEU"),
    "SEX": predecessor("DM.SEX"),
    "RACE": predecessor("DM.RACE"),
    "ETHNIC": predecessor("DM.ETHNIC"),
    "ARMCD": predecessor("DM.ARMCD"),
    "ARM": predecessor("DM.ARM"),
    "ACTARMCD": predecessor("DM.ACTARMCD"),
    "ACTARM": predecessor("DM.ACTARM"),
    "ARMNRS": predecessor("DM.ARMNRS"),
    "TRT01P": derived(col("DM.ARM"), "DM.ARM"),
    "TRT01A": derived(col("DM.ACTARM"), "DM.ACTARM"),
    "RFSTDTC": predecessor("DM.RFSTDTC"),
    "RFENDTC": predecessor("DM.RFENDTC"),
    "RFICDT": sponsor(
        derived(_date("DM.RFICDTC"), "Date part of DM.RFICDTC where it is complete"),
        "Date of Informed Consent",
        "date",
    ),
    "RANDDT": derived(
        _date("RAND.DSSTDTC"), "Date of the first DS record with DSDECOD = RANDOMIZED, where complete"
    ),
    "TRTSDT": derived(_date("FIRST.EXSTDTC"), "Earliest complete EX.EXSTDTC of the subject"),
    "TRTEDT": derived(
        _date("LAST.EXENDTC"),
        "Latest complete date of EX.EXENDTC, or of EX.EXSTDTC where EXENDTC is missing, of the subject",
    ),
    "TRTDURD": derived((col("TRTEDT") - col("TRTSDT")).dt.total_days() + 1, "TRTEDT - TRTSDT + 1, in days"),
    "DTHFL": predecessor("DM.DTHFL"),
    "DTHDT": derived(day_or_treated("DM.DTHDTC", col("TRTEDT")), f"Date part of DM.DTHDTC{MADE_UP}"),
    "DTHDTF": derived(analysis_date("DM.DTHDTC", "first")[1], "D where the day of DTHDT is imputed"),
    "LSTALVDT": derived(
        pl.min_horizontal("ALIVE.date", "DTHDT"),
        "Latest complete date of the records that show the subject alive, not after DTHDT",
    ),
    "EOTSTT": derived(
        _status("EOT", pl.lit(None, pl.String)),
        "COMPLETED or DISCONTINUED by the subject's last DS disposition event of study treatment",
    ),
    "DCTREAS": derived(
        pl.when(col("EOT.DSDECOD") != "COMPLETED").then(col("EOT.DSDECOD")),
        "DS.DSDECOD of the last disposition event of study treatment, unless COMPLETED",
    ),
    "EOSSTT": derived(
        _status("END", pl.when(TREATED).then(pl.lit("ONGOING"))),
        "COMPLETED or DISCONTINUED by the subject's last DS disposition event, but of study treatment; "
        "ONGOING where a treated subject has none",
    ),
    "EOSDT": derived(
        _date("END.DSSTDTC"), "Date of the subject's last DS disposition event, but of study treatment"
    ),
    "DCSREAS": derived(
        pl.when(col("END.DSDECOD") != "COMPLETED").then(col("END.DSDECOD")),
        "DS.DSDECOD of that disposition event, unless COMPLETED",
    ),
}


def specification(study: Study | None = None, milestones: Milestones | None = None) -> Dataset:
    """ADSL with the variables of `study` and of its `milestones`; without a study, what most studies have."""
    rules = dict(RULES)
    flags = STANDARD if study is None else populations(study)
    if study is not None and milestones is not None:
        rules |= milestones.rules()
        stretches = phases(study)
        for n, phase in enumerate(stretches, start=1):
            rules |= _phase(n, phase, stretches[n:], milestones)
    rules |= {population.flag: _flag(population, milestones) for population in flags}
    return dataset(
        "ADSL",
        standard="adamig13",
        label="Subject-Level Analysis Dataset",
        structure="One record per subject",
        keys=("STUDYID", "USUBJID"),
        one_per=("USUBJID",),
        rules=rules,
    )


def _phase(n: int, phase: Phase, later: tuple[Phase, ...], milestones: Milestones) -> dict[str, Rule]:
    start, reached = milestones.date(phase.start), col(f"PH{n}SDT").is_not_null()
    following = (
        pl.min_horizontal([milestones.date(p.start) for p in later]) if later else pl.lit(None, pl.Date)
    )
    day_before = pl.max_horizontal(following.dt.offset_by("-1d"), f"PH{n}SDT")
    end = pl.when(reached & following.is_not_null()).then(day_before).when(reached).then("EOSDT")
    rules = {
        f"PH{n}SDT": derived(start, f"Milestone of the study definition: {phase.start}"),
        f"APHASE{n}": derived(
            pl.when(reached).then(pl.lit(phase.name)), f"Where the subject reached PH{n}SDT"
        ),
        f"PH{n}EDT": derived(end, "The day before the next phase that the subject reached, else EOSDT"),
    }
    flag = milestones.flag(phase.start)
    if flag is not None:
        rules[f"PH{n}SDTF"] = replace(flag_rule(flag, f"PH{n}SDT", ""), label="")
    return rules


def _flag(population: Population, milestones: Milestones | None) -> Rule:
    if population.reached is None:
        method = "Y where the subject is in the population of the study definition"
        met = WHO[population.who or ""]
    else:
        assert milestones is not None  # noqa: S101  a study's milestones come with its populations
        method = f"Y where the subject reached the milestone {population.reached}"
        met = milestones.date(population.reached).is_not_null()
    return sponsor(
        derived(pl.when(met).then(pl.lit("Y")).otherwise(pl.lit("N")), method), population.label, "text"
    )


# What every dataset of subjects' records copies of ADSL, before the population flags.
OF_ADSL: Mapping[str, Rule] = {
    "STUDYID": predecessor("ADSL.STUDYID"),
    "USUBJID": predecessor("ADSL.USUBJID"),
    "SUBJID": predecessor("ADSL.SUBJID"),
    "SITEID": predecessor("ADSL.SITEID"),
    "TRT01P": predecessor("ADSL.TRT01P"),
    "TRT01A": predecessor("ADSL.TRT01A"),
}


def flags_of_adsl(flags: Iterable[Population]) -> dict[str, Rule]:
    """Rules that copy population flags from ADSL."""
    return {p.flag: sponsor(predecessor(f"ADSL.{p.flag}"), p.label, "text") for p in flags}


STANDARD = tuple(
    Population(flag, facts("adamig13", "ADSL").variables[flag].label, who)
    for flag, who in POPULATIONS.items()
)
ADSL = specification()


def subject_level(study: Study, datasets: Datasets) -> Built:
    """Build ADSL from DM, with the dates of EX and DS, of the study's milestones, and of whatever shows the
    subject alive."""
    from mappings import SDTM  # the registry, which imports this page

    needed = [p.reached for p in populations(study) if p.reached] + [p.start for p in phases(study)]
    milestones = Milestones(study, SDTM, ADSL.columns, needed)
    rows = datasets["DM"].rows
    rows = rows.rename({c: f"DM.{c}" for c in rows.columns if c != "_src"})
    rows = rows.with_columns(col("_src").alias("_src:DM"))  # what is DM's leads there
    ends = datasets["DS"].rows.filter(col("DSCAT") == "DISPOSITION EVENT")
    treatment = col("DSSCAT").eq_missing("STUDY TREATMENT")
    for prefix, found in (
        ("FIRST", first_of(datasets["EX"].rows, "EXSTDTC")),
        ("LAST", last_of(datasets["EX"].rows, "EXENDTC", "EXSTDTC")),
        ("RAND", first_of(datasets["DS"].rows.filter(col("DSDECOD") == "RANDOMIZED"), "DSSTDTC")),
        ("EOT", last_of(ends.filter(treatment), "DSSTDTC")),
        ("END", last_of(ends.filter(~treatment), "DSSTDTC")),
        ("ALIVE", alive_until(datasets, study, last_alive(study))),
    ):
        rows = attach(rows, found, prefix, on="DM.USUBJID", to="USUBJID")
    rows = rows.rename({f"{p}.field": f"_field:{p}" for p in ("LAST", "ALIVE")})
    rows = milestones.attach(rows, datasets, "DM.USUBJID", _date("LAST.EXENDTC"))
    spec = specification(study, milestones)
    return build(spec, rows, said=[partial_dates(rows, milestones)])


PAGE = Analysis(ADSL, subject_level)
