"""Strokes by another motor model than the one that models learn from: the kinematic theory of rapid movements.

A stroke is a sum of submovements, one from each aim to the next, whose speeds are lognormal in time (sigma-lognormal:
Plamondon 1995; O'Reilly & Plamondon 2009), each along an arc of a circle. The next begins before the last is over. The
errors have other sources than in `unrolled.strokes.motor`, too: each aim lies off its key by an error that grows with
the way to it (signal-dependent noise: Schmidt et al. 1979; Harris & Wolpert 1998), is correlated with the one before
it, and drifts along the stroke; all together 0.25 to 0.35 key widths at a key, about two thirds of that at the first.
The screen reports 60 times a second, in pixels, and now and then leaves a point out.
"""

from collections.abc import Sequence
from math import erf

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HEIGHT = 1.4  # of a key, in widths
PIXELS = 36.0  # in the width of a key
RATE = 60.0  # points a second
AT_REST, WITH_WAY = 0.17, 0.045  # standard deviation at a key, widths of a key: always, and for each width of the way
CORRELATED = 0.4  # with the error before it
_ERF = np.vectorize(erf, otypes=[float])


def lognormal_stroke(path: Floats, rng: np.random.Generator) -> Floats:
    """The points (N, 3), x, y and seconds, of a stroke over keys with these centres (n, 2), x and y as in a layout."""
    unit = np.array([1.0, HEIGHT])
    aims = _aims(path * unit, rng)
    if len(aims) == 1:
        aims = np.concatenate([aims, aims + rng.normal(0, 0.08, (1, 2))])
    moves = np.diff(aims, axis=0)
    way = np.hypot(*moves.T)
    pace = np.exp(rng.normal(-0.05, 0.3))
    times = pace * (0.11 + 0.055 * way**0.7) * np.exp(rng.normal(0, 0.15, len(way)))  # to the peak of the speed
    spread = rng.uniform(0.18, 0.34) * np.exp(rng.normal(0, 0.1, len(way)))  # sigma of the lognormal
    overlap = rng.uniform(0.85, 1.5)
    begins = np.concatenate([[0.0], np.cumsum(overlap * times[:-1])])
    seconds = float(begins[-1] + times[-1] * np.exp(2.2 * spread[-1]))
    at = np.arange(0, seconds, 1 / RATE) + rng.uniform(0, 1 / RATE)
    at = np.clip(np.concatenate([at[:1], at[1:][rng.random(len(at) - 1) > 0.03], [seconds]]), 0, seconds)
    points = np.repeat(aims[:1], len(at), 0)
    for move, begin, time, sigma in zip(moves, begins, times, spread, strict=True):
        points += _along(move, _share(at - begin, np.log(time), sigma), rng.normal(0, 0.25))
    points = np.rint((points + rng.normal(0, 0.015, points.shape)) * PIXELS) / PIXELS
    return np.column_stack([points / unit, at])


def lognormal_strokes(paths: Sequence[Floats], seed: int) -> list[Floats]:
    """A stroke for each path, the same ones for the same seed."""
    return [lognormal_stroke(path, np.random.default_rng([seed, i])) for i, path in enumerate(paths)]


def _aims(keys: Floats, rng: np.random.Generator) -> Floats:
    """Where the hand really goes: errors that grow with the way, each like the last, and a drift."""
    way = np.concatenate([[0.0], np.hypot(*np.diff(keys, axis=0).T)])
    size = (AT_REST + WITH_WAY * way) * np.exp(rng.normal(0, 0.15))
    errors = rng.normal(0, 1, keys.shape)
    for i in range(1, len(keys)):
        errors[i] = CORRELATED * errors[i - 1] + np.sqrt(1 - CORRELATED**2) * errors[i]
    drift = np.linspace(0, 1, len(keys))[:, None] * rng.normal(0, 0.1, 2)
    aims: Floats = keys + errors * size[:, None] + drift + rng.normal([0.0, 0.05], 0.06)
    return aims


def _share(time: Floats, mu: float, sigma: float) -> Floats:
    """The share of a submovement that is done: the distribution function of the lognormal."""
    after = np.maximum(time, 1e-9)
    done: Floats = np.where(time > 0, 0.5 * (1 + _ERF((np.log(after) - mu) / (sigma * 2**0.5))), 0.0)
    return done


def _along(move: Floats, share: Floats, bend: float) -> Floats:
    """Points after these shares of an arc from (0, 0) to ``move`` whose direction changes by 2 · bend."""
    if abs(bend) < 1e-3:
        return share[:, None] * move
    turned = np.sin(share * bend) / np.sin(bend)  # chord to the point, in chords of the whole
    angle = bend * (share - 1)
    x, y = turned * np.cos(angle), turned * np.sin(angle)
    return np.stack([x * move[0] - y * move[1], x * move[1] + y * move[0]], 1)
