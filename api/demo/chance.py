"""
Lots that fall the same way on every run: whole numbers drawn from the SHA-256 of a name.

Nothing here is random. A draw depends on its name alone, never on the draws before it, so one
more event in the middle of a month leaves all the others as they were.
"""

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")

_BYTES = 8


def draw(name: str, below: int) -> int:
    """
    Return a whole number from 0 up to, not including, ``below``.

    >>> draw("coin", 2) == draw("coin", 2)
    True
    """
    return int.from_bytes(sha256(name.encode()).digest()[:_BYTES], "big") % below


class Lots:
    """Several draws that belong to one thing, each by its own place in the same hash."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._bytes = b""
        self._at = 0

    def below(self, below: int) -> int:
        """Return the next whole number from 0 up to, not including, ``below``."""
        if self._at + _BYTES > len(self._bytes):
            self._bytes += sha256(f"{self._name}#{len(self._bytes)}".encode()).digest()
        drawn = int.from_bytes(self._bytes[self._at : self._at + _BYTES], "big")
        self._at += _BYTES
        return drawn % below

    def between(self, least: int, most: int) -> int:
        """Return the next whole number between two bounds, both included."""
        return least + self.below(most - least + 1)

    def one_of(self, choices: Sequence[T], weights: tuple[int, ...]) -> T:
        """Return one of the choices, each as often as its whole weight says."""
        bounds = _bounds(weights)
        return choices[bisect_right(bounds, self.below(bounds[-1]))]


@lru_cache(maxsize=256)
def _bounds(weights: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(accumulate(weights))


def zipf(count: int, *, scale: int = 10_000) -> tuple[int, ...]:
    """
    Return whole weights of a Zipf order: the second half as much as the first, and so on.

    >>> zipf(4, scale=12)
    (12, 6, 4, 3)
    """
    return tuple(scale // rank for rank in range(1, count + 1))
