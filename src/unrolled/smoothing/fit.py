"""Fitting a bank of exponential smoothing by a grid over all series at once."""

import numpy as np
from numpy.typing import NDArray

from unrolled.smoothing.bank import Bank

__all__ = ["fit_bank"]


def fit_bank(
    y: NDArray[np.float64],
    offsets: NDArray[np.int64],
    cut: NDArray[np.bool_],
    seasons: tuple[int, ...],
    horizon: int,
) -> Bank:
    """The bank whose forecasts up to ``horizon`` periods ahead had the least error on the series' own past.

    ``y`` (T,): the values of N series one after another, NaN where missing; ``offsets`` (N + 1,): where each begins;
    ``cut`` (T,): whether a value was cut by what was available. ``seasons``: lengths in periods, (24, 168) for hours.
    """
    raise NotImplementedError
