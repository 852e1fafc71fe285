"""What a dataset is: the standard's facts joined to the mapping's rules, checked once, at import."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import polars as pl

from interop import ct
from interop.errors import SpecError
from interop.standards import Standard, VariableFacts, facts

Origin = Literal["Collected", "Derived", "Assigned", "Protocol", "Predecessor"]
Kind = Literal["text", "integer", "float", "date", "datetime", "time", "isodate", "duration"]

DTYPES: Mapping[Kind, pl.DataType] = {
    "text": pl.String(),
    "isodate": pl.String(),  # ISO 8601 text, possibly partial: SDTM's --DTC
    "duration": pl.String(),
    "integer": pl.Int64(),
    "float": pl.Float64(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
    "time": pl.Time(),
}


@dataclass(frozen=True)
class Rule:
    """What a mapping decides about one variable: where its value comes from.

    `label` and `kind` are given only for a variable that the standard leaves to the sponsor (ADaM).
    `after_sort` rules see the rows that are kept, in the order of the keys. `codelists`, `terms`,
    `applies` and `by_test` are what `within` says.
    """

    value: pl.Expr
    origin: Origin
    method: str = ""
    label: str = ""
    kind: Kind | None = None
    after_sort: bool = False
    codelists: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    applies: pl.Expr | None = None
    by_test: Mapping[str, str] = field(default_factory=dict)

    @property
    def reads(self) -> tuple[str, ...]:
        """Columns the rule reads, asked of the expression itself."""
        return tuple(sorted({n for n in self.value.meta.root_names() if not n.startswith("_")}))


def collected(column: str | pl.Expr) -> Rule:
    """The value as the source has it."""
    return Rule(_expr(column), "Collected")


def assigned(value: str | int | float | pl.Expr) -> Rule:
    """A constant or a judgement of the sponsor."""
    return Rule(value if isinstance(value, pl.Expr) else pl.lit(value), "Assigned")


def protocol(column: str | pl.Expr) -> Rule:
    """A fact of the study definition (planned visit, arm)."""
    return Rule(_expr(column), "Protocol")


def predecessor(column: str | pl.Expr, origin: str = "") -> Rule:
    """Copied from another dataset; `origin` says which, where the column's prefix does not."""
    return Rule(_expr(column), "Predecessor", origin)


def derived(value: pl.Expr, method: str) -> Rule:
    """Computed; `method` is the text that Define-XML shows."""
    return Rule(value, "Derived", method)


def sequence(within: str = "USUBJID") -> Rule:
    """--SEQ: counts the rows of a subject in the order of the keys, so it ignores the sources' order.

    A dataset that is not about subjects counts `within` another of its variables: TSSEQ within TSPARMCD.
    """
    count = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(within)
    of = "the subject" if within == "USUBJID" else within
    method = f"Sequential number of the record within {of}, in the order of the dataset's keys"
    return Rule(count, "Derived", method, after_sort=True)


def sponsor(rule: Rule, label: str, kind: Kind) -> Rule:
    """`rule` for a variable that ADaMIG leaves to the sponsor."""
    return replace(rule, label=label, kind=kind)


def within(
    rule: Rule,
    *codelists: str,
    terms: tuple[str, ...] = (),
    applies: pl.Expr | None = None,
    by_test: Mapping[str, str] | None = None,
) -> Rule:
    """`rule` whose values may also be of `codelists`, beside those of the standard's variable (NCI codes).

    `terms` are the sponsor's own, in an extensible codelist. `applies`: the rows whose values are terms at
    all, where a variable also holds measured numbers (TRSTRESC); a null is no. `by_test`: test ─▶ the one
    codelist of its results, which Define-XML states as value-level metadata.
    """
    return replace(rule, codelists=codelists, terms=terms, applies=applies, by_test=by_test or {})


@dataclass(frozen=True)
class Var:
    """One variable: facts of the standard beside the rule of the mapping."""

    name: str
    label: str
    type: Literal["Char", "Num"]
    kind: Kind
    role: str
    core: str
    codelists: tuple[str, ...]
    rule: Rule

    @property
    def dtype(self) -> pl.DataType:
        return DTYPES[self.kind]


@dataclass(frozen=True)
class Dataset:
    """One dataset. `vars` stand in the order of derivation, `columns` in that of the dataset.

    `keys` sort the rows and are Define-XML's key sequence. `one_per`, where given, are variables that must
    be unique: a second row with the same values is set aside. `structure` is the standard's sentence.
    """

    name: str
    label: str
    cls: str
    structure: str
    standard: Standard
    keys: tuple[str, ...]
    one_per: tuple[str, ...]
    vars: tuple[Var, ...]
    columns: tuple[str, ...]

    def __getitem__(self, name: str) -> Var:
        return next(v for v in self.vars if v.name == name)

    @property
    def row_id(self) -> tuple[str, ...]:
        """Variables that name one row in a reference: --SEQ and what it counts within, else what must be
        unique."""
        seq = next((v for v in self.vars if v.rule.after_sort and v.name.endswith("SEQ")), None)
        if seq is not None:
            return (*seq.rule.reads, seq.name)
        return self.one_per or self.keys


