"""Transactional ODM: what is left when every Insert, Update, Upsert, Remove and Context was applied in
order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interop.sources import odmstore
from interop.sources.odm import Odm, read_odm
from tests.sources.odmsmall import DEFINITIONS, LINE, document, read, rows, said, write

AUDIT = """\
<AuditRecord><UserRef UserOID="{user}"/><LocationRef LocationOID="701"/>
<DateTimeStamp>{stamp}</DateTimeStamp>{reason}</AuditRecord>"""


def audit(stamp: str, reason: str = "", user: str = "U1") -> str:
    told = f"<ReasonForChange>{reason}</ReasonForChange>" if reason else ""
    return AUDIT.format(user=user, stamp=stamp, reason=told)


def change(
    item: str,
    *,
    group: str = "",
    form: str = "",
    event: str = "",
    subject: str = "",
    key: str = "1",
    oid: str = "F",
) -> str:
    """One change as an audit export has it: the path to an item group, with a TransactionType where
    stated."""

    def op(text: str) -> str:
        return f' TransactionType="{text}"' if text else ""

    return (
        f'<SubjectData SubjectKey="S1"{op(subject)}><StudyEventData StudyEventOID="E"{op(event)}>'
        f'<FormData FormOID="{oid}"{op(form)}>\n'
        f'<ItemGroupData ItemGroupOID="G" ItemGroupRepeatKey="{key}"{op(group)}>{item}</ItemGroupData>'
        "</FormData></StudyEventData></SubjectData>\n"
    )


def value(text: str | None, op: str = "", oid: str = "A", inside: str = "") -> str:
    said = f' TransactionType="{op}"' if op else ""
    given = ' IsNull="Yes"' if text is None else f' Value="{text}"'
    return f'<ItemData ItemOID="{oid}"{said}{given}>{inside}</ItemData>'


def transactional(folder: Path, *changes: str) -> Odm:
    return read(folder, "".join(changes), kind="Transactional")


def left(of: Odm) -> list[tuple[object, ...]]:
    return rows(of, "F", "@ItemGroupRepeatKey", *of.forms["F"].items) if "F" in of.forms else []


def test_an_audit_trail_comes_down_to_its_last_state(tmp_path: Path) -> None:
    odm = transactional(
        tmp_path,
        change(value("1", "Insert", inside=audit("2024-01-01T10:00:00"))),
        change(value("b", "Insert", oid="B", inside=audit("2024-01-01T10:00:01"))),
        change(value("2", "Update", inside=audit("2024-01-02T10:00:00", "typing error", "U2"))),
        change(value("3", "Update", inside=audit("2024-01-03T10:00:00", "unit corrected", "U1"))),
    )
    assert left(odm) == [("1", "3", "b")]
    # the row keeps the place where it was inserted; who changed what, when and why is in the history
    assert odm.history.rows() == [
        ("study.xml/F#4", "A", 3, "2024-01-03T10:00:00", "unit corrected", "U1"),
    ]
    assert said(odm, "severity", "source", "rule", "message", "kept") == [
        (
            "info",
            "study.xml/F#4",
            "CHANGED VALUE",
            "A changed after entry (2 earlier): the last value is used",
            True,
        )
    ]


def test_removed_values_rows_forms_and_subjects(tmp_path: Path) -> None:
    start = change(value("1") + value("x", oid="B"), subject="Insert") + change(
        value("2") + value("y", oid="B"), subject="Upsert", group="Insert", key="2"
    )
    gone = {
        "item": (change(value("1", "Remove"), subject="Context"), [("1", None, "x"), ("2", "2", "y")]),
        "null": (change(value(None, "Update"), subject="Context"), [("1", None, "x"), ("2", "2", "y")]),
        "group": (change(value("1"), subject="Context", group="Remove"), [("2", "2", "y")]),
        "form": (change("", subject="Context", form="Remove"), []),
        "event": (change("", subject="Context", event="Remove"), []),
        "subject": (change("", subject="Remove"), []),
    }
    for name, (removal, expected) in gone.items():
        odm = transactional(tmp_path / name, start, removal)
        assert left(odm) == expected, name
        assert "error" not in odm.issues["severity"], name


def test_what_is_inserted_after_a_removal_is_new(tmp_path: Path) -> None:
    odm = transactional(
        tmp_path,
        change(value("1") + value("old", oid="B"), subject="Insert"),
        change("", subject="Remove"),
        change(value("2"), subject="Insert"),
    )
    assert rows(odm, "F", LINE, *odm.forms["F"].items) == [(8, "2")]


def test_a_removal_reaches_only_what_it_names(tmp_path: Path) -> None:
    other = change(value("9"), subject="Insert").replace("S1", "S2")
    odm = transactional(
        tmp_path,
        change(value("1"), subject="Insert"),
        other,
        change(value("2"), subject="Insert", oid="F2"),
        change("", subject="Context", form="Remove"),
    )
    assert rows(odm, "F", "@SubjectKey", "A") == [("S2", "9")]
    assert rows(odm, "F2", "@SubjectKey", "A") == [("S1", "2")]


def test_context_changes_nothing(tmp_path: Path) -> None:
    odm = transactional(
        tmp_path,
        change(value("1"), subject="Insert"),
        change(value("other") + value("new", "Update", oid="B"), subject="Context"),
        change(value("9"), subject="Context", key="7"),
    )
    assert left(odm) == [("1", "1", "new")]


def test_transactions_that_do_not_fit_are_applied_and_told(tmp_path: Path) -> None:
    odm = transactional(
        tmp_path,
        change(value("1"), subject="Update"),
        change(value("2"), subject="Insert"),
        change("", subject="Remove", key="9"),
        change("", subject="Remove"),
    )
    assert left(odm) == []
    assert said(odm, "severity", "source", "target", "rule") == [
        # Insert and Update of what a Remove took away again are history, and not told
        ("warning", "study.xml#9", "SubjectData", "REMOVE WITHOUT DATA"),
    ]
    odm = transactional(tmp_path, change(value("1"), subject="Update"), change(value("2"), subject="Insert"))
    assert left(odm) == [("1", "2")]
    assert said(odm, "severity", "source", "rule") == [
        ("info", "study.xml/F#4", "CHANGED VALUE"),
        ("warning", "study.xml#4", "UPDATE WITHOUT INSERT"),
        ("warning", "study.xml#6", "INSERT AGAIN"),
    ]


def test_a_snapshot_with_transactions_is_read_and_told(tmp_path: Path) -> None:
    odm = read(tmp_path, change(value("1"), subject="Insert") + change(value("2"), subject="Update"))
    assert left(odm) == [("1", "2")]
    assert ("warning", "study.xml#5", "TRANSACTION IN SNAPSHOT") in said(odm, "severity", "source", "rule")


def test_audit_records_are_inherited_and_found_by_id(tmp_path: Path) -> None:
    upper = audit("2024-02-01T00:00:00", "all of it", "U7")
    whole = change(value("1"), subject="Insert") + change(value("2"), subject="Update").replace(
        '"Update">', f'"Update">{upper}', 1
    )
    assert transactional(tmp_path / "a", whole).history.rows() == [
        ("study.xml/F#4", "A", 2, "2024-02-01T00:00:00", "all of it", "U7"),
    ]
    typed = '<ItemDataString ItemOID="A" AuditRecordID="{}">{}</ItemDataString>'
    records = "<AuditRecords>" + "".join(
        audit(f"2024-03-0{n}T00:00:00", f"reason {n}").replace("<AuditRecord>", f'<AuditRecord ID="AR{n}">')
        for n in (1, 2)
    )
    by_id = (
        change(typed.format("AR1", "1"), subject="Insert")
        + change(typed.format("AR2", "2"), subject="Update")
        + records
        + "</AuditRecords>"
    )
    assert transactional(tmp_path / "b", by_id).history.rows() == [
        ("study.xml/F#4", "A", 2, "2024-03-02T00:00:00", "reason 2", "U1"),
    ]


def test_a_series_of_files_is_applied_in_its_order(tmp_path: Path) -> None:
    def file(oid: str, prior: str, *changes: str) -> str:
        return document("".join(changes), kind="Transactional", oid=oid, prior=prior)

    paths = write(
        tmp_path,
        z_first=file(
            "1", "", change(value("1"), subject="Insert"), change(value("8"), subject="Insert", key="2")
        ),
        m_second=file("2", "1", change(value("2"), subject="Update")),
        a_third=file("3", "2", change("", subject="Context", group="Remove", key="2")),
    )
    odm = read_odm(paths)
    assert [f.path.stem for f in odm.files] == ["z_first", "m_second", "a_third"]
    assert left(odm) == [("1", "2")]
    # a second Snapshot is a later state, not a contradiction
    later = [
        document(change(value(text)), oid=oid, prior=prior)
        for text, oid, prior in (("1", "1", ""), ("2", "2", "1"))
    ]
    odm = read_odm(write(tmp_path / "s", one=later[0], two=later[1]))
    assert left(odm) == [("1", "2")]
    assert "REPEATED KEYS" not in odm.issues["rule"]


# --- any sequence, against the rules of the standard written with dicts ------------------------

OPS = ["", "Insert", "Update", "Upsert", "Context", "Remove"]
LEVELS = ("subject", "event", "form", "group")
Step = tuple[tuple[str, str, str, str], tuple[str, str, str, str], tuple[tuple[str, str, str | None], ...]]


@st.composite
def steps(draw: st.DrawFn) -> list[Step]:
    key = st.tuples(
        st.sampled_from("12"), st.sampled_from("ab"), st.sampled_from("FG"), st.sampled_from("12")
    )
    quiet = st.sampled_from(["", "", "", "Update", "Context", "Upsert", "Remove"])
    item = st.tuples(st.sampled_from("AB"), st.sampled_from(OPS), st.none() | st.sampled_from("xyz"))
    step = st.tuples(
        key, st.tuples(quiet, quiet, quiet, st.sampled_from(OPS)), st.lists(item, max_size=3).map(tuple)
    )
    return draw(st.lists(step, min_size=1, max_size=14))


def oracle(sequence: list[Step]) -> dict[tuple[str, ...], dict[str, str]]:
    """The state after all steps: (subject, event, form, group) ─▶ its values. Nested dicts, one rule a
    line."""
    state: dict[tuple[str, ...], dict[str, str]] = {}
    for key, ops, values in sequence:
        stated, removed = "", False
        for level, op in enumerate(ops, 1):
            stated = op or stated
            if stated == "Remove":
                state = {k: v for k, v in state.items() if k[:level] != key[:level]}
                removed = True
                break
        if removed:
            continue
        if stated != "Context":
            state.setdefault(key, {})
        for oid, op, text in values:
            effective = op or stated
            if effective == "Context":
                continue
            row = state.setdefault(key, {})
            row.pop(oid, None)
            if effective != "Remove" and text is not None:
                row[oid] = text
    return state


def xml(sequence: list[Step]) -> Iterator[str]:
    for (s, e, f, g), ops, values in sequence:
        said = [f' TransactionType="{o}"' if o else "" for o in ops]
        cells = "".join(value(text, op, oid) for oid, op, text in values)
        yield (
            f'<SubjectData SubjectKey="{s}"{said[0]}><StudyEventData StudyEventOID="{e}"{said[1]}>'
            f'<FormData FormOID="{f}"{said[2]}>\n'
            f'<ItemGroupData ItemGroupOID="G" ItemGroupRepeatKey="{g}"{said[3]}>'
            f"{cells}</ItemGroupData></FormData></StudyEventData></SubjectData>\n"
        )


def state_of(odm: Odm) -> dict[tuple[str, ...], dict[str, str]]:
    keys = ("@SubjectKey", "@StudyEventOID", "@FormOID", "@ItemGroupRepeatKey")
    return {
        tuple(row[k] for k in keys): {i: row[i] for i in form.items if row[i] is not None}
        for form in odm.forms.values()
        for row in form.rows.iter_rows(named=True)
    }


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps(), st.integers(0, 13), st.booleans())
def test_any_sequence_against_the_rules(tmp_path: Path, sequence: list[Step], cut: int, small: bool) -> None:
    """In one file and in a series of two; with transactions applied at the end and again and again on the
    way."""
    parts = [sequence[:cut], sequence[cut:]]
    files = {
        "one": document("".join(xml(sequence)), kind="Transactional"),
        "first": document("".join(xml(parts[0])), kind="Transactional"),
        "then": document("".join(xml(parts[1])), kind="Transactional", oid="FILE.2", prior="FILE.1"),
    }
    one, *series = write(tmp_path, **files)
    with pytest.MonkeyPatch.context() as patch:
        if small:
            patch.setattr(odmstore, "FLUSH", 1)
            patch.setattr(odmstore, "COMPACT", 1)
        expected = oracle(sequence)
        assert state_of(read_odm([one])) == expected
        assert state_of(read_odm(series)) == expected


def test_definitions_do_not_change_transactions(tmp_path: Path) -> None:
    steps = change(value("1"), subject="Insert") + change(value("2"), subject="Update")
    odm = read(tmp_path, steps, kind="Transactional", definitions=DEFINITIONS)
    assert left(odm) == [("1", "2")]
