"""What holds of the whole run: rows are kept or explained; order and other subjects change nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from polars import col
from polars.testing import assert_frame_equal

from interop.pipeline import Run, run
from interop.simulate.forms import FORMS
from interop.simulate.run import simulate
from interop.study import Study
from tests.trial.conftest import SEED, SUBJECTS, Export
from tests.trial.test_formats import without_source

ENCODING = {"MH": "cp1252"}
FEWER = 30


def lines(path: Path) -> list[str]:
    """The lines of a form; no value of the simulation has a line end in it."""
    return path.read_bytes().decode(ENCODING.get(path.stem, "utf-8")).splitlines()


def per_subject(done: Run) -> dict[str, pl.DataFrame]:
    return {n: b.table for n, b in done.built.items() if "USUBJID" in b.table.columns and n != "RELREC"}


@pytest.mark.parametrize("form", [f.name for f in FORMS])
def test_every_source_row_ends_in_a_dataset_or_in_the_issues(form: str, untidy: Export) -> None:
    used = pl.concat(b.lineage.rows["src"] for b in untidy.run.built.values())
    explained = untidy.run.all_issues["source"]
    known = pl.concat([used, explained]).str.replace(r":[^#:]*$", "").unique()
    rows = len(lines(untidy.csv / f"{form}.csv")) - 1
    assert rows > 0
    assert {f"{form}.csv#{n + 2}" for n in range(rows)} <= set(known)


def test_every_row_of_a_dataset_has_a_source_row_that_is_there(untidy: Export) -> None:
    count = {p.name: len(lines(p)) for p in untidy.csv.glob("*.csv")}
    for built in untidy.run.built.values():
        places = (
            built.data["_src"].drop_nulls().str.extract_groups(r"^(\w+\.csv)#(\d+)(:\w+)?$").struct.unnest()
        )
        for file, line in places.drop_nulls("1").select("1", col("2").cast(pl.Int64)).iter_rows():
            assert 2 <= line <= count[file]
        assert built.data["_src"].null_count() == 0, built.spec.name


def test_more_subjects_change_nothing_of_the_others(
    untidy: Export, untidy_study: Study, tmp_path: Path
) -> None:
    made = simulate(untidy_study, subjects=FEWER, seed=SEED, formats=("csv",), out=tmp_path)
    fewer = run(untidy_study, tmp_path / "csv")
    known = made.truth["usubjid"].implode()
    assert made.truth.height == FEWER < SUBJECTS == untidy.made.truth.height
    for name, frame in per_subject(untidy.run).items():
        assert_frame_equal(frame.filter(col("USUBJID").is_in(known)), per_subject(fewer)[name])
    for kind, items in fewer.fhir.resources.items():
        ours, theirs = without_source(items), without_source(untidy.run.fhir.resources[kind])
        assert {i: theirs.get(i) for i in ours} == ours


def test_the_order_of_the_source_rows_changes_nothing(
    untidy: Export, untidy_study: Study, tmp_path: Path
) -> None:
    shuffle = random.Random(SEED).shuffle
    for path in untidy.csv.glob("*.csv"):
        header, *rows = lines(path)
        shuffle(rows)
        text = "\n".join([header, *rows, ""])
        (tmp_path / path.name).write_bytes(text.encode(ENCODING.get(path.stem, "utf-8")))
    mixed = run(untidy_study, tmp_path)
    for name, built in untidy.run.built.items():
        assert_frame_equal(mixed.built[name].table, built.table)
    for kind, items in untidy.run.fhir.resources.items():
        assert without_source(mixed.fhir.resources[kind]) == without_source(items)
    said = pl.exclude("source")
    assert_frame_equal(
        mixed.all_issues.select(said).sort(pl.all()), untidy.run.all_issues.select(said).sort(pl.all())
    )


# --- hostile ODM, from the command line


def doctype(inside: str) -> Callable[[str, Path], str]:
    def edit(text: str, secret: Path) -> str:
        start, end, rest = text.partition("?>")
        rest = rest.replace('Value="INVESTIGATOR"', 'Value="&x;"')
        assert "&x;" in rest
        return f"{start}{end}\n<!DOCTYPE ODM [{inside.replace('SECRET', secret.as_uri())}]>{rest}"

    return edit


LAUGHS = "<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghx", strict=True)
)
HOSTILE: dict[str, tuple[Callable[[str, Path], str], str]] = {
    "XXE, a file": (doctype("<!ENTITY x SYSTEM 'SECRET'>"), "DOCTYPE"),
    "XXE, the network": (doctype("<!ENTITY x SYSTEM 'http://127.0.0.1:9/x'>"), "DOCTYPE"),
    "billion laughs": (doctype(LAUGHS), "DOCTYPE"),
    "cut off in the clinical data": (lambda text, _: text[: len(text) * 2 // 3], "line"),
    "cut off in the metadata": (lambda text, _: text[: text.index("</MetaDataVersion>")], "line"),
    "the end tag missing": (lambda text, _: text[: text.rindex("</ODM>")], "line"),
    "empty": (lambda text, _: "", "empty"),
}


@pytest.fixture(scope="module")
def good(study: Study, tmp_path_factory: pytest.TempPathFactory) -> str:
    made = simulate(study, subjects=3, seed=SEED, formats=("odm",), out=tmp_path_factory.mktemp("good"))
    assert made.odm is not None
    return made.odm.read_text(encoding="utf-8")


def call(folder: Path, *more: str) -> int:
    from interop.cli import main

    arguments = ["--source", str(folder / "source"), "--out", str(folder / "out"), *more]
    try:
        main(["run", "glofit-cart", *arguments])
    except SystemExit as stopped:
        return int(stopped.code or 0)
    return 0


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_odm_is_refused_and_nothing_is_written(
    name: str, good: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit, word = HOSTILE[name]
    (secret := tmp_path / "secret.txt").write_text("TOP SECRET", encoding="utf-8")
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "study.xml").write_text(edit(good, secret), encoding="utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.json").write_text("{}", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    for more in ((), ("--force",)):
        assert call(tmp_path, *more) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1
        assert err.startswith("interop: ")
        assert "TOP SECRET" not in err
    assert "study.xml" in err
    assert word in err
    assert sorted(tmp_path.rglob("*")) == before, "an earlier output is touched, or something is left"
    (tmp_path / "out" / "run.json").unlink()
    (tmp_path / "out").rmdir()
    assert call(tmp_path) == 2
    assert not (tmp_path / "out").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["secret.txt", "source"]


def test_the_same_file_unharmed_runs(good: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "study.xml").write_text(good, encoding="utf-8")
    assert call(tmp_path) in (0, 1)
    assert capsys.readouterr().err == ""
    assert (tmp_path / "out" / "run.json").is_file()
    assert list((tmp_path / "out").rglob("adtte.xpt"))
    assert list((tmp_path / "out").rglob("Patient.ndjson"))
