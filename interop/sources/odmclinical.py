"""ClinicalData of one ODM file into a `Store`: keys, values, transactions, audit; nothing of AdminData."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from interop.sources.odmaudit import AuditReader
from interop.sources.odmissues import Problems
from interop.sources.odmstate import (
    CONTEXT,
    EVENT,
    FORM,
    GROUP,
    INSERT,
    ITEM,
    LEVELS,
    NONE,
    OPS,
    REMOVE,
    SUBJECT,
)
from interop.sources.odmstore import Store
from interop.sources.odmstream import Attributes, Children, Node, name

# ItemData[TYPE], ODM 1.3.2 section 2.14
TYPES = (
    *("Any", "Boolean", "String", "Integer", "Float", "Double", "Date", "Time", "Datetime", "URI"),
    *(
        "HexBinary",
        "Base64Binary",
        "HexFloat",
        "Base64Float",
        "PartialDate",
        "PartialTime",
        "PartialDatetime",
    ),
    *("DurationDatetime", "IntervalDatetime", "IncompleteDatetime", "IncompleteDate", "IncompleteTime"),
)
UNIT = ".unit"  # what the column with the unit of an item is called, after the ItemOID


class ClinicalReader:
    """`node` is the ClinicalData element. `studies`: StudyOID ─▶ line of its first ClinicalData; `passed`:
    parts that are not read ─▶ their number."""

    def __init__(self, store: Store, file: int, snapshot: bool, line: Callable[[], int]) -> None:
        self._store, self._file, self._snapshot, self._line = store, file, snapshot, line
        self._problems: Problems = store.problems
        self._file_name = store.names[file]
        self.studies: dict[str, int] = {}
        self.passed: dict[str, int] = {}
        self._keys = [0] * 7  # as odmstate.KEYS
        self._ops = [NONE] * 6  # the TransactionType at each level, inherited where not stated
        self._audit: list[int | None] = [None] * 5
        self._at: int | None = None  # of the typed value that is open, in the store
        self._null_typed = False
        self._nth = self._visit = self._item = 0
        self._group_op = NONE
        self._audits = AuditReader(store)
        self.node = Node(self._clinical)
        self._grammar()

    def _grammar(self) -> None:
        """What may stand in what (ODM 1.3.2, section 3.1.4), from the leaves up."""
        passed: Children = {
            name("Signature"): None,
            name("Annotation"): Node(partial(self._pass, "Annotation")),
        }
        self._nothing: Children = {}
        audits = {level: self._audits.node(partial(self._audited, level)) for level in range(6)}
        self._item_children: Children = {
            **passed,
            name("AuditRecord"): audits[ITEM],
            name("MeasurementUnitRef"): Node(self._unit_ref),
        }
        self._open_item = self._item_opener()
        typed = {
            name(f"ItemData{t}"): Node(self._open_typed, partial(self._close_typed, t), text=True)
            for t in TYPES
        }
        item = {name("ItemData"): Node(self._open_item), **typed}
        self._in: dict[int, Children] = {
            GROUP: {**passed, name("AuditRecord"): audits[GROUP], **item},
            FORM: {
                **passed,
                name("ArchiveLayoutRef"): None,
                name("AuditRecord"): audits[FORM],
                name("ItemGroupData"): Node(self._open_group, self._close_group),
            },
            EVENT: {**passed, name("AuditRecord"): audits[EVENT], name("FormData"): Node(self._open_form)},
            SUBJECT: {
                **passed,
                name("InvestigatorRef"): None,
                name("SiteRef"): Node(self._site),
                name("AuditRecord"): audits[SUBJECT],
                name("StudyEventData"): Node(self._open_event),
            },
        }
        self._removed: Children = {"*": None, name("AuditRecord"): audits[GROUP]}
        # AuditRecords named by ID, for typed items, stand at the end
        apart = Node(lambda _: {name("AuditRecord"): audits[0]})
        self._in_clinical: Children = {
            name("SubjectData"): Node(self._open_subject, self._close_group),
            name("AuditRecords"): apart,
            name("Signatures"): None,
            name("Annotations"): Node(partial(self._pass, "Annotation")),
        }

    # --- keys --------------------------------------------------------------------------------------

    def _clinical(self, a: Attributes) -> Children | None:
        study = self._required(a, "ClinicalData", "StudyOID")
        if study is not None:
            self.studies.setdefault(study, self._line())
        self._audit[0] = None
        return self._in_clinical

    def _open_subject(self, a: Attributes) -> Children | None:
        return self._enter(SUBJECT, a, "SubjectKey", None, 0)

    def _open_event(self, a: Attributes) -> Children | None:
        return self._enter(EVENT, a, "StudyEventOID", "StudyEventRepeatKey", 1)

    def _open_form(self, a: Attributes) -> Children | None:
        return self._enter(FORM, a, "FormOID", "FormRepeatKey", 3)

    def _open_group(self, a: Attributes) -> Children | None:
        self._nth += 1
        children = self._enter(GROUP, a, "ItemGroupOID", "ItemGroupRepeatKey", 5)
        if children is not None and self._ops[GROUP] != REMOVE:
            self._group_op = self._ops[GROUP]
            self._visit = self._note(GROUP)
        return children

    def _close_group(self, _text: str) -> None:
        self._store.flush()

    def _enter(self, level: int, a: Attributes, oid: str, repeat: str | None, at: int) -> Children | None:
        tag, keys = LEVELS[level], self._keys
        key = self._required(a, tag, oid)
        if key is None:
            return None
        keys[at] = self._store.keys(key)
        if repeat is not None:
            given = a.get(repeat)
            if given == "":
                self._say(
                    tag, "ODM ATTRIBUTE", f"{repeat} is empty: it is taken as absent", repeat, kept=True
                )
            keys[at + 1] = self._store.keys(given or None)
        stated = a.get("TransactionType")
        op = self._ops[level] = self._ops[level - 1] if stated is None else self._stated(stated, tag, level)
        self._audit[level] = self._audit[level - 1]
        if op != REMOVE:
            return self._in[level]
        keys[at + (2 if repeat else 1) :] = [0] * (7 - at - (2 if repeat else 1))
        self._note(level)
        if level == SUBJECT:
            self._store.sites.pop(keys[0], None)
        return self._removed

    def _note(self, level: int) -> int:
        return self._store.visit(
            *self._keys, level, self._ops[level], self._file, self._line(), self._nth, self._audit[level]
        )

    def _audited(self, level: int, audit: int) -> None:
        """An AuditRecord holds for everything in its element that has none of its own."""
        if level == ITEM:
            self._store.cell_audit[-1] = audit
        elif level:
            self._audit[level] = audit
        if level == GROUP:
            self._store.audited(audit)

    def _site(self, a: Attributes) -> Children | None:
        location = self._required(a, "SiteRef", "LocationOID")
        if location is not None and (self._ops[SUBJECT] != CONTEXT or self._keys[0] not in self._store.sites):
            self._store.sites[self._keys[0]] = location
        return None

    # --- values ------------------------------------------------------------------------------------

    def _item_opener(self) -> Callable[[Attributes], Children | None]:
        """Notes a value as it begins; what is inside (unit, AuditRecord) is added to it. A closure, for
        speed."""
        store, audit = self._store, self._audit
        known, units = store.items.known, store.units
        add_visit, add_item = store.cell_visit.append, store.cell_item.append
        add_value, add_audit = store.cell_value.append, store.cell_audit.append
        inside, context = self._item_children, {"*": None}  # of a value that is only resent, nothing is read

        def opened(a: Attributes) -> Children | None:
            oid = a.get("ItemOID")
            if not oid:
                self._lacks("ItemData", "ItemOID")
                return None
            value = a.get("Value")
            op = self._group_op
            if "IsNull" in a:
                value = self._null(a, value)
            if "TransactionType" in a:
                op = self._stated(a["TransactionType"], "ItemData", ITEM)
            if op == CONTEXT:
                return context
            if op == REMOVE:
                value = None
            item = known.get(oid)
            self._item = item = store.items(oid) if item is None else item
            add_visit(self._visit)
            add_item(item)
            add_value(value)
            add_audit(audit[GROUP])
            if value is None and item in units:
                self._note_unit(None)
            return inside

        return opened

    def _open_typed(self, a: Attributes) -> Children | None:
        children = self._open_item(a)
        if children is not self._item_children:
            return children
        if "AuditRecordID" in a:
            self._store.cell_audit[-1] = self._audits.number(a["AuditRecordID"])
        self._null_typed = "IsNull" in a or a.get("TransactionType", self._group_op) in ("Remove", REMOVE)
        self._at = len(self._store.cell_value) - 1
        if "MeasurementUnitOID" in a:
            self._note_unit(a["MeasurementUnitOID"])
        return self._nothing

    def _close_typed(self, kind: str, text: str) -> None:
        if self._at is not None and not self._null_typed:
            self._store.cell_value[self._at] = text if kind in ("String", "Any") else text.strip()
        self._at = None

    def _unit_ref(self, a: Attributes) -> Children | None:
        unit = self._required(a, "MeasurementUnitRef", "MeasurementUnitOID")
        if unit is not None:
            self._note_unit(unit)
        return None

    def _note_unit(self, unit: str | None) -> None:
        store = self._store
        code = store.units.get(self._item)
        if code is None:
            code = store.units[self._item] = store.items(f"{store.items.texts[self._item]}{UNIT}")
        store.cell_visit.append(self._visit)
        store.cell_item.append(code)
        store.cell_value.append(unit)
        store.cell_audit.append(store.cell_audit[-1])

    def _null(self, a: Attributes, value: str | None) -> str | None:
        if a["IsNull"] != "Yes":
            self._say(
                "ItemData", "ODM ATTRIBUTE", "IsNull may only be Yes: it is ignored", "IsNull", kept=True
            )
            return value
        if value is not None:
            message = "it has a Value and IsNull: the value is left out; keep one"
            self._say("ItemData", "ODM ATTRIBUTE", message, "IsNull")
        return None

    # --- what is wrong -----------------------------------------------------------------------------

    def _stated(self, text: str, tag: str, level: int) -> int:
        op = OPS.get(text)
        if op is None:
            self._say(
                tag,
                "ODM ATTRIBUTE",
                f"TransactionType may be {', '.join(OPS)}, and is none of them: it is taken as absent",
                "TransactionType",
                kept=True,
            )
            return self._ops[level - 1]
        if self._snapshot and op != INSERT:
            self._say(
                tag,
                "TRANSACTION IN SNAPSHOT",
                f"a Snapshot has no {text}: it is applied; FileType should be Transactional",
                "TransactionType",
                warning=True,
                kept=True,
            )
        return op

    def _required(self, a: Attributes, tag: str, attribute: str) -> str | None:
        value = a.get(attribute)
        if not value:
            self._lacks(tag, attribute)
            return None
        return value

    def _lacks(self, tag: str, attribute: str) -> None:  # None, as `opened` says: pass over it
        self._say(
            tag,
            "ODM ATTRIBUTE",
            f"it lacks {attribute}: all of the element is left out; export it again",
            attribute,
        )

    def unknown(self, tag: str) -> None:
        """An ODM element where the standard has none."""
        self._say(tag, "ODM ELEMENT", f"ODM 1.3.2 has no {tag} here: it is left out; export it again")

    def _pass(self, tag: str, _a: Attributes) -> None:
        self.passed[tag] = self.passed.get(tag, 0) + 1

    def _say(
        self, tag: str, rule: str, message: str, field: str = "", *, warning: bool = False, kept: bool = False
    ) -> None:
        self._problems.add(
            self._file_name,
            self._line(),
            tag,
            rule,
            message,
            field=field,
            severity="warning" if warning else "error",
            kept=kept,
        )
