"""SDTM IE (Inclusion/Exclusion Criteria Not Met): one record per inclusion or exclusion criterion not met per
subject.
"""

from __future__ import annotations

from polars import col

from interop.build import Built, Scope
from interop.derive.dates import study_day
from interop.derive.eligibility import not_met, with_criterion
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import also, tabulate
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence
from interop.study import Study

IE = dataset(
    "IE",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "IETESTCD", "IEDTC"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("IE"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "IESEQ": sequence(),
        "IETESTCD": collected("criterion"),
        "IETEST": protocol("criterion.text"),
        "IECAT": protocol("criterion.category"),
        "IESCAT": protocol("criterion.subcategory"),
        "IEORRES": collected("met"),
        "IESTRESC": derived(col("IEORRES"), "IEORRES as the codelist spells it"),
        "VISITNUM": protocol("visit.number"),
        "VISIT": collected("visit"),
        "VISITDY": protocol("visit.day"),
        "IEDTC": collected("collected"),
        "EPOCH": derived(epoch("IEDTC"), EPOCH_METHOD),
        "IEDY": derived(
            study_day("IEDTC", since="DM.RFSTDTC"), "Days from DM.RFSTDTC, which is day 1; no day 0"
        ),
    },
)
EXCEPTIONS = Scope(where=not_met(), otherwise="the criterion allows the subject in, and IE holds exceptions")


def exceptions(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build IE from the answers that should have kept the subject out."""
    rows, unknown = with_criterion(records["eligibility"], study)
    known = rows.filter(col("criterion.category").is_not_null())
    return also(tabulate(IE, known, study, datasets, epoch_by="collected", scope=EXCEPTIONS), [unknown])


PAGE = Domain(IE, exceptions)
