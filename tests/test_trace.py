"""A trace ends at cells that a value was read from, and names nothing that is not there."""

from __future__ import annotations

from interop.pipeline import run
from tests.support import ROOT

DEMO = ROOT / "mappings" / "studies" / "demo"


def test_a_field_that_the_record_does_not_have_is_no_leaf() -> None:
    """DSSTDTC is the date of a disposition, else of a randomisation in another form; DS.csv has the one."""
    done = run(DEMO, DEMO / "source", stages=("sdtm",))
    randomised = {"USUBJID": "DEMO01-101-003", "DSDECOD": "RANDOMIZED"}
    leaves = [(cell.place, cell.name) for cell in done.trace("DS", randomised, "DSSTDTC").cells()]
    assert leaves == [("DS.csv line 7", "DSSTDAT")]


def test_a_constant_of_the_mapping_is_a_leaf() -> None:
    """Each column of the form VS is a test, named in sources.yaml and in no cell."""
    done = run(DEMO, DEMO / "source", stages=("sdtm",))
    pulse = {"USUBJID": "DEMO01-101-003", "VSTESTCD": "PULSE", "VISIT": "SCREENING"}
    cells = list(done.trace("VS", pulse, "VSTESTCD").cells())
    assert [(cell.name, cell.how) for cell in cells] == [("test", "constant of the source mapping")]
