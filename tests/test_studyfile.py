"""study.yaml and sources.yaml: what is read of them, and what is said where they are wrong."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from interop.derive.lugano import DRAFT, LUGANO_2014, table_of
from interop.errors import InputError, UsageError
from interop.studyfile import load_sources, load_study, study_names
from interop.trialdesign import ReadingRule, ResponseTable
from interop.yamlfile import load_yaml, written
from schemas import ROOT
from tests.sources.small import SOURCES, STUDY, write_study

SCHEMAS = ["study.schema.json", "sources.schema.json"]


def sentence(folder: Path, *, study: str = STUDY, sources: str | None = None) -> str:
    """What is said of the study, with the place of the folder taken out."""
    with pytest.raises(InputError) as error:
        load_study(write_study(folder, study=study, sources=sources))
    assert error.value.exit_code == 2
    return str(error.value).replace(f"{folder}/", "")


def test_a_study_is_what_its_file_says(tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path))
    assert (study.id, study.usubjid, study.status) == ("ABC", "ABC-{site}-{subject}", "completed")
    assert [(v.name, v.number, v.day, v.window) for v in study.visits] == [
        ("BASELINE", 1.0, 1, None),
        ("WEEK 2", 2.0, 14, (-3, 3)),
    ]
    assert study.arms[0].given == {"EXAMPLIMAB": None}
    assert study.lines["visits/1/window"] == 10
    assert pickle.loads(pickle.dumps(study)) == study  # it can be sent to another process


RULES = """response:
  rules:
    - {name: CT not done, take: NE, ct: [none, ND]}
    - {name: PET, take: PET, pet: [CMR, PMR], prior: false}