def dataset(
    name: str,
    *,
    standard: Standard,
    keys: tuple[str, ...],
    rules: Mapping[str, Rule],
    facts_of: str | None = None,
    label: str | None = None,
    structure: str | None = None,
    one_per: tuple[str, ...] = (),
) -> Dataset:
    """Join `rules` to the facts of the standard's dataset `facts_of` (default: `name`).

    A rule may read columns of its source rows and variables whose rule stands above it.

    Raises:
        SpecError: a required variable without a rule, a variable that the standard lacks, a label over 40
            or a name over 8 characters, a codelist that does not exist, a rule that reads a later variable.
    """
    source = facts(standard, facts_of or name)
    required = {n for n, f in source.variables.items() if f.core == "Req" and _plain(n)}
    if missing := (required | set(keys) | set(one_per)) - set(rules):
        raise SpecError(f"{name}: no rule for {', '.join(sorted(missing))}")
    order = list(rules)
    for i, (variable, rule) in enumerate(rules.items()):
        if late := set(rule.reads) & set(order[i + 1 :]):
            raise SpecError(f"{name}.{variable} reads {', '.join(sorted(late))} before it exists")
    variables = tuple(_var(name, standard, n, r, source.find(n)) for n, r in rules.items())
    places = {v.name: _place(source.find(v.name)) for v in variables}
    # SDTM fixes the order of variables; ADaM leaves it to the sponsor, so there the page has it.
    columns = tuple(sorted(order, key=places.__getitem__)) if standard == "sdtmig34" else tuple(order)
    return Dataset(
        name,
        label or source.label,
        source.cls,
        structure or source.structure,
        standard,
        keys,
        one_per,
        variables,
        columns,
    )


def _var(dataset_name: str, standard: Standard, name: str, rule: Rule, found: VariableFacts | None) -> Var:
    where = f"{dataset_name}.{name}"
    if found is None and standard == "adamig13":
        found = _from_sdtm(name)
    if found is None and not (standard == "adamig13" and rule.label and rule.kind):
        raise SpecError(f"{where}: {standard} has no such variable; an ADaM one needs sponsor(...)")
    label = rule.label or (found.label if found else "")
    kind = rule.kind or _kind(name, standard, found)
    if len(name) > 8 or len(label) > 40:
        raise SpecError(f"{where}: a name has at most 8 characters and a label 40 ({label!r})")
    codelists = (*(found.codelists if found else ()), *rule.codelists)
    known = tuple(code for code in codelists if code not in ct.ABSENT)
    asked = (*known, *rule.by_test.values())
    if unknown := [code for code in asked if not ct.exists(code)]:
        raise SpecError(f"{where}: no codelist {', '.join(unknown)} in the terminology we carry")
    kind_type: Literal["Char", "Num"] = "Char" if DTYPES[kind] == pl.String else "Num"
    role, core = (found.role, found.core) if found else ("", "Perm")
    return Var(name, label, kind_type, kind, role, core, known, rule)


def _kind(name: str, standard: Standard, found: VariableFacts | None) -> Kind:
    assert found is not None  # the caller refused a variable without facts and without a kind
    if found.type == "Char":
        if "datetime" in found.value_domain:
            return "isodate"
        return "duration" if "duration" in found.value_domain else "text"
    if standard == "adamig13":
        if name.endswith("DTM"):
            return "datetime"
        if name.endswith("DT"):
            return "date"
    integer = ("SEQ", "DY") if standard == "sdtmig34" else ("SEQ", "DY", "CNSR")
    return "integer" if name.endswith(integer) else "float"


def _from_sdtm(name: str) -> VariableFacts | None:
    """An SDTM variable that an analysis dataset copies keeps its label, type and codelist."""
    for domain in ("DM", "RS", "TU", "EX", "AE", "DS"):
        if (found := facts("sdtmig34", domain).variables.get(name)) is not None:
            return found
    return None


def _place(found: VariableFacts | None) -> float:
    return found.order if found is not None else 10_000


def _plain(name: str) -> bool:
    """True unless the name is one of ADaMIG's patterns."""
    return name.isupper() and name.isalnum()


def _expr(column: str | pl.Expr) -> pl.Expr:
    return pl.col(column) if isinstance(column, str) else column
