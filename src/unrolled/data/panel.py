"""A panel: many series on one grid of time, with what is known beside them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.data.frequency import Frequency

__all__ = ["Panel"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class Panel:
    """N series; the values of all stand one after another, one for each period from the first to the last of a series.

    ``first`` (N,): the period of each series' first value. ``offsets`` (N + 1,): where each begins in ``y``; a series
    may be empty. ``y``: values, NaN where there is none. ``cut``: whether a value was cut by what was available
    (sales while stock ran out), so that demand was at least that. ``past`` (len(y), P): covariates known of the past
    alone. ``future_offsets`` (N + 1,), ``future`` (., F): covariates that are known beyond the last value; those of a
    series start at the same period as its values and go on as far as they are known. ``static`` (N, S): one row a
    series. Categories stand as columns of 0 and 1; NaN where a covariate is missing.
    """

    ids: Sequence[str]
    frequency: Frequency
    first: Whole
    offsets: Whole
    y: Floats
    cut: NDArray[np.bool_]
    past: Floats
    future_offsets: Whole
    future: Floats
    static: Floats
    past_names: Sequence[str] = ()
    future_names: Sequence[str] = ()
    static_names: Sequence[str] = ()

    def __len__(self) -> int:
        """N, the number of series."""
        return len(self.ids)

    @property
    def lengths(self) -> Whole:
        """The number of periods of each series (N,)."""
        return np.diff(self.offsets)

    @property
    def last(self) -> Whole:
        """The period of each series' last value (N,); one before ``first`` where it is empty."""
        return self.first + self.lengths - 1
