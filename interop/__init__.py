"""Clinical trial records to FHIR R4, SDTM and ADaM, every value traceable to its source cell.

>>> import interop
>>> run = interop.run("demo", "path/to/forms")        # doctest: +SKIP
>>> run.sdtm["EX"], run.adam["ADTTE"], run.issues      # pandas DataFrames  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interop.errors import InputError, InteropError, SpecError, UsageError

if TYPE_CHECKING:
    from interop.pipeline import Run, run
    from interop.studyfile import load_study

__version__ = "0.1.0"

__all__ = ["InputError", "InteropError", "Run", "SpecError", "UsageError", "load_study", "run"]

_LAZY = {"Run": "interop.pipeline", "run": "interop.pipeline", "load_study": "interop.studyfile"}


def __getattr__(name: str) -> Any:
    """Import what is heavy only when it is asked for, so that `interop --help` is quick (PEP 562)."""
    from importlib import import_module

    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
