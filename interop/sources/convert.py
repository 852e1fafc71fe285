"""Cell texts to record values: value maps, dates, numbers and codes, each distinct text once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
from polars import col

from interop import issues
from interop.issues import Severity
from interop.sources.dateformat import parse_date, parse_time
from interop.sources.mapping import FieldMap
from interop.sources.number import canonical
from interop.yamlcheck import closest


@dataclass(frozen=True, slots=True)
class Value:
    """What became of a text: its value, or None; and, where it did not simply arrive, what to say."""

    value: str | None
    rule: str = ""
    message: str = ""
    severity: Severity = "error"


def convert(
    rows: pl.DataFrame, field: FieldMap, block: str, record: str
) -> tuple[pl.Series, list[pl.DataFrame]]:
    """Values of `field` for `rows` (trimmed cells and `_src`), and the issues of those that were lost."""
    if field.value is not None:
        constant = field.value.replace("{}", block)
        return pl.repeat(constant, rows.height, dtype=pl.String, eager=True).alias(field.name), []
    column, *time = field.columns(block)
    said: list[pl.DataFrame] = []
    if column not in rows.columns:  # optional
        raw = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
        values = raw
    else:
        raw = rows[column]
        values, said = _each(rows["_src"], raw, field, record, field.kind)
    if time and time[0] in rows.columns:
        values, more = _with_time(rows["_src"], values, rows[time[0]], field, record)
        said += more
    if field.default is not None:
        values = values.zip_with(raw.is_not_null(), pl.Series([field.default]))
    return values.alias(field.name), said


def _each(
    src: pl.Series, raw: pl.Series, field: FieldMap, record: str, kind: str
) -> tuple[pl.Series, list[pl.DataFrame]]:
    if kind == "text" and not field.map:
        return raw, []
    mapped = by_case(field)
    found = {text: value_of(text, field, kind, mapped) for text in raw.drop_nulls().unique()}
    values = raw.replace_strict({t: v.value for t, v in found.items()}, default=None, return_dtype=pl.String)
    return values, _said(src, raw, {t: v for t, v in found.items() if v.rule}, field, record)


def _said(
    src: pl.Series, raw: pl.Series, problems: dict[str, Value], field: FieldMap, record: str
) -> list[pl.DataFrame]:
    if not problems:
        return []
    rows = pl.DataFrame({"_src": src, "raw": raw}).filter(col("raw").is_in(list(problems)))
    return [
        issues.issues(
            rows.filter(
                col("raw").is_in([t for t, v in problems.items() if (v.severity, v.rule) == (severity, rule)])
            ),
            severity=severity,
            target=record,
            variable=field.name,
            rule=rule,
            value=col("raw"),
            message=col("raw").replace_strict(
                {t: v.message for t, v in problems.items()}, default=None, return_dtype=pl.String
            ),
        )
        for severity, rule in sorted({(v.severity, v.rule) for v in problems.values()})
    ]


def by_case(field: FieldMap) -> Mapping[str, str]:
    """The map of a field for texts that differ from its keys in case or in blanks around them."""
    return {k.strip().casefold(): v for k, v in field.map.items()}


def value_of(text: str, field: FieldMap, kind: str, folded: Mapping[str, str] | None = None) -> Value:
    """What `text` becomes in `field`: through its map (`folded` is `by_case` of it), then as its kind."""
    if field.map:
        folded = by_case(field) if folded is None else folded
        mapped = field.map.get(text, folded.get(text.casefold()))
        if mapped is not None:
            text = mapped
        elif field.map_only:
            return Value(
                None, "MAP", f"`map` of {field.name} does not list it: the value is left out; add it there"
            )
    if kind == "date":
        return _date(text, field)
    if kind == "number":
        return _number(text, field)
    return _code(text, field) if kind == "code" else Value(text)


def _date(text: str, field: FieldMap) -> Value:
    parsed = parse_date(text, field.dates)
    if parsed.iso is None:
        known = f" ({', '.join(field.dates)})" if field.dates and "declared" in parsed.problem else ""
        return Value(
            None,
            "DATE",
            f"the date {parsed.problem}{known}: it is left out; correct it or add its format to `dates`",
        )
    if parsed.lost:
        return Value(
            parsed.iso, "PARTIAL DATE", f"{parsed.lost} cannot be kept: the date is {parsed.iso}", "warning"
        )
    return Value(parsed.iso)


def _number(text: str, field: FieldMap) -> Value:
    shown = text.replace(",", ".") if field.decimal == "," else text
    value = None if field.decimal == "," and "." in text else canonical(shown)
    if value is not None:
        return Value(value)
    hint = (
        '; write `decimal: ","` if the comma separates decimals'
        if field.decimal == "." and "," in text
        else ""
    )
    return Value(None, "NUMBER", f"not a number: the value is left out{hint or '; correct it in the source'}")


def _code(text: str, field: FieldMap) -> Value:
    if text in field.codes:
        return Value(text)
    same = next((c for c in field.codes if c.casefold() == text.casefold()), None)
    if same is not None:
        return Value(same)
    near = closest(text, field.codes)
    hint = f" (did it mean {near}?)" if near else ""
    known = ", ".join(field.codes)
    return Value(
        None,
        "CODE",
        f"not one of {known}{hint}: the value is left out; add it to `map` of {field.name}",
    )


def _with_time(
    src: pl.Series, dates: pl.Series, raw: pl.Series, field: FieldMap, record: str
) -> tuple[pl.Series, list[pl.DataFrame]]:
    """The dates with the times of a column of their own."""
    found = {}
    for text in raw.drop_nulls().unique():
        parsed = parse_time(text, field.times)
        known = ", ".join(field.times)
        found[text] = (
            Value(parsed.iso)
            if parsed.iso is not None
            else Value(
                None,
                "TIME",
                f"the time {parsed.problem} ({known}): left out; correct it or add its format to `times`",
            )
        )
    times = raw.replace_strict({t: v.value for t, v in found.items()}, default=None, return_dtype=pl.String)
    said = _said(src, raw, {t: v for t, v in found.items() if v.rule}, field, record)
    both = pl.DataFrame({"_src": src, "date": dates, "time": times}).with_columns(
        whole=col("date").str.len_chars() == 10
    )
    lost = both.filter(col("time").str.len_chars() > 0, ~col("whole").fill_null(False))
    said.append(
        issues.issues(
            lost,
            severity="warning",
            target=record,
            variable=field.name,
            rule="TIME",
            value=col("time"),
            message="a time without a whole date, or beside one that has a time, is left out",
        )
    )
    joined = both.select(
        pl.when(col("whole") & col("time").is_not_null()).then(col("date") + col("time")).otherwise("date")
    )
    return joined.to_series(), said
