"""SV: visits that took place, each with a number of its own."""

from __future__ import annotations

from dataclasses import replace

from interop.study import Visit
from tests.mappings.sdtm.small import STUDY, said, sdtm

VISITS = replace(
    STUDY,
    visits=(*STUDY.visits, Visit("DAY 7 AFTER CELLS", 8, since="cells", after=7), Visit("UNSCHEDULED", 99)),
)


def test_planned_by_day_or_from_a_milestone_and_unplanned() -> None:
    visits = [
        {"visit": "BASELINE", "date": "2024-01-10"},
        {"visit": "DAY 7 AFTER CELLS", "date": "2024-02-01", "end": "2024-02-02"},
        {"visit": "UNSCHEDULED", "date": "2024-02-10", "reason_unscheduled": "Fever"},
    ]
    columns = ("VISITNUM", "SVPRESP", "SVOCCUR", "VISITDY", "SVSTDTC", "SVSTDY", "SVUPDES")
    assert sdtm(study=VISITS, visit=visits)["SV"].table.select(columns).rows() == [
        (2.0, "Y", "Y", 1, "2024-01-10", 1, None),
        (8.0, "Y", "Y", None, "2024-02-01", 23, None),
        (99.0, None, None, None, "2024-02-10", 32, "Fever"),
    ]


def test_unplanned_visits_count_on_and_their_records_with_them() -> None:
    made = sdtm(
        study=VISITS,
        visit=[
            {"visit": "UNSCHEDULED", "date": "2024-03-01"},
            {"visit": "UNSCHEDULED", "date": "2024-02-10"},
        ],
        vital_sign=[
            {"test": "TEMP", "result": "38", "unit": "C", "visit": "UNSCHEDULED", "date": f"{day}T10:00"}
            for day in ("2024-02-10", "2024-03-01", "2024-04-01")
        ],
    )
    assert made["SV"].table.select("VISITNUM", "SVSTDTC").rows() == [
        (99.0, "2024-02-10"),
        (99.01, "2024-03-01"),
    ]
    # The third was taken at no visit that SV has.
    assert made["VS"].table.select("VISITNUM", "VSDTC").rows() == [
        (99.0, "2024-02-10T10:00"),
        (99.0, "2024-04-01T10:00"),
        (99.01, "2024-03-01T10:00"),
    ]


def test_a_planned_visit_takes_place_once_and_what_repeats_it_is_unplanned() -> None:
    visits = [{"visit": "BASELINE", "date": day} for day in ("2024-01-11", "2024-01-10", "2024-01-11")]
    built = sdtm(study=VISITS, visit=visits)["SV"]
    assert built.table.select("VISITNUM", "SVPRESP", "SVOCCUR", "SVSTDTC").rows() == [
        (2.0, "Y", "Y", "2024-01-10"),
        (2.01, None, None, "2024-01-11"),
    ]
    assert {r for *_, r in said(built)} == {"REPEATED VISIT", "COPY"}
