"""Where a bank of exponential smoothing stands, and what it went through."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Flags", "Floats", "State", "Track", "Whole"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


class State(NamedTuple):
    """Where the members of N series stand: all in z, the values of a series or their logarithms.

    ``level``, ``trend`` (N, M). ``season`` (N, M, K): the rings of all seasons one after another, K the sum of their
    lengths. ``position`` (N,): how many values were read.
    """

    level: Floats
    trend: Floats
    season: Floats
    position: Whole

    def rows(self, index: Whole | slice) -> "State":
        """A copy of some series, or of the same ones repeatedly; views of a slice."""
        return State(self.level[index], self.trend[index], self.season[index], self.position[index])

    def put(self, index: Whole, other: "State") -> None:
        """Write the states of some series back."""
        for mine, theirs in zip(self, other, strict=True):
            mine[index] = theirs


class Track(NamedTuple):
    """What a bank went through, aligned with the T values that it read.

    ``forecast`` (T,): the one-step forecast made before each value, in y's units. After each value, in z: ``level``
    and ``trend`` (T, M), and ``season`` (T, M, S), the entries that were just written, one for each of S seasons.
    ``offsets`` (N + 1,): where each series begins.
    """

    forecast: Floats
    level: Floats
    trend: Floats
    season: Floats
    offsets: Whole

    def part(self, begin: int, end: int) -> "Track":
        """A view of the values from begin to end."""
        at = slice(begin, end)
        return Track(self.forecast[at], self.level[at], self.trend[at], self.season[at], self.offsets)
