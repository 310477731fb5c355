"""The last values of each series as they came, which pictures of a forecast begin with."""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.data.frequency import Frequency
from unrolled.data.panel import Panel

__all__ = ["RecentValues"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


class RecentValues(NamedTuple):
    """The last K values ``y`` (N, K) of N series, NaN where there is none, and whether each was ``cut`` (N, K)."""

    y: Floats
    cut: NDArray[np.bool_]

    @classmethod
    def of(cls, panel: Panel, size: int) -> Self:
        """Those of a panel."""
        places = panel.offsets[1:, None] + np.arange(-size, 0)  # (N, K)
        there = places >= panel.offsets[:-1, None]
        if not len(panel.y):
            return cls(np.full(places.shape, np.nan), np.zeros(places.shape, bool))
        places = np.where(there, places, 0)
        return cls(np.where(there, panel.y[places], np.nan), there & panel.cut[places])

    def rows(self, index: Whole) -> "RecentValues":
        """A copy of some series."""
        return RecentValues(self.y[index], self.cut[index])

    def put(self, index: Whole, other: "RecentValues") -> None:
        """Take over the values of some series."""
        for mine, its in zip(self, other, strict=True):
            mine[index] = its

    def add(self, rows: Whole, panel: Panel, missing: Whole) -> None:
        """Read in place a panel of further values of the series ``rows``; between there are ``missing`` periods."""
        size = self.y.shape[1]
        for i in np.flatnonzero(panel.lengths).tolist():
            part = slice(max(panel.offsets[i], panel.offsets[i + 1] - size), panel.offsets[i + 1])
            count = part.stop - part.start
            kept = max(size - count - int(missing[i]), 0)
            for row, values, nothing in (
                (self.y[rows[i]], panel.y[part], np.nan),
                (self.cut[rows[i]], panel.cut[part], False),
            ):
                row[:kept] = row[size - kept :].copy()
                row[kept : size - count] = nothing
                row[size - count :] = values

    def add_one(self, row: int, y: float, cut: bool) -> None:
        """Read in place the next value of a series."""
        for values, value in ((self.y[row], y), (self.cut[row], cut)):
            values[:-1] = values[1:]
            values[-1] = value

    def panel(self, ids: Sequence[str], frequency: Frequency, last: Whole) -> Panel:
        """A panel without covariates, each series from its first known value on to the period ``last`` (N,)."""
        known = ~np.isnan(self.y)
        size = self.y.shape[1]
        lengths = np.where(known.any(1), size - known.argmax(1), 0)
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        there = np.arange(size) >= size - lengths[:, None]
        count, none = len(ids), np.zeros((int(offsets[-1]), 0))
        ahead = np.zeros(count + 1, np.int64)
        y, cut, static = self.y[there], self.cut[there], np.zeros((count, 0))
        return Panel(ids, frequency, last + 1 - lengths, offsets, y, cut, none, ahead, np.zeros((0, 0)), static)
