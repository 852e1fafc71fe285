"""SDTM TE (Trial Elements): one record per planned element."""

from __future__ import annotations

from interop.build import Built, build
from interop.derive.design import trial_elements
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, dataset, protocol
from interop.study import Study

TE = dataset(
    "TE",
    standard="sdtmig34",
    keys=("STUDYID", "ETCD"),
    one_per=("ETCD",),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("TE"),
        "ETCD": protocol("code"),
        "ELEMENT": protocol("name"),
        "TESTRL": protocol("starts"),
        "TEENRL": protocol("ends"),
        "TEDUR": protocol("duration"),
    },
)


def elements(_records: Records, study: Study, _datasets: Datasets) -> Built:
    """Build TE from the elements of the study definition."""
    return build(TE, trial_elements(study))


PAGE = Domain(TE, elements)
