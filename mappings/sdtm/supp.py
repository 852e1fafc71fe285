"""SDTM SUPP-- (Supplemental Qualifiers): one record per qualifier that a domain has no variable for."""

from __future__ import annotations

from polars import col

from interop.build import Built, build
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, predecessor
from interop.study import Study
from interop.supp import supplemental


def _supplement(domain: str, record: str) -> Domain:
    spec = dataset(
        f"SUPP{domain}",
        standard="sdtmig34",
        facts_of="SUPPQUAL",
        label=f"Supplemental Qualifiers for {domain}",
        keys=("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM"),
        rules={
            "STUDYID": predecessor("parent.STUDYID"),
            "RDOMAIN": assigned(col("RDOMAIN_")),
            "USUBJID": predecessor("parent.USUBJID"),
            "IDVAR": assigned(col("IDVAR_")),
            "IDVARVAL": predecessor("parent.IDVARVAL"),
            "QNAM": assigned(col("QNAM_")),
            "QLABEL": assigned(col("QLABEL_")),
            "QVAL": collected("qualifier.QVAL"),
            "QORIG": assigned(col("QORIG_")),
            "QEVAL": assigned(col("QEVAL_")),
        },
    )

    def supplement(_records: Records, study: Study, datasets: Datasets) -> Built:
        """Build the supplemental qualifiers of the domain from its `supp.` columns."""
        return build(spec, supplemental(datasets[domain], study.qualifiers.get(record, ())))

    return Domain(spec, supplement)


PAGES = (
    _supplement("DM", "subject"),
    _supplement("SV", "visit"),
    _supplement("EX", "administration"),
    _supplement("DS", "disposition"),
    _supplement("RS", "response_assessment"),
    _supplement("VS", "vital_sign"),
    _supplement("AE", "adverse_event"),
    _supplement("CM", "concomitant_medication"),
    _supplement("MH", "medical_history"),
)
