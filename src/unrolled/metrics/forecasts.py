"""How good forecasts are: measures of a rolling evaluation, series by series, by utilsforecast."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel

__all__ = ["LEVELS", "Forecast", "SeriesScores", "Window", "cross_validation_frame", "forecast_scores", "verdict"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

LEVELS = 80, 95
"""The intervals that are measured, in per cent."""


class Forecast(Protocol):
    """The next H periods of N series: ``point`` (N, H) and, for ``levels`` (Q,), ``quantiles`` (N, H, Q)."""

    @property
    def point(self) -> Floats: ...
    @property
    def levels(self) -> Sequence[float]: ...
    @property
    def quantiles(self) -> Floats: ...


class Window(NamedTuple):
    """What several methods forecast, by name, from the values up to the periods ``last`` (N,) of the series."""

    last: Whole
    forecasts: Mapping[str, Forecast]


class SeriesScores(NamedTuple):
    """``values``: each measure of each method by their names, (N,) means over the windows, NaN where there is none.

    ``windows`` is their number, ``skipped`` the number of series without a scale: constant or too short ones.
    """

    values: Mapping[str, Mapping[str, Floats]]
    windows: int
    skipped: int

    def columns(self) -> dict[str, dict[str, float]]:
        """The mean of each measure over the series, by the name of the method."""
        raise NotImplementedError


def cross_validation_frame(
    panel: Panel, windows: Sequence[Window], level: Sequence[int] = LEVELS, backend: str = "pandas"
) -> Any:
    """The table that utilsforecast's ``evaluate`` reads: unique_id, ds, cutoff, y, NAME, NAME-lo-80, NAME-hi-80, ...

    Periods without a value, and those whose value was cut by what was available, have no row. ``backend``: pandas or
    polars.
    """
    raise NotImplementedError


def forecast_scores(panel: Panel, windows: Sequence[Window], season: int) -> SeriesScores:
    """All measures of all methods in the windows, series by series."""
    raise NotImplementedError


def verdict(scores: SeriesScores) -> str:
    """One line: whether the first method is worth it beside the others, by MASE and a sign test over the series."""
    raise NotImplementedError
