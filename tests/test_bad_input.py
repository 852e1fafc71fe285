"""What users get wrong, once each, from the command line: the sentence, the exit code, what is left.

Either the input is unusable (exit 2: one sentence with file, place and mend, and nothing written), or single
values or rows are (exit 1: they stand in issues.csv with file and line, and everything else is there).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from interop.cli import main
from interop.package.xpt import read_xpt
from mappings import studies

DEMO = Path(studies.__path__[0]) / "demo"
Edit = Callable[[Path], None]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A copy of the demonstration study: study.yaml, sources.yaml, source/*.csv."""
    return Path(shutil.copytree(DEMO, tmp_path / "study"))


def run(study: Path) -> tuple[int, Path]:
    out = study.parent / "out"
    with pytest.raises(SystemExit) as stopped:
        main(["run", str(study), "--source", str(study / "source"), "--out", str(out)])
    return int(stopped.value.code or 0), out


def replaced(name: str, old: str, new: str, *, encoding: str = "utf-8", count: int = 1) -> Edit:
    def edit(study: Path) -> None:
        path = study / name
        text = path.read_text(encoding=encoding)
        assert old in text, f"the demonstration study no longer has {old!r} in {name}"
        path.write_text(text.replace(old, new, count), encoding=encoding)

    return edit


def removed(name: str) -> Edit:
    return lambda study: (study / name).unlink()


def delimited(name: str, delimiter: str) -> Edit:
    def edit(study: Path) -> None:
        path = study / name
        path.write_text(path.read_text(encoding="utf-8").replace(",", delimiter), encoding="utf-8")

    return edit


UNUSABLE: dict[str, tuple[Edit, tuple[str, ...]]] = {
    "missing file": (removed("source/EX.csv"), ("EX", "source")),
    "wrong delimiter": (delimited("source/VS.csv", ";"), ("VS.csv", "delimiter", ";")),
    "renamed column": (replaced("source/DM.csv", "SUBJID", "SUBJECTID"), ("DM.csv", "SUBJID", "SUBJECTID")),
    "typo in study.yaml": (
        replaced("study.yaml", "visits:", "vists:"),
        ("study.yaml, line", "vists", "visits"),
    ),
    "typo in a value of study.yaml": (
        replaced("study.yaml", "criteria: RECIST 1.1", "criteria: RECIST 1.2"),
        ("study.yaml, line", "criteria", "RECIST 1.1"),
    ),
    "qualifier name over 8 characters": (
        replaced("sources.yaml", "AEIMMUNE:", "AEIMMUNERELATED:"),
        ("sources.yaml, line", "AEIMMUNERELATED", "8"),
    ),
    "qualifier label over 40 characters": (
        replaced("sources.yaml", "label: ", "label: A label that goes on well beyond what fits "),
        ("sources.yaml, line", "label", "40"),
    ),
    "declared encoding that does not fit": (
        replaced("sources.yaml", "  MH:\n", "  MH:\n    encoding: utf-8\n"),
        ("MH.csv", "line", "utf-8"),
    ),
}


@pytest.mark.parametrize("mistake", UNUSABLE)
def test_an_unusable_input_is_one_sentence_and_nothing_is_written(
    mistake: str, study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit, words = UNUSABLE[mistake]
    edit(study)
    code, out = run(study)
    said = capsys.readouterr().err
    assert code == 2
    assert all(word in said for word in words), said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) <= 2, said
    assert not out.exists()
    assert {p.name for p in study.parent.iterdir()} == {"study"}  # no half-written folder beside it either


def issues_of(out: Path) -> pl.DataFrame:
    return pl.read_csv(out / "issues.csv", infer_schema=False)


def sdtm(out: Path, domain: str) -> pl.DataFrame:
    return read_xpt(out / f"m5/datasets/demo01/tabulations/sdtm/{domain}.xpt").data


