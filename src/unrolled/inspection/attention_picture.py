"""The picture of attention: where each word of an answer looked in the source."""

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from unrolled.errors import InputError
from unrolled.inference.translations import Aligned
from unrolled.inspection.alignment import WordAttention, word_attention
from unrolled.inspection.figures import POINTS, SMALL, Look, label_words, readable, step_width, write_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_attention", "plot_attention"]

TALLEST = 26.0  # inches that all rows share
ROW = 0.22  # inches
LONGEST_BAR = 3.0  # inches of the scale of colours
TITLE = "Where each word of the answer looked"


def plot_attention(aligned: Aligned, path: str, dark: bool = False, pieces: bool = False) -> None:
    """Write the attention of an answer as a .png or .svg, between whole words or between the ``pieces`` of them.

    Raises InputError for another suffix or where it cannot be written, MissingExtra without matplotlib.
    """
    attention = WordAttention(aligned.source, aligned.target, aligned.attention) if pieces else word_attention(aligned)
    write_picture(path, lambda look: draw_attention(look, attention), dark)


def draw_attention(look: Look, attention: WordAttention, title: str = TITLE) -> "Figure":
    """Draw weights (T, S) as shaded cells, with the S words of the source above and the T of the answer beside.

    Raises InputError where the source has no words.
    """
    from matplotlib.figure import Figure

    source, target, weights = attention
    if not source:
        raise InputError("the input is empty, so that there is no attention to draw; expected a text")
    width = step_width(source)
    row = min(ROW, TALLEST / max(len(target), 1))
    size = min(SMALL, row * POINTS / 1.25)
    beside = _longest(target) * size / POINTS
    above = _longest(source) * min(SMALL, width * POINTS / 1.25) / POINTS
    cells = width * len(source), row * max(len(target), 3)
    figure = Figure(figsize=(max(beside + cells[0] + 1.3, 4.4), above + cells[1] + 0.9))
    figure.suptitle(title)
    axes = figure.subplots()
    most = float(weights.max(initial=0.0)) or 1.0
    image = axes.imshow(weights, aspect="auto", interpolation="nearest", cmap=look.rising, vmin=0.0, vmax=most)
    _label(axes, source, target, (width, size))
    length = min(cells[1], LONGEST_BAR)
    bar = figure.colorbar(image, ax=axes, pad=0.02, aspect=length / 0.14, shrink=length / cells[1], anchor=(0, 1))
    bar.set_ticks([0, most / 2, most], labels=[f"{100 * share:.0f} %" for share in (0, most / 2, most)], fontsize=SMALL)
    bar.outline.set_visible(False)
    return figure


def _label(axes: "Axes", source: Sequence[str], target: Sequence[str], size: tuple[float, float]) -> None:
    """Words above and beside the cells, and lines between these. ``size``: inches of a column, points of a row's word.

    A source that is written from right to left is so here.
    """
    label_words(axes, source, size[0])
    axes.xaxis.tick_top()
    axes.set_yticks(np.arange(len(target)), [readable(word) for word in target], fontsize=size[1])
    axes.set_xticks(np.arange(len(source) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(target) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color=axes.get_facecolor(), linewidth=0.6)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_visible(False)
    if _is_right_to_left(source):
        axes.invert_xaxis()


def _is_right_to_left(words: Sequence[str]) -> bool:
    """Whether the first letter that has a direction has this one."""
    directions = (unicodedata.bidirectional(letter) for word in words for letter in word)
    return next((direction in ("R", "AL") for direction in directions if direction in ("L", "R", "AL")), False)


def _longest(words: Sequence[str]) -> float:
    """About how long the longest of the words is, in heights of its letters."""
    return max((0.62 * len(readable(word)) + 0.8 for word in words), default=1.0)
