"""All resources of a study, held together: every id once, every reference resolved."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl
from polars import col

from interop import issues
from interop.errors import SpecError
from interop.fhir.provenance import subject_of
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
        """Parts of subjects of their own as one; what is of the whole study is kept once."""
        resources: dict[str, list[dict[str, Json]]] = {}
        said, lines = [], []
        for part in apart(parts):
            for kind, items in part.resources.items():
                resources.setdefault(kind, []).extend(items)
            said.append(part.issues)
            lines.append(part.lineage)
        return cls(resources, issues.concat(said), Lineage.concat(lines).unique())


def apart(parts: Iterable[FhirOutput]) -> Iterator[FhirOutput]:
    """Each part without what an earlier one has too: resources, issues and lineage of the whole study.

    Of the parts no more than one is held at a time.
    """
    seen = set[str]()
    said, lines = issues.none(), Lineage.concat(()).rows
    for part in parts:
        new = FhirOutput(
            {kind: [i for i in items if i["id"] not in seen] for kind, items in part.resources.items()},
            _beyond(part.issues, said),
            Lineage(_beyond(part.lineage.rows, lines), part.lineage.reads),
        )
        shared = [i for items in new.resources.values() for i in items if subject_of(i) is None]
        seen |= {i["id"] for i in shared}
        names = pl.Series([f"{i['resourceType']}/{i['id']}" for i in shared], dtype=pl.String)
        said = pl.concat([said, new.issues.filter(~_of_a_row("source"), ~col("rule").is_in(issues.COUNTED))])
        lines = pl.concat([lines, new.lineage.rows.filter(col("row").is_in(names.implode()))])
        del part
        yield new
        del new


def _of_a_row(source: str) -> pl.Expr:
    """Whether a reference is of one source row: no two parts have one in common."""
    return col(source).str.contains(r"#\d+(:|$)")


def _beyond(frame: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    if known.is_empty():
        return frame
    return frame.join(known, on=frame.columns, how="anti", nulls_equal=True, maintain_order="left")


def build_fhir(records: Records, study: Study, pages: Iterable[Resource]) -> FhirOutput:
    """Every resource of `pages` (`mappings.FHIR`) from the records of a study.

    Raises SpecError where two resources have one id or a reference names none of them: that is a defect of a
    page, never of data.
    """
    made: dict[str, list[Resources]] = {}
    with _no_search_for_cycles():
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


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """A resource is a tree: looking for cycles again and again while thousands are made takes a quarter of
    the time."""
    searches = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searches:
            gc.enable()


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
