"""SDTM CO (Comments): one record per comment per subject.

A comment on a record names its row (RDOMAIN, IDVAR, IDVARVAL) and has that row's timing, so no CODTC; one on
the subject at large names none and has the date that it was given (SDTMIG, assumptions of CO).
"""

from __future__ import annotations

import polars as pl
from polars import col

from interop import issues
from interop.build import Built, build
from interop.derive.comments import comments, general, without_row
from interop.derive.dates import study_day
from interop.derive.join import also, of_subjects
from interop.lineage import attach
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, predecessor, sequence
from interop.study import Study

# Domain ─▶ its record type that has a `comment`.
COMMENTED = {
    "AE": "adverse_event",
    "EC": "administration",
    "PR": "procedure",
    "RS": "response_assessment",
}

CO = dataset(
    "CO",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "RDOMAIN", "IDVAR", "IDVARVAL", "CODTC"),
    rules={
        "STUDYID": predecessor("parent.STUDYID"),
        "DOMAIN": assigned("CO"),
        "RDOMAIN": assigned(col("RDOMAIN_")),
        "USUBJID": predecessor("parent.USUBJID"),
        "COSEQ": sequence(),
        "IDVAR": assigned(col("IDVAR_")),
        "IDVARVAL": predecessor("parent.IDVARVAL"),
        "COVAL": collected(col("comment").list.get(0, null_on_oob=True)),
        "COVAL1": collected(col("comment").list.get(1, null_on_oob=True)),
        "COVAL2": collected(col("comment").list.get(2, null_on_oob=True)),
        "COVAL3": collected(col("comment").list.get(3, null_on_oob=True)),
        "COVAL4": collected(col("comment").list.get(4, null_on_oob=True)),
        "CODTC": collected("date"),
        "CODY": derived(
            study_day("CODTC", since="DM.RFSTDTC"), "Days from DM.RFSTDTC, which is day 1; no day 0"
        ),
    },
)


def comments_on_records(records: Records, _study: Study, datasets: Datasets) -> Built:
    """Build CO from the comments of records, and those on a subject."""
    dm = datasets["DM"]
    own, nobody = of_subjects(records["comment"], dm, "CO")
    rows = pl.concat([comments(records, datasets, COMMENTED), general(own, dm)], how="diagonal")
    subjects = dm.rows.select("USUBJID", "RFSTDTC", "_src")
    rows = attach(rows, subjects, "DM", on="parent.USUBJID", to="USUBJID")
    lost = issues.issues(
        without_row(records, datasets, COMMENTED),
        severity="error",
        target="CO",
        rule="NO ROW",
        message="the record of this comment is in no dataset, so neither is the comment: mend what its "
        "issues say",
        kept=False,
    )
    long = issues.issues(
        rows.filter(col("comment").list.len() > 5),
        severity="error",
        target="CO",
        variable="COVAL",
        rule="LONG TEXT",
        value=col("comment").list.len(),
        message="a comment of more than five parts of 200 bytes: its end is left out; shorten it at the "
        "source",
    )
    return also(build(CO, rows), [nobody, lost, long])


PAGE = Domain(CO, comments_on_records)
