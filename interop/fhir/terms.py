"""A text as a term of CDISC's controlled terminology."""

from __future__ import annotations

import polars as pl

from interop import ct


def term_of(text: str, codelists: tuple[str, ...]) -> ct.Term | None:
    """The CDISC term that `text` spells, in the first of the codelists that has it."""
    value = ct.resolve([text], codelists).get(text)
    for code in codelists:
        if value is not None and value in ct.codelist(code).terms:
            return ct.codelist(code).terms[value]
    return None


def letters(name: pl.Expr) -> pl.Expr:
    """A name as it is compared: `ctDNA` and `CTDNA`, `PET-CT` and `PET/CT` are the same."""
    return name.str.to_uppercase().str.replace_all(r"[^A-Z0-9+]", "")
