"""The picture of a description: the picture that it is of, once for each word, light where that word looked."""

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inference.translations import Aligned
from unrolled.inspection.figures import Look, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_looked"]

BESIDE = 5  # pictures in a row
EACH = 1.6  # inches of one of them
LETTERS = 90  # of a title
_DIM = 0.25  # how bright the picture stays where a word did not look


def draw_looked(look: Look, aligned: Aligned, picture: NDArray[np.uint8]) -> "Figure":
    """Draw ``picture`` (H, W, 3), and it again under each word, bright where the word looked.

    Raises InputError for an answer to an input that is no picture.
    """
    from matplotlib.figure import Figure

    if aligned.grid is None:
        raise InputError("the answer is to no picture; expected one whose steps lie on a grid")
    words = [name.strip() for name in aligned.target]
    rows = -(-(len(words) + 1) // BESIDE)
    tall = EACH * picture.shape[0] / picture.shape[1]
    tall = min(max(tall, 0.5 * EACH), 2 * EACH)
    figure = Figure(figsize=(BESIDE * EACH + 0.4, rows * (tall + 0.3) + 0.5))
    title = textwrap.shorten(aligned.translation.text, LETTERS, placeholder="…")
    figure.suptitle(title, fontsize=11, parse_math=False)
    every = figure.subplots(rows, BESIDE, squeeze=False).ravel()
    for axes in every:
        axes.set_axis_off()
    every[0].imshow(picture, interpolation="bilinear", aspect="auto")
    every[0].set_title("the picture", fontsize=8, color=look.series[0])
    for axes, word, weights in zip(every[1:], words, aligned.attention, strict=False):
        _lit(axes, picture, weights, aligned)
        axes.set_title(readable(word), fontsize=8.5)
    return figure


def _lit(axes: "Axes", picture: NDArray[np.uint8], weights: NDArray[np.float32], aligned: Aligned) -> None:
    """The picture, dark but where the cells of its grid were looked at."""
    assert aligned.grid is not None
    height, width = picture.shape[:2]
    left, top, right, bottom = aligned.grid.box
    share = weights.reshape(aligned.grid.rows, aligned.grid.columns)
    share = share / (float(share.max(initial=0.0)) or 1.0)
    axes.imshow(picture, interpolation="bilinear", aspect="auto")
    shade = np.zeros((*share.shape, 4), np.float32)
    shade[..., 3] = (1 - _DIM) * (1 - share)
    axes.imshow(
        shade,
        interpolation="bilinear",
        aspect="auto",
        extent=(left * width, right * width, bottom * height, top * height),
    )
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)
