"""CDISC's own examples, each dataset as XPT, JSON, NDJSON and DSJC: any form gives any other."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest

from interop.package.convert import read_table, write_table
from interop.package.table import Table
from tests.support import SHARED, needs_shared

pytestmark = needs_shared

EXAMPLES = SHARED / "data" / "dataset-json"
DOMAINS = ("ae", "cm", "dd", "dm", "ds", "ec", "ex", "fa", "rs", "ts")
FORMS = (".xpt", ".json", ".ndjson", ".dsjc")
CREATED = datetime(2024, 11, 11, 15, 9, 15)
# Lengths that XPT has and the JSON of the same dataset does not say: planned, longer than any value.
UNSAID = {("rs", "RSEVLINT"): 19}


@cache
def example(domain: str, form: str) -> Table:
    return read_table(EXAMPLES / "sdtm" / f"{domain}{form}")


@cache
def validator(name: str) -> jsonschema.Draft201909Validator:
    content = (EXAMPLES / "schema" / name).read_bytes()
    schema = json.loads(content.decode("utf-16" if content.startswith(b"\xff\xfe") else "utf-8"))
    if "ndjson" in name:
        # As published, its definitions stand inside the properties that refer to them, where no $ref looks.
        inner = schema["$defs"]["DatasetMetadata"]["properties"]
        schema["$defs"] |= inner["columns"]["items"]
        schema["$defs"]["SourceSystem"] = inner["sourceSystem"]["SourceSystem"]
    return jsonschema.Draft201909Validator(schema)


def same_values(one: Table, other: Table) -> bool:
    return one.data.cast(dict(other.data.schema)).equals(other.data)  # type: ignore[arg-type]


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("form", FORMS[1:])
def test_the_forms_of_an_example_say_the_same(domain: str, form: str) -> None:
    xpt, other = example(domain, ".xpt"), example(domain, form)
    assert same_values(xpt, other)
    assert (xpt.name, xpt.label) == (other.name, other.label)
    assert [(c.name, c.label, c.is_text) for c in xpt.columns] == [
        (c.name, c.label, c.is_text) for c in other.columns
    ]
    lengths = {c.name: c.length for c in xpt.columns}
    assert {c.name: c.length for c in other.columns if c.length}.items() <= lengths.items()


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("source", FORMS)
@pytest.mark.parametrize("target", FORMS)
def test_any_form_gives_any_other(tmp_path: Path, domain: str, source: str, target: str) -> None:
    table = example(domain, source)
    write_table(table, tmp_path / f"x{target}", created=CREATED)
    again = read_table(tmp_path / f"x{target}")
    assert same_values(again, table)
    assert (again.name, again.label) == (table.name, table.label)
    assert [(c.name, c.label, c.is_text) for c in again.columns] == [
        (c.name, c.label, c.is_text) for c in table.columns
    ]
    if target != ".xpt" and source != ".xpt":
        assert again.columns == table.columns
    if target == ".xpt":
        official = {c.name: c.length for c in example(domain, ".xpt").columns}
        got = {c.name: c.length for c in again.columns}
        unsaid = {} if source == ".xpt" else {n: got[n] for (d, n) in UNSAID if d == domain}
        assert got == official | unsaid
    if source == ".xpt":
        assert [c.length for c in again.columns] == [c.length for c in table.columns]


@pytest.mark.parametrize("domain", DOMAINS)
def test_xpt_rows_are_byte_for_byte_those_of_sas(tmp_path: Path, domain: str) -> None:
    write_table(example(domain, ".xpt"), tmp_path / "x.xpt", created=CREATED)
    marker = b"HEADER RECORD*******OBS     "
    official = (EXAMPLES / "sdtm" / f"{domain}.xpt").read_bytes()
    ours = (tmp_path / "x.xpt").read_bytes()
    assert len(ours) == len(official)
    assert ours.partition(marker)[2] == official.partition(marker)[2]


@pytest.mark.parametrize("path", [*(f"sdtm/{d}.json" for d in DOMAINS), "i18n/ae.json"])
def test_json_comes_back_equal_in_every_attribute(tmp_path: Path, path: str) -> None:
    official = json.loads((EXAMPLES / path).read_text("utf-8"))
    created = datetime.fromisoformat(official["datasetJSONCreationDateTime"])
    write_table(read_table(EXAMPLES / path), tmp_path / "x.json", created=created)
    ours = json.loads((tmp_path / "x.json").read_text("utf-8"))
    assert ours == official
    assert list(ours) == list(official)


def problems(name: str, instance: Any) -> list[str]:
    return [e.message for e in validator(name).iter_errors(instance)]


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("source", FORMS)
def test_output_is_valid_against_the_schemas(tmp_path: Path, domain: str, source: str) -> None:
    table = example(domain, source)
    write_table(table, tmp_path / "x.json", created=CREATED)
    write_table(table, tmp_path / "x.ndjson", created=CREATED)
    assert problems("dataset.schema.json", json.loads((tmp_path / "x.json").read_text("utf-8"))) == []
    head, *rows = map(json.loads, (tmp_path / "x.ndjson").read_text("utf-8").splitlines())
    assert problems("dataset-ndjson-schema.json", head) == []
    kinds = (str, int, float, bool, type(None))
    assert all(isinstance(r, list) and all(isinstance(v, kinds) for v in r) for r in rows)


def test_the_validator_can_fail(tmp_path: Path) -> None:
    write_table(example("dm", ".json"), tmp_path / "x.json", created=CREATED)
    broken = json.loads((tmp_path / "x.json").read_text("utf-8"))
    broken["columns"][0]["dataType"] = "text"
    assert problems("dataset.schema.json", broken)


def test_multibyte_text_survives_xpt(tmp_path: Path) -> None:
    table = read_table(EXAMPLES / "i18n" / "ae.json")
    write_table(table, tmp_path / "ae.xpt", created=CREATED)
    again = read_table(tmp_path / "ae.xpt")
    assert again.data.select(pl.selectors.string()).equals(table.data.select(pl.selectors.string()))
    assert [c.length for c in again.columns] == [c.length for c in table.columns]
