"""One small dataset that has every type, and a strategy for any."""

from __future__ import annotations

from datetime import date, datetime, time

import polars as pl
from hypothesis import strategies as st

from interop.package.table import Table, table_of

MOMENT = datetime(2026, 11, 22, 8, 30, 5)


def adverse_events() -> Table:
    data = pl.DataFrame(
        {
            "USUBJID": ["S-001", "S-001", "S-002"],
            "AESEQ": [1, 2, 1],
            "AETERM": ["Headache", 'Rash, "mild"', ""],
            "DOSE": [4.2, None, 1e-7],
            "AESTDT": [date(2026, 1, 31), None, date(1959, 12, 31)],
            "AESTDTM": [datetime(2026, 1, 31, 8, 5, 9), None, datetime(2026, 2, 1, 0, 0, 0, 250000)],
            "AETM": [time(8, 5, 9), None, time(0, 0)],
        }
    )
    return table_of(data, "AE", "Adverse Events", labels={"AETERM": "Reported Term for the Adverse Event"})


_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
# XPT cannot keep trailing blanks, nor tell null from blank.
stored_text = _text.map(lambda s: s.rstrip(" "))
any_text = st.none() | _text
stored_number = st.none() | st.just(0.0) | st.floats(1e-70, 1e70) | st.floats(-1e70, -1e-70)


@st.composite
def stored_tables(draw: st.DrawFn) -> Table:
    """Tables that XPT can keep whole."""
    rows = draw(st.integers(0, 6))
    data = pl.DataFrame(
        {
            "TEXT": draw(st.lists(stored_text, min_size=rows, max_size=rows)),
            "NUM": draw(st.lists(stored_number, min_size=rows, max_size=rows)),
            "DAY": draw(st.lists(st.none() | st.dates(), min_size=rows, max_size=rows)),
        },
        schema={"TEXT": pl.String, "NUM": pl.Float64, "DAY": pl.Date},
    )
    return table_of(data, "XX", draw(st.text("abc XYZ", max_size=40)).strip())
