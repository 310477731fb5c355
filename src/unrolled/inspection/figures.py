"""What all pictures share: a look, light or dark, words along an axis, and writing them as PNG or SVG.

Colours are Okabe and Ito's (2008), which colour-blind readers can tell apart. Where values have two signs, those below
zero are orange, those above it blue, and zero is near the colour of the paper.
"""

import os
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unrolled.errors import InputError, MissingExtra
from unrolled.inputs.ruler import Ruler
from unrolled.inspection.fonts import with_fonts
from unrolled.storage.files import replace_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

__all__ = [
    "DARK",
    "DOTS",
    "LIGHT",
    "SUFFIXES",
    "Look",
    "check_picture",
    "draw_curve",
    "label_steps",
    "label_words",
    "readable",
    "step_width",
    "write_picture",
]

SUFFIXES = {".png": "png", ".svg": "svg"}
LONGEST_WORD = 18  # letters shown
POINTS = 72  # an inch
DOTS = 120  # an inch of a PNG
RULED = 4.6  # inches of an axis of places
SMALL = 8.0  # points of the words along an axis, fewer where they stand close
MARKS = {"\n": "⏎", " ": "␣", "\t": "⇥", "": "∅"}


@dataclass(frozen=True)
class Look:
    """The colours of a picture: ``series`` for lines, ``two_sides`` and ``one_side`` for heat maps."""

    paper: str
    ink: str
    faint: str
    series: tuple[str, ...]
    two_sides: tuple[str, str, str]  # below zero, zero, above
    one_side: str  # name of a colour map

    @property
    def diverging(self) -> "LinearSegmentedColormap":
        """The colour map of ``two_sides``."""
        from matplotlib.colors import LinearSegmentedColormap

        return LinearSegmentedColormap.from_list("two_sides", list(self.two_sides))

    @property
    def rising(self) -> "LinearSegmentedColormap":
        """The half of it from zero upwards."""
        from matplotlib.colors import LinearSegmentedColormap

        return LinearSegmentedColormap.from_list("rising", list(self.two_sides[1:]))


LIGHT = Look(
    paper="#ffffff",
    ink="#1b1f24",
    faint="#c9ced6",
    series=("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8a6d00", "#56B4E9", "#333333", "#7a4fb5"),
    two_sides=("#B84A00", "#f7f7f7", "#00578c"),
    one_side="cividis",
)
DARK = Look(
    paper="#15181d",
    ink="#e8eaed",
    faint="#4a515c",
    series=("#56B4E9", "#E69F00", "#2fc99a", "#e59ac2", "#F0E442", "#8fb8ff", "#c8ccd2", "#b69be6"),
    two_sides=("#ff9a4d", "#20242b", "#5ec3ff"),
    one_side="cividis",
)


def check_picture(path: str) -> None:
    """Raise InputError if a picture cannot be written to ``path`` for its suffix or its folder.

    Call it before a long computation.
    """
    suffix = Path(path).suffix
    if suffix.lower() not in SUFFIXES:
        raise InputError(f"{path}: the suffix is {suffix!r}; expected {' or '.join(SUFFIXES)}")
    if Path(path).is_dir() or not (parent := Path(os.path.realpath(path)).parent).is_dir():
        reason = "it is a folder" if Path(path).is_dir() else f"the folder {parent} does not exist"
        raise InputError(f"cannot write {path}: {reason}")


def write_picture(path: str, draw: Callable[[Look], "Figure"], dark: bool = False) -> None:
    """Draw in the light or the dark look and write PNG or SVG, as the suffix says, whole or not at all.

    The same picture gives the same bytes. Raises InputError for another suffix or where it cannot be written,
    MissingExtra without matplotlib.
    """
    check_picture(path)
    try:
        import matplotlib
    except ModuleNotFoundError as error:
        raise MissingExtra("matplotlib", "train", "a picture") from error
    look, kind = DARK if dark else LIGHT, SUFFIXES[Path(path).suffix.lower()]
    with matplotlib.rc_context(_style(look, ["DejaVu Sans"])):
        figure = with_fonts(lambda: draw(look), path)
        metadata = {"Date": None} if kind == "svg" else {"Software": None}
        replace_file(path, lambda stream: figure.savefig(stream, format=kind, dpi=DOTS, metadata=metadata))


