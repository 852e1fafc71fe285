"""What the tests of rules share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.ruleserver import KEY


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No proxy and no rules of the machine; a home and a key of the CDISC Library of the test's own."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("INTEROP_RULES", raising=False)
    monkeypatch.setenv("INTEROP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CDISC_LIBRARY_API_KEY", KEY)
