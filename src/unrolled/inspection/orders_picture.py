"""The picture of orders: the demand until the next delivery as sampled, and how much there is to be for it."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unrolled.inspection.figures import Look
from unrolled.inspection.scales import columns_of, label_values, name_of, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["demand_histogram", "draw_orders"]

Floats = NDArray[np.float64]
MOST_SERIES = 12  # on a page
BINS = 32
SIZES = {1: (8.6, 4.2), 2: (5.4, 3.3), 3: (4.6, 3.1)}  # inches of a panel, by the number of columns
LETTERS = 15.5  # of a sentence in an inch


def demand_histogram(demand: Floats, level: float, bins: int = BINS) -> tuple[Floats, Floats]:
    """Edges (B + 1,) and shares (B,) of sampled demand (P,), with an edge at ``level`` where it is within.

    Bars of whole numbers hold whole numbers; the outermost samples, 1 in 200 at each end, stand in the last bars.
    """
    whole = np.array_equal(demand, np.round(demand))
    low, high = (float(end) for end in np.quantile(demand, [0.005, 0.995]))
    if high <= low or whole:
        low, high = low - 0.5, high + 0.5
    width = (high - low) / bins
    if whole:
        width, level = max(float(np.ceil(width)), 1.0), float(np.floor(level)) + 0.5  # all that is met lies below
    start = level - np.ceil((level - low) / width) * width if low < level < high else low
    edges = start + width * np.arange(np.ceil((high - start) / width - 1e-9) + 1)
    counts, _ = np.histogram(np.clip(demand, edges[0], edges[-1]), edges)
    return edges, counts / len(demand)


def draw_orders(
    look: Look,
    ids: Sequence[str],
    demand: Sequence[Floats],
    order_up_to: Floats,
    position: Floats,
    order: Floats,
    because: Sequence[str],
    title: str,
) -> "Figure":
    """Draw the sampled ``demand`` (P,) of each of N series over lead time and review, and the order beside it.

    ``order_up_to`` (N,): the level that the order fills up to. ``position`` (N,): what is on hand and on order already.
    ``order`` (N,): what is to be ordered, which packs, a minimum or a capacity may hold away from the level. Demand
    beyond both is lost, what they exceed demand by is left. ``because``: a sentence for each, below. Of more than 12
    series the first 12.
    """
    from matplotlib.figure import Figure

    count = min(len(ids), MOST_SERIES)
    columns = columns_of(count)
    width, height = SIZES[columns]
    sentences = [fill(because[i], int(LETTERS * (width - 0.6))) for i in range(count)]
    rows = -(-count // columns)
    lines = max((sentence.count("\n") + 1 for sentence in sentences), default=0)
    figure = Figure(figsize=(columns * width, rows * (height - 0.6 + 0.16 * lines) + 0.7))
    some = f", {count} of {len(ids)} articles" if count < len(ids) else ""
    figure.suptitle(title + some)
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for i, axes in enumerate(grid):
        axes.set_visible(i < count)
        if i < count:
            _draw_order(axes, look, demand[i], (float(order_up_to[i]), float(position[i]), float(order[i])))
            axes.set_title(f"{name_of(ids[i], width - 2.2)}: order {written(float(order[i]))}")
            axes.set_xlabel(sentences[i], fontsize=8, loc="left")
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8)
    return figure


def _draw_order(axes: "Axes", look: Look, demand: Floats, numbers: tuple[float, float, float]) -> None:
    order_up_to, position, order = numbers
    reached = position + order
    edges, shares = demand_histogram(demand, reached)
    middles = (edges[:-1] + edges[1:]) / 2
    for kept, colour, label in (
        (middles <= reached, look.series[0], "demand that is met; what is not sold is left"),
        (middles > reached, look.series[1], "demand beyond: lost"),
    ):
        axes.bar(middles[kept], shares[kept], np.diff(edges)[kept] * 0.94, color=colour, alpha=0.75, label=label)
    axes.axvline(order_up_to, color=look.ink, linewidth=1.6, label="order up to")
    axes.axvline(position, color=look.ink, linewidth=1.2, linestyle=":", label="on hand and on order")
    axes.set_ylim(0, max(float(shares.max()), 1e-9) * 1.1)
    label_values(axes, along=True, ticks=6)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    axes.tick_params(axis="y", labelsize=8)
