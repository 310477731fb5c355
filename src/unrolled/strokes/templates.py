"""Words whose ideal path over the keys lies nearest a stroke: template matching, the strongest simple method.

SHARK² (Kristensson & Zhai 2004, "SHARK²: a large vocabulary shorthand writing system"): the stroke and the straight
path through the centres of each word's keys are cut into 64 equidistant points; a word's score joins the mean distance
between them with its shape's, both moved to the middle and scaled alike, and with how probable the word is. Words are
compared that begin and end near the stroke's ends.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Templates"]

Floats = NDArray[np.float64]

_POINTS = 64
_LOCATION, _SHAPE = 0.32, 0.18  # widths of a key: the spread of a mean distance; chosen on strokes of `motor`
_PRIOR = 0.35  # of log p(word); likewise
_NEAR = 1.6  # widths of a key, from an end of the stroke


class Templates:
    """The ideal paths of W words, each as the centres (n, 2) of its keys."""

    def __init__(self, paths: Sequence[Floats]) -> None:
        self.paths = np.stack([_equidistant(path) for path in paths]).astype(np.float32)  # (W, POINTS, 2)
        self.shapes = _shape(self.paths)

    def scores(self, stroke: Floats, p: NDArray[np.floating]) -> Floats:
        """The score (W,) of each word of probability p (W,) for a stroke (N, 3); -inf for one far from its ends."""
        points = _equidistant(stroke[:, :2]).astype(np.float32)
        ends = self.paths[:, [0, -1]] - points[[0, -1]]
        scores = np.full(len(self.paths), -np.inf)
        near = np.flatnonzero((np.hypot(ends[..., 0], ends[..., 1]) < _NEAR).all(1) & (p > 0))
        if len(near):
            location = _distance(self.paths[near], points) / _LOCATION
            shape = _distance(self.shapes[near], _shape(points[None])[0]) / _SHAPE
            scores[near] = -0.5 * (location**2 + shape**2) + _PRIOR * np.log(p[near])
        return scores


def _equidistant(path: Floats) -> Floats:
    """As many points, equidistant along a path (n, 2)."""
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    at = np.linspace(0, way[-1], _POINTS)
    return np.stack([np.interp(at, way, axis) for axis in path.T], 1)


def _shape(paths: NDArray[np.float32]) -> NDArray[np.float32]:
    """Paths (W, POINTS, 2) in the middle, the longer side of each at most 3 widths of a key."""
    size = np.maximum((paths.max(1) - paths.min(1)).max(1), 1e-3)
    shape: NDArray[np.float32] = (paths - paths.mean(1, keepdims=True)) * np.minimum(3 / size, 1)[:, None, None]
    return shape


def _distance(paths: NDArray[np.float32], points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean distance (W,) of paths from one."""
    away = paths - points
    distance: NDArray[np.float32] = np.hypot(away[..., 0], away[..., 1]).mean(1)
    return distance
