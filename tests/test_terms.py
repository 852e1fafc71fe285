"""Codelists of a variable beside the standard's, the sponsor's own terms, and terms beside numbers."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars import col

from interop.build import Built, build
from interop.derive.results import in_words, range_indicator
from interop.errors import SpecError
from interop.spec import Rule, assigned, collected, dataset, derived, sequence, within
from interop.standards import facts
from interop.supp import pieces_of

DEAUVILLE = "C202306"


def tr(result: Rule, rows: list[tuple[str, str]]) -> Built:
    spec = dataset(
        "TR",
        standard="sdtmig34",
        keys=("STUDYID", "USUBJID", "TRTESTCD"),
        rules={
            "STUDYID": assigned("S"),
            "DOMAIN": assigned("TR"),
            "USUBJID": assigned("S-1"),
            "TRSEQ": sequence(),
            "TRTESTCD": collected("test"),
            "TRTEST": collected("test"),
            "TRSTRESC": result,
        },
    )
    frame = pl.DataFrame(rows, schema=["test", "result"], orient="row")
    return build(spec, frame.with_columns(_src=pl.format("TR.csv#{}", pl.int_range(pl.len()) + 2)))


def flagged(built: Built) -> list[str]:
    return built.issues.filter(variable="TRSTRESC")["value"].to_list()


RESULT = derived(col("result"), "as collected")
ROWS = [("TUMSTATE", "Present"), ("FDP5PS", "X"), ("LDIAM", "12.5"), ("TUMSTATE", "vanished")]


def test_without_more_words_every_number_would_be_an_unknown_term() -> None:
    assert flagged(tr(RESULT, ROWS)) == ["X", "12.5", "vanished"]


def test_a_codelist_more_its_rows_and_the_sponsors_terms() -> None:
    assert flagged(tr(within(RESULT, DEAUVILLE), ROWS)) == ["12.5", "vanished"]
    words = within(RESULT, DEAUVILLE, applies=in_words("TRSTRESC"))
    assert flagged(tr(words, ROWS)) == ["vanished"]
    built = tr(within(RESULT, DEAUVILLE, terms=("vanished",), applies=in_words("TRSTRESC")), ROWS)
    assert flagged(built) == []
    assert sorted(built.table["TRSTRESC"]) == ["12.5", "PRESENT", "X", "vanished"]


def test_a_codelist_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SpecError, match="C999999"):
        tr(within(RESULT, "C999999"), ROWS)


@pytest.mark.parametrize(
    ("text", "words"),
    [("12", False), ("-1.5", False), ("< 5", False), (">=10,5", False), ("POSITIVE", True), ("1+", True)],
)
def test_words_are_what_is_no_number(text: str, words: bool) -> None:
    assert pl.DataFrame({"r": [text]}).select(in_words("r")).item() is words


LIMIT = st.one_of(st.none(), st.integers(0, 9))


@given(st.integers(0, 9), LIMIT, LIMIT)
def test_an_indicator_says_nothing_that_the_limits_do_not(
    result: int, low: int | None, high: int | None
) -> None:
    frame = pl.DataFrame(
        {"r": [result], "lo": [low], "hi": [high]}, schema=dict.fromkeys(("r", "lo", "hi"), pl.Int64)
    )
    found = frame.select(range_indicator("r", "lo", "hi")).item()
    if low is not None and result < low:
        assert found == "LOW"
    elif high is not None and result > high:
        assert found == "HIGH"
    else:
        assert found == ("NORMAL" if low is not None and high is not None else None)


@given(st.lists(st.text("aé∆", min_size=1, max_size=90), min_size=1, max_size=40))
def test_the_pieces_of_a_long_text_are_the_text(words: list[str]) -> None:
    text = " ".join(words)
    pieces = pieces_of(text)
    assert all(len(p.encode()) <= 200 for p in pieces)
    # A piece ends at a blank, which stands for the break, or within a word.
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_further_text_of_a_comment_has_the_facts_of_the_first() -> None:
    coval, more = facts("sdtmig34", "CO").find("COVAL"), facts("sdtmig34", "CO").find("COVAL2")
    assert coval is not None
    assert more is not None
    assert (more.label, more.type, more.core) == ("Comment 2", "Char", "Perm")
    assert coval.order < more.order < coval.order + 1
    assert facts("sdtmig34", "CO").find("COVALX") is None


def test_only_what_relates_datasets_may_lack_a_subject() -> None:
    def built(name: str, extra: dict[str, Rule]) -> Built:
        rules = {"STUDYID": assigned("S"), "USUBJID": collected("subject"), **extra}
        spec = dataset(name, standard="sdtmig34", keys=("STUDYID",), rules=rules)
        return build(
            spec, pl.DataFrame({"subject": [None], "_src": ["a"]}, schema_overrides={"subject": pl.String})
        )

    relation = {"RDOMAIN": assigned("TU"), "IDVAR": assigned("TULNKID"), "RELID": assigned("1")}
    assert built("RELREC", relation).table.height == 1
    event = {"DOMAIN": assigned("BE"), "BESEQ": assigned(1), "BETERM": assigned("x")}
    assert built("BE", event).table.height == 0
