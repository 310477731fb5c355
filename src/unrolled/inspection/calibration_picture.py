"""The picture of calibration: how often values fall where the forecast's quantiles say that they do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unrolled.inspection.figures import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["central_coverage", "draw_calibration", "level_shares"]

Floats = NDArray[np.float64]


def central_coverage(levels: Sequence[float], quantiles: Floats, actual: Floats) -> tuple[Floats, Floats]:
    """The nominal coverage of each interval between levels that stand about the middle, and the share that it reached.

    ``quantiles`` (..., Q), ``actual`` (...); the narrowest comes first.
    """
    there = np.isfinite(actual)
    y, q = actual[there], quantiles[there]
    pairs = [
        (i, len(levels) - 1 - i)
        for i in reversed(range(len(levels) // 2))
        if abs(levels[i] + levels[-1 - i] - 1) < 1e-6
    ]
    nominal = [levels[high] - levels[low] for low, high in pairs]
    reached = [np.mean((q[:, low] <= y) & (y <= q[:, high])) if len(y) else np.nan for low, high in pairs]
    return np.array(nominal), np.array(reached)


def level_shares(levels: Sequence[float], quantiles: Floats, actual: Floats) -> Floats:
    """The share (Q + 1,) of values that fall between the quantiles of neighbouring levels, the first and last included.

    A value upon several quantiles, as of counts, counts among all that it touches by their widths.
    """
    there = np.isfinite(actual)
    y, q = actual[there][:, None], quantiles[there]
    below, upto = (q < y).sum(1)[:, None], (q <= y).sum(1)[:, None]  # (K, 1)
    widths = np.diff([0.0, *levels, 1.0])
    touched = np.arange(len(widths))
    weights = np.where((below <= touched) & (touched <= upto), widths, 0.0)
    shares: Floats = (weights / weights.sum(1, keepdims=True)).sum(0) / max(len(y), 1)
    return shares


def draw_calibration(look: Look, levels: Sequence[float], quantiles: Floats, actual: Floats, title: str) -> "Figure":
    """Draw the coverage that central intervals reach beside their level, and the histogram of the values' PIT.

    ``quantiles`` (..., Q) are the forecast's at ``levels`` (Q,), ``actual`` (...) the values that came, NaN where none
    did. The PIT (probability integral transform) is the level at which the forecast places a value.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 4.6))
    count = int(np.isfinite(actual).sum())
    figure.suptitle(f"{title}, {count:,} values")
    left, right = figure.subplots(1, 2)
    _draw_coverage(left, look, *central_coverage(levels, quantiles, actual))
    _draw_pit(right, look, levels, level_shares(levels, quantiles, actual))
    for axes in (left, right):
        axes.grid(linewidth=0.5)
        axes.set_axisbelow(True)
        axes.tick_params(labelsize=8)
        axes.set_xlim(0, 1)
    return figure


def _percent(value: float, _: float) -> str:
    return f"{100 * value:.0f} %"


def _draw_coverage(axes: "Axes", look: Look, nominal: Floats, reached: Floats) -> None:
    axes.plot([0, 1], [0, 1], "--", color=look.ink, linewidth=0.8, label="calibrated")
    axes.plot(nominal, reached, "o-", color=look.series[0], linewidth=1.4, markersize=5, label="reached")
    named = {round(100 * n, 6): r for n, r in zip(nominal, reached, strict=True)}
    for level in [level for level in (50, 80, 95) if level in named] or [*named][-3:]:
        above, side = named[level] >= level / 100, "right" if level > 90 else "left"
        axes.annotate(
            f"{100 * named[level]:.1f} %",
            (level / 100, named[level]),
            xytext=(-8, 8) if above else (8, -10),
            textcoords="offset points",
            ha="right" if above else side,
            va="bottom" if above else "top",
            fontsize=8,
        )
    axes.set_title("Coverage of the intervals about the middle")
    axes.set_ylim(0, 1.1)
    axes.set_xlabel("level of the interval")
    axes.set_ylabel("share of values inside")
    axes.xaxis.set_major_formatter(_percent)
    axes.yaxis.set_major_formatter(_percent)
    axes.legend(loc="lower right", fontsize=8)


def _draw_pit(axes: "Axes", look: Look, levels: Sequence[float], shares: Floats) -> None:
    edges = np.array([0.0, *levels, 1.0])
    axes.bar(
        edges[:-1],
        shares / np.diff(edges),
        np.diff(edges),
        align="edge",
        color=look.series[0],
        alpha=0.8,
        edgecolor=look.paper,
        linewidth=0.8,
    )
    axes.axhline(1, color=look.ink, linewidth=0.8, linestyle="--")
    axes.set_title("PIT: flat is calibrated, a hill too wide, a valley too narrow")
    axes.set_xlabel("level at which the forecast places a value")
    axes.set_ylabel("density")
    axes.xaxis.set_major_formatter(_percent)
