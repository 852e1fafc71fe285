"""SDTM TA (Trial Arms): one record per planned element per arm."""

from __future__ import annotations

from interop.build import Built, build
from interop.derive.design import trial_arms
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, dataset, protocol
from interop.study import Study

TA = dataset(
    "TA",
    standard="sdtmig34",
    keys=("STUDYID", "ARMCD", "TAETORD"),
    one_per=("ARMCD", "TAETORD"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("TA"),
        "ARMCD": protocol("arm"),
        "ARM": protocol("arm.label"),
        "TAETORD": protocol("order"),
        "ETCD": protocol("element"),
        "ELEMENT": protocol("element.name"),
        "TABRANCH": protocol("branch"),
        "TATRANS": protocol("transition"),
        "EPOCH": protocol("epoch"),
    },
)


def arms(_records: Records, study: Study, _datasets: Datasets) -> Built:
    """Build TA from the arms of the study definition and their elements."""
    return build(TA, trial_arms(study))


PAGE = Domain(TA, arms)
