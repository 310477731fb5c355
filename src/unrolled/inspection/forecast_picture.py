"""The picture of forecasts: history, point forecast and intervals of several series, a panel each."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unrolled.data.panel import Panel
from unrolled.inference.forecasts import Forecasts
from unrolled.inspection.figures import Look
from unrolled.inspection.scales import columns_of, label_stamps, label_values, name_of, places

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["MOST_SERIES", "draw_forecasts", "shown_intervals"]

Floats = NDArray[np.float64]
MOST_SERIES = 12  # on a page
MOST_INTERVALS = 3  # that an eye can tell apart
SIZES = {1: (9.6, 4.0), 2: (5.6, 2.9), 3: (4.6, 2.4)}  # inches of a panel, by the number of columns
SHOWN = (3, 48)  # of the history at least so many horizons, and so many values


def draw_forecasts(
    look: Look, history: Panel, forecasts: Forecasts, title: str, actual: Floats | None = None
) -> "Figure":
    """Draw each series' last values, its point forecast and its intervals; of more than 12 series the first 12.

    ``history`` and ``forecasts`` have the same series in the same order. ``actual`` (N, H): the values that came, NaN
    where none did.
    """
    from matplotlib.figure import Figure

    count = min(len(forecasts.ids), MOST_SERIES)
    columns = columns_of(count)
    width, height = SIZES[columns]
    rows = -(-count // columns)
    figure = Figure(figsize=(columns * width, rows * height + 0.8))
    some = f", {count} of {len(forecasts.ids)} series" if count < len(forecasts.ids) else ""
    figure.suptitle(title + some)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for i, axes in enumerate(grid):
        axes.set_visible(i < count)
        if i < count:
            _draw_intervals(axes, look, forecasts, i)
            _draw_history(axes, look, history, forecasts, i)
            _draw_forecast(axes, look, forecasts, i, None if actual is None else actual[i])
            axes.set_title(name_of(forecasts.ids[i], width - 0.7))
            label_stamps(axes, forecasts.frequency)
            label_values(axes)
    _add_legend(figure, list(grid[:count]))
    return figure


def shown_intervals(levels: Sequence[float]) -> list[tuple[float, int, int]]:
    """The central intervals between levels that stand about the middle, widest first: nominal coverage, two indices.

    Of more than three those next to 95, 80 and 50 %.
    """
    found = [
        (round(levels[-1 - i] - levels[i], 9), i, len(levels) - 1 - i)
        for i in range(len(levels) // 2)
        if abs(levels[i] + levels[-1 - i] - 1) < 1e-6
    ]
    if len(found) <= MOST_INTERVALS:
        return found
    kept = {min(found, key=lambda one: abs(one[0] - wanted)) for wanted in (0.95, 0.8, 0.5)}
    return sorted(kept, reverse=True)


def _steps(forecasts: Forecasts, i: int) -> NDArray[np.generic]:
    """Where the steps of a series' horizon stand."""
    return places(forecasts.frequency, forecasts.last[i] + 1 + np.arange(forecasts.point.shape[1]))


def _lone(values: Floats) -> NDArray[np.bool_]:
    """Values without a neighbour, of which a line shows nothing."""
    there = np.concatenate([[False], np.isfinite(values), [False]])
    lone: NDArray[np.bool_] = there[1:-1] & ~there[:-2] & ~there[2:]
    return lone


def _line(axes: "Axes", at: NDArray[np.generic], values: Floats, label: str, colour: str, style: str = "-") -> None:
    axes.plot(at, values, style, color=colour, linewidth=1.4, label=label)
    lone = _lone(values)
    axes.plot(at[lone], values[lone], ".", color=colour, markersize=4)


def _draw_history(axes: "Axes", look: Look, history: Panel, forecasts: Forecasts, i: int) -> None:
    least, values = SHOWN
    begin, end = history.offsets[i], history.offsets[i + 1]
    begin = max(begin, end - max(least * forecasts.point.shape[1], values))
    at = places(history.frequency, history.first[i] + np.arange(begin, end) - history.offsets[i])
    y, cut = history.y[begin:end], history.cut[begin:end]
    _line(axes, at, y, "history", look.ink)
    if (cut & np.isfinite(y)).any():
        axes.plot(at[cut], y[cut], "^", color=look.series[3], markersize=4, label="cut by stock: at least so much")


def _draw_intervals(axes: "Axes", look: Look, forecasts: Forecasts, i: int) -> None:
    at, blue = _steps(forecasts, i), look.series[0]
    intervals = shown_intervals(forecasts.levels)
    for k, (nominal, low, high) in enumerate(intervals):
        strength = 0.18 + 0.3 * k / max(len(intervals) - 1, 1)
        lower, upper = forecasts.quantiles[i, :, low], forecasts.quantiles[i, :, high]
        label = f"{100 * nominal:g} % interval"
        if len(at) == 1:
            axes.plot([at[0], at[0]], [lower[0], upper[0]], color=blue, alpha=strength, linewidth=8, label=label)
        else:
            axes.fill_between(at, lower, upper, color=blue, alpha=strength, linewidth=0, label=label)


def _draw_forecast(axes: "Axes", look: Look, forecasts: Forecasts, i: int, actual: Floats | None) -> None:
    at = _steps(forecasts, i)
    if actual is not None:
        _line(axes, at, actual, "actual", look.series[1])
    _line(axes, at, forecasts.point[i], "forecast", look.series[0])


def _add_legend(figure: "Figure", grid: "list[Axes]") -> None:
    """One legend for all panels, below them."""
    found = {
        label: handle
        for axes in grid
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        if not label.startswith("_")
    }
    first = [label for label in ("history", "forecast", "actual") if label in found]
    labels = [*first, *(label for label in found if label not in first)]
    figure.legend([found[label] for label in labels], labels, loc="outside lower center", ncols=6, fontsize=8)
