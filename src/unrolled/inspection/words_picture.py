"""The picture of a decision: how much each word spoke for it or against it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unrolled.inputs.ruler import Ruler
from unrolled.inspection.figures import Look, label_steps, step_width

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_words"]


def draw_words(
    look: Look,
    attributions: NDArray[np.floating],
    words: Sequence[str],
    title: str,
    below: str,
    ruler: Ruler | None = None,
) -> "Figure":
    """A bar for each of T words: upwards for the decision, downwards against it, in log-odds."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    width = step_width(words, ruler)
    figure = Figure(figsize=(max(width * len(words) + 1.1, 6.6), 3.6))
    figure.suptitle(title)
    axes = figure.subplots()
    speaks_for = attributions >= 0
    colors = np.where(speaks_for, look.series[0], look.series[1])
    hatches = ["" if positive else "///" for positive in speaks_for]
    at = np.arange(len(words))
    axes.bar(at, attributions, width=0.72, color=colors, hatch=hatches, edgecolor=look.paper, linewidth=0)
    axes.axhline(0, color=look.ink, linewidth=0.6)
    axes.margins(y=0.12)
    axes.set_ylabel("what it adds to the log-odds")
    axes.grid(axis="y", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_title(below, fontsize=8.5)
    spare = (figure.get_figwidth() - 1.1) / len(words)
    label_steps(axes, words, max(width, spare), ruler)
    keys = [
        Patch(facecolor=look.series[0], label="speaks for it"),
        Patch(facecolor=look.series[1], hatch="///", edgecolor=look.paper, label="speaks against it"),
    ]
    figure.legend(handles=keys, loc="outside lower center", ncols=2, fontsize=8)
    return figure
