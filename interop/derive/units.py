"""Results in standard units: exact arithmetic on decimal text, rounded once, at the end.

Factors are those of UCUM (The Unified Code for Units of Measure): [in_i] is 2.54 cm and [ft_i] twelve of it,
[lb_av] 0.45359237 kg and [oz_av] a sixteenth of it, [degF] 5/9 K with 32 [degF] = 0 Cel, 0 Cel = 273.15 K.
Catalytic activity: 1 U is 1 umol/min and 1 kat 1 mol/s. Amounts of substance and masses are not converted
into each other, which takes a molar mass, nor U into IU. Units are named as in CDISC codelist UNIT.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

import polars as pl
from polars import col

from interop import issues
from interop.lineage import SRC, attach
from interop.study import Study


class _Unit(NamedTuple):
    """value in the base unit of `dimension` = (value - zero) * size."""

    dimension: str
    size: Fraction
    zero: Fraction = Fraction(0)


_POUND = Fraction("0.45359237")
UNITS: Mapping[str, _Unit] = MappingProxyType(
    {
        "m": _Unit("length", Fraction(1)),
        "cm": _Unit("length", Fraction(1, 100)),
        "mm": _Unit("length", Fraction(1, 1000)),
        "in": _Unit("length", Fraction("0.0254")),
        "ft": _Unit("length", Fraction("0.3048")),
        "kg": _Unit("mass", Fraction(1)),
        "g": _Unit("mass", Fraction(1, 1000)),
        "LB": _Unit("mass", _POUND),
        "oz": _Unit("mass", _POUND / 16),
        "C": _Unit("temperature", Fraction(1)),
        "F": _Unit("temperature", Fraction(5, 9), Fraction(32)),
        "K": _Unit("temperature", Fraction(1), Fraction("273.15")),
        "mm2": _Unit("area", Fraction(1)),
        "cm2": _Unit("area", Fraction(100)),
        "10^12/L": _Unit("number concentration", Fraction(10**12)),
        "10^9/L": _Unit("number concentration", Fraction(10**9)),
        "10^6/L": _Unit("number concentration", Fraction(10**6)),
        "10^8/kg": _Unit("number per mass", Fraction(10**8)),
        "10^7/kg": _Unit("number per mass", Fraction(10**7)),
        "10^6/kg": _Unit("number per mass", Fraction(10**6)),
        "10^5/kg": _Unit("number per mass", Fraction(10**5)),
        "/kg": _Unit("number per mass", Fraction(1)),
        "g/L": _Unit("mass concentration", Fraction(1)),
        "g/dL": _Unit("mass concentration", Fraction(10)),
        "mg/dL": _Unit("mass concentration", Fraction(1, 100)),
        "mg/L": _Unit("mass concentration", Fraction(1, 1000)),
        "ug/L": _Unit("mass concentration", Fraction(1, 10**6)),
        "mmol/L": _Unit("substance concentration", Fraction(1)),
        "umol/L": _Unit("substance concentration", Fraction(1, 1000)),
        "nmol/L": _Unit("substance concentration", Fraction(1, 10**6)),
        "U/L": _Unit("activity concentration", Fraction(1)),
        "ukat/L": _Unit("activity concentration", Fraction(60)),
    }
)
EXACT = Context(prec=60)
MOST_DECIMALS = 10  # of a quotient that no one asked to round (5/9 of a degree)


def with_standard_unit(rows: pl.DataFrame, study: Study) -> pl.DataFrame:
    """`rows` with `standard.unit` and `standard.decimals`: what the study wants of their `test`."""
    wanted = [
        (u.test, u.unit, None if u.decimals is None else str(u.decimals), f"study.yaml#units/{u.test}")
        for u in study.units
    ]
    schema = dict.fromkeys(("test", "unit", "decimals", SRC), pl.String)
    return attach(rows, pl.DataFrame(wanted, schema=schema, orient="row"), "standard", on="test")


def not_standard(rows: pl.DataFrame, study: Study, target: str, test: str, unit: str) -> pl.DataFrame:
    """An issue for each built row whose `unit` is not the one that the study wants of its `test`."""
    wanted = {u.test: u.unit for u in study.units}
    asked = col(test).replace_strict(wanted, default=None, return_dtype=pl.String)
    return issues.issues(
        rows.filter(asked != col(unit)),
        severity="warning",
        target=target,
        variable=unit,
        rule="UNIT",
        value=col(unit),
        message=pl.format(
            "no conversion to {} is known, so the result stays in its own unit: correct the unit at the "
            "source, or map it in the source mapping",
            asked,
        ),
    )


def convertible(unit: str, to: str) -> pl.Expr:
    """Whether values in the unit of column `unit` can be told in that of `to`; null where either is null."""
    pairs = [f"{a}\t{b}" for a, x in UNITS.items() for b, y in UNITS.items() if x.dimension == y.dimension]
    same = col(unit) == col(to)
    return same | pl.concat_str(col(unit), col(to), separator="\t").is_in(pairs)


def standard_result(result: str, unit: str, to: str, decimals: str) -> pl.Expr:
    """The result as text in the unit of column `to`, where that can be told; as a plain number otherwise.

    `result`, `unit`, `to` and `decimals` are columns of text. A number loses leading and trailing zeros
    (`058` is 58, `148.0` is 148); halves are rounded away from zero. A text that is no number stays as it is.
    """
    columns = (result, unit, to, decimals)
    return pl.struct(col(c).alias(f"f{n}") for n, c in enumerate(columns)).map_batches(
        _each_once, return_dtype=pl.String
    )


def standard_unit(unit: str, to: str) -> pl.Expr:
    """The unit of `standard_result`: that of column `to` where it can be told, else the collected one."""
    return pl.when(convertible(unit, to)).then(col(to)).otherwise(col(unit))


def _each_once(rows: pl.Series) -> pl.Series:
    """One conversion for each different row: a study has few of them."""
    frame = rows.struct.unnest()
    different = frame.unique()
    values = [_convert(*row) for row in different.iter_rows()]
    found = different.with_columns(pl.Series("value", values, dtype=pl.String))
    joined = frame.join(found, on=frame.columns, how="left", nulls_equal=True, maintain_order="left")
    return joined["value"].alias(rows.name)


def _convert(result: str | None, unit: str | None, to: str | None, decimals: str | None) -> str | None:
    if result is None:
        return None
    try:
        number = Decimal(result)
    except InvalidOperation:
        return result
    if not number.is_finite():
        return result
    value = Fraction(number)
    if unit is not None and to is not None and unit != to:
        source, target = UNITS.get(unit), UNITS.get(to)
        if source is None or target is None or source.dimension != target.dimension:
            return _text(value, None)
        value = (value - source.zero) * source.size / target.size + target.zero
    elif to is None:
        decimals = None
    return _text(value, decimals)


def _text(value: Fraction, decimals: str | None) -> str:
    with localcontext(EXACT):
        number = Decimal(value.numerator) / Decimal(value.denominator)
        places = MOST_DECIMALS if decimals is None else int(decimals)
        digits = -int(number.as_tuple().exponent)
        if digits > places:
            number = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        text = f"{number:f}"
    if not number:
        return "0"
    return text.rstrip("0").rstrip(".") if "." in text else text
