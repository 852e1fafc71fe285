"""The definitions of ODM files that reading their data needs: names, repeating, units. Versions are merged
by OID."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from interop.sources.odmstream import Attributes, Children, Node, name

STRONG, WEAK = (".", ":", "/"), ("_", "-")


@dataclass
class Definitions:
    """What the MetaDataVersions and BasicDefinitions of the files define. Of an OID defined again, the
    later counts.

    `forms`, `groups`, `items`: OID ─▶ the other names it goes by; `form_groups`, `group_items`: what is in
    it; `repeating`: item group ─▶ whether it is a repeating one; `events`: OID ─▶ Name; `units`: OID ─▶
    symbol."""

    forms: dict[str, tuple[str, ...]] = field(default_factory=dict)
    items: dict[str, tuple[str, ...]] = field(default_factory=dict)
    form_groups: dict[str, list[str]] = field(default_factory=dict)
    group_items: dict[str, list[str]] = field(default_factory=dict)
    repeating: dict[str, bool] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)

    def items_of(self, form: str) -> list[str]:
        """The items that a form is defined to have, in its order; none where the files do not define it."""
        groups = self.form_groups.get(form, ())
        return list(dict.fromkeys(i for g in groups for i in self.group_items.get(g, ())))


def candidates(wanted: str, oids: Iterable[str], names: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The OIDs that `wanted` may mean, by the first of these rules that finds any:

    the OID itself; a name of it (Name, SASFieldName, SDSVarName); the end of the OID after `.`, `:` or `/`
    (`IT.SYSBP`); its end after `_` or `-`; and all of these again without regard to case.
    """
    known = list(oids)
    for fold in (str, str.casefold):
        sought = fold(wanted)
        rules = (
            lambda o: (o,),
            lambda o: names.get(o, ()),
            lambda o: _ends(o, STRONG),
            lambda o: _ends(o, WEAK),
        )
        for rule in rules:
            found = [o for o in known if any(fold(n) == sought for n in rule(o))]
            if found:
                return found
    return []


def _ends(oid: str, marks: tuple[str, ...]) -> list[str]:
    return [oid[n + 1 :] for n, letter in enumerate(oid) if letter in marks]


class DefinitionReader:
    """Reads `Study` into Definitions; what it does not need there is passed over."""

    def __init__(self, definitions: Definitions) -> None:
        self._all = definitions
        self._form = self._group = self._unit = ""
        nothing: Children = {"*": None}
        into = partial(self._into, nothing)
        version: Children = {
            "*": None,
            name("StudyEventDef"): Node(into(self._event)),
            name("FormDef"): Node(
                self._into({"*": None, name("ItemGroupRef"): Node(into(self._group_ref))}, self._form_def)
            ),
            name("ItemGroupDef"): Node(
                self._into({"*": None, name("ItemRef"): Node(into(self._item_ref))}, self._group_def)
            ),
            name("ItemDef"): Node(into(self._item_def)),
        }
        text = Node(into(lambda _: None), self._symbol, text=True)
        symbol = Node(self._into({"*": None, name("TranslatedText"): text}, lambda _: None))
        unit = Node(self._into({"*": None, name("Symbol"): symbol}, self._unit_def))
        self.study = Node(
            lambda _: {
                "*": None,
                name("BasicDefinitions"): Node(lambda _: {"*": None, name("MeasurementUnit"): unit}),
                name("MetaDataVersion"): Node(lambda _: version),
            }
        )

    @staticmethod
    def _into(children: Children, opened: Callable[[Attributes], None]) -> Callable[[Attributes], Children]:
        def both(attributes: Attributes) -> Children:
            opened(attributes)
            return children

        return both

    def _event(self, a: Attributes) -> None:
        self._all.events[a.get("OID", "")] = a.get("Name", "")

    def _form_def(self, a: Attributes) -> None:
        self._form = a.get("OID", "")
        self._all.forms[self._form] = _names(a)
        self._all.form_groups[self._form] = []

    def _group_ref(self, a: Attributes) -> None:
        self._all.form_groups[self._form].append(a.get("ItemGroupOID", ""))

    def _group_def(self, a: Attributes) -> None:
        self._group = a.get("OID", "")
        self._all.repeating[self._group] = a.get("Repeating") == "Yes"
        self._all.group_items[self._group] = []

    def _item_ref(self, a: Attributes) -> None:
        self._all.group_items[self._group].append(a.get("ItemOID", ""))

    def _item_def(self, a: Attributes) -> None:
        self._all.items[a.get("OID", "")] = _names(a)

    def _unit_def(self, a: Attributes) -> None:
        self._unit = a.get("OID", "")
        self._all.units[self._unit] = a.get("Name", "")
        self._translated = False

    def _symbol(self, text: str) -> None:
        # the first translation: a unit is written the same in every language, or is a matter of taste
        if text.strip() and not self._translated:
            self._all.units[self._unit] = text.strip()
            self._translated = True


def _names(a: Attributes) -> tuple[str, ...]:
    return tuple(a[n] for n in ("Name", "SASFieldName", "SDSVarName") if a.get(n))
