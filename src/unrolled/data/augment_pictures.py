"""Random changes of pictures while training: seen from elsewhere, drawn by another hand, by a worse camera.

Pure functions of one picture (H, W) or (H, W, C); ``rng`` alone decides the change, ``amount`` is how far it may go.
Numbers stay within the smallest and the largest of the picture, but for noise. What comes in from outside a picture is
what stands at its edge.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["bend", "blur", "lean", "noise", "sample", "thicken", "vary"]

Picture = NDArray[np.float32]
Places = tuple[NDArray[np.float32], NDArray[np.float32]]
_KNOTS = 5  # places along each side that move on their own; between them it goes on straight lines


def vary(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """A picture of numbers from 0 to 255 that is moved, leant, bent, bolder or finer, less sharp, and has noise."""
    height, width = picture.shape[:2]
    rows, columns = bend(lean(height, width, rng), rng)
    moved = sample(picture.astype(np.float32), rows, columns)
    changed = noise(blur(thicken(moved, rng), rng), rng)
    return np.rint(changed).clip(0, 255).astype(np.uint8)


def lean(
    height: int, width: int, rng: np.random.Generator, shift: float = 0.04, scale: float = 0.12, slant: float = 0.25
) -> Places:
    """Where each pixel is read (H, W): moved up to ``shift`` of the width, half as far up or down, larger or smaller by
    ``scale`` in each direction on its own, and slanted as italics are. Upright remains upright: nothing is turned.
    """
    y, x = _centred(height, width)
    down, right, stretch_y, stretch_x, slope = rng.uniform(-1, 1, 5).astype(np.float32)
    rows = y * np.exp(0.7 * scale * stretch_y) + down * np.float32(shift / 2 * height)
    columns = x * np.exp(scale * stretch_x) + slope * np.float32(slant) * y + right * np.float32(shift * width)
    return rows + np.float32((height - 1) / 2), columns + np.float32((width - 1) / 2)


def bend(places: Places, rng: np.random.Generator, amount: float = 0.02) -> Places:
    """Places moved smoothly, each knot by a normal variable of deviation up to ``amount`` of the side.

    Simard et al. 2003 learn handwriting so; it also gives letters the proportions of another type.
    """
    height, width = places[0].shape
    knots = rng.normal(0, amount * rng.random(), (2, _KNOTS, _KNOTS)).astype(np.float32)
    down, right = _between(height) @ knots @ _between(width).T
    return places[0] + down * np.float32(height), places[1] + right * np.float32(width)


def thicken(picture: Picture, rng: np.random.Generator, amount: float = 1.0) -> Picture:
    """Dark or bright strokes up to ``amount`` pixels thicker on each side."""
    share = np.float32(rng.uniform(-amount, amount))
    extreme = _around(picture, np.maximum if share > 0 else np.minimum)
    return picture + abs(share) * (extreme - picture)


def blur(picture: Picture, rng: np.random.Generator, amount: float = 0.5) -> Picture:
    """Each pixel mixed with the mean of those around it, which have a share of up to ``amount``."""
    return picture + np.float32(amount * rng.random()) * (_around(picture, np.add) / np.float32(9) - picture)


def noise(picture: Picture, rng: np.random.Generator, amount: float = 12) -> Picture:
    """Normal noise, of deviation up to ``amount``, in each number."""
    return picture + np.float32(amount * rng.random()) * rng.standard_normal(picture.shape, np.float32)


def sample(picture: Picture, rows: NDArray[np.float32], columns: NDArray[np.float32]) -> Picture:
    """A picture read at places (H, W) between its pixels, on straight lines between the four around each."""
    height, width = picture.shape[:2]
    rows, columns = rows.clip(0, height - 1), columns.clip(0, width - 1)
    top = np.minimum(rows.astype(np.intp), max(height - 2, 0))
    left = np.minimum(columns.astype(np.intp), max(width - 2, 0))
    channels = (..., None) if picture.ndim == 3 else ...
    down, across = (rows - top)[channels], (columns - left)[channels]
    pixels = picture.reshape(height * width, *picture.shape[2:])
    place, next_row, next_column = top * width + left, width * (height > 1), int(width > 1)
    upper, lower = (
        (start := pixels.take(here, 0)) + across * (pixels.take(here + next_column, 0) - start)
        for here in (place, place + next_row)
    )
    mixed: Picture = upper + down * (lower - upper)
    return mixed


def _around(picture: Picture, join: np.ufunc) -> Picture:
    """Each pixel joined with the eight around it; outside stands what is at the edge."""
    return _beside(_beside(picture, join).swapaxes(0, 1), join).swapaxes(0, 1)


def _beside(picture: Picture, join: np.ufunc) -> Picture:
    """Each row joined with that above and that below it."""
    joined = picture.copy()
    for target, other in (
        (slice(1, None), slice(-1)),
        (slice(-1), slice(1, None)),
        (slice(1), slice(1)),
        (slice(-1, None), slice(-1, None)),
    ):
        join(joined[target], picture[other], out=joined[target])
    return joined


@cache
def _centred(height: int, width: int) -> Places:
    """Rows and columns (H, W) counted from the middle."""
    rows, columns = np.meshgrid(np.arange(height) - (height - 1) / 2, np.arange(width) - (width - 1) / 2, indexing="ij")
    return rows.astype(np.float32), columns.astype(np.float32)


@cache
def _between(length: int) -> NDArray[np.float32]:
    """What share each knot has in each place on straight lines: (length, knots)."""
    places = np.linspace(0, _KNOTS - 1, length)[:, None]
    return np.maximum(1 - abs(places - np.arange(_KNOTS)), 0).astype(np.float32)
