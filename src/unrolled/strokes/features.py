"""A stroke as the network reads it: frames, each with where its point lies among the keys and how the hand moves."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["FEATURES", "FRAMES", "Read", "read_strokes"]

Floats = NDArray[np.float64]

FRAMES = 96  # at most
_FEWEST, _OF_LENGTH = 10, 1.4  # frames, and more for each width of a key that the stroke is long
_NEAREST = 3  # keys whose offsets are features
_FAR = 1e6  # where no key is
_LAGS = (1, 3)  # frames before and after, between which the direction changes
FEATURES = 10 + 2 * len(_LAGS) + 2 * _NEAREST


class Read(NamedTuple):
    """B strokes of up to T frames over up to P keys."""

    features: NDArray[np.float32]  # (B, T, FEATURES)
    points: NDArray[np.float32]  # (B, T, 2)
    keys: NDArray[np.float32]  # (B, P, 2): centres, far away where a layout has fewer
    lengths: NDArray[np.int64]  # (B,) frames


def read_strokes(strokes: Sequence[Floats], centres: Sequence[Floats]) -> Read:
    """Strokes (N, 3) in the order of time, over keys with these centres (P, 2)."""
    frames = [_resampled(stroke) for stroke in strokes]
    lengths = np.array([len(one) for one in frames])
    moments = np.minimum(np.arange(lengths.max()), lengths[:, None] - 1)
    points = np.stack([one[row] for one, row in zip(frames, moments, strict=True)])  # (B, T, 3), the last one repeated
    most = max(*map(len, centres), _NEAREST)
    keys = np.full((len(centres), most, 2), _FAR)
    for row, own in zip(keys, centres, strict=True):
        row[: len(own)] = own
    features = np.concatenate([_near(points[..., :2], keys), _motion(points, lengths)], 2)
    return Read(features.astype(np.float32), points[..., :2].astype(np.float32), keys.astype(np.float32), lengths)


def _resampled(stroke: Floats) -> Floats:
    """Frames (T, 3) that lie as regularly as may be both in time and along the way: slow parts have more of them."""
    steps = np.hypot(*np.diff(stroke[:, :2], axis=0).T)
    way = np.concatenate([[0.0], np.cumsum(steps)])
    time = stroke[:, 2] - stroke[0, 2]
    length, seconds = way[-1], time[-1]
    count = int(np.clip(round(_FEWEST + _OF_LENGTH * length), _FEWEST, FRAMES))
    at = way / (length or 1.0) + time / (seconds or 1.0)
    places = np.linspace(0, at[-1], count)
    return np.stack([np.interp(places, at, axis) for axis in (stroke[:, 0], stroke[:, 1], time)], 1)


def _near(points: Floats, keys: Floats) -> NDArray[np.float32]:
    """From each point to the nearest keys, nearest first: (B, T, 2 · NEAREST)."""
    points, keys = points.astype(np.float32), keys.astype(np.float32)
    distances = (keys[:, None, :, 0] - points[..., :1]) ** 2 + (keys[:, None, :, 1] - points[..., 1:]) ** 2  # (B, T, P)
    found, rows = [], np.arange(len(keys))[:, None]
    for _ in range(_NEAREST):
        nearest = distances.argmin(2)
        found.append(keys[rows, nearest] - points)
        np.put_along_axis(distances, nearest[..., None], np.inf, 2)
    near: NDArray[np.float32] = np.clip(np.concatenate(found, 2), -4, 4)
    return near


def _motion(points: Floats, lengths: NDArray[np.int64]) -> Floats:
    """How the hand moves at each point: (B, T, 10 + 2 · lags)."""
    steps = np.diff(points, axis=1)  # (B, T - 1, 3)
    none = np.zeros_like(steps[:, :1])
    before, after = np.concatenate([none, steps], 1), np.concatenate([steps, none], 1)
    way = np.cumsum(np.hypot(before[..., 0], before[..., 1]), 1)
    time = points[..., 2]
    length, seconds = way[:, -1:] + 1e-3, time[:, -1:] + 1e-3
    span = np.hypot(before[..., 0] + after[..., 0], before[..., 1] + after[..., 1])
    passed = before[..., 2] + after[..., 2]
    speed = np.log((span / length + 1e-3) / (passed / seconds + 1e-3))
    pause = np.log(passed / seconds * lengths[:, None] + 0.05)
    size = np.broadcast_to(np.log(length), time.shape) - 2.0
    pace = np.broadcast_to(np.log(length / seconds), time.shape) - 2.0
    columns = [speed, pause, way / length, time / seconds, size, pace]
    turns = [turn for lag in _LAGS for turn in _turn(points[..., :2], lag)]
    return np.concatenate([before[..., :2], after[..., :2], np.stack([*columns, *turns], 2)], 2)


def _turn(points: Floats, lag: int) -> tuple[Floats, Floats]:
    """Cosine and sine of the change of direction between so many frames before and after, 0 where it rests."""
    moments = np.arange(points.shape[1])
    incoming = points - points[:, np.maximum(moments - lag, 0)]
    outgoing = points[:, np.minimum(moments + lag, moments[-1])] - points
    size = np.hypot(incoming[..., 0], incoming[..., 1]) * np.hypot(outgoing[..., 0], outgoing[..., 1]) + 1e-3
    along = (incoming * outgoing).sum(-1) / size
    across = (incoming[..., 0] * outgoing[..., 1] - incoming[..., 1] * outgoing[..., 0]) / size
    return along, across
