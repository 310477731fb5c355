"""The bytes of a picture, or one that pillow holds, as an upright RGB image: bounds are checked before decoding."""

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from unrolled.errors import InputError, MissingExtra

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["FORMATS", "LARGEST", "check_size", "decoded_picture", "is_pillow", "pillow", "upright_rgb"]

FORMATS = "JPEG, PNG, WebP, GIF, BMP or TIFF"
LARGEST = 1 << 28
"""Bytes of one file."""
_MOST, _LONGEST = 50_000_000, 20_000  # pixels, and those of a side
_MOST_SCANS = 100  # of a progressive JPEG, which has about ten; each takes the time of a whole picture
_PILLOW = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")  # the readers that may see a file; MPO is a kind of JPEG
_BEGINNINGS = re.compile(rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|RIFF....WEBP|GIF8[79]a|BM|II[*+]\0|MM\0[*+]", re.DOTALL)
_FOREIGN = (
    (rb"\s*(?:<\?xml.{0,2000})?<svg\b", "an SVG drawing"),
    (rb"....ftyp(?:hei|hev|mif1|msf1)", "a HEIC picture"),
    (rb"....ftypavi", "an AVIF picture"),
    (rb"....ftyp", "a film"),
    (rb"\xff\x0a|\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (rb"%PDF", "a PDF document"),
    (rb"8BPS", "a Photoshop document"),
    (rb"\0\0\x01\0", "an icon"),
    (rb"\s*(?i:<!doctype html|<html)", "a web page"),
    (rb"version https://git-lfs", "a pointer of Git LFS (git lfs pull fetches the file itself)"),
)
_DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N")  # pillow's modes of 16-bit grey
_ORIENTATION = 0x0112  # the tag of EXIF
_lock = threading.Lock()  # filters of warnings are those of the whole process


def decoded_picture(content: bytes, name: str, least: int | None = None) -> "Image.Image":
    """The first picture in the bytes of a file. It may be read smaller, with no side below ``least`` pixels,
    of JPEG in a fraction of the time.

    Raises InputError, in which ``name`` is the file, for every other content; MissingExtra without pillow.
    """
    if len(content) > LARGEST:
        raise InputError(f"{name}: more than {LARGEST >> 20} MB; expected a picture of at most that size")
    if not _BEGINNINGS.match(content):
        raise InputError(f"{name}: {_foreign(content)}; expected a picture: {FORMATS}")
    if content.startswith(b"\xff\xd8") and (scans := content.count(b"\xff\xda")) > _MOST_SCANS:
        raise InputError(f"{name}: a JPEG of {scans:,} scans; expected at most {_MOST_SCANS}: save it anew")
    images = pillow()
    with _located(name):
        with _quiet():
            image = images.open(BytesIO(content), formats=_PILLOW)
        check_size(image.width, image.height, name)
        if least is not None:
            image.draft(None, (min(least, image.width), min(least, image.height)))
        return upright_rgb(image, name, least)


def upright_rgb(image: "Image.Image", name: str, least: int | None = None) -> "Image.Image":
    """An image of pillow in RGB, over white where it is transparent, turned as its EXIF says; of the size of the image,
    or with no side below ``least`` pixels."""
    check_size(image.width, image.height, name)
    with _located(name):
        with _quiet() if image.format == "TIFF" else nullcontext():  # whose tags are read again once it is decoded
            image.load()
        turn = _turn(image)
        if image.mode in _DEEP:
            image = _eight_bits(image, name)
        elif image.mode in ("F", "LAB"):
            kind = "fractions" if image.mode == "F" else "the colours of L*a*b*"
            raise InputError(f"{name}: a picture of {kind}; expected grey, RGB or CMYK, of 8 or 16 bits")
        clear = image.has_transparency_data
        mode = "RGBA" if clear else "RGB"
        image = image if image.mode == mode else image.convert(mode)  # which would copy an image of this mode, too
        if least is not None and (factor := min(image.size) // least) > 1:
            image = image.reduce(factor)
        if clear:
            below = pillow().new("RGB", image.size, "white")
            below.paste(image, mask=image.getchannel("A"))
            image = below
        return image if turn is None else image.transpose(turn)


def check_size(width: int, height: int, name: str) -> None:
    """Raise InputError for a picture without pixels, or with more than are read."""
    if not width or not height:
        raise InputError(f"{name}: a picture of {width} × {height} pixels; expected at least one")
    if width * height > _MOST or max(width, height) > _LONGEST:
        raise InputError(
            f"{name}: a picture of {width:,} × {height:,} pixels; expected at most {_MOST:,}, and {_LONGEST:,} a side"
        )


def is_pillow(raw: Any) -> bool:
    """Whether it is an image of pillow, which need not be loaded to know that."""
    return any(kind.__module__ == "PIL.Image" and kind.__name__ == "Image" for kind in type(raw).__mro__)


def pillow() -> Any:
    """The module ``Image`` of pillow; MissingExtra without it."""
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtra("pillow", "images", "reading pictures") from error
    return Image


@contextmanager
def _quiet() -> Iterator[None]:
    """No warnings: of sizes, which are checked here, and of damaged tags, which take nothing from a picture."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _located(name: str) -> Iterator[None]:
    """InputError that names the file for whatever goes wrong."""
    try:
        yield
    except (InputError, MissingExtra):
        raise
    except MemoryError:
        raise InputError(f"{name}: the picture takes more memory than there is") from None
    except Exception as error:  # of damaged files pillow's readers raise whatever their tables and unpacking do
        if type(error).__name__ == "DecompressionBombError":  # pillow's own bound, which lies above ours
            raise InputError(f"{name}: a picture of more than {_MOST:,} pixels; expected fewer") from None
        said = str(error).split(" <_io")[0].rstrip(".")
        reason = said if isinstance(error, OSError) and "identify" not in said else "it cannot be decoded"
        raise InputError(f"{name}: the picture is damaged or cut off ({reason})") from None


def _foreign(content: bytes) -> str:
    """What the bytes are that are no picture."""
    head = content[:4096]
    if not head:
        return "the file is empty"
    for pattern, kind in _FOREIGN:
        if re.match(pattern, head, re.DOTALL):
            return kind
    text = head.decode("utf-8", "ignore")
    begins = text.split("\n", 1)[0].strip()[:40]
    if begins.isprintable() and begins and "\0" not in text:
        return f"no picture but text, it begins with {begins!r}"
    return f"no picture, it begins with {head[:4]!r}"


def _turn(image: "Image.Image") -> Any:
    """What makes it upright, or None; pillow turns TIFF by itself, and takes the tag away."""
    turns = pillow().Transpose
    try:
        with _quiet():
            orientation = image.getexif().get(_ORIENTATION)
    except Exception:  # what is damaged in EXIF takes nothing from the picture
        return None
    order = (
        *(turns.FLIP_LEFT_RIGHT, turns.ROTATE_180, turns.FLIP_TOP_BOTTOM, turns.TRANSPOSE),
        *(turns.ROTATE_270, turns.TRANSVERSE, turns.ROTATE_90),
    )
    return order[orientation - 2] if isinstance(orientation, int) and 2 <= orientation <= 8 else None


def _eight_bits(image: "Image.Image", name: str) -> "Image.Image":
    """16-bit grey, of which pillow would keep the darkest 256 of 65,536 shades, in 8 bits."""
    values = np.asarray(image)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65_535:
        raise InputError(f"{name}: a picture of 32 bits, from {low:,} to {high:,}; expected 8 or 16 bits: 0 to 65,535")
    grey: Image.Image = pillow().fromarray(((values.astype(np.uint32) + 128) // 257).astype(np.uint8))
    return grey
