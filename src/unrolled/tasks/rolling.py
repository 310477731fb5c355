"""Rolling evaluation: forecasts from several origins of the past, and what they are worth beside classical ones."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.metrics.evaluation import Evaluation
from unrolled.metrics.forecasts import Forecast

__all__ = ["origins", "rolling_evaluation"]

Whole = NDArray[np.int64]


def origins(panel: Panel, horizon: int, n_windows: int, step_size: int) -> list[Whole]:
    """The last period (N,) that each window reads of each series, the earliest window first.

    The last window ends with the last value of each series; each begins ``step_size`` periods after the one before.
    """
    return [panel.last - horizon - back * step_size for back in reversed(range(n_windows))]


def rolling_evaluation(
    panel: Panel,
    last: list[Whole],
    forecast: Callable[[Whole], Forecast],
    horizon: int,
    season: int,
    show: bool | None = None,
) -> Evaluation:
    """``forecast`` of each of the `origins` beside the classical forecasts: all measures, and a verdict in words."""
    raise NotImplementedError
