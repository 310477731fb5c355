"""Pictures from files, bytes and arrays as RGB, and as squares of the size that a network reads."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.sources.folder import walk
from unrolled.sources.media_file import read_media
from unrolled.sources.picture_decoding import (
    FORMATS,
    LARGEST,
    check_size,
    decoded_picture,
    is_pillow,
    pillow,
    upright_rgb,
)

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["FORMATS", "SQUARES", "SUFFIXES", "Picture", "picture_files", "read_picture", "scaled", "square"]

SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".bmp", ".tif", ".tiff")
"""What the names of pictures end in."""
SQUARES = ("squash", "crop", "pad")
"""The ways to make a picture square."""

Picture = NDArray[np.uint8]
"""RGB (H, W, 3)."""

_EXPECTED = "expected a path, the bytes of a file, an array (H, W, 3) of uint8, or an image of pillow"
_SPARE = 2  # times the size asked for, at which a picture is read at least: the rest is done by a better filter


def read_picture(raw: Any, where: str | None = None, least: int | None = None) -> Picture:
    """A picture → RGB (H, W, 3): upright as its EXIF says, over white where it is transparent, the first of several.

    ``raw`` is a path, the bytes of a file (JPEG, PNG, WebP, GIF, BMP, TIFF), an array of uint8 (H, W) or (H, W, C)
    of one grey channel, three, or four with alpha, or an image of pillow. With ``least`` a picture may be read smaller,
    with no side below ``least`` pixels: of a JPEG that takes a fraction of the time, of others less memory.

    Raises InputError, naming the file and ``where`` it was named (such as "captions.csv:3"), for whatever is no
    picture, damaged, cut off, above 50 million pixels (checked before decoding), or beyond 8 or 16 bits; MissingExtra
    without pillow, which arrays without alpha do not need.
    """
    if isinstance(raw, np.ndarray):
        name = where or "the picture"
        rows = _checked(raw, name)
        if rows.shape[2] != 4:
            return rows if rows.shape[2] == 3 else rows.repeat(3, 2)
    return np.array(_image(raw, where, least))


def scaled(raw: Any, side: int, how: str = "squash", where: str | None = None) -> Picture:
    """`square` of `read_picture`, of a large JPEG in a fraction of its time."""
    _check_square(side, how)
    return np.array(_squared(_image(raw, where, _SPARE * side), side, how))


def square(picture: Picture, side: int, how: str = "squash") -> Picture:
    """A picture (H, W, 3) → (side, side, 3), by bicubic interpolation over all pixels below each.

    "squash" keeps the whole picture and gives up its proportions, so that place (y, x) of a grid of G × G cells over
    the square is place (y · H / G, x · W / G) of the picture. "crop" keeps the proportions and the square in the
    middle. "pad" keeps both, with white above and below, or at the sides.
    """
    _check_square(side, how)
    if picture.shape == (side, side, 3):
        return picture
    return np.array(_squared(_image(picture, None, None), side, how))


def picture_files(folder: Path) -> list[Path]:
    """The pictures below a folder, at any depth, by their names; sorted, without hidden ones.

    Raises InputError for what is no folder, or holds no picture.
    """
    try:
        found = [Path(entry.path) for entry in walk(folder) if entry.name.lower().endswith(SUFFIXES)]
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; expected a folder of pictures") from None
    if not found:
        raise InputError(f"{folder}: no pictures in it; expected files {', '.join(SUFFIXES)}")
    return found


def _image(raw: Any, where: str | None, least: int | None) -> "Image.Image":
    """The picture as an RGB image of pillow."""
    name = where or "the picture"
    if isinstance(raw, str | Path):
        name = str(raw) if where is None or where == str(raw) else f"{where}: {raw}"
        try:
            content = read_media(Path(raw), LARGEST, "picture")
        except InputError as error:
            raise InputError(str(error) if where is None or where == str(raw) else f"{where}: {error}") from None
        return decoded_picture(content, name, least)
    if isinstance(raw, bytes | bytearray | memoryview):
        return decoded_picture(bytes(raw), name, least)
    if isinstance(raw, np.ndarray):
        rows = _checked(raw, name)
        rows = np.ascontiguousarray(rows if rows.shape[2] > 1 else rows[:, :, 0])
        return upright_rgb(pillow().fromarray(rows), name, least)
    if is_pillow(raw):
        return upright_rgb(raw, name, least)
    raise InputError(f"{name}: {type(raw).__name__}; {_EXPECTED}")


def _checked(array: NDArray[Any], name: str) -> Picture:
    """An array of uint8 (H, W, C) of 1, 3 or 4 channels."""
    rows = array[:, :, None] if array.ndim == 2 else array
    if rows.ndim != 3 or rows.shape[2] not in (1, 3, 4):
        raise InputError(f"{name}: an array of shape {array.shape}; expected (H, W), (H, W, 3) or (H, W, 4)")
    if rows.dtype != np.uint8:
        hint = ": (255 * picture).round().astype('uint8') of values from 0 to 1" if rows.dtype.kind == "f" else ""
        raise InputError(f"{name}: an array of {rows.dtype}; expected uint8, 0 to 255{hint}")
    check_size(rows.shape[1], rows.shape[0], name)
    return rows


def _check_square(side: int, how: str) -> None:
    if how not in SQUARES:
        raise InputError(f"how is {how!r}; expected {', '.join(SQUARES)}")
    if not 1 <= side <= 4_096:
        raise InputError(f"side is {side}; expected 1 to 4,096 pixels")


def _squared(image: "Image.Image", side: int, how: str) -> "Image.Image":
    width, height = image.size
    if how == "pad":
        white: Image.Image = pillow().new("RGB", (side, side), "white")
        wide, high = (max(1, round(side * length / max(width, height))) for length in (width, height))
        white.paste(_resized(image, wide, high), ((side - wide) // 2, (side - high) // 2))
        return white
    if how == "crop":
        short = min(width, height)
        left, top = (width - short) / 2, (height - short) / 2
        return _resized(image, side, side, (left, top, left + short, top + short))
    return _resized(image, side, side)


def _resized(
    image: "Image.Image", width: int, height: int, box: tuple[float, float, float, float] | None = None
) -> "Image.Image":
    return image.resize((width, height), pillow().Resampling.BICUBIC, box, reducing_gap=2.0)
