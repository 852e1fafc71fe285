"""SDTM TI (Trial Inclusion/Exclusion Criteria): one record per criterion."""

from __future__ import annotations

from interop.build import Built, build
from interop.derive.design import trial_criteria
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, dataset, protocol
from interop.study import Study

TI = dataset(
    "TI",
    standard="sdtmig34",
    keys=("STUDYID", "IETESTCD"),
    one_per=("IETESTCD",),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("TI"),
        "IETESTCD": protocol("code"),
        "IETEST": protocol("text"),
        "IECAT": protocol("category"),
        "IESCAT": protocol("subcategory"),
        "TIRL": protocol("rule"),
        "TIVERS": protocol("version"),
    },
)


def criteria(_records: Records, study: Study, _datasets: Datasets) -> Built:
    """Build TI from the eligibility criteria of the study definition."""
    return build(TI, trial_criteria(study))


PAGE = Domain(TI, criteria)
