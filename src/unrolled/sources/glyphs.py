"""Pictures of characters and their Unicode names, drawn from the fonts that matplotlib brings: sample:glyphs."""

import math
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unrolled.data.examples import Examples
from unrolled.errors import InputError, MissingExtra
from unrolled.progress import remark

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

__all__ = ["SIZE", "names_by_picture", "read_glyphs"]

SIZE = 48
"""Height and width of a picture in pixels."""

_EM = 32  # pixels of the size of the type, the same for all fonts
_BASE_LINE = 36  # pixels from the top of the picture
_STYLES = ("", "-Bold", "-Oblique", "-BoldOblique")
_FONTS = {
    "train": (
        *(f"DejaVuSans{style}.ttf" for style in _STYLES),
        *(f"DejaVuSansMono{style}.ttf" for style in _STYLES),
        *(f"DejaVuSerif{style}.ttf" for style in ("", "-Bold", "-Italic", "-BoldItalic")),
        "DejaVuSansDisplay.ttf",
        "DejaVuSerifDisplay.ttf",
    ),
    "test": tuple(f"STIXGeneral{style}.ttf" for style in ("", "Bol", "Italic", "BolIta")),
}
_NAME = "sample:glyphs"

Picture = NDArray[np.uint8]


def read_glyphs(name: str = _NAME) -> Examples:
    """Examples of kind "pictures": grey pictures, black on white, and the names of the characters that they show.

    ``name`` is "sample:glyphs", the characters of all DejaVu fonts, or "sample:glyphs:test", those of the STIX fonts,
    regular, bold and italic, whose names DejaVu has, too. What was left out is told. Every picture stands in the
    same box around the line of text, with the ink in the middle from left to right, so that a small letter is smaller
    than a capital and a comma lower than an apostrophe. What goes beyond the box is cut off.
    """
    part = {_NAME: "train", f"{_NAME}:test": "test"}.get(name)
    if part is None:
        raise InputError(f"unknown sample {name!r}; choose {_NAME}, or its part {_NAME}:test")
    try:
        from matplotlib import get_data_path
    except ModuleNotFoundError as error:
        raise MissingExtra("matplotlib", "train", _NAME) from error
    fonts = Path(get_data_path(), "fonts", "ttf")
    known = {unicodedata.name(chr(code), "") for font in _FONTS["train"] for code in _codes(fonts / font)}
    left_out = Counter[str]()
    pictures, names, where = list[Picture](), list[str](), list[str]()
    for font in _FONTS[part]:
        for code, picture in _drawn(fonts / font):
            reason = _unfit(code, picture, known)
            left_out[reason] += 1
            if picture is not None and not reason:
                pictures.append(picture)
                names.append(unicodedata.name(chr(code)))
                where.append(f"{font}:U+{code:04X}")
    remark(_told(name, len(pictures), len(set(names)), left_out))
    return Examples("pictures", pictures, names, where, where)


def names_by_picture(examples: Examples) -> list[Counter[str]]:
    """For each different picture its names, and how often each: A and the Greek Alpha may look the same.

    Nothing that sees only a picture gets more than the most frequent of its names right.
    """
    names: dict[bytes, Counter[str]] = {}
    for picture, name in zip(examples.inputs, examples.targets, strict=True):
        names.setdefault(np.asarray(picture).tobytes(), Counter())[name] += 1
    return list(names.values())


def _unfit(code: int, picture: Picture | None, known: set[str]) -> str:
    """Why a character is left out; "" for one that is not."""
    if not unicodedata.name(chr(code), ""):
        return "without a name"
    if picture is None:
        return "blank"
    return "" if unicodedata.name(chr(code)) in known else "that are in no font of sample:glyphs"


def _told(name: str, pictures: int, names: int, left_out: Counter[str]) -> str:
    reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(left_out.items()) if reason)
    return f"{name}: {pictures:,} pictures of {names:,} characters; left out: {reasons or 'none'}"


def _codes(path: Path) -> list[int]:
    """The characters that a font has, in their order."""
    return sorted(_font(path).get_charmap())


def _font(path: Path) -> "FT2Font":
    from matplotlib.ft2font import FT2Font

    try:
        return FT2Font(str(path))
    except (OSError, RuntimeError) as error:
        raise InputError(f"{path}: the font that matplotlib brings cannot be read: {error}") from None


def _drawn(path: Path) -> Iterator[tuple[int, Picture | None]]:
    """All characters of a font and their pictures; None where there is no ink."""
    from matplotlib.ft2font import LoadFlags

    font = _font(path)
    font.set_size(_EM, 72)  # at 72 dots per inch a point is a pixel
    for code in sorted(font.get_charmap()):
        glyph = font.load_char(code, flags=LoadFlags.NO_HINTING)
        left, _, right, top = (edge / 64 for edge in glyph.bbox)
        start = (SIZE - (math.ceil(right) - math.floor(left))) // 2
        ink = np.zeros((SIZE, SIZE), np.uint8)
        font.draw_glyph_to_bitmap(ink, start - math.floor(left), _BASE_LINE - math.ceil(top), glyph)
        yield code, 255 - ink if ink.any() else None
