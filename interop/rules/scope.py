"""Which datasets a rule is for."""

from __future__ import annotations

from collections.abc import Sequence

from interop.rules.data import ADSL, BDS, OCCDS, OTHER, DataSet, Package
from interop.rules.language import Rule, Selection
from interop.rules.standards.library import Library

# ADaMIG 1.3, 3.3: what only a BDS has. OCCDS 1.1: the topic of an occurrence comes from its SDTM domain.
_BDS = frozenset({"PARAM", "PARAMCD", "AVAL", "AVALC"})
_TOPICS = (("TERM", "EVENTS"), ("TRT", "INTERVENTIONS"), ("QNAM", "RELATIONSHIP"))
_NONE = Selection()


def outside(rule: Rule, dataset: DataSet, package: Package, library: Library) -> str | None:
    """Why the rule is not for the dataset; None where it is."""
    if _of_another_standard(dataset, library):
        return "another standard"
    if not _structure(rule, dataset):
        return "another data structure"
    if not _subclass(rule, dataset):
        return "another subclass"
    if not _domain(rule.scope.get("Domains", _NONE), dataset):
        return "another domain"
    if not _named(rule.scope.get("Datasets", _NONE), dataset):
        return "another dataset"
    if not _class(rule, dataset, package, library):
        return "another class"
    return None


def _of_another_standard(dataset: DataSet, library: Library) -> bool:
    """ADaM and SDTM may lie side by side: each is judged by rules of its own, and seen by those of both."""
    if library.name == "ADAMIG":
        return dataset.is_tabulation
    return library.name in ("SDTMIG", "SENDIG") and dataset.is_analysis


def _domain(selection: Selection, dataset: DataSet) -> bool:
    include, exclude = selection.include, selection.exclude
    if include:
        included = _listed(include, dataset) or _pattern(include, dataset)
    else:
        included = not (selection.split is True and not dataset.is_split)
    names = {dataset.domain, dataset.name, dataset.unsplit}
    excluded = bool(exclude) and (bool(names & {*exclude}) or "ALL" in exclude or _pattern(exclude, dataset))
    if selection.split is True and dataset.is_split and not excluded:
        included = True
    if selection.split is False and dataset.is_split:
        excluded = True
    return included and not excluded


def _listed(names: Sequence[str], dataset: DataSet) -> bool:
    return "ALL" in names or dataset.name in names or dataset.domain in names


def _pattern(names: Sequence[str], dataset: DataSet) -> bool:
    if dataset.is_supp and {"SUPP--", "SQ--"} & {*names}:
        return True
    return dataset.is_ap and bool({"AP--", "APFA--"} & {*names})


def _named(selection: Selection, dataset: DataSet) -> bool:
    include, exclude = selection.include, selection.exclude
    return (not include or _listed(include, dataset)) and not (exclude and _listed(exclude, dataset))


def data_structure(dataset: DataSet) -> str:
    """The ADaM data structure: what its metadata say, else what its variables tell."""
    if dataset.cls:
        return dataset.cls
    if dataset.name == "ADSL":
        return ADSL
    names = {c.upper() for c in dataset.data.columns}
    if names & _BDS:
        return BDS
    if any(n.endswith(("TERM", "TRT")) for n in names):
        return OCCDS
    return OTHER


def _structure(rule: Rule, dataset: DataSet) -> bool:
    selection = rule.scope.get("Data Structures", _NONE)
    if (not selection.include and not selection.exclude) or "ALL" in selection.include:
        return True
    found = data_structure(dataset)
    return (not selection.include or found in selection.include) and found not in selection.exclude


def _subclass(rule: Rule, dataset: DataSet) -> bool:
    """Subclasses are in the metadata alone: a dataset that states none is of none."""
    selection = rule.scope.get("Subclasses", _NONE)
    if (not selection.include and not selection.exclude) or "ALL" in selection.include:
        return True
    known = dataset.subclass.replace("-", " ")
    listed = [s.replace("-", " ") for s in selection.include]
    return (not listed or known in listed) and dataset.subclass not in selection.exclude


def _class(rule: Rule, dataset: DataSet, package: Package, library: Library) -> bool:
    selection = rule.scope.get("Classes", _NONE)
    include, exclude = selection.include, selection.exclude
    if (not include and not exclude) or "ALL" in include:
        return True
    found = dataset_class(dataset, package, library)
    names = {found, "FINDINGS"} if found == "FINDINGS ABOUT" else {found}
    return (not include or bool(names & {*include})) and not names & {*exclude}


def dataset_class(dataset: DataSet, package: Package, library: Library) -> str | None:
    """The class of a dataset in its standard; of a custom domain, the class that its topic variable shows."""
    found = library.find(dataset.unsplit)
    if found is not None:
        return found.cls
    return _custom_class(dataset, package, library)


def _custom_class(dataset: DataSet, package: Package, library: Library) -> str | None:
    columns = set(dataset.data.columns)
    has_domain = "DOMAIN" in columns
    prefix = (dataset.domain or "").upper() if has_domain else ""
    if has_domain or "RDOMAIN" in columns:
        for suffix, cls in _TOPICS:
            if prefix + suffix in columns:
                return cls
        if prefix + "TESTCD" in columns:
            return "FINDINGS ABOUT" if prefix + "OBJ" in columns else "FINDINGS"
    if dataset.is_ap and dataset.ap_suffix:
        parent = package.find(dataset.ap_suffix)
        if parent is not None and not parent.is_ap:
            return dataset_class(parent, package, library)
        known = library.find(dataset.ap_suffix)
        return known.cls if known else None
    return None
