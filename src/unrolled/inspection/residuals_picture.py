"""The picture of residuals: actual value less forecast, over time and as a distribution."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unrolled.data.frequency import Frequency
from unrolled.inspection.figures import Look
from unrolled.inspection.scales import label_stamps, label_values, name_of, places, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_residuals"]

Floats = NDArray[np.float64]
MOST_SERIES = 6  # on a page
BINS = 24


def draw_residuals(
    look: Look, ids: Sequence[str], frequency: Frequency, periods: NDArray[np.int64], residuals: Floats, title: str
) -> "Figure":
    """Draw the ``residuals`` (N, T) of N series at ``periods`` (N, T), NaN where there is none.

    Each series is a row, over time and as a distribution beside it; of more than 6 series the first 6.
    """
    from matplotlib.figure import Figure

    count = min(len(ids), MOST_SERIES)
    figure = Figure(figsize=(10.0, 2.3 * count + 0.6))
    some = f", {count} of {len(ids)} series" if count < len(ids) else ""
    figure.suptitle(title + some)
    grid = figure.subplots(count, 2, squeeze=False, sharey="row", width_ratios=[4, 1])
    for i, (over_time, spread) in enumerate(grid):
        there = np.isfinite(residuals[i])
        values = residuals[i][there]
        over_time.set_title(f"{name_of(ids[i], 4.0)}: {_in_words(values)}")
        if len(values):
            _draw_over_time(over_time, look, places(frequency, periods[i][there]), values)
            _draw_spread(spread, look, values)
            label_values(over_time)
            label_stamps(over_time, frequency)
        else:
            over_time.set_axis_off()
            spread.set_axis_off()
    grid[0][0].set_ylabel("actual less forecast", fontsize=8)
    grid[-1][1].set_xlabel("how many", fontsize=8)
    return figure


def _in_words(values: Floats) -> str:
    if not len(values):
        return "there are none"
    return f"mean {written(float(values.mean()), 3)}, standard deviation {written(float(values.std()), 3)}"


def _draw_over_time(axes: "Axes", look: Look, at: NDArray[np.generic], values: Floats) -> None:
    axes.plot(at, values, ".", color=look.series[0], markersize=4, alpha=0.8)
    axes.axhline(0, color=look.ink, linewidth=0.8)


def _draw_spread(axes: "Axes", look: Look, values: Floats) -> None:
    from matplotlib.ticker import MaxNLocator

    counts, edges = np.histogram(values, bins=BINS)
    axes.barh(edges[:-1], counts, np.diff(edges), align="edge", color=look.series[0], alpha=0.8)
    axes.axhline(0, color=look.ink, linewidth=0.8)
    axes.axhline(float(values.mean()), color=look.series[1], linewidth=1.2, linestyle="--")
    axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.tick_params(axis="both", labelsize=8, labelleft=False)
