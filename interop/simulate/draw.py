"""Random numbers of one subject: a stream of its own, so that more subjects change no other.

Everything is made of uniform numbers of PCG64, whose stream NumPy keeps from release to release.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import TypeVar

import numpy as np

T = TypeVar("T")
COURSE, TIDY, LATE, PAST, LAB, DEATH, REMARK = range(7)
"""Streams of a subject: its course, details of its forms, visits that come too late, its past, its blood,
what it dies of, what is said of it."""
_BLOCK = 128
_NORMAL = NormalDist()
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Draw:
    """Draws of one stream of one subject; `seed` and `subject` are not negative."""

    def __init__(self, seed: int, subject: int, stream: int) -> None:
        self._bits = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(subject, stream)))
        self._block: list[float] = []

    def uniform(self) -> float:
        if not self._block:
            self._block = np.random.Generator(self._bits).random(_BLOCK).tolist()
        return self._block.pop()

    def chance(self, probability: float) -> bool:
        return self.uniform() < probability

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self.uniform()

    def days(self, span: tuple[int, int]) -> int:
        """A whole number of days, both ends possible."""
        return span[0] + int((span[1] - span[0] + 1) * self.uniform())

    def pick(self, among: Sequence[T]) -> T:
        return among[int(len(among) * self.uniform())]

    def weighted(self, weights: Mapping[str, float]) -> str:
        left = self.uniform() * sum(weights.values())
        for name, weight in weights.items():
            left -= weight
            if left < 0:
                return name
        return list(weights)[-1]

    def normal(self, mean: float = 0.0, spread: float = 1.0) -> float:
        return mean + spread * _NORMAL.inv_cdf(min(max(self.uniform(), 1e-12), 1 - 1e-12))

    def exponential(self, mean: float) -> float:
        return -mean * math.log(1.0 - self.uniform())

    def normals(self, count: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Normal numbers by Box and Muller."""
        half = (count + 1) // 2
        u = np.random.Generator(self._bits).random(2 * half)
        radius = np.sqrt(-2.0 * np.log1p(-u[:half]))
        angle = 2.0 * np.pi * u[half:]
        return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]


def shares(
    seed: int,
    what: int,
    subject: np.ndarray[tuple[int], np.dtype[np.uint64]],
    nth: np.ndarray[tuple[int], np.dtype[np.uint64]],
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A number from 0 to 1 for the nth row of each subject, by a hash (splitmix64) of the four alone."""
    with np.errstate(over="ignore"):
        x = _mixed(np.full(subject.shape, seed & 0xFFFFFFFFFFFFFFFF, np.uint64))
        for part in (
            np.full(subject.shape, what, np.uint64),
            subject.astype(np.uint64),
            nth.astype(np.uint64),
        ):
            x = _mixed(x ^ part)
    return (x >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _mixed(x: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    x = x + _GOLDEN
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
