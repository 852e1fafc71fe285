"""The registry is the folder: every page of `mappings/fhir` is in `mappings.FHIR`, once."""

from __future__ import annotations

import mappings
from tests.support import ROOT


def test_every_page_is_registered_once() -> None:
    pages = {path.stem for path in (ROOT / "mappings" / "fhir").glob("[a-z]*.py")}
    registered = [page.build.__module__.rpartition(".")[2] for page in mappings.FHIR]
    assert sorted(registered) == sorted(pages)
