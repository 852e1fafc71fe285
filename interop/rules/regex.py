"""Regular expressions: Polars' linear engine where it can, else value by value with a time limit.

Rules are written for Python's `re`. Look-around and back-references are beyond a linear engine, and an engine
that has them can take exponential time over thirty letters. `re` can be stopped by signals alone, which
threads and Windows do not have; the `regex` package, which reads the same patterns, looks at the clock.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

import polars as pl
import regex

from interop.rules.operand import Frame, Operand
from interop.rules.outcome import NotExecutableError

T = TypeVar("T")
SECONDS = 2.0
"""Time for all values of a variable, and beside it `EACH` for each: thrice what a plain pattern takes."""
EACH = 50e-6
MAX_LENGTH = 10_000
# What `re` and the linear engine read differently or only `re` knows.
_ONLY_RE = re.compile(r"\(\?[=!<P]|\\[1-9ZA]|&&|~~|\[[^\]]*(--|\[)|\(\?\(")
# A brace that begins no repetition: for `re` it is itself, for `regex` a fuzzy match. What is escaped stays.
_BRACE = re.compile(r"(\\N\{[^}]*\}|\\.)|\{(?!\d*(?:,\d*)?\})", re.DOTALL)


def matches(frame: Frame, operand: Operand, text: pl.Expr, pattern: str, *, start: bool) -> pl.Expr:
    """Whether the text matches, from its start or anywhere; null texts match nothing."""
    anchored = f"^(?:{pattern})" if start else pattern
    if linear(anchored):
        return text.str.contains(anchored).fill_null(False)
    compiled = compiled_by_re(pattern)
    find = compiled.match if start else compiled.search
    values = _values(frame, operand, text)
    found = compiled.each(values, find)
    hits = [v for v, m in zip(values, found, strict=True) if m]
    return text.is_in(pl.Series(hits, dtype=pl.String).implode()).fill_null(False)


def found_in(frame: Frame, operand: Operand, pattern: str) -> pl.Expr:
    """The first part of the text that the pattern finds (its first group, where it has groups)."""
    compiled = compiled_by_re(pattern)
    text = operand.text
    if linear(pattern):
        return text.str.extract(pattern if compiled.groups else f"({pattern})", 1)
    values = _values(frame, operand, text)
    found = zip(values, compiled.each(values, compiled.search), strict=True)
    first = {v: part for v, m in found if m and (part := m.group(min(compiled.groups, 1))) is not None}
    return text.replace_strict(list(first), list(first.values()), default=None, return_dtype=pl.String)


def replaced(values: Sequence[str], pattern: str, by: str) -> list[str | None]:
    """Each text with what the pattern finds replaced, as `re.sub` does; None where it finds nothing."""
    compiled = compiled_by_re(pattern)

    def work(text: str, seconds: float) -> str | None:
        found, count = compiled.regex.subn(by, text, timeout=seconds)
        return str(found) if count else None

    try:
        return compiled.each(values, work)
    except (regex.error, IndexError) as error:
        raise NotExecutableError(f"the replacement {by!r} is not valid: {error}") from None


def _values(frame: Frame, operand: Operand, text: pl.Expr) -> list[str]:
    found = pl.select(text) if operand.constant else frame.data.select(text.unique())
    return found.to_series().drop_nulls().to_list()


@dataclass(frozen=True)
class Pattern:
    """A compiled pattern. NotExecutableError where it takes longer than it may."""

    pattern: str
    groups: int
    regex: regex.Pattern[str] = field(repr=False)

    def match(self, text: str, seconds: float | None = None) -> regex.Match[str] | None:
        """Where the pattern matches from the text's start."""
        return self._limited(lambda: self.regex.match(text, timeout=seconds or SECONDS))

    def search(self, text: str, seconds: float | None = None) -> regex.Match[str] | None:
        """Where the pattern matches first."""
        return self._limited(lambda: self.regex.search(text, timeout=seconds or SECONDS))

    def each(self, texts: Sequence[str], work: Callable[[str, float], T]) -> list[T]:
        """`work` on every text with the seconds that are left for it."""
        end = time.process_time() + SECONDS + EACH * len(texts)

        def left() -> float:
            return max(end - time.process_time(), 1e-3)

        return self._limited(lambda: [work(t, left()) for t in texts])

    def _limited(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except TimeoutError:
            raise NotExecutableError(
                f"the regular expression {self.pattern!r} takes more than {SECONDS:g} s"
            ) from None


@lru_cache(maxsize=2048)
def linear(pattern: str) -> bool:
    """The linear engine reads the pattern, and as `re` does."""
    if _ONLY_RE.search(pattern):
        return False
    try:
        pl.Series([""]).str.contains(pattern)
    except pl.exceptions.ComputeError:
        return False
    return True


@lru_cache(maxsize=2048)
def compiled_by_re(pattern: str) -> Pattern:
    """A pattern that `re` accepts, and read as `re` reads it. NotExecutableError where it does not."""
    if len(pattern) > MAX_LENGTH:
        raise NotExecutableError(f"a regular expression of {len(pattern):,} letters is not read")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of sets within sets, which neither knows
            groups = re.compile(pattern).groups
            plain = _BRACE.sub(lambda m: m[1] or r"\{", pattern)
            return Pattern(pattern, groups, regex.compile(plain, regex.VERSION0))
    except (re.error, regex.error, OverflowError, RecursionError) as error:
        shown = pattern if len(pattern) < 200 else f"{pattern[:200]} …"
        raise NotExecutableError(f"the regular expression {shown!r} is not valid: {error}") from None
