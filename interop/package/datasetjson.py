"""Dataset-JSON 1.1: a JSON object, NDJSON (metadata on line 1, then a row a line), or NDJSON compressed.

Source: CDISC Dataset-JSON Specification 1.1 and CDISC Compressed Dataset-JSON Specification 1.1 (DSJC). The
latter asks for a bare zlib stream; the examples that CDISC publishes are gzip streams, so both are read.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl

from interop.errors import InputError, UsageError
from interop.package.files import replacing
from interop.package.jsonrows import columns_of, encoded_rows
from interop.package.table import DATA_TYPES, Column, Table

VERSION = "1.1.0"
SUFFIXES = (".json", ".ndjson", ".dsjc")
_REQUIRED = (
    "datasetJSONCreationDateTime",
    "datasetJSONVersion",
    "itemGroupOID",
    "records",
    "name",
    "label",
    "columns",
)
_OPTIONAL = (
    "fileOID",
    "dbLastModifiedDateTime",
    "originator",
    "sourceSystem",
    "studyOID",
    "metaDataVersionOID",
    "metaDataRef",
)


def write_dataset_json(table: Table, path: Path, *, created: datetime) -> None:
    """Write `table` in the form that the suffix names (.json, .ndjson, .dsjc), whole or not at all.

    Integers stay integers, decimals are strings with their digits, nulls null, dates ISO 8601. UTF-8 without
    blanks; the same table and `created` give the same bytes. OIDs that the table lacks are IG.<name> and
    IT.<name>.<variable>. Raises InputError for a NaN or an infinity, UsageError for another suffix.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path.name}: Dataset-JSON files end in {', '.join(SUFFIXES)}")
    if not table.columns:
        raise InputError("a dataset without variables cannot be written", field=table.name)
    with replacing(path) as temporary, temporary.open("wb") as file:
        if path.suffix.lower() == ".json":
            _write_json(table, file, created)
        elif path.suffix.lower() == ".ndjson":
            for part in _ndjson(table, created):
                file.write(part)
        else:
            packer = zlib.compressobj(9)
            for part in _ndjson(table, created):
                file.write(packer.compress(part))
            file.write(packer.flush())


def _write_json(table: Table, file: BinaryIO, created: datetime) -> None:
    head = _dumps(metadata(table, created))
    file.write(f'{head[:-1]},"rows":['.encode())
    separator = ""
    for rows in encoded_rows(table):
        file.write((separator + ",".join(rows)).encode())
        separator = ","
    file.write(b"]}")


def _ndjson(table: Table, created: datetime) -> Iterator[bytes]:
    yield f"{_dumps(metadata(table, created))}\n".encode()
    for rows in encoded_rows(table):
        yield ("\n".join(rows) + "\n").encode()


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def metadata(table: Table, created: datetime) -> dict[str, Any]:
    """What is said of the dataset beside its rows, in the order of the specification."""
    system = table.source_system
    said = {
        "datasetJSONCreationDateTime": created.isoformat(timespec="seconds"),
        "datasetJSONVersion": VERSION,
        "fileOID": table.file_oid,
        "dbLastModifiedDateTime": table.db_last_modified,
        "originator": table.originator,
        "sourceSystem": {"name": system[0], "version": system[1]} if system else None,
        "studyOID": table.study_oid,
        "metaDataVersionOID": table.meta_data_version_oid,
        "metaDataRef": table.meta_data_ref,
        "itemGroupOID": table.item_group_oid or f"IG.{table.name}",
        "records": table.data.height,
        "name": table.name,
        "label": table.label,
        "columns": [_column_metadata(table.name, c) for c in table.columns],
    }
    return {key: value for key, value in said.items() if value is not None}


def _column_metadata(dataset: str, column: Column) -> dict[str, Any]:
    said = {
        "itemOID": column.item_oid or f"IT.{dataset}.{column.name}",
        "name": column.name,
        "label": column.label,
        "dataType": column.data_type,
        "targetDataType": column.target_data_type,
        "length": column.length,
        "displayFormat": column.display_format,
        "keySequence": column.key_sequence,
    }
    return {key: value for key, value in said.items() if value is not None}


