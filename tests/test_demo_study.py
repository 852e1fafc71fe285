"""The demonstration data are clinically coherent, and imperfect only where that is meant."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime

import pytest

from tests.support import ROOT

SOURCE = ROOT / "mappings" / "studies" / "demo" / "source"
DATES = (
    "RANDDAT",
    "DMDAT",
    "ICDAT",
    "VISDAT",
    "EXSTDAT",
    "RSDAT",
    "VSDAT",
    "AESTDAT",
    "AEENDAT",
    "DSSTDAT",
    "DTHDAT",
)
Row = dict[str, str]


def form(name: str) -> list[Row]:
    encoding = "cp1252" if name == "MH" else "utf-8"
    with (SOURCE / f"{name}.csv").open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def whole(text: str) -> date | None:
    return datetime.strptime(text, "%d-%b-%Y").date() if text.count("-") == 2 else None


def subjects() -> list[tuple[str, str]]:
    return [(r["SITEID"], r["SUBJID"]) for r in form("DM")]


def of(rows: list[Row], subject: tuple[str, str]) -> list[Row]:
    return [r for r in rows if (r["SITEID"], r["SUBJID"]) == subject]


def dated(subject: tuple[str, str]) -> Iterator[tuple[str, date]]:
    for path in sorted(SOURCE.glob("*.csv")):
        for row in of(form(path.stem), subject):
            for column in DATES:
                found = whole(row.get(column, ""))
                if found is not None:
                    yield f"{path.stem}.{column}", found


def test_sixteen_subjects_once_each() -> None:
    assert len(subjects()) == len(set(subjects())) == 16


@pytest.mark.parametrize("name", sorted(p.stem for p in SOURCE.glob("*.csv")))
def test_every_row_is_of_a_subject_of_dm(name: str) -> None:
    assert {(r["SITEID"], r["SUBJID"]) for r in form(name)} <= set(subjects())


@pytest.mark.parametrize("subject", subjects(), ids="-".join)
def test_dates_are_in_order(subject: tuple[str, str]) -> None:
    consent = whole(of(form("IC"), subject)[0]["ICDAT"])
    randomised = whole(of(form("DM"), subject)[0]["RANDDAT"])
    doses = [whole(r["EXSTDAT"]) for r in of(form("EX"), subject)]
    responses = [whole(r["RSDAT"]) for r in of(form("RS"), subject)]
    assert consent is not None
    assert all(found >= consent for _, found in dated(subject))
    if doses:
        assert randomised is not None
        assert doses == sorted(set(doses), key=str)
        assert all(d is not None and d >= randomised for d in [*doses, *responses])
        assert responses == sorted(set(responses), key=str)
    for death in of(form("DTH"), subject):
        died = whole(death["DTHDAT"])
        assert died is not None
        assert [(what, found) for what, found in dated(subject) if found > died] == []


@pytest.mark.parametrize(
    "row", [r for r in form("AE") if r["AEYN"] == "Y"], ids=lambda r: r["SUBJID"] + r["AESPID"]
)
def test_adverse_events_are_plausible(row: Row) -> None:
    start, end = whole(row["AESTDAT"]), whole(row["AEENDAT"])
    assert start is None or end is None or start <= end
    assert (row["AEONGO"] == "Y") == (row["AEENDAT"] == "")
    assert (row["AEOUT"] == "Fatal") == (row["AESDTH"] == "Y") == (row["AETOXGR"] == "5")


@pytest.mark.parametrize("row", form("RS"), ids=lambda r: f"{r['SITEID']}-{r['SUBJID']}-{r['VISIT']}")
def test_overall_response_follows_recist(row: Row) -> None:
    """RECIST 1.1: target, non-target, new lesion ─▶ overall response."""
    target, other, new, overall = row["TRGRESP"], row["NTRGRESP"], row["NEWLIND"], row["OVRLRESP"]
    if "Progressive disease" in (target, other) or new == "Y":
        expected = "Progressive disease"
    elif target == "" or (target == "Complete response" and other == "Complete response"):
        expected = other
    elif target == "Complete response":
        expected = "Partial response"
    else:
        expected = target
    assert overall == expected


def test_the_imperfections_that_are_meant() -> None:
    assert (SOURCE / "MH.csv").read_bytes().decode("cp1252").isascii() is False
    with pytest.raises(UnicodeDecodeError):
        (SOURCE / "MH.csv").read_text(encoding="utf-8")
    assert [len(r["AETERM"].encode()) for r in form("AE") if len(r["AETERM"].encode()) > 200] == [277]
    assert [r["VSPOS"] for r in form("VS") if r["VSPOS"] != "Sitting"] == ["Reclining"]
    assert [r["AESTDAT"] for r in form("AE") if r["AESTDAT"] and whole(r["AESTDAT"]) is None] == [
        "MAR-2024",
        "APR-2024",
    ]
    assert "DEVICE" in form("VS")[0]
