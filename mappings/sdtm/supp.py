"""SDTM SUPP-- (Supplemental Qualifiers): one record per qualifier that a domain has no variable for."""

from __future__ import annotations

from polars import col

from interop.build import Built, build
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, predecessor
from interop.study import Study
from interop.supp import Qualifier, supplemental
from mappings.sdtm import cm, mh, tu


def _supplement(domain: str, *records_of: str, own: tuple[Qualifier, ...] = ()) -> Domain:
    """The page of SUPP`domain`: `records_of`: the record types of its rows; `own`: the page's qualifiers."""
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
        of_source = (q for record in records_of for q in study.qualifiers.get(record, ()))
        return build(spec, supplemental(datasets[domain], (*own, *of_source)))

    return Domain(spec, supplement)


PAGES = (
    _supplement("DM", "subject"),
    _supplement("SV", "visit"),
    _supplement("IE", "eligibility"),
    _supplement("EC", "administration"),
    _supplement("EX", "administration"),
    _supplement("PR", "procedure", "imaging"),
    _supplement("BE", "procedure"),
    _supplement("BS", "collection_yield"),
    _supplement("DS", "disposition"),
    _supplement("DD", "death"),
    _supplement("SS", "survival_followup"),
    _supplement("TU", "lesion", own=tu.QUALIFIERS),
    _supplement("TR", "lesion_measurement"),
    _supplement("RS", "response_assessment", "performance_status"),
    _supplement("LB", "laboratory_result"),
    _supplement("VS", "vital_sign"),
    _supplement("AE", "adverse_event"),
    _supplement("CM", "concomitant_medication", "prior_therapy", "subsequent_therapy", own=cm.QUALIFIERS),
    _supplement("MH", "medical_history", "diagnosis", own=mh.QUALIFIERS),
)
