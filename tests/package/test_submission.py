"""From built datasets to a package folder: what is left out, what types and lengths the tables have."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from lxml import etree

from interop.build import Built, build
from interop.package.submission import submission_table, write_submission_define
from interop.study import Study
from tests.package.definesamples import DM, SUPPAE
from tests.package.samples import MOMENT

STUDY = Study("S1", "A study of nothing", "S1-{subject}", Path())


def demographics() -> Built:
    rows = pl.DataFrame(
        {
            "subject": ["001", "002"],
            "start": ["2026-01-05", "2026-02-01"],
            "site": ["701", "702"],
            "birth": ["1950", "1961-07"],
            "age": [75.0, 64.0],
            "sex": ["F", "M"],
            "armcd": ["A", "B"],
            "arm": [None, None],
            "_src": ["dm.csv#1", "dm.csv#2"],
        },
        schema_overrides={"arm": pl.String},
    )
    return build(DM, rows)


def test_the_table_has_what_the_data_have() -> None:
    built = demographics()
    table = submission_table(built, STUDY, MOMENT)
    assert (table.name, table.label, table.item_group_oid) == ("DM", "Demographics", "IG.DM")
    assert table.db_last_modified == "2026-11-22T08:30:05"
    said = {c.name: (c.data_type, c.length, c.key_sequence) for c in table.columns}
    assert said["STUDYID"] == ("string", 2, 1)
    assert said["USUBJID"] == ("string", 6, 2)
    assert said["AGE"] == ("integer", None, None)  # a float in the build, whole in the data
    assert said["RFSTDTC"] == ("date", 10, None)
    assert said["BRTHDTC"] == ("string", 7, None)  # partial


def test_the_define_of_a_folder_describes_its_tables(tmp_path: Path) -> None:
    built = demographics()
    rows = pl.DataFrame(
        {
            **{n: ["x"] for n in ("STUDYID", "USUBJID", "IDVAR", "IDVARVAL", "QLABEL")},
            "RDOMAIN": ["AE"],
            "QNAM": ["AESITE"],
            "QVAL": ["2"],
            "QORIG": ["Collected"],
            "_src": ["ae.csv#1"],
        }
    )
    supp = build(SUPPAE, rows)
    both = [(b, submission_table(b, STUDY, MOMENT)) for b in (supp, built)]
    write_submission_define(both, tmp_path, STUDY, MOMENT)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["define.xml", "define2-1.xsl"]
    tree = etree.parse(tmp_path / "define.xml")
    names = [e.get("Name") for e in tree.iterfind(".//{*}ItemGroupDef")]
    assert names == ["DM", "SUPPAE"]
    metadata = tree.find(".//{*}MetaDataVersion")
    assert metadata is not None
    assert metadata.get("OID") == submission_table(built, STUDY, MOMENT).meta_data_version_oid
    assert [e.get("OID") for e in tree.iterfind(".//{*}ValueListDef")] == ["VL.SUPPAE.QVAL"]
