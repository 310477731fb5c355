"""Classical forecasts beside a network's: seasonal naive, AutoETS, AutoTheta; Croston's and TSB for sparse series."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel

__all__ = ["ClassicalForecast", "classical_forecasts", "seasonal_naive"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True)
class ClassicalForecast:
    """``point`` (N, H) and, for ``levels`` (Q,) in rising order, ``quantiles`` (N, H, Q)."""

    point: Floats
    levels: Sequence[float]
    quantiles: Floats


def seasonal_naive(
    panel: Panel, last: Whole, horizon: int, season: int, levels: Sequence[float] = (0.025, 0.1, 0.5, 0.9, 0.975)
) -> ClassicalForecast:
    """The value of one season before, by numpy alone; ``last`` (N,): the period of the last value that is read."""
    raise NotImplementedError


def classical_forecasts(
    panel: Panel, last: Whole, horizon: int, season: int, show: bool | None = None
) -> dict[str, ClassicalForecast]:
    """Forecasts by the name of the method, that of seasonal naive last: alone where statsforecast is missing."""
    raise NotImplementedError
