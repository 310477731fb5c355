"""Classical forecasts beside a network's: seasonal naive, AutoETS, AutoTheta; Croston's and TSB for sparse series."""

import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.metrics.forecasts import LEVELS, histories
from unrolled.progress import remark, track

__all__ = ["SHARES", "ClassicalForecast", "Classics", "filled", "seasonal_naive"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

SHARES = 0.025, 0.1, 0.5, 0.9, 0.975
"""The quantiles of each forecast: the point, and the ends of the intervals of 80 and 95 %."""
_NORMAL = np.array([-1.959963984540054, -1.2815515655446004, 0, 1.2815515655446004, 1.959963984540054])
_LONGEST = 1_000  # values, or ten seasons where that is more, that AutoETS and AutoTheta read: more takes minutes
_SPARSE = 0.5  # share of zeros
_SPARSE_SERIES = 0.1  # share of sparse series in a panel
_SMOOTHING = 0.2  # both parameters of TSB
_CONFORMAL = 10  # windows, at most, of the conformal intervals of Croston's method and TSB
_COLUMNS = "lo-95", "lo-80", "mean", "hi-80", "hi-95"


@dataclass(frozen=True)
class ClassicalForecast:
    """``point`` (N, H) and, for ``levels`` (Q,) in rising order, ``quantiles`` (N, H, Q).

    A series without any value before the origin has NaN.
    """

    point: Floats
    levels: Sequence[float]
    quantiles: Floats


class _Model(Protocol):
    """What statsforecast's models do."""

    def forecast(self, *, y: Floats, h: int, level: list[int] | None) -> Mapping[str, Floats]: ...


class Classics:
    """The classical methods that suit a panel: AutoETS, AutoTheta, and seasonal naive, which is the last.

    CrostonSBA and TSB join them where, up to the periods ``last`` (N,), a tenth of the series have zeros in half of
    their periods. AutoETS and AutoTheta read the last 1,000 values of a series, or ten seasons where that is more.
    Where statsforecast is missing, seasonal naive is alone; it stands in for a forecast that statsforecast fails on.
    """

    def __init__(self, panel: Panel, last: Whole, horizon: int, season: int) -> None:
        self.panel, self.horizon, self.season = panel, horizon, season
        self.failed = 0
        self.models: dict[str, _Model] = {}
        if find_spec("statsforecast") is None:
            remark("statsforecast is not installed (pip install 'unrolled[train]'): seasonal naive alone is compared")
        else:
            zeros = [np.mean(y == 0) >= _SPARSE for y in histories(panel, last) if len(y)]
            self.models = _models(horizon, season, bool(zeros) and float(np.mean(zeros)) >= _SPARSE_SERIES)

    def forecasts(self, last: Whole, show: bool | None = None) -> dict[str, ClassicalForecast]:
        """Forecasts after the periods ``last`` (N,) by the name of the method; ``show`` draws a progress bar."""
        simple = seasonal_naive(self.panel, last, self.horizon, self.season)
        points = {name: simple.point.copy() for name in self.models}
        quantiles = {name: simple.quantiles.copy() for name in self.models}
        blocks = ((1, each) for each in enumerate(histories(self.panel, last)))
        for row, values in track(blocks, len(self.panel), "classical forecasts", show, "series"):
            y = filled(values, self.season)[-max(_LONGEST, 10 * self.season) :]
            for name, model in self.models.items():
                if (table := self._fitted(model, y)) is not None:
                    points[name][row], quantiles[name][row] = table[:, 2], np.sort(table, axis=1)
        made = {name: ClassicalForecast(points[name], SHARES, quantiles[name]) for name in self.models}
        return {**made, "SeasonalNaive": simple}

    def _fitted(self, model: _Model, y: Floats) -> Floats | None:
        """The point and the ends of the intervals of one series (H, 5); None where they cannot be had."""
        found: Mapping[str, Floats] = {}
        if len(y):
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                with suppress(Exception):  # whatever a library's fit may raise on a hard series
                    found = model.forecast(y=y, h=self.horizon, level=list(LEVELS))
            table = [found[name] for name in _COLUMNS if name in found]
            if len(table) == len(_COLUMNS) and np.isfinite(table).all():
                return np.stack(table, axis=1)
            self.failed += 1
        return None


def _models(horizon: int, season: int, sparse: bool) -> dict[str, _Model]:
    from statsforecast.models import TSB, AutoETS, AutoTheta, CrostonSBA
    from statsforecast.utils import ConformalIntervals

    models: dict[str, _Model] = {"AutoETS": AutoETS(season), "AutoTheta": AutoTheta(season)}
    if sparse:
        intervals = ConformalIntervals(n_windows=_CONFORMAL, h=horizon)
        models["CrostonSBA"] = CrostonSBA(prediction_intervals=intervals)
        models["TSB"] = TSB(_SMOOTHING, _SMOOTHING, prediction_intervals=intervals)
    return models


def seasonal_naive(panel: Panel, last: Whole, horizon: int, season: int) -> ClassicalForecast:
    """The value of one season before, or the last one of a shorter series; by numpy alone.

    ``last`` (N,): the period of each series' last value that is read. The intervals are those of Hyndman and
    Athanasopoulos (2021), section 5.5: σ√(k + 1), σ of the errors in the history, k full seasons before the step.
    """
    points = np.full((len(panel), horizon), np.nan)
    spread = np.full((len(panel), horizon), np.nan)
    steps = np.arange(horizon)
    for row, values in enumerate(histories(panel, last)):
        y = filled(values, season)
        if len(y):
            lag = season if len(y) >= season else 1
            errors = y[lag:] - y[:-lag]
            points[row] = y[len(y) - lag + steps % lag]
            spread[row] = np.sqrt((np.mean(errors**2) if len(errors) else 0) * (steps // lag + 1))
    return ClassicalForecast(points, SHARES, points[:, :, None] + spread[:, :, None] * _NORMAL)


def filled(values: Floats, season: int) -> Floats:
    """Gaps filled with the value one season before, else with that one season later, else on a line between values.

    Without any value it is empty.
    """
    y = values.copy()
    for gaps, step in ((np.flatnonzero(np.isnan(y)), -season), (np.flatnonzero(np.isnan(y))[::-1], season)):
        for t in gaps:
            if np.isnan(y[t]) and 0 <= t + step < len(y):
                y[t] = y[t + step]
    gaps = np.isnan(y)
    if gaps.all():
        return y[:0]
    y[gaps] = np.interp(np.flatnonzero(gaps), np.flatnonzero(~gaps), y[~gaps])
    return y
