"""What can go wrong with a call or an input.

    InteropError                 any of ours; `exit_code` is what the command line returns
    ├── UsageError         (2)   the call cannot be carried out as written
    ├── InputError         (2)   a file cannot be used: names the file, the line, the field and the mend
    └── SpecError          (3)   a mapping contradicts itself or its standard; never raised for data

A problem in a single row is never an exception: it becomes a row of the issues (`interop.build`).
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar


class InteropError(Exception):
    """Base of every error that this package raises on purpose."""

    exit_code: ClassVar[int] = 2


class UsageError(InteropError):
    """The call cannot be carried out as written."""


class InputError(InteropError):
    """A file that cannot be used. `str(error)` is one sentence with the place and the mend."""

    def __init__(
        self,
        message: str,
        *,
        file: str | Path | None = None,
        line: int | None = None,
        field: str | None = None,
        mend: str = "",
    ) -> None:
        self.message, self.file, self.line, self.field, self.mend = message, file, line, field, mend
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        place = ", ".join(
            part
            for part in (
                str(self.file) if self.file is not None else "",
                f"line {self.line}" if self.line is not None else "",
                self.field or "",
            )
            if part
        )
        said = f"{place}: {self.message}" if place else self.message
        return f"{said.rstrip('.')}. {self.mend}".rstrip() if self.mend else said


class SpecError(InteropError):
    """A mapping contradicts itself or its standard."""

    exit_code: ClassVar[int] = 3
