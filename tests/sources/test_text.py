"""Text files: delimiter, encoding, physical lines, and rows that do not fit their header."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interop.errors import InputError
from interop.sources.text import lines_of
from tests.sources.small import DM, SOURCES, records, said

HEADER = "SITEID,SUBJID,AGE,DMDAT\n"


def refusal(folder: Path, files: dict[str, str | bytes], *, sources: str = SOURCES) -> str:
    """What is said of files that cannot be used, with the place of the folder taken out."""
    with pytest.raises(InputError) as error:
        records(folder, files, sources=sources)
    assert error.value.exit_code == 2
    return str(error.value).replace(f"{folder}/", "")


def test_a_form_becomes_records(tmp_path: Path) -> None:
    made = records(tmp_path, {"DM.csv": DM})
    assert made["subject"].select(
        "subject", "site", "age", "collected", "study", "usubjid", "_src"
    ).rows() == [
        ("001", "701", "63", "2013-12-26", "ABC", "ABC-701-001", "DM.csv#2"),
        ("002", "701", "64", "2012-07-22", "ABC", "ABC-701-002", "DM.csv#3"),
    ]
    assert made.issues.is_empty()
    (file,) = made.files
    assert (file.name, file.rows, file.encoding) == ("DM.csv", 2, "utf-8")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path, ending: str) -> None:
    text = f'{HEADER}\n701,001,63,\n\n701,"0\n\n02",64,\n701,003,65,\n'.replace("\n", ending)
    made = records(tmp_path, {"DM.csv": text})
    assert made["subject"].select("_src").to_series().to_list() == ["DM.csv#3", "DM.csv#5", "DM.csv#8"]


@given(st.text(st.sampled_from('a,"\n\r\v\u2028 ')))
def test_lines_are_those_of_python(text: str) -> None:
    assert list(lines_of(text)) == list(io.StringIO(text, newline=""))


def test_rows_are_the_same_however_many_are_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEADER + "".join(f"701,{n:03},{n},\n" for n in range(5)) + "701,9\n701,006,6,\n"
    made = records(tmp_path, {"DM.csv": text})
    monkeypatch.setattr("interop.sources.text.CHUNK", 2)
    again = records(tmp_path, {"DM.csv": text})
    assert again["subject"].equals(made["subject"])
    assert again["subject"]["_src"].to_list() == [f"DM.csv#{n}" for n in (2, 3, 4, 5, 6, 8)]
    assert again.issues.equals(made.issues)


@pytest.mark.parametrize(
    ("name", "content", "setting"),
    [
        ("DM.tsv", DM.replace(",", "\t"), ""),
        ("DM.csv", DM.replace(",", ";"), '    delimiter: ";"\n'),
        ("dm.TXT", DM.replace(",", "|"), '    delimiter: "|"\n'),
        ("DM.csv", DM.replace(",", "\t"), "    delimiter: tab\n"),
    ],
)
def test_other_delimiters_and_endings(tmp_path: Path, name: str, content: str, setting: str) -> None:
    made = records(tmp_path, {name: content}, sources=SOURCES.replace("  DM:\n", "  DM:\n" + setting))
    assert made["subject"]["age"].to_list() == ["63", "64"]


@pytest.mark.parametrize(("found", "shown"), [(";", ";"), ("\t", "tab"), ("|", "|")])
def test_a_wrong_delimiter_is_recognised(tmp_path: Path, found: str, shown: str) -> None:
    assert refusal(tmp_path, {"DM.csv": DM.replace(",", found)}) == (
        f"DM.csv, line 1: the columns are separated by `{shown}`, not by `,`. Write `delimiter: "
        f'"{shown}"` for '
        "the form DM in study/sources.yaml"
    )


@pytest.mark.parametrize(
    ("content", "encoding", "issues"),
    [
        ("Zürich".encode(), "utf-8", []),
        ("Zürich".encode("utf-8-sig"), "utf-8", []),
        ("Zürich".encode("cp1252"), "cp1252", ["ENCODING"]),
    ],
)
def test_the_encoding_is_detected_and_said_where_it_was_guessed(
    tmp_path: Path, content: bytes, encoding: str, issues: list[str]
) -> None:
    bom = content[:3] if content.startswith(b"\xef\xbb\xbf") else b""
    made = records(tmp_path, {"DM.csv": bom + HEADER.encode() + content.removeprefix(bom) + b",001,63,\n"})
    assert made["subject"]["site"].to_list() == ["Zürich"]
    assert made.files[0].encoding.removesuffix("-sig") == encoding
    assert made.issues["rule"].to_list() == issues


def test_utf_16_with_its_mark_is_read(tmp_path: Path) -> None:
    assert records(tmp_path, {"DM.csv": DM.encode("utf-16")})["subject"].height == 2


def test_a_declared_encoding_that_does_not_fit_names_the_byte(tmp_path: Path) -> None:
    content = DM.encode() + "701,Zoë,1,\n".encode("cp1252")
    assert refusal(tmp_path, {"DM.csv": content}, sources="encoding: utf-8\n" + SOURCES) == (
        "DM.csv, line 4: byte 7 of the line (0xEB) is not utf-8. Declare the encoding it has (often "
        "cp1252): "
        "`encoding:` of the form DM in study/sources.yaml"
    )


def test_a_declared_encoding_is_no_guess(tmp_path: Path) -> None:
    made = records(
        tmp_path, {"DM.csv": f"{HEADER}Zürich,1,,\n".encode("cp1252")}, sources="encoding: cp1252\n" + SOURCES
    )
    assert made["subject"]["site"].to_list() == ["Zürich"]
    assert made.issues.is_empty()


def test_a_ragged_row_is_set_aside_and_the_others_stay(tmp_path: Path) -> None:
    made = records(tmp_path, {"DM.csv": f"{HEADER}701,001,63,,,\n701,002\n701,003,6,4,5\n701,004,65,\n"})
    assert made["subject"]["subject"].to_list() == ["001", "004"]  # empty cells at the end are no cells
    assert said(made, "severity", "source", "rule", "value", "kept") == [
        ("error", "DM.csv#3", "RAGGED ROW", "2", False),
        ("error", "DM.csv#4", "RAGGED ROW", "5", False),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "",
            "DM.csv: the file is empty, not even a header line. Export the form again, or write "
            "`required: false` for the form DM in study/sources.yaml",
        ),
        (
            "SITEID,SUBJID\n1,2,3\n4,5,6\n",
            "DM.csv, line 2: 3 cells where the header has 2 columns, as in every row. Give every column "
            "a name "
            "in the first line",
        ),
        (
            HEADER + '701,"001,63,\n701,002,64,\n',
            "DM.csv, line 2: the quotes of a cell that begins here do not match. Put a cell that holds "
            '" in '
            'quotes and write each " in it twice',
        ),
        (
            "SITEID,SUBJID,AGE,AGE,DMDAT\n",
            "DM.csv, line 1: columns 3 and 4 have the same name. Rename or remove one of them",
        ),
        (
            "SITEID,SUBJID,,AGE,DMDAT\n1,2,3,4,5\n",
            "DM.csv, line 1: column 3 has values and no name. Name it in the first line",
        ),
        (
            "SITEID,SUBJECT,AGE,DMDAT\n",
            "DM.csv, line 1, SUBJID: there is no column SUBJID, which subject.subject is read from "
            "(study/sources.yaml, line 7). Correct the mapping, or write `optional: true` there. "
            "Did you mean `SUBJECT`?",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence_with_place_and_mend(
    tmp_path: Path, content: str, expected: str
) -> None:
    assert refusal(tmp_path, {"DM.csv": content}) == expected


def test_a_missing_file_says_what_was_looked_for_and_what_is_there(tmp_path: Path) -> None:
    assert refusal(tmp_path, {"DMX.csv": DM, "AE.csv": ""}) == (
        "source: the form DM is missing: looked for DM.csv (.txt .tsv .xlsx .xpt .sas7bdat), found "
        "AE.csv, DMX.csv. "
        "Add the file, or write `file: DMX.csv` or `required: false` for the form DM in study/sources.yaml"
    ).replace("source:", f"{tmp_path}/source:").replace(f"{tmp_path}/", "")


def test_two_files_for_one_form_are_not_guessed(tmp_path: Path) -> None:
    assert refusal(tmp_path, {"DM.csv": DM, "dm.txt": DM}) == (
        "source: the form DM could be any of DM.csv, dm.txt. Name one with its ending: `file:` of the "
        "form DM in "
        "study/sources.yaml"
    )


def test_a_form_that_is_not_required_may_be_absent(tmp_path: Path) -> None:
    made = records(
        tmp_path, {"AE.csv": DM}, sources=SOURCES.replace("  DM:\n", "  DM:\n    required: false\n")
    )
    assert made["subject"].is_empty()
    assert made["subject"].columns[-3:] == ["study", "usubjid", "_src"]
    assert said(made, "severity", "source", "rule") == [("warning", "AE.csv", "UNUSED FILE")]


def test_a_header_alone_gives_no_records_and_no_issues(tmp_path: Path) -> None:
    made = records(tmp_path, {"DM.csv": HEADER})
    assert made["subject"].is_empty()
    assert made.issues.is_empty()


def test_a_file_without_a_header_shows_nothing_of_its_first_row(tmp_path: Path) -> None:
    assert refusal(tmp_path, {"DM.csv": "701,Jane Roe,63,26-DEC-2013\n"}) == (
        "DM.csv, line 1: none of the columns that study/sources.yaml names for the form DM is there. "
        "Check that "
        "the first line names the columns, and that it is the right file"
    )
