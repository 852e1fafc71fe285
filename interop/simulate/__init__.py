"""Simulated source data of a study: clinically coherent, untidy as real exports are, with their truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interop.simulate.run import Simulated, simulate

__all__ = ["Simulated", "simulate"]


def __getattr__(name: str) -> Any:
    # imported on first use: polars and numpy must not load with the package
    if name in __all__:
        from interop.simulate import run

        return getattr(run, name)
    raise AttributeError(name)
