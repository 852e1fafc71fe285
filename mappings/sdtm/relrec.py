"""SDTM RELREC (Related Records): one record per related dataset.

Relationships between datasets, by a variable that both have, so USUBJID and IDVARVAL are empty (SDTMIG 3.4,
8.3). A time point's measurements (TR) go with all responses read at it, by modality and overall, hence MANY
on both sides. So do the events of a specimen and what was measured of it.
"""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built, build
from interop.derive.join import also
from interop.derive.relations import Relation, Side, relationships, unresolved
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, dataset, protocol
from interop.study import Study

RELATIONS = (
    Relation("TUTR", Side("TU", "TULNKID", "ONE"), Side("TR", "TRLNKID", "MANY", whole=True)),
    Relation(
        "TRRS", Side("TR", "TRLNKGRP", "MANY", whole=True, after="TRDTC"), Side("RS", "RSLNKGRP", "MANY")
    ),
    Relation("ECEX", Side("EC", "ECLNKID", "ONE"), Side("EX", "EXLNKID", "ONE", whole=True)),
    Relation("PRBE", Side("PR", "PRLNKID", "ONE"), Side("BE", "BELNKID", "MANY", whole=True)),
    Relation("BEBS", Side("BE", "BEREFID", "MANY"), Side("BS", "BSREFID", "MANY")),
    Relation("ECBE", Side("EC", "ECREFID", "MANY"), Side("BE", "BEREFID", "MANY")),
)

RELREC = dataset(
    "RELREC",
    standard="sdtmig34",
    keys=("STUDYID", "RELID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL"),
    rules={
        "STUDYID": protocol("study"),
        "RDOMAIN": assigned(col("domain")),
        "USUBJID": assigned(pl.lit(None, pl.String)),
        "IDVAR": assigned(col("variable")),
        "IDVARVAL": assigned(pl.lit(None, pl.String)),
        "RELTYPE": assigned(col("type")),
        "RELID": assigned(col("relation")),
    },
)


def related_records(_records: Records, study: Study, datasets: Datasets) -> Built:
    """Build RELREC from the relations by which records do find each other."""
    built = build(RELREC, relationships(RELATIONS, study, datasets))
    return also(built, [unresolved(RELATIONS, datasets)])


PAGE = Domain(RELREC, related_records)
