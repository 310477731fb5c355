"""How good forecasts are: measures of a rolling evaluation, series by series, by utilsforecast."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.errors import InputError, MissingExtra

__all__ = [
    "LEVELS",
    "Forecast",
    "SeriesScores",
    "Window",
    "forecast_scores",
    "histories",
    "known_columns",
    "seasonal_scales",
]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]

LEVELS = 80, 95
"""The intervals that are measured, in per cent."""
_SHARES = np.array([0.025, 0.1, 0.9, 0.975])
_ENDS = "lo-95", "lo-80", "hi-80", "hi-95"


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

    ``windows`` is their number, ``scored`` that of the series with a value in one of them, ``unscaled`` that of those
    among them without a scale: constant ones, and those no longer than a season.
    """

    values: Mapping[str, Mapping[str, Floats]]
    windows: int
    scored: int
    unscaled: int

    def columns(self) -> dict[str, dict[str, float]]:
        """The mean of each measure over the series that have it, by the name of the method."""
        return {
            method: {name: float(np.nanmean(each)) for name, each in measures.items() if not np.isnan(each).all()}
            for method, measures in self.values.items()
        }


def forecast_scores(panel: Panel, windows: Sequence[Window], season: int) -> SeriesScores:
    """All measures of all methods in the windows, series by series.

    Winkler score, width and bias are in multiples of the scale of MASE, the mean absolute error of the seasonal naive
    forecast within the values up to the origin, so that series of all sizes count alike.
    """
    scores = [_window_scores(panel, window, season) for window in windows]
    values = {
        method: {name: _mean([score[name][method] for score in scores]) for name in scores[0]}
        for method in windows[0].forecasts
    }
    scored, scaled = (~np.isnan(next(iter(values.values()))[name]) for name in ("smape", "mase"))
    return SeriesScores(values, len(windows), int(scored.sum()), int((scored & ~scaled).sum()))


def seasonal_scales(panel: Panel, last: Whole, season: int) -> tuple[Floats, Floats]:
    """The scales of MASE and RMSSE (N,): of y[t] − y[t − season] up to the periods ``last``, the mean absolute value
    and the root of the mean square; NaN where they are 0, or where there is no such difference.
    """
    scales = np.full((2, len(panel)), np.nan)
    for row, values in enumerate(histories(panel, last)):
        errors = values[season:] - values[:-season]
        errors = errors[~np.isnan(errors)]
        if errors.any():
            scales[:, row] = np.abs(errors).mean(), np.sqrt((errors**2).mean())
    return scales[0], scales[1]


def histories(panel: Panel, last: Whole) -> Iterator[Floats]:
    """The values of each series up to its period in ``last`` (N,)."""
    for start, end, length in zip(panel.offsets, panel.offsets[1:], last - panel.first + 1, strict=False):
        yield panel.y[start : min(start + max(length, 0), end)]


def known_columns(panel: Panel, window: Window, level: Sequence[float]) -> Columns:
    """The columns of a window's periods that have a value to compare with, ``series`` for the place of the series."""
    horizon = next(iter(window.forecasts.values())).point.shape[1]
    steps = np.arange(1, horizon + 1)
    place = (window.last - panel.first)[:, None] + steps
    inside = (place < panel.lengths[:, None]) & (window.last >= panel.first)[:, None]
    at = np.where(inside, panel.offsets[:-1, None] + place, 0)
    truth = np.full(at.shape, np.nan)
    truth[inside] = np.where(panel.cut, np.nan, panel.y)[at[inside]]
    series, step = np.nonzero(~np.isnan(truth))
    cutoff = window.last[series]
    columns: Columns = {"series": series, "ds": cutoff + steps[step], "cutoff": cutoff, "y": truth[series, step]}
    for name, forecast in window.forecasts.items():
        values = {name: forecast.point}
        for one in level:
            values[f"{name}-lo-{one:g}"] = _quantile(forecast, 0.5 - one / 200)
            values[f"{name}-hi-{one:g}"] = _quantile(forecast, 0.5 + one / 200)
        for column, each in values.items():
            columns[column] = each[series, step]
            if not (finite := np.isfinite(columns[column])).all():
                raise InputError(f"{column} is no finite number for series {panel.ids[series[~finite][0]]}")
    return columns


def _quantile(forecast: Forecast, share: float) -> Floats:
    for place, one in enumerate(forecast.levels):
        if abs(one - share) < 1e-9:
            return forecast.quantiles[:, :, place]
    has = ", ".join(f"{one:g}" for one in forecast.levels)
    raise InputError(f"the forecasts have the quantiles {has}; expected {share:g} among them")


def _window_scores(panel: Panel, window: Window, season: int) -> dict[str, dict[str, Floats]]:
    """Each measure in one window: by the name of the method (N,), NaN for a series that has none."""
    try:
        import polars
        from utilsforecast import losses
    except ModuleNotFoundError as error:
        raise MissingExtra("utilsforecast", "train", "the evaluation of forecasts") from error
    known = known_columns(panel, window, LEVELS)
    series = known.pop("series")
    _ = known.pop("ds"), known.pop("cutoff")
    methods = list(window.forecasts)

    def measured(loss: Callable[..., Any], scale: Floats, models: Any = methods, **how: Any) -> dict[str, Floats]:
        """A loss by series, all values in multiples of ``scale``; series with NaN there are left out."""
        rows = np.flatnonzero(~np.isnan(scale[series]))
        ratios = {name: values[rows] / scale[series[rows]] for name, values in known.items()}
        table = loss(polars.DataFrame({"unique_id": series[rows], **ratios}), models, **how)
        scores = {name: np.full(len(panel), np.nan) for name in methods}
        for name, score in scores.items():
            score[table["unique_id"].to_numpy()] = table[name].to_numpy()
        return scores

    same, (absolute, root) = np.ones(len(panel)), seasonal_scales(panel, window.last, season)
    sold = np.where(np.bincount(series, known["y"] != 0, len(panel)) > 0, 1, np.nan)
    ends = {name: [f"{name}-{end}" for end in _ENDS] for name in methods}
    scores = {
        "mase": measured(losses.mae, absolute),
        "smape": {name: 2 * score for name, score in measured(losses.smape, same).items()},
        "rmsse": measured(losses.rmse, root),
        "scaled_crps": measured(losses.scaled_crps, sold, ends, quantiles=_SHARES),
    }
    for level in LEVELS:
        scores[f"winkler_{level}"] = measured(losses.winkler_score, absolute, level=level)
        scores[f"coverage_{level}"] = measured(losses.coverage, same, level=level)
        scores[f"width_{level}"] = {
            name: _by_series(series, known[f"{name}-hi-{level}"] - known[f"{name}-lo-{level}"], len(panel)) / absolute
            for name in methods
        }
    return {**scores, "bias": measured(losses.bias, absolute), "cfe": measured(losses.cfe, absolute)}


def _by_series(series: Whole, values: Floats, number: int) -> Floats:
    """The mean (N,) of the values of each series, NaN where it has none."""
    counts = np.bincount(series, minlength=number)
    return np.where(counts > 0, np.bincount(series, values, number) / np.maximum(counts, 1), np.nan)


def _mean(windows: Sequence[Floats]) -> Floats:
    """The mean (N,) over the windows that have a value; NaN where none has."""
    table = np.stack(windows)
    counts = (~np.isnan(table)).sum(0)
    return np.where(counts > 0, np.nansum(table, 0) / np.maximum(counts, 1), np.nan)