def test_a_subject_who_stands_twice_with_different_content_is_set_aside_with_all_rows(study: Path) -> None:
    path = study / "source" / "DM.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    again = lines[1].replace(",61,", ",62,")
    assert again != lines[1]
    path.write_text("\n".join([*lines, again]) + "\n", encoding="utf-8")
    code, out = run(study)
    found = issues_of(out).filter(pl.col("rule") == "DUPLICATE", pl.col("target") == "DM")
    assert code == 1
    assert sorted(found["source"]) == sorted(["DM.csv#2", f"DM.csv#{len(lines) + 1}"])
    assert set(found["kept"]) == {"false"}
    subject = "DEMO01-101-001"
    assert subject not in sdtm(out, "dm")["USUBJID"].to_list()
    assert subject not in sdtm(out, "ex")["USUBJID"].to_list()
    assert sdtm(out, "dm")["USUBJID"].n_unique() == 15


def test_30_february_costs_the_date_and_keeps_the_row(study: Path) -> None:
    replaced("source/SV.csv", "12-FEB-2024", "30-FEB-2024")(study)
    replaced("source/AE.csv", "13-FEB-2024", "30-FEB-2024")(study)
    code, out = run(study)
    (issue,) = (
        issues_of(out)
        .filter(pl.col("value") == "30-FEB-2024", pl.col("source") == "AE.csv#2")
        .rows(named=True)
    )
    assert code == 1
    assert (issue["severity"], issue["variable"], issue["kept"]) == ("error", "start", "true")
    (event,) = sdtm(out, "ae").filter(pl.col("AETERM") == "Tired after infusion").rows(named=True)
    assert event["AESTDTC"] in (None, "")
    assert event["AEENDTC"] == "2024-02-19"


def test_a_value_out_of_a_closed_codelist_costs_the_value(study: Path) -> None:
    replaced("source/AE.csv", ",Recovered/Resolved,", ",Better,")(study)
    code, out = run(study)
    found = issues_of(out).filter(pl.col("value") == "Better", pl.col("target") == "AE")
    (better,) = found.rows(named=True)
    assert code == 1
    assert (better["source"], better["target"], better["variable"]) == ("AE.csv#2", "AE", "AEOUT")
    assert "map it in the source mapping" in better["message"]
    (event,) = sdtm(out, "ae").filter(pl.col("AETERM") == "Tired after infusion").rows(named=True)
    assert event["AEOUT"] in (None, "")
    assert event["AEDECOD"] == "Fatigue"


def test_text_over_200_bytes_is_continued_in_supp(study: Path) -> None:
    long = "An event told at length " * 20
    replaced("source/AE.csv", "Tired after infusion", long.strip())(study)
    _, out = run(study)
    events = sdtm(out, "ae").filter(pl.col("AETERM").str.starts_with("An event told"))
    supp = sdtm(out, "suppae").filter(
        pl.col("USUBJID") == events["USUBJID"].item(),
        pl.col("IDVARVAL") == str(events["AESEQ"].item()),
        pl.col("QNAM").str.starts_with("AETERM"),
    )
    pieces = [events["AETERM"].item(), *supp.sort("QNAM")["QVAL"].to_list()]
    assert " ".join(pieces) == long.strip()
    said = issues_of(out).filter(pl.col("rule") == "LONG TEXT", pl.col("source") == "AE.csv#2")
    assert said["severity"].to_list() == ["info"]


def test_a_file_in_another_encoding_is_read_and_said(study: Path) -> None:
    path = study / "source" / "CM.csv"
    text = path.read_text(encoding="utf-8").replace("Paracetamol", "Paracétamol", 1)
    path.write_bytes(text.encode("cp1252"))
    _, out = run(study)
    assert "Paracétamol" in sdtm(out, "cm")["CMTRT"].to_list()
    said = issues_of(out).filter(pl.col("rule") == "ENCODING", pl.col("source").str.starts_with("CM.csv"))
    assert len(said) == 1


def test_identifiers_of_persons_appear_nowhere(study: Path) -> None:
    replaced("source/DM.csv", ",Q.X.Z.,", ",Q-ZVPX,")(study)
    _, out = run(study)
    for path in out.rglob("*"):
        if path.is_file():
            assert b"Q-ZVPX" not in path.read_bytes(), path.name
