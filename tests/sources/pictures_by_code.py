"""Small pictures made by code."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 24, 16


def picture():
    """RGB (16, 24, 3): red above left, green above right, blue below left, yellow below right."""
    rows = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    rows[:8, :12], rows[:8, 12:], rows[8:, :12], rows[8:, 12:] = (200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0)
    return rows


def encoded(image=None, format="PNG", **options):
    """The bytes of a file with an image of pillow, or with `picture`."""
    image = Image.fromarray(picture()) if image is None else image
    buffer = BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def turned(orientation):
    """EXIF that says how a picture is turned."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def folder_of(folder: Path, *names: str) -> Path:
    """A folder with a small picture under each name, all of different content."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 3), (number, 50, 90)).save(path)
    return folder
