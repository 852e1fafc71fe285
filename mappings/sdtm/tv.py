"""SDTM TV (Trial Visits): one record per planned visit, per arm where not all arms have it."""

from __future__ import annotations

from interop.build import Built, build
from interop.derive.design import trial_visits
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, dataset, protocol
from interop.study import Study

TV = dataset(
    "TV",
    standard="sdtmig34",
    keys=("STUDYID", "VISITNUM", "ARMCD"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("TV"),
        "VISITNUM": protocol("number"),
        "VISIT": protocol("name"),
        "VISITDY": protocol("day"),
        "ARMCD": protocol("arm"),
        "ARM": protocol("arm.label"),
        "TVSTRL": protocol("starts"),
        "TVENRL": protocol("ends"),
    },
)


def visits(_records: Records, study: Study, _datasets: Datasets) -> Built:
    """Build TV from the visits of a study whose arms have elements."""
    rows = trial_visits(study)
    return build(TV, rows if study.elements else rows.clear())


PAGE = Domain(TV, visits)
