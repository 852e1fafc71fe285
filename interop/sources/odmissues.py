"""What an ODM file says wrongly, collected while it streams: the first of each kind in full, the rest
counted."""

from __future__ import annotations

from collections import Counter

import polars as pl

from interop import issues
from interop.issues import Severity

EACH = 100  # of a kind that are told one by one: a broken file must not fill the memory with its complaints


class Problems:
    """Issues of ODM files. `line` is where the element begins; no value of a person is ever part of one."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str, str, str, str, str, str, bool]] = []
        self._seen: Counter[tuple[str, str]] = Counter()

    def add(
        self,
        file: str,
        line: int | None,
        element: str,
        rule: str,
        message: str,
        *,
        field: str = "",
        severity: Severity = "error",
        kept: bool = False,
    ) -> None:
        self._seen[file, rule] += 1
        if self._seen[file, rule] > EACH:
            return
        source = file if line is None else f"{file}#{line}"
        self._rows.append((severity, source, element, field, rule, "", message, kept))

    def frame(self) -> pl.DataFrame:
        """The issues; where there were more than a hundred of a kind in a file, one more says how many."""
        more = [
            ("info", file, "", "", rule, "", f"{n - EACH} more of {rule} in this file are not listed", False)
            for (file, rule), n in self._seen.items()
            if n > EACH
        ]
        return pl.DataFrame([*self._rows, *more], schema=issues.SCHEMA, orient="row")
