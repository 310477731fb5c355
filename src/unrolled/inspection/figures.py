"""What all pictures share: a look, light or dark, words along an axis, and writing them as PNG or SVG.

Colours are Okabe and Ito's (2008), which colour-blind readers can tell apart. Where values have two signs, those below
zero are orange, those above it blue, and zero is near the colour of the paper.
"""

import os
import unicodedata
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unrolled.errors import InputError, MissingExtra
from unrolled.storage.files import replace_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure
    from matplotlib.typing import RcKeyType

__all__ = [
    "DARK",
    "LIGHT",
    "SUFFIXES",
    "Look",
    "check_picture",
    "label_words",
    "readable",
    "step_width",
    "write_picture",
]

SUFFIXES = {".png": "png", ".svg": "svg"}
FALLBACK_FONTS = ("Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans Arabic", "Noto Sans Devanagari")
LONGEST_WORD = 18  # letters shown
POINTS = 72  # an inch
DOTS = 120  # an inch of a PNG
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
        from matplotlib import font_manager
    except ModuleNotFoundError as error:
        raise MissingExtra("matplotlib", "train", "a picture") from error
    look, kind = DARK if dark else LIGHT, SUFFIXES[Path(path).suffix.lower()]
    fonts = ["DejaVu Sans", *sorted(set(FALLBACK_FONTS) & set(font_manager.get_font_names()))]
    with matplotlib.rc_context(_style(look, fonts)), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # no font knows every script: a box stands for it
        figure = draw(look)
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


def step_width(words: Sequence[str], widest: float = 26.0) -> float:
    """The inches of a step along an axis: its word can be read, and the whole axis is no wider than ``widest``."""
    upright = 1.5 * SMALL / POINTS
    level = max((0.62 * len(readable(word)) + 1) * SMALL / POINTS for word in words)
    if level * len(words) <= 7:
        return max(level, 0.3)
    return min(max(upright, 3.4 / len(words)), widest / len(words))


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
