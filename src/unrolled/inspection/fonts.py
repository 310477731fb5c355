"""Fonts for every script in a picture: what no installed font has is said, and never drawn as boxes."""

import unicodedata
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from unrolled.progress import remark

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["with_fonts"]

_STAND_IN = "·"  # for a letter that no font has


def with_fonts(draw: Callable[[], "Figure"], path: str) -> "Figure":
    """The figure that ``draw`` makes, with fonts that have its letters; a remark on those that none has."""
    import matplotlib

    figure = draw()
    if not (missing := _missing(figure)):
        return figure
    families = _families(missing) or (_found_anew() and _families(missing))
    if families:
        matplotlib.rcParams["font.family"] = [*matplotlib.rcParams["font.family"], *families]
        figure = draw()
        missing = _missing(figure)
    if missing:
        _replace(figure, str.maketrans(dict.fromkeys(missing, _STAND_IN)))
        scripts = ", ".join(sorted({_script(letter) for letter in missing}))
        some = " ".join(sorted(missing)[:8])
        remark(f"{path}: no installed font has these letters ({scripts}): {some}; a dot stands for each")
    return figure


def _missing(figure: "Figure") -> set[str]:
    """The letters of a figure that its fonts lack. (Matplotlib's own warnings leave out marks that join letters.)"""
    import matplotlib
    from matplotlib import font_manager
    from matplotlib.text import Text

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figure.draw_without_rendering()
    written = {letter for text in figure.findobj(Text) if isinstance(text, Text) for letter in text.get_text()}
    fonts = [font_manager.get_font(font_manager.findfont(name)) for name in matplotlib.rcParams["font.family"]]
    seen = {letter for letter in written if not letter.isspace() and unicodedata.category(letter)[0] != "C"}
    return {letter for letter in seen if not any(font.get_char_index(ord(letter)) for font in fonts)}


def _families(letters: set[str]) -> list[str]:
    """Installed fonts that have some of the letters, those with most of them first, until all are found."""
    from matplotlib import font_manager

    have: dict[str, set[str]] = {}
    for entry in font_manager.fontManager.ttflist:
        if entry.name not in have and "Last Resort" not in entry.name:
            try:
                font = font_manager.get_font(entry.fname)
                have[entry.name] = {letter for letter in letters if font.get_char_index(ord(letter))}
            except (OSError, RuntimeError):  # a damaged font file
                have[entry.name] = set()
    chosen, left = [], set(letters)
    while left and have:
        best = max(sorted(have), key=lambda name: len(have[name] & left))
        if not have[best] & left:
            break
        chosen.append(best)
        left -= have.pop(best)
    return chosen


def _found_anew() -> bool:
    """Whether there are fonts that were installed after matplotlib made its list, which from now on has them."""
    from matplotlib import font_manager

    known = {entry.fname for entry in font_manager.fontManager.ttflist}
    found = sorted(set(font_manager.findSystemFonts()) - known)
    for path in found:
        with suppress(OSError, RuntimeError):  # a damaged font file
            font_manager.fontManager.addfont(path)
    return bool(found)


def _replace(figure: "Figure", stand_ins: dict[int, str]) -> None:
    """Write other letters in all texts of a figure."""
    from matplotlib.text import Text

    for axes in figure.get_axes():
        for axis in (axes.xaxis, axes.yaxis):
            labels = [label.get_text() for label in axis.get_ticklabels()]
            replaced = [label.translate(stand_ins) for label in labels]
            if replaced != labels:
                axis.set_ticks(axis.get_ticklocs(), labels=replaced)
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_text(text.get_text().translate(stand_ins))


def _script(letter: str) -> str:
    """The script of a letter, as Unicode's name of it begins; "signs" of all else, such as emoji."""
    name = unicodedata.name(letter, "")
    return (
        name.split()[0].capitalize().replace("Cjk", "CJK")
        if name and unicodedata.category(letter)[0] in "LM"
        else "signs"
    )
