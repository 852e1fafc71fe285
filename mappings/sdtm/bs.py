"""SDTM BS (Biospecimen Findings): one record per measurement per biospecimen identifier per subject.

Yields of collections and of the cell product: what they measure is the specimen, told by BSREFID, and not the
subject (see BE). All that is measured of one product has its identifier. VIABLE is CDISC's VBLSPCT. MNC is
the concept of that code in LBTESTCD (NCI C154757); CD34 and CARPOS are the sponsor's, as no codelist of the
terminology counts these cells (CP has no test for them).
"""

from __future__ import annotations

import polars as pl
from polars import col

from interop.build import Built
from interop.derive.dates import study_day
from interop.derive.epoch import METHOD as EPOCH_METHOD
from interop.derive.epoch import epoch
from interop.derive.join import also, tabulate, test_name
from interop.derive.specimens import yields
from interop.derive.units import not_standard, standard_result, standard_unit, with_standard_unit
from interop.mapping import Datasets, Domain
from interop.records import Records
from interop.spec import assigned, collected, dataset, derived, protocol, sequence, within
from interop.study import Study

TESTS = {"MNC": "Mononuclear Cells", "CD34": "CD34+ Cells", "CARPOS": "CAR-Positive T Cells"}
CODES = {"VIABLE": "VBLSPCT"}
UNITS = ("10^8/kg",)  # codelist UNIT has 10^5, 10^6 and 10^7 cells a kg

BS = dataset(
    "BS",
    standard="sdtmig34",
    keys=("STUDYID", "USUBJID", "BSREFID", "BSTESTCD", "BSDTC"),
    rules={
        "STUDYID": protocol("study"),
        "DOMAIN": assigned("BS"),
        "USUBJID": derived(col("usubjid"), "DM.USUBJID"),
        "BSSEQ": sequence(),
        # Without a product's identifier, that of the collection; without one, that of the measurement.
        "BSREFID": assigned(
            pl.coalesce("product_id", "collection.product_collected", "procedure", "identifier")
        ),
        "BSSPID": collected("identifier"),
        "BSTESTCD": within(assigned(col("test").replace(CODES)), terms=tuple(TESTS)),
        "BSTEST": within(
            assigned(test_name("BSTESTCD", ("C124300", "C124299")).replace(TESTS)),
            terms=tuple(TESTS.values()),
        ),
        "BSCAT": assigned("CELL YIELD"),
        "BSORRES": collected("result"),
        "BSORRESU": within(collected("unit"), terms=UNITS),
        "BSSTRESC": derived(
            standard_result("BSORRES", "BSORRESU", "standard.unit", "standard.decimals"),
            "BSORRES in the standard unit of the study definition",
        ),
        "BSSTRESN": derived(col("BSSTRESC"), "BSSTRESC where it is a number"),
        "BSSTRESU": within(
            derived(
                standard_unit("BSORRESU", "standard.unit"),
                "Standard unit of the study definition, where BSORRESU can be converted to it; else BSORRESU",
            ),
            terms=UNITS,
        ),
        "BSSTAT": collected("status"),
        "BSREASND": collected("reason_not_done"),
        "BSSPEC": within(collected("product"), terms=("CAR-T CELLS",)),
        "VISITNUM": assigned(pl.lit(None, pl.Float64)),  # expected, but cells are collected at no visit
        "BSDTC": collected("date"),
        "EPOCH": derived(epoch("BSDTC"), EPOCH_METHOD),
        "BSDY": derived(
            study_day("BSDTC", since="DM.RFSTDTC"), "Days from DM.RFSTDTC, which is day 1; no day 0"
        ),
    },
)


def biospecimen_findings(records: Records, study: Study, datasets: Datasets) -> Built:
    """Build BS from collection yields."""
    rows = with_standard_unit(yields(records), study)
    built = tabulate(BS, rows, study, datasets, epoch_by="date")
    return also(built, [not_standard(built.data, study, "BS", "BSTESTCD", "BSSTRESU")])


PAGE = Domain(BS, biospecimen_findings)
