"""Regular expressions: Polars' linear engine where it can, Python's `re` over the unique values else.

Rules are written for Python's `re`. Look-around and back-references are beyond a linear engine; with `re` a
pattern can take exponential time, so each evaluation has a time limit (where the platform can interrupt `re`,
else such a pattern must have no repetition inside a repetition).
"""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import FrameType

import polars as pl

from interop.rules.operand import Frame, Operand
from interop.rules.outcome import NotExecutableError

SECONDS = 2.0
# What `re` and the linear engine read differently or only `re` knows.
_ONLY_RE = re.compile(r"\(\?[=!<P]|\\[1-9ZA]|&&|~~|\[[^\]]*(--|\[)|\(\?\(")
_NESTED = re.compile(r"\([^()]*[+*}][^()]*\)[+*{]")


def matches(frame: Frame, operand: Operand, text: pl.Expr, pattern: str, *, start: bool) -> pl.Expr:
    """Whether the text matches, from its start or anywhere; null texts match nothing."""
    anchored = f"^(?:{pattern})" if start else pattern
    if linear(anchored):
        return text.str.contains(anchored).fill_null(False)
    compiled = compiled_by_re(pattern)
    find = compiled.match if start else compiled.search
    values = (pl.select(text) if operand.constant else frame.data.select(text.unique())).to_series()
    with limited(pattern):
        hits = [v for v in values.drop_nulls() if find(v)]
    return text.is_in(pl.Series(hits, dtype=pl.String).implode()).fill_null(False)


def found_in(frame: Frame, operand: Operand, pattern: str) -> pl.Expr:
    """The first part of the text that the pattern finds (its first group, where it has groups)."""
    compiled = compiled_by_re(pattern)
    text = operand.text
    if linear(pattern):
        return text.str.extract(pattern if compiled.groups else f"({pattern})", 1)
    values = (
        (pl.select(text) if operand.constant else frame.data.select(text.unique())).to_series().drop_nulls()
    )
    with limited(pattern):
        found = {v: m for v in values if (m := _first(compiled, v)) is not None}
    return text.replace_strict(list(found), list(found.values()), default=None, return_dtype=pl.String)


def replaced(values: Iterable[str], pattern: str, by: str) -> list[str]:
    """Each text with what the pattern finds replaced, in the notation of `re.sub`."""
    compiled = compiled_by_re(pattern)
    with limited(pattern):
        return [compiled.sub(by, v) for v in values]


def _first(compiled: re.Pattern[str], value: str) -> str | None:
    found = compiled.search(value)
    if found is None:
        return None
    return found.group(1) if compiled.groups else found.group(0)


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
def compiled_by_re(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise NotExecutableError(f"the regular expression {pattern!r} is not valid: {error}") from None


@contextmanager
def limited(pattern: str, seconds: float = SECONDS) -> Iterator[None]:
    """Stop `re` after `seconds`. It looks for signals while it backtracks, but only in the main thread."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        if _NESTED.search(pattern) and not linear(pattern):
            raise NotExecutableError(f"the regular expression {pattern!r} could take for ever")
        yield
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise NotExecutableError(f"the regular expression {pattern!r} takes more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
