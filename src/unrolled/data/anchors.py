"""Anchors: the values of a panel after which a forecast is made, to be learnt from or measured by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Chunks", "Pieces", "last_anchors"]

Whole = NDArray[np.int64]


def last_anchors(offsets: Whole, horizon: int, windows: int, step: int, least: int) -> Whole:
    """The last ``windows`` anchors of each series, ``step`` periods apart, whose horizon is over by its end.

    Only those that have ``least`` values up to them.
    """
    ends = offsets[1:, None] - 1 - horizon - step * np.arange(windows)[::-1]
    kept = ends - offsets[:-1, None] + 1 >= max(least, 1)
    return ends[kept].astype(np.int64)


@dataclass(frozen=True)
class Pieces:
    """Pieces of series to read, and the anchors in them: ``start`` and ``length`` (B,) of each in the values,
    ``anchors`` (B, A) as positions in the values."""

    start: Whole
    length: Whole
    anchors: Whole


class Chunks:
    """Pieces drawn at random from all series, for training.

    ``begins`` and ``ends`` (N,): the places in the values between which each series has its anchors and what comes
    after them. A piece has ``longest`` periods at most. Long series are drawn more often, by the square root of the
    number of their anchors.
    """

    def __init__(self, offsets: Whole, begins: Whole, ends: Whole, longest: int) -> None:
        last = ends - offsets[:-1] - 2  # of a series, the last anchor
        self.least = np.minimum(np.maximum(begins - offsets[:-1], 1), np.maximum(last + 1, 1))
        self.rows = np.flatnonzero(last + 1 >= self.least)
        self.offsets, self.ends, self.last, self.longest = offsets, ends, last, longest
        counts = (last - self.least + 2)[self.rows]
        self.anchors = int(counts.sum())
        self.share = np.sqrt(counts) / max(np.sqrt(counts).sum(), 1)

    def draw(self, rng: np.random.Generator, batch: int, anchors: int) -> Pieces:
        """``batch`` pieces with ``anchors`` each."""
        rows = rng.choice(self.rows, batch, p=self.share)
        least, last = self.least[rows] - 1, self.last[rows]
        end = least + (rng.random(batch) * (last - least + 1)).astype(np.int64)
        end = np.minimum(np.maximum(end, self.longest - 1), last)
        start = np.maximum(end - self.longest + 1, 0)
        first = np.minimum(np.maximum(least, np.where(start > 0, start + self.longest // 4, 0)), end)
        places = first[:, None] + (rng.random((batch, anchors)) * (end - first + 1)[:, None]).astype(np.int64)
        begin = self.offsets[rows]
        return Pieces(begin + start, end - start + 1, begin[:, None] + places)
