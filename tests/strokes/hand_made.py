"""A reader of strokes with weights made by hand, which takes each point for the key beneath it; and strokes for it."""

import numpy as np

from unrolled.arrays import flatten, unflatten
from unrolled.strokes.layouts import LAYOUTS, Layout
from unrolled.strokes.network import NetworkSize, StrokeNetwork
from unrolled.strokes.reader import StrokeReader

__all__ = ["hand_made", "stroke_over"]

BLANK = -2.0  # the logit of a frame that means no key
WIDTH = -1.2  # the logarithm of how far from its place a key still counts, in widths of a key


def hand_made() -> StrokeReader:
    size = NetworkSize("gru", 2, 1)
    shapes = flatten(StrokeNetwork.of(size).shapes())
    params = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    params["output.b"][0], params["output.b"][3:] = BLANK, WIDTH
    return StrokeReader(size, unflatten(params), LAYOUTS["qwerty"])


def stroke_over(letters: str, layout: Layout = LAYOUTS["qwerty"], steps: int = 8) -> list[list[float]]:
    """Straight lines from the centre of a key to that of the next, so many points each."""
    centres = layout.centres[[layout.keys.index(letter) for letter in letters]]
    at = np.arange(0, len(letters) - 1 + 1e-9, 1 / steps)
    x, y = (np.interp(at, np.arange(len(letters)), axis).tolist() for axis in centres.T)
    return [[*point, round(0.02 * moment, 2)] for moment, point in enumerate(zip(x, y, strict=True))]