def _style(look: Look, fonts: list[str]) -> "dict[RcKeyType, object]":
    inks: tuple[RcKeyType, ...] = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.titlecolor")
    return {
        **dict.fromkeys(inks, look.ink),
        "figure.facecolor": look.paper,
        "axes.facecolor": look.paper,
        "savefig.facecolor": look.paper,
        "axes.edgecolor": look.faint,
        "grid.color": look.faint,
        "font.family": fonts,
        "font.size": 9.0,
        "axes.titlesize": 9.5,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "figure.constrained_layout.use": True,
        "figure.titlesize": 12.0,
        "figure.titleweight": "bold",
        "legend.frameon": False,
        "text.parse_math": False,  # a word may hold dollar signs
        "svg.hashsalt": "unrolled",
    }


def readable(word: str) -> str:
    """A word as it is written in a picture: never empty, at most 18 letters, on one line."""
    if word in MARKS:
        return MARKS[word]
    visible = "".join(MARKS.get(c, c) if unicodedata.category(c)[0] != "C" or c in MARKS else "·" for c in word)
    return visible if len(visible) <= LONGEST_WORD else visible[: LONGEST_WORD - 1] + "…"


def step_width(words: Sequence[str], ruler: Ruler | None = None, widest: float = 26.0) -> float:
    """The inches of a step along an axis: its word can be read, and the whole axis is no wider than ``widest``.

    Of steps along a ``ruler`` the axis is as wide as a panel.
    """
    if ruler is not None:
        return min(max(0.16 * len(words), 2.6), RULED) / len(words)
    upright = 1.5 * SMALL / POINTS
    level = max((0.62 * len(readable(word)) + 1) * SMALL / POINTS for word in words)
    if level * len(words) <= 7:
        return max(level, 0.3)
    return min(max(upright, 3.4 / len(words)), widest / len(words))


def label_steps(axes: "Axes", words: Sequence[str], width: float, ruler: Ruler | None) -> None:
    """`label_words`, or along a ``ruler`` the places; where these are letters that can be read, the letters too."""
    if ruler is None:
        label_words(axes, words, width)
        return
    from matplotlib.ticker import MaxNLocator

    last = len(words) - 1
    axes.set_xlim(-0.5, last + 0.5)
    if width >= 0.12 and all(len(word) == 1 and word.isalpha() for word in words):
        places = [round(ruler.start + i * ruler.step) for i in range(len(words))]
        marked = [f"{word}\n{at}" if at % 10 == 0 else f"{word}\n" for word, at in zip(words, places, strict=True)]
        axes.set_xticks(np.arange(len(words)), marked, fontsize=SMALL)
    else:
        ends = ruler.start, ruler.start + last * ruler.step
        round_places = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(*ends) if last else [ruler.start]
        ticks = [at for at in round_places if ends[0] <= at <= ends[1]]
        at = [(tick - ruler.start) / ruler.step for tick in ticks]
        axes.set_xticks(at, [f"{tick:g}" for tick in ticks], fontsize=SMALL)
    axes.set_xlabel(ruler.label, fontsize=SMALL)


def draw_curve(axes: "Axes", look: Look, ruler: Ruler, steps: int) -> None:
    """The input itself, as curves along the ``steps``."""
    assert ruler.places is not None
    assert ruler.values is not None
    at = (ruler.places - ruler.start) / ruler.step
    inside = (at >= -0.5) & (at <= steps - 0.5)
    shown = ruler.values[inside][:, : len(look.series)]
    for values, colour in zip(shown.T, look.series, strict=False):
        axes.plot(at[inside], values, color=colour, linewidth=0.8, marker="" if len(values) > 1 else "o")
    some = f", {shown.shape[1]} of {ruler.values.shape[1]}" if shown.shape[1] < ruler.values.shape[1] else ""
    axes.set_title(ruler.title + some)
    axes.grid(axis="y", linewidth=0.5)


def label_words(axes: "Axes", words: Sequence[str], width: float) -> None:
    """Write a word under each step, upright where they would touch. ``width``: inches of a step."""
    labels = [readable(word) for word in words]
    size = min(SMALL, width * POINTS / 1.25)
    level = max(0.62 * len(word) + 0.8 for word in labels) * size <= width * POINTS
    axes.set_xticks(np.arange(len(labels)), labels, rotation=0 if level else 90, fontsize=size)
    axes.tick_params(axis="x", length=0)
    axes.set_xlim(-0.5, len(labels) - 0.5)
    with suppress(AttributeError):
        axes.xaxis.get_label().set_fontsize(size)
