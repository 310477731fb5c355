"""A stroke as its points: where the finger was, in widths of a key, and when, in seconds."""

import numbers
import sys
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError

__all__ = ["MOST_POINTS", "checked_stroke"]

MOST_POINTS = 2_000
_FARTHEST = 1_000.0  # widths of a key from the origin
_LONGEST = 600.0  # seconds
_NAMES = ("x", "y", "its time")


def checked_stroke(points: object) -> NDArray[np.float64]:
    """The points (N, 3) of a stroke: x, y and seconds, in the order of their times; InputError says which is wrong."""
    if not isinstance(points, Sequence | np.ndarray) or isinstance(points, str | bytes):
        raise InputError(f"a stroke is {type(points).__name__}; expected a list of points [x, y, seconds]")
    if not 2 <= len(points) <= MOST_POINTS:
        said = f"{len(points):,} point{'s' * (len(points) != 1)}"
        raise InputError(f"a stroke has {said}; expected 2 to {MOST_POINTS:,} (a tap is typed, as a letter)")
    if not (isinstance(points, list) and _are_plain(points)):
        points = [_point(point, number) for number, point in enumerate(points, 1)]
    stroke = np.array(points, np.float64)
    most = (_FARTHEST, _FARTHEST, np.inf)
    for place, column in np.argwhere(~(np.abs(stroke) <= most) | ~np.isfinite(stroke)).tolist():
        within = f"-{_FARTHEST:,.0f} to {_FARTHEST:,.0f}, in widths of a key" if column < 2 else "a number of seconds"
        raise InputError(
            f"point {place + 1} of a stroke: {_NAMES[column]} is {stroke[place, column]:g}; expected {within}"
        )
    for place in np.flatnonzero(np.diff(stroke[:, 2]) < 0).tolist():
        before, time = stroke[place : place + 2, 2].tolist()
        raise InputError(f"point {place + 2} of a stroke: its time is {time:g}, before that of the last, {before:g}")
    if stroke[-1, 2] - stroke[0, 2] > _LONGEST:
        raise InputError(
            f"a stroke takes {stroke[-1, 2] - stroke[0, 2]:g} s; expected at most {_LONGEST:g} (times are in seconds)"
        )
    return stroke


def _are_plain(points: list[Any]) -> bool:
    """Whether all are lists of three usual numbers, as JSON has them: they need not be looked at one by one."""
    if {*map(type, points)} != {list} or {*map(len, points)} != {3}:
        return False
    values = [*chain.from_iterable(points)]
    return {*map(type, values)} <= {int, float} and max(map(abs, values)) < sys.maxsize


def _point(point: object, number: int) -> list[float]:
    if not isinstance(point, Sequence | np.ndarray) or isinstance(point, str | bytes) or len(point) != 3:
        raise InputError(f"point {number} of a stroke is {point!r:.60}; expected [x, y, seconds]")
    return [_number(value, name, number) for name, value in zip(_NAMES, point, strict=True)]


def _number(value: object, name: str, number: int) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise InputError(f"point {number} of a stroke: {name} is {value!r:.60}; expected a number")
    try:
        return float(value)
    except OverflowError:
        return float("inf")
