"""What a forecast is: quantiles of each series' next periods, and joint sample paths of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.data.frequency import Frequency

__all__ = ["Forecasts", "Paths"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Forecasts:
    """``point`` (N, H) and, for ``levels`` (Q,) in rising order, ``quantiles`` (N, H, Q), which do not cross.

    ``last`` (N,): the period of each series' last value; step h of the horizon is period ``last + 1 + h``.
    """

    ids: Sequence[str]
    frequency: Frequency
    last: NDArray[np.int64]
    point: Floats
    levels: Sequence[float]
    quantiles: Floats


@dataclass(frozen=True)
class Paths:
    """Joint sample paths ``values`` (N, P, H): each is one way in which the next H periods may go."""

    ids: Sequence[str]
    frequency: Frequency
    last: NDArray[np.int64]
    values: Floats
