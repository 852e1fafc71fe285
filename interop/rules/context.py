"""What rules are evaluated in: the study's datasets, its standard, terminology and define.xml."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from interop.rules.data import DataSet, Package
from interop.rules.definexml import Define
from interop.rules.library import Library, Variable
from interop.rules.outcome import NotExecutable
from interop.rules.rulesct import Terminology
from interop.rules.scope import dataset_class


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
    _classes: dict[str, str | None] = field(default_factory=dict)

    def class_of(self, dataset: DataSet) -> str | None:
        if dataset.name not in self._classes:
            self._classes[dataset.name] = dataset_class(dataset, self.package, self.library)
        return self._classes[dataset.name]

    def need_define(self) -> Define:
        if self.define is None:
            raise NotExecutable("it needs a define.xml: give one with --define")
        return self.define

    def guide_variables(self, dataset: DataSet) -> tuple[Variable, ...]:
        return self.library.variables(dataset.unsplit, self.class_of(dataset), dataset.wildcard)

    def model_variables(self, dataset: DataSet) -> tuple[Variable, ...]:
        return self.library.model_variables(dataset.unsplit, self.class_of(dataset), dataset.wildcard)
