"""Settings of all tests, and the command line in this process."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from interop.cli import main
from tests.support import Call

# A deadline measures the machine, not the code; what is slow shows in `pytest --durations`.
settings.register_profile("project", deadline=None)
settings.load_profile("project")


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Calls `interop` in this process; returns exit code, stdout, stderr."""

    def called(*arguments: str | Path) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as exit_:
            main([str(a) for a in arguments])
        said = capsys.readouterr()
        code = exit_.value.code
        return (code if isinstance(code, int) else 0), said.out, said.err

    return called
