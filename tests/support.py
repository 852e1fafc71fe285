"""What several tests share: where outside data lies, and how to skip clearly where it does not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("INTEROP_SHARED", ROOT.parent / "shared"))

Call = Callable[..., tuple[int, str, str]]
"""Of the fixture `call`: arguments of `interop` ─▶ exit code, stdout, stderr."""

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(),
    reason="outside data is not here: put it beside the checkout as `shared/` or set INTEROP_SHARED",
)
