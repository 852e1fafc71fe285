"""Observation: one per yield of a collection or of the cell product: part of the Procedure that collected,
measured in the Specimen.

CDISC has terms for two of the tests (mononuclear cells, viability); CD34+ and CAR-positive cells are a code
system of the study's own until it has more.
"""

from __future__ import annotations

from polars import col

from interop.fhir import observation as obs
from interop.fhir.codes import NCIT
from interop.fhir.datatypes import fixed, identifier, local_times, unknown_units
from interop.fhir.procedures import PROCEDURE, with_collection
from interop.fhir.resource import Element, Json, Resource, Resources, make
from interop.fhir.rows import of_record, system_of
from interop.fhir.specimens import SPECIMEN, with_specimen
from interop.records import Records
from interop.study import Study

KIND = "Observation"
KEY = ("usubjid", "identifier", "procedure", "product", "test", "date")
# collection_yield.test ─▶ words, and the NCIt code of CDISC's term: LBTESTCD MNC, BSTESTCD VBLSPCT
TESTS: dict[str, tuple[str, str | None]] = {
    "MNC": ("Mononuclear cells", "C154757"),
    "CD34": ("CD34+ cells", None),
    "CARPOS": ("CAR-positive T cells", None),
    "VIABLE": ("Viability of cells", "C139278"),
}


def build(records: Records, study: Study) -> Resources:
    rows, lost = of_record(records, study, "collection_yield", KIND)
    rows = with_specimen(with_collection(rows, records, study), study, "collection_yield")
    rows = obs.units(rows, codelists=obs.ANY_UNIT).identified(study, KIND, KEY, "collection_yield")
    system = system_of(study, "collection yield")

    def code(test: str) -> Json:
        words, ncit = TESTS.get(test, (test, None))
        known = [{"system": NCIT, "code": ncit}] if ncit else []
        return {"coding": [*known, {"system": system, "code": test, "display": words}], "text": words}

    elements = (
        *identifier("identifier[0]", study, "collection yield", col("identifier")),
        *obs.common(study, obs.done(), visit=False),
        Element("partOf[0].reference", col(PROCEDURE)),
        fixed("category[0]", obs.LABORATORY),
        Element("code", col("test"), code),
        *obs.value(""),
        Element("specimen.reference", col(SPECIMEN)),
    )
    found = (
        lost,
        unknown_units(rows, "unit", "_ucum", KIND, "valueQuantity.code"),
        local_times(rows, ["date"], KIND, "effectiveDateTime"),
    )
    return make(KIND, rows, elements, found, of="collection_yield")


OBSERVATION_CELL_YIELD = Resource(KIND, build)
