"""A text as a term of CDISC's controlled terminology."""

from __future__ import annotations

from interop import ct


def term_of(text: str, codelists: tuple[str, ...]) -> ct.Term | None:
    """The CDISC term that `text` spells, in the first of the codelists that has it."""
    value = ct.resolve([text], codelists).get(text)
    for code in codelists:
        if value is not None and value in ct.codelist(code).terms:
            return ct.codelist(code).terms[value]
    return None
