"""A bank of exponential smoothing: M members for each of N series, with additive errors.

With z the value (or its logarithm), the members of a series each move on by

    e = z − (l + φ·b + Σ s),   l ← l + φ·b + α·e,   b ← φ·b + β·e,   s ← s + γ·e    (Hyndman et al. 2008, ch. 3)

where s are the entries of the seasons' rings for this period. A missing value has e = 0; a value that was cut by what
was available has e = max(e, 0). The combined forecast is the weighted mean of the members' in z.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bank", "State", "Track"]

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

    def rows(self, index: Whole) -> "State":
        """A copy of some series, or of the same ones repeatedly."""
        return State(*(entry[index] for entry in self))


class Track(NamedTuple):
    """What a bank went through, aligned with the values y that it read, T in all.

    ``forecast`` (T,): the one-step forecast made before each value, in y's units. After each value, in z: ``level``
    (T,) and ``season`` (T, S), the weighted means over members, the latter of the entries that were just written, one
    for each of S seasons; ``trend`` (T, M). ``offsets`` (N + 1,): where each series begins.
    """

    forecast: Floats
    level: Floats
    trend: Floats
    season: Floats
    offsets: Whole


@dataclass(frozen=True)
class Bank:
    """The parameters of N series, M members each; K is the sum of ``seasons`` and S their number.

    ``alpha``, ``beta``, ``phi``, ``weight`` (N, M), ``gamma`` (N, M, S). Where a member begins: ``level``, ``trend``
    (N, M), ``season`` (N, K), for all members alike. ``log`` (N,): whether a series is smoothed in logarithms, and
    ``floor`` (N,): the least value whose logarithm is taken then. ``seasons`` (S,): their lengths in periods.
    """

    alpha: Floats
    beta: Floats
    gamma: Floats
    phi: Floats
    weight: Floats
    level: Floats
    trend: Floats
    season: Floats
    log: Flags
    floor: Floats
    seasons: Whole

    def __len__(self) -> int:
        """N, the number of series."""
        return len(self.alpha)

    def rows(self, index: Whole) -> "Bank":
        """The bank of some series, or of the same ones repeatedly."""
        raise NotImplementedError

    def start(self) -> State:
        """The states of all series before their first value."""
        raise NotImplementedError

    def step(self, state: State, y: Floats, cut: Flags) -> Floats:
        """Read one value of each series, y (N,): moves ``state`` on in place and returns y − the one-step forecast.

        NaN where y is missing.
        """
        raise NotImplementedError

    def forecast(self, state: State, horizon: int) -> Floats:
        """The next values (N, horizon), in y's units."""
        raise NotImplementedError

    def run(self, y: Floats, offsets: Whole, cut: Flags) -> tuple[Track, State]:
        """Read all values of all series from their start: what `step` does for one after another, to the same bits."""
        raise NotImplementedError

    def centre(self, track: Track, anchors: Whole, horizon: int) -> Floats:
        """The forecasts (A, horizon) made after the value at each anchor, a position in y, in y's units."""
        raise NotImplementedError

    def deviation(self, track: Track, y: Floats) -> Floats:
        """The typical size of a one-step error (N,), in y's units: positive and finite for every series."""
        raise NotImplementedError
