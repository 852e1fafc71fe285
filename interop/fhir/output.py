"""All resources of a study, held together: every id once, every reference resolved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl
from polars import col

from interop import issues
from interop.errors import SpecError
from interop.fhir.resource import Json, Resource, Resources
from interop.lineage import SRC, Lineage
from interop.records import RECORDS, Records
from interop.study import Study


@dataclass(frozen=True)
class FhirOutput:
    """`resources`: by type, each in a fixed order; decimals are `decimal.Decimal` with the digits of the
    source.

    Parts of resources may be shared between them: read them, do not change them.
    """

    resources: Mapping[str, list[dict[str, Json]]]
    issues: pl.DataFrame
    lineage: Lineage

    def resource(self, reference: str) -> Mapping[str, Json] | None:
        """The resource `Observation/<id>`, or None."""
        kind, _, name = reference.partition("/")
        return next((item for item in self.resources.get(kind, ()) if item["id"] == name), None)

    @classmethod
    def concat(cls, parts: Iterable[FhirOutput]) -> FhirOutput:
        """Parts of subjects of their own as one; a resource of the whole study is kept once."""
        parts = list(parts)
        if len(parts) == 1:
            return parts[0]
        resources: dict[str, dict[str, dict[str, Json]]] = {}
        for part in parts:
            for kind, items in part.resources.items():
                of_kind = resources.setdefault(kind, {})
                for item in items:
                    of_kind.setdefault(item["id"], item)
        return cls(
            {kind: list(items.values()) for kind, items in resources.items()},
            issues.concat(p.issues for p in parts).unique(maintain_order=True),
            Lineage.concat(p.lineage for p in parts).unique(),
        )

    @classmethod
    def empty(cls) -> FhirOutput:
        return cls({}, issues.none(), Lineage.concat(()))


def build_fhir(records: Records, study: Study, pages: Iterable[Resource]) -> FhirOutput:
    """Every resource of `pages` (`mappings.FHIR`) from the records of a study.

    Raises SpecError where two resources have one id or a reference names none of them: that is a defect of a
    page, never of data.
    """
    made: dict[str, list[Resources]] = {}
    for page in pages:
        made.setdefault(page.type, []).append(page.build(records, study))
    of_type = {kind: Resources.concat(parts) for kind, parts in made.items()}
    _check(of_type)
    lineage = Lineage.concat(found.lineage for found in of_type.values())
    said = issues.concat(found.issues for found in of_type.values())
    return FhirOutput(
        {kind: found.items for kind, found in of_type.items() if found.items},
        issues.concat([said, *_left_out(records, lineage, said)]),
        lineage,
    )


def _left_out(records: Records, lineage: Lineage, said: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """What no resource was made from and no page spoke of: said here, so that no record ends unseen."""
    told = pl.concat([lineage.rows["src"], said["source"]]).unique().implode()
    for name in RECORDS:
        yield issues.issues(
            records[name].filter(~col(SRC).is_in(told)),
            severity="info",
            target="FHIR",
            rule="NO-RESOURCE",
            message=f"no resource holds this {name} record: another tells it, or R4 has no place for it",
            kept=False,
        )


def _check(of_type: Mapping[str, Resources]) -> None:
    known = set[str]()
    for kind, found in of_type.items():
        ids = {f"{kind}/{item['id']}" for item in found.items}
        if len(ids) != len(found.items):
            raise SpecError(
                f"several {kind} resources have one id: the page's key does not tell its rows apart"
            )
        known |= ids
    for kind, found in of_type.items():
        lost = sorted(r for r in found.references - known if not r.startswith("#"))
        if lost:
            raise SpecError(f"{kind} refers to {lost[0]}, which is not written")
