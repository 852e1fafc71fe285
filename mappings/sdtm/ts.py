"""SDTM TS (Trial Summary): one record per trial summary parameter value. A value over 200 bytes goes on in
TSVAL1 to TSVAL9."""

from __future__ import annotations

from polars import col

from interop.build import Built, build
from interop.derive.design import trial_summary
from interop.derive.join import test_name
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, dataset, protocol, sequence
from interop.study import Study

TSPARMCD, TSPARM = "C66738", "C67152"

TS = dataset(
    "TS",
    standard="sdtmig34",
    keys=("STUDYID", "TSPARMCD", "TSVAL"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("TS"),
        "TSPARMCD": protocol("code"),
        "TSSEQ": sequence(within="TSPARMCD"),
        "TSGRPID": assigned(col("group")),
        "TSPARM": assigned(test_name("TSPARMCD", (TSPARMCD, TSPARM))),
        "TSVAL": protocol(col("value").list.get(0, null_on_oob=True)),
        "TSVAL1": protocol(col("value").list.get(1, null_on_oob=True)),
        "TSVAL2": protocol(col("value").list.get(2, null_on_oob=True)),
        "TSVAL3": protocol(col("value").list.get(3, null_on_oob=True)),
        "TSVAL4": protocol(col("value").list.get(4, null_on_oob=True)),
        "TSVAL5": protocol(col("value").list.get(5, null_on_oob=True)),
        "TSVAL6": protocol(col("value").list.get(6, null_on_oob=True)),
        "TSVAL7": protocol(col("value").list.get(7, null_on_oob=True)),
        "TSVAL8": protocol(col("value").list.get(8, null_on_oob=True)),
        "TSVAL9": protocol(col("value").list.get(9, null_on_oob=True)),
        "TSVALNF": assigned(col("null_flavor")),
        "TSVALCD": assigned(col("valcd")),
        "TSVCDREF": assigned(col("terminology")),
        "TSVCDVER": assigned(col("version")),
    },
)


def summary(_records: Records, study: Study, _datasets: Datasets) -> Built:
    """Build TS from the trial summary of the study definition and from what its other sections say."""
    return build(TS, trial_summary(study))


PAGE = Domain(TS, summary)
