"""What rules are evaluated in: the study's datasets, its standard, terminology and define.xml."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from interop.rules.data import DataSet, Package
from interop.rules.define.metadata import Define
from interop.rules.operand import Frame
from interop.rules.outcome import NotExecutableError
from interop.rules.scope import dataset_class
from interop.rules.standards.dictionaries import Dictionaries
from interop.rules.standards.library import Library, Variable
from interop.rules.standards.terminology import Terminology


@dataclass(frozen=True)
class Context:
    """`standard` and `version` are as rules' authorities write them: SDTMIG, 3.4."""

    package: Package
    library: Library
    standard: str
    version: str
    terminology: Terminology
    define: Define | None = None
    define_path: Path | None = None
    dictionaries: Dictionaries = field(default_factory=Dictionaries)
    _classes: dict[str, str | None] = field(default_factory=dict)
    _variables: dict[tuple[str, str], tuple[Variable, ...]] = field(default_factory=dict)
    built: dict[object, list[Frame]] = field(default_factory=dict)
    """The rows that rules of a type judge in a dataset."""
    joined: dict[object, tuple[Frame, Frame]] = field(default_factory=dict)
    """A frame, kept so that no other can have its identity, and the same joined with what rules match."""
    kept: dict[str, Any] = field(default_factory=dict)
    """What rule types work out once for all datasets, by a name of theirs."""

    def class_of(self, dataset: DataSet) -> str | None:
        if dataset.name not in self._classes:
            self._classes[dataset.name] = dataset_class(dataset, self.package, self.library)
        return self._classes[dataset.name]

    def need_define(self) -> Define:
        if self.define is None:
            raise NotExecutableError("it needs a define.xml: give one with --define")
        return self.define

    def guide_variables(self, dataset: DataSet) -> tuple[Variable, ...]:
        """What the guide has for a dataset, with what the model allows in its class."""
        key = "guide", dataset.name
        if key not in self._variables:
            cls = self.class_of(dataset)
            self._variables[key] = self.library.variables(dataset.unsplit, cls, dataset.wildcard)
        return self._variables[key]

    def model_variables(self, dataset: DataSet) -> tuple[Variable, ...]:
        key = "model", dataset.name
        if key not in self._variables:
            cls = self.class_of(dataset)
            self._variables[key] = self.library.model_variables(dataset.unsplit, cls, dataset.wildcard)
        return self._variables[key]
