"""AuditRecords of ODM: when a value was changed, why, and by which user, who is a key and never a name."""

from __future__ import annotations

from collections.abc import Callable

from interop.sources.odmstore import Store
from interop.sources.odmstream import Attributes, Children, Node, name


class AuditReader:
    """Reads AuditRecords into the store. Each has a number, by which elements and values name it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_id: dict[str, int] = {}
        self._number, self._reason, self._user = 0, 0, 0
        self._stamp: str | None = None
        nothing: Children = {}
        self._children: Children = {
            name("UserRef"): Node(self._user_ref),
            name("LocationRef"): None,
            name("DateTimeStamp"): Node(lambda _: nothing, self._date_time, text=True),
            name("ReasonForChange"): Node(lambda _: nothing, self._reason_for_change, text=True),
            name("SourceID"): None,
        }

    def node(self, noted: Callable[[int], None]) -> Node:
        """An AuditRecord; `noted` hears its number as it begins."""

        def opened(a: Attributes) -> Children:
            self._number = self.number(a["ID"]) if "ID" in a else self._store.next_audit()
            self._stamp, self._reason, self._user = None, 0, 0
            noted(self._number)
            return self._children

        return Node(opened, self._closed)

    def number(self, audit_id: str) -> int:
        """The number of the AuditRecord with this ID, which may be still to come (typed values name it)."""
        if audit_id not in self._by_id:
            self._by_id[audit_id] = self._store.next_audit()
        return self._by_id[audit_id]

    def _user_ref(self, a: Attributes) -> Children | None:
        self._user = self._store.keys(a.get("UserOID"))
        return None

    def _date_time(self, text: str) -> None:
        self._stamp = text.strip() or None

    def _reason_for_change(self, text: str) -> None:
        self._reason = self._store.keys(text.strip() or None)

    def _closed(self, _text: str) -> None:
        self._store.audits.append((self._number, self._stamp, self._reason, self._user))
