"""Strokes as a hand draws them over keys: the movement of minimum jerk through points near the keys, with its errors.

The points that the hand goes for lie off the keys by a normal error of 0.26 key widths in the median (0.15 to 0.42 from
stroke to stroke), less at the beginning and at the end, and by what the hand does all along: it lies aside, draws too
large or aslant, cuts corners or goes beyond a key. How long it takes from key to key follows Fitts' law (MacKenzie's
form of 1992). Between them it moves with the least jerk that reaches the points nearly (Flash & Hogan 1985), so that
quick corners become round. The screen says where the finger was 40 to 120 times a second, not quite regularly, and with
a tremor.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["minimum_jerk_strokes"]

Floats = NDArray[np.float64]

_GRID = 64  # moments at which the movement is computed
_JERK = np.diff(np.eye(_GRID), 3, axis=0)
_JERK2 = _JERK.T @ _JERK  # (GRID, GRID): x′ JERK2 x is the squared jerk of x


class _Hands(NamedTuple):
    """How each of B strokes is drawn: (B,) each."""

    error: Floats  # standard deviation at a key, widths of a key
    height: Floats  # of a key, in widths: an error of as many millimetres is fewer rows
    cut: Floats  # share of the way to the middle between the neighbours
    beyond: Floats  # share of the way from the key before
    seconds: Floats  # factor
    softness: Floats

    @classmethod
    def drawn(cls, count: int, rng: np.random.Generator) -> "_Hands":
        return cls(
            np.clip(0.26 * np.exp(rng.normal(0, 0.25, count)), 0.15, 0.42),
            rng.uniform(1.0, 1.6, count),
            np.abs(rng.normal(0, 0.06, count)),
            rng.normal(0.01, 0.03, count),
            np.exp(rng.normal(-0.1, 0.35, count)),
            np.exp(rng.uniform(np.log(3e-4), np.log(0.04), count)),
        )


def minimum_jerk_strokes(paths: Sequence[Floats], rng: np.random.Generator) -> list[Floats]:
    """A stroke (N, 3), x, y and seconds, for each path: the centres (n, 2) of the keys that are meant, in order."""
    counts = np.array([max(2, len(path)) for path in paths])
    columns = np.minimum(np.arange(counts.max()), counts[:, None] - 1)
    keys = np.stack(
        [path[np.minimum(row, len(path) - 1)] for path, row in zip(paths, columns, strict=True)]
    )  # (B, S, 2)
    hands = _Hands.drawn(len(paths), rng)
    aims = _aims(keys, counts, hands, rng)
    times = _times(keys, hands, rng)
    seconds = np.take_along_axis(times, counts[:, None] - 1, 1)[:, 0]
    moves = _movement(aims, times / seconds[:, None], counts, hands.softness)
    return [_sampled(move, float(length), rng) for move, length in zip(moves, seconds, strict=True)]


def _aims(keys: Floats, counts: NDArray[np.int64], hands: _Hands, rng: np.random.Generator) -> Floats:
    """The points (B, S, 2) that the hand goes for."""
    size = np.ones(keys.shape[:2])
    size[:, 0] = 0.7
    np.put_along_axis(size, counts[:, None] - 1, 0.85, 1)
    unit = np.stack([np.ones(len(keys)), 1 / hands.height], 1)[:, None]  # a width of a key, in rows
    aims = keys + rng.normal(0, 1, keys.shape) * (size * hands.error[:, None])[..., None] * unit
    before = np.concatenate([keys[:, :1], keys[:, :-1]], 1)
    after = np.concatenate([keys[:, 1:], keys[:, -1:]], 1)
    inner = ((np.arange(keys.shape[1]) > 0) & (np.arange(keys.shape[1]) < counts[:, None] - 1))[..., None]
    aims += inner * hands.cut[:, None, None] * ((before + after) / 2 - keys)
    aims += hands.beyond[:, None, None] * (keys - before)
    return _hand(aims, unit, rng)


def _hand(aims: Floats, unit: Floats, rng: np.random.Generator) -> Floats:
    """The same for a hand that lies aside, draws too large or small, and aslant."""
    count = len(aims)
    middle = aims.mean(1, keepdims=True)
    angle = rng.normal(0, 0.04, count)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).transpose(2, 0, 1)
    scale = np.exp(rng.normal(0, 0.04, (count, 1, 2)))
    turned = ((aims - middle) / unit) @ turn * unit * scale
    moved: Floats = middle + turned + rng.normal([0.0, 0.05], 0.1, (count, 1, 2)) * unit
    return moved


def _times(keys: Floats, hands: _Hands, rng: np.random.Generator) -> Floats:
    """When (B, S) the hand is at each key: Fitts' law, times a factor of the hand's and one of chance."""
    distance = np.linalg.norm(np.diff(keys, axis=1), axis=2)
    each = 0.06 + 0.09 * np.log2(1 + 2 * distance)
    each *= hands.seconds[:, None] * np.exp(rng.normal(0, 0.2, each.shape))
    return np.concatenate([np.zeros((len(keys), 1)), np.cumsum(each, 1)], 1)


def _movement(aims: Floats, times: Floats, counts: NDArray[np.int64], softness: Floats) -> Floats:
    """The path (B, GRID, 2) of least jerk that comes near the aims at their times, 0 to 1, from rest to rest."""
    count, most = aims.shape[:2]
    ends = np.array([4.0, 2.0, *[1.0] * (most - 2)])
    weights = np.where(np.arange(most) < counts[:, None], ends, 0.0)
    moments = np.rint(np.clip(times, 0, 1) * (_GRID - 1)).astype(np.int64)
    pull, wanted = np.zeros((count, _GRID)), np.zeros((count, _GRID, 2))
    rows = np.broadcast_to(np.arange(count)[:, None], moments.shape)
    np.add.at(pull, (rows, moments), weights)
    np.add.at(wanted, (rows, moments), weights[..., None] * aims)
    steps = (_GRID - 1) / (counts - 1)  # of the grid, from one key to the next
    stiff = (softness * np.minimum(steps, 20) ** 5 / 3600)[:, None, None] * _JERK2
    system = stiff + np.eye(_GRID) * (pull + 1e-6)[:, None]
    rest = np.array([[1.0, -1.0], [-1.0, 1.0]])
    system[:, :2, :2] += rest
    system[:, -2:, -2:] += rest
    moved: Floats = np.linalg.solve(system, wanted + 1e-6 * aims[:, :1])
    return moved


def _sampled(move: Floats, seconds: float, rng: np.random.Generator) -> Floats:
    """What the screen says of a movement: its points (N, 3)."""
    rate = rng.uniform(40, 120)
    count = max(3, round(seconds * rate))
    at = np.arange(count) + rng.normal(0, 0.1, count)
    at[[0, -1]] = 0, count - 1
    times = np.sort(np.clip(at / (count - 1), 0, 1)) * seconds
    grid = np.linspace(0, seconds, _GRID)
    tremor = rng.normal(0, rng.uniform(0, 0.03), (count, 2))
    points = np.stack([np.interp(times, grid, axis) for axis in move.T], 1) + tremor
    return np.column_stack([points, times])