"""


def test_a_study_may_have_a_response_table_of_its_own(tmp_path: Path) -> None:
    assert load_study(write_study(tmp_path)).response == ResponseTable("LUGANO 2014")
    draft = load_study(write_study(tmp_path, study=f"{STUDY}response: {{criteria: LUGANO 2014 DRAFT}}\n"))
    assert table_of(draft) == DRAFT != LUGANO_2014
    assert table_of(load_study(write_study(tmp_path, study=STUDY + RULES))) == (
        ReadingRule("CT not done", "NE", ct=(None, "ND")),
        ReadingRule("PET", "PET", pet=("CMR", "PMR"), prior=False),
    )


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (RULES.replace("name: PET,", "name: CT not done,"), "the rule `CT not done` stands twice"),
        (RULES.replace("ct: [none, ND]", "ct: [CMR]"), "`CMR` is not one of ND, NE, NED, CAR"),
        (RULES + "  criteria: LUGANO 2014\n", "Give either `criteria` or `rules`"),
        ("response: {criteria: RECIST 1.1}\n", "`RECIST 1.1` is not one of LUGANO 2014"),
    ],
)
def test_a_response_table_that_says_nothing_sure_is_refused(tmp_path: Path, rules: str, said: str) -> None:
    assert said in sentence(tmp_path, study=STUDY + rules)


@pytest.mark.parametrize("name", study_names())
def test_every_study_that_ships_can_be_loaded_by_name_folder_and_file(name: str) -> None:
    study = load_study(name)
    assert load_study(study.folder) == load_study(study.folder / "study.yaml") == study
    assert load_sources(study).forms


def test_qualifiers_of_the_sources_are_part_of_the_study(tmp_path: Path) -> None:
    sources = SOURCES + "        qualifiers:\n          DMNOTE: {column: NOTE, label: A note}\n"
    (qualifier,) = load_study(write_study(tmp_path, sources=sources)).qualifiers["subject"]
    assert (qualifier.qnam, qualifier.qlabel, qualifier.qorig) == ("DMNOTE", "A note", "Collected")


def test_an_unknown_study_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(UsageError) as error:
        load_study("lztt")
    assert str(error.value) == "there is no study `lztt`. Did you mean `lzzt`?"


def test_a_study_without_sources_says_what_to_write(tmp_path: Path) -> None:
    study = load_study(write_study(tmp_path, sources=None))
    with pytest.raises(InputError, match=r"sources\.yaml: the study says nothing of its source\. Write"):
        load_sources(study)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "visits:",
            "vists:",
            "study.yaml, line 8, vists: unknown key `vists`. Did you mean `visits`?",
        ),
        (
            "  title: A small study\n",
            "",
            "study.yaml, line 1, study: `title` is missing. Add it: Full title of the trial.",
        ),
        (
            "day: 14",
            "day: about 14",
            "study.yaml, line 10, visits[2].day: this must be a whole number, not the text `about 14`. "
            "Planned study day (VISITDY); there is no day 0.",
        ),
        ("day: 14", "day: 0", "study.yaml, line 10, visits[2].day: there is no study day 0"),
        (
            "  title: A small study",
            "  title: A small study\n  status: complete",
            "study.yaml, line 4, study.status: `complete` is not one of active, "
            "administratively-completed, "
            "approved, closed-to-accrual, closed-to-accrual-and-intervention, completed, disapproved, "
            "in-review, "
            "temporarily-closed-to-accrual, temporarily-closed-to-accrual-and-intervention, withdrawn. "
            "Did you mean `completed`?",
        ),
        (
            "epoch: TREATMENT, window",
            "epoch: TREATMNT, window",
            "study.yaml, line 10, visits[2].epoch: there is no epoch `TREATMNT`. Did you mean `TREATMENT`?",
        ),
        (
            "number: 2,",
            "number: 1.0,",
            "study.yaml, line 10, visits[2].number: the visit number `1` stands twice, first in line 9. "
            "Keep one of them",
        ),
        (
            "name: WEEK 2,",
            "name: BASELINE,",
            "study.yaml, line 10, visits[2].name: the visit `BASELINE` stands twice, first in line 9. "
            "Keep one of them",
        ),
        (
            "code: EXA",
            "code: EXAMPLIMAB-HIGH-DOSE-ARM",
            "study.yaml, line 14, arms[1].code: the arm code `EXAMPLIMAB-HIGH-DOSE-ARM` has 24 characters, "
            "20 are allowed. Shorten it",
        ),
        (
            "given: {EXAMPLIMAB: null}",
            "given: {EXAMPLIMUB: null}",
            "study.yaml, line 14, arms[1].given.EXAMPLIMUB: there is no treatment `EXAMPLIMUB`. "
            "Did you mean `EXAMPLIMAB`?",
        ),
        (
            "window: [-3, 3]",
            "window: [3, -3]",
            "study.yaml, line 10, visits[2].window: a window needs a planned `day`, and goes from a day "
            "at or "
            "before it to one at or after it. Write it like [-3, 3]",
        ),
        (
            "{site}-{subject}",
            "{site}-{subjid}",
            "study.yaml, line 4, study.usubjid: the template names {subjid}. Did you mean `subject`?",
        ),
        (
            "{site}-{subject}",
            "{site}",
            "study.yaml, line 4, study.usubjid: the template lacks {subject}. Write it like "
            "ABC-{site}-{subject}",
        ),
        (
            "  id: ABC\n",
            "  id: ABC\n  id: DEF\n",
            "study.yaml, line 3, study: the key `id` stands here and in line 2. Keep one of them",
        ),
        (
            "  id: ABC\n",
            "  id: *copy\n",
            "study.yaml, line 2: the alias *copy repeats another part of the file. Aliases are not "
            "supported: "
            "write the value out",
        ),
        (
            "  id: ABC\n",
            "  id: !!python/name:os.system\n",
            "study.yaml, line 2, study.id: the type tag:yaml.org,2002:python/name:os.system is not "
            "supported. "
            "Leave the `!` out, or put the text in quotes",
        ),
        (
            "  - {name: EXAMPLIMAB}",
            "  - {name: EXAMPLIMAB",
            "study.yaml, line 13: not valid YAML: did not find expected ',' or '}'. Check indentation, "
            "quotes "
            "and brackets there and in the line before",
        ),
    ],
)
def test_a_mistake_in_study_yaml_is_one_sentence_with_place_and_mend(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert old in STUDY
    assert sentence(tmp_path, study=STUDY.replace(old, new, 1)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "record: subject",
            "record: subjects",
            "sources.yaml, line 5, forms.DM.records[1].record: there is no record type `subjects`. "
            "Did you mean `subject`?",
        ),
        (
            "collected: DMDAT",
            "colected: DMDAT",
            "sources.yaml, line 10, forms.DM.records[1].fields.colected: the record subject has no field "
            "`colected`. Did you mean `collected`?",
        ),
        (
            "          site: SITEID\n",
            "",
            "sources.yaml, line 6, forms.DM.records[1].fields: the field `site` of subject is part of "
            "`usubjid` "
            "in study.yaml. Say which column it comes from",
        ),
        (
            "          subject: SUBJID\n",
            "",
            "sources.yaml, line 6, forms.DM.records[1].fields: the field `subject` of subject is required. "
            "Say which column it comes from",
        ),
        (
            "dates: [DD-MON-YYYY]",
            "dates: [DD-MMM-YYYY]",
            "sources.yaml, line 1, dates[1]: `M-` in the date format `DD-MMM-YYYY` is not a part of a "
            "date. "
            "The parts are YYYY, MON, MM, DD, HH, MI and SS",
        ),
        (
            "dates: [DD-MON-YYYY]",
            "dates: [DD-DD-YYYY]",
            "sources.yaml, line 1, dates[1]: a part of the date stands twice in `DD-DD-YYYY`. "
            "Write each part once",
        ),
        (
            "dates: [DD-MON-YYYY]",
            "encoding: utf-9",
            "sources.yaml, line 1, encoding: there is no encoding `utf-9`. Try utf-8 or cp1252",
        ),
        (
            "    records:",
            "    unused: {AGE: not analysed}\n    records:",
            "sources.yaml, line 4, forms.DM.unused.AGE: `unused` leaves it out, but a record of this "
            "form reads "
            "the column AGE. Take it out of `unused` or out of the record",
        ),
        (
            "    records:",
            "    identifiers: {SUBJID: a name}\n    records:",
            "sources.yaml, line 4, forms.DM.identifiers.SUBJID: `identifiers` drops it, but a record of "
            "this "
            "form reads the column SUBJID. Take it out of `identifiers` or out of the record",
        ),
        (
            "age: AGE",
            "age: {col: AGE}",
            "sources.yaml, line 9, forms.DM.records[1].fields.age.col: unknown key `col`. "
            "Did you mean `column`?",
        ),
        (
            "age: AGE",
            "age: {optional: true}",
            "sources.yaml, line 9, forms.DM.records[1].fields.age: give either `column` or `value`",
        ),
        (
            "age: AGE",
            "age: {value: old}",
            "sources.yaml, line 9, forms.DM.records[1].fields.age.value: `old` is not a number, as age is. "
            "Write digits",
        ),
        (
            "age: AGE",
            "age: {value: 5, optional: true}",
            "sources.yaml, line 9, forms.DM.records[1].fields.age.optional: `optional` does nothing beside "
            "`value`. Take it out",
        ),
        (
            "age: AGE",
            'age: "{}_AGE"',
            "sources.yaml, line 9, forms.DM.records[1].fields.age: {} stands for a block, but there is no "
            "`repeat`. Add `repeat: [...]`",
        ),
        (
            "          collected: DMDAT\n",
            "        qualifiers: {DMQUALIFIER: {column: Q, label: A note}}\n",
            "sources.yaml, line 10, forms.DM.records[1].qualifiers.DMQUALIFIER: the name DMQUALIFIER has "
            "11 "
            "characters, 8 are allowed. Shorten it",
        ),
        (
            "          collected: DMDAT\n",
            "        qualifiers: {DMNOTE: {column: Q, label: A label of more than forty characters here}}\n",
            "sources.yaml, line 10, forms.DM.records[1].qualifiers.DMNOTE.label: the label of DMNOTE has "
            "42 "
            "characters, 40 are allowed. Shorten it",
        ),
        (
            "          collected: DMDAT\n",
            "  DEM:\n    file: dm\n    records: [{record: death, fields: {subject: S, site: T}}]\n",
            "sources.yaml, line 10, forms.DEM: the forms DM and DEM read the same file. Put their "
            "records into "
            "one form, or give each its `sheet`",
        ),
    ],
)
def test_a_mistake_in_sources_yaml_is_one_sentence_with_place_and_mend(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert old in SOURCES
    assert sentence(tmp_path, sources=SOURCES.replace(old, new, 1)) == expected


def test_a_value_of_a_map_must_be_one_that_the_field_has(tmp_path: Path) -> None:
    sources = (
        "forms:\n  AE:\n    records:\n      - record: adverse_event\n        fields:\n          subject: "
        "S\n"
        "          site: T\n          term: AETERM\n          serious: {column: AESER, map: {Yes: Y, No: "
        "X}}\n"
    )
    assert sentence(tmp_path, sources=sources) == (
        "sources.yaml, line 9, forms.AE.records[1].fields.serious.map.No: `X` is not a value of serious. "
        "Its values are: Y, N"
    )


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    study = (
        STUDY.replace("visits:", "vists:").replace("start: RFSTDTC", "begin: RFSTDTC").replace("title", "tit")
    )
    with pytest.raises(InputError) as error:
        load_study(write_study(tmp_path, study=study, sources=None))
    assert str(error.value).endswith(
        "Then 3 more problems in this file: line 3 (study.tit); line 7 (epochs[2].begin); line 8 (vists)"
    )
    assert [note.partition(": ")[2] for note in error.value.__notes__] == [
        "unknown key `tit`. Did you mean `title`?",
        "unknown key `begin`. Keys here are: name, description, start, after",
        "unknown key `vists`. Did you mean `visits`?",
    ]


def test_text_stays_as_it_was_typed(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "map: {No: N, 1.0: one, 007: bond}\nlist: [No, 12:30, 2014-01-02, 1_000, 1.50, true, ~]\n"
    )
    data = load_yaml(path).data
    assert list(data["map"]) == ["No", "1.0", "007"]
    assert data["list"] == ["No", "12:30", "2014-01-02", "1_000", 1.5, True, None]
    assert [written(v) for v in data["list"][:6]] == ["No", "12:30", "2014-01-02", "1_000", "1.50", "true"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: \xe9\n", "a.yaml, line 1: byte 4 (0xE9) is not UTF-8. Save the file as UTF-8"),
        (
            b"- a\n",
            "a.yaml, line 1: there is no `key: value` at the top level. Start from the example in the README",
        ),
        (
            b"",
            "a.yaml, line 1: there is no `key: value` at the top level. Start from the example in the README",
        ),
        (
            b"a: " + b"[" * 50 + b"]" * 50,
            "a.yaml, line 1: more than 40 levels of nesting. Look for brackets that are never closed",
        ),
    ],
)
def test_what_is_no_yaml_file_of_ours_is_refused(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        load_yaml(path)
    assert str(error.value).replace(f"{tmp_path}/", "") == expected


def _objects(schema: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield where, schema
        for key, part in schema.items():
            yield from _objects(part, f"{where}/{key}")


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_are_valid_closed_and_explain_every_key(name: str) -> None:
    schema = json.loads((ROOT / name).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    definitions = schema["$defs"]
    for where, part in _objects(schema):
        assert part.get("additionalProperties") is False, where
        for key, said in part["properties"].items():
            meant = said if "description" in said else definitions[said["$ref"].rsplit("/", 1)[1]]
            assert meant.get("description", "").endswith((".", "?")), f"{where}: {key}"
