"""Rolling evaluation: forecasts from several origins of the past, and what they are worth beside classical ones."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.classical import Classics
from unrolled.data.panel import Panel
from unrolled.errors import InputError
from unrolled.metrics.evaluation import Evaluation
from unrolled.metrics.forecasts import Forecast, SeriesScores, Window, forecast_scores
from unrolled.metrics.verdict import verdict

__all__ = ["NETWORK", "origins", "rolling_evaluation"]

Whole = NDArray[np.int64]

NETWORK = "Forecaster"
"""The name of the network's columns."""
MOST_FITS = 1_000
"""Series × windows that classical methods are fitted to; of more series, so many are drawn by chance."""


def origins(panel: Panel, horizon: int, n_windows: int = 1, step_size: int | None = None) -> list[Whole]:
    """The last period (N,) that each window reads of each series, the earliest window first.

    The last window ends with the last value of each series; each begins ``step_size`` periods (None: a horizon) after
    the one before. A series that has no value left before an origin takes no part in that window.
    """
    step = horizon if step_size is None else step_size
    for name, value in (("n_windows", n_windows), ("step_size", step)):
        if value < 1:
            raise InputError(f"{name} is {value}; expected at least 1", name)
    found = [panel.last - horizon - back * step for back in reversed(range(n_windows))]
    if (found[0] < panel.first).all():
        longest, needed = int(panel.lengths.max(initial=0)), horizon + (n_windows - 1) * step
        windows = f"{n_windows:,} windows, {step:,} apart, each" if n_windows > 1 else "a window"
        raise InputError(
            f"the longest series is of length {longest:,}; expected more than {needed:,}, for {windows} of length "
            f"{horizon:,}, and values before"
        )
    return found


def rolling_evaluation(
    panel: Panel,
    last: Sequence[Whole],
    forecast: Callable[[Whole], Forecast],
    horizon: int,
    season: int,
    show: bool | None = None,
) -> Evaluation:
    """``forecast`` from each of the `origins` beside the classical methods: all measures, and a verdict in words.

    Where there are many series, all are measured on those that the classical methods are fitted to, drawn by chance.
    """
    chosen = _chosen(len(panel), max(MOST_FITS // len(last), 1))
    compared = [np.where(chosen, each, panel.first - 1) for each in last]  # the others begin after the origin
    classics = Classics(panel, compared[0], horizon, season)
    windows = [
        Window(each, {NETWORK: forecast(whole), **classics.forecasts(each, show)})
        for whole, each in zip(last, compared, strict=True)
    ]
    scores = forecast_scores(panel, windows, season)
    if not scores.scored:
        raise InputError("no window has a value to compare forecasts with")
    columns = {name: {**measures, "series": float(scores.scored)} for name, measures in scores.columns().items()}
    return Evaluation.of(columns, "\n".join([*_remarks(scores, horizon, chosen, classics.failed), verdict(scores)]))


def _chosen(series: int, most: int) -> NDArray[np.bool_]:
    """Which series (N,) are compared: all, or ``most`` of them drawn by chance, the same ones every time."""
    chosen = np.zeros(series, bool)
    chosen[np.random.default_rng(0).permutation(series)[:most]] = True
    return chosen


def _remarks(scores: SeriesScores, horizon: int, chosen: NDArray[np.bool_], failed: int) -> list[str]:
    """What a reader of the table should know of the data."""
    lines = [f"windows: {scores.windows:,} of {horizon:,} periods; series: {scores.scored:,}"]
    if not chosen.all():
        lines[0] += f", of {int(chosen.sum()):,} drawn by chance from {len(chosen):,}"
    if scores.unscaled:
        lines.append(
            f"{scores.unscaled:,} constant or short series have no scale: mase, rmsse and others leave them out"
        )
    if failed:
        lines.append(f"seasonal naive stands in for {failed:,} classical forecasts that could not be made")
    return lines
