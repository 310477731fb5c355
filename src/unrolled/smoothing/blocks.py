"""Series side by side, as a grid takes them: gaps filled, the seasons' shapes found, of one size."""

from typing import NamedTuple

import numpy as np

from unrolled.smoothing.profiles import filled, profiles, repeated, slopes
from unrolled.smoothing.state import Flags, Floats, Whole

__all__ = ["Block", "Panel", "blocked"]

SPARSE = 0.3
"""From this share of zeros on a series is sparse: smoothed by its level alone, slowly."""
SHARE_OF_SLOPE = 0.7
"""Of the straight line: half as in Theta (Assimakopoulos and Nikolopoulos 2000) and some more, as the other damps."""


class Panel(NamedTuple):
    """The series to fit: their values one after another, where each begins, and which values were cut by stock."""

    y: Floats
    offsets: Whole
    cut: Flags

    def some(self, index: Whole) -> "Panel":
        """Some of the series."""
        lengths = np.diff(self.offsets)[index]
        offsets = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])
        at = np.arange(offsets[-1]) + np.repeat(self.offsets[index] - offsets[:-1], lengths)
        return Panel(self.y[at], offsets, self.cut[at])

    def positive(self) -> Flags:
        """Which series can be smoothed in logarithms (N,): those of values above 0, none vanishingly small."""
        log = np.zeros(len(self.offsets) - 1, dtype=np.bool_)
        for i, (begin, end) in enumerate(zip(self.offsets[:-1], self.offsets[1:], strict=True)):
            seen = self.y[begin:end][~np.isnan(self.y[begin:end])]
            log[i] = len(seen) > 0 and seen.min() > seen.mean() / 1000
        return log


class Block(NamedTuple):
    """n series side by side (T, n), the longest first, in z and divided by ``scale`` (n,).

    ``shapes``: the seasons', (m, n) each. ``drift`` (n,): the slope that a member without a trend of its own follows.
    ``sparse``, ``log``, ``floor`` (n,): as in a `Bank`. ``size`` (n,): how large a unit of z is, in y's.
    """

    z: Floats
    lengths: Whole
    shapes: list[Floats]
    drift: Floats
    sparse: Flags
    log: Flags
    floor: Floats
    scale: Floats
    size: Floats


def blocked(panel: Panel, log: Flags, seasons: tuple[int, ...]) -> Block:
    """The series of a panel side by side; the longest must come first, and each has a value at least, maybe missing."""
    lengths = np.diff(panel.offsets)
    t = np.arange(lengths[0])[:, None]
    within = t < lengths
    at = panel.offsets[:-1] + np.where(within, t, 0)
    y = panel.y[at]
    seen = within & ~np.isnan(y)
    y = np.where(seen, y, 0.0)
    count = np.maximum(seen.sum(axis=0), 1)
    sparse = (seen & (y == 0)).sum(axis=0) > SPARSE * count
    mean = np.abs(y).sum(axis=0) / count
    scale = np.where(log | (mean == 0), 1.0, mean)
    z = np.where(log, np.log(np.where(seen & log, y, 1.0)), y / scale)
    cut = panel.cut[at]
    whole = seen & ~cut
    whole = np.where(whole.any(axis=0), whole, seen)
    shapes = [shape * ~sparse for shape in profiles(z, whole, lengths, seasons)]
    z = np.where(within, filled(z, whole, np.where(seen & cut, z, -np.inf), shapes), 0.0)
    season = sum((repeated(shape, len(z)) for shape in shapes), np.zeros_like(z))
    drift = np.where(sparse, 0.0, SHARE_OF_SLOPE * slopes(z - season, lengths))
    floor = np.where(log, np.where(seen, y, np.inf).min(axis=0) / 2, 1.0)
    return Block(z, lengths, shapes, drift, sparse, log, floor, scale, np.where(log, mean, scale))
