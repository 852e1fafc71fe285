"""How the evaluation of a rule on a dataset can end other than with an answer."""

from __future__ import annotations

from typing import Literal

Status = Literal["issues", "passed", "skipped", "not executed"]


class SkippedError(Exception):
    """The rule does not apply to the dataset as it is: a variable or dataset that it reads is absent."""


class MissingColumnError(SkippedError):
    """A condition reads a variable that the dataset does not have."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} is not in the dataset")


class NotExecutableError(Exception):
    """The rule cannot be carried out: it asks for what the engine, or what it was given, does not have."""
