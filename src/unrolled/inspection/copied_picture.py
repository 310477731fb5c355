"""The picture of a summary: its document as it reads, shaded where the summary looked, with the words it copied."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inference.translations import Aligned
from unrolled.inspection.figures import DOTS, Look
from unrolled.text.cutting import SPECIAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.figure import Figure

__all__ = ["draw_copied"]

WIDE = 8.0  # inches
MARGIN, SIZE, LINE = 0.25, 9.0, 0.24  # inches, points, inches
_MOST_LINES = 90


class _Word(NamedTuple):
    """A word at its place, in inches from the left and lines from the top."""

    text: str
    left: float
    right: float
    line: int
    step: int


def draw_copied(look: Look, aligned: Aligned) -> "Figure":
    """Draw the answer, and below it the document: each word as dark as it was ever looked at, copied ones underlined.

    Raises InputError where the document has no words.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if not any(name.strip() for name in aligned.source if name not in SPECIAL):
        raise InputError("the input is empty, so that there is nothing to draw; expected a text")
    trial = FigureCanvasAgg(Figure(figsize=(WIDE, 1), dpi=DOTS))
    renderer = trial.get_renderer()  # type: ignore[no-untyped-call]
    answer = list(_laid(trial.figure, renderer, aligned.target))
    document = [word for word in _laid(trial.figure, renderer, aligned.source) if word.line < _MOST_LINES]
    above, below = (1 + max((word.line for word in words), default=0) for words in (answer, document))
    figure = Figure(figsize=(WIDE, (above + below + 2.6) * LINE + 2 * MARGIN))
    figure.set_layout_engine("none")
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, WIDE)
    axes.set_ylim(figure.get_figheight(), 0)
    copied = set(np.flatnonzero(aligned.copied).tolist())
    taken = {int(aligned.attention[row].argmax()) for row in copied}
    looked = aligned.attention.max(0, initial=0.0) if len(aligned.attention) else np.zeros(len(aligned.source))
    _heading(axes, look, "What is written; copied words are underlined", 0)
    _write(axes, look, answer, 1, None, copied)
    _heading(axes, look, "Where it looked: the darker, the more; words that were copied are underlined", above + 1.6)
    _write(axes, look, document, above + 2.6, looked, taken)
    return figure


def _laid(figure: "Figure", renderer: "RendererAgg", names: Sequence[str]) -> Iterator[_Word]:
    """Words in lines as long as the picture is wide; a name that begins with a space has one before it."""
    space, left, line = _width(figure, renderer, "n n") - _width(figure, renderer, "nn"), 0.0, 0
    for step, name in enumerate(names):
        if name in SPECIAL or not name.strip():
            continue
        text = textwrap.shorten(name.strip(), 60, placeholder="…")
        size, gap = _width(figure, renderer, text), space if name.startswith(" ") and left else 0.0
        if left and left + gap + size > WIDE - 2 * MARGIN:
            left, gap, line = 0.0, 0.0, line + 1
        yield _Word(text, left + gap, left + gap + size, line, step)
        left += gap + size


def _width(figure: "Figure", renderer: "RendererAgg", text: str) -> float:
    """Inches."""
    drawn = figure.text(0, 0, text, fontsize=SIZE, parse_math=False)
    width = drawn.get_window_extent(renderer).width / DOTS
    drawn.remove()
    return float(width)


def _heading(axes: "Axes", look: Look, text: str, line: float) -> None:
    axes.text(MARGIN, MARGIN + line * LINE, text, fontsize=8, color=look.series[0], va="top")


def _write(
    axes: "Axes",
    look: Look,
    words: Sequence[_Word],
    first: float,
    looked: "NDArray[np.floating] | None",
    underlined: set[int],
) -> None:
    """Words from a line on; each on a ground as strong as ``looked`` says of its step."""
    from matplotlib.patches import Rectangle

    most = float(looked.max(initial=0.0)) or 1.0 if looked is not None else 1.0
    for word in words:
        x, y = MARGIN + word.left, MARGIN + (first + word.line) * LINE
        share = 0.0 if looked is None else float(looked[word.step]) / most
        if share > 0.02:
            ground = look.rising(0.75 * share)
            axes.add_patch(Rectangle((x - 0.02, y - 0.02), word.right - word.left + 0.04, LINE - 0.02, color=ground))
        ink = look.paper if share > 0.6 else look.ink
        axes.text(x, y, word.text, fontsize=SIZE, color=ink, va="top", parse_math=False)
        if word.step in underlined:
            low = y + LINE - 0.06
            axes.plot([x, MARGIN + word.right], [low, low], color=look.series[1], linewidth=1.4)