def read_dataset_json(path: Path) -> Table:
    """Read Dataset-JSON 1.1 in the form that the suffix names.

    Raises InputError, with the line of an NDJSON file, where it is none, was cut, or contradicts itself.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{path.name}: Dataset-JSON files end in {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise InputError("there is no such file", file=path, mend="Check the path.")
    text = _text(path)
    if path.suffix.lower() == ".json":
        whole = _loads(text, path, None, Decimal if '"decimal"' in text[:200_000] else None)
        if not isinstance(whole, dict):
            raise InputError("the file is no Dataset-JSON object", file=path)
        rows = whole.pop("rows", [])
        return _table(path, whole, rows, lambda i: {"file": path, "field": f"rows[{i}]"})
    first, _, rest = text.partition("\n")
    head = _loads(first, path, 1, None)
    if not isinstance(head, dict):
        raise InputError("line 1 is no Dataset-JSON metadata object", file=path, line=1)
    rows = _line_rows(rest, path, Decimal if '"decimal"' in first else None)
    return _table(path, head, rows, lambda i: {"file": path, "line": i + 2})


def _text(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix.lower() == ".dsjc":
        unpacker = zlib.decompressobj(32 + zlib.MAX_WBITS)  # zlib or gzip, whichever the header says
        try:
            content = unpacker.decompress(content) + unpacker.flush()
        except zlib.error:
            raise InputError("this is not a zlib or gzip stream", file=path) from None
        if not unpacker.eof:
            raise InputError("the compressed file is cut short", file=path, mend="Copy it again, whole.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"Dataset-JSON is UTF-8, byte {error.start} is not", file=path, mend="Export it as UTF-8."
        ) from None


def _loads(text: str, path: Path, line: int | None, floats: Callable[[str], Any] | None) -> Any:
    try:
        return json.loads(text, parse_float=floats, parse_constant=_refuse)
    except RecursionError:
        raise InputError("the values are nested too deeply", file=path, line=line) from None
    except ValueError as error:
        at = error.lineno if isinstance(error, json.JSONDecodeError) and line is None else line
        said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise InputError(
            f"this is not valid JSON ({said})", file=path, line=at, mend="Export the file again, whole."
        ) from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _line_rows(text: str, path: Path, floats: Callable[[str], Any] | None) -> list[Any]:
    """All rows in one parse, which is several times faster; line by line only to say where it fails."""
    lines = text.removesuffix("\n").split("\n") if text else []
    try:
        rows = json.loads(f"[{','.join(lines)}]", parse_float=floats, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return [_loads(line, path, n, floats) for n, line in enumerate(lines, start=2)]
    if len(rows) != len(lines):  # a line with several values, or a value over several lines
        return [_loads(line, path, n, floats) for n, line in enumerate(lines, start=2)]
    return rows if isinstance(rows, list) else []


def _table(path: Path, head: dict[str, Any], rows: Any, locate: Callable[[int], dict[str, Any]]) -> Table:
    if not isinstance(rows, list):
        raise InputError("rows is an array", file=path, field="rows")
    return described(path, head, lambda columns: columns_of(rows, columns, locate), len(rows))


def described(
    path: Path, head: dict[str, Any], data: Callable[[tuple[Column, ...]], pl.DataFrame], records: int
) -> Table:
    """The table that the metadata `head` describes; `data` makes its values of the checked columns."""
    _check_head(path, head)
    columns = tuple(_column(path, c) for c in head["columns"])
    if head["records"] != records:
        raise InputError(
            f"the metadata says {head['records']} records, the file has {records}",
            file=path,
            field="records",
            mend="Copy the file again, whole.",
        )
    system = head.get("sourceSystem")
    unknown = sorted(set(head) - set(_REQUIRED) - set(_OPTIONAL))
    return Table(
        head["name"],
        head["label"],
        columns,
        data(columns),
        study_oid=head.get("studyOID"),
        meta_data_version_oid=head.get("metaDataVersionOID"),
        meta_data_ref=head.get("metaDataRef"),
        item_group_oid=head["itemGroupOID"],
        file_oid=head.get("fileOID"),
        originator=head.get("originator"),
        source_system=(system["name"], system["version"]) if system else None,
        db_last_modified=head.get("dbLastModifiedDateTime"),
        notes=tuple(f"The attribute {name} is not of Dataset-JSON 1.1 and was left out." for name in unknown),
    )


def _check_head(path: Path, head: dict[str, Any]) -> None:
    for name in _REQUIRED:
        if name not in head:
            raise InputError("a required attribute is missing", file=path, field=name)
    version = str(head["datasetJSONVersion"])
    if not re.fullmatch(r"1\.1(\.(0|[1-9]\d*))?", version):
        raise InputError(
            f"Dataset-JSON {version} is not 1.1",
            file=path,
            field="datasetJSONVersion",
            mend="Export it as 1.1.",
        )
    if not isinstance(head["columns"], list) or not head["columns"]:
        raise InputError("columns is an array of at least one", file=path, field="columns")
    if wrong := next((k for k in ("itemGroupOID", "name", "label") if not isinstance(head[k], str)), None):
        raise InputError("the value is text", file=path, field=wrong)
    system = head.get("sourceSystem")
    if system and not (isinstance(system, dict) and {"name", "version"} <= system.keys()):
        raise InputError("it has a name and a version", file=path, field="sourceSystem")
    names = [c.get("name") if isinstance(c, dict) else None for c in head["columns"]]
    if twice := sorted({str(n) for n in names if names.count(n) > 1}):
        raise InputError("a name occurs twice", file=path, field=twice[0], mend="Rename one.")


def _column(path: Path, raw: Any) -> Column:
    if not isinstance(raw, dict) or not {"itemOID", "name", "label", "dataType"} <= raw.keys():
        raise InputError("a column needs itemOID, name, label and dataType", file=path, field="columns")
    if not all(isinstance(raw[k], str) for k in ("itemOID", "name", "label")):
        raise InputError("itemOID, name and label of a column are text", file=path, field="columns")
    if raw["dataType"] not in DATA_TYPES:
        known = ", ".join(DATA_TYPES)
        raise InputError(f"{raw['dataType']} is no dataType ({known})", file=path, field=str(raw["name"]))
    return Column(
        raw["name"],
        raw["label"],
        raw["dataType"],
        raw.get("length"),
        raw.get("displayFormat"),
        raw.get("targetDataType"),
        raw.get("keySequence"),
        raw["itemOID"],
    )
