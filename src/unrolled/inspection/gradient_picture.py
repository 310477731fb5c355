"""The picture of a gradient's flow: how much is left of it at each step back, and what each step adds to dLoss/dW."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unrolled.inspection.figures import Look, label_words, step_width
from unrolled.inspection.gradient_flow import GradientFlow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_gradients", "gradient_shares"]

Floats = NDArray[np.floating]
FLOOR = 1e-12  # what is smaller is nothing
STYLES = ("-", "--", "-.", ":")
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
PANEL = 4.6  # inches
LEFT = r"$\|\partial S_T\,/\,\partial S_t\|$, what is left of the gradient"


def gradient_shares(gradients: Floats) -> Floats:
    """The share (T,) of each step in the sum of ``gradients`` (T, …), by projection on that sum.

    The shares add up to 1; they are all 0 where the sum is 0.
    """
    flat = gradients.reshape(len(gradients), -1)
    total = flat.sum(0)
    length = float(total @ total)
    return flat @ total / length if length > 0 else np.zeros(len(flat))


def draw_gradients(
    look: Look,
    flows: Sequence[GradientFlow],
    fresh: Mapping[str, Floats],
    weights: Sequence[tuple[str, Floats]],
    words: Sequence[str],
    title: str,
    beside: str = "other cells of that width, freshly started",
) -> "Figure":
    """Draw the flow of each layer, beside them the norms ``fresh`` of other cells by name, below them ``weights``.

    Each of ``weights`` is a name and the shares (T,) of the steps in that weight's gradient.
    """
    from matplotlib.figure import Figure

    width = step_width(words)
    top = len(flows) + bool(fresh)
    columns = 2 if top == 4 else min(top, 3)
    rows = -(-top // columns)
    inches = max(columns * PANEL, len(words) * width + 1.2)
    figure = Figure(figsize=(inches, rows * 4.4 + len(weights) * 2.2 + 0.5))
    figure.suptitle(title)
    upper, *lower = figure.subfigures(
        1 + len(weights), 1, height_ratios=[rows * 4.4] + [2.2] * len(weights), squeeze=False
    ).ravel()
    grid = upper.subplots(rows, columns, squeeze=False, sharey=True).ravel()
    for axes in grid[top:]:
        axes.set_visible(False)
    for i, flow in enumerate(flows):
        _draw_flow(grid[i], look, flow, len(flows) > 1, i % columns == 0)
    if fresh:
        _draw_fresh(grid[len(flows)], look, fresh, beside, len(flows) % columns == 0)
    curves = [*fresh.values(), *(n for f in flows for n in (f.measured, f.simplified) if n is not None)]
    norms = np.concatenate(curves)
    norms = norms[np.isfinite(norms) & (norms >= FLOOR)]
    grid[0].set_ylim(min(norms.min(initial=1.0), 5e-3) / 2, norms.max(initial=1.0) * 3)  # of all: they share the axis
    for part, (name, share) in zip(lower, weights, strict=True):
        _draw_shares(part.subplots(), look, name, share, words, max(width, (inches - 1.2) / len(words)))
    return figure


def _power(value: float) -> str:
    """0.001 → "10⁻³"; from 0.01 to 100 in digits."""
    exponent = round(float(np.log10(value)))
    return f"{value:g}" if -2 <= exponent <= 2 else "10" + str(exponent).translate(SUPERSCRIPTS)


def _distances(axes: "Axes", steps: int, first: bool) -> None:
    """Set up the axes of curves over distances 0 … ``steps`` - 1; the ``first`` of a row of axes gets a label."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

    axes.set_yscale("log")
    axes.grid(linewidth=0.5)
    axes.axhline(0.01, color="gray", linewidth=0.8)
    axes.set_xlabel("steps back, T − t")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_locator(LogLocator(numticks=8))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(lambda value, _: _power(value))
    axes.set_xlim(-0.02 * steps, 1.02 * max(steps - 1, 1))
    if first:
        axes.set_ylabel(LEFT, parse_math=True)


def _curve(axes: "Axes", norms: Floats, **style: object) -> None:
    axes.plot(np.arange(len(norms)), np.where(norms >= FLOOR, norms, np.nan), **style)  # type: ignore[arg-type]


def _draw_flow(axes: "Axes", look: Look, flow: GradientFlow, several: bool, first: bool) -> None:
    blue, orange, green, *_ = look.series
    _curve(axes, flow.measured, color=blue, linewidth=2.4, label="measured, by back-propagation")
    rnn = flow.simplified is not None
    true = "predicted, product of diag(1 − S²)·W" if flow.cell == "rnn" else "predicted, product of the Jacobians"
    _curve(
        axes, flow.predicted, color=orange, linestyle="", marker="o", markersize=3, markevery=_every(flow), label=true
    )
    if flow.simplified is not None:
        _curve(axes, flow.simplified, color=green, linestyle="--", linewidth=1.6, label="simplified, powers of W")
    _distances(axes, len(flow.measured), first)
    radius = f", spectral radius of W {flow.radii[0]:.2f}" if rnn else ""
    name = f"{flow.name}, {flow.cell}" if several else f"this {flow.cell}"
    axes.set_title(fill(f"{name}: {flow.word}, reach {flow.reach} of {len(flow.measured) - 1} steps{radius}", 48))
    axes.legend(loc="upper left", bbox_to_anchor=(0.0, -0.14), fontsize=8)


def _every(flow: GradientFlow) -> int:
    return max(1, len(flow.measured) // 25)


def _draw_fresh(axes: "Axes", look: Look, fresh: Mapping[str, Floats], title: str, first: bool) -> None:
    for i, name in enumerate(sorted(fresh, key=lambda name: -fresh[name][-1])):  # as they stand at the right end
        color, style = look.series[i % len(look.series)], STYLES[(i + 2 * (i // len(look.series))) % len(STYLES)]
        _curve(axes, fresh[name], color=color, linestyle=style, linewidth=1.7, label=name)
    _distances(axes, len(next(iter(fresh.values()))), first)
    axes.set_title(title)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8)


def _draw_shares(axes: "Axes", look: Look, name: str, share: Floats, words: Sequence[str], width: float) -> None:
    colors = np.where(share >= 0, look.series[0], look.series[1])
    axes.bar(np.arange(len(share)), share, width=0.72, color=colors)
    axes.axhline(0, color=look.ink, linewidth=0.6)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.set_title(f"{name}: the share of each step (together 100%)")
    axes.set_ylabel("share")
    label_words(axes, words, width)
